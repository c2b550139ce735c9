"""Layouts are true to their data, stay near the last answer, and survive degenerate clouds."""

import subprocess
import sys

import numpy as np
import pytest

from cacr_core.layouts import (
    PROJECTIONS,
    SteadyPCA,
    SteadyUMAP,
    among_neighbours,
    neighbour_agreement,
    procrustes,
    trustworthiness,
    warm_up,
)

LABELS = np.arange(240) % 4


def clusters(seed=0, tightness=0.1, dim=32):
    """240 unit vectors around 4 centres."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(4, dim))
    return unit(centres[LABELS] + tightness * dim**0.5 * rng.normal(size=(len(LABELS), dim)))


def unit(x):
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def with_noise(x, share, seed):
    rng = np.random.default_rng(seed)
    return unit(x + share * rng.normal(size=x.shape) / x.shape[1] ** 0.5)


def spread(xy):
    return np.sqrt(((xy - xy.mean(0)) ** 2).sum(1).mean())


def median_move(before, after):
    return np.median(np.linalg.norm(after - before, axis=1)) / spread(before)


def separation(xy):
    """Nearest two class centres apart, as a multiple of the widest class's spread."""
    classes = [xy[LABELS == label] for label in range(4)]
    centres = [points.mean(0) for points in classes]
    gaps = [np.linalg.norm(centres[i] - centres[j]) for i in range(4) for j in range(i)]
    return min(gaps) / max(spread(points) for points in classes)


def test_importing_the_module_does_not_import_umap_or_scikit_learn():
    code = "import sys, cacr_core.layouts; print({'umap', 'sklearn', 'numba'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_warm_up_runs_without_a_warning():
    warm_up()


def test_umap_gives_the_same_answers_for_the_same_seed_and_calls():
    one, two = SteadyUMAP(seed=3), SteadyUMAP(seed=3)
    for x in [clusters(), with_noise(clusters(), 0.05, seed=1)]:
        np.testing.assert_array_equal(one(x), two(x))


def test_umap_layouts_are_centred_and_of_spread_1():
    steady = SteadyUMAP()
    for tightness in [0.5, 0.05]:
        xy = steady(clusters(tightness=tightness))
        assert xy.shape == (240, 2)
        assert xy.dtype == np.float32
        np.testing.assert_allclose(xy.mean(0), 0, atol=1e-4)
        assert spread(xy) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("x", [clusters(), unit(np.random.default_rng(0).normal(size=(240, 32)))])
@pytest.mark.parametrize("name", PROJECTIONS)
def test_noise_of_one_percent_hardly_moves_a_layout(name, x):
    steady = PROJECTIONS[name]()
    steady(x)
    before = steady(x)
    for seed in range(4):
        after = steady(with_noise(x, 0.01, seed))
        assert median_move(before, after) < 0.15
        before = after


def test_umap_drifts_no_further_over_many_calls_than_in_a_few():
    steady = SteadyUMAP()
    first = steady(clusters())
    for seed in range(60):
        last = steady(with_noise(clusters(), 0.01, seed))
    assert median_move(first, last) < 0.3
    assert separation(last) > 3


def test_umap_draws_clusters_apart():
    assert separation(SteadyUMAP()(clusters())) > 3


def test_umap_is_true_to_data_that_changed_at_once():
    late = clusters(seed=5)
    cold = trustworthiness(late, SteadyUMAP()(late))
    for early in [clusters(seed=1, tightness=1), clusters(seed=5, tightness=0.5)]:
        steady = SteadyUMAP()
        steady(early)
        for _ in range(3):
            xy = steady(late)
        assert trustworthiness(late, xy) > cold - 0.015
        assert separation(xy) > 3


def test_umap_starts_afresh_when_the_number_of_points_changes():
    steady = SteadyUMAP()
    steady(clusters())
    np.testing.assert_array_equal(steady(clusters()[:100]), SteadyUMAP()(clusters()[:100]))


