"""What is said of flows, of the least loss, of polygons and of mixes, held to the arrays."""

import dataclasses
import math
import re

import numpy as np
import pytest
import torch

from cacr_core import forces as core
from cacr_core.losses import CACR, SSCL, InfoNCE, loss_name
from cacr_core.pairs import pair_views
from tests.one_query import LENSES, number, points_of
from tests.scenes import LOSSES
from web.forces import answers
from web.settings import board


def flow_of(config, *losses):
    lenses = [board.full_lens(loss_name(loss), **dataclasses.asdict(loss)) for loss in losses]
    settings = dataclasses.asdict(config)
    surface = settings.pop("surface")
    return answers.forces(
        {"what": "flow", "surface": surface, "flow": settings, "losses": [*lenses, *lenses][:2]}
    )


@pytest.mark.parametrize(
    ("config", "loss"),
    [
        (core.FlowConfig(n_items=8, rate=0.005, n_steps=50), CACR()),
        (core.FlowConfig(n_items=8, n_steps=200, rate=0.2), CACR(detach_weights=True)),
        (core.FlowConfig(n_items=8, n_steps=200, rate=0.2), CACR(t_neg=2.0)),
        (core.FlowConfig("sphere", 4, tied=False, n_steps=150), InfoNCE(0.25)),
        (core.FlowConfig(n_items=4, n_views=5, tied=False, seed=3), CACR(4.0, detach_weights=True)),
        (core.FlowConfig(n_items=5, start="cluster", n_steps=20), CACR(beta=0.0)),
    ],
    ids=str,
)
def test_how_a_flow_ended_is_what_its_last_frames_show(config, loss):
    answer, arrays = flow_of(config, loss)
    said = answer["of"][0]["ended"]
    shape = (2, config.n_steps + 1, -1, config.n_items, config.dim)
    views = arrays["places"].reshape(shape)[0].astype(float)
    cosine = np.einsum("vid,wjd->ivjw", views[-1], views[-1]).clip(-1, 1)
    nearest = np.degrees(np.arccos(cosine.max(axis=(1, 3))))
    np.fill_diagonal(nearest, np.inf)
    if match := re.match(r"(\d+) items share (\d+) places?[,;]", said):
        assert int(match[1]) == config.n_items
        assert nearest.min() < 2
        assert int(match[2]) >= (nearest >= 2).all(axis=1).sum()
    else:
        assert said.startswith(f"No two of {config.n_items} items share a place")
        assert nearest.min() > min(2, 90 / config.n_items)
    apart = re.search(r"views of one lie up to (\S+)° apart", said)
    widest = max(np.degrees(np.arccos(cosine[i, :, i].min())) for i in range(config.n_items))
    assert widest == pytest.approx(number(apart[1]), rel=0.01) if apart else widest <= 1.01
    before = views[-1 - max(1, config.n_steps // 10)]
    turned = np.degrees(2 * np.arcsin(np.linalg.norm(views[-1] - before, axis=-1) / 2)).mean()
    going, much = re.search(r"; (still|hardly) moving, (.+)° in the last tenth", said).groups()
    assert (going == "still") == (turned >= 0.5)
    if much.startswith("less than"):
        assert turned < 0.0015
    else:
        assert turned == pytest.approx(number(much), rel=0.01, abs=1e-3)


def even(config):
    """The best arrangement known: a simplex where it fits, else the polygon; one view."""
    n, dim = config.n_items, config.dim
    if n == dim + 1 == 4:
        corners = torch.eye(4, dtype=torch.float64) - 0.25
        return torch.linalg.qr(corners[:3].T).Q  # an orthonormal basis of its space, 4 corners
    turns = 2 * math.pi * torch.arange(n, dtype=torch.float64) / n
    return torch.stack([turns.cos(), turns.sin(), *[0 * turns] * (dim - 2)], dim=1)


@pytest.mark.parametrize("loss", [*LOSSES, SSCL(class_prior=0.3), CACR(beta=0.0)], ids=str)
@pytest.mark.parametrize(("surface", "n_items"), [("circle", 3), ("circle", 8), ("sphere", 4)])
def test_what_is_known_of_the_least_loss_is_said_right(loss, surface, n_items):
    config = core.FlowConfig(surface, n_items, n_steps=1)
    known = flow_of(config, loss)[0]["of"][0]["optimum"]
    if known is None:
        assert loss.released_debiasing and loss.class_prior > 0
        return
    best = even(config)
    value = core.flow(config, loss).loss[0].item()
    best = best / best.norm(dim=1, keepdim=True)
    at_best = loss(pair_views(best.expand(2, -1, -1))).total.item()
    assert min(value, at_best) >= known["value"] - 1e-9
    if known["text"] == "the least there is":
        assert at_best == pytest.approx(known["value"], abs=1e-9)
    elif "do not fit" in known["text"]:
        assert f"{n_items} items" in known["text"] and surface in known["text"]
        assert n_items > config.dim + 1
    else:
        assert n_items <= config.dim + 1 and at_best > known["value"]


@pytest.mark.parametrize(
    ("lens", "field"),
    [
        (board.full_lens("cacr"), "t_neg"),
        (board.full_lens("cacr", detach_weights=True), "t_neg"),
        (board.full_lens("cacr", beta=0.0), "t_neg"),
        (board.full_lens("sscl", class_prior=0.0), "temperature"),
        (board.full_lens("sscl"), "temperature"),
        (board.full_lens("infonce", n_synthetic=3), "temperature"),
    ],
    ids=str,
)
@pytest.mark.parametrize("n_items", [3, 8])
def test_where_a_polygon_is_said_to_hold_a_dent_heals_and_elsewhere_grows(lens, field, n_items):
    question = {"what": "stability", "loss": lens, "n_items": n_items, "field": field, "n": 21}
    answer = answers.forces(question | {"least": 0.05 if field != "t_neg" else 0.0, "most": 4.0})[0]
    said = answer["sentence"]
    assert f"The regular polygon of {n_items} " in said
    assert ("Synthetic negatives are left out" in said) == bool(lens["n_synthetic"])

    def speed(value):
        return core.growth(board.loss_of(lens | {field: value}), n_items)

    ends = [number(text) for text in re.findall(r"up to \S+ ([\d.]+)", said)]
    verbs = re.findall(r"(breaks|holds) (?:up to|at)|then (breaks|holds)[.;]", said)
    verbs = ["".join(pair) for pair in verbs]
    edges = [answer["values"][0], *ends, answer["values"][-1]]
    if "neither breaks nor heals" in said:
        assert max(map(abs, answer["growth"])) <= core.NOTHING
        return
    assert len(verbs) == len(edges) - 1
    for verb, low, high in zip(verbs, edges[:-1], edges[1:], strict=True):
        for value in np.linspace(low + 0.02, high - 0.02, 5):
            found = speed(float(value))
            assert abs(found) <= core.NOTHING or (found > 0) == (verb == "breaks")
    stays = re.search(r"at \S+ ([\d.]+)(?: and (\d+) more of the values looked at)? a dent", said)
    still = [v for v, g in zip(answer["values"], answer["growth"], strict=True)
             if abs(g) <= core.NOTHING]  # fmt: skip
    assert (stays is not None) == bool(still)
    if stays:
        assert number(stays[1]) == pytest.approx(still[0], abs=1e-3)
        assert int(stays[2] or 0) == len(still) - 1


# a mix of two negatives


def test_mixes_of_a_right_angle_and_of_their_mirror_images_are_told_alike():
    question = points_of("lonely") | {"query": [90, 0], "chord": [0, 1, 0.5]}
    said = [
        answers.forces({"what": "chord", **question, "negatives": places, "loss": LENSES[0]})[0]
        for places in ([[180, 0], [-45, 0]], [[0, 0], [-135, 0]], [[-180, 0], [-90, 0]])
    ]
    assert all(number(one["sentence"].split()[-1][:-1]) == 0 for one in said)
    assert all(one["sentence"].startswith("No mix of") for one in said)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_said_of_a_mix_holds_for_all_shares(seed):
    lons = np.random.default_rng(seed).integers(-180, 180, 2).tolist()
    lons = [[0, 180], [30, 30], [200, 340], [60, 120]][seed] if seed < 4 else lons
    negatives = [[lon, 0] for lon in lons]
    question = points_of("lonely") | {"negatives": negatives, "chord": [0, 1, 0.5]}
    answer = answers.forces({"what": "chord", **question, "loss": LENSES[0]})[0]
    said = answer["sentence"]
    a, b = (np.array([math.cos(math.radians(x)), math.sin(math.radians(x))]) for x in lons)
    shares = np.linspace(0, 1, 20001)
    mixed = shares[:, None] * a + (1 - shares[:, None]) * b
    length = np.linalg.norm(mixed, axis=1)
    at, cosine = shares[length > 1e-9], (mixed[:, 1] / length.clip(1e-12))[length > 1e-9]
    best = max(a[1], b[1])
    if "harder than both" in said:
        share, hardest, other = re.search(
            r"λ = (\S+),.* cosine (\S+) against (\S+)\.", said
        ).groups()
        assert number(hardest) == pytest.approx(np.interp(number(share), at, cosine), abs=2e-3)
        assert np.interp(number(share), at, cosine) > best
        assert number(other) == pytest.approx(best, abs=2e-3)
    elif "cancel" in said:
        assert a @ b == pytest.approx(-1)
    else:
        assert cosine.max() <= best + 1e-4
        assert number(re.search(r"cosine (\S+)\.$", said)[1]) == pytest.approx(best, abs=2e-3)
        if "right angle" in said:
            assert best < 0
            assert (mixed[:, 1] / length <= mixed[:, 1] + 1e-12).all()
