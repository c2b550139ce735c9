"""What a loss has no number for is refused in a sentence, whoever asks."""

from __future__ import annotations

from cacr_core.losses import Loss
from cacr_core.losses.record import LossRecord
from cacr_core.losses.words import own
from cacr_core.pairs import Pairs


def require_finite(loss: Loss, record: LossRecord, pulls: Pairs) -> None:
    """Refuse samples where a loss has no value or pulls without bound.

    Raises:
        ValueError: The value or a pull is infinite or no number; in the loss's own words, where it
            has them.
    """
    if (words_of_its_own := own(loss, "require_finite")) is not None:
        words_of_its_own(record, pulls)
    if not all(bool(part.isfinite().all()) for part in (record.total, *pulls)):
        raise ValueError(
            "The loss has no finite value here, or pulls without bound: choose less sharp settings."
        )
