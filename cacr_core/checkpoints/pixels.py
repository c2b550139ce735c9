"""How images are fed to an encoder: their size, their colours, and by what they are normalised.

No file of weights stores it. What decides, the first that is there: numbers of its own that a file
or a configuration beside it holds; the code base and the dataset that the file, a configuration or
its path names; the code base and the size of its images. All of it stands in one table.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, NamedTuple

from cacr_core.checkpoints.architecture import Network
from cacr_core.checkpoints.beside import entry
from cacr_core.checkpoints.card import Normalisation
from cacr_core.checkpoints.families import NORMALISATIONS, Family

SIZES = {
    "cifar10": 32, "cifar100": 32, "tinyimagenet": 64, "stl10": 96, "imagenet100": 224,
    "imagenet": 224,
}  # fmt: skip
BY_SIZE = {32: "cifar10", 64: "stl10", 96: "stl10"}
USUAL = {
    "cifar10": "cifar10", "cifar100": "cifar100", "stl10": "stl10", "tinyimagenet": "imagenet",
    "imagenet100": "imagenet", "imagenet": "imagenet",
}  # fmt: skip
# what code bases do to the images of a dataset, read from their sources; "" is any other
CODE_BASES: dict[str, Mapping[str, str]] = {
    "one for all": {"": "cifar10-247"},  # on STL-10 too
    "solo-learn": {"cifar10": "cifar10-247", "cifar100": "cifar100-2673", "stl10": "stl10-247"},
    "supcontrast": {"cifar10": "cifar10", "cifar100": "cifar100", "": "cifar10"},
    "simclr": {"": "none"},
    "cmc": {"": "ydbdr"},
    "cmc's own": {"": "lab"},
    "clip": {"": "clip"},
    "half": {"": "minus one to one"},
    "this app": {"": "minus one to one"},
    "by dataset": USUAL,
}
SPACES = ("ydbdr", "lab")  # normalisations of other colours than RGB, and their spaces
NAMED = re.compile(r"(?<![a-z])(cifar[-_ ]?100?|stl[-_ ]?10|tiny[-_ ]?imagenet|imagenet[-_ ]?100|"
                   r"imagenet)(?![0-9a-z])")  # fmt: skip
IN_FACTS = ("dataset", "dataset_name", "data_name", "train_dataset", "ds_name")
PATHS_IN_FACTS = ("data", "data_path", "data_dir", "data_folder", "train_data_path", "root")
FOLDERS = 6  # of a path that are looked at


class Dataset(NamedTuple):
    """What a checkpoint was trained on: its name, known by what; empty where nothing says."""

    name: str = ""
    known_by: str = ""

    @property
    def key(self) -> str:
        """As the tables have it; "" where they have it not."""
        found = NAMED.search(self.name.lower())
        return re.sub("[^a-z0-9]", "", found[0]) if found else ""


def dataset_of(facts: Mapping[str, Any], beside: Mapping[str, Any], path: Any) -> Dataset:
    """From the file's own entries, then a configuration beside it, then its path."""
    for where, entries in (("the file", facts), ("a configuration beside it", beside)):
        if isinstance(value := entry(dict(entries), *IN_FACTS), str) and value:
            return Dataset(value, f"{where}, which names {value}")
        value = entry(dict(entries), *PATHS_IN_FACTS)
        if isinstance(value, str) and (found := NAMED.search(value.lower())):
            return Dataset(found[0], f"{where}, whose data lies in {value}")
    for part in reversed(getattr(path, "parts", ())[-FOLDERS:]):
        if found := NAMED.search(part.lower().replace("cifar100", "cifar-100")):
            return Dataset(found[0], f"its path, which says {found[0]}")
    return Dataset()


def size_of(
    family: Family,
    network: Network,
    dataset: Dataset,
    facts: Mapping[str, Any],
    beside: Mapping[str, Any],
) -> tuple[int, str]:
    """Height and width of images in pixels, and a sentence on what was assumed."""
    if family.pixels == "this app" and dataset.name:  # a run's own; a folder's was chosen
        from cacr_core.views import recipe_for

        chosen = facts.get("config.image_size")
        side = chosen if type(chosen) is int and 8 <= chosen <= 1024 else 32
        return network.image_size or recipe_for(dataset.name, side).size, ""
    own = size_in(beside)
    step = network.patch if network.kind == "vit" else 1
    is_free = network.kind == "vit" or not network.image_size
    if own and is_free and own != network.image_size and own % step == 0:
        from_positions = " Its positions are interpolated." if network.image_size else ""
        return own, f"The size is that of a configuration beside the file.{from_positions}"
    if network.image_size:
        return network.image_size, ""
    if dataset.key in SIZES:
        return SIZES[dataset.key], f"The size is that of {dataset.name}, by {dataset.known_by}."
    is_small = network.stem == "cifar" or network.kind.startswith("small")
    size = 32 if is_small else family.image_size
    return size, f"Any image size fits; {size} pixels are assumed."


