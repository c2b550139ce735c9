"""A run as one zip that opens elsewhere: data only, bounded in what it unpacks to."""

from __future__ import annotations

import contextlib
import io
import math
import re
import shutil
import stat
import time
import zipfile
from pathlib import Path

from PIL import Image

from cacr_core.runs.arrays import BREAKS, read_arrays
from cacr_core.runs.paths import entry_folders, images_folder, snapshot_steps, write_json
from cacr_core.runs.places import images_name as images_name
from cacr_core.runs.places import rewrites
from cacr_core.runs.reading import read_checked, read_json, read_metrics
from cacr_core.runs.schema import ENDED

FILES = re.compile(
    r"proof\.json|seeds\.json|seeds\.jsonl|([a-d]/)?("
    r"(config|run|probes|end)\.json|metrics\.jsonl|(probes|views-\d)\.webp|"
    r"snapshots/\d{8}\.npz|layouts/(embeddings|features)-\d{8}\.npz|(encoder|state)\.safetensors|"
    r"states/\d{8}\.safetensors)"
)
MAY_GO = re.compile(r"(.+/)?(snapshots|layouts|states)/[^/]+|(.+/)?end\.json")  # as a run goes on
MOST_FILES = 3_000  # four entries of 200 moments, in both spaces laid out, with 64 states
MOST_BYTES = 2 * 2**30
MOST_GROWTH = 4  # times its own size that a zip may unpack to; a run's arrays hardly shrink
GROWS_FREELY = 32 * 2**20  # bytes that any zip may unpack to
MOST_SECONDS = 120.0
MOST_PIXELS = 64_000_000  # of a sprite sheet
CHUNK = 2**20
ENTRY = b"PK\1\2"  # begins a line of a zip's list, and of those of the arrays within it
MOST_ENTRIES = 20 * MOST_FILES
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def to_zip(folder: Path, with_places: bool = True) -> bytes:
    """The whole run as one file that opens elsewhere; data only.

    Args:
        with_places: Whether it says where folders of images lie, or no more than their names.

    Raises:
        ValueError: It is larger than what `open_zip` opens, or a JSON file cannot be read whose
            places are to be left out.
    """
    if why := too_large(folder):
        raise ValueError(why)
    buffer, rewritten = io.BytesIO(), {} if with_places else rewrites(folder)
    with zipfile.ZipFile(buffer, "w", strict_timestamps=False) as archive:
        for path, name in _files_of(folder):
            rewrite = next((rewritten[end] for end in rewritten if name.endswith(end)), None)
            try:
                if rewrite is None:
                    archive.write(path, name)
                elif (content := rewrite(path)) is not None:
                    entry = zipfile.ZipInfo(name)  # of a fixed date, which nothing reads
                    entry.external_attr = 0o600 << 16
                    archive.writestr(entry, content)
            except FileNotFoundError:
                if not MAY_GO.fullmatch(name):
                    raise
    return buffer.getvalue()


def too_large(folder: Path) -> str:
    """Why a run goes into no run file, empty if it does."""
    sizes = []
    for path, _ in _files_of(folder):
        with contextlib.suppress(FileNotFoundError):  # thinned out meanwhile
            sizes.append(path.stat().st_size)
    if len(sizes) <= MOST_FILES and sum(sizes) <= MOST_BYTES:
        return ""
    return (
        f"A run file holds at most {MOST_FILES:,} files and {MOST_BYTES // 2**20:,} MB, this run "
        f"has {len(sizes):,} and {sum(sizes) // 2**20:,} MB. Copy its folder instead."
    )


