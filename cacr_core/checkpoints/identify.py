"""From names, shapes and plain entries of an opened file to its card; no tensor is read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cacr_core.checkpoints import architecture as nets
from cacr_core.checkpoints import by_hand, codes, hidden, pixels, unseen, vits
from cacr_core.checkpoints.beside import configs_beside
from cacr_core.checkpoints.card import Card, EncoderChoice
from cacr_core.checkpoints.exported import exported_in
from cacr_core.checkpoints.facts import (
    epoch_of,
    is_no_whole,
    n_weights,
    of_training,
    why_not_known,
)
from cacr_core.checkpoints.families import FAMILIES, Family
from cacr_core.checkpoints.fit import Found as Found
from cacr_core.checkpoints.fit import blocked_by, fit, odd
from cacr_core.checkpoints.keys import Root, find_roots
from cacr_core.checkpoints.nearest import nearest_to
from cacr_core.checkpoints.recognition import Groups, default_path, evidence, recognise, role_of

if TYPE_CHECKING:
    from cacr_core.checkpoints.opening import Opened

OF_NETWORK = {f.name for f in dataclasses.fields(nets.Network)} - {"name", "kind", "feature_dim"}
NOT_OF_CARD = OF_NETWORK | {"name", "kind", "encoder"}  # "feature_dim" is of both


def card_of(opened: Opened, **override: Any) -> Card:
    """What a file is.

    Args:
        override: Fields of the card that a person knows better, and those of its network
            (stem_padding, max_pool, n_heads, norm_eps, ...). `encoder` is a path of `encoders`,
            or its end where that is clear; `normalisation` may be a text that
            `pixels.by_hand` takes.

    Raises:
        ValueError: There is no such field, encoder, architecture or stem.
    """
    known = {f.name for f in dataclasses.fields(Card)} | OF_NETWORK
    if wrong := sorted(set(override) - known):
        raise ValueError(f"A card has no field {wrong[0]}; it has {', '.join(sorted(known))}.")
    by_hand.check(override)
    groups, facts = groups_of(opened), facts_of(opened)
    exported = exported_in(opened)
    roots = find_roots(groups)
    card = Card(
        epoch=epoch_of(facts),
        settings={k: v for k, v in facts.items() if not of_training(k)},
        unread=opened.unread,
        container=opened.container,
        n_tensors=len(opened.tensors),
        n_parameters=n_weights(opened),
        why=why_not_known(opened),
    )
    if near := "" if roots else nearest_to(groups):
        card = dataclasses.replace(card, why=f"{card.why}; {near}")
    if strange := is_no_whole(opened):
        card = dataclasses.replace(card, why=strange)
    elif roots:
        found = {root: Found(root, groups) for root in roots}
        about = About.of(opened, facts)
        said = facts | dict.fromkeys(opened.unread)
        words = evidence(
            groups,
            [(r, f.network, f.head) for r, f in found.items()],
            said,
            opened.container,
            about.beside,
            getattr(opened, "path", None),
        )
        if exported:
            exported = exported.under(override.get("family"))
        asked = override.get("family") or (exported and exported.card["family"])
        family, path = _family(words, [root.plain for root in roots], asked)
        default = next(root for root in roots if root.plain == path)
        roots = [default, *(root for root in roots if root != default)]
        chosen = _chosen(roots, override.get("encoder"))
        if exported and (net := found[chosen].network):
            exported = exported.fitting(net)
            override = exported.network | exported.card | override
            found[chosen].head = exported.head or found[chosen].head
        card = _filled(card, family, roots, found[chosen], about, override)
        card = codes.told(card, opened, found[chosen])
    is_known = card.network is not None and not card.missing
    if not (strange or is_known) and (why := codes.why_not_plain(opened)):
        card = dataclasses.replace(card, why=why, blocked=why if card.encoder is not None else None)
    own = {k: v for k, v in override.items() if k not in NOT_OF_CARD}
    if isinstance(text := own.get("normalisation"), str):
        own["normalisation"] = card.normalisation or pixels.by_hand(text)
    return dataclasses.replace(card, **own)


def groups_of(opened: Opened) -> Groups:
    """Shapes by name by state dict."""
    return {group: {n: s.shape for n, s in ns.items()} for group, ns in opened.groups.items()}


def facts_of(opened: Opened) -> dict[str, Any]:
    """What in a file is no tensor, the settings of this app's runs one by one: they stand as JSON
    in the metadata, where an opened file keeps the beginning only."""
    facts = dict(opened.facts)
    if opened.container == "safetensors" and "metadata.config" in facts:
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(opened.path, "np") as file:
                config = json.loads((file.metadata() or {}).get("config", ""))
            of_loss = {f"loss.{k}": v for k, v in dict(config.get("loss") or {}).items()}
            kept = {k: v for k, v in (config | of_loss).items() if isinstance(v, str | int | float)}
        except (
            SafetensorError, OSError, ValueError, TypeError, AttributeError, RecursionError,
        ):  # fmt: skip
            return facts
        facts |= {f"config.{k}"[:200]: v for k, v in list(kept.items())[:100]}
    return facts


class About(NamedTuple):
    """What is said of a checkpoint in it and beside it."""

    facts: dict[str, Any]
    beside: dict[str, Any]
    dataset: pixels.Dataset

    @classmethod
    def of(cls, opened: Opened, facts: dict[str, Any]) -> About:
        path = getattr(opened, "path", None)
        beside = configs_beside(path)
        return cls(facts, beside, pixels.dataset_of(facts, beside, path))


def _family(words: frozenset[str], paths: list[str], asked: str | None) -> tuple[Family, str]:
    """What a file shows, or a person says; of what they say the file shows nothing."""
    found, path = recognise(words, paths)
    if asked in (None, found.name):
        return found, path
    said = next((one for one in FAMILIES if one.name == asked), found)
    first = default_path(said, paths)
    said = dataclasses.replace(said, confidence="unsure", why="it was set by hand")
    return said, first[0] if first else paths[0]


def _chosen(roots: list[Root], asked: str | None) -> Root:
    if asked is None:
        return roots[0]
    for fits in (
        [root for root in roots if asked in (root.path, root.plain)],
        [root for root in roots if f".{root.path}".endswith(f".{asked}")],
    ):
        if len(fits) == 1:
            return fits[0]
    raise ValueError(
        f"encoder must be one of {', '.join(repr(root.path) for root in roots)}, got {asked!r}."
    )


def _filled(
    card: Card,
    family: Family,
    roots: list[Root],
    found: Found,
    about: About,
    override: Mapping[str, Any],
) -> Card:
    facts = about.facts
    card = dataclasses.replace(
        card,
        family=family.name,
        encoder=found.root.path,
        encoders=tuple(_choice(family, root, [one.plain for one in roots]) for root in roots),
        confidence=family.confidence,
        why=family.why,
    )
    network, doubts = _network(family, found, about, override)
    if network is None:
        near = nearest_to({"": {found.names[n]: shape for n, shape in found.shapes.items()}})
        why = f"{family.why}; but its network is of no form that can be built here"
        why = f"{why}: {near}" if near else why
        return dataclasses.replace(card, confidence="unsure", why=why, blocked=why)
    size, doubt = pixels.size_of(family, network, about.dataset, facts, about.beside)
    normalisation = override.get("normalisation") or pixels.normalisation_of(
        family, network, size, about.dataset, facts, about.beside
    )
    if isinstance(normalisation, str):
        normalisation = pixels.by_hand(normalisation, network.channels)
    fits, left = fit(found, network)
    missing = tuple(name for name in nets.expected(network) if name not in fits)
    blocked = blocked_by(network, normalisation.space, missing, left)
    blocked = blocked or hidden.why_not_built(network, about.beside, facts) or None
    doubts += (other := unseen.said_otherwise(network, about.beside))
    arch = facts.get("arch", facts.get("args.arch"))
    if isinstance(arch, str) and arch in nets.RESNETS and arch != network.name:
        doubts.append(f"The file says {arch}, its shapes are those of {network.name}.")
    head = found.head
    if head and family.classifies and head.kind == "linear":
        head = dataclasses.replace(head, kind="classifier")
    return dataclasses.replace(
        card,
        architecture=network.name,
        network=network,
        stem=network.stem,
        feature_dim=network.feature_dim,
        input_size=size,
        head=head,
        normalisation=normalisation,
        confidence="unsure" if missing or other or odd(left) else family.confidence,
        doubts=tuple(one for one in (blocked, *doubts, doubt, family.doubt) if one),
        matched=len(fits),
        missing=missing,
        unexpected=tuple(left.values()),
        blocked=blocked,
    )


def _choice(family: Family, root: Root, paths: list[str]) -> EncoderChoice:
    role = role_of(family, root.plain, paths)
    use = {True: ": the papers use this one", False: ": the papers use another one", None: ""}
    return EncoderChoice(root.path, role.what, role.used, role.what + use[role.used])


def _network(
    family: Family, found: Found, about: About, override: Mapping[str, Any]
) -> tuple[nets.Network | None, list[str]]:
    """The network with what the family decides, and sentences on what nobody could see."""
    net, doubts = found.network, []
    asked = override.get("architecture")
    if asked and (net is None or asked != net.name):
        net = nets.network_named(asked, net.stem if net else None, net.image_size if net else None)
    if net is None:
        return None, []
    if asked := override.get("stem"):
        net = nets.with_stem(net, asked)
    if net.stem == "cifar" and family.stem_padding is not None:
        padding, after = family.stem_padding, family.max_pool or net.max_pool
        net = dataclasses.replace(net, stem_padding=padding, max_pool=after)
    if net.stem == "cifar" and (family.stem_padding is None or family.confidence != "sure"):
        pool = {"none": "no pooling"}.get(net.max_pool, f"3 x 3 pooling at {net.max_pool}")
        doubts.append(
            f"The stem's padding and pooling cannot be seen: padding {net.stem_padding} and {pool} "
            "are assumed."
        )
    if net.kind == "vit":
        net, more = unseen.of_vit(net, found.root.style, family, about.beside)
        doubts += more
    if net.width != 64:
        doubts.append(f"It is {net.width / 64:g} times as wide as the usual {net.name}.")
    given = {k: v for k, v in override.items() if k in OF_NETWORK and k != "stem"}
    net = dataclasses.replace(net, **given)
    if net.kind == "vit":
        if "n_heads" in given:
            by_hand.check_heads(net.n_heads, net.feature_dim)
        net = dataclasses.replace(net, name=vits.named(net))
    return net, doubts
