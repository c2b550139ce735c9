"""What a checkpoint is: its family, its encoders, the network of the one chosen, and how sure.

`card_of` sees names, shapes and plain entries only; `state_dict_of` is the first to read weights.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cacr_core.checkpoints import architecture as nets
from cacr_core.checkpoints.families import (
    NORMALISATIONS,
    Confidence,
    Family,
    evidence,
    recognise,
    role_of,
)
from cacr_core.checkpoints.heads import BESIDE, INSIDE, Head, head_of
from cacr_core.checkpoints.keys import (
    STYLES,
    Root,
    find_roots,
    join,
    plain_group,
    spelled,
    without_wrappers,
)

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.checkpoints.opening import Opened


@dataclass(frozen=True)
class EncoderChoice:
    """One of the encoders in a file.

    Args:
        prefix: Its path in the file, which `card_of(encoder=...)` takes.
        what: What it is, in words.
        used_by_papers: Whether the papers evaluate this one.
        line: Both as a sentence.
    """

    prefix: str
    what: str
    used_by_papers: bool
    line: str


@dataclass(frozen=True)
class Normalisation:
    """What is done to pixels in [0, 1]: the mean is subtracted, the deviation divided by."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    assumed: bool = True


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is known of a checkpoint. Every field may be overridden in `card_of`.

    Args:
        family: Name of the code base, of several where they cannot be told apart; None where
            there is no network of a known form.
        encoder: Path of the chosen encoder in the file.
        encoders: All that are in it, the default first.
        architecture: torchvision's or timm's name, small_alexnet or small.
        network: All that `build` needs, also what cannot be seen in weights.
        stem: Of a ResNet, imagenet or cifar.
        feature_dim: Width of the features, before the head.
        input_size: Height and width of images, in pixels.
        head: Layers behind the features.
        confidence: Of the family and of the network.
        why: What it was told by, and what it was not.
        doubts: What was assumed because files do not show it, a sentence each.
        matched: Tensors that fit the network, counters of batch norms left out.
        missing: Names that the network needs and the file has not.
        unexpected: Names under the encoder that fit neither the network nor the head.
        settings: What in the file is no tensor.
        refused: Why the file was not opened; None where it was.
    """

    family: str | None = None
    encoder: str | None = None
    encoders: tuple[EncoderChoice, ...] = ()
    architecture: str | None = None
    network: nets.Network | None = None
    stem: str | None = None
    feature_dim: int | None = None
    input_size: int | None = None
    head: Head | None = None
    normalisation: Normalisation | None = None
    confidence: Confidence = "unsure"
    why: str = ""
    doubts: tuple[str, ...] = ()
    matched: int = 0
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    epoch: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    container: str | None = None
    n_tensors: int = 0
    n_parameters: int = 0
    refused: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dicts of it."""
        out = dataclasses.asdict(self)
        if self.head:
            out["head"] = {
                "kind": self.head.kind,
                "out_dim": self.head.out_dim,
                "layers": [layer.text for layer in self.head.layers],
                "keys": [join(self.head.group, key) for key in self.head.keys],
            }
        return out


OF_NETWORK = {f.name for f in dataclasses.fields(nets.Network)} - {"name", "kind", "feature_dim"}


def card_of(opened: Opened, **override: Any) -> Card:
    """What a file is.

    Args:
        override: Fields of the card that a person knows better, and those of its network
            (stem_padding, max_pool, n_heads, norm_eps, ...). `encoder` is a path of `encoders`,
            or its end where that is clear.

    Raises:
        ValueError: There is no such field, encoder or architecture.
    """
    known = {f.name for f in dataclasses.fields(Card)} | OF_NETWORK
    if wrong := sorted(set(override) - known):
        raise ValueError(f"A card has no field {wrong[0]}; it has {', '.join(sorted(known))}.")
    groups = {g: {n: s.shape for n, s in names.items()} for g, names in opened.groups.items()}
    roots = find_roots(groups)
    whole = Card(
        epoch=_epoch(opened.facts),
        settings=dict(opened.facts),
        container=opened.container,
        n_tensors=len(opened.tensors),
        n_parameters=sum(map(_n_parameters, groups.values())),
        why="no network of a known form: only the table of tensors can be shown",
    )
    if not roots:
        return _overridden(whole, override)
    found = {root: _Found(root, groups) for root in roots}
    match = recognise(_evidence(groups, found.values(), opened))
    assert match, "the last family takes any network"
    family, path = match
    default = next(root for root in roots if root.plain == path)
    roots = [default, *(root for root in roots if root != default)]
    chosen = _chosen(roots, override.pop("encoder", None)) or default
    card = _with_encoder(whole, family, roots, found[chosen], opened.facts, override)
    return _overridden(card, override)


