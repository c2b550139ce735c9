"""Networks look at images in a process of their own, whose end costs one answer and no more."""

import io
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from cacr_core.checkpoints import card_of, open_file, process
from cacr_core.checkpoints.features import features_of
from cacr_core.checkpoints.frozen import folder_of, freeze_checkpoint
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import ENCODERS
from tests import embedded_there as there
from tests.test_device_faults import ASSERT, CUDA_FULL

ROOT = Path(__file__).parents[1]
OPENED = open_file(ENCODERS / "cacr-digits.safetensors")
ASKED = {
    "opened": OPENED, "card": card_of(OPENED), "dataset": "digits", "split": "test",
    "layers": ["8", "features", "head"], "batch_size": 8,
    "images": torch.randint(
        0, 256, (40, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    ),
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def one_process():
    """One for all tests here; those that end it leave the next to begin another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    process.dismiss()
    torch.set_num_threads(threads)


class Enough(Exception):
    pass


def enough(*_):
    raise Enough


def same_to_the_bit(found, expected):
    assert list(found) == list(expected) == ASKED["layers"]
    for name, values in expected.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], values, strict=True)


def test_features_made_there_are_those_made_here_to_the_bit(tmp_path):
    told = []
    here = features_of(**ASKED, folder=tmp_path / "here")
    work = partial(features_of, **ASKED, folder=tmp_path / "there")
    same_to_the_bit(process.ask(work, lambda *words: told.append(words)), here)
    assert told == [(n, 40) for n in (8, 16, 24, 32, 40)]
    assert process.ask(partial(there.pid)) != os.getpid()


def test_a_frozen_run_is_written_to_the_shelf_of_who_asks(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    asked = {"dataset": "digits", "n_probes": 16, "n_bank": 40, "n_held_out": 30}
    work = partial(freeze_checkpoint, OPENED, ASKED["card"], **asked, device="cpu")
    made = process.ask(work)
    assert made == folder_of(OPENED, ASKED["card"], **asked)
    assert made.parent == tmp_path
    here = freeze_checkpoint(OPENED, ASKED["card"], tmp_path / "here", **asked)
    for ours, theirs in zip(files.read_arrays(here, 0), files.read_arrays(made, 0), strict=True):
        np.testing.assert_array_equal(theirs, ours)
    assert files.read_json(made / "run.json")["frozen"]["device"] == "cpu"


def test_what_is_refused_there_is_a_sentence_here_and_a_fault_is_none():
    before = process.ask(partial(there.pid))
    with pytest.raises(ValueError, match="There is no layer 'neck'"):
        process.ask(partial(features_of, **ASKED | {"layers": ["neck"]}))
    with pytest.raises(RuntimeError, match="KeyError: 'lost'") as found:
        process.ask(partial(there.fails, "lost", "ours"))
    assert "in fails" in str(found.value)  # where it was
    with pytest.raises(ValueError, match=r"^Memory ran out: 1.21 GiB more were needed and 312.44"):
        process.ask(partial(there.fails, CUDA_FULL, "memory"))
    assert process.ask(partial(there.pid)) == before


def test_a_device_that_answers_no_more_ends_the_process():
    told = io.BytesIO()
    settings = {k: v for k, v in os.environ.items() if k.startswith("CACR_")}
    question = process.Question(1, partial(there.fails, ASSERT, "device"), settings)
    assert process._answer(question, told, set())
    kind, sentence = pickle.loads(told.getvalue())
    assert kind == "refused"
    assert sentence.startswith("The device failed: CUDA error: device-side assert triggered. Ask")


def test_a_process_that_is_killed_costs_one_answer_and_says_so():
    waiting = []

    def kill(*_):
        late = threading.Thread(
            target=lambda: waiting.append(process.ask(partial(there.pid))), daemon=True
        )
        late.start()  # another page's question, behind this one
        os.kill(before, signal.SIGKILL)
        threads.append(late)

    threads = []
    before = process.ask(partial(there.pid))
    with pytest.raises(ValueError, match=r"the system ended it\), most likely because memory ran"):
        process.ask(partial(there.endless), kill)
    threads[0].join(120)
    assert waiting and waiting != [before]


def test_what_is_quick_is_answered_beside_what_is_long():
    long = []

    def meanwhile(*_):
        if not long:
            long.append(process.ask(partial(there.pid)))
        enough()

    with pytest.raises(Enough):
        process.ask(partial(there.endless), meanwhile)
    assert long != [process.ask(partial(there.pid))]


def test_work_that_is_called_off_ends_at_its_next_word_and_the_process_stays():
    before = process.ask(partial(there.pid))
    with pytest.raises(Enough):
        process.ask(partial(there.endless), enough)
    assert process.ask(partial(there.pid)) == before


def program(code):
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


@pytest.fixture
def stood_in_for(monkeypatch):
    """Begins other programs than the process; what was begun."""
    begun = []

    def stand_in(code):
        process.dismiss()
        monkeypatch.setattr(
            process, "spawn", lambda *_, **__: begun.append(program(code)) or begun[-1]
        )
        return begun

    yield stand_in
    process.dismiss()


def test_work_that_says_nothing_is_called_off_with_its_process(stood_in_for, monkeypatch):
    monkeypatch.setattr(process, "ENDS_WITHIN", 0.1)
    begun = stood_in_for("import time; time.sleep(3600)")
    looks = iter([None, None])
    with pytest.raises(Enough):
        process.ask(partial(there.pid), check=lambda: next(looks, 1) and enough())
    assert [one.returncode for one in begun] == [-signal.SIGKILL]


def test_one_that_ends_just_as_it_is_asked_is_followed_by_another(stood_in_for):
    begun = stood_in_for("import sys; sys.stdin.buffer.read(1)")
    with pytest.raises(ValueError, match="ended with code 0"):
        process.ask(partial(there.pid))
    assert [one.returncode for one in begun] == [0, 0]  # and not by a third


def test_it_ends_when_nobody_asks_for_a_while(monkeypatch):
    monkeypatch.setattr(process, "IDLE_FOR", 0.0)
    monkeypatch.setattr(process.os, "nice", lambda by: None)
    reading, writing = os.pipe()
    source = os.fdopen(reading, "rb")
    before = threading.active_count()
    with os.fdopen(writing, "wb"):
        process.stand_by(source, io.BytesIO())  # it returns
    while threading.active_count() > before:  # one listens until nobody can ask any more
        time.sleep(0.01)
    source.close()


def test_it_ends_when_the_asker_has_gone_even_in_the_midst_of_work():
    code = (
        "import os; from functools import partial; from cacr_core.checkpoints import process;"
        "from tests import embedded_there as there; print(process.ask(partial(there.pid)));"
        "process.ask(partial(there.endless), lambda *_: os.kill(os.getpid(), 9))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    left = int(done.stdout)
    for _ in range(600):
        if not files.is_alive(left):
            return
        time.sleep(0.05)
    raise AssertionError("it works on for nobody")


@pytest.fixture
def pretended():
    """A process whose device is no CPU."""

    def spawn(command, answers):
        assert (command, answers) == ("features", True)
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.embedded_there"], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )  # fmt: skip

    process.dismiss()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "spawn", spawn)
        yield
        process.dismiss()


def test_on_another_device_they_are_the_same_and_no_tensor_is_left_behind(
    pretended, tmp_path, monkeypatch
):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))
    here = features_of(**ASKED, folder=tmp_path / "here")
    work = partial(features_of, **ASKED, folder=tmp_path / "there", device="auto")
    same_to_the_bit(process.ask(work), here)
    asked = {"dataset": "digits", "n_probes": 16, "n_bank": 40, "n_held_out": 30}
    made = process.ask(partial(freeze_checkpoint, OPENED, ASKED["card"], **asked, device="auto"))
    assert files.read_json(made / "run.json")["frozen"]["device"] == "pretended:0"
