"""Images through a network, layer by layer: resized and normalised, in eval mode, no gradients."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cacr_core.checkpoints.features.batches import at_once, each
from cacr_core.checkpoints.features.preparing import prepare
from cacr_core.models import memory_format
from cacr_core.training.devices import fetched

FEATURES, HEAD = "features", "head"
PIXELS_AT_ONCE = 128 * 64 * 64  # of a batch: 128 images of 64 pixels, 10 of 224

Progress = Callable[[int, int], Any]


class NotFinite(ValueError):
    """Features of some images are NaN or infinite."""


def embed(
    module: nn.Module,
    images: Tensor,
    *,
    input_size: int,
    mean: Sequence[float],
    std: Sequence[float],
    space: str = "rgb",
    layer: str = FEATURES,
    head: nn.Module | None = None,
    batch_size: int | None = None,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> np.ndarray:
    """`(n, dim)` float32: what one layer makes of the images, as `embed_layers` has it."""
    found = embed_layers(
        module,
        images,
        input_size=input_size,
        mean=mean,
        std=std,
        space=space,
        layers=(layer,),
        head=head,
        batch_size=batch_size,
        device=device,
        progress=progress,
    )
    return found[layer]


def embed_layers(
    module: nn.Module,
    images: Tensor,
    *,
    input_size: int,
    mean: Sequence[float],
    std: Sequence[float],
    space: str = "rgb",
    layers: Sequence[str] = (FEATURES,),
    head: nn.Module | None = None,
    batch_size: int | None = None,
    device: str | torch.device = "cpu",
    must_be_finite: bool = True,
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """`(n, dim)` float32 of each layer, in one pass over the images.

    The module is left in the mode it was in, on `device`; its batch norms' statistics are not
    touched. An inner layer's output `(n, dim, height, width)` or `(n, token, dim)` is averaged
    over its places.

    Args:
        module: Images -> features `(n, dim)`, or a pair of features and embeddings.
        images: `(n, 3, height, width)` uint8.
        input_size: Height and width the module sees.
        mean, std: Of pixels in [0, 1]; one number each where the module takes grey images.
        space: Of colours: rgb, ydbdr or lab.
        layers: "features" (what the module gives), "head" (what the head makes of it), or names
            that `layers_of` lists.
        head: Features -> embeddings; not needed where the module gives both.
        batch_size: None for what is fast and takes little memory at this size.
        must_be_finite: Whether NaN and infinity are refused.
        progress: Called with (images done, all) after each batch; what it raises ends the work.

    Raises:
        NotFinite: A feature is not finite and must be.
        ValueError: A layer is not there.
    """
    inner = layers_of(module)
    _check(images, layers, [*inner, FEATURES, HEAD])
    where = torch.device(device)
    share = -(-len(images) // at_once(where))
    batch_size = batch_size or max(8, min(128, PIXELS_AT_ONCE // input_size**2, share))
    feed = partial(prepare, input_size=input_size, mean=mean, std=std, space=space)
    found: dict[str, np.ndarray] = {}
    done = 0
    with _ready([m for m in (module, head) if m is not None], where):
        with _watched({name: inner[name] for name in layers if name in inner}) as seen:
            through = partial(_through, module, head, layers, seen, feed, where)
            for made in each(through, images.split(batch_size), where):
                for name, value in made.items():
                    if name not in found:
                        found[name] = np.empty((len(images), value.shape[1]), np.float32)
                    found[name][done : done + len(value)] = value
                done += len(value)
                if progress:
                    progress(done, len(images))
    if must_be_finite:
        _check_finite(found)
    return found


def _through(
    module: nn.Module,
    head: nn.Module | None,
    layers: Sequence[str],
    seen: _Seen,
    feed: Callable[[Tensor], Tensor],
    device: torch.device,
    batch: Tensor,
) -> dict[str, np.ndarray]:
    """What each layer makes of one batch."""
    wants_head = HEAD in layers
    with torch.inference_mode():
        x = feed(batch.to(device)).contiguous(memory_format=memory_format(device))
        made = _outputs(module(x), head if wants_head else None, wants_head) | seen.layers
        found = fetched(*(made[name].float() for name in layers))
        return {name: value.numpy() for name, value in zip(layers, found, strict=True)}


def _check(images: Tensor, layers: Sequence[str], known: Sequence[str]) -> None:
    if images.ndim != 4 or images.shape[1] != 3 or images.dtype != torch.uint8:
        raise ValueError(
            "Features are made of uint8 images of shape (n, 3, height, width), got "
            f"{images.dtype} of shape {tuple(images.shape)}."
        )
    if unknown := [name for name in layers if name not in known]:
        raise ValueError(f"There is no layer {unknown[0]!r}. Choose from {', '.join(known)}.")


def _check_finite(found: Mapping[str, np.ndarray]) -> None:
    for name, values in found.items():
        if not np.isfinite(values).all():
            raise NotFinite(
                f"Features must be finite, {name} gives nan or infinity for some images. Check the "
                "weights and the normalisation."
            )


def layers_of(module: nn.Module) -> dict[str, nn.Module]:
    """Inner layers worth comparing, in order: the stem and each block of a ResNet, each block of a
    ViT or a SmallAlexNet, each activation of a plain sequence. Names are paths in the module."""
    backbone = getattr(module, "backbone", None)
    if isinstance(backbone, nn.Module):
        return {f"backbone.{name}": layer for name, layer in layers_of(backbone).items()}
    children = dict(module.named_children())
    if "layer1" in children:
        chosen = {"maxpool": children["maxpool"]} if "maxpool" in children else {}
        for name, part in children.items():
            if name.startswith("layer"):
                chosen |= {f"{name}.{i}": block for i, block in part.named_children()}
        return chosen
    if isinstance(children.get("blocks"), nn.ModuleList | nn.Sequential):
        return {f"blocks.{i}": block for i, block in children["blocks"].named_children()}
    if isinstance(children.get("stages"), nn.Sequential):
        return {
            f"stages.{i}.blocks.{j}": block
            for i, stage in children["stages"].named_children()
            for j, block in stage.get_submodule("blocks").named_children()
        }
    if isinstance(module, nn.Sequential):
        return {
            name: child
            for name, child in children.items()
            if isinstance(child, nn.ReLU | nn.GELU | nn.SiLU | nn.Sequential)
        }
    return children


def _outputs(out: Any, head: nn.Module | None, wants_head: bool) -> dict[str, Tensor]:
    """Features and, where asked, the head's output."""
    made = dict(zip((FEATURES, HEAD), out, strict=False)) if isinstance(out, tuple) else {}
    if not made:
        made = {FEATURES: out}
    if head is not None:
        made[HEAD] = head(made[FEATURES])
    if wants_head and HEAD not in made:
        raise ValueError("The head's output was asked for and there is no head. Take features.")
    for name, value in made.items():
        if value.ndim != 2:
            raise ValueError(
                f"The module must give {name} of shape (n, dim), got {tuple(value.shape)}."
            )
    return made


