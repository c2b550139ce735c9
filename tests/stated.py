"""What each form of a sentence beside a number states, worked out from a `Moment`'s arrays, or from
the rows up to it where it is of the training batch; each asserts."""

import math

import numpy as np
import pytest

from tests.moments import (
    change_of,
    gain,
    guess,
    is_clamped,
    known,
    limit_of,
    standard_error,
    went,
)
from tests.words import agrees, value_of

COLLAPSED, RATE_SPENT = 0.15, 0.05


def learnt(m):
    if len(m.of("knn_features")) < 2:
        return None
    more, noise = gain(m)
    return "same" if abs(more) <= noise else "better" if more > 0 else "worse"


def loss_went(m):
    return went(m.of("loss"), 0.01 * (1 + abs(m.now["loss"])))


# --- what each form states


def first_loss(m):
    assert m.step == 0
    assert m.now["attraction"] + m.now["repulsion"] == pytest.approx(m.now["loss"], abs=1e-5)


def falls(m, part, end):
    assert loss_went(m) == "falling"
    other = {"attraction": "repulsion", "repulsion": "attraction"}[part]
    assert change_of(m.of(part)) <= change_of(m.of(other))
    told = {"better": "better than", "same": "no better than", "worse": "less well than"}
    assert (end is None) == (learnt(m) is None)
    assert end is None or f"tell classes {told[learnt(m)]}" in end


def rises(m, less):
    assert loss_went(m) == "rising"
    assert bool(less) == (learnt(m) == "worse")


def rate_is_spent(m, share):
    assert loss_went(m) == "steady"
    rates = m.of("rate")
    assert agrees(share, 100 * rates[-1])
    assert rates[-1] < min(RATE_SPENT, max(rates))
    done = (m.step - 1) / m.config["n_steps"]  # past a tenth of warm-up a cosine to 0
    assert rates[-1] == pytest.approx((1 + math.cos(math.pi * (done - 0.1) / 0.9)) / 2, abs=0.01)


def level(m):
    assert loss_went(m) == "steady"
    rates = m.of("rate")
    assert rates[-1] >= RATE_SPENT or rates[-1] == max(rates)


def is_steady(m, key):
    assert went(m.of(key), 0.01 * (1 + abs(m.now[key]))) == "steady"


def views_come(m, course, where):
    assert went(m.of("attraction"), 0.01 * (1 + abs(m.now["attraction"]))) == course.lower()
    # α times a mean distance, or what is linear in one: lower is nearer
    assert (change_of(m.of("attraction")) < 0) == (where == "nearer together")


def others_come(m, course, where):
    assert m.loss["name"] == "cacr" and not m.loss.get("class_prior")  # no positive stands in it
    assert went(m.of("repulsion"), 0.01 * (1 + abs(m.now["repulsion"]))) == course.lower()
    assert (change_of(m.of("repulsion")) < 0) == (where == "farther apart")


def debiasing_counts(m, course):
    assert m.loss["class_prior"] > 0
    positives_count(m, course)


def positives_stand_in_log(m, course):
    assert not m.loss.get("class_prior")
    positives_count(m, course)


def positives_count(m, course):
    assert went(m.of("repulsion"), 0.01 * (1 + abs(m.now["repulsion"]))) == course.lower()
    pos, neg = m.of_batch
    prior, beta = (m.loss.get(name, 0) for name in ("class_prior", "beta"))
    tau = m.loss["temperature"]

    def repulsion(pos):
        x, near = (1 - neg / 2) / tau, np.exp((1 - pos[:, :1] / 2) / tau)
        n = neg.shape[1]
        hard = n * np.exp((1 + beta) * x).sum(1, keepdims=True)
        left = hard / np.exp(beta * x).sum(1, keepdims=True) - prior * n * near
        return np.log(near + np.maximum(left / (1 - prior), n * math.exp(-1 / tau))).mean()

    assert repulsion(pos) != pytest.approx(repulsion(pos + 0.05), abs=1e-5)


def is_guessing(m, key):
    value = m.of(key)[-1]
    assert value < guess(m) + 3 * standard_error(m, value)


def is_untrained(m, key):
    assert [step for step, _ in known(m, key)] == [0]


def is_unchanged(m, key):
    more, noise = gain(m, key)
    assert abs(more) <= noise


def is_above(m, key, points, course):
    more, noise = gain(m, key)
    assert more > noise
    assert agrees(points, 100 * more)
    word = went(m.of(key), noise / 2)
    assert course == {"steady": "level"}.get(word, word)


def own_class(m, course, times):
    share, even = m.now["own_class_share"], m.now["own_class_even"]
    assert agrees(times, share / even)
    word = {"Growing: ": "rising", "Shrinking: ": "falling"}.get(course, "steady")
    assert went(m.of("own_class_share"), 0.01) == word


def weighs_all_alike(m):
    assert np.ptp(m.weights[1]) < 1e-9


def weighs_nearly_alike(m):
    assert m.now["entropy"] > 0.999
    nearest_first = np.sort(m.weights[1], axis=1)[:, ::-1]
    tenth = nearest_first.shape[1] // 10
    assert nearest_first[:, :tenth].mean() < 1.5 * nearest_first[:, -tenth:].mean()


def is_early(m):
    """Whether the encoder still runs ahead of the running statistics, which probes are embedded
    with: of one batch at update 81 of live-debiased its own silence a third of the queries, those
    a fortieth."""
    return 10 * m.step <= m.config["n_steps"]


