"""Files that are damaged or mean harm, made from small good ones by a seed: file `k` is always the
same but for the canary's path. At least a third of them still parse as a container.
"""

from __future__ import annotations

import argparse
import io
import json
import pickle
import random
import struct
import zipfile
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from safetensors.torch import save

from tests import exploits

ROOT = "archive"
MAGIC = 0x1950A86A20F9469CFC6C
MACHINE = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}


@cache
def bases() -> dict[str, bytes]:
    """Small good files by container and content."""
    generator = torch.Generator().manual_seed(0)
    weights = {
        "conv1.weight": torch.randn(4, 3, 3, 3, generator=generator),
        "bn1.running_mean": torch.randn(4, generator=generator),
        "bn1.num_batches_tracked": torch.tensor(7),
        "fc.weight": torch.randn(5, 4, generator=generator).half(),
        "mask": torch.tensor([True, False, True]),
    }
    whole = {
        "epoch": 200,
        "arch": "resnet50",
        "state_dict": {f"module.encoder_q.{key}": value for key, value in weights.items()},
        "optimizer": {"state": {0: {"exp_avg": torch.zeros(4)}}, "param_groups": [{"lr": 0.03}]},
        "args": argparse.Namespace(lr=0.03, sizes=[224, 96], resume=None),
        "best_acc1": np.float64(67.5),
    }
    found = {}
    for name, content in (("bare", weights), ("whole", whole)):
        for kind, is_zip in (("zip", True), ("legacy", False)):
            buffer = io.BytesIO()
            torch.save(content, buffer, _use_new_zipfile_serialization=is_zip)
            found[f"{kind} {name}"] = buffer.getvalue()
    found["safetensors bare"] = save(weights)
    found["safetensors whole"] = save(weights, {"family": "moco", "epoch": "200"})
    return found


def zipped(
    pickled: bytes, records: dict[str, bytes] | None = None, compression: int = zipfile.ZIP_STORED,
    more: tuple[tuple[zipfile.ZipInfo | str, bytes], ...] = (),
) -> bytes:  # fmt: skip
    """A torch zip around any pickle; by default it has one storage of 16 bytes."""
    buffer = io.BytesIO()
    records = {"0": struct.pack("<4f", 1, 2, 3, 4)} if records is None else records
    entries = [(f"{ROOT}/data.pkl", pickled), (f"{ROOT}/byteorder", b"little")]
    entries += [(f"{ROOT}/data/{key}", raw) for key, raw in records.items()]
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, raw in (*entries, (f"{ROOT}/version", b"3\n"), *more):
            # without a ZipInfo the hour would be in it
            entry = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            archive.writestr(entry, raw, compression)
    return buffer.getvalue()


def legacy(pickled: bytes, keys: tuple[str, ...] = ("0",), machine: bytes | None = None) -> bytes:
    """A file as before torch 1.6 around any pickle, with a storage of 4 floats for each key."""
    parts = [pickle.dumps(part, 2) for part in (MAGIC, 1001)]
    parts += [machine or pickle.dumps(MACHINE, 2), pickled, pickle.dumps(list(keys), 2)]
    parts += [struct.pack("<q4f", 4, 1, 2, 3, 4) for _ in keys]
    return b"".join(parts)


def torn(header: object, data: bytes = bytes(16), length: int | None = None) -> bytes:
    """A safetensors file around any header, also one that is no JSON."""
    raw = header if type(header) is bytes else json.dumps(header).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


# ---- mutations: rng -> bytes


def truncated(rng: random.Random) -> bytes:
    raw = some(rng)
    return raw[: rng.randrange(len(raw))]


def flipped(rng: random.Random) -> bytes:
    raw = bytearray(some(rng))
    n = rng.choice([len(raw), 64, 512])  # anywhere, or where the container begins
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        raw[rng.randrange(min(n, len(raw)))] ^= 1 << rng.randrange(8)
    return bytes(raw)


def moved(rng: random.Random) -> bytes:
    """A stretch left out, doubled or written over another."""
    raw = some(rng)
    a, b = sorted(rng.randrange(len(raw)) for _ in range(2))
    b = min(b, a + rng.choice([1, 4, 8, 64, 1000]))
    at = rng.randrange(len(raw))
    return rng.choice([
        raw[:a] + raw[b:], raw[:at] + raw[a:b] + raw[at:], raw[:at] + raw[a:b] + raw[at + b - a :],
    ])  # fmt: skip


