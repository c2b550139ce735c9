import dataclasses
import math

import pytest
import torch

from cacr_core.forces import (
    chord_of,
    circle_path,
    great_circle_path,
    landscape_of,
    minima,
    points_from_degrees,
    read,
    rests,
    sphere_path,
    sweep,
)
from cacr_core.losses import CACR, SSCL, InfoNCE
from tests.scenes import LOSSES, SCENES, SMOOTH


@pytest.mark.parametrize("n_synthetic", [0, 5])
@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_the_landscape_at_the_querys_angle_is_what_is_read_there(loss, n_synthetic):
    points = points_from_degrees([33], [[50], [10]], [[80], [120], [301], [200]], "circle")
    mixture = {"n_synthetic": n_synthetic, "pool_size": 3, "seed": 4}
    found = landscape_of(points, circle_path([33, 123, 213]), loss, **mixture)
    for i, query in enumerate(circle_path([33, 123, 213]).places):
        reading = read(dataclasses.replace(points, query=query), loss, **mixture)
        assert float(found.loss[i]) == pytest.approx(reading.total, rel=1e-9, abs=1e-12)
        assert float(found.force[i]) == pytest.approx(reading.turn, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("n_synthetic", [0, 5])
def test_on_the_sphere_the_force_is_the_length_of_the_resultant(n_synthetic):
    points, loss = SCENES["sphere"], SSCL()
    path = sphere_path(lons=range(0, 360, 20), lats=range(-90, 91, 10))
    mixture = {"n_synthetic": n_synthetic, "pool_size": 3, "mixing": "hard_easy"}
    found = landscape_of(points, path, loss, **mixture)
    assert found.loss.shape == (18 * 19,)
    for i in (0, 17, 101, 340):
        reading = read(dataclasses.replace(points, query=path.places[i]), loss, **mixture)
        assert float(found.loss[i]) == pytest.approx(reading.total, rel=1e-9)
        assert float(found.force[i]) == pytest.approx(reading.strength, rel=1e-9)


def test_the_grid_goes_lat_by_lat():
    places = sphere_path(lons=[0, 90, 180, 270], lats=[-90, 0, 90]).places
    torch.testing.assert_close(
        places[[0, 4, 5, 8]],
        torch.tensor([[0, 0, -1], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=torch.float64),
    )


def test_many_queries_mixed_in_pieces_are_as_mixed_at_once(monkeypatch):
    points = SCENES["circle"]
    path = circle_path(range(0, 360, 3))
    whole = landscape_of(points, path, CACR(), n_synthetic=4, mixing="query")
    monkeypatch.setattr("cacr_core.forces.landscape.CHUNK", 7)
    pieces = landscape_of(points, path, CACR(), n_synthetic=4, mixing="query")
    torch.testing.assert_close(pieces.loss, whole.loss)
    torch.testing.assert_close(pieces.force, whole.force)


@pytest.mark.parametrize("n_synthetic", [0, 4])
@pytest.mark.parametrize("loss", SMOOTH, ids=str)
def test_the_force_round_the_circle_is_minus_the_slope_of_the_loss(loss, n_synthetic):
    points, step = SCENES["circle"], 1e-4
    pool_of_all = {"n_synthetic": n_synthetic, "pool_size": 6}
    angles = torch.arange(0, 360, 7.0, dtype=torch.float64)
    ahead = landscape_of(points, circle_path(angles + step), loss, **pool_of_all).loss
    behind = landscape_of(points, circle_path(angles - step), loss, **pool_of_all).loss
    slope = (ahead - behind) / math.radians(2 * step)
    force = landscape_of(points, circle_path(angles), loss, **pool_of_all).force
    torch.testing.assert_close(force, -slope, rtol=1e-5, atol=1e-6)


def test_a_mix_with_the_query_pushes_otherwise_than_the_slope_of_the_loss():
    points, step = SCENES["circle"], 1e-4
    how = {"n_synthetic": 4, "pool_size": 6, "mixing": "query"}
    ends = landscape_of(points, circle_path([40 - step, 40 + step]), InfoNCE(), **how).loss
    slope = float(ends[1] - ends[0]) / math.radians(2 * step)
    force = landscape_of(points, circle_path([40.0]), InfoNCE(), **how).force
    assert abs(float(force) + slope) > 0.05


def test_detached_cacr_has_the_loss_of_the_other_and_the_force_of_a_log_sum():
    points, t_pos, t_neg, step = SCENES["circle"], 1.5, 0.9, 1e-4
    angles = torch.arange(0, 360, 7.0, dtype=torch.float64)

    def log_sum(at):
        q = circle_path(at).places
        pos = 2 - 2 * q @ points.positives.T
        neg = 2 - 2 * q @ points.negatives.T
        return (t_pos * pos).exp().sum(1).log() / t_pos + (-t_neg * neg).exp().sum(1).log() / t_neg

    flowing, path = CACR(t_pos=t_pos, t_neg=t_neg), circle_path(angles)
    detached = landscape_of(points, path, dataclasses.replace(flowing, detach_weights=True))
    slope = (log_sum(angles + step) - log_sum(angles - step)) / math.radians(2 * step)
    torch.testing.assert_close(detached.force, -slope, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(detached.loss, landscape_of(points, path, flowing).loss)
    assert (detached.force - landscape_of(points, path, flowing).force).abs().max() > 0.1


@pytest.mark.parametrize(
    "loss, field",
    [(CACR(cost="rbf"), "t_neg"), (SSCL(), "beta"), (InfoNCE(), "temperature")],
    ids=str,
)
def test_a_sweep_is_a_landscape_for_each_setting(loss, field):
    points, path = SCENES["circle"], circle_path(range(0, 360, 30))
    settings = [0.3, 0.9, 4.0]
    swept = sweep(points, path, loss, field, settings, n_synthetic=3, pool_size=2)
    assert swept.loss.shape == swept.force.shape == (3, 12)
    for i, value in enumerate(settings):
        one = landscape_of(
            points, path, dataclasses.replace(loss, **{field: value}), n_synthetic=3, pool_size=2
        )
        torch.testing.assert_close(swept.loss[i], one.loss)
        torch.testing.assert_close(swept.force[i], one.force)


def test_the_great_circle_starts_at_the_query_and_passes_its_nearest_negative():
    points = SCENES["16-D"]
    s = points.negatives @ points.query
    nearest = points.negatives[s.argmax()]
    path = great_circle_path(points, [0.0, math.degrees(math.acos(s.max())), 180.0])
    torch.testing.assert_close(path.places, torch.stack([points.query, nearest, -points.query]))
    reading = read(points, CACR())
    force = landscape_of(points, path, CACR()).force[0]
    torch.testing.assert_close(force, reading.resultant @ path.tangents[0])


@pytest.mark.parametrize("lon", [20, 200])
def test_a_great_circle_goes_somewhere_when_all_samples_are_on_the_querys_axis(lon):
    points = points_from_degrees([20, 0], [[20, 0]], [[lon, 0]], "sphere")
    path = great_circle_path(points, range(0, 360, 45))
    torch.testing.assert_close(path.places.norm(dim=1), torch.ones(8, dtype=torch.float64))
    assert torch.linalg.matrix_rank(path.places) == 2


def test_on_the_circle_the_great_circle_is_the_circle():
    points = points_from_degrees([10], [[0]], [[50]], "circle")
    torch.testing.assert_close(
        great_circle_path(points, [0, 40, 90]).places, circle_path([10, 50, 100]).places
    )


def test_a_lone_positive_opposite_a_lone_negative_is_the_only_minimum():
    points = points_from_degrees([0], [[100.3]], [[280.3]], "circle")
    angles = range(360)
    for loss in (CACR(t_pos=0, t_neg=0), InfoNCE(), SSCL()):
        found = landscape_of(points, circle_path(angles), loss)
        assert minima(angles, found.loss) == pytest.approx([100.3], abs=0.01)
        assert rests(angles, found.force) == pytest.approx([100.3], abs=0.01)


def test_minima_are_found_across_the_seam_and_on_flat_ground():
    angles = torch.arange(360, dtype=torch.float64)
    two = (2 * (angles - 359.6).deg2rad()).cos().neg()
    assert minima(angles, two) == pytest.approx([179.6, 359.6], abs=0.01)
    assert minima(angles, torch.ones(360)) == []
    assert minima(angles, 1e-9 * ((angles - 100).abs() / 8).exp()) == pytest.approx([100])
    assert minima(angles, (angles - 180).abs().clamp_min(10)) == pytest.approx([180])
    across = torch.minimum(angles, 360 - angles).clamp_min(10)
    assert minima(angles, across) == pytest.approx([0], abs=1e-9)


def test_detached_weights_bring_a_query_to_rest_elsewhere_than_at_the_minimum():
    points = points_from_degrees([0], [[20], [35]], [[60], [110], [250]], "circle")
    angles, path = range(360), circle_path(range(360))
    flowing = landscape_of(points, path, CACR())
    detached = landscape_of(points, path, CACR(detach_weights=True))
    assert minima(angles, flowing.loss) == pytest.approx(rests(angles, flowing.force), abs=0.05)
    assert minima(angles, detached.loss) == pytest.approx(minima(angles, flowing.loss))
    assert abs(rests(angles, detached.force)[0] - minima(angles, detached.loss)[0]) > 1


@pytest.mark.parametrize("scene", ["circle", "sphere", "16-D"])
def test_normalising_makes_near_mixes_harder_and_far_ones_easier(scene):
    points = SCENES[scene]
    for a in range(len(points.negatives)):
        for b in range(a):
            c = chord_of(points, a, b, InfoNCE())
            s_a, s_b = c.parents
            m = c.shares * s_a + (1 - c.shares) * s_b
            torch.testing.assert_close(c.similarity_before, m)
            kept = c.lengths > 1e-3
            m, after = m[kept], c.similarity_after[kept]
            assert (after[m >= 0] >= m[m >= 0] - 1e-12).all()
            assert (after[m < 0] <= m[m < 0] + 1e-12).all()
            assert (m >= min(s_a, s_b) - 1e-12).all()
            torch.testing.assert_close(
                c.after[kept].norm(dim=1), torch.ones(int(kept.sum()), dtype=torch.float64)
            )
            assert (c.lengths <= 1 + 1e-12).all()


def test_a_mix_half_way_between_equal_parents_is_harder_than_both():
    points = points_from_degrees([0, 0], [[0, 0]], [[40, 0], [-40, 0], [0, 40]], "sphere")
    c = chord_of(points, 0, 2, CACR())
    s, between = math.cos(math.radians(40)), float(points.negatives[0] @ points.negatives[2])
    assert float(c.similarity_after[50]) == pytest.approx(s / math.sqrt((1 + between) / 2))
    assert float(c.similarity_after[50]) > s


def test_a_chord_ends_at_its_parents():
    points = SCENES["sphere"]
    c = chord_of(points, 3, 5, CACR())
    torch.testing.assert_close(c.after[[0, -1]], points.negatives[[5, 3]])
    torch.testing.assert_close(c.lengths[[0, -1]], torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(c.credits[0], torch.stack([0 * c.pulls[0], c.pulls[0]]))
    assert c.parents == pytest.approx((points.negatives[[3, 5]] @ points.query).tolist())


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_the_pull_on_a_mix_is_that_on_one_more_negative_there(loss):
    points = SCENES["sphere"]
    c = chord_of(points, 1, 4, loss)
    for i in (0, 30, 77):
        more = torch.cat([points.negatives, c.after[i : i + 1]])
        marks = read(dataclasses.replace(points, negatives=more), loss).negatives
        assert float(c.pulls[i]) == pytest.approx(float(marks.pulls[-1]), rel=1e-9, abs=1e-12)
        assert float(c.weights[i]) == pytest.approx(float(marks.weights[-1]), rel=1e-9)
        away = points.negatives[[1, 4]] - torch.outer(torch.tensor(c.parents), points.query)
        torch.testing.assert_close(c.credits[i] @ away, marks.arrows[-1])


def test_antipodal_parents_leave_a_gap_half_way():
    points = points_from_degrees([70], [[80]], [[10], [190]], "circle")
    c = chord_of(points, 0, 1, CACR())
    gone = torch.arange(101) == 50
    for part in (c.after, c.similarity_after, c.pulls, c.weights, c.credits):
        assert torch.equal(part.reshape(101, -1).isnan().any(1), gone)
    assert not c.before.isnan().any() and not c.similarity_before.isnan().any()


def test_a_negative_mixed_with_itself_stays_where_it_is():
    points = SCENES["sphere"]
    c = chord_of(points, 2, 2, InfoNCE())
    torch.testing.assert_close(c.after, points.negatives[2].expand(101, -1))
    torch.testing.assert_close(c.credits.sum(1), c.pulls)


def test_what_cannot_be_swept_or_mixed_is_refused():
    points, path = SCENES["circle"], circle_path([0, 90])
    with pytest.raises(ValueError, match=r"CACR can be swept over t_pos.*'detach_weights'"):
        sweep(points, path, CACR(), "detach_weights", [0.0, 1.0])
    with pytest.raises(ValueError, match="InfoNCE can be swept over temperature, got 't_neg'"):
        sweep(points, path, InfoNCE(), "t_neg", [0.0, 1.0])
    with pytest.raises(ValueError, match=r"temperature.*got 0.0"):
        sweep(points, path, InfoNCE(), "temperature", [0.0, 1.0])
    with pytest.raises(ValueError, match="negatives 0 to 5, got 6"):
        chord_of(points, 0, 6, CACR())


def test_a_query_comes_to_rest_where_the_force_is_first_gone():
    assert rests([0, 1, 2, 3], torch.tensor([1.0, 0, 0, -1])) == pytest.approx([1.0])
