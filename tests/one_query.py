"""Questions about one query as the Forces page asks them, for tests of what it says."""

import dataclasses

from cacr_core.losses import loss_name
from tests.scenes import LOSSES
from web.forces import answers
from web.forces.presets import SCENES
from web.settings import board

POINTS = ("surface", "query", "positives", "negatives", "seed")
ONE_QUERY = [name for name, scene in SCENES.items() if scene.board["mode"] != "flow"]
ELSEWHERE = {  # one query's points beside those of the scenes: clamped, lonely, on top of the query
    "clamped": ([[91]], [[300], [280], [250]]),
    "partly clamped": ([[105], [120]], [[98], [200], [240], [290], [340]]),
    "lonely": ([[30]], [[200]]),
    "one negative": ([[30], [100]], [[200]]),
    "coincident": ([[90], [100]], [[90], [-90], [30]]),
    "spread": ([[60], [95], [170]], [[80], [20], [230], [300]]),
}
LENSES = [board.full_lens(loss_name(loss), **dataclasses.asdict(loss)) for loss in LOSSES] + [
    board.full_lens("sscl", class_prior=0.25, beta=0.0),
    board.full_lens("cacr", beta=0.0),
    board.full_lens("cacr", t_pos=4.0, n_synthetic=3, pool_size=9),
    board.full_lens("sscl", class_prior=0.0, n_synthetic=4, pool_size=3),
    board.full_lens("infonce", n_synthetic=2, pool_size=2),
]


def points_of(name):
    if name in SCENES:
        return {key: SCENES[name].board[key] for key in POINTS}
    places = ([[*place, 0] for place in group] for group in ELSEWHERE[name])
    return dict(zip(POINTS, ("circle", [90, 0], *places, 0), strict=True))


def readings(points, *lenses):
    lenses = [*lenses, *lenses][:2]
    return answers.forces({"what": "forces", **points, "losses": lenses})[0]["of"]


def scene(name, of_a=None, of_b=None, **points):
    """What a scene's losses make of it, settings or points changed."""
    a, b = SCENES[name].board["losses"]
    return readings(points_of(name) | points, a | (of_a or {}), b | (of_b or {}))


def column(reading, group, what):
    return [mark[what] for mark in reading[group]]


def number(text):
    return float(text.replace("−", "-"))


def moved(name, group, which, lon):
    places = [list(place) for place in points_of(name)[group]]
    places[which][0] = lon
    return {group: places}
