"""Where in a file networks stand, and their tensors' names in one spelling for each architecture.

Names are only ever cut at dots, from the front: `str.replace` or `lstrip` would eat letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cacr_core.checkpoints.spellings import CONVNEXTS, VITS, Style, as_is

WRAPPERS = frozenset({"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"})
# containers that say nothing of what they hold
NEUTRAL = frozenset(
    "state_dict model model_state model_state_dict net network params weights checkpoint"
    " classy_state_dict base_model".split()
)
MOST = 16


class Root(NamedTuple):
    """A network in a file.

    Attributes:
        group: Path of the container its state dict stands in, as in `Opened.groups`.
        prefix: What its names begin with there, with the dot at the end; may be empty.
        style: A key of `STYLES`.
        path: `group` and `prefix` as one dotted path: what a person chooses by.
        plain: The path without wrappers and without containers that say nothing.
    """

    group: str
    prefix: str
    style: str
    path: str
    plain: str


def join(*parts: str) -> str:
    return ".".join(part.strip(".") for part in parts if part.strip("."))


def without_wrappers(path: str) -> str:
    return ".".join(part for part in path.split(".") if part not in WRAPPERS)


def plain_group(group: str) -> str:
    """A container's path without what says nothing: `state_dict` is empty, `teacher` stays."""
    return ".".join(p for p in group.split(".") if p not in NEUTRAL and p not in WRAPPERS)


def find_roots(groups: Mapping[str, Mapping[str, object]]) -> list[Root]:
    """The networks of a known style in the state dicts of a file, in the file's order; of more
    than `MOST`, which no published file has, the first."""
    found = []
    for group, names in groups.items():
        bare = {without_wrappers(name) for name in names}  # a block may be wrapped by itself
        for name in names:
            last = name.rpartition(".")[2]
            for style, (_, anchor, beside, _, without, needs) in STYLES.items():
                if last != anchor.rpartition(".")[2] or not _ends_with(name, anchor):
                    continue
                prefix = name[: len(name) - len(anchor)]
                at = without_wrappers(prefix)
                if any(at + other in bare for other in without):
                    continue
                if not all(at + other in bare for other in needs):
                    continue
                if any(at + other in bare for other in beside):
                    plain = join(plain_group(group), without_wrappers(prefix.rstrip(".")))
                    found.append(Root(group, prefix, style, join(group, prefix), plain))
                    if len(found) == MOST:
                        return found
    return found


def spelled(names: Iterable[str], root: Root) -> dict[str, str]:
    """The architecture's spelling -> the name in the group, for all names under the root."""
    under = {
        without_wrappers(name.removeprefix(root.prefix)): name
        for name in names
        if name.startswith(root.prefix)
    }
    spell = STYLES[root.style].spell(under)
    return {spell[plain]: name for plain, name in under.items()}


def _ends_with(name: str, anchor: str) -> bool:
    return name == anchor or name.endswith(f".{anchor}")


def _resnet(names: Iterable[str]) -> dict[str, str]:
    """lightly's own ResNet calls the downsampling `shortcut`."""
    return {
        name: ".".join("downsample" if part == "shortcut" else part for part in name.split("."))
        for name in names
    }


def _resnet_by_number(names: Iterable[str]) -> dict[str, str]:
    """The children of a ResNet in an `nn.Sequential`: convolution, norm, then four layers, with
    or without ReLU and pooling counted between."""
    names = list(names)
    layers = sorted(
        {int(n.split(".")[0]) for n in names if re.match(r"[0-9]{1,4}\.[0-9]{1,4}\.conv1\.", n)}
    )
    known = {"0": "conv1", "1": "bn1"}
    known |= {str(number): f"layer{i}" for i, number in enumerate(layers, 1)}
    out = {}
    for name in _resnet(names):
        first, dot, rest = name.partition(".")
        out[name] = known.get(first, first) + dot + _resnet([rest])[rest]
    return out


STYLES: dict[str, Style] = {
    "resnet": Style(
        "resnet", "conv1.weight", ("layer1.0.conv1.weight",), _resnet, ("attnpool.c_proj.weight",)
    ),
    "resnet of clip": Style("clip_resnet", "conv1.weight", ("attnpool.c_proj.weight",), as_is),
    "resnet by number": Style(
        "resnet", "0.weight", ("4.0.conv1.weight", "2.0.conv1.weight"), _resnet_by_number
    ),
    **VITS,
    **CONVNEXTS,
    "small_alexnet": Style("small_alexnet", "blocks.0.0.weight", ("blocks.5.1.weight",), as_is),
    "small": Style("small", "0.weight", ("14.running_mean",), as_is),
}
