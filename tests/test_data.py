import gzip
import io
import stat
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cacr_core import data
from cacr_core.data import folders, published
from cacr_core.data.folders import bounds, listing
from cacr_core.data.folders.listing import HIDDEN
from cacr_core.data.image_set import ImageSet, fair_draw, split_two


def png(colour=(200, 10, 10), size=(40, 30), form="PNG", **options):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form, **options)
    return file.getvalue()


def write_folder(root, per_class=8):
    for name, colour in [("red", (250, 0, 0)), ("blue", (0, 0, 250))]:
        (root / name).mkdir(parents=True)
        for i in range(per_class):
            (root / name / f"{i}.png").write_bytes(png(colour))
    return root


def write_zip(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return str(path)


def write_fashion(root, n_train=40, n_test=30):
    root.mkdir(parents=True)
    for part, n in [("train", n_train), ("t10k", n_test)]:
        images = np.arange(n * 28 * 28, dtype=np.uint32).astype(np.uint8).tobytes()
        labels = bytes(i % 10 for i in range(n))
        header = struct.pack(">4I", 0x803, n, 28, 28)
        for name, content in [
            (f"{part}-images-idx3-ubyte", header + images),
            (f"{part}-labels-idx1-ubyte", struct.pack(">2I", 0x801, n) + labels),
        ]:
            with gzip.open(root / f"{name}.gz", "wb") as file:
                file.write(content)


def rows(image_set):
    return {image.numpy().tobytes() for image in image_set.images}


def shapes(seed=0, **changes):
    return data.load(
        "shapes", **{"n_train": 64, "n_probes": 40, "n_held_out": 40} | changes, seed=seed
    )


def test_equal_seeds_give_equal_shapes_and_other_seeds_others():
    once, again, other = shapes(), shapes(), shapes(seed=1)
    assert torch.equal(once.train.images, again.train.images)
    assert torch.equal(once.held_out.labels, again.held_out.labels)
    assert not torch.equal(once.train.images, other.train.images)


def test_more_shapes_begin_with_the_same_ones():
    few, many = shapes(n_train=64).train, shapes(n_train=1100).train
    assert torch.equal(few.images, many.images[:64])
    np.testing.assert_array_equal(few.factors["hue"].values, many.factors["hue"].values[:64])


def test_the_three_parts_of_a_set_share_no_image():
    splits = shapes()
    train, probe, held_out = map(rows, splits)
    assert len(train) + len(probe) + len(held_out) == sum(map(len, splits))
    assert not (train & probe or train & held_out or probe & held_out)


def test_shapes_know_their_class_hue_and_size():
    train = shapes(n_train=1000).train
    assert train.images.shape == (1000, 3, 32, 32)
    assert train.labels.bincount().tolist() == [125] * 8
    np.testing.assert_array_equal(train.factors["shape"].values, train.labels.numpy())
    assert train.factors["hue"].kind == "circular" and train.factors["size"].kind == "number"
    assert 0 <= train.factors["hue"].values.min() <= train.factors["hue"].values.max() < 1


def test_pixels_alone_give_little_of_the_shape_away():
    splits = shapes(n_train=2000, n_held_out=1000)
    bank, asked = (s.images.flatten(1).float() for s in (splits.train, splits.held_out))
    nearest = torch.cdist(asked, bank).topk(10, largest=False).indices
    votes = torch.nn.functional.one_hot(splits.train.labels[nearest], 8).sum(1)
    assert 0.1 < (votes.argmax(1) == splits.held_out.labels).float().mean() < 0.3


def test_taking_images_takes_their_labels_and_factors():
    train = shapes().train
    taken = train.take(torch.tensor([5, 2]))
    assert torch.equal(taken.images, train.images[[5, 2]])
    assert taken.labels.tolist() == [train.labels[5], train.labels[2]]
    assert taken.factors["size"].values[1] == train.factors["size"].values[2]


def test_digits_keep_a_third_for_training_when_more_is_asked_for():
    train, probe, held_out = data.load("digits")
    assert len(train) + len(probe) + len(held_out) == 1797
    assert len(train) >= 1797 // 3 and len(probe) == 399
    counts = probe.labels.bincount(minlength=10)
    assert counts.max() - counts.min() <= 1


def test_a_fair_draw_is_balanced_seeded_and_not_the_first_images():
    labels = torch.arange(100) % 4
    rest, probe, held_out = fair_draw(labels, 20, 12, seed=3)
    assert labels[probe].bincount().tolist() == [5] * 4
    assert labels[held_out].bincount().tolist() == [3] * 4
    assert sorted(torch.cat([rest, probe, held_out]).tolist()) == list(range(100))
    assert set(probe.tolist()) != set(range(20))
    assert torch.equal(probe, fair_draw(labels, 20, 12, seed=3)[1])
    assert not torch.equal(probe, fair_draw(labels, 20, 12, seed=4)[1])


def test_a_rare_class_does_not_stop_a_fair_draw():
    labels = torch.tensor([0] * 30 + [1])
    rest, probe, held_out = fair_draw(labels, 8, 8, seed=0)
    assert sorted(torch.cat([rest, probe, held_out]).tolist()) == list(range(31))


DERMA = (66, 103, 220, 23, 223, 1341, 29)  # images of the classes of DermaMNIST's test part


def of_sizes(*sizes):
    return torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))


