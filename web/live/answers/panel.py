"""The two answers: the weight of every probe, for hovering, and all that the query panel shows."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

import numpy as np
import torch

from cacr_core.losses import loss_name, needs_labels
from cacr_core.losses.words import own
from cacr_core.runs import folder as files
from cacr_core.training.numbers import evenness_of
from web.live.answers.question import Question, config_of, probes_of
from web.live.answers.queued import queue_summary, queued_row
from web.live.answers.scene import (
    Scene,
    class_name,
    look,
    n_real,
    other_size,
    places_of,
    probe_and_view,
    same_class,
    samples_of,
)
from web.live.answers.sums import sums
from web.live.answers.synthetics import group_numbers, synthetics_of
from web.live.readings import number
from web.settings.fields import draws_far_in, is_labelled, loss_meaning, loss_text, loss_title

N_NEGATIVES = 12
ALIKE = 1.5  # times the average, up to which the heaviest is about as heavy as all others
ROUNDING = 1e-6  # squared distances that differ by no more are the same


def weights(question: Question, xy: np.ndarray | None) -> tuple[dict[str, Any], list[np.ndarray]]:
    """How the query weighs every probe: header and the arrays weight and pull `(probe,)`.

    A probe's weight is the sum over its views, as a multiple of what these would have if all
    negatives weighed alike, those of a queue and synthetic ones among them; NaN for the query
    itself and outside the group.
    """
    scene = look(question)
    n = int(probes_of(question.folder)["n"])
    n_probed = scene.neg_index.shape[1]
    item = scene.neg_index[0] % len(scene.items)
    share = torch.zeros(len(scene.items)).index_add_(0, item, scene.neg_weights[0, :n_probed])
    pull = torch.zeros(len(scene.items)).index_add_(0, item, scene.pulls.neg[0, :n_probed])
    others = scene.items != question.probe
    weight = np.full(n, np.nan, np.float32)
    total = np.full(n, np.nan, np.float32)
    alike = n_probed / int(others.sum()) / scene.neg_weights.shape[1]
    weight[scene.items[others]] = share[others].numpy() / alike
    total[scene.items[others]] = pull[others].numpy()
    header = _summary(scene, question) | {
        "step": question.step,
        "probe": question.probe,
        "view": question.view,
        "n": n,
        "positives": _positives(question, scene, xy, None),
        "query_xy": places_of(samples_of(scene)[scene.row][None], question, xy)[0],
    }
    return header, [weight, total]


def query(question: Question, xy: np.ndarray | None) -> dict[str, Any]:
    """Everything the query panel shows."""
    scene = look(question)
    previous, before = _before(question)
    summary = _summary(scene, question)
    negatives = _negatives(question, scene, before)
    return {
        "step": question.step,
        "previous_step": previous,
        "query": _queried(question, scene, xy),
        "group": {"kind": question.group, "text": _group_text(question, scene, summary)},
        "loss": _loss(question),
        "positives": _positives(question, scene, xy, before),
        "negatives": negatives,
        "n_attracted": int((scene.pulls.neg[0] > 0).sum()),
        **summary,
        "synthetics": synthetics_of(question, scene, xy),
        "clamp": group_numbers(question)["clamp"] if _has_clamp(question) else None,
        "reading": _reading(question, scene, negatives, summary),
        "sums": sums(question.loss, scene.pairs, scene.record, scene.pulls),
    }


def _before(question: Question) -> tuple[int, Scene] | tuple[None, None]:
    """The nearest earlier moment that can be read, and the query's scene at it."""
    for step in reversed(files.snapshot_steps(question.folder)):
        if step < question.step:
            with contextlib.suppress(OSError, ValueError):  # damaged, or thinned out meanwhile
                return step, look(question._replace(step=step))
    return None, None


def _queried(question: Question, scene: Scene, xy: np.ndarray | None) -> dict[str, Any]:
    probes = probes_of(question.folder)
    return {
        "probe": question.probe,
        "view": question.view,
        "class": class_name(probes["class_names"], probes["labels"][question.probe]),
        "xy": places_of(samples_of(scene)[scene.row][None], question, xy)[0],
    }


def _group_text(question: Question, scene: Scene, summary: dict[str, Any]) -> str:
    """Who the query is weighed against."""
    n_views, n_items = scene.z.shape[:2]
    probes = f"{n_items:,} probes, {_count(n_views, 'view')} each"
    negatives = f"{n_views * (n_items - 1):,} negatives"
    if question.group == "probes":
        text = f"all {probes}: {negatives}"
    else:
        other = other_size(config_of(question.folder), n_items, n_views)
        how = f" {other}" if other else ", as in training"
        text = f"a fixed random group of {probes}{how}: {negatives}"
    if scene.synthetic is not None:
        text += f", plus {question.mixture[0]} synthetic"
    if scene.queue is not None:
        text += f", plus {summary['queue']['text']}"
    return text


def _loss(question: Question) -> dict[str, Any]:
    name = loss_name(question.loss)
    settings = dataclasses.asdict(question.loss)
    return {
        "title": loss_title(name),
        "text": loss_text(name, settings),
        "meaning": loss_meaning(name),
        "is_lens": question.is_lens,
        "labelled": is_labelled(name),
        "draws_far_in": draws_far_in(name),
    }


def _has_clamp(question: Question) -> bool:
    can_clamp = own(question.loss, "can_clamp")
    return can_clamp is not None and can_clamp()


