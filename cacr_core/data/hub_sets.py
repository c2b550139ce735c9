"""A set of images of the Hugging Face Hub by its name: a bounded number of them, as a folder.

The Hub keeps a Parquet copy of every set that it can show. Of that as many rows as are wanted are
streamed, in groups spread over all of it, since many sets are sorted by class. What arrives lies in
`hub/OWNER--NAME` below the root of all datasets, as train/CLASS and val/CLASS, and is read like any
folder.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cacr_core.data import progress
from cacr_core.data.folders.classes import Part, part_of
from cacr_core.data.places import data_root, sweep

MARK = "hub:"
MAKING = ".making-"  # begins the name of a folder that is not whole yet
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[\w.-]{1,96})?")
MOST = {"train": 5000, "val": 1000}  # images of either part
MOST_BYTES = 2**30  # of all that is fetched
ENDINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"RIFF": ".webp", b"GIF8": ".gif",
           b"II*\0": ".tif", b"MM\0*": ".tif", b"BM": ".bmp"}  # fmt: skip


class Group(NamedTuple):
    """A group of rows of one Parquet file."""

    file: str
    number: int
    n_rows: int
    n_bytes: int


class Offer(NamedTuple):
    """What would be fetched.

    Attributes:
        name: Of the set, such as "uoft-cs/cifar10".
        groups: Of rows, by the part they go to, "train" and "val".
        image, label: The columns; no label where none was found.
        class_names: Of whole-number labels; empty where they are words.
        n_images: How many would be fetched at most.
        n_of: How many images the set has.
    """

    name: str
    groups: dict[str, list[Group]]
    image: str
    label: str
    class_names: tuple[str, ...]
    n_images: int
    n_of: int

    @property
    def megabytes(self) -> float:
        return sum(group.n_bytes for own in self.groups.values() for group in own) / 1e6


def is_hub(name: str) -> bool:
    """Whether a name of images is that of a set of the Hub."""
    return name.startswith(MARK)


def place_of(name: str) -> Path:
    """Where a set of the Hub lies once it is fetched.

    Raises:
        ValueError: It is no name of one.
    """
    return data_root() / "hub" / named(name.removeprefix(MARK)).replace("/", "--")


def fetched() -> list[str]:
    """The sets that are here, as "hub:OWNER/NAME"."""
    place = data_root() / "hub"
    if not place.is_dir():
        return []
    names = (path.name.replace("--", "/", 1) for path in sorted(place.iterdir()) if path.is_dir())
    return [f"{MARK}{name}" for name in names if NAME.fullmatch(name)]


def named(text: str) -> str:
    """The set's name in what a person typed: a name, or its page's address.

    Raises:
        ValueError: It is neither.
    """
    path = re.sub(r"^https?://[^/]+/(datasets/)?", "", text.strip()).rstrip("/")
    name = "/".join(path.split("/")[:2])
    if not NAME.fullmatch(name) or ".." in name or "--" in name:
        raise ValueError(
            f"The name of a set of images was needed, such as uoft-cs/cifar10, got {text[:80]!r}."
        )
    return name


def look_up(text: str) -> Offer:
    """What would be fetched of a set.

    Raises:
        ValueError: There is no such set, it holds no images, or there is no connection.
    """
    name = named(text)
    try:
        files = _files(name)
        parts = {part: own for part in ("train", "val") if (own := files.get(part))}
        heads = {file: _open(name, file) for own in parts.values() for file in own}
    except Exception as error:  # whatever its transport raises
        raise ValueError(f"The Hub could not tell of {name}: {_why(error)}") from None
    if not heads:
        raise ValueError(f"The Hub has no Parquet copy of {name}, from which images are streamed.")
    first = next(iter(heads.values()))
    image, label, class_names = _columns(first)
    if not image:
        raise ValueError(f"{name} has no column of images, got {', '.join(first.schema.names)}.")
    groups = {
        part: _spread([group for file in own for group in _groups(file, heads[file])], MOST[part])
        for part, own in parts.items()
    }
    n = {part: min(MOST[part], sum(g.n_rows for g in own)) for part, own in groups.items()}
    n_of = sum(head.metadata.num_rows for head in heads.values())
    return Offer(name, groups, image, label, class_names, sum(n.values()), n_of)


def fetch(offer: Offer) -> Path:
    """The images of an offer, as a folder that is there whole or not at all.

    Raises:
        ValueError: The Hub does not give them, or there is no room.
    """
    place = place_of(offer.name)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        sweep(place.parent, f"{MAKING}*")
        making = Path(tempfile.mkdtemp(dir=place.parent, prefix=MAKING))
    except OSError as error:
        raise ValueError(f"{place.parent} cannot be written ({error}). Make room there.") from error
    try:
        n_bytes = 0
        for i, (folder, content) in enumerate(_images(offer)):
            progress.tell(i, offer.n_images)
            n_bytes += len(content)
            if n_bytes > MOST_BYTES:
                break
            folder = making / folder
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{i:06}{_ending(content)}").write_bytes(content)
        if place.exists():
            shutil.rmtree(place)
        making.rename(place)
    except Exception as error:  # whatever its transport raises
        raise ValueError(
            f"The Hub did not give the images of {offer.name}: {_why(error)}"
        ) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return place


def _images(offer: Offer) -> Iterator[tuple[Path, bytes]]:
    """Folder, which is part and class, and file of each image, as many as are wanted of a part."""
    classes: dict[Any, str] = {}
    for part, groups in offer.groups.items():
        left = MOST[part]
        for group in groups:
            columns = [offer.image, offer.label] if offer.label else [offer.image]
            rows = _open(offer.name, group.file).read_row_group(group.number, columns).to_pylist()
            for row in rows[:left]:
                content = (row[offer.image] or {}).get("bytes")
                if content:
                    label = row.get(offer.label)
                    if label not in classes:
                        classes[label] = _folder_of(label, offer.class_names, classes.values())
                    yield Path(part, classes[label]), content
            left -= len(rows[:left])


def _folder_of(label: Any, names: tuple[str, ...], others: Collection[str]) -> str:
    """A label's class as the name of a folder, empty where there is none: no other's, also where
    capitals are as good as small letters."""
    if label is None or (isinstance(label, int) and label < 0) or label == "":
        return ""
    number = label if isinstance(label, int) else len(others)
    is_named = isinstance(label, int) and label < len(names)
    folder = _folder_name(names[label] if is_named else str(label))
    known = {other.casefold() for other in others}
    while folder.casefold() in known:
        folder += f" {number}"
    return folder


def _folder_name(label: str) -> str:
    """A class as the name of a folder, on any system."""
    return re.sub(r'[\x00-\x1f/\\:*?"<>|]', "-", label).strip(". ")[:80] or "-"


def _ending(content: bytes) -> str:
    return next((end for start, end in ENDINGS.items() if content.startswith(start)), ".png")


def _columns(head: Any) -> tuple[str, str, tuple[str, ...]]:
    """The columns of images and labels, and what the labels mean."""
    schema = head.schema_arrow
    told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    features = told.get("info", {}).get("features", {})
    kinds = {k: v.get("_type") for k, v in features.items() if isinstance(v, dict)}
    packed = [n for n in schema.names if _is_packed(schema.field(n).type)]
    image = next((k for k, kind in kinds.items() if kind == "Image"), packed[0] if packed else "")
    label = next((k for k, kind in kinds.items() if kind == "ClassLabel"), "")
    if label:
        return image, label, tuple(map(str, features[label].get("names", ())))
    usual = [n for n in schema.names if n.casefold() in ("label", "labels", "class", "category")]
    plain = [n for n in usual if str(schema.field(n).type) in ("string", "int64", "int32")]
    return image, plain[0] if plain else "", ()


def _is_packed(kind: Any) -> bool:
    return any(kind.field(i).name == "bytes" for i in range(getattr(kind, "num_fields", 0)))


def _groups(file: str, head: Any) -> list[Group]:
    rows = (head.metadata.row_group(i) for i in range(head.metadata.num_row_groups))
    return [Group(file, i, row.num_rows, row.total_byte_size) for i, row in enumerate(rows)]


def _spread(groups: list[Group], most: int) -> list[Group]:
    """As many groups as hold `most` rows, evenly from first to last."""
    total = sum(group.n_rows for group in groups)
    if total <= most:
        return groups
    n = max(1, min(len(groups), -(-most * len(groups) // total)))
    return [groups[round(i * (len(groups) - 1) / max(1, n - 1))] for i in range(n)]


def _files(name: str) -> dict[Part, list[str]]:
    """The files of the Parquet copy by part; "test" stands for "val" where there is no other."""
    from huggingface_hub import HfApi

    every = HfApi().list_repo_files(name, repo_type="dataset", revision="refs/convert/parquet")
    every = sorted(file for file in every if file.endswith(".parquet"))
    configs = list(dict.fromkeys(file.split("/")[0] for file in every))
    config = "default" if "default" in configs else next(iter(configs), "")
    found: dict[Part, list[str]] = {}
    for file in every:
        where = file.split("/")
        if where[0] == config and len(where) > 2:
            part = part_of(where[1].replace("partial-", "")) or "train"
            found.setdefault(part, []).append(file)
    if "val" not in found and "test" in found:
        found["val"] = found.pop("test")
    if "train" not in found and "val" in found:
        found["train"] = found.pop("val")
    return found


def _open(name: str, file: str) -> Any:
    """A Parquet file of the Hub, of which only what is asked for is fetched."""
    import pyarrow.parquet as pq
    from huggingface_hub import HfFileSystem

    return pq.ParquetFile(HfFileSystem().open(f"datasets/{name}@~parquet/{file}"))


def _why(error: Exception) -> str:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
    return first if first.endswith(".") else f"{first}."