def per_class(labels, parts):
    return [labels[part].bincount(minlength=int(labels.max()) + 1).tolist() for part in parts]


@pytest.mark.parametrize(
    ("sizes", "n_probes", "n_held_out"), [((960, 40), 250, 250), (DERMA, 501, 501)]
)
def test_a_rare_class_is_watched_scored_and_trained_on(sizes, n_probes, n_held_out):
    labels = of_sizes(*sizes)
    parts = per_class(labels, fair_draw(labels, n_probes, n_held_out, seed=0, n_parts=3))
    assert [sum(part) for part in parts[1:]] == [n_probes, n_held_out]
    for n, *has in zip(sizes, *parts, strict=True):
        assert all(part >= min(n // 3, 22) for part in has)


def test_rare_classes_of_a_test_part_are_watched_and_scored():
    labels = of_sizes(*DERMA)
    images = ImageSet(
        torch.zeros(len(labels), 3, 1, 1, dtype=torch.uint8), labels, tuple("abcdefg")
    )
    splits = split_two(images, images, 512, 1000, seed=0)
    for part in (splits.probe, splits.held_out):
        assert (
            part.labels.bincount() >= torch.tensor([n // 2 for n in DERMA]).clamp(max=100)
        ).all()


def test_a_class_that_sat_out_one_part_has_as_much_of_the_next_as_others():
    labels = of_sizes(40, 400, 10_000)
    _, probe, held_out = per_class(labels, fair_draw(labels, 600, 100, seed=0, n_parts=3))
    assert probe == [13, 133, 454]
    assert held_out[0] == 13 and abs(held_out[1] - held_out[2]) <= 1


def in_rounds(labels, n_probes, n_held_out, seed):
    """What a fair draw was before classes were shared between parts, as recorded runs have it."""
    generator = torch.Generator().manual_seed(seed)
    rounds, dealt_of = {}, {}
    for i in torch.randperm(len(labels), generator=generator).tolist():
        turn = dealt_of[int(labels[i])] = dealt_of.get(int(labels[i]), -1) + 1
        rounds.setdefault(turn, []).append(i)
    dealt = torch.tensor([i for turn in sorted(rounds) for i in rounds[turn]])
    probe, held_out, rest = dealt.tensor_split([n_probes, n_probes + n_held_out])
    return [
        part[torch.randperm(len(part), generator=generator)] for part in (rest, probe, held_out)
    ]


@pytest.mark.parametrize("n_parts", [1, 2, 3])
@pytest.mark.parametrize(
    ("sizes", "n_probes", "n_held_out"),
    [
        ((40, 40, 40), 20, 50),
        ((40, 40, 40), 61, 19),
        ((178, 182, 177, 183, 181, 182, 181, 179, 174, 180), 399, 799),  # of digits
        ((178, 182, 177, 183, 181, 182, 181, 179, 174, 180), 256, 942),
    ],
)
def test_classes_of_one_size_are_drawn_as_in_recorded_runs(sizes, n_probes, n_held_out, n_parts):
    labels = of_sizes(*sizes)
    ours = fair_draw(labels, n_probes, n_held_out, 4, n_parts)
    theirs = in_rounds(labels, n_probes, n_held_out, 4)
    assert all(map(torch.equal, ours, theirs))


def test_what_wants_no_other_part_is_drawn_to_the_last_image_of_a_rare_class():
    labels = of_sizes(*DERMA)
    assert all(map(torch.equal, fair_draw(labels, 700, 0, 1), in_rounds(labels, 700, 0, 1)))
    assert [len(part) for part in fair_draw(labels[:0], 0, 0, 1)] == [0, 0, 0]


def test_fashion_mnist_is_read_from_torchvisions_folder(tmp_path):
    write_fashion(tmp_path / "FashionMNIST" / "raw")
    assert data.is_here("fashion-mnist", tmp_path)
    splits = data.load("fashion-mnist", n_probes=10, n_held_out=20, n_train=25, root=tmp_path)
    assert [len(part) for part in splits] == [25, 10, 20]
    assert splits.train.images.shape == (25, 3, 28, 28)
    assert splits.probe.labels.bincount().tolist() == [1] * 10
    assert splits.train.class_names[0] == "T-shirt/top"


def test_the_environment_says_where_datasets_are(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path))
    assert data.data_root() == tmp_path
    assert data.data_root("other").name == "other"
    write_fashion(tmp_path / "FashionMNIST" / "raw")
    assert len(data.load("fashion-mnist", n_probes=10, n_held_out=10).train) == 40


def test_damaged_files_of_a_dataset_are_a_sentence(tmp_path):
    write_fashion(tmp_path / "flat")
    (tmp_path / "flat" / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"nonsense"))
    with pytest.raises(ValueError, match="cannot be read"):
        data.load("fashion-mnist", n_probes=10, n_held_out=10, root=tmp_path / "flat")


def test_stl10_mixes_labelled_and_unlabelled_images(tmp_path, monkeypatch):
    known = published.PUBLISHED["stl10"]
    small = replace(known, marks=dict.fromkeys(known.marks, 0) | {"stl10_binary/train_y.bin": 10})
    monkeypatch.setitem(published.PUBLISHED, "stl10", small)
    folder = tmp_path / "stl10_binary"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name, n in [("train", 10), ("test", 20), ("unlabeled", 30)]:
        rng.integers(0, 256, (n, 3, 96, 96), np.uint8).tofile(folder / f"{name}_X.bin")
        if name != "unlabeled":
            (np.arange(n, dtype=np.uint8) % 10 + 1).tofile(folder / f"{name}_y.bin")
    (folder / "class_names.txt").write_text("\n".join("abcdefghij"))
    splits = data.load("stl10", n_probes=10, n_held_out=10, n_train=40, root=tmp_path)
    assert splits.train.images.shape == (40, 3, 64, 64)
    assert (splits.train.labels == data.UNLABELLED).sum() == 30
    assert splits.probe.labels.bincount().tolist() == [1] * 10
    (folder / "train_y.bin").write_bytes(b"\1" * 9)
    assert not data.is_here("stl10", tmp_path)


def test_every_file_of_stl10_is_known_by_its_size():
    sizes = published.PUBLISHED["stl10"].marks
    assert sizes["stl10_binary/unlabeled_X.bin"] == 2_764_800_000
    assert sizes["stl10_binary/test_X.bin"] == 96 * 96 * 3 * sizes["stl10_binary/test_y.bin"]
    assert [name for name, n in sizes.items() if not n] == ["stl10_binary/class_names.txt"]


@pytest.mark.parametrize("name", ["", " "])
def test_a_blank_name_is_not_the_folder_that_one_is_in(name, tmp_path, monkeypatch):
    monkeypatch.chdir(write_folder(tmp_path / "mine"))
    assert not data.is_here(name)
    assert data.contents_of(name) == "" and data.count_images(name) is None
    with pytest.raises(ValueError, match="There is no dataset, folder or zip"):
        data.load(name)


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "stl10", "svhn"])
def test_a_dataset_that_is_not_there_says_where_it_was_looked_for(name, tmp_path):
    assert not data.is_here(name, tmp_path)
    with pytest.raises(ValueError, match=f"{name} is not in .*{tmp_path.name}.*CACR_DATA"):
        data.load(name, root=tmp_path)


