"""A checkpoint's features of a dataset's images as a file: the page and the terminal write one and
the same."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.checkpoints import Card, Opened
from cacr_core.checkpoints.features.embedding import FEATURES, Progress
from cacr_core.checkpoints.features.images import image_sets, size_for
from cacr_core.checkpoints.features.stored import features_of

FORMATS = (".npz", ".parquet")


@dataclass(frozen=True, eq=False)
class Embedded:
    """Clean images of a dataset through an encoder.

    Args:
        embeddings: `(n, dim)` float32, as the network gives them.
        labels: `(n,)`, -1 where unknown.
        names: `(n,)`, of the images' files, else the dataset, its part and a number.
        class_names: Of the labels.
        about: What they were made of: the file, the encoder, how images were fed, and `protocol`,
            all of it in words.
    """

    embeddings: np.ndarray
    labels: np.ndarray
    names: np.ndarray
    class_names: np.ndarray
    about: dict[str, Any]

    def as_npz(self) -> bytes:
        buffer = io.BytesIO()
        np.savez(
            buffer,
            embeddings=self.embeddings,
            labels=self.labels,
            names=self.names,
            class_names=self.class_names,
            dataset=self.about["dataset"],
            protocol=self.about["protocol"],
            about=json.dumps(self.about),
        )
        return buffer.getvalue()

    def as_parquet(self) -> bytes:
        """A row an image: name, label, class, embedding; `about` stands in the schema."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        dim = self.embeddings.shape[1]
        flat = pa.array(self.embeddings.reshape(-1), pa.float32())
        classes = [str(self.class_names[k]) if k >= 0 else None for k in self.labels]
        table = pa.table(
            {
                "name": pa.array(self.names.tolist(), pa.string()),
                "label": pa.array(self.labels),
                "class": pa.array(classes, pa.string()),
                "embedding": pa.FixedSizeListArray.from_arrays(flat, dim),
            }
        ).replace_schema_metadata({"about": json.dumps(self.about)})
        buffer = io.BytesIO()
        pq.write_table(table, buffer)
        return buffer.getvalue()

    def as_file(self, suffix: str) -> bytes:
        """The bytes of a file with this ending. Raises ValueError for another than two."""
        if suffix not in FORMATS:
            raise ValueError(f"Embeddings are written as .npz or .parquet, got {suffix!r}.")
        return self.as_npz() if suffix == ".npz" else self.as_parquet()


def embedded(
    opened: Opened,
    card: Card,
    dataset: str,
    *,
    split: str = "test",
    layer: str = FEATURES,
    n: int = 2000,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Embedded:
    """Features of at most `n` images of a dataset's part, from the cache where that has them.

    Raises:
        ValueError: The network cannot be built, or the dataset not be read.
    """
    side = size_for(dataset, [card])
    sets = image_sets(dataset, n_train=n, n_test=n, size=side)
    images = sets.test if split == "test" else sets.train
    made = features_of(
        opened, card, images.images, dataset=dataset, split=split, layers=(layer,),
        device=device, progress=progress,
    )[layer]  # fmt: skip
    stem = Path(dataset).name
    names = list(images.names) or [f"{stem}/{split}/{i}" for i in range(len(images))]
    about = summary(opened, card) | {"dataset": dataset, "split": split, "layer": layer}
    return Embedded(
        made,
        images.labels.numpy(),
        np.asarray(names, dtype=str),
        np.asarray(images.class_names, dtype=str),
        about | {"protocol": protocol(card, layer, len(images), side)},
    )


def protocol(card: Card, layer: str, n: int, side: int | None = None) -> str:
    """How embeddings were made, in a sentence.

    Args:
        side: Pixels that images of any size were read at; None for a dataset's own.
    """
    norm, size = card.normalisation, card.input_size
    what = "embeddings after the head" if layer != FEATURES else "features before the head"
    if norm is None or size is None:
        return what
    mean, std = (" ".join(f"{v:g}" for v in values) for values in (norm.mean, norm.std))
    is_less = side is not None and side < size
    resized = f"read at {side} pixels and enlarged to" if is_less else "resized to"
    return (
        f"{what} of {n} clean images, {resized} {size} x {size} pixels (bilinear, antialiased), "
        f"less mean {mean}, divided by {std}; not scaled to length 1"
    )


def summary(opened: Opened, card: Card) -> dict[str, Any]:
    """A card in a few plain entries."""
    norm = card.normalisation
    return {
        "file": opened.path.name,
        "family": card.family,
        "confidence": card.confidence,
        "encoder": card.encoder,
        "architecture": card.architecture,
        "feature_dim": card.feature_dim,
        "input_size": card.input_size,
        "mean": list(norm.mean) if norm else None,
        "std": list(norm.std) if norm else None,
        "normalised_by": norm.source if norm else None,
    }
