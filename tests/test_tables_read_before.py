"""Tables whose numbers, slashes, bars and remarks are what they say, and no more."""

import pytest

from tests.test_doubtful_tables import NAMED, numbered, read, table

WANTED = dict(NAMED)
ORDER = ("bird", "cat", "dog")


def stem(name):
    return name.partition(".")[0]


def zeros(name):
    return f"{int(stem(name)):04d}.png"


def test_numbers_of_another_table_name_no_images_by_zeros(tmp_path):
    files = {zeros(name): content for name, content in numbered().items()}
    files |= {
        "classes.csv": table([("id", "label"), *enumerate(ORDER, start=1)]),
        "labels.csv": table([("file", "label"), *((zeros(n), c) for n, c in NAMED)]),
    }
    classes, _ = read(files, tmp_path)
    assert classes == {zeros(name): c for name, c in NAMED}
    del files["labels.csv"]
    classes, _ = read(files, tmp_path / "alone")
    assert {*classes.values()} == {"image"}


@pytest.mark.parametrize(
    ("other", "cell"),
    [
        ("age", lambda i: "N/A" if i % 3 else "7"),
        ("score", lambda i: f"{i % 5}/7"),
        ("date", lambda i: f"2024/03/{i % 9}"),
        ("mask", lambda i: f"{i}.png"),
        ("nearest_file", lambda i: f"{i // 2}.png"),
    ],
)
def test_images_called_by_numbers_keep_their_column(other, cell, tmp_path):
    rows = [(stem(n), cell(i), c) for i, (n, c) in enumerate(NAMED)]
    files = numbered() | {"labels.csv": table([("image_id", other, "label"), *rows])}
    assert read(files, tmp_path)[0] == WANTED


@pytest.mark.parametrize(
    ("name", "part"), [("labels.csv", ","), ("labels.txt", " ")], ids=["csv", "txt"]
)
@pytest.mark.parametrize("mark", ["|", ";"])
def test_a_label_of_several_findings_is_not_cut(name, part, mark, tmp_path):
    lines = [f"{n}{part}{c}{mark}old{mark}rare" for n, c in NAMED]
    files = numbered() | {name: "\n".join(lines).encode()}
    classes, _ = read(files, tmp_path)
    assert classes == {n: f"{c}{mark}old{mark}rare" for n, c in NAMED}


@pytest.mark.parametrize(
    "heading", ["#file,label,sex", "#,file,label,sex", "# file,label,sex"], ids=str
)
def test_a_heading_may_begin_with_a_sign_of_remarks(heading, tmp_path):
    rows = [("gone.png", "cat", "f"), *((n, c, "fm"[i % 2]) for i, (n, c) in enumerate(NAMED))]
    lines = [heading, *(",".join(row) for row in rows)]
    classes, said = read(numbered() | {"labels.csv": "\n".join(lines).encode()}, tmp_path)
    assert classes == WANTED
    assert "the column 'label'" in said


def test_many_remarks_are_read_in_one_go(tmp_path):
    lines = ["# made by me"] * 300_000 + ["file,label", *(f"{n},{c}" for n, c in NAMED)]
    classes, _ = read(numbered() | {"labels.csv": "\n".join(lines).encode()}, tmp_path)
    assert classes == WANTED


def test_numbers_with_an_exponent_are_no_shorter_ones(tmp_path):
    cells = {"bird": "1.0e+00", "cat": "1.0e+01", "dog": "2.0e+01"}
    rows = [(n, cells[c]) for n, c in NAMED]
    classes, _ = read(numbered() | {"labels.csv": table([("file", "label"), *rows])}, tmp_path)
    assert classes == {n: cells[c] for n, c in NAMED}


def test_the_first_row_of_a_file_without_a_heading_is_not_told(tmp_path):
    files = numbered() | {"accounts.csv": b"alice@x.org,hunter2\nbob@x.org,secret\n"}
    _, said = read(files, tmp_path)
    assert "accounts.csv" in said and "hunter2" not in said
