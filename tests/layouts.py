"""Made-up checkpoints, true to the layout that each code base publishes; weights are not.

The tensors of a state dict lie over one another in one storage as large as the largest, so that
files of large networks stay small.
"""

import argparse
import json
import struct
from collections import OrderedDict
from functools import cache
from typing import NamedTuple

import torch
import torchvision
from torch import nn

SLOT = torch.zeros(3, 3)  # stands for what an optimizer keeps


class Layout(NamedTuple):
    """A file, and what its card must say."""

    make: object  # () -> what torch.save is given
    family: str
    encoder: str
    architecture: str
    input_size: int = 224
    confidence: str = "sure"
    head: tuple | None = None  # widths of its linear layers
    save: str = "zip"


def shapes_of(make):
    """Names and shapes of a module that is never allocated."""
    with torch.device("meta"):
        return {name: tuple(t.shape) for name, t in make().state_dict().items()}


@cache
def resnet(name="resnet50", cifar=False, head=None, affine=True):
    """torchvision's, with `head` as its fc: widths after the features, "bn" between them."""

    def make():
        net = getattr(torchvision.models, name)()
        if cifar:
            net.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        net.fc = mlp(net.fc.in_features, *head) if head else nn.Identity()
        return net

    return shapes_of(make)


def mlp(before, *after, bias=True):
    """Linear layers of these widths; "bn" and "bn0" are batch norms, the latter without weights,
    "relu" a ReLU. A single linear layer is not wrapped."""
    layers = []
    for one in after:
        if one == "relu":
            layers.append(nn.ReLU())
        elif one in ("bn", "bn0"):
            layers.append(nn.BatchNorm1d(before, affine=one == "bn"))
        else:
            layers.append(nn.Linear(before, one, bias=bias))
            before = one
    return layers[0] if len(layers) == 1 else nn.Sequential(*layers)


