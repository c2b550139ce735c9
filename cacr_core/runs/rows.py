"""The rows of a file of lines that grows, read on from where they were read to last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cacr_core.runs.reading import content_from, read_line


class Rows:
    """Reads a file of lines of JSON again and again, each line once.

    Attributes:
        n_damaged: Lines so far that are whole and yet no rows.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begin_anew()
        self._seen = (0, 0)

    def _begin_anew(self) -> None:
        self.n_damaged = 0
        self._offset = 0

    def fresh(self) -> list[dict[str, Any]]:
        """Rows since the last call; all of them again where the file is not what it was."""
        try:
            known = self.path.stat()
            now = (known.st_size, known.st_mtime_ns)
            if now == self._seen:
                return []
            if now[0] <= self._seen[0]:
                self._begin_anew()
            with self.path.open("rb") as file:
                content = content_from(file, self._offset)
                end = file.tell()
        except OSError:
            return []
        self._seen = now
        whole, _, rest = content.rpartition(b"\n")
        self._offset = end - len(rest)
        found = []
        for line in whole.split(b"\n"):
            if not line.strip():
                continue
            row = read_line(line, self.path.name)
            if row is None:
                self.n_damaged += 1
            else:
                found.append(row)
        return found
