"""A folder or zip of images -> an `ImageSet`; nothing of a zip is written to disk."""

from __future__ import annotations

import io
import os
import stat
import struct
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps

from cacr_core.data.image_set import ImageSet

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
MAX_IMAGES = 50_000
MAX_ENTRIES = 100_000
MAX_SEEN = 500_000  # files of any kind below a folder
MAX_DIRECTORY = 32 * 2**20  # bytes of a zip's list of entries
MAX_BYTES = 2 * 2**30  # of all images of a zip, uncompressed
MAX_IMAGE_BYTES = 64 * 2**20
MAX_PIXELS = 50_000_000  # that an image's header may promise
MAX_DECODED = 25_000_000  # pixels of one image that are unpacked; of a JPEG a smaller form is
PIXELS_A_BYTE = 20  # that all images together may unpack to, beside those of any folder or zip:
PIXELS_OF_ANY = 500_000_000
MAX_SET_BYTES = 2**30  # of all images as they are kept
MAX_SECONDS = 300.0
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "BMP", "GIF", "TIFF", "PPM")
BREAKS = (
    OSError, ValueError, SyntaxError, EOFError, RuntimeError, NotImplementedError, ArithmeticError,
    IndexError, KeyError, TypeError, MemoryError, struct.error, zlib.error, zipfile.BadZipFile,
    Warning, Image.DecompressionBombError,
)  # fmt: skip
"""What a file that is no image, or a damaged one, may raise while it is read."""


class Source(NamedTuple):
    """An image file: its path, how it is read, and its bytes as they are packed."""

    inside: PurePosixPath
    read: Callable[[], bytes]
    n_packed: int


def read_images(path: Path, size: int = 32) -> ImageSet:
    """All images of a folder or zip, cut to the middle square and resized.

    The class of an image is its first-level folder; without such folders all are "image". What
    cannot be read as an image is left out and counted.

    Args:
        path: Of a folder or a .zip.
        size: Height and width to resize to, in pixels.
    """
    if not 8 <= size <= 256:
        raise ValueError(f"size must be between 8 and 256 pixels, got {size}.")
    if path.is_dir():
        sources = list(_folder_sources(path))
        return _image_set(sources, size, path.name)
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path.name} is neither a folder nor a zip. Give one of the two.")
    try:
        with path.open("rb") as file:
            _check_directory(file, path.name)
            with zipfile.ZipFile(file) as archive:
                return _image_set(_zip_sources(archive, path.name), size, path.name)
    except (zipfile.BadZipFile, NotImplementedError, OverflowError, struct.error) as error:
        raise ValueError(f"{path.name} is a damaged zip ({error}). Pack it again.") from error


def _folder_sources(root: Path) -> Iterator[Source]:
    """Image files below `root`, in order of their names; links are not followed."""
    n_seen = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        n_seen += len(files)
        if n_seen > MAX_SEEN:
            raise ValueError(
                f"{root.name or root} holds more than {MAX_SEEN:,} files. Choose one of images."
            )
        for name in sorted(files):
            file = Path(folder) / name
            if _is_image_name(name) and not file.is_symlink() and file.is_file():
                inside = PurePosixPath(file.relative_to(root).as_posix())
                yield Source(inside, _reader(file), file.stat().st_size)


def _reader(file: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        if file.stat().st_size > MAX_IMAGE_BYTES:
            raise OSError("too large")
        return file.read_bytes()

    return read


def _check_directory(file: BinaryIO, name: str) -> None:
    """Refuse a zip whose list of entries would fill the memory, before it is read."""
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - 2**17))
    tail = file.read()
    end, wide = tail.rfind(b"PK\5\6"), tail.rfind(b"PK\6\6")
    size = struct.unpack_from("<I", tail, end + 12)[0] if 0 <= end <= len(tail) - 22 else 0
    if size == 0xFFFFFFFF or wide >= 0:
        size = struct.unpack_from("<Q", tail, wide + 40)[0] if wide >= 0 else size
    if size > MAX_DIRECTORY:
        raise ValueError(
            f"{name} has a list of entries of {size / 2**20:.0f} MB, more than the "
            f"{MAX_DIRECTORY / 2**20:.0f} MB allowed. Pack fewer images."
        )
    file.seek(0)