@cache
def vit(dim=384, depth=12, patch=16, size=224, classes=0):
    """timm's names and shapes, written out."""
    linear = {"attn.qkv": (3 * dim, dim), "attn.proj": (dim, dim)}
    linear |= {"mlp.fc1": (4 * dim, dim), "mlp.fc2": (dim, 4 * dim)}
    out = {"cls_token": (1, 1, dim), "pos_embed": (1, 1 + (size // patch) ** 2, dim)}
    out |= {"patch_embed.proj.weight": (dim, 3, patch, patch), "patch_embed.proj.bias": (dim,)}
    for i in range(depth):
        for name in ("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"):
            shape = linear.get(name, (dim,))
            out |= {f"blocks.{i}.{name}.weight": shape, f"blocks.{i}.{name}.bias": shape[:1]}
    out |= {"norm.weight": (dim,), "norm.bias": (dim,)}
    return out | ({"head.weight": (classes, dim), "head.bias": (classes,)} if classes else {})


def under(prefix, shapes):
    return {f"{prefix}.{name}": shape for name, shape in shapes.items()}


def layers(prefix, before, *after, bias=True):
    return under(prefix, shapes_of(lambda: mlp(before, *after, bias=bias)))


def tensors(shapes):
    """A state dict; counters of batch norms are whole numbers."""
    sizes = [torch.Size(shape).numel() for shape in shapes.values()]
    storage = torch.zeros(max(sizes), dtype=torch.float16)
    return OrderedDict(
        (name, torch.tensor(1) if name.endswith("tracked") else storage[:n].view(shape))
        for (name, shape), n in zip(shapes.items(), sizes, strict=True)
    )


def by_number(shapes, layer_numbers=(4, 5, 6, 7), shortcut=False):
    """The children of a ResNet in a Sequential."""
    number = {"conv1": 0, "bn1": 1}
    number |= {f"layer{i}": n for i, n in enumerate(layer_numbers, 1)}
    out = {}
    for name, shape in shapes.items():
        first, _, rest = name.partition(".")
        rest = rest.replace("downsample", "shortcut") if shortcut else rest
        if first in number:
            out[f"{number[first]}.{rest}"] = shape
    return out


def alexnet(size):
    from cacr_core.models import SmallAlexNet

    return shapes_of(lambda: SmallAlexNet(size)) | layers("blocks.7.0", 4096, 128)


def lightning(shapes, **hyper):
    return {
        "epoch": 99,
        "global_step": 1000,
        "pytorch-lightning_version": "2.1.0",
        "state_dict": tensors(shapes),
        "optimizer_states": [{"state": {0: {"exp_avg": SLOT}}, "param_groups": []}],
        "lr_schedulers": [],
        "hyper_parameters": hyper,
    }


def moco(head, module="module.", queue=(128, 65536), name="resnet50", **more):
    net = resnet(name, head=head)
    both = under("encoder_q", net) | under("encoder_k", net)
    both |= {"queue": queue, "queue_ptr": (1,)}
    both = {module + name: shape for name, shape in both.items()}
    optimizer = {"state": {0: {"momentum_buffer": SLOT}}, "param_groups": []}
    return {
        "epoch": 200,
        "arch": name,
        "state_dict": tensors(both),
        "optimizer": optimizer,
    } | more


def moco_v3(net, module="module."):
    names = under("base_encoder", net) | under("momentum_encoder", net)
    names |= layers("predictor", 256, 4096, "bn", "relu", 256, bias=False)
    names = {module + name: shape for name, shape in names.items()}
    return {"epoch": 300, "arch": "any", "state_dict": tensors(names), "scaler": {"scale": 1.0}}


def dino(net, wrapped_teacher):
    dim = 384 if "cls_token" in net else 2048
    names = under("backbone", net) | layers("head.mlp", dim, 2048, "relu", 2048, "relu", 256)
    names |= {"head.last_layer.weight_g": (4096, 1), "head.last_layer.weight_v": (4096, 256)}
    wrapped = under("module", names)
    return {
        "student": tensors(wrapped),
        "teacher": tensors(wrapped if wrapped_teacher else names),
        "optimizer": {"state": {0: {"exp_avg": SLOT}}, "param_groups": []},
        "epoch": 100,
        "args": argparse.Namespace(arch="vit_small", patch_size=16, out_dim=4096),
        "dino_loss": tensors({"center": (1, 4096)}),
    }


def vissl():
    trunk = tensors(under("_feature_blocks", resnet()))
    heads = tensors(layers("0.clf", 2048, 2048, "relu", 128))
    model = {"trunk": trunk, "heads": heads}
    return {"classy_state_dict": {"base_model": {"model": model, "meta": {}}}, "phase_idx": 100}


def byol():
    nets = {}
    for name in ("online_network", "target_network"):
        nets |= under(f"{name}.encoder", by_number(resnet()))
        nets |= {f"{name}.projetion.{k}": s for k, s in byol_mlp(2048).items()}
    nets |= under("predictor.predictor", byol_mlp(256))
    return {"config": {"stage": "train"}, "epoch": 300, "steps": 9, "model": tensors(nets)}


def byol_mlp(before):
    l1, bn1 = layers("l1", before, 4096), under("bn1", shapes_of(lambda: nn.BatchNorm1d(4096)))
    return l1 | bn1 | layers("l2", 4096, 256)


def cmc():
    """Half the width, but no fewer channels behind the first convolution."""
    half = {}
    for name, shape in resnet().items():
        keep = name.startswith(("conv1", "bn1"))
        shape = list(shape) if keep else [n // 2 if n > 7 else n for n in shape]
        half[name] = tuple(shape)
    half["layer1.0.conv1.weight"] = (32, 64, 1, 1)
    half["layer1.0.downsample.0.weight"] = (128, 64, 1, 1)
    names = {}
    for i in (1, 2):
        names |= under(f"encoder{i}", half | {"conv1.weight": (64, i, 7, 7)})
        names |= layers(f"head{i}", 1024, 1024, "relu", 128)
    contrast = {"memory_1": (1000, 128), "memory_2": (1000, 128)}
    return {"model": tensors(under("module", names)), "contrast": tensors(contrast), "epoch": 200}


def torchvision_vit():
    return tensors(shapes_of(torchvision.models.vit_b_16))


def mmpretrain_vit():
    pairs = (("patch_embed.proj.", "patch_embed.projection."), ("blocks.", "layers."))
    pairs += (("mlp.fc1", "ffn.layers.0.0"), ("mlp.fc2", "ffn.layers.1"), ("norm", "ln"))
    out = {}
    for name, shape in vit(768).items():
        for old, new in pairs:
            name = name.replace(old, new)
        out["backbone." + ("ln1." + name[3:] if name.startswith("ln.") else name)] = shape
    return {"meta": {"mmpretrain_version": "1.0.0"}, "state_dict": tensors(out)}


def write_safetensors(path, shapes, metadata=None):
    """Half precision, the bytes a hole in the file."""
    header, at = {"__metadata__": metadata} if metadata else {}, 0
    for name, shape in sorted(shapes.items()):
        n_bytes = 2 * torch.Size(shape).numel()
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [at, at + n_bytes]}
        at += n_bytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + at)


def write(path, layout):
    value = layout.make()
    if layout.save == "safetensors":
        write_safetensors(path, {k: tuple(t.shape) for k, t in value.items()})
    else:
        torch.save(value, path, _use_new_zipfile_serialization=layout.save == "zip")
