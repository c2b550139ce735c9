"""The files of a folder: which may be images, which may be tables of labels, which neither."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from cacr_core.data.folders import bounds
from cacr_core.data.folders.names import composed

PICTURES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jif", ".jfif", ".webp", ".bmp", ".dib", ".gif", ".tif",
    ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".heic", ".heif", ".hif", ".jp2", ".j2k",
)  # fmt: skip
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".txt")
LITTER = {"__MACOSX", "Thumbs.db", "desktop.ini", "@eaDir", "$RECYCLE.BIN"}
HIDDEN = "hidden (of a Mac, Windows or a notebook)"
NOWHERE = "links that lead nowhere"
LOOP = "links to a folder they lie in"
ANOTHERS = "links made by somebody else"
DEEP = f"with a path of more than {bounds.MAX_LETTERS:,} letters or {bounds.MAX_FOLDERS} folders"
UNREADABLE = "in folders that may not be read"


class Source(NamedTuple):
    """A file: its path, how it is read, its bytes as they are packed, what changes with its
    content, and where that is too little to tell it from a file of another place, which it is."""

    inside: PurePosixPath
    read: Callable[[], bytes]
    n_packed: int
    stamp: str
    identity: str = ""


class Listing(NamedTuple):
    """What a folder or zip holds, by what the names say.

    Attributes:
        pictures: Files that are called images, in order of their names.
        tables: Files that may say labels.
        left_out: All others, counted by reason.
        notes: What was decided about the names, a sentence each.
    """

    name: str
    pictures: list[Source]
    tables: list[Source]
    left_out: Counter[str]
    notes: list[str]

    @property
    def n_files(self) -> int:
        return len(self.pictures) + len(self.tables) + self.left_out.total()


def sorted_out(
    name: str, sources: Iterator[Source], left_out: Counter[str], notes: list[str]
) -> Listing:
    """A listing of all files that a folder or zip yields.

    Raises:
        ValueError: There are too many, as links within a zip may make them.
    """
    pictures: list[Source] = []
    tables: list[Source] = []
    for n, source in enumerate(sources):
        if n > bounds.MAX_SEEN:
            raise too_many(name)
        suffix = source.inside.suffix.lower()
        if is_litter(source.inside):
            left_out[HIDDEN] += 1
        elif suffix in PICTURES:
            pictures.append(source)
        elif suffix in TABLES:
            tables.append(source)
        else:
            left_out[of_kind(source.inside)] += 1
    pictures.sort(key=lambda source: source.inside)
    return Listing(name, pictures, tables, left_out, notes)


def too_many(name: str) -> ValueError:
    """The refusal of more files than are looked at."""
    return ValueError(f"{name} holds more than {bounds.MAX_SEEN:,} files. Use fewer.")


def is_too_deep(inside: str) -> bool:
    """Whether a path is longer than anybody's, as what is told of its folders takes its square."""
    return len(inside) > bounds.MAX_LETTERS or inside.count("/") > bounds.MAX_FOLDERS


def is_litter(inside: PurePosixPath) -> bool:
    """Whether a file is one that a system or an editor left there."""
    return any(part.startswith(".") or part in LITTER for part in inside.parts)


def of_kind(inside: PurePosixPath) -> str:
    """The reason by which a file of another kind is left out."""
    return f"of another kind ({inside.suffix.lower()[:12] or 'without an ending'})"


def list_folder(root: Path) -> Listing:
    """All files below `root`; links that its owner made are followed, but never round in circles.

    Raises:
        ValueError: It holds too many files to be a folder of images.
    """
    left_out: Counter[str] = Counter()
    return sorted_out(root.name, _Walk(root, left_out).files(root, PurePosixPath()), left_out, [])


class _Walk:
    """A walk through a folder, which counts what it comes across and knows where it is."""

    def __init__(self, root: Path, left_out: Counter[str]) -> None:
        self.root, self.left_out, self.n_seen = root, left_out, 0
        self.above: list[tuple[int, int]] = []

    def files(self, folder: Path, inside: PurePosixPath) -> Iterator[Source]:
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            self.left_out[UNREADABLE] += 1
            return
        if (status.st_dev, status.st_ino) in self.above:
            self.left_out[LOOP] += 1
            return
        self.above.append((status.st_dev, status.st_ino))
        for entry in entries:
            self._count()
            own = inside / composed(entry.name)
            if entry.is_symlink() and (reason := _why_not_followed(entry)):
                self.left_out[reason] += 1
            elif is_too_deep(str(own)):
                self.left_out[DEEP] += 1
            elif entry.is_dir():
                yield from self.files(Path(entry.path), own)
            elif entry.is_file():
                status = entry.stat()
                stamp = f"{status.st_size} {status.st_mtime_ns}"
                identity = f"{status.st_dev} {status.st_ino} {status.st_ctime_ns}"
                yield Source(own, _reader(Path(entry.path)), status.st_size, stamp, identity)
        self.above.pop()

    def _count(self) -> None:
        self.n_seen += 1
        if self.n_seen > bounds.MAX_SEEN:
            raise ValueError(
                f"{self.root.name or self.root} holds more than {bounds.MAX_SEEN:,} files. "
                "Choose one of images."
            )


def _why_not_followed(link: os.DirEntry[str]) -> str:
    """Why a link is left alone; empty where it is followed.

    Whoever offers a folder offers what their own links lead to. One that another person put there
    leads only to what is that person's, as with a web server's SymLinksIfOwnerMatch.
    """
    try:
        maker, owner = _owners(link)
    except OSError:
        return NOWHERE
    own = os.getuid() if hasattr(os, "getuid") else maker
    return "" if maker in (own, 0, owner) else ANOTHERS


def _owners(link: os.DirEntry[str]) -> tuple[int, int]:
    """Who made a link, and whose what it leads to is."""
    return link.stat(follow_symlinks=False).st_uid, link.stat().st_uid


def _reader(file: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        if file.stat().st_size > bounds.MAX_IMAGE_BYTES:
            raise OSError("too large")
        return file.read_bytes()

    return read
