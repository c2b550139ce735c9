"""Likeness of two sets of features: plain definitions with loops, and cases known beforehand."""

import math

import pytest
import torch
from scipy.stats import chi2

from cacr_core.checkpoints.alike import (
    Seen,
    cka_table,
    class_changes,
    headline,
    likeness_of,
    linear_cka,
    looks,
    neighbour_overlap,
    pairs_apart,
    spread_of,
)
from cacr_core.checkpoints.alike import cka as cka_module
from cacr_core.metrics import effective_rank, knn_correct
from cacr_core.neighbours import nearest_by_cosine
from cacr_core.scores import PROTOCOLS
from cacr_core.scores.paired import change_of

N = 60


def random_features(seed, n=N, dim=12):
    mixing = torch.randn(dim, dim, generator=torch.Generator().manual_seed(seed + 1000))
    return torch.randn(n, dim, generator=torch.Generator().manual_seed(seed)) @ mixing + 3


def rotation(dim, seed=0):
    return torch.linalg.qr(torch.randn(dim, dim, generator=torch.Generator().manual_seed(seed)))[0]


def shuffled(n, seed=0):
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))


def kernel(x):
    return [[sum(float(a) * float(b) for a, b in zip(p, q, strict=True)) for q in x] for p in x]


def kernel_cka(x, y):
    """Kernels, centred entry by entry, as Kornblith et al. write it."""

    def centred(k):
        n = len(k)
        rows = [sum(row) / n for row in k]
        mean = sum(rows) / n
        return [[k[i][j] - rows[i] - rows[j] + mean for j in range(n)] for i in range(n)]

    def hsic(k, m):
        return sum(a * b for r, s in zip(k, m, strict=True) for a, b in zip(r, s, strict=True))

    k, m = centred(kernel(x)), centred(kernel(y))
    return hsic(k, m) / math.sqrt(hsic(k, k) * hsic(m, m))


def song_cka(x, y):
    """The unbiased estimate as Song et al. write it: zero diagonals, three sums."""

    def hsic(k, m):
        n = len(k)
        k, m = k.clone().fill_diagonal_(0), m.clone().fill_diagonal_(0)
        one = torch.ones(n, dtype=k.dtype)
        whole = (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2))
        total = torch.trace(k @ m) + whole - 2 / (n - 2) * (one @ k @ m @ one)
        return float(total) / (n * (n - 3))

    k, m = x.double() @ x.double().T, y.double() @ y.double().T
    return hsic(k, m) / math.sqrt(hsic(k, k) * hsic(m, m))


@pytest.mark.parametrize("dims", [(12, 5), (3, 12), (90, 80)])
def test_linear_cka_is_that_of_centred_kernels_by_either_way_of_computing(dims, monkeypatch):
    x, y = (random_features(i, 25, dim) for i, dim in enumerate(dims))
    y = y + x[:, :1]
    for most_bytes in (0, 1 << 30):
        monkeypatch.setattr(cka_module, "GRAM_BYTES", most_bytes)
        assert linear_cka(x, y) == pytest.approx(kernel_cka(x, y), abs=1e-5)
        assert linear_cka(x, y, debiased=True) == pytest.approx(song_cka(x, y), abs=1e-5)


@pytest.mark.parametrize("debiased", [False, True])
def test_cka_of_rotated_scaled_and_shifted_features_is_one(debiased):
    x = random_features(0)
    for other in (x, x @ rotation(12), 1e-3 * x, 1e4 * x + 7, torch.cat([x, x], 1)):
        assert linear_cka(x, other, debiased) == pytest.approx(1, abs=1e-4)


def test_cka_of_unrelated_or_permuted_features_is_about_its_expectation():
    n, dim = 400, 100
    x, y = (torch.randn(n, dim, generator=torch.Generator().manual_seed(i)) for i in range(2))
    for other in (y, x[shuffled(n)]):
        table = cka_table({"x": x}, {"y": other})
        assert float(table.debiased) == pytest.approx(0, abs=0.02)
        assert float(table.plain) == pytest.approx(float(table.expected), abs=0.02)
    assert float(table.expected) == pytest.approx(0.2)


