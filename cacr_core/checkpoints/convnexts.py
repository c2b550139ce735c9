"""ConvNeXts by the names and shapes of their tensors, in timm's spelling; no torch."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cacr_core.checkpoints.forms import Network, Shapes

SIZES = {
    "tiny": ((96, 192, 384, 768), (3, 3, 9, 3)),
    "small": ((96, 192, 384, 768), (3, 3, 27, 3)),
    "base": ((128, 256, 512, 1024), (3, 3, 27, 3)),
    "large": ((192, 384, 768, 1536), (3, 3, 27, 3)),
}


def network_of(shapes: Mapping[str, tuple[int, ...]]) -> Network | None:
    """The ConvNeXt of these tensors, with layer scale and without its second form's norms."""
    stages: dict[int, set[int]] = {}
    for name in shapes:
        if found := re.fullmatch(r"stages\.([0-3])\.blocks\.([0-9]{1,3})\.conv_dw\.weight", name):
            stages.setdefault(int(found[1]), set()).add(int(found[2]))
    if set(stages) != {0, 1, 2, 3} or "stages.0.blocks.0.gamma" not in shapes:
        return None
    widths = tuple(shapes[f"stages.{i}.blocks.0.conv_dw.weight"][0] for i in range(4))
    layers = tuple(len(stages[i]) for i in range(4))
    width, channels, kernel, _ = shapes["stem.0.weight"]
    if kernel != 4 or width != widths[0]:
        return None
    sizes = [name for name, form in SIZES.items() if form == (widths, layers)]
    return Network(
        name=f"convnext_{sizes[0] if sizes else 'x'.join(map(str, widths))}",
        kind="convnext",
        feature_dim=widths[-1],
        channels=channels,
        layers=layers,
        widths=widths,
        pool="mean then norm",
    )


def expected(net: Network) -> Shapes:
    """Names and shapes of its tensors up to its features."""
    first = net.widths[0]
    out: Shapes = {"stem.0.weight": (first, net.channels, 4, 4), "stem.0.bias": (first,)}
    out |= _norm("stem.1", first)
    before = first
    for i, (width, n_blocks) in enumerate(zip(net.widths, net.layers, strict=True)):
        at = f"stages.{i}"
        if i:
            out |= _norm(f"{at}.downsample.0", before)
            out[f"{at}.downsample.1.weight"] = (width, before, 2, 2)
            out[f"{at}.downsample.1.bias"] = (width,)
        for j in range(n_blocks):
            block = f"{at}.blocks.{j}"
            out |= {
                f"{block}.gamma": (width,),
                f"{block}.conv_dw.weight": (width, 1, 7, 7),
                f"{block}.conv_dw.bias": (width,),
                f"{block}.mlp.fc1.weight": (4 * width, width),
                f"{block}.mlp.fc1.bias": (4 * width,),
                f"{block}.mlp.fc2.weight": (width, 4 * width),
                f"{block}.mlp.fc2.bias": (width,),
            } | _norm(f"{block}.norm", width)
        before = width
    return out | _norm("norm", before)


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}