def test_a_download_without_internet_is_a_sentence(tmp_path, monkeypatch):
    import urllib.error

    from torchvision import datasets

    def offline(*args, **kwargs):
        raise urllib.error.URLError("no route")

    monkeypatch.setattr(datasets, "CIFAR10", offline)
    with pytest.raises(ValueError, match="could not be downloaded"):
        data.load("cifar10", root=tmp_path / "new", download=True)


def test_an_unknown_name_lists_the_datasets():
    with pytest.raises(ValueError, match=r"'mnits'.*shapes, digits"):
        data.load("mnits")


@pytest.mark.parametrize("changes", [{"n_probes": 1}, {"n_held_out": -1}, {"n_train": 0}])
def test_too_few_images_are_refused(changes):
    with pytest.raises(ValueError, match="2 or more"):
        data.load("digits", **changes)


def test_probes_and_held_out_images_shrink_where_there_are_fewer_than_asked_for():
    sizes = [len(part) for part in data.load("digits", n_probes=2000, n_held_out=2000)]
    assert sum(sizes) == 1797
    assert sizes[0] >= 1797 // 3
    assert min(sizes) > 300


def test_more_training_images_than_there_are_are_refused():
    with pytest.raises(ValueError, match="n_train=1700"):
        data.load("digits", n_train=1700)


