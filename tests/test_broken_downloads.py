"""Downloads that broke off, are packed in another way, or are not the set they are taken for."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from cacr_core import data
from cacr_core.data import damage
from cacr_core.data.folders import read_folder
from cacr_core.data.published import PUBLISHED
from tests.folder_layouts import as_folder, as_zip, picture, pictures
from tests.german import in_german


def tar_of(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def zip_of(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


TAR = tar_of(pictures("cat", "dog"))
UNPACK = "Unpack it and give the folder."
BROKEN = {
    "a cut zip": (zip_of(pictures("cat", "dog"))[:600],
                  "is a zip that is cut off. Download or pack it again."),
    "nothing": (b"", "is empty. Download or pack it again."),
    "tar": (TAR, f"is a tar archive. {UNPACK}"),
    "gzip": (gzip.compress(TAR), f"is a gzip archive. {UNPACK}"),
    "bzip2": (bz2.compress(TAR), f"is a bzip2 archive. {UNPACK}"),
    "xz": (lzma.compress(TAR), f"is an xz archive. {UNPACK}"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(40), f"is a 7z archive. {UNPACK}"),
    "rar": (b"Rar!\x1a\x07\x01\0" + bytes(40), f"is a RAR archive. {UNPACK}"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(40), f"is a Zstandard archive. {UNPACK}"),
    "words": (b"some words", "is neither a folder nor a zip. Give one of the two."),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_whole_zip_is_called_what_it_is(name, tmp_path):
    content, says = BROKEN[name]
    path = tmp_path / "set.zip"
    path.write_bytes(content)
    with pytest.raises(ValueError) as caught:
        read_folder(path)
    assert str(caught.value) == f"set.zip {says}"
    german, lacking = in_german(str(caught.value))
    assert german != str(caught.value) and lacking == []


@pytest.mark.parametrize("pack", [as_folder, as_zip])
@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"archive.zip": zip_of(pictures("cat"))}, "1 archive (.zip)"),
        ({"train.zip": zip_of({}), "a/test.ZIP": zip_of({})}, "2 archives (.zip)"),
        ({"images.tar": TAR, "labels.tar.gz": gzip.compress(TAR), "readme.md": b"x"},
         "2 archives (.tar, .gz)"),
    ],
)  # fmt: skip
def test_archives_in_a_folder_or_zip_without_images_are_named(files, says, pack, tmp_path):
    path = pack(files, tmp_path / "set")
    with pytest.raises(ValueError) as caught:
        read_folder(path)
    wanted = f"{path.name} holds no images but {says}. Unpack what is packed in it."
    assert str(caught.value) == wanted
    german, lacking = in_german(wanted)
    assert german != wanted and lacking == []


def test_an_archive_beside_images_is_counted_and_no_more(tmp_path):
    files = pictures("cat", "dog") | {"all.zip": zip_of({"a.png": picture()})}
    account = read_folder(as_folder(files, tmp_path / "set")).account
    assert account.left_out == {"of another kind (.zip)": 1} and account.n_images == 6


# --- sets by name


def write_mnist(place, train_labels, test_labels=(0, 1) * 10):
    place.mkdir(parents=True)
    for part, labels in (("train", train_labels), ("t10k", test_labels)):
        n = len(labels)
        images = struct.pack(">4I", 0x803, n, 28, 28) + bytes(28 * 28 * n)
        (place / f"{part}-images-idx3-ubyte").write_bytes(images)
        (place / f"{part}-labels-idx1-ubyte").write_bytes(
            struct.pack(">2I", 0x801, n) + bytes(labels)
        )


@pytest.mark.parametrize("labels", [([0, 1, 61], [0] * 20), ([0, 1, 2], [10] * 20)])
def test_labels_beyond_the_classes_of_a_set_are_refused(labels, tmp_path):
    write_mnist(tmp_path / "FashionMNIST" / "raw", *labels)
    with pytest.raises(ValueError) as caught:
        data.load("fashion-mnist", n_probes=4, n_held_out=4, root=tmp_path)
    assert "cannot be read (Labels of 10 classes must be from 0 to 9, or -1 for none" in str(
        caught.value
    )
    german, lacking = in_german(str(caught.value))
    assert "Labels von 10 Klassen" in german and lacking == []


def test_labels_beyond_the_classes_of_medical_images_are_refused(tmp_path):
    (tmp_path / "medmnist").mkdir()
    images, labels = np.zeros((30, 8, 8, 3), np.uint8), np.full((30, 1), 12, np.uint8)
    parts = {f"{part}_{what}": array for part in ("train", "test")
             for what, array in (("images", images), ("labels", labels))}  # fmt: skip
    np.savez(tmp_path / "medmnist" / "bloodmnist.npz", **parts)
    with pytest.raises(ValueError, match=r"got 12 to 12\)\. Remove it and download again\."):
        data.load("bloodmnist", n_probes=4, n_held_out=4, root=tmp_path)


def test_digits_of_mnist_are_not_taken_for_clothes(tmp_path):
    digits = [5, 0, 4, 1, 9, 2, 1, 3, 1, 4, *range(10)]
    write_mnist(tmp_path / "own", digits)
    with pytest.raises(ValueError, match=r"cannot be read \(they are the digits of MNIST\)"):
        data.load("fashion-mnist", n_probes=4, n_held_out=4, root=tmp_path / "own")
    write_mnist(tmp_path / "own" / "FashionMNIST" / "raw", list(range(10)) * 2)
    splits = data.load("fashion-mnist", n_probes=4, n_held_out=4, root=tmp_path / "own")
    assert splits.train.labels.bincount().tolist() == [2] * 10


@pytest.mark.parametrize("name", ["cifar10", "svhn"])
def test_torchvisions_advice_is_not_passed_on(name, tmp_path):
    for mark in PUBLISHED[name].marks:
        (tmp_path / mark).parent.mkdir(exist_ok=True)
        (tmp_path / mark).write_bytes(b"torn")
    with pytest.raises(
        ValueError, match=r"cannot be read \(.*not found or corrupted\)\."
    ) as caught:
        data.load(name, root=tmp_path)
    assert "download=True" not in str(caught.value)


def test_a_reason_without_advice_is_told_whole(tmp_path):
    said = str(damage.unreadable("pets", tmp_path, ValueError("incomplete: 3 of 7,349 images")))
    assert "cannot be read (incomplete: 3 of 7,349 images). Remove them" in said
