"""Lines that load an exported encoder with torchvision, timm or this app, and feed it images."""

from __future__ import annotations

from cacr_core.checkpoints.card import Card
from cacr_core.checkpoints.exported import HEAD
from cacr_core.checkpoints.forms import Network

TIMM_ACTIVATIONS = {"gelu tanh": "gelu_tanh", "quick gelu": "quick_gelu", "silu": "silu"}
TIMM_POOLS = {"class token": "token", "mean": "avg", "mean then norm": "avg", "attention": "map"}


def lines(card: Card, net: Network, name: str) -> str:
    """Lines that load what `export.export` saved under this name: `model(transform(images))` are
    the features of uint8 images `(n, 3, height, width)`.

    Args:
        net: The network as `export.published` has it.
    """
    norm, size = card.normalisation, card.input_size
    assert norm is not None and size is not None
    if norm.space != "rgb" or len(norm.mean) == 2:  # no other package mixes colours so
        return _own(card, name)
    if net.kind == "resnet":
        imports, made = ["import torchvision"], _resnet(net)
    elif net.kind == "vit" and net.positions == "learned" and net.mlp != "gated":
        imports, made = ["from functools import partial", "import timm"], [_vit(net)]
    elif net.kind == "convnext":
        imports, made = ["import timm"], [_convnext(net)]
    else:
        return _own(card, name)
    made += [
        f"state = load_file({name!r})",
        f"own = {{k: v for k, v in state.items() if not k.startswith('{HEAD}.')}}",
        "model.load_state_dict(own)",
        "model.eval()",
        "transform = v2.Compose([",
        f"    v2.Resize(({size}, {size}), antialias=True),",
        "    v2.ToDtype(torch.float32, scale=True),",
        *(["    v2.Lambda(lambda x: x.mean(-3, keepdim=True)),"] if len(norm.mean) == 1 else []),
        f"    v2.Normalize({list(norm.mean)}, {list(norm.std)}),",
        "])",
    ]
    imports += ["import torch", "from safetensors.torch import load_file"]
    imports += ["from torchvision.transforms import v2"]
    return "\n".join([*imports, "", *made])


def _own(card: Card, name: str) -> str:
    """With this app's own modules: no other package builds such a network."""
    return "\n".join(
        [
            "from cacr_core.checkpoints import card_of, open_file",
            "from cacr_core.checkpoints.features import network_of, prepare",
            "",
            f"opened = open_file({name!r})",
            "card = card_of(opened)",
            "model, head = network_of(opened, card)",
            "norm = card.normalisation",
            "def transform(images):",
            "    return prepare(images, card.input_size, norm.mean, norm.std, norm.space)",
        ]
    )


def _resnet(net: Network) -> list[str]:
    wide = [f"model = torchvision.models.{net.name}()"]
    if net.width != 64 or net.stem_width != net.width:
        block = "Bottleneck" if net.bottleneck else "BasicBlock"
        wide = [
            f"block = torchvision.models.resnet.{block}",
            f"model = torchvision.models.ResNet(block, {list(net.layers)})",
            f"model.inplanes = {net.stem_width}",
        ]
        for i, n in enumerate(net.layers):
            stride = f", stride={2 if i else 1}"
            wide.append(
                f"model.layer{i + 1} = model._make_layer(block, {net.width * 2**i}, {n}{stride})"
            )
    kernel, step = (7, 2) if net.stem == "imagenet" else (3, 1)
    usual = (net.channels, net.stem_width, kernel, net.stem_padding) == (3, 64, 7, 3)
    if not usual:
        sizes = f"{net.channels}, {net.stem_width}, {kernel}, {step}"
        wide.append(
            f"model.conv1 = torch.nn.Conv2d({sizes}, padding={net.stem_padding}, bias=False)"
        )
    if net.stem_width != 64:
        wide.append(f"model.bn1 = torch.nn.BatchNorm2d({net.stem_width})")
    if net.max_pool != "stride 2":
        pool = "Identity()" if net.max_pool == "none" else "MaxPool2d(3, 1)"
        wide.append(f"model.maxpool = torch.nn.{pool}")
    return [*wide, "model.fc = torch.nn.Identity()"]


def _vit(net: Network) -> str:
    hidden = net.mlp_dim * (2 if net.mlp == "swiglu" else 1)
    words = {
        "img_size": net.image_size,
        "patch_size": net.patch,
        "in_chans": net.channels,
        "embed_dim": net.feature_dim,
        "depth": net.depth,
        "num_heads": net.n_heads,
        "mlp_ratio": ratio(hidden, net.feature_dim),
        "num_classes": 0,
        "global_pool": TIMM_POOLS[net.pool],
        "norm_layer": f"=partial(torch.nn.LayerNorm, eps={net.norm_eps})",
    }
    if net.pool.startswith("mean"):
        words["fc_norm"] = net.pool == "mean then norm"
    if not net.class_token:
        words["class_token"] = False
    if net.class_token and not net.class_position:
        words["no_embed_class"] = True
    if net.n_registers:
        words["reg_tokens"] = net.n_registers
    if net.layer_scale:
        words["init_values"] = 1e-5
    if net.pre_norm:
        words["pre_norm"] = True
    if not net.qkv_bias:
        words["qkv_bias"] = False
    if net.activation in TIMM_ACTIVATIONS:
        words["act_layer"] = TIMM_ACTIVATIONS[net.activation]
    if net.mlp == "swiglu":
        words |= {"mlp_layer": "=timm.layers.SwiGLUPacked", "act_layer": "=torch.nn.SiLU"}
    said = ", ".join(f"{key}={_said(value)}" for key, value in words.items())
    return f"model = timm.models.VisionTransformer({said})"


def ratio(hidden: int, dim: int) -> float:
    """A number by which a width becomes the hidden one, rounded down as timm does."""
    plain = hidden / dim
    return plain if int(dim * plain) == hidden else (hidden + 0.5) / dim


def _said(value: object) -> str:
    return value[1:] if isinstance(value, str) and value.startswith("=") else repr(value)


def _convnext(net: Network) -> str:
    return (
        f"model = timm.models.ConvNeXt({net.channels}, depths={net.layers}, dims={net.widths}, "
        f"num_classes=0, norm_eps={net.norm_eps})"
    )
