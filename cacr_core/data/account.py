"""What became of the files of a folder or zip: used, left out and why, changed, in question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Account:
    """Every file of a folder or zip is an image, a table that was used, or left out.

    Args:
        n_files: Files of any kind that were come across.
        n_images: Those that became an image.
        tables: Names of the files that said labels or parts.
        left_out: How many files were left out, by reason.
        notes: A sentence for each thing that was decided or changed.
        questions: A sentence for each thing that only a person can decide.
    """

    n_files: int = 0
    n_images: int = 0
    tables: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def n_left_out(self) -> int:
        return sum(self.left_out.values())

    def left_out_sentence(self) -> str:
        """Such as "Left out: 2 damaged, 1 hidden file."; empty where nothing was."""
        if not self.left_out:
            return ""
        most_first = sorted(self.left_out.items(), key=lambda item: (-item[1], item[0]))
        return f"Left out: {', '.join(f'{n:,} {reason}' for reason, n in most_first)}."


NOTHING_LEFT_OUT = Account()


def several(n: int, one: str, more: str = "") -> str:
    """`1 image`, `2 images`."""
    return f"{n:,} {one if n == 1 else more or one + 's'}"
