"""Folders and zips as people download them: right classes, right pixels, nothing dropped uncounted.

Each layout is files by name, and what each image should be. It is read as a folder and as a zip.
The colour of an image tells its class, so pixels that went to the wrong label are seen.
"""

import csv
import io
import json
import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass, field

import numpy as np
import pytest
import tifffile
from PIL import Image, features

from cacr_core.data.folders import pngs, read_folder
from cacr_core.data.folders.names import code_page, nearly_alike

SIZE = 8
COLOURS = {"cat": (200, 40, 20), "dog": (20, 60, 210), "bird": (30, 190, 40), "fox": (90, 80, 10)}
GREY = 120


def picture(colour=(GREY,) * 3, form="PNG", **options):
    file = io.BytesIO()
    Image.new("RGB", (12, 10), colour).save(file, form, **options)
    return file.getvalue()


def pictures(*names, form="PNG", end="png"):
    """Three images in each folder, of the colour of the class that its name ends in."""
    made = {}
    for name in names:
        word = next((c for c in COLOURS if c in name.casefold()), "")
        for i in range(3):
            made[f"{name}/{i}.{end}"] = picture(COLOURS.get(word, (GREY,) * 3), form)
    return made


def flat(colours, end="png"):
    return {f"{i:03}.{end}": picture(COLOURS[c]) for i, c in enumerate(colours)}


