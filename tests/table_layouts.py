"""Ways that tables lie beside images, with what each should be read as."""

import json

from tests.folder_layouts import (
    ANIMALS,
    COLOURS,
    NAMED,
    SPLIT,
    Case,
    flat,
    other,
    picture,
    pictures,
    table,
)

TABLES = {
    "a csv": Case(
        flat(ANIMALS) | {"labels.csv": table([("file", "label"), *NAMED])},
        ("bird", "cat", "dog"), 6,
        says=("Labels are the column 'label' of labels.csv for 6 images.",),
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
    "ones whose columns are numbered": Case(
        flat(ANIMALS) | {"t.csv": table([("file", "Class0", "Class1", "Class2"), *(
            (n, *(int(c == k) for k in ("cat", "dog", "bird"))) for n, c in NAMED)])},
        ("Class0", "Class1", "Class2"), 6, says=("Labels are as t.csv says of 6 images.",),
    ),
    "ones whose columns end alike, beside a sex": Case(
        flat(ANIMALS) | {"t.csv": table([("file", "sex", "cat_label", "dog_label", "bird_label"), *(
            (n, "fm"[i % 2], *(int(c == k) for k in ("cat", "dog", "bird")))
            for i, (n, c) in enumerate(NAMED))])},
        ("bird_label", "cat_label", "dog_label"), 6,
    ),
    "several labels of an image beside class folders": Case(
        pictures("cat", "dog") | {"t.csv": table([("file", "label_0", "label_1"), *(
            (f"{c}/{i}.png", 1, i % 2) for c in ("cat", "dog") for i in range(3))])},
        ("cat", "dog"), 6, left_out={other(".csv"): 1},
        says=("No column of t.csv is called like labels: folders are the classes.",),
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
    "a csv whose lines end as on an old Mac": Case(
        flat(ANIMALS)
        | {"l.csv": table([("file", "label"), *NAMED], ";").replace(b"\n", b"\r")},
        ("bird", "cat", "dog"), 6,
    ),
    "a json of whole numbers with a point": Case(
        flat(ANIMALS) | {"l.json": json.dumps({n: float(len(c)) for n, c in NAMED}).encode()},
        ("3", "4"), 6,
    ),
    "a json of whole numbers, some with a point": Case(
        flat(ANIMALS) | {"l.json": json.dumps(
            {n: 1.0 if i == 1 else i % 2 for i, (n, _) in enumerate(NAMED)}).encode()},
        ("0", "1"), 6,
    ),
    "a json of records of whole numbers, some with a point": Case(
        flat(ANIMALS) | {"l.json": json.dumps(
            [{"file": n, "label": 1.0 if i == 1 else i % 2} for i, (n, _) in enumerate(NAMED)]
        ).encode()}, ("0", "1"), 6,
    ),
    "a json of measured numbers": Case(
        flat(ANIMALS) | {"l.json": json.dumps({n: len(c) / 8 for n, c in NAMED}).encode()},
        ("image",), 6, left_out={other(".json"): 1},
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
        }).encode()}, ("bird", "cat"), 6, unlabelled=2, says=("2 images have no label there.",),
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
    "Kaggle's test images with placeholder answers": Case(
        {f"train_images/{n}": d for n, d in flat(ANIMALS).items()}
        | {f"test_images/9{n}": picture() for n, _ in NAMED[:4]}
        | {"train.csv": table([("id_code", "diagnosis"), *((n[:3], len(c)) for n, c in NAMED)]),
           "test.csv": table([("id_code",), *((f"9{n[:3]}",) for n, _ in NAMED[:4])]),
           "sample_submission.csv": table(
               [("id_code", "diagnosis"), *((f"9{n[:3]}", 3) for n, _ in NAMED[:4])])},
        ("3", "4"), 6, left_out={"of a part to score (no label)": 4, other(".csv"): 2},
    ),
    "one answer for every test image": Case(
        {f"train/{n}": d for n, d in flat(ANIMALS).items()}
        | {f"test/9{i:02}.png": picture() for i in range(14)}
        | {"train.csv": table([("id", "label"), *((n[:3], c) for n, c in NAMED)]),
           "test.csv": table([("id", "label"), *((f"9{i:02}", "cat") for i in range(14))])},
        ("bird", "cat", "dog"), 6,
        left_out={"of a part to score (no label)": 14, other(".csv"): 1},
        says=("test.csv says the same of all its images: no labels.",),
    ),
    "a number for every image beside class folders": Case(
        pictures("images/001.cat", "images/002.dog") | {"images.txt": table([
            (i, f"{c}/{j}.png") for i, (c, j) in enumerate(
                ((c, j) for c in ("001.cat", "002.dog") for j in range(3)), 1)], " ")},
        ("001.cat", "002.dog"), 6, left_out={other(".txt"): 1},
    ),
    "captions beside class folders": Case(
        pictures("cat", "dog") | {"metadata.jsonl": "\n".join(json.dumps(
            {"file_name": f"{c}/{i}.png", "text": f"{c} number {i}"})
            for c in ("cat", "dog") for i in range(3)).encode()},
        ("cat", "dog"), 6, left_out={other(".jsonl"): 1},
    ),
    "captions of a flat folder": Case(
        flat(ANIMALS) | {"metadata.csv": table(
            [("file_name", "text"), *((n, f"{c} in {n}") for n, c in NAMED)])},
        ("image",), 6, left_out={other(".csv"): 1},
    ),
    "captions of a flat folder, two of them alike": Case(
        flat(ANIMALS) | {"metadata.csv": table(
            [("file_name", "text"), *((n, f"no {max(i, 1)}") for i, (n, _) in enumerate(NAMED))])},
        ("image",), 6, left_out={other(".csv"): 1},
    ),
    "measured numbers of a flat folder, two of them alike": Case(
        flat(ANIMALS) | {"m.csv": table(
            [("file", "score"), *((n, max(i, 1) / 8) for i, (n, _) in enumerate(NAMED))])},
        ("image",), 6, left_out={other(".csv"): 1},
    ),
    "faces, most of them seen once": Case(
        {f"{i:02}.png": picture() for i in range(12)} | {"list.txt": table(
            [(f"{i:02}.png", f"p{max(i, 4)}") for i in range(12)], " ")},
        tuple(f"p{i}" for i in range(4, 12)), 12,
    ),
    "faces, most of them seen once, with a heading": Case(
        {f"{i:02}.png": picture() for i in range(12)} | {"people.csv": table(
            [("image", "person"), *((f"{i:02}.png", f"p{max(i, 4)}") for i in range(12))])},
        tuple(f"p{i}" for i in range(4, 12)), 12,
    ),
    "sizes of files without a heading, two of them alike, beside class folders": Case(
        pictures("cat", "dog") | {"sizes.txt": table([
            (f"{c}/{i}.png", max(j + i, 1)) for j, c in ((0, "cat"), (3, "dog"))
            for i in range(3)], " ")},
        ("cat", "dog"), 6, left_out={other(".txt"): 1},
    ),
    "one number for all without a heading beside class folders": Case(
        pictures("cat", "dog") | {"list.txt": table(
            [(f"{c}/{i}.png", 1) for c in ("cat", "dog") for i in range(3)], " ")},
        ("cat", "dog"), 6, left_out={other(".txt"): 1},
    ),
    "a column called like no labels beside heaps": Case(
        pictures("batch1", "batch2") | {"data.csv": table([("image", "emotion"), *(
            (f"batch{b}/{i}.png", ("joy", "rage")[i % 2]) for b in (1, 2) for i in range(3))])},
        ("joy", "rage"), 6, says=("Labels are the column 'emotion' of data.csv for 6 images.",),
    ),
    "a table called labels beside folders of people": Case(
        pictures("ann", "bob") | {"labels.csv": table([("image", "emotion", "remark"), *(
            (f"{b}/{i}.png", ("joy", "rage")[i % 2], f"{b}{i}")
            for b in ("ann", "bob") for i in range(3))])},
        ("joy", "rage"), 6, says=("Labels are the column 'emotion' of labels.csv for 6 images.",),
    ),
    "a table called labels that says one thing beside class folders": Case(
        pictures("cat", "dog") | {"labels.csv": table([("image", "kind"), *(
            (f"{c}/{i}.png", "pet") for c in ("cat", "dog") for i in range(3))])},
        ("cat", "dog"), 6, left_out={other(".csv"): 1},
    ),
    "a table called labels, of two columns that could be meant, beside class folders": Case(
        pictures("cat", "dog") | {"labels.csv": table([("image", "sex", "emotion"), *(
            (f"{c}/{i}.png", "fm"[i % 2], ("joy", "rage")[i // 2])
            for c in ("cat", "dog") for i in range(3))])},
        ("cat", "dog"), 6, left_out={other(".csv"): 1},
        says=("No column of labels.csv is called like labels: folders are the classes.",),
    ),
    "a title called name beside class folders": Case(
        pictures("cat", "dog") | {"m.csv": table([("file", "name"), *(
            (f"{c}/{i}.png", f"{c}{i}") for c in ("cat", "dog") for i in range(3))])},
        ("cat", "dog"), 6, left_out={other(".csv"): 1},
    ),
    "a label of its own for every image beside class folders": Case(
        pictures("cat", "dog") | {"m.csv": table([("file", "label"), *(
            (f"{c}/{i}.png", f"{c}{i}") for c in ("cat", "dog") for i in range(3))])},
        ("cat", "dog"), 6,
        says=("No two images have the same label there: folders are the classes.",),
    ),
    "a camera's name beside class folders": Case(
        pictures("cat", "dog") | {"m.csv": table([("file", "camera"), *(
            (f"{c}/{i}.png", "ab"[i % 2]) for c in ("cat", "dog") for i in range(3))])},
        ("cat", "dog"), 6, left_out={other(".csv"): 1},
        says=("No column of m.csv is called like labels: folders are the classes.",),
    ),
    "NIH's chest X-rays": Case(
        flat(ANIMALS) | {"Data_Entry.csv": table([
            ("Image Index", "Finding Labels", "Patient Gender"),
            *((n, c, "FM"[i % 2]) for i, (n, c) in enumerate(NAMED))])},
        ("bird", "cat", "dog"), 6,
        says=("Labels are the column 'Finding Labels' of Data_Entry.csv for 6 images.",),
    ),
    "a label called image_label": Case(
        flat(ANIMALS) | {"l.csv": table([("path", "view", "n_labels", "label_id", "image_label"),
            *((n, "ab"[i % 2], 1 + i % 2, i, c) for i, (n, c) in enumerate(NAMED))])},
        ("bird", "cat", "dog"), 6, says=("the column 'image_label' of l.csv",),
    ),
    "a number and a name of the class": Case(
        flat(ANIMALS) | {"l.csv": table([("path", "sex", "category_id", "category name"),
            *((n, "ab"[i % 2], len(c), c) for i, (n, c) in enumerate(NAMED))])},
        ("bird", "cat", "dog"), 6, says=("the column 'category name' of l.csv",),
    ),
    "patients of the test part, whose labels are elsewhere": Case(
        {f"train/{n}": d for n, d in flat(ANIMALS).items()}
        | {f"test/9{n}": picture() for n, _ in NAMED[:4]}
        | {"train_labels.csv": table([("id", "label"), *((n[:3], c) for n, c in NAMED)]),
           "test_metadata.csv": table(
               [("id", "sex"), *((f"9{n[:3]}", "fm"[i % 2]) for i, (n, _) in enumerate(NAMED[:4]))]
           )},
        ("bird", "cat", "dog"), 6,
        left_out={"of a part to score (no label)": 4, other(".csv"): 1},
    ),
    "parts by the names of tables": Case(
        flat(ANIMALS) | {
            "trainLabels.csv": table([("file", "label"), *NAMED[:4]]),
            "val_labels.csv": table([("file", "label"), *NAMED[4:]])},
        ("bird", "cat", "dog"), 4, 2,
    ),
    "tables and folders that number their images alike": Case(
        {f"train/{i}.png": picture(COLOURS[c]) for i, c in enumerate(ANIMALS)}
        | {f"test/{i}.png": picture(COLOURS[c]) for i, c in enumerate(ANIMALS[:4])}
        | {"train_labels.csv": table([("name", "label"), *enumerate(ANIMALS)]),
           "test_annotations.csv": table([("name", "label"), *enumerate(ANIMALS[:4])])},
        ("bird", "cat", "dog"), 6, 4,
    ),
    "tables in folders that number their images alike": Case(
        {f"{p}/{i}.png": picture(COLOURS[c]) for p in ("train", "test")
         for i, c in enumerate(ANIMALS)}
        | {f"{p}/labels.csv": table([("name", "label"), *enumerate(ANIMALS)])
           for p in ("train", "test")},
        ("bird", "cat", "dog"), 6, 6,
    ),
    "one table, its split, and images numbered alike": Case(
        {f"{p}/{i}.png": picture(COLOURS[c]) for p in ("train", "test")
         for i, c in enumerate(ANIMALS)}
        | {"all.csv": table([("name", "label", "split"), *(
            (i, c, p) for p in ("train", "test") for i, c in enumerate(ANIMALS))])},
        ("bird", "cat", "dog"), 6, 6,
    ),
    "a heading that images are called, too": Case(
        {f"{i}/image.png": picture(COLOURS[c]) for i, c in enumerate(ANIMALS)}
        | {"x.csv": table([("image", "label"), *(
            (f"{i}/image.png", c) for i, c in enumerate(ANIMALS))])},
        ("bird", "cat", "dog"), 6,
        says=("Labels are the column 'label' of x.csv for 6 images.",),
    ),
    "rows without a heading that number either part's images": Case(
        {f"{p}/{i}.png": picture(COLOURS[c]) for p in ("train", "test")
         for i, c in enumerate(ANIMALS)}
        | {f"{p}.txt": table(enumerate(ANIMALS), " ") for p in ("train", "test")},
        ("bird", "cat", "dog"), 6, 6,
        says=("Labels are column 2 of train.txt for 6 images.",),
    ),
    "rows that may name either part": Case(
        {f"{p}/{i}.png": picture(COLOURS[c]) for p in ("train", "test")
         for i, c in enumerate(ANIMALS)}
        | {"all.csv": table([("name", "label"), *enumerate(ANIMALS)])},
        ("image",), 6, 6, left_out={other(".csv"): 1},
        says=("No image is labelled by all.csv. 6 rows of it name several images here.",),
    ),
    "a table for train, none for test": Case(
        {f"train/{n}": d for n, d in flat(ANIMALS).items()}
        | {f"test/9{n}": picture() for n, _ in NAMED[:2]}
        | {"train.csv": table([("id", "label"), *((n[:3], c) for n, c in NAMED)])},
        ("bird", "cat", "dog"), 6, left_out={"of a part to score (no label)": 2},
    ),
}  # fmt: skip