def test_umap_does_not_change_what_it_answered_before():
    steady = SteadyUMAP()
    answer = steady(clusters())
    kept = answer.copy()
    steady(clusters(seed=1))
    np.testing.assert_array_equal(answer, kept)


def test_pca_finds_the_plane_of_a_flat_cloud():
    rng = np.random.default_rng(0)
    flat = (rng.normal(size=(50, 2)) * [3, 1]).astype(np.float32)
    flat -= flat.mean(0)
    turn, _ = np.linalg.qr(rng.normal(size=(10, 10)))
    xy = SteadyPCA()(flat @ turn[:2] + 5)
    np.testing.assert_allclose(procrustes(xy, flat), flat, atol=1e-4)


@pytest.mark.parametrize("dims", [2, 3])
def test_pca_is_the_same_whether_points_or_dimensions_are_fewer(dims):
    x = np.random.default_rng(0).normal(size=(20, 12)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (0, 30)))
    few, many = SteadyPCA(dims)(x), SteadyPCA(dims)(padded)
    np.testing.assert_allclose(procrustes(many, few), few, atol=1e-4)


def test_pca_stays_put_when_the_cloud_is_turned_in_its_space():
    x = clusters()
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(32, 32)))
    steady = SteadyPCA()
    before = steady(x)
    np.testing.assert_allclose(steady(x @ turn), before, atol=1e-4)


@pytest.mark.parametrize("name", PROJECTIONS)
@pytest.mark.parametrize(
    "x",
    [
        np.zeros((30, 8)),
        np.ones((2_000, 8)) * 0.3,
        np.repeat(np.eye(2), 20, axis=0),
        np.random.default_rng(0).normal(size=(40, 1)),
        np.random.default_rng(0).normal(size=(40, 2)),
        *(np.random.default_rng(0).normal(size=(n, 6)) for n in [1, 2, 3, 4, 5, 6, 16]),
        1e-7 * np.random.default_rng(0).normal(size=(30, 8)) + 1,
        np.r_[np.zeros((30, 4)), [[1e4] * 4]],
    ],
    ids=lambda x: "x".join(map(str, x.shape)),
)
def test_degenerate_clouds_are_drawn_with_finite_numbers(name, x):
    steady = PROJECTIONS[name]()
    for _ in range(2):
        xy = steady(x)
        assert xy.shape == (len(x), 2)
        assert np.isfinite(xy).all()


def test_umap_draws_a_collapsed_cloud_as_one_point_and_recovers():
    steady = SteadyUMAP()
    steady(clusters())
    assert not steady(np.ones((240, 32))).any()
    assert separation(steady(clusters())) > 3


def test_a_collapsed_cloud_changes_nothing_of_the_layouts_after_it():
    through, past = SteadyUMAP(), SteadyUMAP()
    for steady in (through, past):
        steady(clusters())
    through(np.ones((240, 32)))
    later = with_noise(clusters(), 0.05, seed=1)
    np.testing.assert_array_equal(through(later), past(later))


def test_umap_goes_on_from_a_layout_that_another_made():
    made = SteadyUMAP(seed=3)
    made(clusters())
    before = made(clusters())
    steady, turn = SteadyUMAP(), np.array([[0.6, 0.8], [-0.8, 0.6]], np.float32)
    kept = np.random.default_rng(0).permutation(240)  # rows stand as they stood when it was kept
    steady.go_on_from(clusters()[kept], before[kept] @ turn)
    after = steady(with_noise(clusters(), 0.01, seed=1)[kept])
    assert median_move(before[kept] @ turn, after) < 0.15
    assert median_move(before[kept] @ turn, SteadyUMAP()(clusters()[kept])) > 0.5


def test_a_layout_of_one_point_is_not_gone_on_from():
    steady = SteadyUMAP()
    steady.go_on_from(clusters(), np.zeros((240, 2)))
    np.testing.assert_array_equal(steady(clusters()), SteadyUMAP()(clusters()))
    with pytest.raises(ValueError, match="240 points need as many places"):
        steady.go_on_from(clusters(), np.zeros((100, 2)))


