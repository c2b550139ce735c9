"""Every sentence, headline and table on two checkpoints, held to the files and their features.

A text that a test does not know fails: a new sentence needs its fact here.
"""

import re

import numpy as np
import pytest
import torch
from safetensors import safe_open
from scipy.stats import chi2

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.features import augmented, network_of
from cacr_core.checkpoints.frozen.probe_images import scored_images
from cacr_core.papers.encoders import FOLDER
from tests.sentences import holds, press, table, texts
from tests.test_checkpoints_page import page
from tests.test_checkpoints_sentences import head_of
from tests.test_likeness import song_cka

pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
N = 96  # images in the clouds; what scores them are all others


@pytest.fixture(scope="module", autouse=True)
def folders(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CACR_RUNS", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("CACR_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def features(name, images, with_head=False):
    opened = open_file(FOLDER / f"{name}.safetensors")
    encoder, head = network_of(opened, card_of(opened))
    with torch.inference_mode():
        x = encoder(images / 127.5 - 1)
        return head(x) if with_head else x


def signed(share):
    text = f"{100 * share:+.1f}".replace("-", "−")
    return "0.0" if text[1:] == "0.0" else text


def vote(bank, own, x, k, temperature=None):
    """By numpy, image by image."""
    bank, x = (v.double().numpy() for v in (bank, x))
    cosines = (x / np.linalg.norm(x, axis=1, keepdims=True)) @ (
        bank / np.linalg.norm(bank, axis=1, keepdims=True)
    ).T
    said = []
    for row in cosines:
        near = np.argsort(-row)[:k]
        votes = 1 + row[near] if temperature is None else np.exp(row[near] / temperature)
        said.append(np.bincount(own.numpy()[near], votes).argmax())
    return torch.tensor(np.array(said))


@pytest.mark.parametrize(
    ("a", "b", "layer", "n"),
    [
        ("cacr-digits", "untrained-digits", "head", 480),
        ("cacr-digits", "sscl-digits", "features", N),
        ("sscl-digits", "sscl-digits", "features", N),
    ],
)
def test_a_comparison_says_no_more_than_the_images_allow(a, b, layer, n):
    at = page(a=f"shipped:{a}", b=f"shipped:{b}", panel="two", n_probes=str(n), layer_two=layer)
    press(at, "Compare their features")
    told, tables = all_questions(at)
    sets = scored_images("digits", n, 32)
    n = len(sets.test)
    labels, names = sets.test.labels, sets.test.class_names
    seen = {
        name: [features(name, part.images, layer == "head") for part in sets]
        for name in {a, b, "untrained-digits"}
    }
    said = {
        votes: {
            name: vote(bank, sets.train.labels, x, *votes) == labels
            for name, (bank, x) in seen.items()
        }
        for votes in ((10, None), (200, 0.07))
    }
    right = said[10, None]
    facts = [
        *head_of(a, 16),
        _of_the_ways(
            f"A is {a}, B is {b}: "
            + {"head": "embeddings after", "features": "features before"}[layer]
            + f" the head of {n:,} held-out images.",
            {f"{k}-NN": (right[a], right[b]) for (k, _), right in said.items()},
            told,
        ),
        "By 10-NN, votes 1 + cos, as are the classes and the gains below.",
        f"Right of {n:,} labelled images, by the votes of {len(sets.train):,} others. Guessing the "
        f"commonest class gets {100 * float(labels.bincount().max()) / n:.1f} %.",
        *_of_classes(right[a], right[b], labels, names, told),
        *_of_the_untrained(right, a, b, told),
        *_of_neighbours(seen[a][1], seen[b][1], told),
        *_of_tensors(a, b),
        *_of_weights(a, b, told),
    ]
    holds(told, facts)
    rows = tables["Accuracy by each way to vote"]
    for row, votes in zip(rows.values(), said.values(), strict=True):
        shares = [float(votes[name].double().mean()) for name in (a, b, "untrained-digits")]
        told = [row[0], row[1], row[3]]
        assert [one.split()[0] for one in told] == [f"{100 * share:.1f}" for share in shares]
        assert row[2].split()[0] == signed(shares[1] - shares[0])
    rows = tables["Spread of the features of A and B"]
    _of_spread(rows, [seen[name] for name in (a, b)], sets, [a, b], layer == "head")


def _overall(a, b, way):
    """Whether B is right more often (1), less often (-1) or neither, and its sentence's form."""
    gained, lost, n = int((b & ~a).sum()), int((a & ~b).sum()), len(a)
    value = re.escape(signed((gained - lost) / n))
    tail = rf"{value} percentage points \([+−]?[\d.]+ to [+−]?[\d.]+\)"
    if not (gained + lost and (gained - lost) ** 2 / (gained + lost) > chi2.ppf(0.95, 1)):
        return 0, f"{n:,} images cannot tell A and B apart by {way}: B − A is {tail}"
    often = "more" if gained > lost else "less"
    return 1 if gained > lost else -1, f"B is right {often} often than A by {way}: {tail}"


def _of_the_ways(about, right, told):
    """What is compared, and behind it each way to vote that says otherwise than the first."""
    first, *others = (_overall(a, b, way) for way, (a, b) in right.items())
    doubts = [f" :material/warning: {form}\\." for sign, form in others if sign != first[0]]
    (line,) = [one for one in told if re.fullmatch(re.escape(about) + "".join(doubts), one)]
    return line


def _of_classes(a, b, labels, names, told):
    """The headline of all and of the classes, by McNemar's test; their intervals by form alone,
    whose ends tests/test_paired.py holds."""
    known, form = _overall(a, b, "10-NN")
    (headline,) = [one for one in told if re.fullmatch(f"## {form}", one)]
    better, worse = [], []
    for i, name in enumerate(names):
        x, y = ((side & ~other)[labels == i].sum().item() for side, other in ((b, a), (a, b)))
        if x + y and (x - y) ** 2 / (x + y) > chi2.ppf(1 - 0.05 / len(names), 1):
            (better if x > y else worse).append(name)
    left = len(names) - len(better) - len(worse)
    if left == len(names):
        yield f"No class tells A and B apart: all {left} intervals of B − A hold 0"
    else:
        (named,) = [one for one in told if one.startswith("B is ") and "on" in one]
        assert not better  # of these two: B is worse, or nothing can be told
        listed = f"{len(worse)} classes" if len(worse) > 3 else " and ".join(
            [", ".join(worse[:-1]), worse[-1]] if len(worse) > 1 else worse)  # fmt: skip
        assert named == f"B is worse on {listed} than A; the other {left} intervals hold 0"
        yield named
    yield headline
    level = 100 * (1 - 0.05 / len(names))
    yield (
        f"The {len(names)} intervals hold together for 95 of 100 sets of images, so each is one of "
        f"{level:.2f} % (Bonferroni). Of {len(names)} at 95 % each, about {len(names) / 20:.1f} "
        "would leave out 0 by chance where nothing differs."
    )
    yield (
        "Intervals are of the images scored, not of the luck of training: they tell two files "
        "apart, not the losses that trained them."
        + ("" if known else " More images make them narrower.")
    )


def _of_the_untrained(right, a, b, told):
    for letter, name in zip("AB", (a, b), strict=True):
        own, base = right[name], right["untrained-digits"]
        gained, lost, n = int((own & ~base).sum()), int((base & ~own).sum()), len(own)
        known = gained + lost and (gained - lost) ** 2 / (gained + lost) > chi2.ppf(0.95, 1)
        value = re.escape(signed((gained - lost) / n))
        form = rf"no better than the untrained network, as far as {n} images tell: {value} "
        if known and gained > lost:
            form = rf"above the untrained network: {value} "
        mark = "" if known and gained > lost else ":material/warning: "
        (one,) = [one for one in told if re.match(f"{mark}{letter} is {form}", one)]
        yield one


def all_questions(at):
    """What is said whichever of the questions is asked, and the tables by what they say."""
    told, tables = [], {}
    for ask in ("classes", "neighbours", "layers", "weights"):
        at.segmented_control(key="checkpoints_ask").set_value(ask).run()
        assert not at.exception and not at.error
        told += [one for one in texts(at) if one not in told or one.endswith(" kept")]
        tables |= {one.proto.alt: table(at, one.proto.alt) for one in at.table}
    return told, tables


def _of_neighbours(x, y, told):
    x, y = (v.double().numpy() / np.linalg.norm(v.double().numpy(), axis=1, keepdims=True)
            for v in (x, y))  # fmt: skip
    near = []
    for one in (x, y):
        cosines = one @ one.T
        np.fill_diagonal(cosines, -2)
        near.append(np.argsort(-cosines, axis=1)[:, :10])
    kept = [len(set(i) & set(j)) for i, j in zip(*near, strict=True)]
    (share,) = [one for one in told if "nearest are kept" in one]
    form = (
        rf"\*\*(\d+) %\*\* of an image's 10 nearest are kept, {1000 / (len(x) - 1):.1f} % by "
        r"chance\. Linear CKA of the (features|embeddings), debiased: \*\*[\d.]+\*\*; 1 is the "
        r"same but for a turn, a shift and a scale, about 0 is unrelated\."
    )
    assert float(re.fullmatch(form, share)[1]) == pytest.approx(10 * np.mean(kept), abs=1)
    yield share
    changed = [f"{k} of 10 kept" for k in sorted(kept)[:5]]
    assert [one for one in told if re.fullmatch(r"\d+ of 10 kept", one)] == changed
    yield from changed
    if min(kept) == 10:
        for a, b in ("AB", "BA"):
            yield f"No image among the nearest under {a} is farther down under {b}."
    for form in (
        r"(Every layer|\d+ of \d+ layers) of A (is most like its|are most like their) own in B",
        r"90 % of the variance: A \d+, B \d+ directions",
        rf"Effective rank: directions in use, of {len(x):,} images\. .*",
    ):
        (one,) = [one for one in told if re.fullmatch(form, one)]
        yield one


def _of_weights(a, b, told):
    """How far weights of two axes or more lie apart, and the directions of the first one's change;
    by singular values of the difference itself."""
    with safe_open(FOLDER / f"{a}.safetensors", "pt") as one:
        with safe_open(FOLDER / f"{b}.safetensors", "pt") as other:
            pairs = {k: (one.get_tensor(k).double(), other.get_tensor(k).double())
                     for k in one.keys() if one.get_tensor(k).ndim > 1}  # fmt: skip
    apart = {k: float((y - x).norm() / x.norm()) for k, (x, y) in pairs.items()}
    x, y = pairs["backbone.0.weight"]
    squares = torch.linalg.svdvals((y - x).flatten(1)) ** 2
    if a == b:
        yield "Every layer is the same in A and B"
        yield "0.weight is the same in A and B"
    else:
        n = int((squares.cumsum(0) < 0.9 * squares.sum()).sum()) + 1
        yield f"0.weight: nine tenths of the change in {n} of {len(squares)} directions"
        most = max(apart, key=apart.get).replace("backbone.", "")
        most = most.replace("projection_head.0", "head.0").replace("projection_head.2", "head.1")
        ends = f"{min(apart.values()):.2g} to {max(apart.values()):.2g}"
        yield f"Layers lie {ends} of their size apart, {most} most"
    yield (
        "A convolution is a matrix of its outputs by all else. A change in few directions leaves "
        "most of a layer as it was."
    )


def _of_tensors(a, b):
    with safe_open(FOLDER / f"{a}.safetensors", "pt") as one:
        with safe_open(FOLDER / f"{b}.safetensors", "pt") as other:
            pairs = [(k, one.get_tensor(k).double(), other.get_tensor(k).double())
                     for k in one.keys()]  # fmt: skip
    counters = [k for k, _, _ in pairs if k.endswith("num_batches_tracked")]
    pairs = [one for one in pairs if one[0] not in counters]
    changed = [(float((x - y).norm() / x.norm()), k) for k, x, y in pairs if not x.equal(y)]
    told = f"0 added, 0 removed, {len(changed)} changed, {len(pairs) - len(changed)} same"
    told += f"; counters left out: {len(counters)}."
    if changed:
        apart, name = max(changed)
        n = sum(one == apart for one, _ in changed)
        if n > 1:
            yield f"{told} Farthest apart: {n} tensors, by {apart:.2g} times their length in A."
            return
        name = name.replace("backbone.", "").replace("projection_head.0", "head.0")
        name = name.replace("projection_head.2", "head.1")
        told += f" Farthest apart: {name}, by {apart:.2g} times its length in A."
    yield told


def _of_spread(rows, seen, sets, names, with_head):
    views = augmented(sets.test.images[:500], "digits", 16)
    for i, (_, x) in enumerate(seen):
        values = np.linalg.svd(x.double().numpy(), compute_uv=False)
        shares = values[values > 0] / values.sum()
        rank = np.exp(-(shares * np.log(shares)).sum())
        told, _, most = rows["effective rank"][i].partition(" of ")
        assert float(told) == pytest.approx(rank, rel=0.01)
        assert int(most) == min(x.shape)
        unit = torch.nn.functional.normalize(x.double(), dim=1)
        uniform = torch.pdist(unit).pow(2).mul(-2).exp().mean().log()
        told = float(rows["uniformity"][i].replace("−", "-"))
        assert told == pytest.approx(float(uniform), rel=0.01)
        one, other = (torch.nn.functional.normalize(features(names[i], view, with_head), dim=1)
                      for view in views)  # fmt: skip
        aligned = (one - other).square().sum(1).mean()
        assert float(rows["alignment"][i]) == pytest.approx(float(aligned), rel=0.02)


def test_likeness_of_layers_and_spectra_are_what_the_figures_say():
    at = page(a="shipped:cacr-digits", b="shipped:sscl-digits", panel="two", n_probes=str(N))
    press(at, "Compare their features")
    images = scored_images("digits", N, 32).test.images / 127.5 - 1
    layers, last = [], []
    for name in ("cacr-digits", "sscl-digits"):
        opened = open_file(FOLDER / f"{name}.safetensors")
        encoder, _ = network_of(opened, card_of(opened))
        x, found = images, {}
        with torch.inference_mode():
            for i, part in enumerate(encoder):
                x = part(x)
                if isinstance(part, torch.nn.ReLU):
                    found[str(i)] = x.flatten(2).mean(2) if x.ndim == 4 else x
        layers.append(found)
        last.append(x)
    a, b = layers
    most = {k: max(b, key=lambda j, k=k: song_cka(a[k], b[j])) for k in a}
    n_same = sum(k == j for k, j in most.items())
    of = "Every layer" if n_same == len(a) else f"{n_same} of {len(a)} layers"
    alike = "is most like its own" if n_same in (1, len(a)) else "are most like their own"
    told, _ = all_questions(at)
    assert f"{of} of A {alike} in B" in told
    (cka,) = [found[1] for one in told if (found := re.search(r"debiased: \*\*([\d.]+)", one))]
    value = song_cka(*last)
    assert float(cka) == pytest.approx(value, abs=0.001)
    needed = []
    for x in last:
        variance = np.linalg.svd((x - x.mean(0)).double().numpy(), compute_uv=False) ** 2
        needed.append(int((variance.cumsum() / variance.sum() < 0.9).sum()) + 1)
    assert f"90 % of the variance: A {needed[0]}, B {needed[1]} directions" in told
