import pytest
import torch

from cacr_core.losses import CACR, SigLIP, Typed
from cacr_core.pairs import Pairs
from cacr_core.scores.evenness import uniformity_limit
from cacr_core.training import TrainConfig
from web.live import readings
from web.live.describe import about_run
from web.live.readings.reading import course, is_collapsed, is_flat
from web.live.readings.scores import read_speed
from web.live.readings.weights import (
    read_clamped,
    read_entropy,
    read_own_class,
    read_positives,
)

ROW = {
    "step": 100, "loss": -0.5, "attraction": 0.3, "repulsion": -0.8, "gradient_norm": 0.2,
    "loss_guess": 0.0, "rate": 0.7, "alignment": 0.5, "uniformity": -2.0, "spread": 0.9,
    "entropy": 0.95, "effective_negatives": 200.0, "n_negatives": 254.0, "clamped": 0.0,
    "own_class_share": 0.2, "own_class_even": 0.1, "effective_rank": 20.0, "seconds": 10.0,
}  # fmt: skip
ABOUT = {
    "dim": 128, "n_classes": 8, "n_held_out": 1000, "n_probes": 512, "n_views": 2,
    "images_per_step": 256, "device": "cpu", "loss": {"name": "cacr", "t_pos": 1.0, "t_neg": 2.0},
}  # fmt: skip


def rows(**series):
    n = max(len(values) for values in series.values())
    made = []
    for i in range(n):
        now = {key: values[min(i, len(values) - 1)] for key, values in series.items()}
        made.append(ROW | {"step": i * 10, "seconds": float(i)} | now)
    return made


def about(**changes):
    return ABOUT | changes


def of_loss(**settings):
    return about(loss=ABOUT["loss"] | settings)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 2, 1, 0], "falling"),
        ([0, 1, 2, 3], "rising"),
        ([1, 1, 1, 1], "steady"),
        ([5], "steady"),
        ([0, 1, 0, 1, 0, 1, 0, 1.4], "steady"),  # no more than it scatters
        ([9, 9.4, 8, 8.3, 7, 7.2, 6, 6.4, 5, 5.1, 4, 4.5], "falling"),
    ],
)
def test_a_course_is_the_last_quarter_against_the_one_before_beyond_its_scatter(values, expected):
    assert course(values, 0.1).going == expected


def test_a_number_measured_earlier_carries_its_step():
    made = rows(loss=[0.1, 0.2, 0.3])
    made[1]["k"] = 0.4
    made[0]["k"] = 0.2
    assert readings.read_knn(made, "k", "kNN", ABOUT).at == 10
    assert readings.read_knn(made[:2], "k", "kNN", ABOUT).at is None


@pytest.mark.parametrize(
    ("series", "word"),
    [
        ({"loss": [0.0]}, "untrained"),
        ({"loss": [0.4, 0.2, 0.0, -0.2]}, "Still falling"),
        ({"loss": [0.0, 0.2, 0.4, 0.6]}, "Rising: the last batches cost more"),
        ({"loss": [0.0, 0.0, 0.0, 0.0]}, "than batches do"),
        ({"loss": [0.0] * 4, "rate": [0.5, 1.0, 0.2, 0.01]}, "down to 1.0 % of its peak"),
        ({"loss": [0.0, 0.0], "gradient_norm": [1e-7]}, "nothing pulls"),
        (
            {"loss": [0.0, 0.0], "gradient_norm": [1e-7], "spread": [0.01]},
            "with all images in one place",
        ),
        (
            {"loss": [4.0, 3.0, 2.0, 1.0], "knn_features": [0.2, 0.2, 0.2, 0.2]},
            "no better than before training yet",
        ),
        (
            {"loss": [4.0, 3.0, 2.0, 1.0], "knn_features": [0.2, 0.3, 0.5, 0.6]},
            "classes better than before training",
        ),
        (
            {"loss": [1.0, 2.0, 3.0, 4.0], "knn_features": [0.6, 0.5, 0.4, 0.2]},
            "less well than before training",
        ),
    ],
)
def test_the_loss_says_where_it_goes_and_claims_learning_only_where_neighbours_do(series, word):
    assert word in readings.read_loss(rows(**series), ABOUT).sentence


