"""Sets that torchvision and medmnist fetch, from small files laid out as theirs are."""

import io
import shutil
from dataclasses import replace

import numpy as np
import pytest
import scipy.io
from PIL import Image

from cacr_core import data
from cacr_core.data import medical, photographs
from cacr_core.data.folders import kept


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def jpeg(value, size=(40, 30)):
    file = io.BytesIO()
    Image.new("RGB", size, (value, 10, 10)).save(file, "JPEG")
    return file.getvalue()


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def put_pets(root, n=20):
    place = root / "oxford-iiit-pet"
    for part in ("trainval", "test"):
        rows = []
        for i in range(n):
            name = f"{('Abyssinian', 'basset_hound')[i % 2]}_{part}{i}"
            rows.append(f"{name} {i % 2 + 1} {i % 2 + 1} 1")
            put(place / "images" / f"{name}.jpg", jpeg(200 * (i % 2)))
        put(place / "annotations" / f"{part}.txt", "\n".join(rows).encode())


def put_flowers(root, n=30):
    place = root / "flowers-102"
    for i in range(1, n + 1):
        put(place / "jpg" / f"image_{i:05}.jpg", jpeg(100 * (i % 2)))
    labels = np.array([[i % 2 + 1 for i in range(1, n + 1)]])
    scipy.io.savemat(place / "imagelabels.mat", {"labels": labels})
    ids = np.arange(1, n + 1)
    parts = {"trnid": ids[None, :5], "valid": ids[None, 5:10], "tstid": ids[None, 10:]}
    scipy.io.savemat(place / "setid.mat", parts)


@pytest.fixture(autouse=True)
def as_many_as_are_put(monkeypatch):
    for name, n in (("pets", 40), ("flowers102", 30), ("eurosat", 40)):
        known = photographs.PHOTOGRAPHS[name]
        monkeypatch.setitem(photographs.PHOTOGRAPHS, name, replace(known, n_images=n))


@pytest.fixture
def fetched(monkeypatch):
    """What was asked for; torchvision itself would find that it has it already."""
    asked = []
    monkeypatch.setattr(photographs, "fetch", lambda name, *_: asked.append(name))
    return asked


@pytest.fixture(autouse=True)
def flowers_are_not_held_to_their_digests(monkeypatch):
    monkeypatch.setattr("torchvision.datasets.Flowers102._check_integrity", lambda self: True)


def put_eurosat(root, n=20):
    for label, name in enumerate(("Forest", "River")):
        for i in range(1, n + 1):
            put(root / "eurosat" / "2750" / name / f"{name}_{i}.jpg", jpeg(200 * label, (64, 64)))


@pytest.mark.parametrize(
    ("name", "put_files", "sizes"),
    [
        ("pets", put_pets, [20, 8, 12]),
        ("flowers102", put_flowers, [10, 8, 12]),
        ("eurosat", put_eurosat, [22, 8, 10]),
    ],
)
@pytest.mark.parametrize("size", [32, 64])
def test_photographs_are_read_at_the_size_that_is_chosen(name, put_files, sizes, size, root):
    assert not data.is_here(name)
    put_files(root)
    assert data.is_here(name)
    splits = data.load(name, n_probes=8, n_held_out=20, size=size)
    assert list(map(len, splits)) == sizes
    train = splits.train
    assert train.images.shape[1:] == (3, size, size)
    is_second = train.images[:, 0].flatten(1).float().mean(1) > 50
    assert (is_second == (train.labels == train.labels.max())).all()
    assert train.labels.unique().numel() == 2 and len(train.class_names) >= 2


@pytest.mark.parametrize("download", [False, True])
def test_a_eurosat_that_was_unpacked_by_halves_is_not_taken_for_all(root, fetched, download):
    put_eurosat(root, 20)
    assert data.is_here("eurosat")
    (root / "eurosat" / "2750" / "River" / "River_9.jpg").unlink()
    assert not data.is_here("eurosat")
    with pytest.raises(ValueError, match=r"incomplete: 39 of 40 images\)\. Remove them"):
        data.load("eurosat", n_probes=8, n_held_out=8, download=download)
    assert not fetched
    shutil.rmtree(root / "eurosat" / "2750")  # as the zip alone leaves it
    with pytest.raises(ValueError, match="cannot be read" if download else "is not in"):
        data.load("eurosat", n_probes=8, n_held_out=8, download=download)
    assert fetched == ["eurosat"] * download


