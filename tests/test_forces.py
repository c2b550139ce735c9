import dataclasses
import math

import pytest
import torch

from cacr_core.forces import Points, circle_path, points_from_degrees, read
from cacr_core.losses import CACR, SSCL, InfoNCE
from cacr_core.pairs import MIXINGS, Pairs
from tests.reference import cacr_pulls_of_one_query, sscl_pulls_of_one_query
from tests.scenes import LOSSES, SCENES, SMOOTH, at_distances, random_points, unit
from tests.test_pairs import OF_PARENTS


def sq_dists(query, rows):
    return [((query - row) ** 2).sum().item() for row in rows]


def closed_form(loss, pos, neg):
    if isinstance(loss, CACR):
        return cacr_pulls_of_one_query(pos, neg, **dataclasses.asdict(loss))
    if isinstance(loss, SSCL):
        return sscl_pulls_of_one_query(pos, neg, **dataclasses.asdict(loss))
    return sscl_pulls_of_one_query(
        pos, neg, temperature=loss.temperature, beta=0.0, class_prior=0.0
    )


def assert_pulls_are(reading, drawn, pushed):
    scale = max(map(abs, drawn + pushed))
    found = torch.cat([reading.positives.pulls, reading.negatives.pulls])
    if reading.synthetics is not None:
        found = torch.cat([found, reading.synthetics.pulls])
    torch.testing.assert_close(
        found, torch.tensor(drawn + pushed, dtype=torch.float64), rtol=1e-9, atol=1e-11 * scale
    )


def every_arrow(reading):
    parts = [reading.positives.arrows, reading.negatives.arrows]
    return torch.cat(parts if reading.synthetics is None else [*parts, reading.synthetics.arrows])


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_pulls_equal_the_closed_forms(loss, scene):
    points = SCENES[scene]
    pos = sq_dists(points.query, points.positives)
    neg = sq_dists(points.query, points.negatives)
    assert_pulls_are(read(points, loss), *closed_form(loss, pos, neg))


@pytest.mark.parametrize("mixing", MIXINGS)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_pulls_with_synthetics_equal_the_closed_forms(loss, mixing):
    points = SCENES["sphere"]
    reading = read(points, loss, n_synthetic=5, pool_size=4, mixing=mixing, seed=7)
    mixes = reading.mixes
    made = []
    for i, share in enumerate(mixes.coefficients):
        a, b = (points.query if p < 0 else points.negatives[p] for p in mixes.parents[i].tolist())
        mix = share * a + (1 - share) * b if mixing in OF_PARENTS else mixes.before[i]
        made.append(mix / mix.pow(2).sum().sqrt())
    torch.testing.assert_close(reading.synthetics.places, torch.stack(made))
    neg = [*points.negatives, *made]
    pos = sq_dists(points.query, points.positives)
    assert_pulls_are(reading, *closed_form(loss, pos, sq_dists(points.query, neg)))


def test_some_scenes_are_clamped_and_then_nothing_pushes():
    loss = SSCL(class_prior=0.4)
    clamped = at_distances(pos=[0.1], neg=[3.0, 3.5, 3.9])
    reading = read(clamped, loss)
    assert reading.clamped
    assert reading.negatives.pulls.abs().max() == 0
    assert reading.positives.pulls[0] > 0
    assert_pulls_are(reading, *closed_form(loss, [0.1], [3.0, 3.5, 3.9]))
    assert not read(at_distances(pos=[0.1], neg=[0.2]), loss).clamped


def test_a_pull_is_minus_the_slope_in_the_similarity():
    points, loss = SCENES["circle"], CACR()
    nearer = points.negatives.clone()
    step = 1e-6
    s = points.negatives @ points.query
    angle = torch.acos(s[0] + step)
    side = points.negatives[0] - s[0] * points.query
    nearer[0] = angle.cos() * points.query + angle.sin() * side / side.norm()
    slope = read(dataclasses.replace(points, negatives=nearer), loss).total
    slope = (slope - read(points, loss).total) / step
    assert read(points, loss).negatives.pulls[0].item() == pytest.approx(-slope, rel=1e-4)