def test_a_falling_loss_names_the_part_that_falls_most():
    made = rows(loss=[4.0, 3.0, 2.0, 1.0], attraction=[1.0, 1.0, 0.9, 0.9], repulsion=[3, 2, 1, 0])
    assert "most in its repulsion" in readings.read_loss(made, ABOUT).sentence
    made = rows(loss=[4.0, 3.0, 2.0, 1.0], attraction=[3, 2, 1, 0], repulsion=[1.0, 1.0, 0.9, 0.9])
    assert "most in its attraction" in readings.read_loss(made, ABOUT).sentence


@pytest.mark.parametrize(
    ("series", "word", "level"),
    [
        ({"alignment": [0.1]}, "0.0617 of the squared distance of others", "good"),
        ({"alignment": [1.7]}, "no nearer than different images", "plain"),
        ({"alignment": [0.1], "effective_rank": [1.6]}, "all along few directions", "warn"),
        ({"alignment": [0.0], "spread": [0.01]}, "says nothing", "warn"),
    ],
)
def test_alignment_is_read_against_the_distance_of_different_images(series, word, level):
    reading = readings.read_alignment(rows(**series), ABOUT)
    assert word in reading.sentence
    assert reading.level == level


@pytest.mark.parametrize(
    ("series", "word", "level"),
    [
        ({"uniformity": [-0.01], "spread": [0.01]}, "collapsed", "warn"),
        ({"uniformity": [-0.7], "effective_rank": [1.6]}, "few directions", "warn"),
        ({"uniformity": [-1.0, -1.5, -2.0, -2.5]}, "Spreading: 62", "plain"),
        ({"uniformity": [-2.5, -2.0, -1.5, -1.0]}, "Drawing together: 25", "plain"),
        ({"uniformity": [-3.8]}, "of the limit", "good"),
    ],
)
def test_uniformity_is_read_against_the_evenest_spread(series, word, level):
    reading = readings.read_uniformity(rows(**series), ABOUT)
    assert word in reading.sentence
    assert reading.level == level


@pytest.mark.parametrize(("dim", "n"), [(2, 512), (3, 300), (32, 256)])
def test_the_evenest_spread_is_that_of_as_many_points_in_as_many_dimensions(dim, n):
    limit = uniformity_limit(dim, n)
    made = rows(uniformity=[limit], effective_rank=[float(dim)])
    reading = readings.read_uniformity(made, about(dim=dim, n_probes=n))
    assert reading.sentence.startswith("100 % of the limit")
    assert reading.chance_value == limit


def test_as_many_directions_as_images_are_all_that_there_are():
    made = rows(effective_rank=[16.0])
    reading = readings.read_rank(made, about(dim=128, n_probes=16))
    assert reading.text == "16.0 of 16"
    assert "as if 16 of 16 were" in reading.sentence
    assert reading.level == "good"
    assert readings.read_rank(made, ABOUT).level == "plain"


def test_collapse_is_never_praised():
    total = rows(spread=[0.003], uniformity=[-1e-4], effective_rank=[1.2], alignment=[1e-5])
    flat = rows(spread=[0.99], uniformity=[-0.7], effective_rank=[1.6], alignment=[0.01])
    for made in (total, flat):
        for reading in readings.read_all(made, ABOUT):
            assert reading.level != "good", reading
            if reading.key in ("alignment", "uniformity", "effective_rank"):
                assert reading.level == "warn", reading


@pytest.mark.parametrize("dim", [2, 3, 32, 64, 128])
def test_collapse_to_few_directions_is_relative_to_how_many_there_are(dim):
    assert not is_flat(ROW | {"effective_rank": 0.9 * dim}, dim)
    assert is_flat(ROW | {"effective_rank": 1.0}, dim)
    assert is_flat(ROW | {"effective_rank": 1.6}, 32)
    assert is_collapsed({"uniformity": -0.01})
    assert not is_collapsed(ROW)