def test_a_folder_gives_its_first_level_folders_as_classes(tmp_path):
    splits = data.load(str(write_folder(tmp_path / "mine")), n_probes=4, n_held_out=4, size=16)
    assert splits.train.class_names == ("blue", "red")
    assert splits.train.images.shape == (8, 3, 16, 16)
    is_red = splits.probe.images[:, 0].flatten(1).float().mean(1) > 200
    assert torch.equal(is_red, splits.probe.labels == 1)


def test_broken_images_are_left_out_and_counted(tmp_path):
    root = write_folder(tmp_path / "mine")
    (root / "red" / "broken.png").write_bytes(b"not an image")
    (root / "red" / "cut.jpg").write_bytes(png(form="JPEG")[:200])
    (root / "red" / "notes.txt").write_text("not meant as an image")
    splits = data.load(str(root), n_probes=4, n_held_out=4)
    assert splits.train.account.left_out == {
        "damaged or cut off": 2,
        "of another kind (.txt)": 1,
    }
    assert sum(map(len, splits)) == 16


def test_folders_without_a_readable_image_are_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="holds no images"):
        data.load(str(tmp_path))
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="None of the 1 images"):
        data.load(str(tmp_path))
    (tmp_path / "a.png").write_bytes(png())
    with pytest.raises(ValueError, match="12 images or more, got 1"):
        data.load(str(tmp_path))


