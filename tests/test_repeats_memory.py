"""Repeats where memory does not hold all entries at once: fewer at a time, or one sentence."""

import dataclasses
import weakref

import pytest
import torch

from cacr_core.losses import SSCL, InfoNCE
from cacr_core.runs import repeats, seeds
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.launch import write_config
from cacr_core.runs.reading import read_lines
from cacr_core.runs.repeats import repeat_rows
from cacr_core.training import Training, choose_device, source
from tests.test_device_faults import CUDA_FULL, TINY

SHORT = dataclasses.replace(TINY, n_steps=2)
FOUR = Comparison(
    (
        Entry("one", SHORT),
        Entry("two", dataclasses.replace(SHORT, loss=InfoNCE())),
        Entry("three", dataclasses.replace(SHORT, n_views=3)),
        Entry("four", dataclasses.replace(SHORT, loss=SSCL(), n_synthetic=2, pool_size=4)),
    )
)


@pytest.fixture
def memory(monkeypatch):
    """Has updates raise while more trainings are alive than memory is said to hold."""
    alive, raised = weakref.WeakSet(), []
    build, update = Training.__init__, Training.update

    def hold(most, error=None):
        def built(self, *given, **more):
            build(self, *given, **more)
            alive.add(self)

        def updated(self, *given):
            if len(alive) > most:
                raised.append(len(alive))
                raise error or torch.OutOfMemoryError(CUDA_FULL)
            return update(self, *given)

        monkeypatch.setattr(Training, "__init__", built)
        monkeypatch.setattr(Training, "update", updated)
        return raised

    return hold


def rows_in(path):
    return sorted(read_lines(path).rows, key=lambda row: (row["seed"], row["entry"]))


@pytest.mark.parametrize(
    ("most", "tries", "words"), [(2, [4], "2 at a time"), (1, [4, 2], "one at a time")]
)
def test_entries_that_memory_does_not_hold_at_once_score_the_same_a_few_at_a_time(
    tmp_path, memory, most, tries, words
):
    repeat_rows(FOUR, (0, 1), tmp_path / "plain.jsonl")
    raised, said = memory(most), []
    repeat_rows(FOUR, (0, 1), tmp_path / "few.jsonl", say=said.append)
    assert rows_in(tmp_path / "few.jsonl") == rows_in(tmp_path / "plain.jsonl")
    assert raised == tries  # of the first seed alone
    assert said[-1].startswith("Memory does not hold 4 entries at once") and words in said[-1]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError(CUDA_FULL), MemoryError()])
def test_one_entry_that_memory_does_not_hold_ends_the_repeats_with_a_sentence(
    tmp_path, memory, error
):
    folder = tmp_path / "four"
    write_config(FOUR.with_shared(device="auto"), folder)
    seeds._write(folder, wanted=2, state="waiting", reason="")
    memory(0, error)
    assert not seeds.work_on_seeds(folder)
    told = seeds.standing(folder)
    assert told["state"] == "failed"
    assert told["reason"].startswith(f"Memory ran out on {choose_device()} at step 0")
    assert told["reason"].endswith("or free memory there, and repeat again to go on.")
    assert seeds.read_rows(folder) == []


def test_that_fewer_are_trained_at_once_stays_said_when_the_repeats_have_finished(tmp_path, memory):
    folder = tmp_path / "four"
    write_config(FOUR, folder)
    seeds._write(folder, wanted=1, state="waiting", reason="")
    memory(3)
    seeds.work_on_seeds(folder)
    told = seeds.standing(folder)
    assert (told["state"], len(seeds.read_rows(folder))) == ("finished", 4)
    assert "2 at a time" in told["reason"]


def test_all_rows_of_a_seed_are_of_the_device_that_they_name(monkeypatch):
    """A GPU that was full when it was asked for may be free when the next entries begin."""
    asked, plain = [], source.chosen
    monkeypatch.setattr(source, "chosen", lambda name: asked.append(name) or plain(name))
    rows = list(repeats.rows_of_seed(FOUR.with_shared(device="auto"), 0, at_once=2))
    assert asked == [row["device"] for row in rows[:2]] == [str(choose_device())] * 2


def test_another_error_of_an_update_is_no_matter_of_memory(tmp_path, memory):
    raised = memory(0, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        repeat_rows(FOUR, (0,), tmp_path / "rows.jsonl")
    assert raised == [4]
