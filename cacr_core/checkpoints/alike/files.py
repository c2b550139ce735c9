"""Two checkpoint files side by side, for the page and for `diff`: their tensors, and what their
networks make of the same images."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from cacr_core.checkpoints import Card, Opened, head_state_dict_of, state_dict_of
from cacr_core.checkpoints.alike.report import Likeness, Seen, likeness_of
from cacr_core.checkpoints.alike.singular import LayerChanges, layer_changes
from cacr_core.checkpoints.alike.tensors import Row, Source, difference, differences
from cacr_core.checkpoints.features import (
    Sets,
    augmented,
    features_of,
    image_sets,
    layers_of,
    network_of,
    size_for,
)
from cacr_core.checkpoints.features.embedding import FEATURES, HEAD, NotFinite
from cacr_core.checkpoints.frozen.probe_images import scored_images
from cacr_core.checkpoints.networks import has_head
from cacr_core.checkpoints.untrained import shipped
from cacr_core.data import ImageSet

N_TRAIN = 2000  # labelled images that classes are learnt from
N_ALIGNED, MOST_LAYERS = 500, 8

Progress = Callable[[str, int, int], None]  # whose: "A" or "B"; images done; of how many


class File(NamedTuple):
    """A file that was opened, and what it is taken for."""

    opened: Opened
    card: Card

    @property
    def can_be_built(self) -> bool:
        return bool(self.card.network and not self.card.blocked)


class Compared(NamedTuple):
    """What two networks make of the same images.

    Attributes:
        bases: Names of the untrained networks of their forms, None where none ships.
        images: The held-out ones that both saw.
    """

    likeness: Likeness
    bases: tuple[str | None, str | None]
    images: ImageSet


def tensor_rows(a: File, b: File, *, by_file: bool = False) -> list[Row]:
    """Every tensor of both: encoders and heads under the network's own names, so that files of
    different code can be compared; else, or where asked for, all under the names in the files, a
    few in memory at a time."""
    if not by_file and a.can_be_built and b.can_be_built:
        return difference(_named(a), _named(b))
    return list(differences(*(Source(one.opened.tensors, one.opened.load) for one in (a, b))))


def weight_changes(
    a: File, b: File, progress: Callable[[int, int], None] | None = None
) -> LayerChanges:
    """Singular values of the difference of weights, layer by layer; empty where the networks share
    no layer's name and shape."""
    if not (a.can_be_built and b.can_be_built):
        return LayerChanges([], [], [])
    return layer_changes(_named(a), _named(b), progress)


def _named(one: File) -> dict[str, Tensor]:
    state = dict(state_dict_of(*one))
    if one.card.head is None:
        return state
    try:
        head = head_state_dict_of(*one)
    except ValueError:  # of an unknown form: the encoders are compared all the same
        return state
    return state | {f"head.{name}": tensor for name, tensor in head.items()}


def compare_on_images(
    a: File,
    b: File,
    dataset: str,
    layer: str,
    n_test: int,
    *,
    sets: tuple[Sets, Sets] | None = None,
    inner: bool = False,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Compared:
    """Both on the same images of a dataset, from the cache where that has features.

    Args:
        layer: "features" or "head".
        n_test: Held-out images looked at, at most.
        sets: Images to fit on and to look at for each, the same ones of two sizes; None for those
            that `image_sets` draws.
        inner: Compare their last inner layers too, and two augmented views of the first images.
        device: Of the networks, as `features_of` takes it.

    Raises:
        NotFinite: Features of one are NaN or infinite, and which.
        ValueError: The dataset cannot be read, or a network not built or fed.
    """
    if sets is None:
        size = size_for(dataset, [a.card, b.card])
        sets = (image_sets(dataset, n_train=N_TRAIN, n_test=n_test, size=size),) * 2
    seen, bases = [], []
    for letter, one, own in zip("AB", (a, b), sets, strict=True):

        def told(done: int, total: int, letter: str = letter) -> None:
            if progress:
                progress(letter, done, total)

        base = shipped(one.card, layer)
        beside = base and _seen(File(*base), own, dataset, layer, device, told)
        try:
            seen.append(_seen(one, own, dataset, layer, device, told, beside, inner))
        except NotFinite as error:
            raise NotFinite(f"{letter} ({one.opened.path.name}): {error}") from None
        bases.append(base[0].path.stem if base else None)
    train, test = max(sets, key=lambda own: own.test.images.shape[-1])  # to be looked at
    likeness = likeness_of(seen[0], seen[1], train.labels, test.labels, test.class_names, of=layer)
    return Compared(likeness, (bases[0], bases[1]), test)


def compare_as_scored(
    a: File,
    b: File,
    dataset: str,
    layer: str,
    n_test: int,
    *,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Compared:
    """The same, inner layers too, on the images that frozen runs of the two are scored on, each
    read at the size of its own network, so that what stands beside their panels says the same
    numbers."""
    sizes = [int(one.card.input_size or 32) for one in (a, b)]
    read = {size: scored_images(dataset, n_test, size) for size in dict.fromkeys(sizes)}
    sets = read[sizes[0]], read[sizes[1]]
    return compare_on_images(
        a, b, dataset, layer, n_test, sets=sets, inner=True, device=device, progress=progress
    )


def _sides(card: Card) -> tuple[str, ...]:
    """Features, and what the head makes of them where that can be built."""
    return (FEATURES, HEAD) if has_head(card) else (FEATURES,)


def _seen(
    one: File,
    sets: Sets,
    dataset: str,
    layer: str,
    device: str,
    told: Callable[[int, int], None],
    untrained: Seen | None = None,
    inner: bool = False,
) -> Seen:
    """What one network makes of the images."""
    within = list(layers_of(network_of(*one, with_head=False)[0])) if inner else []

    # both sides of the head at once, so that the other is there when it is asked for
    both = _sides(one.card) if inner else ()

    def made(images: Tensor, split: str, *layers: str) -> dict[str, Tensor]:
        asked = dict.fromkeys([*layers, *both])
        found = features_of(
            *one,
            images,
            dataset=dataset,
            split=split,
            layers=list(asked),
            device=device,
            progress=told,
        )
        return {name: torch.from_numpy(found[name]) for name in layers}

    images = sets.test.images
    views = augmented(images[:N_ALIGNED], dataset, int(images.shape[-1])) if inner else []
    test = made(images, "test", *within[-MOST_LAYERS:], layer)
    return Seen(
        made(sets.train.images, "train", layer)[layer],
        test.pop(layer),
        test,
        [made(view, f"view {v}", layer)[layer] for v, view in enumerate(views)],
        untrained,
    )
