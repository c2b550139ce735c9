"""What the help of each setting of a loss says of larger values, held to weights and pulls."""

import numpy as np
import pytest

from cacr_core.losses import LOSSES, SigLIP, settings_of
from cacr_core.training.learned import LearnedLoss
from tests.one_query import column, points_of, readings
from web.settings import board

PLACES = ("spread", "sphere", "near-negative", "far-positive")


def of(lens, name):
    return readings(points_of(name), lens)[0]


def both(name, less, more):
    """Readings of a loss with less and with more of something, at every place."""
    lenses = [board.full_lens(name, **settings) for settings in (less, more)]
    return [[of(lens, place) for lens in lenses] for place in PLACES]


def weights(reading):
    return column(reading, "positives", "weight"), column(reading, "negatives", "weight")


def pushes(reading):
    return -np.array(column(reading, "negatives", "pull"))


def t_pos():
    for less, more in both("cacr", {"t_pos": 1.0}, {"t_pos": 3.0}):
        far = int(np.argmax(column(less, "positives", "distance")))
        assert weights(more)[0][far] >= weights(less)[0][far]
    for _, alike in both("cacr", {}, {"t_pos": 0.0}):
        assert len({round(w, 12) for w in weights(alike)[0]}) == 1


def t_neg():
    for less, more in both("cacr", {"t_neg": 1.0}, {"t_neg": 3.0}):
        near = int(np.argmin(column(less, "negatives", "distance")))
        assert weights(more)[1][near] > weights(less)[1][near]
    for _, alike in both("cacr", {}, {"t_neg": 0.0}):
        assert len({round(w, 12) for w in weights(alike)[1]}) == 1


def alpha():
    for less, more in both("cacr", {"alpha": 1.0}, {"alpha": 2.5}):
        assert weights(less) == weights(more)
        pulls = [np.array(column(one, "positives", "pull")) for one in (less, more)]
        assert pulls[1] == pytest.approx(2.5 * pulls[0])


def beta():
    for less, more in both("cacr", {"beta": 1.0}, {"beta": 2.5}):
        assert weights(less) == weights(more)
        assert pushes(more) == pytest.approx(2.5 * pushes(less))


def detach_weights():
    drawn_in = 0
    for through, held in both("cacr", {}, {"detach_weights": True}):
        assert through["total"] == pytest.approx(held["total"])
        assert pushes(through) != pytest.approx(pushes(held))
        assert (pushes(held) >= 0).all()
        far = np.array(column(through, "negatives", "distance"))
        if (inwards := pushes(through) < 0).any():
            assert far[inwards].min() > far[~inwards].max()
            drawn_in += 1
    assert drawn_in


def cost():
    for euclidean, rbf in both("cacr", {"detach_weights": True}, {"cost": "rbf"} | HELD):
        near = np.argsort(column(rbf, "negatives", "distance"))[:2]
        shares = [pushes(one)[near].sum() / pushes(one).sum() for one in (euclidean, rbf)]
        assert shares[1] >= shares[0] and shares[1] > 0.6
    t_rbf()


HELD = {"detach_weights": True}


def t_rbf():
    less, more = ({"cost": "rbf", "t_rbf": t} | HELD for t in (1.0, 4.0))
    for wide, narrow in both("cacr", less, more):
        near = int(np.argmin(column(wide, "negatives", "distance")))
        shares = [pushes(one)[near] / pushes(one).sum() for one in (wide, narrow)]
        assert shares[1] > shares[0]


def class_prior():
    for name, fixed in (("sscl", {"beta": 0.0}), ("sscl", {}), ("cacr", HELD)):
        for place in PLACES:
            before = None
            for prior in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5):
                reading = of(board.full_lens(name, **fixed | {"class_prior": prior}), place)
                if reading["clamped"]:
                    break
                if before is not None:
                    factor = pushes(reading) / before
                    assert factor == pytest.approx([factor[0]] * len(factor)) and factor[0] > 1
                before = pushes(reading)
    silenced = [of(board.full_lens("sscl", class_prior=0.5), "clamped")]
    assert all((pushes(one) == 0).all() for one in silenced)


def released_debiasing():
    released = {"class_prior": 0.2, "alpha": 0.0, "released_debiasing": True} | HELD
    for repelled, consistent in both("cacr", released, released | {"released_debiasing": False}):
        assert max(column(repelled, "positives", "pull")) < 0
        assert min(column(consistent, "positives", "pull")) > 0


def temperature():
    for name in ("infonce", "sscl", "dcl", "dclw", "adnce"):
        for sharp, soft in both(name, {"temperature": 0.2}, {"temperature": 0.8}):
            assert max(weights(sharp)[1]) > max(weights(soft)[1])


def hardness():
    for less, more in both("sscl", {"beta": 0.5}, {"beta": 2.0}):
        near = int(np.argmin(column(less, "negatives", "distance")))
        assert weights(more)[1][near] > weights(less)[1][near]


def pulled(reading):
    return np.array(column(reading, "positives", "pull"))


def nearest_share(reading):
    """The share of the push on the nearest negative."""
    pushed = pushes(reading)
    return pushed[int(np.argmin(column(reading, "negatives", "distance")))] / pushed.sum()


def sigma_of_positives():
    one_query = {"temperature": 0.5, "detach_weights": True}
    for far, even in both("dclw", one_query | {"sigma": 0.2}, one_query | {"sigma": 2.0}):
        order = np.argsort(column(far, "positives", "distance"))
        if len(order) > 1:
            assert pulled(far)[order[-1]] > pulled(even)[order[-1]]
            assert pulled(far)[order[0]] < pulled(even)[order[0]]


