"""The files of a zip, whoever packed it; nothing of it is written to disk."""

from __future__ import annotations

import bisect
import os
import posixpath
import re
import stat
import struct
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from cacr_core.data.folders import bounds
from cacr_core.data.folders.listing import (
    DEEP,
    LOOP,
    NOWHERE,
    PICTURES,
    Listing,
    Source,
    is_litter,
    is_too_deep,
    sorted_out,
    too_many,
)
from cacr_core.data.folders.names import PAGES, code_page, composed

UTF8_FLAG = 0x800
MOST_STEPS = 8  # links that lead to links
REPEATED = "packed twice under one name"


ARCHIVES = {
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
}
ENDINGS = (".zip", ".tar", ".tgz", ".gz", ".tbz2", ".bz2", ".txz", ".xz", ".7z", ".rar", ".zst")


def no_zip(name: str, head: bytes) -> ValueError:
    """What is said of a file that is no whole zip, by its first bytes (512 or all)."""
    if not head:
        return ValueError(f"{name} is empty. Download or pack it again.")
    if head.startswith(b"PK\3\4"):
        return ValueError(f"{name} is a zip that is cut off. Download or pack it again.")
    kind = next((what for magic, what in ARCHIVES.items() if head.startswith(magic)), "")
    if head[257:262] == b"ustar":
        kind = "a tar archive"
    if kind:
        return ValueError(f"{name} is {kind}. Unpack it and give the folder.")
    return ValueError(f"{name} is neither a folder nor a zip. Give one of the two.")


def check_directory(file: BinaryIO, name: str) -> None:
    """Refuse a zip whose list of entries would fill the memory, before it is read."""
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - 2**17))
    tail = file.read()
    end, wide = tail.rfind(b"PK\5\6"), tail.rfind(b"PK\6\6")
    size = struct.unpack_from("<I", tail, end + 12)[0] if 0 <= end <= len(tail) - 22 else 0
    if size == 0xFFFFFFFF or wide >= 0:
        size = struct.unpack_from("<Q", tail, wide + 40)[0] if wide >= 0 else size
    if size > bounds.MAX_DIRECTORY:
        raise ValueError(
            f"{name} has a list of entries of {size / 2**20:.0f} MB, more than the "
            f"{bounds.MAX_DIRECTORY / 2**20:.0f} MB allowed. Pack fewer images."
        )
    file.seek(0)


def list_zip(archive: zipfile.ZipFile, name: str) -> Listing:
    """All files of a zip that stays within bounds and does not reach outside itself.

    Raises:
        ValueError: It does not, or it is locked.
    """
    entries = archive.infolist()
    if len(entries) > bounds.MAX_ENTRIES:
        raise ValueError(
            f"{name} holds {len(entries)} entries, more than the {bounds.MAX_ENTRIES} allowed. "
            "Pack fewer images."
        )
    total = sum(e.file_size for e in entries if e.filename.lower().endswith(PICTURES))
    if total > bounds.MAX_BYTES:
        raise ValueError(
            f"The images of {name} unpack to {total / 2**30:.1f} GB, more than the "
            f"{bounds.MAX_BYTES / 2**30:.0f} GB allowed. Pack fewer or smaller images."
        )
    unmarked = [e.orig_filename.encode("cp437") for e in entries if not e.flag_bits & UTF8_FLAG]
    page = code_page(unmarked)
    notes = []
    if page != "utf-8" and not all(map(bytes.isascii, unmarked)):
        notes.append(
            f"The zip does not say how its names are written; they are read as {PAGES[page]}."
        )
    left_out: Counter[str] = Counter()
    named: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        inside = _inside(entry, page, name)
        if entry.is_dir() or inside.endswith("/"):
            continue
        if is_too_deep(inside):
            left_out[DEEP] += 1
            continue
        if inside in named:
            left_out[REPEATED] += 1
        named[inside] = entry
    return sorted_out(name, _sources(archive, name, named, left_out), left_out, notes)


def _inside(entry: zipfile.ZipInfo, page: str, name: str) -> str:
    """The path of an entry within its zip, with plain slashes."""
    written = entry.orig_filename.partition("\0")[0]
    if not entry.flag_bits & UTF8_FLAG:
        written = written.encode("cp437").decode(page, "replace")
    inside = composed(written.replace("\\", "/"))
    path = PurePosixPath(inside)
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:/", inside):
        raise ValueError(
            f"{name} has an entry {written!r} that points outside it. Pack it again "
            "with plain relative paths."
        )
    return str(path) + ("/" if inside.endswith("/") else "")


def _sources(
    archive: zipfile.ZipFile, name: str, named: dict[str, zipfile.ZipInfo], left_out: Counter[str]
) -> Iterator[Source]:
    links = {n: _target(archive, e, n) for n, e in named.items() if _is_link(e)}
    in_order = sorted(named)
    n_led_to = 0
    for inside, entry in named.items():
        if inside not in links:
            yield _source(archive, name, PurePosixPath(inside), entry)
            continue
        place = _followed(inside, links)
        if inside.startswith(f"{place}/"):
            left_out[LOOP] += 1
            continue
        found = [place] if place in named else _below(place, in_order)
        if not found:
            left_out[NOWHERE] += 1
        n_led_to += len(found)
        if n_led_to > bounds.MAX_SEEN:  # further links are not followed, yet each is looked at
            raise too_many(name)
        for other in found:
            if other not in links:
                own = PurePosixPath(inside + other[len(place) :])
                yield _source(archive, name, own, named[other])


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return entry.create_system == 3 and stat.S_ISLNK(entry.external_attr >> 16)


def _target(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, inside: str) -> str:
    """Where a link leads within the zip; empty where it leads out of it."""
    if entry.file_size > 4096 or entry.flag_bits & 1:
        return ""
    try:
        with archive.open(entry) as file:
            written = file.read(4096).decode("utf-8", "replace")
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return ""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(inside), written))
    return "" if path.startswith(("..", "/")) or path == "." else composed(path)


def _followed(inside: str, links: dict[str, str]) -> str:
    place = inside
    for _ in range(MOST_STEPS):
        if place not in links:
            return place
        place = links[place]
    return ""


def _below(place: str, in_order: list[str]) -> list[str]:
    """The names within a folder of the zip."""
    if not place:
        return []
    start, end = (bisect.bisect_left(in_order, place + mark) for mark in ("/", "0"))  # 0 follows /
    return in_order[start:end]


def _source(
    archive: zipfile.ZipFile, name: str, inside: PurePosixPath, entry: zipfile.ZipInfo
) -> Source:
    if entry.flag_bits & 1 and not is_litter(inside):
        raise ValueError(f"{name} is locked with a password. Pack it without one.")
    stamp = f"{entry.file_size} {entry.CRC:08x}"
    return Source(inside, _reader(archive, entry), entry.compress_size, stamp)


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if entry.file_size > bounds.MAX_IMAGE_BYTES:
            raise OSError("too large")
        with archive.open(entry) as file:  # reads no further than the size it declares
            return file.read(entry.file_size)

    return read
