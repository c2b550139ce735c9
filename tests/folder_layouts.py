"""Ways that folders of images are laid out, as files by name, with what each should be read as.

The colour of an image tells its class, so pixels that went to the wrong label are seen.
"""

import csv
import io
import zipfile
from dataclasses import dataclass, field

from PIL import Image, features

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