def is_uneven(m, effective):
    assert agrees(effective, m.now["effective_negatives"])
    # of the training batch; that of as many probes is near it
    entropy = -(m.weights[1] * np.log(m.weights[1].clip(1e-300))).sum(1)
    assert entropy.mean() / math.log(m.weights[1].shape[1]) == pytest.approx(
        m.now["entropy"], abs=0.18 if is_early(m) else 0.12
    )
    assert 1 < m.now["effective_negatives"] < m.now["n_negatives"]


def positives_alike(m, n):
    assert int(n) == m.weights[0].shape[1]
    assert np.ptp(m.weights[0]) < 1e-9


def farthest_holds(m, n, share):
    pos = m.of_batch[0]
    assert int(n) == pos.shape[1]
    assert agrees(share, 100 * m.now["pos_largest"])
    assert (m.weights[0].argmax(1) == pos.argmax(1)).all()
    assert m.weights[0].max(1).mean() == pytest.approx(m.now["pos_largest"], abs=0.2)


def in_one_place(m):
    assert m.spread < COLLAPSED
    assert m.now["spread"] == pytest.approx(m.spread, abs=1e-3)


def views_coincide(m):
    in_one_place(m)
    assert m.alignment <= 0.1


def views_are_at(m, share, few):
    ratio = m.alignment / m.apart.mean()
    assert value_of(share) == pytest.approx(ratio, rel=5e-3, abs=1e-3)
    assert ratio < 1
    assert m.spread >= COLLAPSED
    assert not few or few_directions_hold(m)


def few_directions_hold(m):
    energy = m.singular_values**2
    return energy[: min(4, m.about["dim"] - 1)].sum() > 0.99 * energy.sum()


def along_few(m):
    assert m.spread >= COLLAPSED
    assert few_directions_hold(m)


def spread_share(m, course, share):
    limit = limit_of(m.about["n_probes"], m.about["dim"])
    assert value_of(share) == pytest.approx(100 * m.uniformity / limit, abs=0.15)
    assert m.uniformity > limit
    word = {"Spreading: ": "falling", "Drawing together: ": "rising"}.get(course, "steady")
    assert went(m.of("uniformity"), 0.05) == word


def directions(m, course, used, dim):
    assert int(dim) == min(m.about["dim"], m.about["n_probes"])
    assert value_of(used) == pytest.approx(m.rank, abs=0.52)
    word = {"Growing: d": "rising", "Shrinking: d": "falling"}.get(course, "steady")
    assert went(m.of("effective_rank"), 0.5) == word


def clamp_on_probes(m):
    return is_clamped(m.loss, *m.of_batch)[:, 0]


def most_are_silenced(m):
    assert m.now["clamped"] > 0.5
    assert clamp_on_probes(m).mean() > 0.3 or is_early(m)


def some_are_silenced(m):
    assert 0 < m.now["clamped"] <= 0.5
    assert clamp_on_probes(m).mean() < 0.7
    pushes_harder(m)


def none_is_silenced(m):
    assert m.now["clamped"] == 0
    assert clamp_on_probes(m).mean() < 0.25
    pushes_harder(m)


def pushes_harder(m):
    """Pulls on negatives are R ν / ((1 − τ⁺)(e₊ + G)), up to what both have: undebiased less."""
    pos, neg = m.of_batch
    tau, beta, prior = (m.loss[key] for key in ("temperature", "beta", "class_prior"))
    x, near, n = (1 - neg / 2) / tau, np.exp((1 - pos[:, 0] / 2) / tau), neg.shape[1]
    hard = n * np.exp((1 + beta) * x).sum(1) / np.exp(beta * x).sum(1)
    left = (hard - prior * n * near) / (1 - prior)
    free = ~clamp_on_probes(m)
    debiased = hard / ((1 - prior) * (near + left))
    assert (debiased[free] > (hard / (near + hard))[free]).all()


def views_an_update(m, n):
    assert int(n) == m.about["images_per_step"] == 64 * m.about["n_views"]


def before_updates(m):
    assert m.step == 0


def nothing_wrong(m):
    now_and_before = m.rows[-2:]
    spreads = [row["spread"] for row in now_and_before]
    is_early = len(m.rows) < 3 or m.step < 5
    assert is_early or max(spreads) >= COLLAPSED
    flat = all(row["effective_rank"] < min(4, 1 + 0.05 * m.about["dim"]) for row in now_and_before)
    assert is_early or not flat or min(spreads) < COLLAPSED


def collapsed_without_repulsion(m):
    in_one_place(m)
    assert m.loss["beta"] == 0


def collapsed_by_the_rate(m):
    in_one_place(m)
    assert m.loss.get("beta") != 0 or m.loss["name"] != "cacr"
    assert m.now["clamped"] <= 0.5
    assert m.run in ("live-too-fast", "compare-broken/b", "compare-broken/c")  # 10 to 10⁴ × 0.01


def flat_by_the_mean(m):
    along_few(m)
    assert m.loss["t_neg"] == 0
    assert np.linalg.norm(m.z[0].mean(0)) < 0.4  # opposite groups: the mean is near 0
    along = m.z[0] @ np.linalg.eigh(m.z[0].T @ m.z[0])[1][:, -1]
    assert min((along > 0).mean(), (along < 0).mean()) > 0.2