def test_fixture_attraction_of_two_positives():
    points = at_distances(pos=[0.5, 1.5], neg=[2.0])
    flowing = read(points, CACR(t_pos=1.0))
    detached = read(points, CACR(t_pos=1.0, detach_weights=True))
    assert flowing.attraction == pytest.approx(1.231059, abs=1e-6)
    assert flowing.positives.weights.tolist() == pytest.approx([0.268941, 0.731059], abs=1e-6)
    assert flowing.positives.pulls.tolist() == pytest.approx([0.144659, 1.855341], abs=1e-6)
    assert detached.positives.pulls.tolist() == pytest.approx([0.537883, 1.462117], abs=1e-6)


def test_fixture_repulsion_of_three_negatives():
    points = at_distances(pos=[0.5], neg=[0.2, 1.0, 3.0])
    soft, sharp = read(points, CACR(t_neg=1.0)), read(points, CACR(t_neg=2.0))
    detached = read(points, CACR(t_neg=1.0, detach_weights=True))
    assert soft.negatives.weights.tolist() == pytest.approx(
        [0.662191, 0.297541, 0.040268], abs=1e-6
    )
    assert soft.repulsion == pytest.approx(-0.550783, abs=1e-6)
    assert math.log(soft.effective) == pytest.approx(0.762985, abs=1e-6)
    assert soft.negatives.pulls.tolist() == pytest.approx(
        [-1.788952, -0.327762, 0.116714], abs=1e-6
    )
    assert detached.negatives.pulls.tolist() == pytest.approx(
        [-1.324381, -0.595083, -0.080536], abs=1e-6
    )
    assert sharp.repulsion == pytest.approx(-0.342561, abs=1e-6)
    assert math.log(sharp.effective) == pytest.approx(0.472096, abs=1e-6)
    assert sharp.negatives.pulls.tolist() == pytest.approx(
        [-2.131932, 0.105463, 0.026470], abs=1e-6
    )


@pytest.mark.parametrize(
    "beta, class_prior, detached, total, a, r",
    [
        (0, 0.0, False, 1.113955, 1.343484, [0.801870, 0.360304, 0.132548, 0.048762]),
        (0, 0.0, True, 1.113955, 1.343484, [0.801870, 0.360304, 0.132548, 0.048762]),
        (0, 0.1, False, 1.040035, 1.607286, [0.959323, 0.431052, 0.158575, 0.058336]),
        (1, 0.0, False, 1.525015, 1.564765, [1.604367, 0.092828, -0.085024, -0.047407]),
        (1, 0.0, True, 1.525015, 1.564765, [1.269155, 0.256238, 0.034678, 0.004693]),
        (1, 0.1, False, 1.515180, 1.755813, [1.800250, 0.104162, -0.095405, -0.053195]),
        (1, 0.1, True, 1.515180, 1.755813, [1.424111, 0.287523, 0.038912, 0.005266]),
    ],
)
def test_fixture_hard_and_debiased(beta, class_prior, detached, total, a, r):
    points = at_distances(pos=[2 - 2 * 0.8], neg=[2 - 2 * s for s in (0.9, 0.5, 0.0, -0.5)])
    reading = read(
        points, SSCL(beta=beta, class_prior=class_prior, detach_weights=detached, temperature=0.5)
    )
    assert reading.total == pytest.approx(total, abs=1e-6)
    assert reading.positives.pulls.item() == pytest.approx(a, abs=1e-6)
    assert reading.negatives.pulls.tolist() == pytest.approx([-x for x in r], abs=1e-6)