def test_images_are_turned_as_their_exif_says(tmp_path):
    image = Image.new("RGB", (40, 20), "black")
    image.paste("white", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 3
    image.save(tmp_path / "a.png", exif=exif)
    assert folders.read_images(tmp_path, 8).images[0, 0, 4, -1] == 255


def test_see_through_and_grey_images_become_rgb(tmp_path):
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(tmp_path / "a.png")
    Image.new("L", (20, 20), 77).save(tmp_path / "b.png")
    Image.new("P", (20, 20)).save(tmp_path / "c.gif")
    images = folders.read_images(tmp_path, 8).images
    assert images[0].unique().tolist() == [255]
    assert images[1].unique().tolist() == [77]


def test_a_zip_is_read_like_a_folder_also_when_wrapped_in_one(tmp_path):
    entries = [(f"{c}/{i}.png", png()) for c in ("a", "b") for i in range(8)]
    plain = write_zip(tmp_path / "plain.zip", entries)
    wrapped = write_zip(
        tmp_path / "wrapped.zip",
        [(f"all/{name}", content) for name, content in entries]
        + [("__MACOSX/all/a/._0.png", b"x")],
    )
    for path in (plain, wrapped):
        splits = data.load(path, n_probes=4, n_held_out=4)
        assert splits.train.class_names == ("a", "b")
        assert sum(map(len, splits)) == 16 and splits.train.account.left_out.keys() <= {HIDDEN}


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "a/../../out.png", "C:\\out.png"])
def test_a_zip_that_reaches_outside_itself_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="points outside"):
        data.load(write_zip(tmp_path / "bad.zip", [(name, png())]))


def test_a_link_out_of_a_zip_is_counted_and_not_followed(tmp_path):
    link = zipfile.ZipInfo("a/link.png")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    entries = [(f"a/{i}.png", png()) for i in range(3)]
    found = folders.read_folder(Path(write_zip(tmp_path / "bad.zip", [*entries, (link, "/etc/a")])))
    assert found.account.left_out == {"links that lead nowhere": 1}
    assert len(found.train) == 3


def test_zips_past_a_bound_are_refused(tmp_path, monkeypatch):
    path = write_zip(tmp_path / "big.zip", [(f"{i}.png", png()) for i in range(20)])
    for bound, value, message in [
        ("MAX_ENTRIES", 10, "20 entries"),
        ("MAX_IMAGES", 10, "20 images"),
        ("MAX_BYTES", 100, "unpack to"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(bounds, bound, value)
            with pytest.raises(ValueError, match=message):
                data.load(path)


def test_images_of_too_many_pixels_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_PIXELS", 1000)
    (tmp_path / "big.png").write_bytes(png(size=(40, 30)))
    (tmp_path / "small.png").write_bytes(png(size=(20, 20)))
    images = folders.read_images(tmp_path)
    assert len(images) == 1 and images.account.n_left_out == 1


def test_links_are_followed_only_where_their_maker_owns_what_they_lead_to(tmp_path, monkeypatch):
    outside = tmp_path / "outside.png"
    outside.write_bytes(png())
    root = tmp_path / "mine"
    root.mkdir()
    (root / "a.png").write_bytes(png())
    (root / "link.png").symlink_to(outside)
    assert len(folders.read_images(root)) == 2
    monkeypatch.setattr(listing, "_owners", lambda link: (12345, 0))
    found = folders.read_folder(root)
    assert len(found.train) == 1
    assert found.account.left_out == {"links made by somebody else": 1}


def test_a_file_that_is_no_zip_is_a_sentence(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK nothing")
    with pytest.raises(ValueError, match="neither a folder nor a zip"):
        data.load(str(tmp_path / "a.zip"))


def test_want_of_memory_is_not_told_as_damaged_files(tmp_path, monkeypatch):
    def too_large(*_):
        raise MemoryError("Unable to allocate 21.8 TiB")

    write_fashion(tmp_path / "flat")
    small = replace(published.PUBLISHED["fashion-mnist"], open_parts=too_large)
    monkeypatch.setitem(published.PUBLISHED, "fashion-mnist", small)
    with pytest.raises(MemoryError):
        data.load("fashion-mnist", root=tmp_path / "flat")
