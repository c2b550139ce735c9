"""What weights of a ViT do not show: taken from a configuration beside them, or asked about."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from cacr_core.checkpoints import hidden, vits
from cacr_core.checkpoints.beside import entry
from cacr_core.checkpoints.families import Family
from cacr_core.checkpoints.forms import Network

ACTIVATIONS = {
    "gelu": "gelu", "gelu_pytorch_tanh": "gelu tanh", "gelu_new": "gelu tanh",
    "gelu_python": "gelu", "quick_gelu": "quick gelu", "silu": "silu", "swish": "silu",
}  # fmt: skip
OPEN_CLIP = "open_clip_config.json.model_cfg"
KNOWN_AS = {
    192: "3 are assumed, as in DeiT and timm; MAE in solo-learn has 12",
    384: "6 are assumed, as in DINO, DeiT and timm; MoCo v3 has 12",
    1280: "16 are assumed, as in MAE and I-JEPA; DINOv3's ViT-H+ has 20",
}


def of_vit(
    net: Network, style: str, family: Family, beside: Mapping[str, Any]
) -> tuple[Network, list[str]]:
    """The network with what a configuration or the family says, and sentences on what nobody could
    see."""
    said = of_configuration(beside, net, style)
    doubts = []
    if "n_heads" not in said and net.rope != "stored":
        if heads := family.heads.get(net.feature_dim):
            said["n_heads"] = heads
        elif net.feature_dim in KNOWN_AS:
            doubts.append(
                f"The number of attention heads cannot be seen: {KNOWN_AS[net.feature_dim]}."
            )
        elif net.feature_dim % net.n_heads or net.feature_dim not in dict(vits.SIZES.values()):
            doubts.append(
                f"The number of attention heads cannot be seen: {net.n_heads} are assumed, one for "
                "each 64 dimensions."
            )
    if style == "vit" and not net.class_token and not hidden.architecture_beside(beside, net):
        if net.feature_dim == 768 and net.pool != "attention" and "n_heads" not in said:
            doubts.append(
                "The number of attention heads cannot be seen: 12 are assumed, as in I-JEPA and "
                "SigLIP; timm's vit_base_patch16_gap_224 has 16."
            )
        if not net.qkv_bias:
            doubts.append(
                "Where its norms stand cannot be seen: before attention and MLP is assumed; those "
                "of timm's ViTs called rpn stand behind."
            )
    if net.pre_norm and net.mlp == "mlp" and "activation" not in said:
        doubts.append(
            "The activation cannot be seen: OpenAI's, x sigmoid(1.702 x), is assumed; most of "
            "open_clip's later networks have GELU."
            if net.activation == "quick gelu"
            else "The activation cannot be seen: GELU is assumed; OpenAI's networks, which timm "
            "calls quickgelu, have x sigmoid(1.702 x)."
        )
    if style == "vit of deit iii" and not hidden.architecture_beside(beside, net):
        doubts.append(
            "Whether its positions turn queries and keys, too, as those of timm's ViTs called rope "
            "and ape do, cannot be seen: they are only added."
        )
    if net.layer_scale and net.positions == "learned" and net.image_size == 518:
        doubts.append(
            "Its positions are for 518 pixels, which takes long: it can be fed 224, as DINOv2 is "
            "evaluated, its positions interpolated."
        )
    return dataclasses.replace(net, **said), doubts


def of_configuration(beside: Mapping[str, Any], net: Network, style: str) -> dict[str, Any]:
    """Fields of the network that a configuration beside the file holds, if it is one of it."""
    own = _of_vision(beside)
    found = activation_of_clip(beside, net, style) | hidden.by_name(beside, net)
    width = entry(own, "hidden_size")
    if width is not None and width != net.feature_dim:
        return {}
    heads = entry(own, "num_attention_heads")
    if type(heads) is int and heads > 0 and net.feature_dim % heads == 0:
        found["n_heads"] = heads
    eps = entry(own, "layer_norm_eps")
    if isinstance(eps, float) and 0 < eps < 0.1:
        found["norm_eps"] = eps
    act = entry(own, "hidden_act")
    if isinstance(act, str) and act in ACTIVATIONS and net.mlp in ("mlp", "gated"):
        found["activation"] = ACTIVATIONS[act]
    elif style == "clip of transformers" and own:
        found.setdefault("activation", net.activation)  # which is left out where it is the usual
    return found


def _of_vision(beside: Mapping[str, Any]) -> dict[str, Any]:
    """What config.json says of the network that sees; of all where it is the only one."""
    entries = {key: value for key, value in beside.items() if key.startswith("config.json.")}
    return {key: value for key, value in entries.items() if ".vision_config." in key} or entries


def said_otherwise(net: Network, beside: Mapping[str, Any]) -> list[str]:
    """Sentences on what a configuration beside the file says of the network and its tensors do
    not."""
    found = []
    name = hidden.architecture_beside(beside, net)
    if name and hidden.is_another(name, net):
        found.append(
            f"The config.json beside it says {name[:80]}, its tensors are those of {net.name}: "
            "what differs besides cannot be seen."
        )
    own = _of_vision(beside)
    act = entry(own, "hidden_act")
    if entry(own, "hidden_size") not in (None, net.feature_dim):  # of another file
        return found
    if net.kind == "vit" and net.mlp == "mlp" and isinstance(act, str) and act not in ACTIVATIONS:
        found.append(
            f"The config.json beside it says the activation {hidden.printed(act)}, which is not "
            f"built here: {net.activation} is taken."
        )
    return found


def activation_of_clip(beside: Mapping[str, Any], net: Network, style: str) -> dict[str, Any]:
    """CLIP's activation by OpenCLIP's configuration, or by the name that timm's has."""
    if not net.pre_norm or net.mlp != "mlp":
        return {}
    is_openclips = any(key.startswith(f"{OPEN_CLIP}.") for key in beside)
    if style in ("clip of openai", "clip of transformers") and is_openclips:
        is_quick = beside.get(f"{OPEN_CLIP}.quick_gelu") is True
        return {"activation": "quick gelu" if is_quick else "gelu"}
    names = (beside.get(f"{OPEN_CLIP}.vision_cfg.timm_model_name"),
             hidden.architecture_beside(beside, net))  # fmt: skip
    said = [str(name) for name in names if name]
    if not said:
        return {}
    return {"activation": "quick gelu" if any("quickgelu" in name for name in said) else "gelu"}