def _files_of(folder: Path) -> list[tuple[Path, str]]:
    """What of a run goes into its file, and under which name."""
    named = ((path, path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*")))
    return [(path, name) for path, name in named if FILES.fullmatch(name) and path.is_file()]


def open_zip(content: bytes, folder: Path) -> None:
    """Make a new folder of a run file that `to_zip` made; it appears whole or not at all.

    Raises:
        ValueError: It is not a run, or larger or other than a run may be.
    """
    if (n := content.count(ENTRY)) > MOST_ENTRIES:
        raise ValueError(f"A run file holds at most {MOST_FILES:,} files, this zip lists {n:,}.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, *BREAKS):
        raise ValueError("A run file is a zip made by this app; this is no zip.") from None
    entries = archive.infolist()
    _check_entries(entries, len(content))
    arriving = folder.with_name(f".{folder.name}")
    try:
        _unpack(archive, arriving, _most_bytes(len(content)))
        check_run(arriving)
        _end(arriving)
        arriving.rename(folder)
    except BaseException as error:  # of an interrupt too
        shutil.rmtree(arriving, ignore_errors=True)
        if not isinstance(error, (*BREAKS, OSError)):
            raise
        said = str(error) or type(error).__name__
        raise ValueError(f"This run file cannot be opened: {said.rstrip('.')}.") from None


def _end(folder: Path) -> None:
    """Nothing is at work on a run that comes from a file, whatever was on the saved one."""
    stopped = {"state": "stopped", "reason": "Opened from a file."}
    if not (folder / "end.json").exists():
        write_json(folder / "end.json", stopped | {"time": time.time()})
    repeats = read_json(folder / "seeds.json")
    if repeats and repeats["state"] not in ENDED:
        write_json(folder / "seeds.json", {"wanted": repeats.get("wanted", 0), **stopped})


def _most_bytes(n_packed: int) -> int:
    """Bytes that a zip of a size may unpack to."""
    return min(MOST_BYTES, max(GROWS_FREELY, MOST_GROWTH * n_packed))


def _check_entries(entries: list[zipfile.ZipInfo], n_packed: int) -> None:
    names = [entry.filename for entry in entries]
    size, most = sum(entry.file_size for entry in entries), _most_bytes(n_packed)
    if len(entries) > MOST_FILES or size > most:
        raise ValueError(
            f"A run file of this size holds at most {MOST_FILES:,} files and unpacks to at most "
            f"{most // 2**20:,} MB, got {len(entries):,} files and {size // 2**20:,} MB. Save the "
            "run again with the app."
        )
    if foreign := [name for name in names if not FILES.fullmatch(name)]:
        raise ValueError(f"{foreign[0][:80]!r} does not belong into a run file.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is twice in this run file. Save the run again with the app.")
    for entry in entries:
        if stat.S_ISLNK(entry.external_attr >> 16) or entry.flag_bits & 1:
            raise ValueError(f"{entry.filename!r} is a link or locked. Pack the file itself.")
        if entry.compress_type not in METHODS:
            raise ValueError(f"{entry.filename!r} is packed by a method that run files do not use.")
    if "config.json" not in names:
        raise ValueError("This zip holds no config.json, so it is no run of this app.")


def _unpack(archive: zipfile.ZipFile, into: Path, most: int) -> None:
    """Write all entries; what counts is what comes out, whatever their headers say."""
    began, n_bytes = time.monotonic(), 0
    for entry in archive.infolist():
        target = into / entry.filename
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("xb") as file:
            while chunk := source.read(CHUNK):
                n_bytes += len(chunk)
                if n_bytes > most:
                    raise ValueError(f"it unpacks to more than {most // 2**20:,} MB")
                if time.monotonic() - began > MOST_SECONDS:
                    raise ValueError(f"unpacking it takes longer than {MOST_SECONDS:.0f} s")
                file.write(chunk)


def check_run(folder: Path) -> None:
    """Hold a folder to what a run is: every small file to the schema, sheets and arrays to bounds.

    Raises:
        ValueError: The sentence names the file.
    """
    for path in sorted(folder.rglob("*.json")):
        read_checked(path)
    entries = entry_folders(folder)
    config = read_checked(folder / "config.json")
    if len(entries) != len(config.get("entries", [])):
        raise ValueError(
            f"config.json names {len(config.get('entries', []))} entries, and there are "
            f"{len(entries)}"
        )
    images = images_folder(entries[0] if entries else folder)
    probes = read_checked(images / "probes.json")
    for sheet in sorted(images.glob("*.webp")):
        if _n_pixels(sheet) > MOST_PIXELS:
            raise ValueError(f"{sheet.name} has more than {MOST_PIXELS:,} pixels")
    for run in entries or [folder]:
        steps, rows = snapshot_steps(run), read_metrics(run)
        if not steps or not rows:
            raise ValueError("it holds no snapshot with metrics")
        n = read_arrays(run, steps[-1])[0].shape[1]
        if n != probes["n"]:
            raise ValueError(f"its snapshots show {n:,} images and probes.json {probes['n']:,}")


def _n_pixels(sheet: Path) -> float:
    """Of a picture that is not unpacked; infinitely many of one that Pillow itself refuses."""
    try:
        with Image.open(sheet, formats=("WEBP",)) as image:
            return image.width * image.height
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return math.inf
