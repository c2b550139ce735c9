import math

import pytest
import torch

from cacr_core.forces import FlowConfig, flow, growth, optimum, polygon_value
from cacr_core.forces.flow import force_on
from cacr_core.forces.neighbours import BINS, n_groups, nearest_other, share_by_bin
from cacr_core.forces.presets import FLOWS
from cacr_core.forces.start import even_points, starting_points
from cacr_core.losses import CACR, SSCL, InfoNCE, pair_pulls
from cacr_core.pairs import pair_views, sample_indices

HCL = SSCL(temperature=0.5, beta=1.0, class_prior=0.0)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def gaps(places):
    angles = torch.atan2(places[:, 1], places[:, 0]).rad2deg().sort().values
    return torch.cat([angles, angles[:1] + 360]).diff()


def end_of(loss, n_items=8, **settings):
    return flow(FlowConfig(n_items=n_items, **settings), loss)


def is_even(done, tolerance=0.1):
    found = gaps(done.places[-1])
    return (found - 360 / len(found)).abs().max().item() < tolerance


# the flow


@pytest.mark.parametrize("start", ["random", "polygon", "cluster"])
@pytest.mark.parametrize("surface", ["circle", "sphere"])
def test_two_losses_start_at_the_same_places_to_the_bit(surface, start):
    config = FlowConfig(surface, 9, start=start, n_steps=1, seed=4)
    a, b = flow(config, CACR()), flow(config, InfoNCE(), n_synthetic=2)
    assert torch.equal(a.places[0], b.places[0])
    other = flow(FlowConfig(surface, 9, start=start, n_steps=1, seed=5), CACR())
    assert not torch.equal(a.places[0], other.places[0])
    free = starting_points(FlowConfig(surface, 9, 3, tied=False, start=start, seed=4))
    assert torch.equal(free[0], a.places[0])


def test_equal_settings_give_equal_flows():
    config = FlowConfig("sphere", 7, 3, tied=False, n_steps=12)
    a, b = (flow(config, SSCL(), n_synthetic=3, pool_size=5) for _ in range(2))
    assert torch.equal(a.places, b.places) and torch.equal(a.loss, b.loss)


@pytest.mark.parametrize("loss", [CACR(t_neg=8.0), SSCL(), InfoNCE(0.02)])
def test_points_stay_on_the_surface(loss):
    for surface, dim in (("circle", 2), ("sphere", 3)):
        done = flow(FlowConfig(surface, 6, tied=False, n_steps=20, rate=1.0), loss, n_synthetic=2)
        assert done.places.shape == (21, 12, dim)
        torch.testing.assert_close(done.places.norm(dim=-1), torch.ones(21, 12).double())


@pytest.mark.parametrize("loss", [CACR(t_neg=3.0), CACR(detach_weights=True), SSCL(), InfoNCE()])
def test_tied_points_go_where_equal_views_would(loss):
    config = FlowConfig("sphere", 6, 3, seed=2)
    points = starting_points(config)
    value, force = force_on(points, config, loss)
    free = FlowConfig("sphere", 6, 3, tied=False)
    equal = points.expand(3, -1, -1)
    whole, forces = force_on(equal, free, loss)
    assert value == pytest.approx(whole, rel=1e-12)
    # as many points as three views: what each of them feels, the item feels as one
    torch.testing.assert_close(force[0], forces.mean(0))
    done = flow(FlowConfig("sphere", 6, 3, n_steps=5), loss)
    assert done.places.shape[1] == 6 and done.alignment.abs().max() == 0