def table(rows, mark=","):
    text = io.StringIO()
    csv.writer(text, delimiter=mark, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@dataclass
class Case:
    files: dict
    classes: tuple
    n_train: int
    n_test: int = 0
    left_out: dict = field(default_factory=dict)
    says: tuple = ()
    asks: str = ""
    unlabelled: int = 0


ANIMALS = ("cat", "dog", "cat", "dog", "bird", "cat")
NAMED = list(zip(flat(ANIMALS), ANIMALS, strict=True))
SPLIT = ("train", "train", "train", "train", "val", "val")
HIDDEN = "hidden (of a Mac, Windows or a notebook)"
DAMAGED = "damaged or cut off"


def other(end):
    return f"of another kind ({end})"


FOLDERS = {
    "a folder a class": Case(pictures("cat", "dog"), ("cat", "dog"), 6),
    "a folder around them": Case(pictures("pets/cat", "pets/dog"), ("cat", "dog"), 6),
    "two folders around them": Case(pictures("a/pets/cat", "a/pets/dog"), ("cat", "dog"), 6),
    "one class": Case(pictures("cat"), ("cat",), 3),
    "one flat folder": Case(flat(ANIMALS), ("image",), 6),
    "one flat folder in another": Case(
        {f"photos/{n}": d for n, d in flat(ANIMALS).items()}, ("photos",), 6
    ),
    "train and val": Case(
        pictures("train/cat", "train/dog", "val/cat", "val/dog"), ("cat", "dog"), 6, 6,
        says=("6 images of the val part score; 6 are trained on.",),
    ),
    "train and val in a folder": Case(
        pictures("set/train/cat", "set/train/dog", "set/val/cat", "set/val/dog"),
        ("cat", "dog"), 6, 6,
    ),
    "train, val and test": Case(
        pictures("train/cat", "train/dog", "valid/cat", "valid/dog", "test/cat", "test/dog"),
        ("cat", "dog"), 6, 6, {"of the test part (val scores)": 6},
    ),
    "train and test": Case(
        pictures("Training/cat", "Training/dog", "Testing/cat"), ("cat", "dog"), 6, 3
    ),
    "parts named twice": Case(
        pictures(*(f"{p}_set/{p}_set/{c}" for p in ("training", "test") for c in ("cat", "dog"))),
        ("cat", "dog"), 6, 6,
    ),
    "parts beside one to predict": Case(
        pictures("seg_train/seg_train/cat", "seg_train/seg_train/dog", "seg_test/seg_test/cat",
                 "seg_pred/seg_pred"),
        ("cat", "dog"), 6, 3, {"of a part to score (no label)": 3},
    ),
    "a test part without labels": Case(
        pictures("train/cat", "train/dog", "test"), ("cat", "dog"), 6,
        left_out={"of a part to score (no label)": 3},
    ),
    "an unlabelled part": Case(
        pictures("train/cat", "train/dog", "test/cat", "unlabeled"), ("cat", "dog"), 9, 3,
        unlabelled=3,
    ),
    "parts within classes": Case(
        pictures("cat/train", "cat/test", "dog/train", "dog/test"), ("cat", "dog"), 6, 6
    ),
    "a part beside folders of masks": Case(
        pictures("train/cat", "test/cat", "test/dog", "ground_truth/dog"), ("cat", "dog"), 3, 6,
        {"beside the parts": 3},
    ),
    "classes called like one part": Case(pictures("train", "bus_dog"), ("bus_dog", "train"), 6),
    "classes in groups": Case(
        pictures("pets/cat", "pets/dog", "wild/bird", "wild/fox"),
        ("pets/cat", "pets/dog", "wild/bird", "wild/fox"), 12, says=("Classes are the inner",),
    ),
    "a folder of images in each class": Case(
        pictures("cat/images", "dog/images"), ("cat", "dog"), 6
    ),
    "sessions in classes": Case(
        pictures("cat/day1", "cat/day2", "dog/day1", "dog/day2"), ("cat", "dog"), 12,
        says=("Classes are the outermost folders",),
    ),
    "patients in classes": Case(
        pictures("cat/p001", "cat/p002", "dog/p003", "dog/p004"), ("cat", "dog"), 12
    ),
    "images beside class folders": Case(
        pictures("cat", "dog") | {"cover.png": picture()}, ("cat", "dog"), 7, unlabelled=1
    ),
    "numbered classes": Case(
        pictures("10", "9", "2"), ("2", "9", "10"), 9
    ),
    "a class of one image": Case(
        pictures("cat") | {"dog/0.png": picture(COLOURS["dog"])}, ("cat", "dog"), 4
    ),
}  # fmt: skip

TABLES = {
    "a csv": Case(
        flat(ANIMALS) | {"labels.csv": table([("file", "label"), *NAMED])},
        ("bird", "cat", "dog"), 6, says=("labels.csv says of 6 images",),
    ),
    "a csv without endings": Case(
        flat(ANIMALS) | {"train.csv": table([("id", "breed"), *((n[:3], c) for n, c in NAMED)])},
        ("bird", "cat", "dog"), 6,
    ),
    "a csv beside folders of parts": Case(
        {f"images_{i % 2}/{n}": d for i, (n, d) in enumerate(flat(ANIMALS).items())}
        | {"meta.csv": table([("sex", "image", "dx"), *(("f", n[:3], c) for n, c in NAMED)])},
        ("bird", "cat", "dog"), 6,
    ),
    "a csv with a split": Case(
        flat(ANIMALS) | {"x.csv": table([("path", "y", "split"),
            *((n, c, s) for (n, c), s in zip(NAMED, SPLIT, strict=True))])},
        ("bird", "cat", "dog"), 4, 2,
    ),
    "a split beside class folders": Case(
        pictures("cat", "dog") | {"split.csv": table([("file", "split"), *(
            (f"{c}/{i}.png", "val" if i == 2 else "train") for c in ("cat", "dog") for i in range(3)
        )])}, ("cat", "dog"), 4, 2,
    ),
    "a csv of ones": Case(
        flat(ANIMALS) | {"t.csv": table([("image", "cat", "dog", "bird"), *(
            (n[:3], *(f"{float(c == k)}" for k in ("cat", "dog", "bird"))) for n, c in NAMED)])},
        ("bird", "cat", "dog"), 6,
    ),
    "a csv with semicolons": Case(
        flat(ANIMALS) | {"labels.csv": table([("datei", "art"), *NAMED], ";")},
        ("bird", "cat", "dog"), 6,
    ),
    "a tsv": Case(
        flat(ANIMALS) | {"labels.tsv": table([("name", "category"), *NAMED], "\t")},
        ("bird", "cat", "dog"), 6,
    ),
    "a text of two columns": Case(
        flat(ANIMALS) | {"val.txt": table(NAMED, " ")}, ("bird", "cat", "dog"), 6
    ),
    "a csv in utf-16": Case(
        flat(ANIMALS)
        | {"l.csv": table([("file", "label"), *NAMED]).decode().encode("utf-16")},
        ("bird", "cat", "dog"), 6,
    ),
    "a json of names": Case(
        flat(ANIMALS) | {"labels.json": json.dumps(dict(NAMED)).encode()},
        ("bird", "cat", "dog"), 6,
    ),
    "a json by class": Case(
        flat(ANIMALS) | {"labels.json": json.dumps(
            {k: [n for n, c in NAMED if c == k] for k in ("cat", "dog", "bird")}).encode()},
        ("bird", "cat", "dog"), 6,
    ),
    "a json of records": Case(
        flat(ANIMALS)
        | {"a.json": json.dumps([{"file": n, "label": c} for n, c in NAMED]).encode()},
        ("bird", "cat", "dog"), 6,
    ),
    "the Hub's metadata.jsonl": Case(
        flat(ANIMALS) | {"metadata.jsonl": "\n".join(
            json.dumps({"file_name": n, "label": c}) for n, c in NAMED).encode()},
        ("bird", "cat", "dog"), 6,
    ),
    "COCO's annotations": Case(
        {f"images/{n}": d for n, d in flat(ANIMALS).items()} | {"annotations/i.json": json.dumps({
            "images": [{"id": i, "file_name": n} for i, (n, _) in enumerate(NAMED)],
            "annotations": [{"image_id": i, "category_id": len(c)} for i, (_, c) in
                            enumerate(NAMED) if c != "dog"],
            "categories": [{"id": 3, "name": "cat"}, {"id": 4, "name": "bird"}],
        }).encode()}, ("bird", "cat"), 6, unlabelled=2, says=("2 images have no row",),
    ),
    "numbers that are names of images, too": Case(
        flat(ANIMALS) | {"l.csv": table([("label", "file"), *(
            (f"{ANIMALS.index(c):03}", n) for n, c in NAMED)])}, ("000", "001", "004"), 6,
    ),
    "rows without an image": Case(
        flat(ANIMALS) | {"l.csv": table([("file", "label"), *NAMED, ("gone.png", "cat")])},
        ("bird", "cat", "dog"), 6, says=("1 row of it names no image here",),
    ),
    "folders of classes to train on, a text for val": Case(
        pictures("train/cat/images", "train/dog/images")
        | {f"val/images/v{n}": d for n, d in flat(ANIMALS[:4]).items()}
        | {"val/val_annotations.txt": table([(f"v{n}", c, 0, 32, 44) for n, c in NAMED[:4]], "\t"),
           "words.txt": b"n01\ta cat\nn02\ta dog\n"},
        ("cat", "dog"), 6, 4, left_out={other(".txt"): 1},
    ),
    "numbers of classes in a csv for either part": Case(
        {f"Train/{len(c)}/{n}": d for (n, d), c in zip(flat(ANIMALS).items(), ANIMALS, strict=True)}
        | {f"Test/t{n}": d for n, d in flat(ANIMALS[:2]).items()}
        | {"Test.csv": table([("Width", "ClassId", "Path"), *(
            (30 + i, len(c), f"Test/t{n}") for i, (n, c) in enumerate(NAMED[:2]))]),
           "Train.csv": table([("Width", "ClassId", "Path"), *(
            (30 + i, len(c), f"Train/{len(c)}/{n}") for i, (n, c) in enumerate(NAMED))])},
        ("3", "4"), 6, 2,
    ),
    "a text of names without endings": Case(
        flat(ANIMALS) | {"list.txt": table([(n[:3], len(c), c) for n, c in NAMED], " ")},
        ("bird", "cat", "dog"), 6,
    ),
    "a csv with other endings": Case(
        flat(ANIMALS, "jpg")
        | {"l.csv": table([("file", "label"), *((f"{n[:3]}.jpeg", c) for n, c in NAMED)])},
        ("bird", "cat", "dog"), 6,
    ),
    "a table of something else": Case(
        pictures("cat", "dog") | {"sales.csv": table([("year", "sum"), ("1999", "3")])},
        ("cat", "dog"), 6, left_out={other(".csv"): 1},
    ),
    "a table for train, none for test": Case(
        {f"train/{n}": d for n, d in flat(ANIMALS).items()}
        | {f"test/9{n}": picture() for n, _ in NAMED[:2]}
        | {"train.csv": table([("id", "label"), *((n[:3], c) for n, c in NAMED)])},
        ("bird", "cat", "dog"), 6, left_out={"of a part to score (no label)": 2},
    ),
}  # fmt: skip

FILES = {
    "endings of all kinds": Case(
        {f"cat/{i}.{end}": picture(COLOURS["cat"], form) for i, (end, form) in enumerate([
            ("JPG", "JPEG"), ("jfif", "JPEG"), ("jpe", "JPEG"), ("webp", "WEBP"), ("bmp", "BMP"),
            ("gif", "GIF"), ("TIF", "TIFF"), ("ppm", "PPM"), ("jp2", "JPEG2000"), ("png", "JPEG"),
        ])}, ("cat",), 10,
    ),
    "litter": Case(
        pictures("cat", "dog") | {"cat/._0.png": b"\0\5\x16\7", ".DS_Store": b"x",
            "__MACOSX/cat/._1.png": b"x", "dog/Thumbs.db": b"x",
            ".ipynb_checkpoints/a.png": picture()},
        ("cat", "dog"), 6, left_out={HIDDEN: 5},
    ),
    "files of other kinds": Case(
        pictures("cat", "dog") | {"README.md": b"hi", "cat/a.svg": b"<svg/>", "cat/b.svg": b"",
            "LICENSE": b"x", "notes.txt": b"some words"},
        ("cat", "dog"), 6, left_out={other(".md"): 1, other(".svg"): 2, other(".txt"): 1,
                                     other("without an ending"): 1},
    ),
    "damaged files": Case(
        pictures("cat", "dog") | {"cat/cut.jpg": picture(form="JPEG")[:300], "cat/empty.png": b"",
                                  "cat/text.png": b"not an image"},
        ("cat", "dog"), 6, left_out={DAMAGED: 2, "empty": 1},
    ),
    "spaces, colons and a percent sign": Case(
        pictures("my cat: one", "dog %20 two"), ("dog %20 two", "my cat: one"), 6
    ),
    "letters of other scripts": Case(
        pictures("chät cat", "猫 cat", "собака dog"), ("chät cat", "собака dog", "猫 cat"), 9
    ),
    "accents apart, as on a Mac": Case(
        pictures("cafe\u0301 cat") | {"café cat/9.png": picture(COLOURS["cat"])}, ("café cat",), 4
    ),
    "classes that differ in case": Case(
        pictures("cat", "Cat", "dog"), ("Cat", "cat", "dog"), 9, asks="'Cat' and 'cat'"
    ),
    "classes that differ in a space": Case(
        pictures("red cat", "red_cat "), ("red cat", "red_cat "), 6, asks="case or spaces"
    ),
    "a folder of .avif": Case(
        pictures("cat", "dog", form="AVIF", end="avif") if features.check("avif") else {},
        ("cat", "dog"), 6,
    ),
    "a phone's .heic": Case(
        pictures("cat", "dog") | {"cat/p.heic": b"\0\0\0\x18ftypheic" + bytes(40)},
        ("cat", "dog"), 6, left_out={"HEIC (needs pillow-heif)": 1},
    ),
}  # fmt: skip
LAYOUTS = FOLDERS | TABLES | FILES


def as_folder(files, root):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def as_zip(files, root):
    path = root.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


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
    assert 2 * len(LAYOUTS) + len(DEEP) * 2 >= 120


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


# --- more than 8 bits


def disc(dark, light, dtype=np.float64):
    y, x = np.mgrid[:24, :24]
    return np.where((x - 8) ** 2 + (y - 12) ** 2 < 36, light, dark).astype(dtype)


def saved(values, form="TIFF", **options):
    file = io.BytesIO()
    if form == "tifffile":
        tifffile.imwrite(file, values, **options)
    else:
        Image.fromarray(values).save(file, form, **options)
    return file.getvalue()


def stack(values, *others):
    return np.stack([values, *others])


DARK_LIGHT = disc(0, 1)
DEEP = {
    "16 bits": (saved(disc(3000, 60_000, np.uint16), "PNG"), "png", "16-bit"),
    "12 bits in 16": (saved(disc(100, 4000, np.uint16), "PNG"), "png", "16-bit"),
    "8 bits in 16": (saved(disc(10, 250, np.uint16)), "tif", "16-bit"),
    "signed 16 bits": (saved(disc(-1000, 2000, np.int16), "tifffile"), "tif", "-1,000 is black"),
    "int32": (saved(disc(-70_000, 90_000, np.int32)), "tif", "whole-number"),
    "uint32": (saved(disc(7, 4_000_000_000, np.uint32), "tifffile"), "tif", "whole-number"),
    "float of 0 to 1": (saved(disc(0.1, 0.9, np.float32)), "tif", "floating-point"),
    "Hounsfield": (saved(disc(-1000, 2000, np.float32)), "tif", "-1,000 is black"),
    "float64": (saved(disc(1e-6, 3e-6), "tifffile"), "tif", "floating-point"),
    "float16": (saved(disc(1, 30, np.float16), "tifffile"), "tif", "floating-point"),
    "not a number": (
        saved(np.where(np.arange(576).reshape(24, 24) == 7, np.nan, disc(2, 9)).astype("f4")),
        "tif", "values that are no numbers",
    ),
    "a hot pixel": (
        saved(np.where(np.arange(2304).reshape(48, 48) == 2303, 9e9,
                       np.kron(disc(2, 9), np.ones((2, 2)))).astype("f4")),
        "tif", "2 is black",
    ),
    "16 bits in colour, png": (None, "png", "16-bit"),
    "12 bits in 16 in colour, tif": (
        saved(np.repeat(disc(50, 4000, np.uint16)[..., None], 3, 2), "tifffile",
              photometric="rgb"), "tif", "16-bit",
    ),
    "packed, 16 bits in colour": (
        saved(np.repeat(disc(50, 4000, np.uint16)[..., None], 3, 2), "tifffile",
              photometric="rgb", compression="zlib"), "tif", "16-bit",
    ),
    "two channels": (
        saved(stack(disc(0, 900, np.uint16), disc(5, 800, np.uint16)), "tifffile",
              photometric="minisblack", planarconfig="separate"), "tif", "red and green",
    ),
    "five channels": (
        saved(np.repeat(disc(0, 900, np.uint16)[..., None], 5, 2), "tifffile",
              photometric="minisblack", planarconfig="contig"), "tif", "5 channels",
    ),
    "a microscope's hyperstack": (
        saved(np.stack([np.stack([disc(0, 900, np.uint16)] * 2)] * 4), "tifffile", imagej=True,
              metadata={"axes": "ZCYX"}), "tif", "red and green",
    ),
    "an OME-TIFF": (
        saved(np.stack([disc(0, 900, np.uint16)] * 3), "tifffile", ome=True,
              metadata={"axes": "CYX"}), "tif", "16-bit",
    ),
    "several pages": (
        saved(disc(0, 255, np.uint8), save_all=True,
              append_images=[Image.fromarray(disc(255, 0, np.uint8))]), "tif", "several pages",
    ),
    "grey with 8 bits": (saved(disc(20, 220, np.uint8), "PNG"), "png", ""),
    "pgm of 16 bits": (saved(disc(100, 4000, np.uint16), "PPM"), "pgm", "whole-number"),
}  # fmt: skip


def deep_png(values, kinds=(0,)):
    """A PNG of 16 bits in 2 to 4 channels, written by hand: Pillow writes none.

    Args:
        kinds: Of the filters of its rows, in turn, as the standard numbers them.
    """

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    height, width, n_channels = values.shape
    rows = np.frombuffer(values.astype(">u2").tobytes(), np.uint8).reshape(height, width, -1)
    rows = rows.astype(int)
    packed = b""
    for y in range(height):
        kind = kinds[y % len(kinds)]
        up = rows[y - 1] if y else np.zeros_like(rows[0])
        left, corner = (np.concatenate([r[:1] * 0, r[:-1]]) for r in (rows[y], up))
        guess = left + up - corner
        near = [abs(guess - one) for one in (left, up, corner)]
        paeth = np.where(
            (near[0] <= near[1]) & (near[0] <= near[2]), left,
            np.where(near[1] <= near[2], up, corner),
        )  # fmt: skip
        said = (0 * left, left, up, (left + up) // 2, paeth)[kind]
        packed += bytes([kind]) + ((rows[y] - said) % 256).astype(np.uint8).tobytes()
    colour = {2: 4, 3: 2, 4: 6}[n_channels]
    head = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(packed)), chunk(b"IEND", b"")]
    )