def _zip_sources(archive: zipfile.ZipFile, name: str) -> list[Source]:
    """Image files of a zip that stays within bounds and does not reach outside itself."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ValueError(
            f"{name} holds {len(entries)} entries, more than the {MAX_ENTRIES} allowed. "
            "Pack fewer images."
        )
    chosen: list[tuple[PurePosixPath, zipfile.ZipInfo]] = []
    for entry in entries:
        inside = PurePosixPath(entry.filename.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts or ":" in entry.filename:
            raise ValueError(
                f"{name} has an entry {entry.filename!r} that points outside it. Pack it again "
                "with plain relative paths."
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ValueError(
                f"{name} has a link, {entry.filename!r}. Pack the image itself instead."
            )
        if entry.is_dir() or not _is_image_name(inside.name) or "__MACOSX" in inside.parts:
            continue
        if entry.flag_bits & 1:
            raise ValueError(f"{name} is locked with a password. Pack it without one.")
        chosen.append((inside, entry))
    total = sum(entry.file_size for _, entry in chosen)
    if total > MAX_BYTES:
        raise ValueError(
            f"The images of {name} unpack to {total / 2**30:.1f} GB, more than the "
            f"{MAX_BYTES / 2**30:.0f} GB allowed. Pack fewer or smaller images."
        )
    chosen.sort(key=lambda item: item[0])
    tops = {inside.parts[0] for inside, _ in chosen}
    wrapped = len(tops) == 1 and any(len(inside.parts) > 2 for inside, _ in chosen)
    return [
        Source(
            PurePosixPath(*inside.parts[1:]) if wrapped else inside,
            _zip_reader(archive, entry),
            entry.compress_size,
        )
        for inside, entry in chosen
    ]


def _zip_reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if entry.file_size > MAX_IMAGE_BYTES:
            raise OSError("too large")
        with archive.open(entry) as file:  # reads no further than the size it declares
            return file.read(entry.file_size)

    return read


def _is_image_name(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def _image_set(sources: list[Source], size: int, name: str) -> ImageSet:
    _check_sources(sources, size, name)
    began, n_pixels, n_bytes = time.monotonic(), 0, 0
    pixels = np.empty((len(sources), 3, size, size), np.uint8)
    classes: list[str] = []
    names: list[str] = []
    for inside, read, n_packed in sources:
        try:
            image, n_unpacked = _read_image(read(), size)
        except BREAKS:
            continue
        pixels[len(classes)] = image.transpose(2, 0, 1)
        classes.append(inside.parts[0] if len(inside.parts) > 1 else "image")
        names.append(str(inside))
        n_pixels, n_bytes = n_pixels + n_unpacked, n_bytes + n_packed
        if n_pixels > PIXELS_OF_ANY + PIXELS_A_BYTE * n_bytes:
            raise ValueError(
                f"The images of {name} unpack to more than {PIXELS_OF_ANY / 1e6:.0f} million "
                f"pixels and {PIXELS_A_BYTE} for each of their bytes. Save smaller images."
            )
        if time.monotonic() - began > MAX_SECONDS:
            raise ValueError(
                f"Reading the images of {name} takes longer than {MAX_SECONDS:.0f} s: "
                f"{len(classes):,} of {len(sources):,} were read. Use fewer or smaller images."
            )
    if not classes:
        raise ValueError(
            f"None of the {len(sources)} images of {name} can be read. Save them as .png or .jpg."
        )
    class_names = tuple(sorted(set(classes)))
    index = {class_name: i for i, class_name in enumerate(class_names)}
    return ImageSet(
        torch.from_numpy(pixels[: len(classes)]),
        torch.tensor([index[class_name] for class_name in classes]),
        class_names,
        n_skipped=len(sources) - len(classes),
        names=tuple(names),
    )


def _check_sources(sources: list[Source], size: int, name: str) -> None:
    if len(sources) > MAX_IMAGES:
        raise ValueError(
            f"{name} holds {len(sources)} images, more than the {MAX_IMAGES} allowed. Use fewer."
        )
    if not sources:
        raise ValueError(
            f"{name} holds no images. Put files such as .png or .jpg there, in a folder a class "
            "if there are classes."
        )
    n_bytes = len(sources) * 3 * size**2
    if n_bytes > MAX_SET_BYTES:
        raise ValueError(
            f"The {len(sources):,} images of {name} take {n_bytes / 2**30:.1f} GB at {size} pixels "
            f"each, more than the {MAX_SET_BYTES / 2**30:.0f} GB allowed. Use fewer."
        )


def _read_image(data: bytes, size: int) -> tuple[np.ndarray, int]:
    """`(size, size, 3)` uint8: turned as its EXIF says, middle square, on white if see-through.
    And how many pixels were unpacked for it: its header is asked first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError("too many pixels")
            image.draft("RGB", (2 * size, 2 * size))
            n_unpacked = image.width * image.height
            if n_unpacked > MAX_DECODED:
                raise ValueError("too many pixels")
            upright = ImageOps.exif_transpose(image)
            if upright.has_transparency_data:
                see_through = upright.convert("RGBA")
                upright = Image.new("RGBA", see_through.size, "white")
                upright.alpha_composite(see_through)
            elif upright.mode.startswith("I;16"):
                upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
            fitted = ImageOps.fit(upright.convert("RGB"), (size, size))
            return np.asarray(fitted), n_unpacked
