"""The three containers: what a file holds, and where each tensor's bytes stand in it.

Each reader gives a `Held`: the value as `pickles` describes it with a Stored wherever a tensor
stands, and for every storage's key its place (offset, bytes) in the file.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterable
from typing import Any, BinaryIO, NamedTuple

from cacr_core.checkpoints import bounds, onnx, pickles, zips
from cacr_core.checkpoints.bounds import check, cut, damaged, n_items, named, other, shape_of
from cacr_core.checkpoints.danger import names_in
from cacr_core.checkpoints.parts import BYTES, Mapping, Stored

SAFETENSORS, ZIP, LEGACY, ONNX = "safetensors", "torch zip", "torch legacy", "ONNX"
MAGIC = (0x1950A86A20F9469CFC6C).to_bytes(10, "little")
Places = dict[str, tuple[int, int]]


class Held(NamedTuple):
    """plain: whether the container's own library would read it too; unread: names of tensors that
    are of a type which torch has not, and that type."""

    value: Any
    places: Places
    plain: bool = True
    unread: dict[str, str] = {}  # noqa: RUF012  # never filled in place


DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64",
    "I32": "int32", "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32",
    "U16": "uint16", "U8": "uint8", "BOOL": "bool", "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2", "C64": "complex64", "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
}  # fmt: skip
NOT_OF_TORCH = {"F4", "F6_E2M3", "F6_E3M2"}
OTHERS = (
    (b"version https://git-lfs", "a Git LFS pointer (`git lfs pull` fetches the file itself)"),
    (b"<!DOCTYPE", "a web page, perhaps the download's own page instead of the file"),
    (b"<!doctype", "a web page, perhaps the download's own page instead of the file"),
    (b"<html", "a web page, perhaps the download's own page instead of the file"),
    (b"\x89HDF", "an HDF5 file (Keras), whose weights must first be saved from there"),
    (b"\x93NUMPY", "a numpy array"),
    (b"\x1f\x8b", "a gzip archive, which must be unpacked first"),
    (b"BZh", "a bzip2 archive, which must be unpacked first"),
    (b"\xfd7zXZ", "an xz archive, which must be unpacked first"),
    (b"7z\xbc\xaf", "a 7z archive, which must be unpacked first"),
    (b"GGUF", "a GGUF language model"),
    (b"PK\5\6", "an empty zip"),
)
OF_WEIGHTS = (".pth", ".pt", ".tar", ".ckpt", ".bin", ".safetensors", ".onnx", ".pkl")


def recognised(head: bytes, n_bytes: int) -> str:
    """The container by its first bytes (512 or all). Raises Refused."""
    if not n_bytes:
        raise damaged("it is empty")
    if head.startswith(b"PK\3\4"):
        return ZIP
    for magic, what in OTHERS:
        if head.startswith(magic):
            raise other(what)
    if head[:1] == b"\x80" and MAGIC in head[:32]:
        return LEGACY
    if head[8:9] == b"{":
        return SAFETENSORS
    if head[:1] == b"\x80" and head[1:2] <= b"\5":
        raise pickled(head)
    if onnx.looks_like(head):
        return ONNX
    if head[:1] in (b"{", b"["):
        raise other("a JSON file (if it is an index of parts, one part can be opened)")
    if head[4:8] == b"TFL3":
        raise other("a TensorFlow Lite model, which holds a program and not weights alone")
    if head[:2] == b"\0\0" and b"\x1a\x02\x08\x01" in head[:24]:  # its header: one version
        raise other("the index of a TensorFlow checkpoint, whose weights must first be saved "
                    "from there")  # fmt: skip
    if b"\x81" <= head[:1] <= b"\x8f" and b"\xa1" <= head[1:2] <= b"\xbf":
        raise other("a msgpack file (Flax), whose arrays must first be saved as tensors from there")
    if head[257:262] == b"ustar":
        raise other("a tar archive, which must be unpacked first (or is older than torch 0.1.2)")
    raise other("no file of weights by its first bytes")


def pickled(head: bytes) -> bounds.Refused:
    found = names_in(io.BytesIO(head), 0)
    what = f" that names {cut(found[0])}" if found else ""
    return bounds.Refused(
        f"This is a plain pickle{what}, not a file of torch.save (perhaps Detectron2's or "
        "TensorFlow's export), and pickles are never run; save its tensors again by the recipe.",
        "foreign" if found else "other",
        found[0] if found else "a plain pickle",
        "import pickle, torch  # only if you trust its author\n"
        'old = pickle.load(open("FILE", "rb"), encoding="latin1")\n'
        'torch.save({k: torch.as_tensor(v) for k, v in old["model"].items()}, "weights.pth")',
    )


def read_safetensors(file: BinaryIO, n_bytes: int) -> Held:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > n_bytes - 8:
        raise damaged(f"its header claims {length:,} bytes, and the file has {n_bytes:,}")
    check(length, bounds.HEADER, "bytes of header")
    header = json.loads(file.read(length).decode("utf-8"), object_pairs_hook=once)
    if type(header) is not dict:
        raise damaged("its header is no table of tensors")
    metadata = header.pop("__metadata__", {})
    if type(metadata) is not dict or any(type(v) is not str for v in metadata.values()):
        raise damaged("its metadata holds something else than texts")
    check(len(header), bounds.TENSORS, "tensors")
    begin, value, unread = 8 + length, Mapping(), {}
    places: Places = {}
    for number, (name, entry) in enumerate(header.items()):
        if type(entry) is not dict or set(entry) != {"dtype", "shape", "data_offsets"}:
            raise damaged(f"the header's entry for {cut(name)!r} is none of a tensor")
        offsets, dtype = entry["data_offsets"], DTYPES.get(entry["dtype"])
        if dtype is None and entry["dtype"] not in NOT_OF_TORCH:
            raise damaged(f"{cut(name)!r} has the type {cut(str(entry['dtype']), 20)}, not known")
        if type(entry["shape"]) is not list or type(offsets) is not list or len(offsets) != 2:
            raise damaged(f"{cut(name)!r} has no shape or no place")
        shape, (start, end) = shape_of(entry["shape"], name), shape_of(offsets, name)
        fits = dtype is None or end - start == n_items(shape) * BYTES[dtype]
        if not fits or end < start or begin + end > n_bytes:
            raise damaged(f"the shape of {cut(name)!r} does not fit its bytes or the file")
        places[str(number)] = (begin + start, end - start)
        if dtype is None:
            unread[named(name)] = f"a tensor of the type {entry['dtype']}, which torch has not"
            continue
        stored = Stored(str(number), dtype, 0, shape, onnx.strides(shape))
        value.pairs.append((named(name), stored))
    at = begin
    for start, size in sorted(places.values()):
        if start != at:
            raise damaged("its tensors overlap or leave gaps")
        at += size
    if at != n_bytes:
        raise damaged(f"its tensors end at byte {at:,}, and the file at {n_bytes:,}")
    facts = Mapping([("metadata", Mapping(list(metadata.items())))]) if metadata else Mapping()
    return Held(Mapping(value.pairs + facts.pairs), places, unread=unread)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise damaged("a name stands twice in its header")
    return found


def read_zip(file: BinaryIO, n_bytes: int) -> Held:
    found = zips.entries(file, n_bytes)
    folders = {name.split("/")[0] for name in found}
    root = next(iter(folders), "")
    script = f"{root}/constants.pkl" in found or any("/code/" in name for name in found)
    if len(folders) != 1 or f"{root}/data.pkl" not in found:
        raise other(zip_without_pickle(found))
    for name, entry in found.items():
        read_here = not script or name.startswith((f"{root}/data/", f"{root}/data.pkl"))
        if read_here and not entry.as_is:
            raise (
                program()
                if script
                else other(
                    f"a zip whose entry {cut(name)!r} is compressed, which torch.save never does "
                    "(unpack it, load it with torch and save it again)"
                )
            )
    order = found.get(f"{root}/byteorder")
    if order and order.as_is and small(file, order) != b"little":
        raise other("a file written with the big end first")
    offset, size, _ = found[f"{root}/data.pkl"]
    check(size, bounds.PICKLE, "bytes of pickle")
    file.seek(offset)
    read = pickles.loads(io.BytesIO(file.read(size)))
    places: Places = {}
    for key, storage in read.storages.items():
        place = found.get(f"{root}/data/{key}")
        if place is None or place.n_bytes != storage.root_bytes:
            raise damaged(f"storage {key} has not the bytes that its tensors say")
        places[key] = (place.offset, place.n_bytes)
    return Held(read.value, places, read.plain and not script)


def zip_without_pickle(found: Iterable[str]) -> str:
    """What a zip is that torch.save did not write, by the names in it."""
    names = [name for name in found if not name.endswith("/")]
    last = {name.rpartition("/")[2] for name in names}
    if names and all(name.endswith(".npy") for name in names):
        return "a numpy archive (.npz), whose arrays must first be saved as tensors from there"
    if "model.weights.h5" in last:
        return "a Keras file, whose weights must first be saved from there"
    if last & {"archive_format", "serialized_exported_program.json"}:
        return "a program of torch.export, whose state dict must first be saved from there"
    if within := [name for name in names if name.lower().endswith(OF_WEIGHTS)]:
        return f"a zip archive with {cut(within[0])!r} in it, which must be unpacked first"
    return "a zip archive without a pickle of torch.save"


def program() -> bounds.Refused:
    return bounds.Refused(
        "This is a TorchScript archive, which holds a program, and programs in files are "
        "never run here; save its state dict by the recipe.",
        "foreign",
        "TorchScript",
        "import torch  # only if you trust its author\n"
        'model = torch.jit.load("FILE", map_location="cpu")\n'
        'torch.save(model.state_dict(), "weights.pth")',
    )


def read_onnx(file: BinaryIO, n_bytes: int) -> Held:
    value, places, unread = onnx.read(file, n_bytes)
    return Held(value, places, unread=unread)


def small(file: BinaryIO, entry: zips.Entry) -> bytes:
    file.seek(entry.offset)
    return file.read(min(entry.n_bytes, 16))


def read_legacy(file: BinaryIO, n_bytes: int) -> Held:
    """Five pickles (magic, protocol, machine, the object, its storages' keys), then the storages.

    Each storage is its number of items in 8 bytes and its bytes, so that they are stepped over.
    """
    read, end = five_pickles(file, n_bytes)
    magic, protocol, machine, content, keys = (each.value for each in read)
    if magic != int.from_bytes(MAGIC, "little") or protocol != 1001:
        raise damaged("it does not begin as torch.save begins")
    if type(machine) is Mapping and ("little_endian", False) in machine.pairs:
        raise other("a file written with the big end first")
    storages, at = read[3].storages, end
    places: Places = {}
    if (
        type(keys) is not list
        or any(type(k) is not str for k in keys)
        or sorted(keys) != sorted(storages)
    ):
        raise damaged("its list of storages is not that of its tensors")
    for key in keys:
        size, width = storages[key].root_bytes, BYTES[storages[key].dtype]
        file.seek(at)
        count = int.from_bytes(file.read(8), "little")
        if at + 8 + size > n_bytes:
            raise damaged(f"it ends inside storage {key}, at {n_bytes:,} bytes")
        if count * width != size:
            raise damaged(f"storage {key} has another size than its tensors say")
        places[key] = (at + 8, size)
        at += 8 + size
    if at != n_bytes:
        raise damaged(f"its tensors end at byte {at:,}, and the file at {n_bytes:,}")
    return Held(content, places, all(each.plain for each in read))


def five_pickles(file: BinaryIO, n_bytes: int) -> tuple[list[pickles.Read], int]:
    """What a legacy file begins with, and where its storages begin: read from its first bytes, and
    from more of them only where these were too few."""
    for most in (bounds.HEAD, bounds.PICKLE):
        file.seek(0)
        head = io.BytesIO(file.read(min(n_bytes, most)))
        steps, read = bounds.OPCODES, []
        copied = bounds.Count(bounds.COPIED, "bytes of copies")
        try:
            for _ in range(5):
                read.append(pickles.loads(head, steps, copied))
                steps -= read[-1].steps
            return read, head.tell()
        except ValueError as error:
            if head.tell() < min(most, n_bytes) or n_bytes <= most:
                raise
            if isinstance(error, bounds.Refused):
                raise
    raise bounds.too_much("more bytes of pickle", bounds.PICKLE)