def test_cka_table_has_a_row_a_layer_and_is_pairwise_cka():
    xs = {"a": random_features(0), "b": random_features(1, dim=4)}
    ys = {"c": random_features(2), "d": xs["a"].clone(), "e": torch.ones(N, 3)}
    table = cka_table(xs, ys)
    assert (table.rows, table.columns) == (("a", "b"), ("c", "d", "e"))
    for i, x in enumerate(xs.values()):
        for j, y in enumerate(ys.values()):
            assert float(table.plain[i, j]) == pytest.approx(linear_cka(x, y), nan_ok=True)
    assert table.plain[:, 2].isnan().all()
    with pytest.raises(ValueError, match=r"same images, got \[59, 60\]"):
        cka_table(xs, {"c": xs["a"][1:]})


def loops_nearest(x, k):
    out = []
    for i, p in enumerate(x):
        near = sorted(
            (j for j in range(len(x)) if j != i),
            key=lambda j, p=p: -float(torch.nn.functional.cosine_similarity(p, x[j], dim=0)),
        )
        out.append(near[:k])
    return out


def test_overlap_is_the_share_of_common_neighbours(monkeypatch):
    monkeypatch.setattr("cacr_core.neighbours.TENSOR_ROWS_AT_ONCE", 7)
    x, y = random_features(0), random_features(0) + 2 * random_features(1)
    of_x, of_y = loops_nearest(x, 5), loops_nearest(y, 5)
    found = neighbour_overlap(x, y, 5)
    assert found.before.tolist() == of_x
    assert found.after.tolist() == of_y
    plain = [len(set(a) & set(b)) / 5 for a, b in zip(of_x, of_y, strict=True)]
    assert found.share.tolist() == pytest.approx(plain)
    assert found.mean == pytest.approx(sum(plain) / N)
    kept = [plain[i] for i in found.changed.tolist()]
    assert kept == sorted(plain)
    assert sorted(found.changed.tolist()) == list(range(N))


def test_overlap_of_the_same_features_is_one_and_of_unrelated_ones_chance():
    x = torch.randn(1500, 16, generator=torch.Generator().manual_seed(0))
    y = torch.randn(1500, 8, generator=torch.Generator().manual_seed(1))
    assert neighbour_overlap(x, 3 * x @ rotation(16)).mean == pytest.approx(1, abs=1e-3)
    unrelated = neighbour_overlap(x, y)
    assert unrelated.expected == 10 / 1499
    assert unrelated.mean == pytest.approx(10 / 1499, rel=0.3)
    assert neighbour_overlap(x, x[shuffled(1500)]).mean == pytest.approx(10 / 1499, rel=0.3)


def ranks(x):
    """Which nearest each point is of each, by loops; 0 of itself."""
    unit = x.double() / x.double().norm(dim=1, keepdim=True)
    cosines = (unit @ unit.T).tolist()
    found = []
    for i, row in enumerate(cosines):
        others = sorted((j for j in range(len(row)) if j != i), key=lambda j, row=row: -row[j])
        found.append({j: place for place, j in enumerate(others, 1)})
    return found


def test_pairs_apart_are_near_in_the_first_and_farthest_in_the_second():
    x, y = random_features(1), random_features(2)
    near, far = ranks(x), ranks(y)
    found = pairs_apart(x, y, k=5, most=4)
    assert len(found) == 4
    for one in found:
        assert (one.near, one.far) == (near[one.one][one.other], far[one.one][one.other])
        assert one.near <= 5 < one.far
    taken = [i for one in found for i in (one.one, one.other)]
    assert len(set(taken)) == 8  # each image once
    assert [one.far for one in found] == sorted((one.far for one in found), reverse=True)
    assert found[0].far == max(far[i][j] for i in range(N) for j in near[i] if near[i][j] <= 5)
    assert pairs_apart(x, 2 * x @ rotation(12)) == []


def test_the_one_image_that_went_elsewhere_changed_most():
    x = random_features(0, dim=30)
    y = x.clone()
    y[17] = -x[17] + 0.1
    assert neighbour_overlap(x, y).changed[0] == 17


