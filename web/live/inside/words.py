"""What the six stages of an update say of it: sentences from its numbers."""

from __future__ import annotations

from pathlib import Path

from cacr_core.losses import needs_labels
from cacr_core.losses.tokens import number, short
from cacr_core.runs import folder as files
from cacr_core.training.inside import Inside
from cacr_core.training.optimizer import TIMES
from web.live.inside.opened import Opened, made_in

# Of what they are, up to which loss and gradient count as those of the run: what other processors
# and other instructions of one processor add up otherwise came to 4e-5.
ALIKE = 1e-3


def agreement(folder: Path, opened: Opened, wrote: dict[str, float] | None, made: bool) -> str:
    """How what was made again compares with what the run recorded, in a sentence."""
    inside = opened.inside
    again = f"loss {_digits(inside.loss)} and gradient norm {_digits(inside.gradient_norm)}"
    if not made:
        if files.status(folder) in files.ACTIVE:
            return f"The run has not made this update yet; it will find {again}."
        return f"The run ended before this update; it would have found {again}."
    if wrote is None:
        return f"Made again: {again}. The run wrote nothing down right after it."
    if wrote["differs"] <= ALIKE:
        but = f", but for {number(wrote['differs'])} of it" if wrote["differs"] else ""
        return f"Made again from the run's own state: {again}, as the run recorded{but}."
    place = made_in(folder, inside.step)
    recorded = f"loss {_digits(wrote['loss'])} and gradient norm {_digits(wrote['gradient_norm'])}"
    return (
        f"Made again on this processor: {again}. The run, on {place.get('device', 'its device')} "
        f"in {place.get('precision', 'its precision')}, recorded {recorded}."
    )


def of_stages(opened: Opened, share: float, flat: bool) -> dict[str, str]:
    """A paragraph for each stage, by its number."""
    inside, config = opened.inside, opened.config
    n_views, n_items, dim = inside.before.shape
    n_queries = len(inside.pairs.pos)
    return {
        "1": _batch_words(opened),
        "2": (
            f"From each image {n_views} views are made, by chance: cropped, turned, recoloured as "
            f"the recipe of this dataset has it. That makes {n_views * n_items:,} pictures. Views "
            f"of one image belong together; {_alike_words(opened)}"
        ),
        "3": (
            f"One network sees all {n_views * n_items:,} views. On the way there are fewer places "
            f"and more channels; after the mean over all places and the head, {dim} numbers are "
            f"left. Divided by their length they are a point on the unit "
            f"{'circle' if dim == 2 else 'sphere'}"
            f"{'' if dim == 2 else f' in {dim} dimensions'}."
        ),
        "4": _distance_words(inside, config.host),
        "5": (
            f"A query's weights of its positives sum to 1, and so do those of its negatives. The "
            f"loss of the batch is the {number(inside.loss)} that all {n_queries:,} queries come "
            f"to together: attraction {number(float(inside.record.attraction))}, repulsion "
            f"{number(float(inside.record.repulsion))}."
        ),
        "6": _step_words(opened, share, flat),
    }


def _batch_words(opened: Opened) -> str:
    n_items = len(opened.inside.index)
    told = (
        "This loss is told the classes of its batch."
        if needs_labels(opened.config.loss)
        else "The classes are written here for you: the loss never sees them."
    )
    return (
        f"{n_items:,} of {opened.n_train:,} training images, the next in an order that the seed "
        f"decides: none comes twice in one round, and those that fill no batch wait. {told}"
    )


def _alike_words(opened: Opened) -> str:
    if needs_labels(opened.config.loss):
        return "this loss is told of the classes, too."
    return "nothing else tells the loss what is alike."


def _distance_words(inside: Inside, host: str) -> str:
    n_pos, n_neg = inside.pairs.pos.shape[1], inside.pairs.neg.shape[1]
    real = n_neg - inside.n_synthetic - inside.n_queued
    kinds = [f"the {real:,} views of other images"]
    if inside.n_queued:
        kinds.append(f"the {inside.n_queued:,} keys in the queue")
    if inside.n_synthetic:
        one = inside.n_synthetic == 1
        kinds.append("1 synthetic one" if one else f"{inside.n_synthetic} synthetic ones")
    positives = f"{n_pos} positives, the other views" if n_pos > 1 else "1 positive, the other view"
    by_keys = " (as the momentum encoder sees them)" if host == "queue" else ""
    return (
        f"Every view is a query once. Its squared distance d = 2 − 2 cos is measured to "
        f"{positives} of its image{by_keys}, and to "
        f"{n_neg:,} negatives: {' and '.join(kinds)}. It lies between 0 and 4; 2 is a right angle."
    )


def _step_words(opened: Opened, share: float, flat: bool) -> str:
    inside = opened.inside
    plane = "" if flat else f" The picture shows {100 * share:.0f} % of the points' spread."
    rounded = (
        " The optimizer's memory was kept in bfloat16 here, so where the points go is right to "
        "about three digits."
        if opened.is_rounded
        else ""
    )
    return (
        "Each point is told where the loss would have it go, but no point moves by itself: the "
        f"gradient (norm {number(inside.gradient_norm)}) changes the weights of the network, which "
        f"all share{_rate_words(opened)} So where a point goes and where it was pulled are not the "
        f"same.{plane}{rounded}"
    )


def _rate_words(opened: Opened) -> str:
    rate = short(opened.inside.rate)
    if opened.config.optimizer != "muon":
        return f", at a learning rate of {rate}."
    return (
        f". Muon moves its matrices along their momentum made orthogonal, at {TIMES:g} times the "
        f"learning rate of {rate}, or more where they are taller than wide; AdamW moves the rest "
        "at that rate itself."
    )


def query_words(force: float, moved: float, along: float) -> dict[str, str]:
    """What the sixth stage says of one query."""
    way = "along" if along > 0.3 else "against" if along < -0.3 else "across"
    return {
        "6": (
            f"The batch pulls at this view with {number(force)}. The step carries it "
            f"{number(moved)} far, {way} that pull: the cosine between the two is {number(along)}."
        )
    }


def _digits(value: float) -> str:
    return f"{value:.5g}".replace("-", "−")
