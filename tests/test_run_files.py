"""What a run file says of the machine it was saved on, and what of another's is taken over."""

import dataclasses
import io
import json
import shutil
import time
import zipfile

import pytest
from PIL import Image
from safetensors.torch import load_file

from cacr_core.checkpoints import card_of, open_file
from cacr_core.runs import folder as files
from cacr_core.runs import places, seeds, shelf, states, zips
from cacr_core.runs.paths import append_line
from cacr_core.runs.standing import sign_of_life
from cacr_core.runs.worker import work
from tests.compared import finished as compared
from tests.test_data import png
from tests.test_unpacked import entries_of, packed, refused, replaced
from tests.tiny_run import prepared

STATE = "state.safetensors"


@pytest.fixture
def hidden(tmp_path, shelf_folder):
    """A run of a folder that others are not to know of, and its images."""
    images = tmp_path / "sec\\ret place" / "birds"
    images.mkdir(parents=True)
    for i in range(40):
        (images / f"{i:02}.png").write_bytes(png((5 * i, 90, 200)))
    folder = tmp_path / "run"
    prepared(folder, dataset=str(images), n_probes=16, batch_size=8)
    assert work(folder) == "finished"
    return folder, images


def members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_trained_run_that_a_visitor_saves_says_nowhere_where_its_images_lie(hidden):
    folder, images = hidden
    why = (
        f"The images cannot be read: [Errno 13] '{images}/07.png' in {str(images)[:-2]} "
        f"({folder}), {str(images / '08.png')!r}."
    )
    files.end(folder, "failed", why)
    about = files.read_json(folder / "run.json")
    files.write_json(folder / "run.json", about | {"device_reason": f"as {images} has it"})
    files.write_json(folder / "seeds.json", {"state": "failed", "wanted": 3, "reason": why})
    row = {"seed": 1, "entry": "a", "step": 6}
    append_line(folder / "seeds.jsonl", row | {"failed": why})
    with_places, without = (members(shelf.to_zip(folder, told)) for told in (True, False))
    assert with_places.keys() == without.keys()
    telling = {name for name, content in with_places.items() if b"ret place" in content}
    assert {"config.json", "end.json", "seeds.json", "seeds.jsonl", STATE} < telling
    assert not any(
        b"ret place" in content or bytes(folder.parent) in content for content in without.values()
    )
    said = json.loads(without["end.json"])["reason"]
    assert said == (
        "The images cannot be read: [Errno 13] '…/birds/07.png' in …/bir (…/run), '…/birds/08.png'."
    )
    assert json.loads(without["seeds.jsonl"]) == row | {"failed": said}
    unchanged = with_places.keys() - telling
    assert all(with_places[name] == without[name] for name in unchanged)


def test_what_only_ends_like_a_place_is_no_place():
    said = places._said("train/database, not /data/x", {"/data": "…"})
    assert said == "train/database, not …/x"


def test_weights_without_places_are_the_same_and_opened_alike(hidden, tmp_path):
    folder, _ = hidden
    sent = tmp_path / "sent"
    zips.open_zip(shelf.to_zip(folder, with_places=False), sent)
    kept = [states.state_path(folder, step) for step in states.kept_steps(folder)]
    for path in (folder / STATE, folder / "encoder.safetensors", *kept):
        there = sent / path.relative_to(folder)
        ours, theirs = load_file(path), load_file(there)
        assert ours.keys() == theirs.keys() and all(ours[k].equal(theirs[k]) for k in ours)
        cards = (card_of(open_file(one)) for one in (there, path))
        one, other = (dataclasses.replace(card, settings={}) for card in cards)
        assert one == other
    assert states.openable(sent) == states.openable(folder)


def test_a_run_saved_without_places_goes_on_as_if_it_had_never_been(tmp_path, finished):
    folder, sent = tmp_path / "run", tmp_path / "sent"
    prepared(folder)
    work(folder, on_update=lambda training: training.step == 2 and files.request_stop(folder))
    zips.open_zip(shelf.to_zip(folder, with_places=False), sent)
    (sent / "end.json").unlink()
    assert work(sent) == "finished"
    assert files.snapshot_steps(sent) == sorted({2, *files.snapshot_steps(finished)})
    ours, theirs = (load_file(one / STATE) for one in (sent, finished))
    assert all(ours[key].equal(theirs[key]) for key in theirs)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff" * 40, b"\2\0\0\0\0\0\0\0[]", b"\2\0\0\0\0\0\0\0{"],
    ids=["empty", "long", "list", "cut"],
)
def test_weights_that_cannot_be_read_are_left_out_where_places_are(tmp_path, finished, content):
    folder = shutil.copytree(finished, tmp_path / "run")
    (folder / STATE).write_bytes(content)
    assert members(shelf.to_zip(folder))[STATE] == content
    assert STATE not in members(shelf.to_zip(folder, with_places=False))


# --- what is taken over


def test_repeats_under_way_are_stopped_where_their_comparison_is_opened(shelf_folder):
    folder = shutil.copytree(compared(), shelf_folder / "both")
    for more in (sign_of_life(), {"time": 9e15}):
        files.write_json(folder / "seeds.json", {"state": "running", "wanted": 3} | more)
        arrived = shelf.from_zip(packed(entries_of(folder)))
        said = {"wanted": 3, "state": "stopped", "reason": "Opened from a file."}
        assert files.read_json(arrived / "seeds.json") == said
        assert not seeds.is_at_work_here(arrived)
        shelf.delete(arrived)
    ended = {"state": "finished", "wanted": 3, "reason": ""}
    files.write_json(folder / "seeds.json", ended)
    assert files.read_json(shelf.from_zip(shelf.to_zip(folder)) / "seeds.json") == ended


def test_repeats_whose_last_sign_of_life_is_yet_to_come_are_lost(shelf_folder):
    folder = shutil.copytree(compared(), shelf_folder / "both")
    for time_to_come, state in ((60, "running"), (1e9, "lost")):
        beat = {"time": time.time() + time_to_come, "host": "another"}
        files.write_json(folder / "seeds.json", {"state": "running", "wanted": 3} | beat)
        assert seeds.standing(folder)["state"] == state
    shelf.delete(folder)


def test_a_run_file_that_says_that_its_run_is_at_work_is_refused(finished, shelf_folder):
    content = replaced(finished, "end.json", json.dumps({"state": "running"}))
    refused(content, "state must be one of stopped", shelf_folder)


def test_a_title_that_cannot_be_written_is_refused(finished, shelf_folder):
    about = json.dumps(files.read_json(finished / "run.json") | {"title": "bad \ud800 title"})
    refused(replaced(finished, "run.json", about), "title must be a text", shelf_folder)


def test_a_setting_of_the_wrong_kind_is_refused(finished, shelf_folder):
    config = files.read_json(finished / "config.json")
    for name in ("weight_decay", "momentum", "seconds"):
        content = replaced(finished, "config.json", json.dumps(config | {name: "abc"}))
        refused(content, f"{name} must be a number", shelf_folder)


def test_a_sheet_that_pillow_itself_refuses_is_refused(finished, shelf_folder, monkeypatch):
    content = shelf.to_zip(finished)
    monkeypatch.setattr(zips, "MOST_PIXELS", 100)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    refused(content, r"probes\.webp has more than 100 pixels", shelf_folder)


def test_opening_that_is_interrupted_leaves_nothing(finished, shelf_folder, monkeypatch):
    def interrupted(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(zips, "check_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        shelf.from_zip(shelf.to_zip(finished))
    assert list(shelf_folder.iterdir()) == []
