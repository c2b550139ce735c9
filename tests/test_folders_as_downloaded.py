"""Folders and zips as people download them: right classes, right pixels, nothing dropped uncounted.

Each layout is read as a folder and as a zip.
"""

import io
import os
import stat
import zipfile

import numpy as np
import pytest
from PIL import Image

from cacr_core.data.folders import read_folder
from cacr_core.data.folders.names import code_page, nearly_alike
from tests.folder_layouts import (
    COLOURS,
    FILES,
    FOLDERS,
    SIZE,
    as_folder,
    as_zip,
    picture,
    pictures,
)
from tests.table_layouts import TABLES

LAYOUTS = FOLDERS | TABLES | FILES


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "kept"))


@pytest.mark.parametrize("pack", [as_folder, as_zip])
@pytest.mark.parametrize("name", LAYOUTS)
def test_folder_is_read_as_it_was_meant(name, pack, tmp_path):
    case = LAYOUTS[name]
    if name == "a phone's .heic" and _has_heif():
        pytest.skip("pillow-heif is here")
    if not case.files:
        pytest.skip("Pillow has no AVIF here")
    found = read_folder(pack(case.files, tmp_path / "set"), SIZE)
    train, test, account = found
    assert train.class_names == case.classes
    assert (len(train), len(test) if test is not None else 0) == (case.n_train, case.n_test)
    assert account.left_out == case.left_out
    assert account.n_files == len(case.files) == accounted(account)
    said = " ".join(account.notes)
    assert all(words in said for words in case.says), said
    assert (case.asks in " ".join(account.questions)) and bool(account.questions) == bool(case.asks)
    assert (train.labels < 0).sum() == case.unlabelled
    for part in filter(None, (train, test)):
        assert_coloured(part, case)


def accounted(account):
    return account.n_images + account.n_left_out + len(account.tables)


def assert_coloured(part, case):
    """Every image has the colour of its class, or of what its file's content was."""
    for name, image, label in zip(part.names, part.images, part.labels.tolist(), strict=True):
        with Image.open(io.BytesIO(written(name, case))) as saved:
            wanted = saved.convert("RGB").getpixel((5, 5))
        assert np.abs(image[:, 4, 4].numpy().astype(int) - wanted).max() <= 8, name
        word = part.class_names[label].split("/")[-1] if label >= 0 else ""
        if word in COLOURS:
            assert np.abs(np.array(COLOURS[word]) - wanted).max() <= 8, (name, word)


def written(name, case):
    import unicodedata

    plain = {unicodedata.normalize("NFC", k): v for k, v in case.files.items()}
    return plain[name]


def _has_heif():
    import importlib.util

    return importlib.util.find_spec("pillow_heif") is not None


def test_there_are_enough_layouts():
    assert 2 * len(LAYOUTS) >= 110


# --- links


def test_links_to_classes_and_images_are_followed_and_circles_are_not(tmp_path):
    as_folder(pictures("far/dog"), tmp_path)
    root = as_folder(pictures("cat"), tmp_path / "set")
    (root / "dog").symlink_to(tmp_path / "far" / "dog", target_is_directory=True)
    (root / "bird").mkdir()
    (root / "bird" / "0.png").symlink_to(root / "cat" / "0.png")
    (root / "bird" / "gone.png").symlink_to(root / "nothing.png")
    (root / "bird" / "up").symlink_to(root, target_is_directory=True)
    found = read_folder(root, SIZE)
    assert found.train.class_names == ("bird", "cat", "dog")
    assert found.train.labels.bincount().tolist() == [1, 3, 3]
    left_out = {"links that lead nowhere": 1, "links to a folder they lie in": 1}
    assert found.account.left_out == left_out
    assert accounted(found.account) == found.account.n_files == 9


def test_links_within_a_zip_are_followed(tmp_path):
    path = as_zip(pictures("cat"), tmp_path / "set")
    with zipfile.ZipFile(path, "a") as archive:
        for name, target in [("dog", "cat"), ("bird/0.png", "../cat/1.png"), ("up/a", "../../x")]:
            link = zipfile.ZipInfo(name)
            link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, target)
    found = read_folder(path, SIZE)
    assert found.train.labels.bincount().tolist() == [1, 3, 3]
    assert found.account.left_out == {"links that lead nowhere": 1}


def test_a_folder_that_may_not_be_read_is_counted(tmp_path, monkeypatch):
    root = as_folder(pictures("cat", "dog", "bird"), tmp_path / "set")
    true = os.scandir

    def closed(path):
        if os.fspath(path).endswith("bird"):
            raise PermissionError(13, "Permission denied")
        return true(path)

    monkeypatch.setattr(os, "scandir", closed)
    found = read_folder(root, SIZE)
    assert found.train.class_names == ("cat", "dog")
    assert found.account.left_out == {"in folders that may not be read": 1}


# --- names in zips that do not say how they are written


@pytest.mark.parametrize(
    ("page", "classes"),
    [
        ("cp437", ("Käse", "Übung")),
        ("cp850", ("Ávila", "São Tomé")),
        ("cp866", ("кошка", "собака")),
        ("cp1251", ("кошка", "Собака")),
        ("cp932", ("犬", "ネコ", "ひと")),
        ("gb18030", ("猫", "狗", "汉字")),
        ("utf-8", ("кот", "猫", "Käse")),
    ],
)
def test_names_are_read_by_the_code_page_they_were_written_in(page, classes, tmp_path):
    path = tmp_path / "a.zip"
    stand_ins = {f"{'x' * len(c.encode(page))}{i}": c for i, c in enumerate(classes)}
    with zipfile.ZipFile(path, "w") as archive:
        for stand_in in stand_ins:
            for i in range(2):
                archive.writestr(f"{stand_in}/{i}.png", picture())
    content = path.read_bytes()
    for i, (stand_in, name) in enumerate(stand_ins.items()):
        content = content.replace(stand_in.encode(), name.encode(page) + str(i).encode())
    path.write_bytes(content)
    found = read_folder(path, SIZE)
    assert set(found.train.class_names) == {f"{c}{i}" for i, c in enumerate(classes)}
    said = [note for note in found.account.notes if "how its names are written" in note]
    assert len(said) == (page != "utf-8")


def test_a_zip_of_a_system_that_writes_backslashes_has_folders(tmp_path):
    files = {name.replace("/", "\\"): d for name, d in pictures("set/cat", "set/dog").items()}
    found = read_folder(as_zip(files, tmp_path / "set"), SIZE)
    assert found.train.class_names == ("cat", "dog")
    assert found.account.n_files == len(found.train) == 6


def test_plain_names_are_of_no_page():
    assert code_page([b"cat/0.png"]) == "utf-8"
    assert nearly_alike(["a b", "A_B", "c"]) == [["A_B", "a b"]]