def size_in(beside: Mapping[str, Any]) -> int | None:
    """Pixels that images are cut to, as a configuration has it."""
    entries = dict(beside)
    for name in (
        "crop_size.height", "crop_size", "size.height", "size.shortest_edge", "size", "input_size",
        "image_size", "img_size",
    ):  # fmt: skip
        for key, value in entries.items():
            if not key.endswith(f".{name}"):
                continue
            if isinstance(value, list) and len(value) == 3:
                value = value[-1]
            if isinstance(value, int) and not isinstance(value, bool) and 8 <= value <= 1024:
                return value
    return None


def normalisation_of(
    family: Family,
    network: Network,
    size: int,
    dataset: Dataset,
    facts: Mapping[str, Any],
    beside: Mapping[str, Any],
) -> Normalisation:
    """What is done to pixels, and by what that was known."""
    for where, entries in (("the file", facts), ("a configuration beside it", beside)):
        if own := numbers_in(dict(entries), network.channels):
            return Normalisation(*own, source=f"{where}, which holds these numbers")
    name, source = named(family, size, dataset)
    mean, std = NORMALISATIONS[name]
    space = name if name in SPACES else "rgb"
    if network.channels < 3:
        part = slice(0, 1) if network.channels == 1 else slice(1, 3)
        mean, std = mean[part], std[part]
    return Normalisation(mean, std, source=source, space=space)


def named(family: Family, size: int, dataset: Dataset) -> tuple[str, str]:
    """A name in `NORMALISATIONS`, and by what it was chosen."""
    table = CODE_BASES.get(family.pixels, {})
    if dataset.key in table and dataset.key:
        return table[dataset.key], f"{family.name} and {dataset.known_by}"
    if "" in table:
        return table[""], f"what {family.name} does to images"
    if dataset.key in USUAL:
        return USUAL[dataset.key], f"what is usual for {dataset.name}, by {dataset.known_by}"
    if family.pixels in CODE_BASES and size in BY_SIZE:
        key = BY_SIZE[size]
        found = table.get(key, key)
        return found, f"what {family.name} does to images of {key}, whose size is {size} pixels"
    return "imagenet", "what most code does to photographs (ImageNet's mean and deviation)"


def numbers_in(
    entries: dict[str, Any], channels: int
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """A mean and a deviation that are written down; (0, 1) where it is written that none is."""
    if entry(entries, "do_normalize") is False:
        return (0.0,) * min(channels, 3), (1.0,) * min(channels, 3)
    for names in (("image_mean", "image_std"), ("mean", "std")):
        mean, std = (row_of(entry(entries, name), channels) for name in names)
        if mean and std and min(std) > 0 and all(map(isfinite, mean + std)):
            if max(mean) > 1.5 or min(std) > 1.5:  # of pixels to 255
                mean, std = (tuple(v / 255 for v in values) for values in (mean, std))
            return mean, std
    return None


def row_of(value: Any, channels: int) -> tuple[float, ...]:
    """As many numbers as an image has channels; empty where it is something else."""
    if isinstance(value, str):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return ()
    if not isinstance(value, list | tuple) or len(value) != channels:
        return ()
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in value):
        return ()
    return tuple(float(v) for v in value)


def by_hand(text: str, channels: int = 3) -> Normalisation:
    """A normalisation that a person gives: a name, or the numbers as "mean / deviation", each one
    number or one a channel, with commas or spaces between; of two channels a name alone, which
    says of which colours they are.

    Raises:
        ValueError: It is neither.
    """
    if channels == 2 and text not in SPACES:
        raise ValueError(
            f"normalisation must be one of {', '.join(SPACES)} where images have 2 channels, got "
            f"{text!r}."
        )
    if text in NORMALISATIONS:
        mean, std = NORMALISATIONS[text]
        if channels < 3:
            part = slice(0, 1) if channels == 1 else slice(1, 3)
            mean, std = mean[part], std[part]
        return Normalisation(mean, std, False, space=text if text in SPACES else "rgb")
    halves = [half.replace(",", " ").split() for half in text.split("/")]
    try:
        numbers = [tuple(float(one) for one in half) for half in halves]
    except ValueError:
        numbers = []
    if len(numbers) == 2:
        mean, std = (row * channels if len(row) == 1 else row for row in numbers)
        if len(mean) == len(std) == channels and min(std) > 0 and all(map(isfinite, mean + std)):
            return Normalisation(mean, std, assumed=False)
    raise ValueError(
        f"normalisation must be one of {', '.join(NORMALISATIONS)}, or {channels} means and as "
        f"many deviations above 0 as in '0.5, 0.5, 0.5 / 0.2, 0.2, 0.2', got {text!r}."
    )


def candidates(now: Normalisation) -> dict[str, Normalisation]:
    """What else images may have been normalised by, the one assumed first; for RGB images."""
    found = {"as assumed" if now.assumed else "as set by hand": now}
    for name, (mean, std) in NORMALISATIONS.items():
        if name not in SPACES and (mean, std) != (now.mean, now.std):
            found[name] = Normalisation(mean, std, assumed=False)
    return found