def test_weights_say_how_uneven_they_are_and_what_makes_them_even():
    assert "as if 200 negatives shared" in read_entropy([ROW], ABOUT).sentence
    assert "nearly alike" in read_entropy([ROW | {"entropy": 0.9995}], ABOUT).sentence
    assert "t⁻ is 0" in read_entropy([ROW | {"entropy": 1.0}], of_loss(t_neg=0)).sentence
    four = about(n_views=5)
    positive = read_positives([ROW | {"pos_largest": 0.31}], four)
    assert (positive.text, positive.chance) == ("0.310", "alike 0.250")
    assert "farthest of 4 views holds 31.0 %" in positive.sentence
    for loss in ({"name": "infonce"}, {"name": "cacr", "t_pos": 0}):
        alike = read_positives([ROW | {"pos_largest": 0.25}], four | {"loss": loss})
        assert "weighs the 4 positives of a query alike" in alike.sentence
    assert read_positives([ROW], ABOUT) is None


def test_the_share_of_the_own_class_is_read_against_equal_weights():
    growing = rows(own_class_share=[0.1, 0.15, 0.2, 0.25])
    reading = read_own_class(growing, ABOUT)
    assert reading.sentence.startswith("Growing: false negatives hold 2.50 times their even share")
    assert reading.chance == "alike 10.0 %"
    assert read_own_class([ROW], about(n_classes=1)) is None


def test_the_clamp_is_read_where_there_is_one_and_praises_no_debiasing():
    sscl = about(loss={"name": "sscl", "class_prior": 0.1})
    assert "No query is silenced" in read_clamped([ROW], sscl).sentence
    assert "push harder" in read_clamped([ROW | {"clamped": 0.2}], sscl).sentence
    assert "too high" in read_clamped([ROW | {"clamped": 0.9}], sscl).sentence
    assert read_clamped([ROW], ABOUT) is None
    assert "clamped" not in {r.key for r in readings.read_all([ROW], ABOUT)}


def test_speed_counts_training_time_alone():
    assert read_speed(rows(loss=[0.0, 0.0]), ABOUT).value == pytest.approx(2560)


def test_the_parts_of_the_loss_are_shown_and_add_up():
    found = {r.key: r for r in readings.read_all([ROW], ABOUT)}
    parts = found["attraction"].value + found["repulsion"].value
    assert found["loss"].value == pytest.approx(parts)
    assert found["repulsion"].text == "−0.800"
    assert {found[key].tile for key in ("attraction", "repulsion")} == {"loss"}
    assert found["loss"].chance == "guessing 0"


@pytest.mark.parametrize(
    ("values", "word"),
    [([3, 2, 1, 0], "Falling: views of one image come nearer"), ([1, 1], "Steady: it has")],
)
def test_each_part_of_the_loss_says_where_it_goes(values, word):
    made = rows(attraction=values)
    assert word in {r.key: r for r in readings.read_all(made, ABOUT)}["attraction"].sentence


def test_collapse_is_named_with_its_likely_cause():
    collapsed = rows(spread=[0.9, 0.02, 0.01], effective_rank=[20.0, 1.4, 1.2])
    assert readings.diagnosis(rows(uniformity=[-2.0] * 3), ABOUT) == ""
    assert "switched off" in readings.diagnosis(collapsed, of_loss(beta=0))
    assert "learning rate" in readings.diagnosis(collapsed, of_loss(beta=1))
    flat = rows(effective_rank=[20.0, 1.7, 1.6])
    assert "few directions" in readings.diagnosis(flat, ABOUT)
    assert "t⁻ = 0" in readings.diagnosis(flat, of_loss(t_neg=0))


def test_rows_recorded_before_there_was_a_spread_are_still_read():
    old = {k: v for k, v in ROW.items() if k not in ("spread", "rate", "loss_guess")}
    old = {k: v for k, v in old.items() if not k.startswith("own_class")}
    found = {r.key for r in readings.read_all([old], ABOUT)}
    assert {"loss", "alignment", "uniformity", "effective_rank", "entropy"} <= found


