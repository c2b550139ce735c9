"""MedMNIST's sets of 28 x 28 pixels: one .npz each, which the package `medmnist` fetches."""

from __future__ import annotations

import importlib.util
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cacr_core.data.damage import BREAKS, CLAIMS
from cacr_core.data.image_set import ImageSet
from cacr_core.data.places import below_home, data_root

WHERE = "medmnist"  # below the root of all datasets


@dataclass(frozen=True)
class Medical:
    """One set.

    Args:
        source: Its class in the package.
        class_names: In the order of its labels.
    """

    source: str
    class_names: tuple[str, ...]

    def is_here(self, name: str, root: str | Path | None = None) -> bool:
        """Whether it has been fetched, here or into the package's own folder, to its end."""
        return zipfile.is_zipfile(_file(name, root))

    def read(self, name: str, root: str | Path | None, download: bool) -> tuple[ImageSet, ImageSet]:
        """Images to train on and to score on, fetched first if they are not there and `download`.

        Raises:
            ValueError: In one sentence, what is missing and what to do.
        """
        if download and not self.is_here(name, root):
            self._fetch(name, root)
        path = _file(name, root)
        if not path.is_file():
            raise ValueError(
                f"{name} is not in {data_root(root) / WHERE}. Put {name}.npz there, set CACR_DATA "
                "to where it is, or download it in the app, under Images."
            )
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as table:
                return tuple(self._part(table, part) for part in ("train", "test"))  # type: ignore[return-value]
        except CLAIMS as error:
            raise ValueError(
                f"{path} cannot be read ({str(error).rstrip('.')}). Remove it and download again."
            ) from error

    def _part(self, table: np.lib.npyio.NpzFile, part: str) -> ImageSet:
        images = torch.from_numpy(table[f"{part}_images"])
        images = images[..., None].repeat(1, 1, 1, 3) if images.ndim == 3 else images
        labels = torch.from_numpy(table[f"{part}_labels"].astype(np.int64)).flatten()
        return ImageSet(images.permute(0, 3, 1, 2).contiguous(), labels, self.class_names)

    def _fetch(self, name: str, root: str | Path | None) -> None:
        if importlib.util.find_spec("medmnist") is None:
            raise ValueError(
                f"{name} is fetched by the package medmnist, which is not installed. Run pip "
                f"install medmnist, or put {name}.npz into {data_root(root) / WHERE}."
            )
        import medmnist  # type: ignore[import-not-found, unused-ignore]

        place = data_root(root) / WHERE
        try:
            place.mkdir(parents=True, exist_ok=True)
            getattr(medmnist, self.source)(split="train", root=str(place), download=True)
        except BREAKS as error:
            raise ValueError(
                f"{name} could not be downloaded to {place} ({error}). Check the connection and "
                "the folder, or choose shapes or digits, which need no download."
            ) from error


def _file(name: str, root: str | Path | None) -> Path:
    """Where a set is: below the root, else in the package's own folder if it is there."""
    own, usual = data_root(root) / WHERE / f"{name}.npz", below_home(".medmnist", f"{name}.npz")
    return usual if usual and usual.is_file() and not own.is_file() else own


MEDICAL: dict[str, Medical] = {
    "pathmnist": Medical(
        "PathMNIST",
        ("adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle",
         "normal colon mucosa", "cancer-associated stroma", "adenocarcinoma epithelium"),
    ),
    "dermamnist": Medical(
        "DermaMNIST",
        ("actinic keratoses", "basal cell carcinoma", "benign keratosis", "dermatofibroma",
         "melanoma", "melanocytic nevi", "vascular lesions"),
    ),
    "bloodmnist": Medical(
        "BloodMNIST",
        ("basophil", "eosinophil", "erythroblast", "immature granulocytes", "lymphocyte",
         "monocyte", "neutrophil", "platelet"),
    ),
}  # fmt: skip