def header_lies(rng: random.Random) -> bytes:
    """A safetensors header that says something else than the bytes."""
    raw = bases()[rng.choice(["safetensors bare", "safetensors whole"])]
    (n,) = struct.unpack("<Q", raw[:8])
    header, data = json.loads(raw[8 : 8 + n]), raw[8 + n :]
    number = rng.choice([-1, 0, 1, 2**31, 2**32, 2**53, 2**63, 2**64, 10**30, 1.5, None, "8", True])
    for _ in range(rng.choice([1, 1, 3])):
        entry = header[rng.choice([name for name in header if name != "__metadata__"])]
        if not isinstance(entry, dict):
            continue
        part = rng.choice(["shape", "data_offsets", "dtype", "gone", "more", "kind", "swap"])
        if part == "shape":
            entry["shape"] = rng.choice([[number], [number] * 3, [1] * 10_000, number, [[1]]])
        elif part == "data_offsets":
            entry["data_offsets"] = rng.choice(
                [[number, 16], [0, number], [8, 0], [0], number, [0, 4], [-16, 0]]
            )
        elif part == "dtype":
            entry["dtype"] = rng.choice(["F64", "I8", "F128", "BOOL", "F4", "", None, 7, ["F32"]])
        elif part == "gone":
            entry.pop(rng.choice(["shape", "data_offsets", "dtype"]), None)
        elif part == "more":
            entry["code"] = "import os"
        elif part == "kind":
            header[rng.choice(list(header))] = rng.choice([[], 1, "a", {}, None])
        else:
            header["a" * rng.choice([1, 2000])] = dict(entry)
    if rng.random() < 0.2:
        header["__metadata__"] = rng.choice(
            [{"a": 1}, [], "x", {"a": {"b": "c"}}, {"k": "v" * 10**5}]
        )
    length = rng.choice([None] * 6 + [0, 2**63, 2**40, 10**9, n - 1, n + 1])
    return torn(header, data + rng.choice([b"", b"", b"", b"x", bytes(1000)]), length)