@contextmanager
def _ready(modules: Sequence[nn.Module], device: str | torch.device) -> Iterator[None]:
    """Eval mode on the device, and each part back in its own mode afterwards.

    Their values are left alone, however they lie in memory.
    """
    training = [part for module in modules for part in module.modules() if part.training]
    for module in modules:
        module.to(device).to(memory_format=memory_format(torch.device(device))).eval()
    try:
        yield
    finally:
        for part in training:
            part.training = True


class _Seen(threading.local):
    """What the layers gave in a thread's last pass, averaged over places, by name."""

    def __init__(self) -> None:
        self.layers: dict[str, Tensor] = {}


@contextmanager
def _watched(layers: Mapping[str, nn.Module]) -> Iterator[_Seen]:
    seen = _Seen()

    def keep(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_: nn.Module, __: Any, out: Any) -> None:
            out = out[0] if isinstance(out, tuple) else out
            # a copy in any case: what follows may work in place
            seen.layers[name] = _mean_over_places(out)

        return hook

    with ExitStack() as hooks:
        for name, layer in layers.items():
            hooks.callback(layer.register_forward_hook(keep(name)).remove)
        yield seen


def _mean_over_places(x: Tensor) -> Tensor:
    if x.ndim == 2:
        return x.clone()
    return x.flatten(2).mean(2) if x.ndim == 4 else x.flatten(1, -2).mean(1)