def of_part(key, values, **told):
    return readings.loss.read_part(rows(**{key: values}), key, about(**told)).sentence


def at_angles(*degrees):
    """Views of one image, `(view, 1, 2)`."""
    angles = torch.deg2rad(torch.tensor(degrees, dtype=torch.float64))
    return torch.stack([angles.cos(), angles.sin()], 1)[:, None]


def test_repulsion_from_keys_rises_as_views_come_together_and_is_not_said_to_be_of_others():
    rows_of = [torch.cat([at_angles(-a, a), at_angles(180, 180)], 1) for a in range(60, 0, -5)]
    values = [float(CACR(cost="rbf").of_keys(z, z).repulsion) for z in rows_of]
    away = [float((z[:, 0] - z[:, 1]).square().sum()) for z in rows_of]
    assert values == sorted(values) and away == sorted(away)  # no other image comes nearer
    rbf = {"name": "cacr", "cost": "rbf"}
    assert "different images come nearer" in of_part("repulsion", values, loss=rbf)
    said = of_part("repulsion", values, loss=rbf, host="predictor")
    assert said == (
        "Rising: positives stand in its log, too, not how near different images are alone."
    )
    euclidean = of_part("repulsion", values, loss={"name": "cacr"}, host="predictor")
    assert "different images come nearer" in euclidean


def test_what_is_told_of_a_run_says_where_its_negatives_come_from(tmp_path):
    config = TrainConfig(host="predictor", loss=CACR(cost="rbf"), dataset="shapes")
    (tmp_path / "config.json").write_text(config.to_json())
    assert about_run(tmp_path)["host"] == "predictor"


def test_t_neg_has_no_part_in_what_is_said_of_a_run_with_keys():
    z = at_angles(0, 20).expand(-1, 3, -1) * 1.0
    z[:, 1:] = torch.cat([at_angles(60, 70), at_angles(150, 170)], 1)
    weights = CACR(t_neg=0.0).of_keys(z, z).neg_weights
    assert (weights[:, 0] - weights[:, 1]).abs().max() > 0.1
    for host, word in (("batch", "t⁻ is 0"), ("predictor", "as if 200 negatives shared")):
        now = of_loss(t_neg=0.0) | {"host": host}
        assert word in read_entropy([ROW], now).sentence
        flat = rows(effective_rank=[20.0, 1.7, 1.6])
        assert ("t⁻ = 0" in readings.diagnosis(flat, now)) == (host == "batch")


def test_what_t_and_b_move_of_siglip_is_not_said_to_be_distance():
    pairs = Pairs(torch.full((1, 2), 0.4), torch.full((1, 6), 1.7))  # and they stay
    for part in ("attraction", "repulsion"):
        values = [float(getattr(SigLIP(10.0, b)(pairs), part)) for b in range(-12, 1)]
        learned = of_part(part, values, loss={"name": "siglip", "learned": True})
        assert "t and b, which are learned, count in it, not distances alone." in learned
        assert "t and b" not in of_part(part, values, loss={"name": "siglip"})


def test_the_heaviest_positive_is_called_the_farthest_only_where_it_is():
    typed = Typed(values="alpha=1, t_pos=-5, beta=1, t_neg=2")
    weights = typed(Pairs(torch.tensor([[0.1, 0.5, 0.9, 1.3]]), torch.ones(1, 3))).pos_weights
    assert weights.argmax() == 0
    row, five = ROW | {"pos_largest": float(weights.max())}, {"n_views": 5}
    for loss, word in (
        ({"name": "typed", "values": typed.values}, "heaviest"),
        ({"name": "dclw"}, "heaviest"),
        ({"name": "alignuniform", "power": 1.0}, "heaviest"),
        ({"name": "alignuniform", "power": 4.0}, "farthest"),
        ({"name": "cacr"}, "farthest"),
    ):
        reading = read_positives([row], about(loss=loss, **five))
        assert reading.title == f"{word.capitalize()} positive"
        assert reading.sentence.startswith(f"The {word} of 4 views holds")