@pytest.mark.parametrize("n_channels", [2, 3, 4])
def test_a_png_of_16_bits_in_colour_keeps_all_of_them_whatever_its_filters(n_channels):
    values = np.random.default_rng(0).integers(0, 65_536, (11, 7, n_channels))
    wanted = values[:, :, : 3 if n_channels > 2 else 1]
    for kinds in ((0,), (1,), (2,), (3,), (4,), (4, 1, 3, 0, 2)):
        assert (pngs.read_png(deep_png(values, kinds)) == wanted).all(), kinds


@pytest.mark.parametrize("pack", [as_folder, as_zip])
@pytest.mark.parametrize("name", DEEP)
def test_what_has_more_than_8_bits_is_neither_black_nor_white(name, pack, tmp_path):
    content, end, word = DEEP[name]
    content = content or deep_png(np.repeat(disc(50, 4000, np.uint16)[..., None], 3, 2))
    files = {f"a/{i}.{end}": content for i in range(3)}
    train, _, account = read_folder(pack(files, tmp_path / "set"), 24)
    assert len(train) == account.n_images == account.n_files == 3
    red, green = train.images[:, 0], train.images[:, 1]
    assert (red[:, 12, 8] >= 215).all() and (green[:, 12, 8] >= 215).all()
    assert (red[:, 4, 20] <= 40).all() and (green[:, 4, 20] <= 40).all()
    assert word in " ".join(account.notes)


