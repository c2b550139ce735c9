"""Tables of which a column could mean another thing than it seems: what is taken, and what is said.

The tables are shuffled, so that a wrong column deals labels to wrong images.
"""

import json

import pytest

from cacr_core.data.folders import read_folder
from tests.folder_layouts import COLOURS, SIZE, as_folder, as_zip, picture, table
from tests.german import in_german

ANIMALS = ("cat", "dog", "bird", "cat", "dog", "cat", "bird", "dog")
SHUFFLED = [(i, ANIMALS[i]) for i in (5, 2, 7, 0, 3, 6, 1, 4)]
NAMED = [(f"{i}.png", c) for i, c in enumerate(ANIMALS)]
TRUE = dict(NAMED)


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "kept"))


def numbered(width=1):
    return {f"{i:0{width}}.png": picture(COLOURS[c]) for i, c in enumerate(ANIMALS)}


def read(files, tmp_path):
    """The class of each image by its file's name, and all that is said."""
    train, test, account = read_folder(as_folder(files, tmp_path / "set"), SIZE)
    assert test is None
    classes = [train.class_names[i] if i >= 0 else None for i in train.labels]
    return dict(zip(train.names, classes, strict=True)), " ".join(account.notes)


def german_of(said):
    german, lacking = in_german(said)
    return german != said and lacking == []


# --- which column names the images


@pytest.mark.parametrize(
    ("heads", "row", "says"),
    [
        (("id", "filename", "label"), "{n},{i}.png,{c}", ("filename", "id")),
        (("Unnamed: 0", "image", "label"), "{n},{i},{c}", ("image", "Unnamed: 0")),
        (("age", "image_id", "label"), "{n},{i},{c}", ("image_id", "age")),
        (("label", "idx", "path"), "{c},{n},a/{i}.png", ("path", "idx")),
        (("", "file", "species"), "{n},{i}.png,{c}", ("file", "")),
        (("", "name", "label"), "{n},{i},{c}", ("name", "")),
        (("age", "id", "label"), "{n},{i},{c}", ("id", "age")),
        (("image_id", "file_name", "label"), "{n},{i},{c}", ("file_name", "image_id")),
    ],
)
def test_a_column_of_numbers_names_no_images_beside_one_that_is_written_or_called_so(
    heads, row, says, tmp_path
):
    lines = [row.format(n=n, i=i, c=c) for n, (i, c) in enumerate(SHUFFLED)]
    files = numbered() | {"labels.csv": "\n".join([",".join(heads), *lines]).encode()}
    classes, said = read(files, tmp_path)
    assert classes == TRUE
    taken, other = says
    sentence = f"Images are named by the column {taken!r}; the column {other!r} would fit, too."
    assert sentence in said and german_of(said)


def test_of_names_without_a_heading_those_written_as_files_are_taken(tmp_path):
    rows = [(n, f"{i}.png", c) for n, (i, c) in enumerate(SHUFFLED)]
    classes, said = read(numbered() | {"l.csv": table(rows)}, tmp_path)
    assert classes == TRUE
    assert "Images are named by column 2; column 1 would fit, too." in said and german_of(said)


def test_a_column_that_names_a_few_images_by_chance_is_passed_over(tmp_path):
    rows = [("image", "code", "label"), *((n % 3, i, c) for n, (i, c) in enumerate(SHUFFLED))]
    assert read(numbered() | {"l.csv": table(rows)}, tmp_path)[0] == TRUE


def test_numbers_of_rows_beside_folders_of_classes_are_no_names_of_images(tmp_path):
    files = {f"images/{c}/{name}": picture(COLOURS[c]) for name, c in NAMED}
    rows = [(i + 1, ("bird", "cat", "dog").index(c)) for i, c in enumerate(ANIMALS)]
    classes, said = read(files | {"image_class_labels.txt": table(rows, " ")}, tmp_path)
    assert classes == {f"images/{c}/{name}": c for name, c in NAMED}
    assert "folders are the classes" in said


