"""Tables beside images: which image a cell means, and what several tables say together."""

import json
import random
from pathlib import PurePosixPath

import pytest

from cacr_core.data.folders import bounds, read_folder, rows, tables
from cacr_core.data.folders.ends import SEVERAL, Ends
from cacr_core.data.folders.listing import PICTURES, Source
from tests.folder_layouts import ANIMALS, NAMED, SIZE, SPLIT, as_folder, as_zip, flat, table
from tests.german import in_german


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "kept"))


LABELS = table([("file", "label"), *NAMED])
PARTS = table([("file", "split"), *((n, s) for (n, _), s in zip(NAMED, SPLIT, strict=True))])


@pytest.mark.parametrize("pack", [as_folder, as_zip])
@pytest.mark.parametrize(
    ("labels", "parts"), [("targets", "partition"), ("labels", "split"), ("a/labels", "split")]
)
def test_one_table_says_the_labels_and_another_the_parts(labels, parts, pack, tmp_path):
    files = flat(ANIMALS) | {f"{labels}.csv": LABELS, f"{parts}.csv": PARTS}
    train, test, account = read_folder(pack(files, tmp_path / "set"), SIZE)
    assert [train.class_names[i] for i in train.labels] == ["cat", "dog", "cat", "dog"]
    assert [test.class_names[i] for i in test.labels] == ["bird", "cat"]
    name = PurePosixPath(labels).name
    assert f"Labels are the column 'label' of {name}.csv for 6 images." in account.notes
    said = f"What is trained on and what is scored is as {parts}.csv says of 6 images."
    assert said in account.notes
    assert len(account.tables) == 2 and not account.left_out


def test_of_two_tables_the_first_that_says_a_thing_of_an_image_is_believed(tmp_path):
    both = [(n, "cat", "train") for n, _ in NAMED[:3]]
    files = flat(ANIMALS) | {
        "a.csv": table([("file", "label", "split"), *both]),
        "b.csv": LABELS,
        "c.csv": PARTS,
    }
    train, test, account = read_folder(as_folder(files, tmp_path / "set"), SIZE)
    assert [train.class_names[i] for i in train.labels] == ["cat", "cat", "cat", "dog"]
    assert [test.class_names[i] for i in test.labels] == ["bird", "cat"]
    assert "Labels are the column 'label' of b.csv for 3 images." in account.notes


def test_a_table_whose_parts_nobody_knows_says_nothing(tmp_path):
    folds = table([("file", "fold"), *((n, i % 3) for i, (n, _) in enumerate(NAMED))])
    files = flat(ANIMALS) | {"folds.csv": folds, "labels.csv": LABELS}
    account = read_folder(as_folder(files, tmp_path / "set"), SIZE).account
    assert account.tables == ("labels.csv",)
    assert not any("scored" in note for note in account.notes)


# --- which image a cell means


def by_trying(text, images):
    """The same by asking each image for each end of the text."""
    path = text.strip().replace("\\", "/").removeprefix("./").casefold()
    parts = path.split("/")
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        found = {
            i
            for i, image in enumerate(images)
            for whole in (str(image).casefold(), str(image.with_suffix("")).casefold())
            if end and f"/{whole}".endswith(f"/{end}")
        }
        if found:
            return found.pop() if len(found) == 1 else SEVERAL
    stem, dot, end = path.rpartition(".")
    return by_trying(stem, images) if dot and f".{end}" in PICTURES else -1


def test_a_cell_means_the_one_image_whose_path_ends_as_it_does():
    chance = random.Random(0)
    words = ("a", "b", "B", "a-1", "a b", "x.png")

    def path():
        folders = [chance.choice(words) for _ in range(chance.randrange(4))]
        return "/".join([*folders, chance.choice(("0", "1", "a", "0.x")) + chance.choice(ends)])

    ends = (".png", ".jpg", ".PNG")
    outcomes = set()
    for _ in range(300):
        images = sorted({PurePosixPath(path()) for _ in range(chance.randrange(1, 9))})
        where = Ends(images)
        ends = (".png", ".jpg", ".PNG", "", ".png.png", ".txt")
        for _ in range(20):
            text = chance.choice(("", "", "./", "/", "b\\", " ")) + path()
            assert where.find(text) == by_trying(text, images), (text, images)
            outcomes.add(where.find(text) >= 0)
        ends = (".png", ".jpg", ".PNG")
    assert outcomes == {False, True}


def test_a_text_of_many_endings_or_folders_means_no_image():
    where = Ends([PurePosixPath("a/x.png")])
    for text in ("a" + ".png" * 2_000, "a/" * 80_000 + "x.png", "x" + ".png" * 200):
        assert where.find(text) == -1
    assert where.find("x.jpg.jpeg") == where.find("far/" * 200 + "x.png") == 0


def test_a_deep_image_is_looked_up_by_two_texts_however_many_folders_it_lies_in():
    deep = PurePosixPath("a/" * 30_000 + "x.png")
    assert len(Ends([deep]).texts) == 2
    assert Ends([deep]).find("a/a/x") == 0


@pytest.mark.parametrize("cell", ["a" + ".png" * 2_000, "a/" * 60_000])
def test_a_hostile_cell_is_a_row_that_names_no_image(cell, tmp_path):
    rows = table([("file", "label"), *NAMED, (cell, "cat")])
    files = flat(ANIMALS) | {"labels.csv": rows}
    found = read_folder(as_folder(files, tmp_path / "set"), SIZE)
    assert (found.train.labels >= 0).all()
    assert any("1 row of it names no image here." in note for note in found.account.notes)


def test_a_table_of_more_columns_than_its_cells_could_fill_is_none(monkeypatch):
    images = [PurePosixPath(n) for n, _ in NAMED]
    cells = [{"file": n, "label": c} | {f"{n}-{i}": 0 for i in range(40)} for n, c in NAMED]
    content = json.dumps(cells).encode()
    source = Source(PurePosixPath("t.json"), lambda: content, len(content), "")
    assert tables.read_tables([source], images).n_labelled == 6
    for bound, n_labelled in ((6 * 242, 6), (6 * 242 - 1, 0)):
        monkeypatch.setattr(rows, "_text", lambda data: data.decode())
        monkeypatch.setattr(bounds, "MAX_TABLE_BYTES", bound)
        small = source._replace(n_packed=0)
        assert tables.read_tables([small], images).n_labelled == n_labelled


# --- what is said of them, in German too

SAID = [
    "Labels are the column 'breed' of train.csv for 6 images. 1 row of it names several images "
    "here.",
    "Labels are the column 'Finding Labels' of x.csv for 1 image.",
    "Labels are column 2 of list.txt for 6 images.",
    "No image is labelled by all.csv. 12 rows of it name several images here.",
    "test.csv says the same of all its images: no labels.",
    "No column of m.csv is called like labels: folders are the classes.",
    "No two images have the same label there: folders are the classes.",
    "size must be between 8 and 1024 pixels, got 4.",
]


@pytest.mark.parametrize("text", SAID)
def test_the_german_table_has_it(text):
    german, lacking = in_german(text)
    assert german != text and lacking == []