def test_one_range_holds_for_a_folder_and_its_own_for_what_would_be_black(tmp_path):
    files = {
        "a/full.png": saved(disc(0, 60_000, np.uint16), "PNG"),
        "a/half.png": saved(disc(0, 30_000, np.uint16), "PNG"),
        "a/tiny.png": saved(disc(0, 250, np.uint16), "PNG"),
        "a/even.png": saved(disc(30_000, 30_000, np.uint16), "PNG"),
    }
    train, _, account = read_folder(as_folder(files, tmp_path / "set"), 24)
    lit = dict(zip(train.names, train.images[:, 0, 12, 8].tolist(), strict=True))
    assert lit == {"a/even.png": 128, "a/full.png": 255, "a/half.png": 128, "a/tiny.png": 255}
    assert account.notes == (
        "4 16-bit images are stretched by the folder's range: 0 is black and 60,000 white. 1 of "
        "them spans less than a tenth of it and is stretched by its own.",
    )


def test_an_image_that_is_black_or_white_is_named(tmp_path):
    files = pictures("cat", "dog") | {
        "cat/b.png": picture((3, 2, 1)),
        "cat/mask.png": saved(disc(0, 1, np.uint8), "PNG"),
        "dog/w.png": picture((255, 255, 255)),
    }
    notes = read_folder(as_folder(files, tmp_path / "set"), SIZE).account.notes
    assert "2 images are all but black, as saved." in notes
    assert "1 image is all but white, as saved." in notes


def test_a_packed_tiff_that_unpacks_to_more_than_it_says_is_left_out(tmp_path):
    values = np.repeat(disc(50, 4000, np.uint16)[..., None], 3, 2)
    honest = saved(values, "tifffile", photometric="rgb", compression="zlib", rowsperstrip=24)
    with tifffile.TiffFile(io.BytesIO(honest)) as file:
        page = file.pages[0]
        start, n = page.dataoffsets[0], page.databytecounts[0]
        where = page.tags["StripByteCounts"].valueoffset
    bomb = zlib.compress(bytes(2**26), 9)
    content = bytearray(honest[:start] + bomb)
    count = len(bomb).to_bytes(4, "little")
    assert content[where : where + 2] == n.to_bytes(2, "little")
    width = 4 if page.tags["StripByteCounts"].dtype == 4 else 2
    content[where : where + width] = count[:width]
    files = pictures("cat") | {"cat/bomb.tif": bytes(content)}
    found = read_folder(as_folder(files, tmp_path / "set"), SIZE)
    assert found.account.left_out == {DAMAGED: 1}