@pytest.mark.parametrize("loss", [CACR(t_neg=3.0), SSCL(), InfoNCE()])
def test_force_is_minus_the_change_of_the_loss_along_the_surface(loss):
    config = FlowConfig("sphere", 4, tied=False, seed=1)
    points = starting_points(config)
    _, force = force_on(points, config, loss)
    assert (force * points).sum(-1).abs().max() < 1e-12
    aside = torch.linalg.cross(points, torch.tensor([0.3, -0.5, 0.8]).double().expand_as(points))
    for view, item in ((0, 0), (1, 3)):
        along = aside[view, item] / aside[view, item].norm()
        values = []
        for turn in (1e-5, -1e-5):
            turned = points.clone()
            turned[view, item] = points[view, item] * math.cos(turn) + along * math.sin(turn)
            values.append(loss(pair_views(turned)).total.item())
        slope = (values[0] - values[1]) / 2e-5
        assert -8 * slope == pytest.approx((force[view, item] @ along).item(), abs=1e-7)


def test_detached_weights_change_the_path_and_not_the_first_loss():
    config = FlowConfig(n_items=8, n_steps=30)
    a, b = flow(config, CACR()), flow(config, CACR(detach_weights=True))
    assert a.loss[0] == b.loss[0] and torch.equal(a.places[0], b.places[0])
    assert (a.places[-1] - b.places[-1]).abs().max() > 0.01


def test_a_step_that_would_overshoot_is_cut_and_told():
    gentle = end_of(CACR(t_neg=0.5), n_steps=20)
    torch.testing.assert_close(gentle.time, 0.1 * torch.arange(21).double())
    sharp = end_of(InfoNCE(0.02), 12, tied=False, n_steps=60, rate=1.0)
    assert sharp.smallest_step < 0.1
    assert sharp.loss.diff().max() < 1e-9  # a gradient flow never rises


def test_a_flow_slides_along_the_edge_of_the_clamp_to_one_value_at_any_rate():
    loss = SSCL(temperature=0.5, beta=0.5, class_prior=0.1)
    ends = [end_of(loss, rate=rate, n_steps=200).loss[-1].item() for rate in (0.1, 1.0)]
    assert max(ends) - min(ends) < 1e-3


def test_readings_of_a_frame_are_those_of_its_points():
    done = flow(FlowConfig("sphere", 5, 3, tied=False, n_steps=4), InfoNCE())
    z = done.places[2].view(3, 5, 3)
    assert done.loss[2].item() == pytest.approx(InfoNCE()(pair_views(z)).total.item())
    apart = [((z[v, i] - z[w, i]) ** 2).sum() for v in range(3) for w in range(3) for i in range(5)]
    assert done.alignment[2].item() == pytest.approx(sum(apart).item() / 30)
    kernel = [(-2 * ((z[0, i] - z[0, j]) ** 2).sum()).exp() for i in range(5) for j in range(i)]
    assert done.uniformity[2].item() == pytest.approx(math.log(sum(kernel) / 10), abs=1e-5)
    moved = (done.places[1] * done.places[2]).sum(-1).acos().rad2deg().mean()
    assert done.motion[2].item() == pytest.approx(moved.item(), abs=1e-4)
    assert done.motion[0] == 0 and done.items.tolist() == [0, 1, 2, 3, 4] * 3


def test_nearest_point_is_of_another_item_and_counted_in_its_bin():
    points = torch.cat([even_points("circle", 8), even_points("circle", 8)])
    angles = nearest_other(points, 8)
    torch.testing.assert_close(angles, torch.full((16,), 45.0).double())
    share = share_by_bin(angles[None])[0]
    assert share.sum() == 1 and share[9] == 1
    assert BINS[9] == 42.5 and BINS[10] == 47.5
    done = flow(FlowConfig(n_items=8, start="polygon", n_steps=1), InfoNCE())
    assert done.nearest.shape == (2, len(BINS) - 1)