def state_dict_of(opened: Opened, card: Card) -> dict[str, Tensor]:
    """The chosen encoder's weights under the names of `build(card)`, float32 on the CPU.

    Raises:
        ValueError: The card has no network, or the file lacks tensors of it.
    """
    import torch

    if card.network is None or card.encoder is None:
        raise ValueError(
            f"Weights need a known architecture, this file has {card.architecture or 'none'}. "
            "Choose one on the card."
        )
    groups = {g: {n: s.shape for n, s in names.items()} for g, names in opened.groups.items()}
    root = next(root for root in find_roots(groups) if root.path == card.encoder)
    names = spelled(groups[root.group], root)
    wanted = nets.expected(card.network)
    lacking = [n for n, s in wanted.items() if n not in names or groups[root.group][names[n]] != s]
    if lacking:
        raise ValueError(
            f"{card.architecture} needs {len(lacking)} tensors that are missing or of another "
            f"shape, {lacking[0]} of {wanted[lacking[0]]} first. Choose another architecture."
        )
    paths = {name: join(root.group, names[name]) for name in wanted}
    counters = {
        name: join(root.group, names[name]) for name in names if name.endswith(nets.COUNTER)
    }
    loaded = opened.load([*paths.values(), *counters.values()])
    state = {name: loaded[path].float() for name, path in paths.items()}
    for name in wanted:
        if name.endswith("running_mean"):
            counter = f"{name.removesuffix('running_mean')}{nets.COUNTER}"
            state[counter] = torch.as_tensor(loaded.get(counters.get(counter, ""), 0)).long()
    return state


class _Found:
    """A root and what stands there."""

    def __init__(self, root: Root, groups: Mapping[str, Mapping[str, tuple[int, ...]]]) -> None:
        self.root = root
        self.names = spelled(groups[root.group], root)
        self.shapes = {name: groups[root.group][old] for name, old in self.names.items()}
        self.network = nets.network_of(STYLES[root.style].kind, self.shapes)
        dim = self.network.feature_dim if self.network else 0
        self.head = head_of(groups, root, dim) if dim else None


def _evidence(groups: Mapping[str, Mapping], found: Any, opened: Opened) -> Any:
    names = [
        join(plain_group(group), without_wrappers(n)) for group, ns in groups.items() for n in ns
    ]
    others = {f"container:{opened.container}"}
    for one in found:
        others |= {f"style:{one.root.style}", f"kind:{STYLES[one.root.style].kind}"}
        if one.network and one.network.stem:
            others.add(f"stem:{one.network.stem}")
        if one.head and not one.head.has_norm:
            others.add(f"head:{'-'.join(map(str, one.head.widths))} without norm")
    for ns in groups.values():
        for name, shape in ns.items():
            if without_wrappers(name) == "queue" and len(shape) == 2 and shape[0] > shape[1]:
                others.add("queue:rows are keys")
    return evidence(names, [one.root.plain for one in found], opened.facts, others)


def _chosen(roots: list[Root], asked: str | None) -> Root | None:
    if asked is None:
        return None
    for fits in (
        [root for root in roots if asked in (root.path, root.plain)],
        [root for root in roots if f".{root.path}".endswith(f".{asked}")],
    ):
        if len(fits) == 1:
            return fits[0]
    raise ValueError(
        f"encoder must be one of {', '.join(repr(root.path) for root in roots)}, got {asked!r}."
    )


def _with_encoder(
    whole: Card,
    family: Family,
    roots: list[Root],
    found: _Found,
    facts: Mapping[str, Any],
    override: Mapping[str, Any],
) -> Card:
    network, doubts = _network(family, found, override)
    size, size_doubt = _input_size(family, network, facts)
    name = _normalisation_name(family, size, facts)
    card = dataclasses.replace(
        whole,
        family=family.name,
        encoder=found.root.path,
        encoders=tuple(_choice(family, root) for root in roots),
        confidence=family.confidence,
        why=family.why,
    )
    if network is None:
        why = f"{family.why}, but the network is of no form that can be built here"
        return dataclasses.replace(card, confidence="unsure", why=why)
    wanted = nets.expected(network)
    fits = {n for n in wanted if found.shapes.get(n) == wanted[n]}
    of_head = set(found.head.keys) if found.head else set()
    left = [
        old
        for n, old in found.names.items()
        if n not in fits and old not in of_head and not n.endswith(nets.COUNTER)
    ]
    left = [name for name in left if not _is_beside(name, found.root)]
    missing = tuple(n for n in wanted if n not in fits)
    if missing or left:
        doubts = (*doubts, f"{len(missing)} tensors are missing and {len(left)} are unexpected.")
    arch = next((v for k, v in facts.items() if k.split(".")[-1] == "arch"), None)
    if isinstance(arch, str) and arch in nets.RESNETS and arch != network.name:
        doubts = (*doubts, f"The file says {arch}, its shapes are those of {network.name}.")
    mean, std = NORMALISATIONS[name]
    return dataclasses.replace(
        card,
        architecture=network.name,
        network=network,
        stem=network.stem,
        feature_dim=network.feature_dim,
        input_size=size,
        head=found.head,
        normalisation=Normalisation(mean, std, assumed=True),
        confidence="unsure" if missing or left else family.confidence,
        doubts=tuple(d for d in (*doubts, size_doubt, family.doubt) if d),
        matched=len(fits),
        missing=missing,
        unexpected=tuple(left),
    )


