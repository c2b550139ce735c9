import dataclasses
import math
from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cacr_core import data
from cacr_core.data.imbalance import kept_per_class
from cacr_core.data.spoil import _resized
from cacr_core.training import Source, TrainConfig, train

TAIL_10 = [0, 1, 4, 12, 33, 91, 248, 676, 1839, 5000]
TAIL_100 = [0, 0, 0, 1, 3, 9, 24, 67, 183, 500]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def labelled(per_class, size=2):
    labels = torch.cat([torch.full((n,), c) for c, n in enumerate(per_class)])
    labels = labels[torch.randperm(len(labels), generator=seeded(9))]
    number = torch.arange(len(labels))
    digits = torch.stack([number % 256, number // 256 % 256, number // 65536], dim=1)
    images = digits.to(torch.uint8)[:, :, None, None].expand(-1, 3, size, size).contiguous()
    return data.ImageSet(images, labels, tuple(f"class {c}" for c in range(len(per_class))))


def keys(images):
    return [image.numpy().tobytes() for image in images.images]


def counts(images):
    return [int((images.labels == c).sum()) for c in range(len(images.class_names))]


def test_exponential_imbalance_of_cifar10_has_the_published_counts():
    images = labelled([5000] * 10, size=1)
    assert counts(data.imbalanced(images, "exponential", seeded())) == TAIL_10
    assert sum(TAIL_10) == 7904


def test_linear_imbalance_of_cifar10_keeps_27500():
    kept = counts(data.imbalanced(labelled([5000] * 10, size=1), "linear", seeded()))
    assert kept == [500 * (c + 1) for c in range(10)]
    assert sum(kept) == 27_500


def test_imbalances_of_cifar100_go_by_groups_of_ten_classes():
    linear = kept_per_class([500] * 100, "linear")
    assert sum(linear) == 27_500
    assert linear == [50 * (c // 10 + 1) for c in range(100)]
    exponential = kept_per_class([500] * 100, "exponential")
    assert exponential == [n for n in TAIL_100 for _ in range(10)]
    assert sum(exponential) == 7_870


@pytest.mark.parametrize("n_classes", [2, 8, 10, 100, 120])
@pytest.mark.parametrize("ratio", [1.0, 10.0, 100.0])
def test_the_long_tail_falls_from_the_last_class_to_the_first_by_the_ratio(n_classes, ratio):
    kept = kept_per_class([1000] * n_classes, "ratio", ratio=ratio)
    assert kept == sorted(kept)
    assert kept[-1] == 1000
    assert kept[0] == pytest.approx(1000 / ratio, abs=1)


def test_uneven_classes_keep_shares_of_their_own_size():
    images = labelled([30, 7, 21, 12])
    assert counts(data.imbalanced(images, "linear", seeded())) == [7, 3, 15, 12]


@given(
    st.lists(st.integers(0, 40), min_size=2, max_size=30),
    st.sampled_from(data.IMBALANCES),
    st.integers(0, 50),
)
@settings(max_examples=60, deadline=None)
def test_no_class_gains_and_none_falls_below_the_least(per_class, how, n_min):
    kept = kept_per_class(per_class, how, n_min=n_min)
    for before, after in zip(per_class, kept, strict=True):
        assert min(before, n_min) <= after <= before


def test_a_steeper_tail_keeps_some_of_what_a_flatter_one_keeps():
    images = labelled([40] * 5)
    flat = data.imbalanced(images, "ratio", seeded(), ratio=2.0)
    steep = data.imbalanced(images, "ratio", seeded(), ratio=20.0)
    assert set(keys(steep)) < set(keys(flat)) < set(keys(images))
    other = data.imbalanced(images, "ratio", seeded(1), ratio=20.0)
    assert set(keys(other)) != set(keys(steep))


def test_images_keep_their_labels_through_imbalance():
    images = labelled([40] * 5)
    label_of = dict(zip(keys(images), images.labels.tolist(), strict=True))
    left = data.imbalanced(images, "exponential", seeded())
    assert [label_of[key] for key in keys(left)] == left.labels.tolist()


def test_imbalance_without_labels_or_classes_is_refused():
    some = labelled([5, 5])
    unlabelled = dataclasses.replace(some, labels=torch.where(some.labels == 0, -1, some.labels))
    with pytest.raises(ValueError, match="5 of 10 images without a label and 2 classes"):
        data.imbalanced(unlabelled, "linear", seeded())
    with pytest.raises(ValueError, match="0 of 6 images without a label and 1 classes"):
        data.imbalanced(labelled([6]), "linear", seeded())
    with pytest.raises(ValueError, match=r"one of none, linear.*'cubic'"):
        data.imbalanced(some, "cubic", seeded())


def test_head_and_tail_are_thirds_and_ties_go_by_class():
    assert data.head_and_tail(TAIL_10) == ([7, 8, 9], [0, 1, 2])
    assert data.head_and_tail([5] * 8) == ([5, 6, 7], [0, 1, 2])
    assert data.head_and_tail([3, 9]) == ([1], [0])
    assert data.head_and_tail([3]) == ([], [])
    assert data.head_and_tail([n for n in TAIL_100 for _ in range(10)])[1] == list(range(33))
    head, tail = data.head_and_tail(range(100))
    assert (head, tail) == (list(range(67, 100)), list(range(33)))


def test_duplicates_are_exact_copies_of_images_that_stayed():
    images = labelled([50, 50])
    spoiled = data.duplicated(images, 0.3, seeded())
    before, after = keys(images), keys(spoiled)
    assert len(after) == 100
    stayed = [a for a, b in zip(after, before, strict=True) if a == b]
    assert len(stayed) == len(set(after)) == 70
    assert set(after) == set(stayed)
    label_of = dict(zip(before, images.labels.tolist(), strict=True))
    assert [label_of[key] for key in after] == spoiled.labels.tolist()


def test_noise_takes_the_share_asked_for_and_has_no_label():
    images = labelled([50, 50], size=8)
    spoiled = data.with_noise(images, 0.2, seeded())
    changed = [a != b for a, b in zip(keys(spoiled), keys(images), strict=True)]
    assert sum(changed) == 20
    assert torch.equal(spoiled.labels == -1, torch.tensor(changed))
    pixels = spoiled.images[spoiled.labels == -1].float()
    assert pixels.mean().item() == pytest.approx(127.5, abs=5)
    assert pixels.std().item() == pytest.approx(256 / math.sqrt(12), abs=4)


def test_a_mixture_brings_other_images_once_each_without_labels():
    images, other = labelled([50, 50], size=4), labelled([60], size=4)
    other = dataclasses.replace(other, images=255 - other.images)
    spoiled = data.mixed(images, other, 0.4, seeded())
    new = [key for key, label in zip(keys(spoiled), spoiled.labels, strict=True) if label == -1]
    assert len(new) == len(set(new)) == 40
    assert set(new) < set(keys(other))
    assert spoiled.class_names == images.class_names
    assert len(set(keys(spoiled)) & set(keys(images))) == 60


def test_images_of_another_size_are_resized_and_keep_their_mean():
    other = labelled([30], size=16)
    small = _resized(other.images, 8)
    assert small.shape == (30, 3, 8, 8)
    means = other.images.float().mean((1, 2, 3))
    torch.testing.assert_close(small.float().mean((1, 2, 3)), means)


def test_watched_and_scored_images_do_not_come_in_with_a_mixture():
    images, other = labelled([10, 10]), labelled([20])
    watched = other.take(torch.arange(12))
    spoiled = data.mixed(images, other, 0.4, seeded(), unlike=[watched])
    arrived = spoiled.take(torch.nonzero(spoiled.labels < 0).flatten())
    assert not set(keys(arrived)) & set(keys(watched))
    with pytest.raises(ValueError, match="needs 10 images of the second dataset, which has 8"):
        data.mixed(images, other, 0.5, seeded(), unlike=[watched])


SMALL = TrainConfig(
    dataset="digits", batch_size=8, n_steps=3, snapshot_every=3, n_probes=32, embedding_dim=8
)


def small(**changes):
    return dataclasses.replace(SMALL, **changes)


@pytest.mark.parametrize("how", ["linear", "exponential", "ratio"])
def test_only_training_images_are_imbalanced_and_the_bank_stays_as_it_is(how):
    plain, spoiled = Source(SMALL), Source(small(imbalance=how))
    assert spoiled.per_class == kept_per_class(plain.per_class, how)
    for a, b in zip(plain.evaluation, spoiled.evaluation, strict=True):
        assert torch.equal(a[0], b[0])
        assert torch.equal(a[1], b[1])
    assert torch.equal(plain.probe_views, spoiled.probe_views)
    found = data.count_per_class(spoiled.splits.held_out)
    assert max(found) - min(found) <= 2  # dealt in rounds, of which the first and last are cut


def test_the_bank_is_balanced_over_classes():
    splits = data.load("shapes", n_train=2400, n_probes=32, n_held_out=40)
    found = Counter(Source(small(dataset="shapes"), splits).evaluation[0][1].tolist())
    assert sum(found.values()) == 2000
    assert max(found.values()) - min(found.values()) <= 1


SPOILED = small(
    imbalance="ratio", duplicates=0.2, noise_images=0.1, mixture="shapes", mixture_share=0.3
)


def test_spoiled_training_images_stay_apart_from_those_watched_and_scored():
    pool, probe, held_out = Source(SPOILED).splits
    assert not set(keys(pool)) & (set(keys(probe)) | set(keys(held_out)))
    plain = Source(small(imbalance="ratio"))
    assert len(pool) == len(plain.images)
    share = (pool.labels < 0).float().mean().item()
    assert share == pytest.approx(1 - 0.7 * 0.9, abs=0.05)


@pytest.mark.parametrize("config", [SPOILED, small(imbalance="exponential", n_min=3)])
def test_equal_spoiled_configs_give_equal_snapshots(config):
    first, again = list(train(config)), list(train(config))
    for a, b in zip(first, again, strict=True):
        assert a.metrics == b.metrics
        assert (a.embeddings == b.embeddings).all()


def test_a_pool_smaller_than_the_batch_is_refused_with_what_remains():
    total = len(Source(SMALL).images)
    left = sum(kept_per_class(Source(SMALL).per_class, "exponential"))
    with pytest.raises(ValueError, match=f"the {left} of {total} training images.*size 256"):
        Source(small(imbalance="exponential", batch_size=256))


def test_class_accuracies_average_to_the_accuracy_and_head_and_tail_to_theirs():
    config = small(imbalance="linear")
    source, metrics = Source(config), list(train(config))[-1].metrics
    by_class = [metrics[f"class_accuracy_{c}"] for c in range(10)]
    held_out = data.count_per_class(source.splits.held_out)
    whole = sum(a * n for a, n in zip(by_class, held_out, strict=True)) / sum(held_out)
    assert whole == pytest.approx(metrics["knn_features"], abs=1e-6)
    assert (source.head, source.tail) == ([7, 8, 9], [0, 1, 2])
    assert metrics["head_accuracy"] == pytest.approx(sum(by_class[7:]) / 3)
    assert metrics["tail_accuracy"] == pytest.approx(sum(by_class[:3]) / 3)


def test_head_and_tail_are_those_of_the_imbalance_whatever_else_is_spoiled():
    plain = Source(small(imbalance="exponential", n_min=2))
    noisy = Source(small(imbalance="exponential", n_min=2, noise_images=0.5, duplicates=0.3))
    assert plain.per_class != noisy.per_class
    assert (plain.head, plain.tail) == (noisy.head, noisy.tail) == ([7, 8, 9], [0, 1, 2])


def test_balanced_runs_have_no_head_and_no_tail():
    snapshot = next(train(SMALL))
    assert "class_accuracy_9" in snapshot.metrics
    assert not {"head_accuracy", "tail_accuracy"} & snapshot.metrics.keys()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"imbalance": "cubic"}, "imbalance must be one of none.*'cubic'"),
        ({"imbalance_ratio": 0.5}, r"imbalance_ratio must be from 1 .*0\.5"),
        ({"imbalance_ratio": math.nan}, "imbalance_ratio.*nan"),
        ({"n_min": -1}, "n_min.*-1"),
        ({"duplicates": 1.0}, r"duplicates must be from 0 to 0\.95, got 1\.0"),
        ({"noise_images": "much"}, "noise_images must be a number, got 'much'"),
        ({"mixture_share": 0.5}, r"second dataset, got none.*0\.5"),
        ({"mixture": "digits", "mixture_share": 0.5}, "'digits' twice"),
        ({"mixture": 3}, "mixture must be the name of a dataset, got 3"),
    ],
)
def test_spoiling_that_makes_no_sense_is_refused_with_the_value(changes, message):
    with pytest.raises(ValueError, match=message):
        small(**changes)


def test_a_folder_may_be_mixed_in_and_is_refused_when_too_small(tmp_path):
    for i in range(20):
        Image.new("RGB", (20, 20), (i, 200, 9)).save(tmp_path / f"{i}.png")
    pool = Source(small(mixture=str(tmp_path), mixture_share=0.02)).splits.train
    arrived = pool.images[pool.labels < 0]
    assert len(arrived) == round(0.02 * len(pool))
    assert (arrived[:, 1] == 200).all()
    with pytest.raises(ValueError, match=r"of the second dataset, which has 17 to give"):
        Source(small(mixture=str(tmp_path), mixture_share=0.5))