def weights_of_positives():
    for through, held in both("dclw", {}, {"detach_weights": True}):
        assert through["total"] == pytest.approx(held["total"])
        near = int(np.argmin(column(through, "positives", "distance")))
        if len(pulled(through)) > 1:
            assert pulled(through)[near] < pulled(held)[near]


def scale():
    for soft, sharp in both("siglip", {"scale": 4.0}, {"scale": 8.0}):
        assert nearest_share(sharp) > nearest_share(soft)


def bias():
    for higher, lower in both("siglip", {"bias": -5.0}, {"bias": -8.0}):
        assert (pulled(lower) > pulled(higher)).all()
        assert (pushes(lower) < pushes(higher)).all()


def narrow():
    for wide, close in both("alignuniform", {"t": 1.0}, {"t": 4.0}):
        assert nearest_share(close) > nearest_share(wide)


def power():
    for alike, far in both("alignuniform", {"power": 2.0}, {"power": 4.0}):
        assert pulled(alike) == pytest.approx([pulled(alike)[0]] * len(pulled(alike)))
        farthest = int(np.argmax(column(far, "positives", "distance")))
        assert pulled(far)[farthest] == max(pulled(far))


def align_weight():
    for less, more in both("alignuniform", {"align_weight": 1.0}, {"align_weight": 2.5}):
        assert weights(less) == weights(more)
        assert pulled(more) == pytest.approx(2.5 * pulled(less))


def uniform_weight():
    for less, more in both("alignuniform", {"uniform_weight": 1.0}, {"uniform_weight": 2.5}):
        assert weights(less) == weights(more)
        assert pushes(more) == pytest.approx(2.5 * pushes(less))


def margin():
    for less, more in both("triplet", {"margin": 0.2}, {"margin": 2.0}):
        near, far = (column(less, side, "distance") for side in ("positives", "negatives"))
        for margin, reading in ((0.2, less), (2.0, more)):
            told_apart = np.array(far) > max(near) + margin
            assert (pushes(reading)[told_apart] == 0).all()
            assert (pushes(reading)[~told_apart] > 0).all()


def hardest():
    for _, one in both("triplet", {"margin": 4.0}, {"margin": 4.0, "hardest": True}):
        near = int(np.argmin(column(one, "negatives", "distance")))
        assert np.flatnonzero(pushes(one)).tolist() == [near]


def mu():
    for lower, higher in both("adnce", {"mu": 0.0, "sigma": 0.5}, {"mu": 0.9, "sigma": 0.5}):
        near = int(np.argmin(column(lower, "negatives", "distance")))
        assert weights(higher)[1][near] > weights(lower)[1][near]


def sigma_of_negatives():
    for wide, plain in zip(
        both("adnce", {"sigma": 0.2}, {"sigma": 1e4}), both("infonce", {}, {}), strict=True
    ):
        narrow_one, endless = (np.array(weights(one)[1]) for one in wide)
        weighed = np.array(weights(plain[0])[1])
        assert endless == pytest.approx(weighed)
        assert np.abs(narrow_one / weighed).std() > np.abs(endless / weighed).std()


def attraction():
    for place in PLACES:
        lens = board.full_lens("typed", attraction="t * (d_pos + s_pos) + sum(d_neg + s_neg)")
        assert of(lens, place)["card"]["free"] == {"t": 1.0, "beta": 1.0, "t_neg": 2.0}


def repulsion():
    for function in ("sum", "mean", "softmax", "logsumexp", "max", "min"):
        along = f"sum({function}(d_neg))" if function == "softmax" else f"{function}(d_neg)"
        own = of(board.full_lens("typed", attraction="0", repulsion=along), "spread")
        both = of(board.full_lens("typed", attraction="d_pos", repulsion=along), "spread")
        assert both["total"] == pytest.approx(own["total"] + both["attraction"])


def values():
    said = of(board.full_lens("typed", values="alpha=1, t_neg=2"), "spread")
    assert said["card"]["free"] == {"alpha": 1.0, "t_pos": 1.0, "beta": 1.0, "t_neg": 2.0}


def learned():
    """Both begin at the values set, and a run's optimizer is given both."""
    module = LearnedLoss(SigLIP(3.0, -2.0, learned=True))
    begun = module.settled(module.now())
    assert (begun.scale, begun.bias) == (pytest.approx(3.0), -2.0)
    assert module.names == ("scale", "bias") and module.learned() == [module.values]


HELPS = {
    "t_pos": t_pos, "t_neg": t_neg, "alpha": alpha, "beta": beta, "cost": cost, "t_rbf": t_rbf,
    "detach_weights": detach_weights, "class_prior": class_prior, "temperature": temperature,
    "released_debiasing": released_debiasing, "scale": scale, "bias": bias, "t": narrow,
    "power": power, "align_weight": align_weight, "uniform_weight": uniform_weight,
    "margin": margin, "hardest": hardest, "mu": mu, "attraction": attraction,
    "repulsion": repulsion, "values": values, "learned": learned,
}  # fmt: skip
HELPS_OF = {
    ("sscl", "beta"): hardness,
    ("dclw", "sigma"): sigma_of_positives,
    ("dclw", "detach_weights"): weights_of_positives,
    ("adnce", "sigma"): sigma_of_negatives,
}


WORDED = [(name, field) for name, cls in LOSSES.items() for field in settings_of(cls)]


@pytest.mark.parametrize(("name", "field"), WORDED)
def test_the_help_of_a_setting_says_what_it_does(name, field):
    (HELPS_OF.get((name, field)) or HELPS[field])()


def test_no_help_tells_a_weight_as_a_push():
    for name, field in WORDED:
        if field in ("t_pos", "t_neg", "temperature"):
            said = settings_of(LOSSES[name])[field].help
            assert "push" not in said and "pull" not in said
