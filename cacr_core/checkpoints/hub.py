"""A model of the Hugging Face Hub by its name: what it would fetch is told before it is fetched.

huggingface_hub does the talking and keeps the files in its own cache, which is also looked into
for models that are there already. Only weights and small configurations are fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from cacr_core.checkpoints.folders import INDEXES, USUAL, snapshots, weights_in

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}")
CONFIGS = ("config.json", "preprocessor_config.json", "open_clip_config.json")
WEIGHTS = (".safetensors", ".bin", ".pth", ".pt", ".ckpt")  # in the order of preference
Progress = Callable[[int, int], Any]


class Offer(NamedTuple):
    """What would be fetched.

    Attributes:
        name: Of the model, "facebook/dinov2-small".
        revision: The commit that was looked up, so that nothing else is fetched.
        main: Its weights, or the index of their parts.
        files: All that would be fetched, with bytes.
    """

    name: str
    revision: str
    main: str
    files: dict[str, int]

    @property
    def megabytes(self) -> float:
        return sum(self.files.values()) / 1e6


def named(text: str) -> str:
    """The model's name in what a person typed: a name, or its page's address.

    Raises:
        ValueError: It is neither.
    """
    path = re.sub(r"^(https?://[^/]+|(www\.)?(huggingface\.co|hf\.co))/", "", text.strip())
    name = "/".join(re.split("[?#]", path)[0].strip("/").split("/")[:2])
    if not NAME.fullmatch(name) or ".." in name:
        raise ValueError(
            f"The name of a model was needed, such as facebook/dinov2-small, got {text[:80]!r}."
        )
    return name


def look_up(text: str) -> Offer:
    """Which files a model's weights are, safetensors before others.

    Raises:
        ValueError: There is no such model, none with weights, or no connection.
    """
    name = named(text)
    hub = _hub()
    try:
        info = hub.HfApi().model_info(name, files_metadata=True, timeout=20)
    except Exception as error:  # whatever its transport raises
        raise ValueError(f"The Hub could not tell of {name}: {_why(error)}") from None
    sizes = {one.rfilename: int(one.size or 0) for one in info.siblings or ()}
    main, weights = _weights(sizes)
    if not main:
        raise ValueError(
            f"{name} holds no weights that can be opened here; "
            f"it needs a file that ends in {', '.join(WEIGHTS)}."
        )
    files = {one: sizes[one] for one in (*weights, *CONFIGS) if one in sizes}
    return Offer(name, str(info.sha), main, files)


def _weights(sizes: dict[str, int]) -> tuple[str, list[str]]:
    """The main file and all that belongs to it; the first that a folder stands for, else the
    smallest of the best kind."""
    for main in (*INDEXES, *USUAL):
        if main not in sizes:
            continue
        if main in INDEXES:
            stem, end = main.removesuffix(".index.json").rsplit(".", 1)
            parts = [n for n in sizes if n.startswith(f"{stem}-") and n.endswith(f".{end}")]
            return main, [main, *parts]
        return main, [main]
    for end in WEIGHTS:
        own = [name for name in sizes if name.endswith(end)]
        if own:
            main = min(own, key=lambda name: (sizes[name], name))
            return main, [main]
    return "", []


def fetch(offer: Offer, progress: Progress | None = None) -> Path:
    """The files of an offer, in the Hub's cache; the path of its weights. Those that are there
    already are not fetched again.

    Raises:
        ValueError: The Hub does not give them.
    """
    hub = _hub()
    done, total = 0, sum(offer.files.values())
    path = Path()
    for name in sorted(offer.files, key=lambda one: (one == offer.main, offer.files[one])):
        if progress:
            progress(done, total)
        try:
            path = Path(hub.hf_hub_download(offer.name, name, revision=offer.revision))
        except Exception as error:  # whatever its transport raises
            raise ValueError(
                f"The Hub did not give {name} of {offer.name}: {_why(error)}"
            ) from None
        done += offer.files[name]
    if progress:
        progress(total, total)
    return path


def cached(text: str) -> Path | None:
    """The folder of a model whose weights are in the cache already: its main revision as the cache
    knows it, else what came last; None where there is none. No connection."""
    name = named(text)
    try:
        from huggingface_hub import constants
    except ImportError:
        return None
    model = Path(constants.HF_HUB_CACHE) / f"models--{name.replace('/', '--')}"
    endings = (*WEIGHTS, *INDEXES)
    return next(
        (f for f in snapshots(model) if any(w.name.endswith(endings) for w in weights_in(f))), None
    )


def _hub() -> Any:
    try:
        import huggingface_hub
    except ImportError:
        raise ValueError(
            "Models of the Hub need the package huggingface_hub; install it with "
            "`pip install huggingface_hub` and start the app again."
        ) from None
    return huggingface_hub


def _why(error: Exception) -> str:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
    return first if first.endswith(".") else f"{first}."
