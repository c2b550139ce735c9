"""How the table of families is read: what a file shows, and the first row that fits it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cacr_core.checkpoints.architecture import Network
from cacr_core.checkpoints.families import ANY, FAMILIES, Family, Role
from cacr_core.checkpoints.heads import Head
from cacr_core.checkpoints.keys import STYLES, Root, join, plain_group, without_wrappers

Groups = Mapping[str, Mapping[str, tuple[int, ...]]]
METHODS = {"moco": r"moco(?![_-]?v[12](?!\d))", "mae": "mae"}
"""What is looked for in a file's settings, name and folder; ViTs of MoCo v1 and v2 are as others'
are: solo-learn's mocov2plus has timm's."""
OTHERS = (
    "barlow", "byol", "clip", "deit", "dino", "ibot", "jepa", "moco", "msn", "sam", "simclr",
    "simsiam", "swav", "vicreg",
)  # fmt: skip
"""Methods that a file's name may say in spite of its folder."""
SAYS = ("hyper_parameters.method", "method", "args.method", "hyper_parameters.name")
DEPTH = 12  # parts of a name that are looked at
USUAL = {
    "teacher": "the teacher, a running mean of the student",
    "student": "the student, trained by gradient",
    "online_encoder": "the online network, trained by gradient",
    "target_encoder": "the target network, a running mean of the online one",
    "ema": "a running mean of the weights",
    "model_ema": "a running mean of the weights",
    "state_dict_ema": "a running mean of the weights",
}
"""What an encoder of this name is, where no family says it."""


def evidence(
    groups: Groups,
    networks: Iterable[tuple[Root, Network | None, Head | None]],
    facts: Mapping[str, Any],
    container: str,
    beside: Mapping[str, Any] | None = None,
    path: Any = None,
) -> frozenset[str]:
    """The words that `Family.has` is written in, as far as they are true of a file.

    All beginnings of plain names of tensors, cut at dots; and with a colon: `fact:` beginnings of
    entries that are no tensors, `setting:` their last parts, `part:` parts of tensors' names,
    `style:`, `kind:`, `stem:`, `stem width:`, `channels:`, `head:` (widths without a norm) and
    `expander:` (widths with one) of the networks, `container:`, `queue:rows are keys`, and
    `lightning` for PyTorch Lightning's own entries; of a ViT its form (`_of_vit`); `model type:`
    of the configuration beside it, and `says:` for a method that its settings or its name say, or
    `folder says:` where they say none and its folder does.
    """
    words = {f"container:{container}"}
    for group, names in groups.items():
        within = plain_group(group)
        for name, shape in names.items():
            plain = join(within, without_wrappers(name))
            words.update(_beginnings(plain))
            words.update(f"part:{part}" for part in plain.split(".")[:DEPTH] if not part.isdigit())
            if plain == "queue" and len(shape) == 2 and shape[0] > shape[1]:
                words.add("queue:rows are keys")
    for root, network, head in networks:
        words |= {f"style:{root.style}", f"kind:{STYLES[root.style].kind}"}
        if network:
            words |= {f"stem:{network.stem}", f"channels:{network.channels}"}
            words.add(f"stem width:{network.stem_width}")
            words |= _of_vit(network) if network.kind == "vit" else set()
        if head:
            kind = "expander" if head.has_norm else "head"
            words.add(f"{kind}:{'-'.join(map(str, head.widths))}")
    for key in facts:
        words.update(f"fact:{beginning}" for beginning in _beginnings(key))
        words.add(f"setting:{key.rpartition('.')[2]}")
    if "fact:pytorch-lightning_version" in words or {"fact:global_step", "fact:epoch"} <= words:
        words.add("lightning")
    if model := (beside or {}).get("config.json.model_type"):
        words |= {"model type", f"model type:{str(model).removesuffix('_vision_model')}"}
    words |= _said(getattr(path, "parts", ()), [facts.get(key) for key in SAYS])
    return frozenset(words)


def _said(parts: Sequence[str], settings: Iterable[object]) -> set[str]:
    """The methods that settings and a file's name say; that of its folder where those say none."""
    folder, name = (["", "", *parts])[-2:]
    own = " ".join([name, *(str(one) for one in settings if one)])
    if any(_says(own, method) for method in (*METHODS.values(), *OTHERS)):
        return {f"says:{name}" for name, method in METHODS.items() if _says(own, method)}
    return {f"folder says:{name}" for name, method in METHODS.items() if _says(folder, method)}


def _says(text: str, method: str) -> bool:
    """Whether a word is the method, or begins so with a version or a `vit`, which may also stand
    before it: `mocov3small`, `vitmae`, and no `ismael`."""
    return bool(re.search(rf"(?<![a-z])(?:vit)?{method}(?:v?\d|vit|(?![a-z]))", text.casefold()))


def _of_vit(net: Network) -> set[str]:
    """What of a ViT's form tells families apart."""
    return {
        f"positions:{net.positions}",
        f"pool:{net.pool}",
        f"patch:{net.patch}",
        f"layer scale:{'yes' if net.layer_scale else 'no'}",
        f"registers:{'yes' if net.n_registers else 'no'}",
        f"pre norm:{'yes' if net.pre_norm else 'no'}",
        f"class token:{'yes' if net.class_token else 'no'}",
    }


def recognise(words: frozenset[str], paths: list[str]) -> tuple[Family, str]:
    """The first family that fits a file, and which of its networks to take.

    Args:
        words: From `evidence`.
        paths: Plain paths of the file's networks, one or more.
    """
    for family in FAMILIES:
        fits = all(_any(words, one) for one in family.has)
        if fits and not any(_any(words, one) for one in family.hasnt):
            if path := default_path(family, paths):
                return family, path[0]
    raise AssertionError("the last family takes any network")


def default_path(family: Family, paths: list[str]) -> tuple[str] | None:
    """The first of a family's encoders that a file has; in a tuple, since a path may be empty. Of
    any, a teacher."""
    for role in family.roles:
        if role.path == ANY:
            return (next((path for path in paths if "teacher" in path.split(".")), paths[0]),)
        if role.path in paths:
            return (role.path,)
    return None


def role_of(family: Family, path: str, paths: list[str]) -> Role:
    """What an encoder is in a family's files. One that is named by nothing is not the one to use
    where a file has one that is; of several such it is not known which.

    Args:
        paths: Plain paths of all the file's networks.
    """
    usual = next((USUAL[part] for part in path.split(".") if part in USUAL), "")
    named = False
    n_left = len(set(paths) - {role.path for role in family.roles})
    for role in family.roles:
        if role.path == path or role.path == ANY:
            is_left = named and role.path in ("", ANY)
            if role.path == ANY and n_left > 1 and not is_left:
                return Role(path, usual or "a network in the file", None)
            return role._replace(path=path, used=False if is_left else role.used)
        named = named or role.path in paths
    return Role(path, usual or "another network in the file", None)


def _any(words: frozenset[str], one: str) -> bool:
    return any(word in words for word in one.split("|"))


def _beginnings(name: str) -> list[str]:
    parts = name.split(".")[:DEPTH]
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