def _is_beside(name: str, root: Root) -> bool:
    """Whether a tensor that the network has no place for belongs to something behind it."""
    first = name.removeprefix(root.prefix).split(".")[0]
    is_whole_file = not without_wrappers(root.prefix.rstrip("."))
    return first in INSIDE or (is_whole_file and first in (*BESIDE, "prototypes"))


def _choice(family: Family, root: Root) -> EncoderChoice:
    role = role_of(family, root.plain)
    use = "the papers use this one" if role.used else "the papers use another one"
    return EncoderChoice(root.path, role.what, role.used, f"{role.what}: {use}")


def _network(
    family: Family, found: _Found, override: Mapping[str, Any]
) -> tuple[nets.Network | None, tuple[str, ...]]:
    """The network with what the family decides, and sentences on what nobody could see."""
    net, doubts = found.network, []
    if asked := override.get("architecture"):
        stem = override.get("stem") or (net and net.stem)
        net = nets.network_named(asked, stem, net.image_size if net else None)
    if net is None:
        return None, ()
    if asked := override.get("stem"):
        net = nets.with_stem(net, asked)
    if net.stem == "cifar":
        if family.stem_padding is not None:
            net = dataclasses.replace(
                net, stem_padding=family.stem_padding, max_pool=family.max_pool or "none"
            )
        elif "stem_padding" not in override:
            doubts.append(
                "Padding of the first convolution and pooling behind it cannot be seen: padding 1 "
                "and no pooling are assumed."
            )
    if net.kind == "vit" and net.feature_dim == 384:
        net = dataclasses.replace(net, n_heads=family.small_heads)
        if family.confidence == "unsure" and "n_heads" not in override:
            doubts.append(
                "The number of attention heads cannot be seen: 6 are assumed, as in DINO, DeiT "
                "and timm; MoCo v3 has 12."
            )
    if net.width != 64:
        doubts.append(f"It is {net.width / 64:g} times as wide as the usual {net.name}.")
    return dataclasses.replace(
        net, **{k: v for k, v in override.items() if k in OF_NETWORK and k != "stem"}
    ), tuple(doubts)


def _input_size(
    family: Family, network: nets.Network | None, facts: Mapping[str, Any]
) -> tuple[int | None, str]:
    if network is None:
        return None, ""
    if network.image_size:
        return network.image_size, ""
    sizes = {"cifar10": 32, "cifar100": 32, "tinyimagenet": 64, "imagenet": 224, "stl10": 96}
    if (dataset := _dataset(facts)) in sizes and family.normalisation != "minus one to one":
        return sizes[dataset], ""
    if family.normalisation == "minus one to one":
        from cacr_core.views import recipe_for

        found = re.search(r'"dataset": "([^"]+)"', str(facts.get("metadata.config", "")))
        if found:
            return recipe_for(found[1]).size, ""
    size = 32 if network.stem in ("cifar", None) else family.image_size
    return size, f"Any image size fits; {size} pixels are assumed."


def _normalisation_name(family: Family, size: int | None, facts: Mapping[str, Any]) -> str:
    if family.normalisation != "by size":
        return family.normalisation
    dataset = _dataset(facts)
    if dataset in NORMALISATIONS:
        return dataset
    return {32: "cifar10", 64: "stl10", 96: "stl10"}.get(size or 0, "imagenet")


def _dataset(facts: Mapping[str, Any]) -> str:
    for key, value in facts.items():
        if key.split(".")[-1] in ("dataset", "dataset_name", "data_set") and isinstance(value, str):
            return re.sub(r"[^a-z0-9]", "", value.lower())
    return ""


def _epoch(facts: Mapping[str, Any]) -> int | None:
    for key in ("epoch", "meta.epoch", "current_epoch"):
        value = facts.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def _n_parameters(names: Mapping[str, tuple[int, ...]]) -> int:
    """Numbers in a state dict; statistics of batch norms are none."""
    statistics = (nets.COUNTER, "running_mean", "running_var")
    return sum(math.prod(s) for n, s in names.items() if n.rpartition(".")[2] not in statistics)


def _overridden(card: Card, override: Mapping[str, Any]) -> Card:
    own = {k: v for k, v in override.items() if k not in OF_NETWORK or k == "stem"}
    return dataclasses.replace(card, **own) if own else card