def _negatives(question: Question, scene: Scene, before: Scene | None) -> list[dict[str, Any]]:
    """The real negatives weighed most."""
    order = scene.neg_weights[0, : n_real(scene)].argsort(descending=True)[:N_NEGATIVES].tolist()
    return [_negative(question, scene, before, column) for column in order]


def _negative(
    question: Question, scene: Scene, before: Scene | None, column: int
) -> dict[str, Any]:
    """One negative, of the probes or of the queue, by its column."""
    probes = probes_of(question.folder)
    names, labels = probes["class_names"], probes["labels"]
    share, n_probed = float(scene.neg_weights[0, column]), scene.neg_index.shape[1]
    numbers = {
        "weight": share,
        "times_uniform": share * scene.neg_weights.shape[1],
        "pull": float(scene.pulls.neg[0, column]),
        "distance": float(scene.pairs.neg[0, column]),
    }
    if scene.queue is not None and column >= n_probed:
        row = queued_row(scene.queue, column - n_probed, question.folder, names)
        label = row.pop("label")
        same = label >= 0 and label == labels[question.probe]
        # a place in the queue holds another entry at every snapshot: it was nowhere before
        return row | numbers | {"same_class": same, "rank": None, "was": None}
    probe, view = probe_and_view(scene, int(scene.neg_index[0, column]))
    return {
        "probe": probe,
        "view": view,
        "class": class_name(names, labels[probe]),
        "same_class": same_class(labels, probe, question.probe),
        "rank": _rank(scene.neg_weights[0, : n_real(scene)], column),
        "was": before and _rank(before.neg_weights[0, : n_real(before)], column),
    } | numbers


def _summary(scene: Scene, question: Question) -> dict[str, Any]:
    entropy, evenness = (float(one[0]) for one in evenness_of(scene.neg_weights))
    return {
        "effective": float(np.exp(entropy)),
        "entropy": evenness,
        "n_negatives": scene.neg_weights.shape[1],
    } | queue_summary(
        scene.queue,
        scene.neg_weights[0, scene.neg_index.shape[1] : n_real(scene)],
        config_of(question.folder),
    )


def _positives(
    question: Question, scene: Scene, xy: np.ndarray | None, before: Scene | None
) -> list[dict[str, Any]]:
    places = places_of(samples_of(scene)[scene.pos_index[0]], question, xy)
    rows = []
    for k, place in enumerate(places):
        _, view = probe_and_view(scene, int(scene.pos_index[0, k]))
        rows.append(
            {
                "view": view,
                "weight": float(scene.pos_weights[0, k]),
                "pull": float(scene.pulls.pos[0, k]),
                "distance": float(scene.pairs.pos[0, k]),
                "rank": _rank(scene.pos_weights[0], k),
                "was": before and _rank(before.pos_weights[0], k),
                "xy": place,
            }
        )
    return sorted(rows, key=lambda row: -row["weight"])


def _rank(weights: torch.Tensor, column: int) -> int:
    """Place from 1 of one sample among all by weight, at a step whose group is the same; who weigh
    the same share a place."""
    return 1 + int((weights > weights[column]).sum())


def _reading(
    question: Question, scene: Scene, negatives: list[dict[str, Any]], summary: dict[str, Any]
) -> str:
    """The most telling fact of the query at this moment."""
    top = negatives[0]
    false = sum(row["same_class"] for row in negatives)
    real = "negative" if scene.synthetic is None else "real negative"
    if float(scene.pairs.neg.max()) < 0.02:
        return "Everything is in one place: there is nothing near or far to weigh."
    alike = own(question.loss, "weighs_alike")
    if alike is not None and alike("neg"):
        return "This loss weighs all negatives alike, near or far."
    if false * 2 >= len(negatives):
        knows = "is told so" if needs_labels(question.loss) else "cannot know"
        return (
            f"{false} of the {len(negatives)} {real}s weighed most are of the query's own "
            f"class: the loss {knows}."
        )
    most = float(scene.neg_weights.max()) * summary["n_negatives"]
    if most == 0:
        return "As this moment stands, the loss gives no negative any weight."
    if most < ALIKE:
        weighs = f"weighs {number(most)} times the average"
        return f"All negatives weigh about alike: the heaviest {weighs}."
    weighs = f"weighs {number(top['times_uniform'])} times the average"
    pushed = float(-scene.pulls.neg.mean())
    push = f" and is pushed {number(-top['pull'] / pushed)} times as hard" if pushed > 0 else ""
    if top["pull"] > 0:
        push = ", and yet is drawn in"
    own_farthest = float(scene.pairs.pos.max())
    if top["distance"] < own_farthest:
        nearer = f"A negative ({top['class']}) lies nearer than the query's own farthest view"
        return f"{nearer}: it {weighs}{push}."
    nearest = float(scene.pairs.neg[0, : n_real(scene)].min())
    if nearest < own_farthest:  # of a loss that weighs most what is neither near nor far
        others = "not among those nearer than the query's own farthest view"
        return f"The heaviest {real} is {others}: it {weighs}{push}."
    which = "nearest" if top["distance"] <= nearest + ROUNDING else "heaviest"
    return f"The query's own views are nearer than all {real}s. The {which} {weighs}{push}."


def _count(n: int, what: str) -> str:
    words = {2: "two", 3: "three", 4: "four", 5: "five"}
    return f"{words.get(n, str(n))} {what}{'' if n == 1 else 's'}"
