"""A folder or zip of images -> an `ImageSet`; nothing of a zip is written to disk."""

from __future__ import annotations

import io
import os
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from PIL import Image, ImageOps

from cacr_core.data.image_set import ImageSet

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
MAX_IMAGES = 50_000
MAX_ENTRIES = 100_000
MAX_BYTES = 2 * 2**30  # of all images of a zip, uncompressed
MAX_IMAGE_BYTES = 64 * 2**20
MAX_PIXELS = 50_000_000

Source = tuple[PurePosixPath, Callable[[], bytes]]


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
        with zipfile.ZipFile(path) as archive:
            return _image_set(_zip_sources(archive, path.name), size, path.name)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path.name} is a damaged zip ({error}). Pack it again.") from error


def _folder_sources(root: Path) -> Iterator[Source]:
    """Image files below `root`, in order of their names; links are not followed."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = Path(folder) / name
            if _is_image_name(name) and not file.is_symlink() and file.is_file():
                yield PurePosixPath(file.relative_to(root).as_posix()), _reader(file)


def _reader(file: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        if file.stat().st_size > MAX_IMAGE_BYTES:
            raise OSError("too large")
        return file.read_bytes()

    return read


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
        (
            PurePosixPath(*inside.parts[1:]) if wrapped else inside,
            _zip_reader(archive, entry),
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
    if len(sources) > MAX_IMAGES:
        raise ValueError(
            f"{name} holds {len(sources)} images, more than the {MAX_IMAGES} allowed. Use fewer."
        )
    if not sources:
        raise ValueError(
            f"{name} holds no images. Put files such as .png or .jpg there, in a folder a class "
            "if there are classes."
        )
    images, classes, names = [], [], []
    for inside, read in sources:
        try:
            images.append(_read_image(read(), size))
        except (
            OSError,
            ValueError,
            SyntaxError,
            EOFError,
            zipfile.BadZipFile,
            Warning,
            Image.DecompressionBombError,
            RuntimeError,
            NotImplementedError,
            ArithmeticError,
        ):
            continue
        classes.append(inside.parts[0] if len(inside.parts) > 1 else "image")
        names.append(str(inside))
    if not images:
        raise ValueError(
            f"None of the {len(sources)} images of {name} can be read. Save them as .png or .jpg."
        )
    class_names = tuple(sorted(set(classes)))
    index = {class_name: i for i, class_name in enumerate(class_names)}
    return ImageSet(
        torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous(),
        torch.tensor([index[class_name] for class_name in classes]),
        class_names,
        n_skipped=len(sources) - len(images),
        names=tuple(names),
    )


def _read_image(data: bytes, size: int) -> np.ndarray:
    """`(size, size, 3)` uint8: turned as its EXIF says, middle square, on white if see-through."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError("too many pixels")
            image.draft("RGB", (2 * size, 2 * size))
            upright = ImageOps.exif_transpose(image)
            if upright.has_transparency_data:
                see_through = upright.convert("RGBA")
                upright = Image.new("RGBA", see_through.size, "white")
                upright.alpha_composite(see_through)
            elif upright.mode.startswith("I;16"):
                upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
            return np.asarray(ImageOps.fit(upright.convert("RGB"), (size, size)))
