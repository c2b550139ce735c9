import json
import os

import pytest

from cacr_core.runs import folder as files
from cacr_core.runs import reading, schema, shelf
from cacr_core.training import TrainConfig
from tests.tiny_run import TINY, prepared

CONFIG = json.loads(TINY.to_json())
NUMBERS = [name for name, value in CONFIG.items() if isinstance(value, int | float)]
PROBES = {
    "n": 2, "tile": 8, "columns": 2, "labels": [0, 1], "class_names": ["a", "b"], "factors": {},
}  # fmt: skip


def test_every_recorded_run_is_what_the_schema_says():
    n_rows = 0
    for folder in shelf.RECORDED.iterdir():
        assert reading.damage(folder) == []
        for run in files.entry_folders(folder) or [folder]:
            files.read_config(run)
            n_rows += len(files.read_metrics(run))
            assert files.read_probes(run)["class_names"]
    assert n_rows > 500


@pytest.mark.parametrize(("name", "bounds"), schema.WHOLE.items(), ids=schema.WHOLE)
def test_the_schema_has_the_bounds_of_a_config(name, bounds):
    least, most = bounds
    for value in (least - 1, most + 1):
        with pytest.raises(ValueError, match=f"{name} must be from {least} to {most}"):
            TrainConfig(**{name: value})
        with pytest.raises(ValueError, match=name):
            schema.check("config.json", CONFIG | {name: value})
    for value in bounds:
        schema.check("config.json", CONFIG | {name: value})


@pytest.mark.parametrize("name", NUMBERS)
def test_a_setting_that_is_a_number_is_nothing_else(name):
    for value in ("abc", None, [1]):
        with pytest.raises(ValueError, match=f"{name} must be a (whole )?number"):
            TrainConfig(**{name: value})
        with pytest.raises(ValueError, match=f"{name} must be a (whole )?number"):
            schema.check("config.json", CONFIG | {name: value})
    with pytest.raises(ValueError, match=f"{name} must be "):
        TrainConfig(**{name: 10**400})  # beyond all floats
    schema.check("config.json", CONFIG)


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("config.json", CONFIG | {"n_steps": "many"}, "n_steps must be a whole number"),
        ("config.json", CONFIG | {"n_steps": True}, "n_steps"),
        ("config.json", CONFIG | {"n_steps": 10**9}, "10,000,000"),
        ("config.json", CONFIG | {"loss": "cacr"}, "loss must be an object"),
        ("config.json", CONFIG | {"loss": {"name": 61 * "q"}}, "at most 60 characters"),
        ("config.json", CONFIG | {"loss": {"name": "cacr", "t_pos": [1]}}, "t_pos"),
        ("config.json", CONFIG | {"loss": {"name": "cacr", "t_pos": float("nan")}}, "t_pos"),
        ("config.json", CONFIG | {"dataset": "x" * 2000}, "1,000 characters"),
        ("config.json", {k: v for k, v in CONFIG.items() if k != "dataset"}, "has no dataset"),
        ("config.json", [CONFIG], "must be an object"),
        ("config.json", {"kind": "comparison", "entries": []}, "a list of 2 to 4"),
        ("run.json", {"title": {"a": 1}}, "title"),
        ("run.json", {"stretches": [{"step": 0}]}, "has no device"),
        ("run.json", {"anything": [[[[[[[[[[1]]]]]]]]]]}, "less deep"),
        ("probes.json", PROBES | {"labels": [0]}, "labels for each of its 2"),
        ("probes.json", PROBES | {"labels": [0, 7]}, "label 7 and 2 names"),
        ("probes.json", PROBES | {"n": 10**6}, "5,000"),
        ("probes.json", PROBES | {"columns": 0}, "columns"),
        ("probes.json", PROBES | {"factors": {"hue": {"kind": "circular", "values": []}}}, "hue"),
        ("metrics.jsonl", {"step": 1, "loss": "low"}, "loss"),
        ("metrics.jsonl", {"loss": 1.0}, "has no step"),
        ("metrics.jsonl", {"step": 1, "loss": 10**400}, "loss must be a number"),
        ("probes.json", PROBES | {"factors": {"hue": {"kind": "number", "values": [10**400] * 2}}},
         "a number"),
        ("run.json", {"title": "bad \ud800 title"}, r"a text of at most 1,000 .*\\ud800"),
        ("run.json", {"device_reason": "bad \ud800"}, "device_reason must be a text"),
        ("run.json", {"\ud800": 1}, "a name must be a text"),
        ("run.json", {"frozen": {"more": {"\ud800": 1}}}, "a text"),
        ("probes.json", PROBES | {"factors": {"\ud800": {}}}, "factors: a name must be a text"),
        ("metrics.jsonl", {"step": 1, "\ud800": 1.0}, "a name must be a text"),
        ("control.json", {"wanted": "dance"}, "wanted"),
        ("heartbeat.json", {"state": "alive", "time": 0}, "state"),
        ("end.json", {"state": "over"}, "state"),
        ("end.json", {"state": "running"}, "state must be one of stopped, finished, failed"),
    ],
)  # fmt: skip
def test_what_a_file_may_not_say_is_refused_with_a_sentence(name, value, word):
    with pytest.raises(ValueError, match=word) as refused:
        schema.check(name, value)
    assert str(refused.value).startswith(name)
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 300


def test_one_run_that_cannot_be_read_costs_the_list_one_line(shelf_folder):
    prepared(shelf_folder / "good")
    files.end(shelf_folder / "good", "finished", "")
    bad = {
        "many": json.dumps(CONFIG | {"n_steps": "many"}),
        "deep": "[" * 100_000,
        "half": TINY.to_json()[:100],
        "list": "[1, 2]",
        "bytes": "\ud83d".encode("utf-16", "surrogatepass").decode("latin1"),
    }
    for name, text in bad.items():
        files.write_bytes(shelf_folder / name / "config.json", text.encode("latin1"))
        files.write_bytes(shelf_folder / name / "run.json", b'{"title": 7}')
        files.end(shelf_folder / name, "finished", "")
    listed = {run.id: run for run in shelf.list_runs()}
    assert listed.keys() == {"good", *bad}
    assert listed["good"].damage == ""
    assert listed["good"].n_steps == TINY.n_steps
    for name in bad:
        assert listed[name].state == "failed"
        assert listed[name].title == name
        assert "config.json" in listed[name].damage
        with pytest.raises(ValueError, match="This run cannot be read"):
            files.read_config(shelf_folder / name)


def test_a_run_that_cannot_be_read_can_be_deleted_and_brought_back(shelf_folder):
    files.write_bytes(shelf_folder / "bad" / "config.json", b"{")
    os.utime(shelf_folder / "bad" / "config.json", (1000, 1000))
    shelf.delete(shelf_folder / "bad")
    assert shelf.list_runs() == []
    shelf.undelete("bad")
    assert [run.id for run in shelf.list_runs()] == ["bad"]


def test_an_entry_whose_config_is_damaged_has_that_of_the_comparison(tmp_path):
    recorded = next(f for f in shelf.RECORDED.iterdir() if files.entry_folders(f))
    for path in recorded.rglob("*.json"):
        files.write_bytes(tmp_path / path.relative_to(recorded), path.read_bytes())
    expected = files.read_config(recorded / "b")
    files.write_bytes(tmp_path / "b" / "config.json", b"{}")
    assert files.read_config(tmp_path / "b") == expected