def test_groups_are_items_that_lie_on_top_of_each_other():
    degrees = torch.tensor([0.0, 1.5, 3.0, 90.0, 180.0, 180.0]).double().deg2rad()
    points = torch.stack([degrees.cos(), degrees.sin()], dim=-1)
    assert n_groups(points, 6) == 3  # 0, 1.5 and 3 by a chain
    assert n_groups(torch.cat([points, points]), 6) == 3
    assert n_groups(even_points("circle", 128), 128) == 128


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"surface": "torus"}, "torus"),
        ({"start": "nowhere"}, "nowhere"),
        ({"n_items": 1}, "1"),
        ({"n_views": 1}, "1"),
        ({"n_items": 100, "n_views": 4}, "100 items of 4"),
        ({"n_steps": 2001}, "2001"),
        ({"rate": 0.0}, "0.0"),
        ({"rate": math.nan}, "nan"),
        ({"rate": "fast"}, "fast"),
        ({"seed": -1}, "-1"),
        ({"tied": "yes"}, "yes"),
    ],
)
def test_impossible_flows_are_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        FlowConfig(**wrong)


def test_a_loss_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="less sharp"):
        end_of(CACR(alpha=1e308, beta=1e308), start="polygon", n_steps=1)


# the ends of flows


@pytest.mark.parametrize(
    "loss",
    [
        InfoNCE(0.5),
        InfoNCE(0.1),
        CACR(t_neg=2.0, detach_weights=True),
        SSCL(temperature=0.5, beta=1.0, class_prior=0.0, detach_weights=True),
    ],
)
def test_eight_points_settle_at_the_octagon(loss):
    for seed in (0, 1):
        done = end_of(loss, seed=seed, rate=0.5, n_steps=200)
        assert is_even(done, 0.3)
        assert done.ended.kind == "settled"
        assert done.loss[-1].item() == pytest.approx(polygon_value(loss, 8, 2), abs=1e-5)


def test_half_the_hardness_of_hcl_keeps_the_octagon():
    done = end_of(SSCL(temperature=0.5, beta=0.5, class_prior=0.0), rate=1.0)
    assert is_even(done, 0.5)


def test_uniform_weights_stop_at_unequal_gaps_of_the_same_loss():
    for seed in (0, 1):
        done = end_of(CACR(t_neg=0.0), seed=seed, rate=0.2, n_steps=100)
        assert done.loss[-1].item() == pytest.approx(-16 / 7, abs=1e-9)
        assert gaps(done.places[-1]).max() - gaps(done.places[-1]).min() > 30
        assert done.ended.moved < 1e-3


def test_octagon_of_sharp_cacr_collapses_below_its_own_loss():
    loss = CACR(t_neg=2.0)
    assert polygon_value(loss, 8, 2) == pytest.approx(-0.6754, abs=5e-5)
    ends = [end_of(loss, seed=seed, rate=0.2) for seed in range(3)]
    assert all(done.ended.kind == "collapsed pairs" for done in ends)
    assert min(done.loss[-1].item() for done in ends) == pytest.approx(-0.7998, abs=5e-5)


@pytest.mark.parametrize("n_items, value, even", [(8, 1.96094, 1.98556), (12, 2.54247, 2.57129)])
def test_hard_sampling_ends_below_the_polygon(n_items, value, even):
    assert polygon_value(HCL, n_items, 2) == pytest.approx(even, abs=1e-5)
    ends = [end_of(HCL, n_items, seed=seed, rate=0.5).loss[-1].item() for seed in (0, 1)]
    assert min(ends) == pytest.approx(value, abs=3e-5)


# the presets: each title is what its flows do


def octagon_pairs():
    return pair_views(even_points("circle", 8).expand(2, -1, -1))


def race(name):
    preset = FLOWS[name]
    a, b = (
        flow(preset.config, loss, **mixture._asdict())
        for loss, mixture in zip(preset.losses, preset.mixtures, strict=True)
    )
    assert torch.equal(a.places[0], b.places[0])
    return preset, a, b


