"""The small network behind an encoder, read from names and shapes; no torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cacr_core.checkpoints.keys import WRAPPERS, Root, join

INSIDE = ("fc", "head", "heads", "linear")  # among the encoder's own names
# beside the encoder, the first that is there
BESIDE = (
    "projector",
    "projection_head",
    "projection",
    "projetion",
    "head",
    "heads",
    "neck",
    "visual_projection",
    "classifier",
)
Activation = Literal["relu", "gelu"]
MOMENTUM = ("momentum_{}", "{}_momentum", "target_{}", "teacher_{}")


@dataclass(frozen=True)
class Layer:
    """A layer of a head.

    Args:
        kind: linear, norm (batch norm), layer_norm, or other.
        before, after: Widths.
        bias: Whether it has one; of a norm, whether it has weights of its own.
        name: Of the module in its group.
    """

    kind: str
    before: int
    after: int
    bias: bool
    name: str

    @property
    def text(self) -> str:
        if "linear" in self.kind:
            return f"{self.kind} {self.before} to {self.after}{'' if self.bias else ', no bias'}"
        names = {"norm": "batch norm", "layer_norm": "layer norm", "other": "a layer not known"}
        own = "" if self.bias or self.kind != "norm" else ", no weights of its own"
        return f"{names[self.kind]} {self.after or ''}{own}".strip()


@dataclass(frozen=True)
class Head:
    """Layers behind the features.

    Args:
        kind: classifier, linear or mlp; a classifier only where the family is supervised.
        group: The state dict it stands in.
        prefix: What its names begin with there, without the last dot.
        layers: In order.
        keys: Names in the group.
        out_dim: Width of what it gives; None where a layer is of unknown form.
        activation: Behind its layers, which no file shows: as the code has it that names them so.
    """

    kind: str
    group: str
    prefix: str
    layers: tuple[Layer, ...]
    keys: tuple[str, ...]
    out_dim: int | None
    activation: Activation = "relu"

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the features and of what each linear layer gives."""
        linear = [layer for layer in self.layers if "linear" in layer.kind]
        return (linear[0].before, *(layer.after for layer in linear)) if linear else ()

    @property
    def has_norm(self) -> bool:
        return any(layer.kind in ("norm", "layer_norm") for layer in self.layers)


def head_of(
    groups: Mapping[str, Mapping[str, tuple[int, ...]]],
    root: Root,
    kind: str,
    feature_dim: int,
    own: frozenset[str] = frozenset(),
) -> Head | None:
    """The head that takes features of this width, the encoder's own first, then one beside it.

    Args:
        own: Names in the root's group that are layers of the encoder itself.
    """
    for group, prefix in _places(groups, root, kind):
        names = groups[group]
        keys = _in_order([name for name in names if name.startswith(f"{prefix}.")])
        if not keys or (group == root.group and own & set(keys)):
            continue
        layers = _layers({key: names[key] for key in keys})
        if not any(layer.kind == "linear" for layer in layers):
            continue
        head = _head(group, prefix, layers, keys)
        if head.widths[0] == feature_dim:
            return head
    return None


def _places(
    groups: Mapping[str, Mapping[str, Any]], root: Root, kind: str
) -> list[tuple[str, str]]:
    """Where a head of this encoder may stand: group and prefix, the likeliest first."""
    inside = ("blocks.7",) if kind == "small_alexnet" else INSIDE
    places = [(root.group, root.prefix + name) for name in inside]
    parts = root.prefix.rstrip(".").split(".") if root.prefix else []
    at = next((i for i in reversed(range(len(parts))) if parts[i] not in WRAPPERS), len(parts))
    own, parent = "".join(parts[at : at + 1]), parts[:at]
    names = list(BESIDE)
    if re.search("[0-9]$", own):  # encoder1 and head1; 0 and 1 of one Sequential
        names = [f"head{own[-1]}", str(int(own[-1]) + 1), *names]
    if re.search("momentum|target|teacher", own):
        names = [form.format(name) for name in names for form in MOMENTUM] + names
    places += [(root.group, join(*parent, name)) for name in names]
    heads = join(root.group.rpartition(".")[0], "heads")  # VISSL's own container
    return [*places, (heads, "0")] if heads in groups else places


def _layers(shapes: Mapping[str, tuple[int, ...]]) -> tuple[Layer, ...]:
    modules: dict[str, dict[str, tuple[int, ...]]] = {}
    for key, shape in shapes.items():
        module, _, part = key.replace(".parametrizations.weight.original", ".weight_").rpartition(
            "."
        )
        modules.setdefault(module, {})[part] = shape
    return tuple(_layer(name, parts) for name, parts in modules.items())


def _layer(name: str, parts: dict[str, tuple[int, ...]]) -> Layer:
    weight = parts.get("weight") or parts.get("weight_v") or parts.get("weight_1") or ()
    if len(parts.get("running_mean", ())) == 1:
        width = parts["running_mean"][0]
        return Layer("norm", width, width, "weight" in parts, name)
    if len(weight) == 2:
        kind = "linear" if "weight" in parts else "weight-normed linear"
        return Layer(kind, weight[1], weight[0], "bias" in parts, name)
    if len(weight) == 1:
        return Layer("layer_norm", weight[0], weight[0], "bias" in parts, name)
    return Layer("other", 0, 0, False, name)


def _head(group: str, prefix: str, layers: tuple[Layer, ...], keys: tuple[str, ...]) -> Head:
    known = [layer for layer in layers if layer.kind != "other"]
    linear = [layer for layer in layers if "linear" in layer.kind]
    kind = "mlp" if len(linear) > 1 else "linear"
    out = known[-1].after if len(known) == len(layers) else None
    return Head(kind, group, prefix, layers, keys, out, _activation(prefix, layers))


def _activation(prefix: str, layers: tuple[Layer, ...]) -> Activation:
    """GELU where layers are named as by DINO and what came of it, or by MSN; others name some of
    theirs alike, such as MMSelfSup's `neck.mlp.0` and `projection.fc1`, and have ReLU."""
    names = [layer.name.removeprefix(f"{prefix}.") for layer in layers]
    is_dinos = prefix.endswith("head") and all(n.startswith(("mlp.", "last_layer")) for n in names)
    is_msns = names == ["fc1", "bn1", "fc2", "bn2", "fc3"]
    return "gelu" if is_dinos or is_msns else "relu"


def _in_order(names: list[str]) -> tuple[str, ...]:
    """Layers that differ by their numbers alone in the numbers' order, since some containers sort
    names and put 10 before 9; others in the file's order, which is the network's."""
    modules = [name.rpartition(".")[0] for name in names]
    if len({re.sub("[0-9]+", "0", module) for module in modules}) == 1:
        names = sorted(names, key=lambda n: [int(d) for d in re.findall("[0-9]{1,9}", n)])
    return tuple(names)
