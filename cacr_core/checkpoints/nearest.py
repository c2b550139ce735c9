"""Networks that are known by their names and cannot be built here: what they are nearest to, and
what differs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Unknown(NamedTuple):
    """Attributes: pattern, of a tensor's name; name; near, what can be built; differs, a clause."""

    pattern: str
    name: str
    near: str
    differs: str


UNKNOWN = (
    Unknown(r"(^|\.)conv1_v[12]\.weight$", "PyContrast's ResNet of two halves", "a ResNet",
            "a first convolution for lightness and one for colour, and convolutions in two groups"),
    Unknown(r"(^|\.)(distillation_token|dist_token)$", "a distilled DeiT", "a ViT",
            "a second token beside the class token"),
    Unknown(r"relative_position_bias_table$", "Swin, BEiT or a relative", "a ViT",
            "a table of relative positions in each attention"),
    Unknown(r"\.grn\.(gamma|beta|weight|bias)$", "ConvNeXt V2", "ConvNeXt",
            "a global response norm in each block"),
    Unknown(r"denseblock\d+\.", "DenseNet", "a ResNet", "layers that are joined, not added"),
    Unknown(r"trunk_output\.block\d", "RegNet", "a ResNet", "convolutions in groups"),
    Unknown(r"(^|\.)features\.\d+\.\d+\.layer_scale$", "torchvision's ConvNeXt", "ConvNeXt",
            "its layers' names, which are not read here"),
    Unknown(r"(^|\.)features\.\d+\.(\d+\.)?(block|conv)\.", "EfficientNet or MobileNet", "a ResNet",
            "convolutions by channel"),
    Unknown(r"(^|\.)_blocks\.\d+\._depthwise_conv", "EfficientNet", "a ResNet",
            "convolutions by channel"),
    Unknown(r"(^|\.)features\.\d+\.weight$", "VGG or AlexNet", "SmallAlexNet",
            "its layers and their sizes"),
    Unknown(r"(^|\.)conv1\.0\.weight$", "a ResNet with a deep stem", "a ResNet",
            "three convolutions as its stem"),
    Unknown(r"(^|\.)decoder\.up_blocks\.|down_blocks\.", "an autoencoder or a U-Net", "a ResNet",
            "a decoder, and stages of another form"),
    Unknown(r"(self_attn|attention)\..*(q_proj|query|in_proj)", "a transformer", "a ViT",
            "names that no vision transformer known here has"),
)  # fmt: skip
PATCHES = re.compile(r"patch_embed(ding)?s?(\.proj(ection)?)?\.weight$")


def nearest_to(groups: Mapping[str, Mapping[str, tuple[int, ...]]]) -> str:
    """What a file without a known network is nearest to, as a clause; empty where nothing is."""
    names = [(name, shape) for group in groups.values() for name, shape in group.items()]
    for name, shape in names:
        if PATCHES.search(name) and len(shape) == 5:
            return _said("a video transformer (V-JEPA, VideoMAE)", "a ViT", "patches of time too")
        if PATCHES.search(name) and len(shape) == 2:
            return _said("SigLIP 2 or another ViT of any image shape", "SigLIP's tower",
                         "patches that come cut out and in any number")  # fmt: skip
    for one in UNKNOWN:
        if any(re.search(one.pattern, name) for name, _ in names):
            return _said(one.name, one.near, one.differs)
    return ""


def _said(name: str, near: str, differs: str) -> str:
    return f"it looks like {name}; nearest of what is known is {near}, and it differs by {differs}"
