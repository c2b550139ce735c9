"""CLIP's ResNets by the names and shapes of their tensors, in OpenAI's spelling; no torch."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cacr_core.checkpoints.forms import Network, Shapes

NAMES: dict[tuple[int, tuple[int, ...]], str] = {
    (64, (3, 4, 6, 3)): "RN50", (64, (3, 4, 23, 3)): "RN101", (80, (4, 6, 10, 6)): "RN50x4",
    (96, (6, 8, 18, 8)): "RN50x16", (128, (3, 15, 36, 10)): "RN50x64",
}  # fmt: skip
STRIDE = 32  # pixels of an image for each place that is pooled
HEAD_WIDTH = 64  # of the pooling's attention; not seen in weights


def network_of(shapes: Mapping[str, tuple[int, ...]]) -> Network | None:
    """The ResNet of these tensors: three convolutions as its stem, attention as its pooling."""
    parts: dict[int, set[int]] = {}
    for name in shapes:
        if found := re.fullmatch(r"layer([1-4])\.([0-9]{1,3})\.conv3\.weight", name):
            parts.setdefault(int(found[1]), set()).add(int(found[2]))
    if set(parts) != {1, 2, 3, 4} or shapes["conv1.weight"][2:] != (3, 3):
        return None
    width, layers = shapes["conv3.weight"][0], tuple(len(parts[i]) for i in sorted(parts))
    out, inner = shapes["attnpool.c_proj.weight"]
    side = round((shapes["attnpool.positional_embedding"][0] - 1) ** 0.5)
    if inner != 32 * width or inner % HEAD_WIDTH:
        return None
    return Network(
        name=NAMES.get((width, layers), f"a ResNet of CLIP, {width} wide"),
        kind="clip_resnet",
        feature_dim=out,
        image_size=side * STRIDE,
        channels=shapes["conv1.weight"][1],
        layers=layers,
        bottleneck=True,
        width=width,
        stem_width=shapes["conv1.weight"][0],
        n_heads=inner // HEAD_WIDTH,
        pool="attention",
    )


def expected(net: Network) -> Shapes:
    """Names and shapes of its tensors up to its features."""
    half, width = net.stem_width, net.width
    out: Shapes = {}
    forms = ((half, net.channels), (half, half), (width, half))
    for i, (to, of) in enumerate(forms, 1):
        out |= {f"conv{i}.weight": (to, of, 3, 3)} | _norm(f"bn{i}", to)
    before = width
    for part, n_blocks in enumerate(net.layers):
        inner = width * 2**part
        for i in range(n_blocks):
            at = f"layer{part + 1}.{i}"
            sides = ((inner, before, 1), (inner, inner, 3), (4 * inner, inner, 1))
            for j, (to, of, side) in enumerate(sides, 1):
                out |= {f"{at}.conv{j}.weight": (to, of, side, side)} | _norm(f"{at}.bn{j}", to)
            if not i:
                out[f"{at}.downsample.0.weight"] = (4 * inner, before, 1, 1)
                out |= _norm(f"{at}.downsample.1", 4 * inner)
            before = 4 * inner
    places = ((net.image_size or 0) // STRIDE) ** 2
    out["attnpool.positional_embedding"] = (places + 1, before)
    for letter, to in (("q", before), ("k", before), ("v", before), ("c", net.feature_dim)):
        name = f"attnpool.{letter}_proj"
        out |= {f"{name}.weight": (to, before), f"{name}.bias": (to,)}
    return out


def _norm(name: str, width: int) -> Shapes:
    parts = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{part}": (width,) for part in parts}
