"""Ways that folders of images are laid out, as files by name, with what each should be read as.

The colour of an image tells its class, so pixels that went to the wrong label are seen.
"""

import csv
import io
import json
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
