"""Figures of one query or of one run: what its loss makes of it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from cacr_core.forces import points_from_degrees, read
from cacr_core.layouts.linear import SteadyPCA
from cacr_core.losses import Loss
from cacr_core.papers.tasks import Row
from cacr_core.presets import entry
from cacr_core.training import Forward, TrainConfig, Training

N_STEPS = 300
N_MOMENTS = 6
QUERY = 90.0
POSITIVES = (10.0, -25.0, 45.0, -80.0)  # degrees from the query
NEGATIVES = (-15.0, 35.0, 70.0, -110.0, 150.0)


class Moment(NamedTuple):
    """A figure without repeats.

    Attributes:
        config: What it trains, None where it trains nothing.
        rows: Its rows, of the config.
        sentence: On the rows.
    """

    title: str
    config: TrainConfig | None
    rows: Callable[[TrainConfig | None], list[Row]]
    sentence: Callable[[list[Row]], str]


def forces(config: TrainConfig | None = None) -> list[Row]:
    """What three losses make of one query with four positives and five negatives on the circle.

    Force is signed: above 0 moves the query counterclockwise, to larger angles.
    """
    losses: dict[str, Loss] = {
        title: entry(name).config.loss
        for name, title in (
            ("cacr-4", "CACR"),
            ("uniform", "CACR with uniform weights"),
            ("infonce", "InfoNCE"),
        )
    }
    places = points_from_degrees(
        [QUERY], [[QUERY + a] for a in POSITIVES], [[QUERY + a] for a in NEGATIVES], "circle"
    )
    rows = []
    for name, loss in losses.items():
        reading = read(places, loss)
        for side, angles, marks in (
            ("positive", POSITIVES, reading.positives),
            ("negative", NEGATIVES, reading.negatives),
        ):
            for angle, weight, pull, arrow in zip(
                angles, marks.weights, marks.pulls, marks.arrows, strict=True
            ):
                force = -float(arrow[0])  # the query is on top: counterclockwise is to the left
                rows.append(
                    {"loss": name, "side": side, "angle": angle, "weight": round(float(weight), 6)}
                    | {"pull": round(float(pull), 6), "force": round(force, 6)}
                )
    return rows


def forces_sentence(rows: list[Row]) -> str:
    parts = []
    for name in dict.fromkeys(row["loss"] for row in rows):
        told = []
        for side in ("positive", "negative"):
            own = [row for row in rows if (row["loss"], row["side"]) == (name, side)]
            own.sort(key=lambda row: abs(row["angle"]))
            near, far = own[0]["weight"], own[-1]["weight"]
            ends = ("farthest", "nearest") if side == "positive" else ("nearest", "farthest")
            ratio = far / near if side == "positive" else near / far
            words = f"{ratio:,.1f} times the {ends[1]}" if abs(ratio - 1) > 1e-3 else "no more"
            told.append(f"the {ends[0]} {side} {words}")
        parts.append(f"{name} weighs {' and '.join(told)}")
    return f"Around one query {'; '.join(parts)}."


def weights(config: TrainConfig | None) -> list[Row]:
    """Every positive's and negative's weight of the first query, in the first and last update."""
    assert config is not None
    training = Training(config)
    rows: list[Row] = []

    def watch(made: Forward) -> None:
        assert made.pairs is not None
        for side, distances, told in (
            ("positive", made.pairs.pos, made.record.pos_weights),
            ("negative", made.pairs.neg, made.record.neg_weights),
        ):
            told = told.detach()
            heaviest = (told.max(1).values * told.shape[1]).mean()
            for distance, weight in zip(distances[0].tolist(), told[0].tolist(), strict=True):
                rows.append(
                    {"update": training.step + 1, "side": side, "distance": round(distance, 5)}
                    | {"weight": weight, "times_even": round(weight * told.shape[1], 5)}
                    | {"heaviest_of_all": round(float(heaviest), 4)}
                )

    for step in range(config.n_steps):
        training.update(watch if step in (0, config.n_steps - 1) else None)
    return rows


def weights_sentence(rows: list[Row]) -> str:
    last = max(row["update"] for row in rows)
    told = []
    for side in ("positive", "negative"):
        first, now = (
            next(r["heaviest_of_all"] for r in rows if (r["update"], r["side"]) == (update, side))
            for update in (1, last)
        )
        told.append(f"a query's heaviest {side} weighs {now:.3g} times the average, {first:.3g}")
    return (
        f"In update {last}, {told[0]} in the first; {told[1]} in the first (means over all queries "
        "of the batch)."
    )


def embeddings(config: TrainConfig | None) -> list[Row]:
    """Probe images' embeddings along training, each cloud on its plane of largest variance and
    turned to lie near the one before."""
    assert config is not None
    training, plane = Training(config), SteadyPCA()
    labels = training.source.splits.probe.labels.tolist()
    names = training.source.splits.probe.class_names
    moments = {config.n_steps * i * i // (N_MOMENTS - 1) ** 2 for i in range(N_MOMENTS)}
    rows: list[Row] = []
    for step in range(config.n_steps + 1):
        if step in moments:
            cloud = training.snapshot().embeddings[0]
            accuracy = training.scores().get("knn_embeddings", math.nan)
            centred = torch.as_tensor(cloud - cloud.mean(0), dtype=torch.float64)
            xy = plane(cloud)
            seen = float((xy.astype("float64") ** 2).sum() / centred.square().sum())
            for (x, y), label in zip(xy.tolist(), labels, strict=True):
                rows.append(
                    {"update": step, "x": round(x, 5), "y": round(y, 5)}
                    | {"class": names[label] if label >= 0 else "", "accuracy": accuracy}
                    | {"variance_seen": round(seen, 4)}
                )
        if step < config.n_steps:
            training.update()
    return rows


def embeddings_sentence(rows: list[Row]) -> str:
    first, last = rows[0], rows[-1]
    told = f"By update {last['update']} "
    if not math.isnan(last["accuracy"]):  # of images without labels
        told += (
            f"10-NN accuracy of the embeddings goes from {100 * first['accuracy']:.1f} to "
            f"{100 * last['accuracy']:.1f} %, and "
        )
    return (
        f"{told}the share of the embeddings' variance that the plane drawn holds goes from "
        f"{100 * first['variance_seen']:.0f} to {100 * last['variance_seen']:.0f} %."
    )


def changed(moment: Moment, **changes: Any) -> Moment:
    """The same figure of another run."""
    if moment.config is None:
        return moment
    return moment._replace(config=dataclasses.replace(moment.config, **changes))


def _run(n_probes: int) -> TrainConfig:
    return entry("cacr-4", n_steps=N_STEPS, n_probes=n_probes, device="cpu").config


MOMENTS: dict[str, Moment] = {
    "forces": Moment(
        "What a query is pulled and pushed by, under three losses (CACR)",
        None,
        forces,
        forces_sentence,
    ),
    "weights": Moment(
        "Weights of a query's positives and negatives, before and after training (CACR)",
        _run(16),
        weights,
        weights_sentence,
    ),
    "embeddings": Moment(
        "Embeddings along training (CACR)", _run(256), embeddings, embeddings_sentence
    ),
}