@pytest.mark.parametrize("n_synthetic", [0, 4])
def test_pulls_add_up_as_each_loss_promises(n_synthetic):
    for points in SCENES.values():
        for loss in (InfoNCE(0.3), SSCL(class_prior=0.0), SSCL(class_prior=0.05)):
            reading = read(points, loss, n_synthetic=n_synthetic)
            pulls = [reading.positives.pulls.sum(), reading.negatives.pulls.sum()]
            pulls += [] if reading.synthetics is None else [reading.synthetics.pulls.sum()]
            if not reading.clamped:
                assert float(sum(pulls)) == pytest.approx(0, abs=1e-10)
        reading = read(points, CACR(alpha=1.5, beta=0.7))
        assert float(reading.positives.pulls.sum()) == pytest.approx(3.0)
        assert float(reading.negatives.pulls.sum()) == pytest.approx(-1.4)


def test_weights_sum_to_one_in_their_group_and_synthetics_share_the_negatives():
    reading = read(SCENES["circle"], CACR(), n_synthetic=3)
    assert float(reading.positives.weights.sum()) == pytest.approx(1)
    both = reading.negatives.weights.sum() + reading.synthetics.weights.sum()
    assert float(both) == pytest.approx(1)
    assert reading.n_negatives == 9
    assert 1 <= reading.effective <= 9


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_arrows_are_tangent_and_as_long_as_pull_times_sine(loss, scene):
    points = SCENES[scene]
    reading = read(points, loss, n_synthetic=3, pool_size=3)
    arrows = every_arrow(reading)
    torch.testing.assert_close(
        arrows @ points.query, torch.zeros(len(arrows), dtype=torch.float64), rtol=0, atol=1e-12
    )
    for marks in (reading.positives, reading.negatives, reading.synthetics):
        length = marks.pulls.abs() * marks.angles.deg2rad().sin()
        torch.testing.assert_close(marks.arrows.norm(dim=1), length, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(marks.similarities, marks.angles.deg2rad().cos())
        torch.testing.assert_close(marks.distances, 2 - 2 * marks.similarities)
    torch.testing.assert_close(arrows.sum(0), reading.resultant)
    parts = reading.attraction_arrow + reading.repulsion_arrow
    torch.testing.assert_close(parts, reading.resultant)
    assert reading.strength == pytest.approx(float(reading.resultant.norm()))


@pytest.mark.parametrize("loss", SMOOTH, ids=str)
def test_the_resultant_is_the_gradient_an_encoder_would_feel(loss):
    points = SCENES["16-D"]
    raw = (3.7 * points.query).requires_grad_()
    q = raw / raw.norm()
    pos = ((q - points.positives) ** 2).sum(1)[None]
    neg = ((q - points.negatives) ** 2).sum(1)[None]
    (gradient,) = torch.autograd.grad(loss(Pairs(pos, neg)).total, raw)
    torch.testing.assert_close(-3.7 * gradient, read(points, loss).resultant)


@pytest.mark.parametrize("dim", [2, 3, 16])
@pytest.mark.parametrize("loss", LOSSES[::3], ids=str)
def test_turning_everything_turns_the_arrows_and_nothing_else(loss, dim):
    points = random_points(dim, seed=9)
    square = torch.randn(dim, dim, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    turn = torch.linalg.qr(square).Q
    turned = Points(points.query @ turn, points.positives @ turn, points.negatives @ turn)
    here = read(points, loss, n_synthetic=4, pool_size=3)
    there = read(turned, loss, n_synthetic=4, pool_size=3)
    torch.testing.assert_close(every_arrow(there), every_arrow(here) @ turn)
    torch.testing.assert_close(there.resultant, here.resultant @ turn)
    torch.testing.assert_close(there.negatives.weights, here.negatives.weights)
    torch.testing.assert_close(there.credited, here.credited)


def test_on_the_circle_a_turn_above_zero_is_counterclockwise():
    near = points_from_degrees([30], [[30]], [[40]], "circle")
    assert read(near, InfoNCE()).turn < 0
    assert read(near, InfoNCE()).turn == pytest.approx(-read(near, InfoNCE()).strength)
    assert read(points_from_degrees([30], [[40]], [[210]], "circle"), InfoNCE()).turn > 0
    assert read(SCENES["sphere"], InfoNCE()).turn is None


@pytest.mark.parametrize("place, still", [(75.0, "coincident"), (-105.0, "antipodal")])
@pytest.mark.parametrize("surface", ["circle", "sphere"])
def test_a_mark_on_the_querys_axis_has_weight_and_pull_but_no_arrow(place, still, surface):
    points = points_from_degrees([75, 0], [[100, 0]], [[place, 0], [170, 0]], surface)
    marks = read(points, CACR(t_neg=0.5, detach_weights=True)).negatives
    assert marks.still == (still, None)
    assert marks.weights[0] > 0.1
    assert marks.pulls[0] < -0.1
    assert marks.arrows[0].norm() < 1e-12
    assert marks.arrows[1].norm() > 0.1


@pytest.mark.parametrize("mixing", [m for m in MIXINGS if m != "per_dimension"])
@pytest.mark.parametrize("scene", ["circle", "sphere", "16-D"])
def test_credited_pulls_and_positives_make_the_resultant(mixing, scene):
    points = SCENES[scene]
    for loss in LOSSES:
        reading = read(points, loss, n_synthetic=8, pool_size=4, mixing=mixing, seed=3)
        away = points.negatives - (points.negatives @ points.query)[:, None] * points.query
        total = reading.credited @ away + reading.attraction_arrow
        mixes = reading.mixes
        samples = torch.cat([points.negatives, points.query[None]])  # -1 is the query
        shares = torch.stack([mixes.coefficients, 1 - mixes.coefficients], dim=1)
        added = mixes.before - (shares[..., None] * samples[mixes.parents]).sum(1)
        assert added.norm() < 1e-9 or mixing not in OF_PARENTS
        added = added - (added @ points.query)[:, None] * points.query
        total = total + (reading.synthetics.pulls / mixes.lengths) @ added
        torch.testing.assert_close(total, reading.resultant, rtol=1e-9, atol=1e-10)


def test_a_synthetic_is_credited_by_share_over_length():
    points = SCENES["sphere"]
    reading = read(points, InfoNCE(), n_synthetic=6, pool_size=5, seed=2)
    added = [0.0] * len(points.negatives)
    for i, (a, b) in enumerate(reading.mixes.parents.tolist()):
        share = reading.mixes.coefficients[i].item()
        cosine = float(points.negatives[a] @ points.negatives[b])
        rho = math.sqrt(1 - 2 * share * (1 - share) * (1 - cosine))
        pull = reading.synthetics.pulls[i].item()
        credits = [pull * share / rho, pull * (1 - share) / rho]
        assert reading.mixes.credits[i].tolist() == pytest.approx(credits)
        assert reading.mixes.lengths[i].item() == pytest.approx(rho)
        added[a] += credits[0]
        added[b] += credits[1]
    expected = reading.negatives.pulls + torch.tensor(added, dtype=torch.float64)
    torch.testing.assert_close(reading.credited, expected)


def test_a_mix_with_the_query_credits_its_negative_alone():
    points = SCENES["circle"]
    reading = read(points, SSCL(), n_synthetic=32, pool_size=3, mixing="query")
    assert (reading.mixes.parents[:, 0] == -1).all()
    assert (reading.mixes.credits[:, 0] == 0).all()
    s = points.negatives @ points.query
    for i, (_, b) in enumerate(reading.mixes.parents.tolist()):
        share = reading.mixes.coefficients[i].item()
        rho = math.sqrt(share**2 + (1 - share) ** 2 + 2 * share * (1 - share) * s[b].item())
        expected = reading.synthetics.pulls[i].item() * (1 - share) / rho
        assert reading.mixes.credits[i, 1].item() == pytest.approx(expected)
        if share < 0.5:
            half = math.cos(math.acos(s[b].item()) / 2)
            assert s[b] <= reading.synthetics.similarities[i] < half


def test_mixes_by_dimension_credit_nobody():
    reading = read(SCENES["sphere"], CACR(), n_synthetic=3, mixing="per_dimension")
    assert reading.mixes.coefficients.shape == (3, 3)
    assert reading.mixes.credits is None
    assert reading.credited is None


def test_without_synthetics_a_negative_is_credited_its_own_pull():
    reading = read(SCENES["sphere"], CACR())
    assert reading.synthetics is None and reading.mixes is None
    torch.testing.assert_close(reading.credited, reading.negatives.pulls, rtol=0, atol=0)
    assert not reading.in_pool.any()


@pytest.mark.parametrize("mixing", MIXINGS)
def test_parents_come_from_the_pool(mixing):
    points = SCENES["16-D"]
    reading = read(points, CACR(), n_synthetic=64, pool_size=3, mixing=mixing)
    assert int(reading.in_pool.sum()) == (12 if mixing == "random" else 3)
    nearest = (points.negatives @ points.query).topk(3).indices
    assert reading.in_pool[nearest].all()
    first, second = reading.mixes.parents.T
    assert reading.in_pool[torch.where(first < 0, second, first)].all()


def test_a_pool_larger_than_the_negatives_is_all_of_them_and_says_so():
    points = SCENES["circle"]
    whole = read(points, CACR(), n_synthetic=4, pool_size=6)
    asked = read(points, CACR(), n_synthetic=4, pool_size=32)
    assert asked.pool == "The hard pool holds all 6 negatives; 32 were asked for."
    assert whole.pool is None
    assert asked.in_pool.all()
    torch.testing.assert_close(asked.synthetics.places, whole.synthetics.places)


def test_synthetics_stand_still_while_the_query_moves_within_its_pool():
    points = SCENES["circle"]
    places = [
        read(
            dataclasses.replace(points, query=query), CACR(), n_synthetic=6, pool_size=6, seed=5
        ).synthetics.places
        for query in circle_path([0, 100, 200]).places
    ]
    torch.testing.assert_close(places[0], places[1])
    torch.testing.assert_close(places[0], places[2])
    other = read(points, CACR(), n_synthetic=6, pool_size=6, seed=6).synthetics.places
    assert not torch.allclose(places[0], other)


def test_float32_rows_are_raised_and_made_exact():
    rows = unit(9, 128, seed=1).float()
    points = Points(rows[0], rows[1:4], rows[4:])
    assert points.negatives.dtype == torch.float64
    torch.testing.assert_close(
        points.negatives.norm(dim=1), torch.ones(5, dtype=torch.float64), rtol=0, atol=1e-15
    )


@pytest.mark.parametrize(
    "query, positives, negatives, told",
    [
        (unit(1, 3, seed=0), unit(2, 3, seed=1), unit(2, 3, seed=2), r"one point.*\(1, 3\)"),
        (unit(3, seed=0), unit(2, 2, seed=1), unit(2, 3, seed=2), r"positives.*\(2, 2\)"),
        (unit(3, seed=0), unit(2, 3, seed=1), unit(0, 3, seed=2), r"negatives.*\(0, 3\)"),
        (unit(3, seed=0), 2 * unit(2, 3, seed=1), unit(2, 3, seed=2), "unit vectors.* by 1"),
        (unit(3, seed=0), unit(2, 3, seed=1) * math.nan, unit(2, 3, seed=2), "unit vectors"),
    ],
)
def test_points_that_do_not_fit_are_refused(query, positives, negatives, told):
    with pytest.raises(ValueError, match=told):
        Points(query, positives, negatives)


def test_what_cannot_be_read_is_refused():
    points = SCENES["circle"]
    with pytest.raises(ValueError, match=r"circle.*sphere.*'torus'"):
        points_from_degrees([0], [[1]], [[2]], "torus")
    with pytest.raises(ValueError, match="mixing"):
        read(points, CACR(), n_synthetic=1, mixing="stew")
