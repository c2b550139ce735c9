"""The list of entries of a zip, read from its end, with every claim checked against the file.

An entry is a place in the file; none may overlap another, and nothing is ever inflated.
"""

from __future__ import annotations

import stat
import struct
from typing import BinaryIO, NamedTuple

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import Refused, check, cut, damaged

END, END64, LOCATOR = b"PK\5\6", b"PK\6\6", b"PK\6\7"
ENTRY, LOCAL = b"PK\1\2", b"PK\3\4"


class Entry(NamedTuple):
    """Where an entry's bytes stand in the file."""

    offset: int
    n_bytes: int
    as_is: bool
    """Whether the bytes are the content, not compressed."""


def entries(file: BinaryIO, n_bytes: int) -> dict[str, Entry]:
    """Every entry by its full name. Raises Refused."""
    start, size, count = directory(file, n_bytes)
    check(count, bounds.ENTRIES, "entries in its zip")
    check(size, bounds.DIRECTORY, "bytes of entries in its zip")
    file.seek(start)
    listed = file.read(size)
    found: dict[str, Entry] = {}
    at = 0
    for _ in range(count):
        if listed[at : at + 4] != ENTRY or at + 46 > size:
            raise damaged("its zip's list of entries breaks off")
        fields = struct.unpack_from("<4s6H3I5H2I", listed, at)
        flags, method, packed, plain = fields[3], fields[4], fields[8], fields[9]
        n_name, n_extra, n_comment, attributes, local = (*fields[10:13], *fields[15:17])
        name = entry_name(listed[at + 46 : at + 46 + n_name])
        extra = listed[at + 46 + n_name : at + 46 + n_name + n_extra]
        plain, packed, local = wide(extra, plain, packed, local)
        at += 46 + n_name + n_extra + n_comment
        if name in found:
            raise damaged(f"its zip holds {cut(name)!r} twice")
        if flags & 1:
            raise Refused(
                f"This zip's entry {cut(name)!r} is encrypted, and a checkpoint's are not; "
                "save it again with torch.save.",
                "other",
            )
        if stat.S_ISLNK(attributes >> 16):
            raise Refused(
                f"This zip's entry {cut(name)!r} is a link, and a checkpoint holds only bytes; "
                "save it again with torch.save.",
                "foreign",
                name,
            )
        found[name] = Entry(
            data_start(file, local, name, start), packed, method == 0 and packed == plain
        )
    if at != size:
        raise damaged("its zip's list of entries is longer than it says")
    check_apart(found, start)
    return found


def directory(file: BinaryIO, n_bytes: int) -> tuple[int, int, int]:
    """(offset, bytes, number of entries) of the list of entries."""
    tail_at = max(0, n_bytes - 22 - 0xFFFF)
    file.seek(tail_at)
    tail = file.read(n_bytes - tail_at)
    at = tail.rfind(END, 0, len(tail) - 18)
    if at < 0:
        raise damaged("its zip ends before the list of its entries")
    disk, _, _, count, size, start, n_comment = struct.unpack_from("<4x4H2IH", tail, at)
    end = tail_at + at
    if disk or end + 22 + n_comment != n_bytes:
        raise damaged("its zip goes on after its end")
    if 0xFFFF == count or 0xFFFFFFFF in (size, start) or tail[max(0, at - 20) :][:4] == LOCATOR:
        if at < 20 or tail[at - 20 : at - 16] != LOCATOR:
            raise damaged("its zip lacks the long form of its end")
        (wide_at,) = struct.unpack_from("<8xQ", tail, at - 20)
        if wide_at + 56 > end:
            raise damaged("its zip's long end lies outside the file")
        file.seek(wide_at)
        record = file.read(56)
        if record[:4] != END64:
            raise damaged("its zip's long end is not where it says")
        count, size, start = struct.unpack_from("<32x3Q", record)
        end = wide_at
    if start + size > end or count * 46 > size:
        raise damaged("its zip's list of entries lies outside the file")
    return start, size, count


def wide(extra: bytes, plain: int, packed: int, local: int) -> tuple[int, int, int]:
    """Sizes and offset of an entry, from the zip64 field where 32 bits do not hold them."""
    values = [plain, packed, local]
    if 0xFFFFFFFF not in values:
        return plain, packed, local
    at = 0
    while at + 4 <= len(extra):
        tag, n = struct.unpack_from("<2H", extra, at)
        if tag == 1 and at + 4 + n <= len(extra):
            longs = iter(struct.unpack_from(f"<{n // 8}Q", extra, at + 4))
            values = [next(longs, v) if v == 0xFFFFFFFF else v for v in values]
            return values[0], values[1], values[2]
        at += 4 + n
    raise damaged("its zip lacks the long form of a size")


def entry_name(raw: bytes) -> str:
    name = bounds.named(raw.decode("utf-8"))
    parts = name.split("/")
    if not name or "\\" in name or ":" in name or ".." in parts or "" in parts[:-1]:
        raise Refused(
            f"This zip has an entry named {cut(name)!r}, which points outside of it, "
            "and a checkpoint's do not; save it again with torch.save.",
            "foreign",
            name,
        )
    return name


def data_start(file: BinaryIO, local: int, name: str, before: int) -> int:
    """Where an entry's bytes begin, behind its own header, which must say the same name."""
    if local + 30 > before:
        raise damaged(f"its zip's entry {cut(name)!r} lies outside the file")
    file.seek(local)
    header = file.read(30 + len(name.encode()))
    if header[:4] != LOCAL or header[30:] != name.encode():
        raise damaged(f"its zip's entry {cut(name)!r} is not where the list says")
    n_name, n_extra = struct.unpack_from("<26x2H", header)
    return local + 30 + n_name + n_extra


def check_apart(found: dict[str, Entry], before: int) -> None:
    """No entry's bytes reach into another's or beyond the file's."""
    end = 0
    for name, entry in sorted(found.items(), key=lambda pair: pair[1]):
        if entry.offset < end or entry.offset + entry.n_bytes > before:
            raise damaged(f"its zip's entry {cut(name)!r} takes the place of another")
        end = entry.offset + entry.n_bytes
