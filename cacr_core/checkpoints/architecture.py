"""Which network tensors belong to, by their names and shapes alone; no torch."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping

from cacr_core.checkpoints import clip_resnets, convnexts, vits
from cacr_core.checkpoints.forms import MaxPool as MaxPool
from cacr_core.checkpoints.forms import Network as Network
from cacr_core.checkpoints.forms import Shapes as Shapes

RESNETS: dict[str, tuple[bool, tuple[int, ...]]] = {
    "resnet18": (False, (2, 2, 2, 2)),
    "resnet34": (False, (3, 4, 6, 3)),
    "resnet50": (True, (3, 4, 6, 3)),
    "resnet101": (True, (3, 4, 23, 3)),
    "resnet152": (True, (3, 8, 36, 3)),
}
ALEXNET = (96, 192, 384, 384, 192)  # widths of its convolutions
SMALL = ((24, 5), (64, 3), (128, 3), (128, 3))  # width and kernel of this app's small network
COUNTER = "num_batches_tracked"  # of a batch norm: files from before 2019 have none


def network_of(kind: str, shapes: Mapping[str, tuple[int, ...]], style: str = "") -> Network | None:
    """The network that has tensors of these names and shapes, None if it is of no known form.

    Args:
        kind: resnet, vit, convnext, clip_resnet, small_alexnet or small.
        shapes: By the architecture's own names; others may stand between.
        style: Whose names they were, a key of `keys.STYLES`: it decides what weights do not show.
    """
    try:
        if kind == "vit":
            net = vits.network_of(shapes, style)
        else:
            read = {
                "resnet": _resnet, "convnext": convnexts.network_of,
                "clip_resnet": clip_resnets.network_of, "small_alexnet": _alexnet, "small": _small,
            }  # fmt: skip
            net = read[kind](shapes)
    except (KeyError, IndexError, ValueError, ZeroDivisionError):
        return None
    return net if net and net.feature_dim else None


def network_named(name: str, stem: str | None = None, image_size: int | None = None) -> Network:
    """The usual network of a name, for a person who knows better than the shapes.

    Raises:
        ValueError: There is none of that name.
    """
    if name in RESNETS:
        bottleneck, layers = RESNETS[name]
        net = Network(
            name=name,
            kind="resnet",
            feature_dim=2048 if bottleneck else 512,
            layers=layers,
            bottleneck=bottleneck,
        )
        return with_stem(net, stem or "imagenet")
    if vit := vits.network_named(name):
        return vit
    if name == "small_alexnet":
        return Network(name=name, kind=name, feature_dim=4096, image_size=image_size or 32)
    if name == "small":
        return Network(name=name, kind=name, feature_dim=SMALL[-1][0])
    raise ValueError(
        f"architecture must be {', '.join(RESNETS)}, vit_small_patch16_224 or the like, "
        f"small_alexnet or small, got {name!r}."
    )


def with_stem(network: Network, stem: str) -> Network:
    """A ResNet with the usual form of a stem.

    Raises:
        ValueError: The stem is neither imagenet nor cifar.
    """
    if stem not in ("imagenet", "cifar"):
        raise ValueError(f"stem must be imagenet or cifar, got {stem!r}.")
    if stem == "imagenet":
        return dataclasses.replace(network, stem=stem, stem_padding=3, max_pool="stride 2")
    return dataclasses.replace(network, stem=stem, stem_padding=1, max_pool="none")


def expected(network: Network) -> Shapes:
    """Names and shapes of the network's tensors up to its features, batch norms' counters left
    out."""
    make = {
        "resnet": _of_resnet, "vit": vits.expected, "convnext": convnexts.expected,
        "clip_resnet": clip_resnets.expected,
        "small_alexnet": _of_alexnet, "small": _of_small,
    }  # fmt: skip
    return make[network.kind](network)


def n_numbers(network: Network) -> int:
    """Weights and statistics of a network."""
    return sum(map(math.prod, expected(network).values()))


def _resnet(shapes: Mapping[str, tuple[int, ...]]) -> Network | None:
    parts: dict[int, set[int]] = {}
    for name in shapes:
        if found := re.fullmatch(r"layer([0-9])\.([0-9]{1,4})\.conv1\.weight", name):
            parts.setdefault(int(found[1]), set()).add(int(found[2]))
    if set(parts) != {1, 2, 3, 4}:
        return None
    layers = tuple(len(parts[i]) for i in sorted(parts))
    bottleneck = "layer1.0.conv3.weight" in shapes
    names = [name for name, form in RESNETS.items() if form == (bottleneck, layers)]
    stem_width, channels, kernel, _ = shapes["conv1.weight"]
    width = shapes["layer1.0.conv1.weight"][0]
    growth, last = (4, "conv3") if bottleneck else (1, "conv2")
    inner, outer = shapes["layer1.0.conv2.weight"], shapes[f"layer1.0.{last}.weight"][0]
    if not names or kernel not in (3, 7) or inner[:2] != (width, width) or outer != growth * width:
        return None  # deeper, in groups, or wider inside a block only
    net = Network(
        name=names[0],
        kind="resnet",
        feature_dim=8 * width * growth,
        channels=channels,
        layers=layers,
        bottleneck=bottleneck,
        width=width,
        stem_width=stem_width,
    )
    return with_stem(net, "imagenet" if kernel == 7 else "cifar")


def _alexnet(shapes: Mapping[str, tuple[int, ...]]) -> Network | None:
    flat = shapes["blocks.5.1.weight"][1]
    sizes = [s for s in range(15, 257) if 192 * alexnet_side(s) ** 2 == flat]
    if not sizes or shapes["blocks.0.0.weight"][0] != ALEXNET[0]:
        return None
    # several sizes give one width; 32 and 64 are the papers'
    size = next((s for s in sizes if s in (32, 64)), sizes[0])
    return Network(
        name="small_alexnet",
        kind="small_alexnet",
        feature_dim=4096,
        image_size=size,
        channels=shapes["blocks.0.0.weight"][1],
    )


def alexnet_side(image_size: int) -> int:
    """Places along a side after the three 3 x 3 poolings at stride 2 of SmallAlexNet."""
    for _ in range(3):
        image_size = (image_size - 3) // 2 + 1
    return image_size


def _small(shapes: Mapping[str, tuple[int, ...]]) -> Network | None:
    if shapes["0.weight"] != (SMALL[0][0], 3, SMALL[0][1], SMALL[0][1]):
        return None
    return Network(name="small", kind="small", feature_dim=shapes["14.running_mean"][0])


def _norm(name: str, width: int, affine: bool = True) -> Shapes:
    parts = ("weight", "bias") if affine else ()
    return {f"{name}.{part}": (width,) for part in (*parts, "running_mean", "running_var")}


def _of_resnet(net: Network) -> Shapes:
    kernel = 7 if net.stem == "imagenet" else 3
    out: Shapes = {"conv1.weight": (net.stem_width, net.channels, kernel, kernel)}
    out |= _norm("bn1", net.stem_width)
    before, growth = net.stem_width, 4 if net.bottleneck else 1
    for part, n_blocks in enumerate(net.layers):
        width = net.width * 2**part
        after = width * growth
        for i in range(n_blocks):
            block = f"layer{part + 1}.{i}"
            forms = (
                ((width, before, 1), (width, width, 3), (after, width, 1))
                if net.bottleneck
                else ((width, before, 3), (width, width, 3))
            )
            for j, (to, of, side) in enumerate(forms, 1):
                out[f"{block}.conv{j}.weight"] = (to, of, side, side)
                out |= _norm(f"{block}.bn{j}", to)
            if i == 0 and (part or before != after):
                out[f"{block}.downsample.0.weight"] = (after, before, 1, 1)
                out |= _norm(f"{block}.downsample.1", after)
            before = after
    return out


def _of_alexnet(net: Network) -> Shapes:
    out: Shapes = {}
    before = net.channels
    for i, width in enumerate(ALEXNET):
        out[f"blocks.{i}.0.weight"] = (width, before, 3, 3)
        out |= _norm(f"blocks.{i}.1", width)
        before = width
    flat = before * alexnet_side(net.image_size or 32) ** 2
    out |= {"blocks.5.1.weight": (4096, flat)} | _norm("blocks.5.2", 4096)
    return out | {"blocks.6.0.weight": (4096, 4096)} | _norm("blocks.6.1", 4096)


def _of_small(net: Network) -> Shapes:
    out: Shapes = {}
    before = net.channels
    for i, (width, kernel) in enumerate(SMALL):
        out[f"{3 * i}.weight"] = (width, before, kernel, kernel)
        out |= _norm(f"{3 * i + 1}", width)
        before = width
    if net.feature_dim != before:
        out["13.1.weight"] = (net.feature_dim, before)
    return out | _norm("14", net.feature_dim, affine=False)