def test_few_images_have_as_many_neighbours_as_there_are():
    assert nearest_by_cosine(random_features(0, 3), 10)[1].shape == (3, 2)
    with pytest.raises(ValueError, match="two or more images in both, got 1 and 1"):
        neighbour_overlap(torch.ones(1, 2), torch.ones(1, 2))


def right_of_pairs(*pairs):
    """Two encoders' right answers for classes with (images, gained, lost) each, and labels."""
    before, after, labels = [], [], []
    for label, (n, gained, lost) in enumerate(pairs):
        before += [False] * gained + [True] * (n - gained)
        after += [True] * gained + [False] * lost + [True] * (n - gained - lost)
        labels += [label] * n
    return torch.tensor(before), torch.tensor(after), torch.tensor(labels)


def test_class_changes_are_of_each_class_and_none_of_an_unlabelled_image():
    labels = torch.tensor([0, 0, 1, 1, -1])
    before = torch.tensor([True, True, False, True, False])
    after = torch.tensor([True, False, True, True, True])
    changes = class_changes(before, after, labels, ["a", "b", "c"])
    everything, (zero, one, none) = changes.overall, changes.by_class
    assert (everything.name, everything.before.n, everything.change.value) == ("all classes", 4, 0)
    assert (zero.change.value, one.change.value) == (-0.5, 0.5)
    assert math.isnan(none.change.value) and none.change.n == 0
    assert zero.change.low < zero.change.value < zero.change.high
    assert changes.n_intervals == 2
    assert everything.change.level == 0.95
    assert changes.level == zero.change.level == pytest.approx(1 - 0.05 / 2)


def test_the_intervals_of_the_classes_all_hold_0_together_as_often_as_they_say():
    generator = torch.Generator().manual_seed(0)
    n_classes, per_class, n_draws = 10, 30, 200
    labels = torch.arange(n_classes).repeat_interleave(per_class)
    names = [str(i) for i in range(n_classes)]
    named, each = 0, 0
    for _ in range(n_draws):  # two encoders that are equally good at every class
        draw = torch.rand(len(labels), generator=generator)
        before, after = (draw < 0.6), (draw > 0.2) & (draw < 0.8)
        changes = class_changes(before, after, labels, names)
        named += headline(changes, "A", "B") != (
            "No class tells A and B apart: all 10 intervals of B − A hold 0"
        )
        plain = [class_changes(before[labels == i], after[labels == i], labels[labels == i] * 0,
                               ["x"]).overall for i in range(2)]  # fmt: skip
        each += sum(one.change.sign != 0 for one in plain)
    assert named / n_draws < 0.08  # with intervals of 95 % each it would be about 0.4
    assert 0.01 < each / (2 * n_draws) < 0.09


def test_a_headline_names_the_classes_whose_intervals_leave_out_0_and_no_others():
    names = ["star", "ring", "bar", "disc"]
    cases = {
        ((40, 6, 4), (40, 1, 2), (40, 3, 3), (40, 0, 1)): (
            "No class tells A and B apart: all 4 intervals of B − A hold 0"
        ),
        ((40, 20, 0), (40, 1, 2), (40, 0, 18), (40, 5, 2)): (
            "B is better on star and worse on bar than A; the other 2 intervals hold 0"
        ),
        ((40, 20, 0), (40, 19, 1), (40, 18, 2), (40, 2, 3)): (
            "B is better on star, ring and bar than A; the other interval holds 0"
        ),
        ((40, 20, 0), (40, 19, 1), (40, 18, 2), (40, 20, 1)): "B is better on 4 classes than A",
        ((40, 0, 20), (0, 0, 0), (0, 0, 0), (0, 0, 0)): "B is worse on star than A",
        ((40, 2, 2), (0, 0, 0), (0, 0, 0), (0, 0, 0)): (
            "No class tells A and B apart: the interval of B − A holds 0"
        ),
    }
    for pairs, said in cases.items():
        changes = class_changes(*right_of_pairs(*pairs), names)
        assert headline(changes, "A", "B") == said
        critical = chi2.ppf(1 - 0.05 / changes.n_intervals, 1)  # McNemar's, over so many looks
        for (n, gained, lost), one in zip(pairs, changes.by_class, strict=True):
            assert one.change.n == n
            rejects = n and gained + lost and (gained - lost) ** 2 / (gained + lost) > critical
            assert bool(one.change.sign) == bool(rejects)


