"""A set of images of the Hub by name: told before it is fetched, spread, bounded, read as a folder.

The Hub is two Parquet files on this disk, written as the Hub writes its own.
"""

import io
import json
import os
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cacr_core import data
from cacr_core.data import hub_sets
from tests.bars import Bar
from tests.test_own_images import FRAME, said
from web.shell import hub_set, reading

pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
CLASSES = ("tabby/cat", "dog")


def png(value):
    file = io.BytesIO()
    Image.new("RGB", (10, 10), (value, 0, 0)).save(file, "PNG")
    return file.getvalue()


def write(path, labels, features=True):
    """Images sorted by class, ten rows a group; the red of an image is its label times 100."""
    rows = [{"bytes": png(100 * max(0, n)), "path": None} for n in labels]
    table = pa.table({"image": rows, "label": pa.array(labels, pa.int64())})
    told = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": CLASSES}}
    if features:
        meta = {"huggingface": json.dumps({"info": {"features": told}})}
        table = table.replace_schema_metadata(meta)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=10)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "data"))
    root = tmp_path / "there" / "default"
    write(root / "train" / "0000.parquet", [0] * 60)
    write(root / "train" / "0001.parquet", [1] * 60)
    write(root / "test" / "0000.parquet", [0] * 20 + [1] * 20 + [-1] * 10)
    opened = []

    def here(name, file):
        opened.append((name, file))
        return pq.ParquetFile(tmp_path / "there" / file)

    def listed(self, name, repo_type, revision):
        if name != "me/pets":
            raise RuntimeError("404 Not Found\nand more")
        assert (repo_type, revision) == ("dataset", "refs/convert/parquet")
        below = tmp_path / "there"
        return [p.relative_to(below).as_posix() for p in below.rglob("*.*")]

    monkeypatch.setattr("huggingface_hub.HfApi.list_repo_files", listed)
    monkeypatch.setattr(hub_sets, "_open", here)
    return opened


def test_an_offer_says_how_many_and_how_large_before_anything_is_kept(hub, tmp_path):
    offer = hub_sets.look_up("https://huggingface.co/datasets/me/pets")
    assert (offer.name, offer.n_images, offer.n_of) == ("me/pets", 170, 170)
    assert (offer.image, offer.label, offer.class_names) == ("image", "label", CLASSES)
    assert offer.megabytes > 0
    assert not (tmp_path / "data").exists()
    assert not data.is_offered("hub:me/pets")


def test_what_was_fetched_is_trained_on_like_any_folder(hub):
    hub_sets.fetch(hub_sets.look_up("me/pets"))
    assert hub_sets.fetched() == ["hub:me/pets"]
    assert data.is_here("hub:me/pets") and data.is_offered("hub:me/pets")
    splits = data.load("hub:me/pets", n_probes=16, n_held_out=20, size=16)
    assert splits.train.class_names == ("dog", "tabby-cat")
    assert (len(splits.train), len(splits.probe), len(splits.held_out)) == (120, 16, 20)
    is_dog = splits.train.images[:, 0, 8, 8] == 100
    assert (is_dog == (splits.train.labels == 0)).all()
    left_out = splits.train.account.left_out
    assert left_out == {"of a part to score (no label)": 10}


@pytest.mark.parametrize("is_numbered", [True, False])
def test_labels_that_would_have_one_folder_keep_their_own(hub, monkeypatch, is_numbered):
    names = ("a/b", "a-b", "A:B", "a-b")
    labels = list(range(4)) if is_numbered else [*names[:3], "a-b 1"]
    rows = [{"image": {"bytes": png(60 * (i % 4))}, "label": labels[i % 4]} for i in range(40)]
    opened = SimpleNamespace(
        read_row_group=lambda *_: SimpleNamespace(to_pylist=lambda: list(rows))
    )
    monkeypatch.setattr(hub_sets, "_open", lambda *_: opened)
    groups = {"train": [hub_sets.Group("f", 0, 40, 1)], "val": [hub_sets.Group("f", 0, 40, 1)]}
    known = names if is_numbered else ()
    hub_sets.fetch(hub_sets.Offer("me/pets", groups, "image", "label", known, 80, 80))
    found = data.parts_of("hub:me/pets", 16)
    assert len({name.casefold() for name in found.train.class_names}) == 4
    assert found.test.class_names == found.train.class_names
    for part in (found.train, found.test):
        reds = [set(part.images[part.labels == i][:, 0].flatten().tolist()) for i in range(4)]
        assert sorted(reds, key=min) == [{0}, {60}, {120}, {180}]