def test_pets_without_all_of_their_annotations_are_not_blamed_on_the_connection(root, fetched):
    put_pets(root)
    lists = root / "oxford-iiit-pet" / "annotations"
    rows = (lists / "test.txt").read_text().splitlines()
    (lists / "test.txt").write_text("\n".join(rows[:7]))
    with pytest.raises(ValueError, match="incomplete: 27 of 40"):
        data.load("pets", n_probes=8, n_held_out=8)
    for name in ("trainval.txt", "test.txt"):
        (lists / name).unlink()
    assert not data.is_here("pets")
    with pytest.raises(ValueError, match=r"oxford-iiit-pet cannot be read .* Remove them"):
        data.load("pets", n_probes=8, n_held_out=8, download=True)
    assert not fetched


def test_pictures_that_were_read_once_are_not_decoded_again(root, monkeypatch):
    put_pets(root)
    first = data.load("pets", n_probes=8, n_held_out=12).train
    monkeypatch.setattr(photographs, "_squares", lambda *given: pytest.fail("was decoded again"))
    assert (data.load("pets", n_probes=8, n_held_out=12).train.images == first.images).all()


@pytest.mark.parametrize("name", ["pets", "flowers102", "eurosat", "pathmnist"])
def test_what_is_not_here_says_so_and_is_not_fetched_unasked(name, root):
    with pytest.raises(ValueError, match=f"{name} is not in .*CACR_DATA"):
        data.load(name)
    assert data.DATASETS[name].megabytes > 10


@pytest.mark.parametrize("name", ["pathmnist", "dermamnist", "bloodmnist"])
def test_medical_images_are_read_from_the_packages_own_file(name, root):
    n_classes = data.DATASETS[name].n_classes
    assert len(medical.MEDICAL[name].class_names) == n_classes
    rng = np.random.default_rng(0)
    arrays = {}
    for part, n in (("train", 40), ("val", 9), ("test", 40)):
        arrays[f"{part}_images"] = rng.integers(0, 256, (n, 28, 28, 3), np.uint8)
        arrays[f"{part}_labels"] = (np.arange(n) % n_classes)[:, None].astype(np.uint8)
    (root / "medmnist").mkdir()
    np.savez(root / "medmnist" / f"{name}.npz", **arrays)
    train, probe, held_out = data.load(name, n_probes=10, n_held_out=20)
    assert list(map(len, (train, probe, held_out))) == [40, 10, 20]
    assert (train.images.permute(0, 2, 3, 1).numpy() == arrays["train_images"]).all()
    assert (train.labels.numpy() == arrays["train_labels"][:, 0]).all()


@pytest.mark.parametrize("seed", range(24))
def test_a_damaged_file_of_medical_images_is_a_sentence(seed, root):
    rng = np.random.default_rng(seed)
    path = root / "medmnist" / "bloodmnist.npz"
    path.parent.mkdir()
    images, labels = rng.integers(0, 256, (30, 8, 8, 3), np.uint8), np.zeros((30, 1), np.uint8)
    parts = {f"{part}_{what}": array for part in ("train", "test")
             for what, array in (("images", images), ("labels", labels))}  # fmt: skip
    np.savez_compressed(path, **parts)
    whole = np.frombuffer(path.read_bytes(), np.uint8).copy()
    if seed < 8:  # cut short: to be fetched again
        path.write_bytes(whole[: rng.integers(len(whole) - 40)].tobytes())
        assert not data.is_here("bloodmnist")
    else:
        at = rng.integers(len(whole) - 60)
        whole[at : at + 40] ^= 255
        path.write_bytes(whole.tobytes())
    with pytest.raises(ValueError, match="Remove it and download again"):
        data.load("bloodmnist", n_probes=4, n_held_out=4)


def test_medical_images_without_their_package_say_what_to_install(root, monkeypatch):
    monkeypatch.setattr(medical.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install medmnist"):
        data.load("bloodmnist", download=True)


def test_what_is_kept_is_few_and_a_damaged_one_is_read_anew(root, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    pixels = kept.Pixels(np.zeros((1, 3, 8, 8), np.uint8), np.ones(1, bool), kept.Counter(a=1), [])
    for key in ("a", "b", "c"):
        kept.keep(key, pixels)
    assert len(list((root / "read").iterdir())) == 2
    again = kept.recall("c")
    assert again.left_out == {"a": 1} and (again.images == 0).all()
    path = root / "read" / "c.npz"
    path.write_bytes(path.read_bytes()[:100])
    assert kept.recall("c") is None