@pytest.mark.parametrize("x", [np.zeros(3), np.zeros((0, 2)), np.zeros((3, 0)), [[np.nan, 1.0]]])
@pytest.mark.parametrize("name", PROJECTIONS)
def test_a_cloud_that_cannot_be_drawn_is_refused(name, x):
    with pytest.raises(ValueError, match="Points must be"):
        PROJECTIONS[name]()(x)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="n_neighbors must be 2 or more, got 1"):
        SteadyUMAP(n_neighbors=1)
    with pytest.raises(ValueError, match="min_dist"):
        SteadyUMAP(min_dist=-0.1)
    with pytest.raises(ValueError, match="dims must be 2 or 3, got 4"):
        SteadyPCA(dims=4)


@pytest.mark.parametrize("mirror", [1, -1])
def test_procrustes_undoes_a_rotation_a_reflection_and_a_shift(mirror):
    fixed = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    turn = np.array([[np.cos(2), np.sin(2)], [-np.sin(2), np.cos(2)]]) * [1, mirror]
    np.testing.assert_allclose(procrustes(fixed @ turn + [3, -1], fixed), fixed, atol=1e-5)


def test_procrustes_does_not_scale():
    moving = np.random.default_rng(0).normal(size=(50, 2))
    assert spread(procrustes(moving, 3 * moving)) == pytest.approx(spread(moving), rel=1e-5)


def test_procrustes_refuses_clouds_of_two_shapes():
    with pytest.raises(ValueError, match="one shape"):
        procrustes(np.zeros((3, 2)), np.zeros((4, 2)))


def test_trustworthiness_of_the_cloud_itself_is_1_and_of_chance_about_one_half():
    rng = np.random.default_rng(0)
    xy = rng.normal(size=(700, 2))
    assert trustworthiness(xy, xy) == 1
    assert trustworthiness(xy, rng.permutation(xy)) == pytest.approx(0.5, abs=0.05)


def test_trustworthiness_asks_for_no_more_neighbours_than_there_are():
    xy = np.random.default_rng(0).normal(size=(12, 2))
    assert all(trustworthiness(xy[:n], xy[:n]) == 1 for n in range(3, 13))
    assert np.isnan(trustworthiness(xy[:2], xy[:2]))


def test_neighbours_in_separate_clusters_agree_and_shuffled_labels_agree_by_chance():
    x = clusters(tightness=0.02)
    np.testing.assert_array_equal(neighbour_agreement(x, LABELS), 1)
    shuffled = np.random.default_rng(0).permutation(LABELS)
    assert neighbour_agreement(x, shuffled).mean() == pytest.approx(0.25, abs=0.06)


def test_neighbour_agreement_equals_its_definition_written_as_a_loop():
    x = clusters(tightness=0.5)[:60]
    for i, share in enumerate(neighbour_agreement(x, LABELS[:60], n_neighbors=7)):
        nearest = sorted((j for j in range(60) if j != i), key=lambda j: -float(x[i] @ x[j]))[:7]
        assert share == pytest.approx(np.mean(LABELS[nearest] == LABELS[i]))


def test_neighbour_agreement_caps_neighbours_and_needs_a_label_for_each_point():
    np.testing.assert_array_equal(neighbour_agreement(np.eye(3), np.zeros(3)), 1)
    np.testing.assert_array_equal(neighbour_agreement(np.eye(1), np.zeros(1)), 0)
    with pytest.raises(ValueError, match="3 points need as many labels"):
        neighbour_agreement(np.eye(3), np.zeros(2))


def test_a_new_point_lands_on_its_equal_and_between_its_neighbours():
    x, xy = clusters(), SteadyPCA()(clusters())
    np.testing.assert_allclose(among_neighbours(x[:9], x, xy), xy[:9], atol=1e-3)
    middle = among_neighbours(np.array([[1.0, 1.0]]), np.eye(2), np.array([[0.0, 0], [2, 4]]))
    np.testing.assert_allclose(middle, [[1, 2]], atol=1e-5)