def test_numbers_mean_names_that_have_zeros_before_them(tmp_path):
    rows = [("id", "label"), *SHUFFLED]
    classes, said = read(numbered(4) | {"labels.csv": table(rows)}, tmp_path)
    assert classes == {f"000{name}": c for name, c in NAMED}
    assert "Images are named by the column 'id', with zeros before its numbers." in said
    assert german_of(said)


def test_ages_are_no_names_that_have_zeros_before_them(tmp_path):
    rows = [("who", "age", "label"), *((f"p{i}", i // 2, c) for i, c in SHUFFLED)]
    assert set(read(numbered(4) | {"labels.csv": table(rows)}, tmp_path)[0].values()) == {"image"}


# --- lines above a table, and its marks


@pytest.mark.parametrize(
    ("above", "mark", "end"),
    [("", "|", "csv"), ("# made by me\n", ",", "csv"), ("# by me, in 2024\n#\n", ",", "csv"),
     ("sep=;\n", ";", "csv"), ("", ";", "txt"), ("", "|", "txt")],
)  # fmt: skip
def test_what_stands_above_a_heading_is_skipped_and_every_mark_is_known(above, mark, end, tmp_path):
    content = above.encode() + table([("image", "label"), *NAMED], mark)
    classes, said = read(numbered() | {f"labels.{end}": content}, tmp_path)
    assert classes == TRUE
    assert said == f"Labels are the column 'label' of labels.{end} for 8 images."


@pytest.mark.parametrize("heads", [("# image", "label"), ("#image", "label")])
def test_a_heading_may_begin_with_a_hash(heads, tmp_path):
    assert read(numbered() | {"l.csv": table([heads, *NAMED])}, tmp_path)[0] == TRUE


# --- cells that say nothing


@pytest.mark.parametrize("word", ["NA", "NaN", "null", "N/A", "#N/A", "<NA>"])
@pytest.mark.parametrize("column", ["label", "kind"])
def test_what_programs_write_for_nothing_is_no_class(word, column, tmp_path):
    rows = [(name, word if c == "bird" else c) for name, c in NAMED]
    files = numbered() | {"labels.csv": table([("image", column), *rows])}
    classes, said = read(files, tmp_path)
    assert classes == {name: None if c == "bird" else c for name, c in NAMED}
    assert f"2 rows of it say {word!r}, which is no label." in said
    assert "2 images have no label there." in said and german_of(said)


@pytest.mark.parametrize("word", ["Na", "none", "Nan"])
def test_words_that_are_written_in_another_way_are_classes(word, tmp_path):
    rows = [(name, word if c == "bird" else c) for name, c in NAMED]
    files = numbered() | {"labels.csv": table([("image", "label"), *rows])}
    assert read(files, tmp_path)[0] == dict(rows)


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [((-1, 0, 1), (None, "0", "1")), ((-1, 1, 1), ("-1", "1", "1")),
     ((0, -2, -1), ("0", "-2", "-1")), (("1.0", "0.0", "1"), ("1", "0", "1")),
     (("1.0", "0.5", "1"), ("1.0", "0.5", "1"))],
)  # fmt: skip
def test_minus_one_beside_numbers_from_0_is_no_class_and_a_point_changes_none(
    numbers, wanted, tmp_path
):
    order = ("bird", "cat", "dog")
    rows = [(name, numbers[order.index(c)]) for name, c in NAMED]
    files = numbered() | {"labels.csv": table([("image", "label"), *rows])}
    classes, said = read(files, tmp_path)
    assert classes == {name: wanted[order.index(c)] for name, c in NAMED}
    assert ("2 rows of it say '-1', which is no label." in said) == (None in wanted)


@pytest.mark.parametrize("end", ["csv", "json", "jsonl"])
def test_a_row_without_a_label_is_a_row_all_the_same(end, tmp_path):
    said = {name: None if c == "bird" else c for name, c in NAMED}
    content = {
        "csv": table([("file", "label"), *((n, c or "") for n, c in said.items())]),
        "json": json.dumps(said).encode(),
        "jsonl": "\n".join(json.dumps({"file": n, "label": c}) for n, c in said.items()).encode(),
    }[end]
    classes, notes = read(numbered() | {f"labels.{end}": content}, tmp_path)
    assert classes == said
    assert "2 images have no label there." in notes and " row" not in notes


def test_a_column_that_says_nothing_at_all_labels_no_image(tmp_path):
    rows = [("image", "label"), *((name, "NA") for name, _ in NAMED)]
    classes, said = read(numbered() | {"labels.csv": table(rows)}, tmp_path)
    assert set(classes.values()) == {"image"}
    assert said.startswith("No image is labelled by labels.csv. 8 rows of it say 'NA'")


# --- rows that contradict one another


def test_images_whose_rows_say_different_classes_are_counted(tmp_path):
    rows = [("image", "label"), *NAMED, ("0.png", "fox"), ("1.png", "fox"), ("2.png", "bird")]
    classes, said = read(numbered() | {"labels.csv": table(rows)}, tmp_path)
    assert classes == TRUE
    assert "2 images have rows of different classes; the first counts." in said and german_of(said)


def test_images_whose_annotations_are_of_different_classes_are_counted(tmp_path):
    kinds = ["bird", "cat", "dog"]
    boxes = [(i, kinds.index(c)) for i, c in enumerate(ANIMALS)] + [(0, 1), (0, 2), (9, 0)]
    coco = {
        "images": [{"id": i, "file_name": n} for i, (n, _) in enumerate(NAMED)],
        "annotations": [{"image_id": i, "category_id": k} for i, k in boxes],
        "categories": [{"id": i, "name": k} for i, k in enumerate(kinds)],
    }
    classes, said = read(numbered() | {"a.json": json.dumps(coco).encode()}, tmp_path)
    assert classes == TRUE
    assert "1 image has rows of different classes; the first counts." in said and german_of(said)


@pytest.mark.parametrize("no", [0, -1])
def test_of_several_columns_of_yes_and_no_none_is_a_class(no, tmp_path):
    rows = [(n, *(1 if j <= i % 3 and i else no for j in range(3))) for i, (n, _) in
            enumerate(NAMED)]  # fmt: skip
    files = numbered() | {"labels.csv": table([("image", "cat", "dog", "bird"), *rows])}
    classes, said = read(files, tmp_path)
    assert set(classes.values()) == {"image"}
    assert said == "No column of labels.csv says one class for each image." and german_of(said)


# --- tables of which nothing can be used


@pytest.mark.parametrize("pack", [as_folder, as_zip])
@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"labels.csv": table([("id", "label"), ("photo1.png", "cat"), ("photo2.png", "dog")])},
         "No column of labels.csv names an image here (id, label)."),
        ({"labels.txt": table([("photo1.png", "cat"), ("photo2.png", "dog"), ("c", "cat")], " ")},
         "No column of labels.txt names an image here."),
        ({"labels.csv": b"label\ncat\ndog\n"},
         "labels.csv was not read as a table of two columns or more."),
        ({"metadata.csv": table([("file", "text"), *((n, f"no {n}") for n, _ in NAMED)])},
         "No column of metadata.csv says one class for each image."),
        ({f"{i}.json": b'[{"label": "cat", "shape": "box"}]' for i in range(3)},
         "No column of 0.json names an image here (label, shape). So it is with 2 other tables."),
        ({"README.txt": b"words of many\nlines of it", "labels.txt": b"cat\ndog\n"}, ""),
    ],
)  # fmt: skip
def test_why_a_table_was_not_used_is_said(files, says, pack, tmp_path):
    account = read_folder(pack(numbered() | files, tmp_path / "set"), SIZE).account
    assert not account.tables and sum(account.left_out.values()) == len(files)
    assert account.notes == ((says,) if says else ())
    assert not says or german_of(says)
