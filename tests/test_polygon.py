import math

import pytest
import torch

from cacr_core import metrics
from cacr_core.forces import (
    FlowConfig,
    crossings,
    flow,
    growth,
    least_uniformity,
    optimum,
    polygon_value,
)
from cacr_core.forces.flow import force_on
from cacr_core.losses import CACR, SSCL, InfoNCE
from cacr_core.pairs import pair_views

HCL = SSCL(temperature=0.5, beta=1.0, class_prior=0.0)
TENTHS = [0.1 * k for k in range(1, 31)]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def gaps(places):
    angles = torch.atan2(places[:, 1], places[:, 0]).rad2deg().sort().values
    return torch.cat([angles, angles[:1] + 360]).diff()


def jacobian(loss, n_items):
    """Of the force in the angles, column by column, by coarser differences."""
    config = FlowConfig(n_items=n_items)
    start = 2 * math.pi * torch.arange(n_items, dtype=torch.float64) / n_items

    def turning(angle):
        points = torch.stack([angle.cos(), angle.sin()], dim=-1)
        along = torch.stack([-angle.sin(), angle.cos()], dim=-1)
        return (force_on(points[None], config, loss)[1][0] * along).sum(-1)

    columns = []
    for item in range(n_items):
        nudge = torch.zeros(n_items, dtype=torch.float64)
        nudge[item] = 1e-4
        columns.append((turning(start + nudge) - turning(start - nudge)) / 2e-4)
    return torch.stack(columns, dim=1)


# optima

KNOWN = [
    CACR(t_neg=2.0),
    CACR(t_pos=3.0, t_neg=0.5, beta=0.7, detach_weights=True),
    CACR(cost="rbf"),
    CACR(class_prior=0.2),
    InfoNCE(0.5),
    InfoNCE(0.2),
    HCL,
    SSCL(temperature=0.5, beta=1.0, class_prior=0.1),
    SSCL(temperature=0.5, beta=1.0, class_prior=0.3),
]


def test_known_optima_are_those_of_the_closed_forms():
    assert optimum(CACR(beta=3.0), 5, 2, 9).value == pytest.approx(-2 * 3 * 5 / 4)
    assert optimum(InfoNCE(0.5), 4, 2, 3).value == pytest.approx(0.348472, abs=1e-6)
    assert optimum(InfoNCE(0.5), 8, 2, 2).value == pytest.approx(0.885345, abs=1e-6)
    assert optimum(InfoNCE(0.5), 3, 2, 2).kind == "optimum"
    assert optimum(InfoNCE(0.5), 4, 2, 2).kind == "bound"
    assert optimum(CACR(t_neg=0.0), 8, 2, 2).kind == "optimum"
    assert optimum(SSCL(temperature=0.5, class_prior=0.08), 8, 2, 9).kind == "bound"
    assert optimum(CACR(class_prior=0.1, released_debiasing=True), 3, 2, 2) is None
    clamped = SSCL(temperature=0.5, class_prior=0.5)  # at the octagon too: no simplex is needed
    assert optimum(clamped, 8, 2, 2).kind == "optimum"
    assert polygon_value(clamped, 8, 2) == pytest.approx(optimum(clamped, 8, 2, 2).value)
    assert optimum(InfoNCE(), 3, 2, 2, n_synthetic=1) is None


@pytest.mark.parametrize("loss", KNOWN)
@pytest.mark.parametrize("n_views", [2, 3])
def test_a_simplex_has_the_known_optimum_and_random_points_never_less(loss, n_views):
    simplex = torch.eye(5, dtype=torch.float64) - 0.2
    simplex = (simplex / simplex.norm(dim=-1, keepdim=True)).expand(n_views, -1, -1)
    known = optimum(loss, 5, n_views, 4)
    assert known.kind == "optimum"
    assert loss(pair_views(simplex)).total.item() == pytest.approx(known.value, abs=1e-12)
    generator = torch.Generator().manual_seed(0)
    for _ in range(100):
        near = torch.rand((), generator=generator)  # from the simplex itself to anywhere
        z = simplex + 2 * near * torch.randn(
            simplex.shape, dtype=torch.float64, generator=generator
        )
        z = z / z.norm(dim=-1, keepdim=True)
        assert loss(pair_views(z)).total.item() > known.value - 1e-12


@pytest.mark.parametrize("loss", KNOWN)
@pytest.mark.parametrize("surface, n_items", [("circle", 3), ("sphere", 4), ("circle", 7)])
def test_flows_attain_the_optimum_that_fits_and_beat_none(loss, surface, n_items):
    config = FlowConfig(surface, n_items, tied=False, n_steps=90, rate=0.2)
    done, known = flow(config, loss), optimum(loss, n_items, 2, config.dim)
    assert done.loss.min() > known.value - 1e-9
    if known.kind == "optimum":
        assert done.loss[-1].item() == pytest.approx(known.value, abs=1e-3)


def test_without_repulsion_the_bound_is_an_optimum_of_any_number_of_items():
    for loss in (CACR(beta=0.0), CACR(beta=0.0, cost="rbf")):
        known = optimum(loss, 8, 2, 2)
        aligned = flow(FlowConfig(n_items=8, n_steps=1), loss)
        assert known.kind == "optimum"
        assert aligned.loss[0].item() == pytest.approx(known.value, abs=1e-12)