def test_a_fetch_that_was_interrupted_leaves_nothing_and_one_that_was_killed_is_swept(
    hub, tmp_path, monkeypatch
):
    place = tmp_path / "data" / "hub"
    left, theirs = place / f"{hub_sets.MAKING}old", place / ".theirs"
    for folder in (left, theirs):
        (folder / "train").mkdir(parents=True)
        os.utime(folder, (1, 1))
    offer = hub_sets.look_up("me/pets")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(hub_sets.progress, "tell", interrupt)
    with pytest.raises(KeyboardInterrupt):
        hub_sets.fetch(offer)
    assert list(place.iterdir()) == [theirs]


def test_a_set_sorted_by_class_is_fetched_from_all_of_it(hub, monkeypatch):
    monkeypatch.setattr(hub_sets, "MOST", {"train": 40, "val": 10})
    offer = hub_sets.look_up("me/pets")
    assert (offer.n_images, offer.n_of) == (50, 170)
    hub_sets.fetch(offer)
    found = data.parts_of("hub:me/pets", 16)
    assert found.train.labels.bincount().tolist() == [20, 20]


def test_a_set_without_the_hubs_own_words_is_read_by_its_columns(hub, tmp_path):
    write(tmp_path / "there" / "default" / "train" / "0000.parquet", [0] * 30, features=False)
    (tmp_path / "there" / "default" / "train" / "0001.parquet").unlink()
    offer = hub_sets.look_up("me/pets")
    assert (offer.image, offer.label, offer.class_names) == ("image", "label", ())


def test_a_set_that_is_not_there_or_has_no_images_is_a_sentence(hub, tmp_path):
    with pytest.raises(ValueError, match="could not tell of me/other: 404 Not Found"):
        hub_sets.look_up("me/other")
    for path in (tmp_path / "there").rglob("*.parquet"):
        pq.write_table(pa.table({"text": ["a"]}), path)
    with pytest.raises(ValueError, match="no column of images, got text"):
        hub_sets.look_up("me/pets")


def test_a_fetch_that_breaks_off_leaves_nothing(hub, tmp_path, monkeypatch):
    offer = hub_sets.look_up("me/pets")

    def broken(name, file):
        raise OSError("connection lost")

    monkeypatch.setattr(hub_sets, "_open", broken)
    with pytest.raises(ValueError, match="did not give the images of me/pets: connection lost"):
        hub_sets.fetch(offer)
    assert list((tmp_path / "data" / "hub").iterdir()) == []
    assert hub_sets.fetched() == []


@pytest.mark.parametrize("text", ["", "..", "a/../b", "/etc/passwd", "a b", "me/" + "x" * 200])
def test_what_is_no_name_is_refused(text):
    with pytest.raises(ValueError, match="name of a set of images was needed"):
        hub_sets.named(text)


def test_a_link_names_only_sets_that_were_fetched(hub):
    with pytest.raises(ValueError, match="cannot name a folder"):
        data.refuse_unoffered("hub:../../etc", by="A link")
    assert np.all([not data.is_offered(n) for n in ("hub:me/other", "hub:", "hub:/")])


# --- on the page


def test_a_set_is_fetched_on_a_click_and_then_chosen(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))
    (tmp_path / "runs").mkdir()
    monkeypatch.setattr(reading, "AT_ONCE", 30.0)
    Bar(monkeypatch, "live")
    at = AppTest.from_file(FRAME, default_timeout=60).run()
    at.selectbox(key="live_dataset_name").set_value("own").run()
    at.text_input(key="live_hub_set").set_value("me/pets").run()
    assert not at.exception
    assert "Its 170 images" in said(at)
    assert hub_sets.fetched() == []
    at.button(key="live_hub_fetch").click().run()
    fetching = hub_set.FETCHINGS.get("me/pets")
    if fetching is not None:
        fetching.future.result(60)
        at.run()
    assert not at.exception
    assert at.session_state["live_dataset"] == "hub:me/pets"
    assert "160 images in 2 classes (dog 80, tabby-cat 80)" in said(at)
    assert at.query_params["dataset"] in ("hub:me/pets", ["hub:me/pets"])