def test_the_octagon_breaks():
    preset, a, b = race("octagon")
    assert growth(preset.losses[0], 8) > 0 > growth(preset.losses[1], 8)
    assert a.loss[-1] < polygon_value(preset.losses[0], 8, 2) - 0.03
    assert gaps(a.places[-1]).min() < 15 and is_even(b)
    dents = gaps(a.places[0]) - 45
    assert 0.5 < dents.std() / math.sqrt(2) < 2
    through, held = (pair_pulls(loss, octagon_pairs()).neg[0] for loss in preset.losses)
    assert (through > 0).any() and (held < 0).all()


def test_hard_sampling_clumps():
    _, a, b = race("hard")
    assert gaps(a.places[-1]).min() < 1 and gaps(a.places[-1]).max() > 60
    assert a.places[-1].mean(0).norm() > 0.1 > b.places[-1].mean(0).norm()
    assert is_even(b) and a.ended.n_groups < 12


def test_uniform_weights_stop_anywhere():
    preset, a, b = race("uniform")
    assert a.loss[-1].item() == pytest.approx(optimum(preset.losses[0], 8, 2, 2).value)
    assert a.ended.kind == "settled" and not is_even(a, 20)
    assert (a.loss[8] - a.loss[-1]).abs() < 0.01 * (a.loss[0] - a.loss[-1])
    assert is_even(b)


def test_the_sharper_temperature_is_even_first():
    preset, a, b = race("sharp")
    twelve = even_points("circle", 12).expand(2, -1, -1)
    near = [loss(pair_views(twelve)).neg_weights[0].topk(4).values.sum() for loss in preset.losses]
    assert near[0] > 0.9 and near[1] < 0.6  # of two neighbours on either side, with two views each
    even = [[(gaps(z) - 30).abs().max() < 1 for z in run.places] for run in (a, b)]
    assert even[0].index(True) + 100 < even[1].index(True)


def test_two_losses_reach_one_tetrahedron():
    preset, a, b = race("simplex")
    for run, loss in ((a, preset.losses[0]), (b, preset.losses[1])):
        assert run.loss[-1].item() == pytest.approx(optimum(loss, 4, 2, 3).value, abs=1e-4)
        corner = math.degrees(math.acos(-1 / 3))
        assert nearest_other(run.places[-1], 4).sub(corner).abs().max() < 0.5


def test_debiasing_leaves_the_gaps_uneven():
    preset, a, b = race("clamp")
    assert gaps(a.places[-1]).min() < 20 and gaps(a.places[-1]).max() > 70
    assert is_even(b, 1)
    end = a.places[-1].expand(2, -1, -1)
    clamped = preset.losses[0](pair_views(end)).clamped
    assert 0 < clamped.sum() < len(clamped)


def test_sharp_attraction_leaves_views_apart():
    preset, a, b = race("torn")
    views = starting_points(preset.config)
    first, second = (loss(pair_views(views)).pos_weights for loss in preset.losses)
    assert first.amax(dim=1).mean() > 0.75
    assert second.amax(dim=1).max() == pytest.approx(0.25)
    assert a.ended.kind == b.ended.kind == "settled"
    assert a.alignment[-1] > 0.3 and b.alignment[-1] < 1e-6


def test_synthetic_negatives_herd_the_points():
    _, a, b = race("synthetic")
    assert a.ended.kind == "collapsed pairs" and 6 <= a.ended.n_groups <= 16
    assert b.ended.kind == "settled" and b.ended.n_groups > 45
    assert a.motion[-30:].mean() > 5 * b.motion[-30:].mean()


def test_every_preset_is_a_race_with_two_lines_to_watch():
    for preset in FLOWS.values():
        assert len(preset.watch) == 2 and all(line.endswith(".") for line in preset.watch)
        assert (preset.losses[0], preset.mixtures[0]) != (preset.losses[1], preset.mixtures[1])
        n_neg = sample_indices(preset.config.n_views, preset.config.n_items, torch.tensor([0]))[1]
        assert all(m.pool_size <= n_neg.numel() for m in preset.mixtures if m.n_synthetic)
