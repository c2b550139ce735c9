"""What some networks do that leaves nothing in their tensors: told by the name that a configuration
beside them or their own settings say, or by their form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cacr_core.checkpoints.forms import Network

ARCHITECTURE, WIDTH = "config.json.architecture", "config.json.num_features"  # as timm has them
IN_FACTS = ("arch", "args.arch", "args.model", "hyper_parameters.arch")
BLUR = "layers that blur where it grows coarser"
TURNS = "positions that turn queries and keys in its own way"
UNLIKE = (
    (r"^resnet(aa|blur)", BLUR),
    (r"(^|_)rpn(_|$)", "its norms behind attention and MLP"),
    (r"(^|_)(rope|pe|lingbot|eva02|naflexrope)(_|$)", TURNS),
)
"""Words of timm's names, and what such a network has that is not built here."""
OF_NAME: dict[str, dict[str, object]] = {
    r"^vit_base_patch16_gap_224$": {"n_heads": 16},
    r"^vit_huge_plus_patch16_dinov3": {"n_heads": 20},
    r"^vit_giantopt_patch16_siglip_": {"n_heads": 16, "activation": "gelu tanh"},
}
"""What timm's networks of these names have, otherwise than others of their form."""
# words of a name that a network's tensors show, or that change nothing
SEEN = re.compile(
    r"vit[tsblhg]?\d*|eva|deit3?|flexivit|dino(v[23])?|mae|moco|msn|clip|siglip2?|tipsv2|"
    r"quickgelu|miil|gap|map|plus|qkvb|\d+x\d+|"
    r"x?tiny|x?small|base|large|huge|gigantic|giant|giantopt|medium|mediumd|little|wee|betwixt|"
    r"so\d+m|reg\d*|patch\d+|in\d+k|\d+|[bslhgt]\d*"
)


def architecture_beside(beside: Mapping[str, Any], net: Network) -> str:
    """The name of the network that a configuration beside a file has; empty where it has none, or
    is of a network of another width and so of another file."""
    name, width = beside.get(ARCHITECTURE), beside.get(WIDTH)
    if isinstance(width, int) and width != net.feature_dim:
        return ""
    return bare(name) if isinstance(name, str) else ""


def bare(name: str) -> str:
    """A network's name without where it is from and how it was trained: resnet50 of
    timm/resnet50.a1_in1k."""
    told = re.sub("^.*[/:]", "", printed(name).lower()).removeprefix("torchvision.models.")
    return told.partition(".")[0]


def printed(name: str) -> str:
    """A name of a file's as far as it is told: what does not print is left out."""
    return "".join(sign for sign in name.strip()[:80] if sign.isprintable())


def by_name(beside: Mapping[str, Any], net: Network) -> dict[str, Any]:
    """Fields of a ViT that its name beside the file decides."""
    said = architecture_beside(beside, net)
    found = next((own for name, own in OF_NAME.items() if re.search(name, said)), {})
    heads = found.get("n_heads")
    return dict(found) if isinstance(heads, int) and net.feature_dim % heads == 0 else {}


def is_another(said: str, net: Network) -> bool:
    """Whether a name is of another network than one of these tensors, as far as it can be read."""
    if said == net.name:
        return False
    if net.kind == "vit":
        return not all(SEEN.fullmatch(word) for word in re.split("[-_/.]", said))
    if net.kind == "convnext":
        return not re.fullmatch(r"convnext(_[a-z]+)?(_mlp)?(_\d+)?", said)
    if not re.search(r"net|res|vit|_\d", said):  # how it was trained, such as simclr
        return False
    return re.sub("[-_]|^tv_", "", said) != re.sub("[-_]", "", net.name)


def why_not_built(net: Network, beside: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """What a network has beside its tensors that is not built here, as a sentence; else empty."""
    said = [
        architecture_beside(beside, net),
        *(str(facts.get(key, "")).lower() for key in IN_FACTS),
    ]
    for name in said:
        for pattern, what in UNLIKE:
            if re.search(pattern, name):
                return (
                    f"It is called {printed(name)}, which has {what}: that leaves nothing in the "
                    "file and is not built here."
                )
    if form := _form_that_turns(net):
        return f"It has the form of {form}, which has {TURNS}: that is not built here."
    return ""


def _form_that_turns(net: Network) -> str:
    if net.kind != "vit" or net.positions != "learned":
        return ""
    if net.pool == "attention" and net.class_token and net.pre_norm:
        return "a Perception Encoder"
    if net.mlp in ("swiglu", "gated") and net.qkv != "joined" and not net.layer_scale:
        return "EVA-02"
    return ""