def test_what_many_looks_mean_is_said_with_their_number():
    changes = class_changes(*right_of_pairs(*[(20, 1, 1)] * 8), list("abcdefgh"))
    assert "8 intervals hold together for 95 of 100" in looks(changes)
    assert "each is one of 99.38 %" in looks(changes)
    assert "about 0.4 would leave out 0" in looks(changes)
    assert looks(class_changes(*right_of_pairs((20, 1, 1)), ["a"])) == (
        "The interval is one of 95 %."
    )


def seen(seed, dim=16, untrained=None):
    """Features of 120 and 80 images in four classes, as one network may see them."""
    centres = torch.randn(4, dim, generator=torch.Generator().manual_seed(9))
    x = centres[torch.arange(200) % 4]
    x = x + 1.5 * torch.randn(200, dim, generator=torch.Generator().manual_seed(seed))
    return Seen(x[:120], x[120:], {"inner": x[120:, :3]}, untrained=untrained)


def test_a_report_holds_what_each_measure_says_by_itself():
    labels = torch.arange(200) % 4
    a, b = seen(1, untrained=seen(3)), seen(2)
    found = likeness_of(a, b, labels[:120], labels[120:], list("wxyz"), of="head")
    assert found.cka.rows == ("inner", "head")
    assert float(found.cka.debiased[-1, -1]) == pytest.approx(linear_cka(a.test, b.test, True))
    assert found.overlap.mean == neighbour_overlap(a.test, b.test).mean
    assert found.spread[0].effective_rank == pytest.approx(effective_rank(a.test))
    assert found.spread[0].alignment is None
    assert list(found.votes) == list(PROTOCOLS)
    for name, votes in found.votes.items():
        k, temperature = PROTOCOLS[name].k, PROTOCOLS[name].temperature
        right = [
            knn_correct(one.bank, labels[:120], one.test, labels[120:], k, temperature)
            for one in (a, b, a.untrained)
        ]
        accuracies = [score.accuracy.value for score in (*votes.scores, votes.untrained[0])]
        assert accuracies == pytest.approx([float(one.float().mean()) for one in right])
        difference = float(right[1].float().mean() - right[0].float().mean())
        assert votes.changes.overall.change.value == pytest.approx(difference)
        gained, lost = (int((one & ~other).sum()) for one, other in
                        ((right[0], right[2]), (right[2], right[0])))  # fmt: skip
        assert votes.gains == (change_of(gained, lost, 80), None)
        assert votes.untrained[1] is None


def test_without_classes_a_report_has_no_votes():
    unknown = torch.full((200,), -1)
    assert likeness_of(seen(1), seen(2), unknown[:120], unknown[120:], []).votes == {}


def test_spread_of_features_is_their_variance_in_order():
    x = torch.cat([torch.eye(4), -torch.eye(4)]) * torch.tensor([4.0, 1.0, 2.0, 0.0])
    spread = spread_of(x, [x + 1, x + 1])
    assert spread.spectrum.tolist() == pytest.approx([16 / 21, 4 / 21, 1 / 21, 0])
    assert spread.effective_rank == pytest.approx(effective_rank(x))
    assert spread.alignment == pytest.approx(0, abs=1e-6)
    assert spread_of(torch.ones(5, 3)).spectrum.tolist() == [0, 0, 0]
    assert spread_of(x).alignment is None


def test_alignment_of_many_views_is_the_mean_over_images(monkeypatch):
    views = [random_features(i) for i in range(3)]
    unit = [v / v.norm(dim=1, keepdim=True) for v in views]
    pairs = [(unit[i] - unit[j]).square().sum(1).mean() for i, j in ((0, 1), (0, 2), (1, 2))]
    monkeypatch.setattr("cacr_core.checkpoints.alike.spread.ITEMS_AT_ONCE", 7)
    assert spread_of(views[0], views).alignment == pytest.approx(float(sum(pairs)) / 3, abs=1e-5)