def header_bombs(rng: random.Random) -> bytes:
    size = some_size(rng)
    one = '{"dtype":"F32","shape":[4],"data_offsets":[0,16]}'
    return torn(
        rng.choice([
            b'{"a":' + b"[" * size + b"]" * size + b"}",
            b'{"a":' * size + b"1" + b"}" * size,
            b"{" + b",".join(b'"%d":{}' % k for k in range(size)) + b"}",
            b"{" + ",".join(f'"{k}":{one}' for k in range(size // 4 + 1)).encode() + b"}",
            f'{{"a":{one},"a":{one}}}'.encode(),
            b'{"a":' + b"9" * size + b"}",
            b'{"' + b"a" * size + b'":' + one.encode() + b"}",
            b'{"a\\u0000\\ud800":' + one.encode() + b"}",
            b"{" + b" " * size,
            b'{"__metadata__":{"a":"' + b"b" * size + b'"},"w":' + one.encode() + b"}",
            b'{"\xff\xfe":1}',
            b'{"a":NaN,"b":Infinity}',
        ])
    )  # fmt: skip


def wrapped(rng: random.Random, pickled: bytes) -> bytes:
    return zipped(pickled) if rng.random() < 0.6 else legacy(pickled)


def calling(rng: random.Random) -> bytes:
    """A pickle that calls something, in one of many places; or beside the content."""
    call = exploits.calls()[rng.choice(list(exploits.calls()))]
    if rng.random() < 0.1:
        good = exploits.program(exploits.table((exploits.text("w"), exploits.tensor())))
        return legacy(good, machine=exploits.program(call))
    if rng.random() < 0.05:
        return exploits.program(call)
    places = exploits.around(call)
    return wrapped(rng, places[rng.choice(list(places))])


def asking(rng: random.Random) -> bytes:
    """A pickle that asks for too much."""
    made = exploits.bombs(rng, some_size(rng))
    return wrapped(rng, made[rng.choice(list(made))])


def stepped(rng: random.Random) -> bytes:
    """A good file's pickle with other steps in it, in a whole container again."""
    with zipfile.ZipFile(io.BytesIO(bases()[rng.choice(["zip bare", "zip whole"])])) as archive:
        root = archive.namelist()[0].split("/")[0]
        pickled = bytearray(archive.read(f"{root}/data.pkl"))
        data = f"{root}/data/"
        records = {n.removeprefix(data): archive.read(n) for n in archive.namelist() if data in n}
    for _ in range(rng.choice([1, 1, 2, 4, 10])):
        at = rng.randrange(len(pickled))
        change = rng.choice(["byte", "step", "gone", "doubled"])
        if change == "byte":
            pickled[at] = rng.randrange(256)
        elif change == "step":
            pickled[at] = rng.choice(
                b"(0.12FGIJKLMNPQRSTUVX]abcdeghijlopqrstu}\x80\x81\x85\x86\x8a\x93"
            )
        elif change == "gone":
            del pickled[at : at + rng.choice([1, 2, 8])]
        else:
            pickled[at:at] = pickled[at : at + rng.choice([1, 4, 40])]
    return zipped(bytes(pickled), records)


def zip_lies(rng: random.Random) -> bytes:
    """Whole zips with entries that a checkpoint does not have, or a list that says other things."""
    good = exploits.program(exploits.table((exploits.text("w"), exploits.tensor())))
    kind = rng.choice(
        ["name", "link", "twice", "packed", "bomb", "many", "script", "fields", "none"]
    )
    if kind == "name":
        names = ["../../evil", "/etc/passwd", "..\\evil", "C:/evil", f"{ROOT}/../x", f"{ROOT}//x",
                 "other/data.pkl", "é" * 600, f"{ROOT}/data/\x1b[2J"]  # fmt: skip
        return zipped(good, more=((rng.choice(names), b"x"),))
    if kind == "link":
        link = zipfile.ZipInfo(f"{ROOT}/data/1")
        link.external_attr = 0o120777 << 16
        return zipped(good, more=((link, b"/etc/passwd"),))
    if kind == "twice":
        raw = zipped(
            good, more=((f"{ROOT}/data.pkX", exploits.program(exploits.calls()["os.system"])),)
        )
        return raw.replace(b"data.pkX", b"data.pkl")
    if kind == "packed":
        return zipped(good, compression=zipfile.ZIP_DEFLATED)
    if kind == "bomb":
        return zipped(good, {"0": bytes(rng.choice([10**5, 10**7]))}, zipfile.ZIP_DEFLATED)
    if kind == "many":
        return zipped(good, {str(k): b"" for k in range(some_size(rng) // 50 + 1)})
    if kind == "script":
        return zipped(
            good, more=((f"{ROOT}/code/x.py", b"import os"), (f"{ROOT}/constants.pkl", b""))
        )
    if kind == "none":
        return zipped(good, {})
    raw = bytearray(zipped(good))
    signature, size = rng.choice([(b"PK\1\2", 46), (b"PK\5\6", 22), (b"PK\3\4", 30)])
    at = raw.find(signature) + rng.randrange(4, size)
    value = rng.choice([0, 1, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, rng.randrange(2**32)])
    raw[at : at + 4] = struct.pack("<I", value)
    return bytes(raw)


def mislabelled(rng: random.Random) -> bytes:
    body = rng.randbytes(rng.choice([0, 1, 7, 600]))
    heads = [
        b"", b"PK\3\4", b"PK\5\6", b"\x80\2", b"\x80\4\x95", b"\x7fELF", b"\x89HDF\r\n",
        b"version https://git-lfs", b"<!DOCTYPE html>", pickle.dumps(MAGIC, 2),
        struct.pack("<Q", 2) + b"{}", struct.pack("<Q", 100) + b"{",
    ]  # fmt: skip
    return rng.choice(heads) + body


MUTATIONS: tuple[Callable[[random.Random], bytes], ...] = (
    truncated, flipped, flipped, moved, header_lies, header_bombs, calling, calling, asking,
    stepped, stepped, zip_lies, mislabelled,
)  # fmt: skip


def made(seed: int, number: int) -> tuple[str, bytes]:
    """(mutation's name, the file) number `number` of a seed."""
    mutation = MUTATIONS[number % len(MUTATIONS)]
    return mutation.__name__, mutation(random.Random(f"{seed} {number}"))


def some(rng: random.Random) -> bytes:
    return bases()[rng.choice(list(bases()))]


def some_size(rng: random.Random) -> int:
    """Mostly small, now and then a million."""
    return int(10 ** rng.choice([1, 2, 3, 3, 3, 4, 4, 4, rng.uniform(4, 6)]))


def parses(raw: bytes) -> bool:
    """Whether a file is whole as a container, whatever stands in it: by other code than ours."""
    try:
        if raw[:4] == b"PK\3\4":
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                return any(name.endswith("/data.pkl") for name in archive.namelist())
        if raw[8:9] == b"{":
            (n,) = struct.unpack("<Q", raw[:8])
            return isinstance(json.loads(raw[8 : 8 + n]), dict)
        return raw.startswith(pickle.dumps(MAGIC, 2) + pickle.dumps(1001, 2))
    except (ValueError, zipfile.BadZipFile, RecursionError, struct.error, NotImplementedError):
        return False