@pytest.mark.parametrize("n_items, dim", [(2, 2), (5, 2), (8, 2), (3, 3), (4, 3), (6, 3), (12, 3)])
def test_the_least_uniformity_is_where_flows_of_a_gaussian_repulsion_end(n_items, dim):
    config = FlowConfig("circle" if dim == 2 else "sphere", n_items, n_steps=300, rate=0.2, seed=1)
    gaussian = CACR(alpha=0.0, t_neg=0.0, cost="rbf", t_rbf=2.0)
    least = least_uniformity(n_items, dim)
    ended = flow(config, gaussian).places[-1]
    assert metrics.uniformity(ended) == pytest.approx(least, abs=2e-3)
    anywhere = torch.randn(200, n_items, dim, generator=torch.Generator().manual_seed(0))
    anywhere = anywhere / anywhere.norm(dim=-1, keepdim=True)
    assert min(metrics.uniformity(z) for z in anywhere) > least - 1e-6


def test_the_least_uniformity_is_not_claimed_where_it_is_not_known():
    assert [n for n in range(2, 30) if least_uniformity(n, 3) is not None] == [2, 3, 4, 6, 12]


# stability of the polygon


@pytest.mark.parametrize(
    "loss", [CACR(t_neg=1.5), CACR(t_neg=4.0, detach_weights=True), HCL, InfoNCE(0.2)]
)
def test_growth_is_the_largest_eigenvalue_of_the_whole_jacobian(loss):
    for n_items in (5, 8):
        values = torch.linalg.eigvals(jacobian(loss, n_items)).real
        turning_all = values.abs().argmin()
        assert values[turning_all].abs() < 1e-6
        rest = torch.cat([values[:turning_all], values[turning_all + 1 :]])
        assert growth(loss, n_items) == pytest.approx(rest.max().item(), abs=1e-5)


def test_a_dent_grows_in_a_flow_as_fast_as_growth_says():
    loss = CACR(t_neg=1.2)
    done = flow(FlowConfig(start="polygon", rate=0.02, n_steps=400), loss)
    dent = (torch.stack([gaps(z) for z in done.places[::100]]) - 45).norm(dim=1)
    rate = (dent[2] / dent[1]).log() / (done.time[200] - done.time[100])
    assert rate.item() == pytest.approx(growth(loss, 8), rel=0.1)


@pytest.mark.parametrize("n_items, value", [(8, 0.9), (10, 1.0), (12, 1.1)])
def test_polygon_of_cacr_breaks_from_the_known_sharpness(n_items, value):
    found = crossings(lambda t: CACR(t_neg=t), TENTHS, n_items)[0]
    assert found == pytest.approx(value, abs=0.1)
    assert growth(CACR(t_neg=found - 0.01), n_items) < 0 < growth(CACR(t_neg=found + 0.01), n_items)


@pytest.mark.parametrize("n_items, value, grid", [(8, 2.5, 0.1), (10, 2.9, 0.2), (12, 3.7, 0.2)])
def test_polygon_of_detached_cacr_breaks_later(n_items, value, grid):
    values = [0.5 * k for k in range(1, 11)]
    found = crossings(lambda t: CACR(t_neg=t, detach_weights=True), values, n_items)
    assert found[0] == pytest.approx(value, abs=grid)


@pytest.mark.parametrize("n_items", [4, 6])
def test_square_and_hexagon_of_cacr_hold(n_items):
    assert crossings(lambda t: CACR(t_neg=t), TENTHS, n_items) == []
    assert growth(CACR(t_neg=3.0), n_items) < 0


def test_a_crossing_is_found_whichever_way_growth_turns():
    (found,) = crossings(lambda t: CACR(t_neg=2 - t), [0.0, 0.5, 1.0, 1.5], 8)
    assert found == pytest.approx(2 - crossings(lambda t: CACR(t_neg=t), TENTHS, 8)[0], abs=1e-5)


def test_an_octagon_that_breaks_holds_again_when_sharper_still():
    found = crossings(lambda t: CACR(t_neg=t), [0.1 * k for k in range(41)], 8)
    assert found == pytest.approx([0.853, 3.51], abs=0.01)
    assert growth(CACR(t_neg=0.5), 8) < 0 < growth(CACR(t_neg=2.0), 8)
    assert growth(CACR(t_neg=3.9), 8) < 0


@pytest.mark.parametrize("temperature", [1.0, 0.5, 0.2, 0.1, 0.07])
def test_polygon_of_nt_xent_heals(temperature):
    assert all(growth(InfoNCE(temperature), n) < 0 for n in (6, 8, 12))


def test_polygon_of_hard_sampling_breaks_with_gradient_through_the_weights_alone():
    for n_items in (8, 12):
        assert growth(HCL, n_items) > 0.1
        assert growth(SSCL(0.5, 1.0, 0.0, detach_weights=True), n_items) < 0
        assert growth(SSCL(0.5, 0.5, 0.0), n_items) < 0


def test_uniform_weights_neither_break_nor_heal_a_polygon():
    assert abs(growth(CACR(t_neg=0.0), 8)) < 1e-7
    assert crossings(lambda t: CACR(t_neg=t), [0.0, 0.4, 0.8], 8) == []
