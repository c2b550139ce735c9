"""What a number means now: functions of the rows of a run up to the moment shown.

Every sentence is a claim about these rows; `tests/test_sentences.py` holds those of all recorded
runs to the arrays.
"""

from __future__ import annotations

from web.live.readings.cloud import diagnosis as diagnosis
from web.live.readings.cloud import read_alignment as read_alignment
from web.live.readings.cloud import read_rank
from web.live.readings.cloud import read_uniformity as read_uniformity
from web.live.readings.loss import read_learned, read_part
from web.live.readings.loss import read_loss as read_loss
from web.live.readings.reading import About as About
from web.live.readings.reading import Reading as Reading
from web.live.readings.reading import Row as Row
from web.live.readings.reading import number as number
from web.live.readings.reading import percent as percent
from web.live.readings.scores import read_knn as read_knn
from web.live.readings.scores import read_speed
from web.live.readings.weights import (
    read_clamped,
    read_entropy,
    read_own_class,
    read_positives,
)


def read_all(rows: list[Row], about: About) -> list[Reading]:
    """Every number of a run at the step of the last row.

    Args:
        rows: Rows of metrics from step 0 to the moment shown.
        about: dim, n_classes, n_held_out, held_out_per_class, n_probes, n_views, images_per_step,
            device, host, and loss: its name and settings.
    """
    readings = [
        read_loss(rows, about),
        read_part(rows, "attraction", about),
        read_part(rows, "repulsion", about),
        *read_learned(rows, about),
        read_knn(rows, "knn_features", "Features, 10-NN", about),
        read_knn(rows, "knn_embeddings", "Embeddings, 10-NN", about, tile="knn_features"),
        read_own_class(rows, about),
        read_entropy(rows, about),
        read_positives(rows, about),
        read_alignment(rows, about),
        read_uniformity(rows, about),
        read_rank(rows, about),
        read_clamped(rows, about),
        read_speed(rows, about),
    ]
    if about["n_classes"] < 2:
        readings = [r for r in readings if r is None or not r.key.startswith("knn")]
    return [reading for reading in readings if reading is not None]
