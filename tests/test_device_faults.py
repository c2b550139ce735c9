"""What goes wrong on a device costs one run, is said in a sentence, and can be gone on from."""

import dataclasses
import json
import threading
import time
import weakref

import pytest
import torch
from safetensors.torch import load_file

from cacr_core.losses import SSCL, InfoNCE
from cacr_core.runs import folder as files
from cacr_core.runs import seeds, worker
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.launch import write_config
from cacr_core.runs.worker import stand_by, work
from cacr_core.training import TrainConfig, Training, choose_device
from cacr_core.training.faults import (
    is_lasting,
    is_out_of_memory,
    lasting_sentence,
    memory_sentence,
)

TINY = TrainConfig(
    dataset="digits", batch_size=16, n_steps=6, snapshot_every=3, n_probes=16, embedding_dim=8,
    precision="float32", device="cpu",
)  # fmt: skip
CUDA_FULL = (
    "CUDA out of memory. Tried to allocate 1.21 GiB. GPU 0 has a total capacity of 7.79 GiB of "
    "which 312.44 MiB is free. Including non-PyTorch memory, 7.2 GiB are in use."
)
MPS_FULL = (
    "MPS backend out of memory (MPS allocated: 5.05 GB, other allocations: 3.75 MB, max allowed: "
    "9.07 GB). Tried to allocate 4.00 GB on private pool. Use PYTORCH_MPS_HIGH_WATERMARK_RATIO=0.0"
)
CPU_LESS = (
    "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you "
    "tried to allocate {} bytes. Error code 12 (Cannot allocate memory)"
)
CPU_FULL = CPU_LESS.format(2**32)
ASSERT = "CUDA error: device-side assert triggered\nCUDA kernel errors might be asynchronously"


def failing(monkeypatch, name, at, error, which=lambda training: True):
    """Have a method of `Training` raise at one step."""
    plain = getattr(Training, name)

    def act(self):
        if self.step == at and which(self):
            raise error
        return plain(self)

    monkeypatch.setattr(Training, name, act)


def prepared(folder, config=TINY):
    write_config(config, folder)
    return folder


def again(folder):
    for name in ("end.json", "heartbeat.json"):
        (folder / name).unlink()


# --- sentences


@pytest.mark.parametrize(
    ("error", "figures"),
    [
        (torch.OutOfMemoryError(CUDA_FULL), "1.21 GiB more were needed and 312.44 MiB were free"),
        (RuntimeError(MPS_FULL), "4.00 GB more were needed and 9.07 GB are allowed in all"),
        (RuntimeError(CPU_FULL), "4.0 GiB more were needed"),
        (RuntimeError(CPU_LESS.format(40 * 2**20)), "40.0 MiB more were needed"),
        (RuntimeError(CPU_LESS.format(1536)), "1.5 KiB more were needed"),
        (RuntimeError(CPU_LESS.format(512)), "512 bytes more were needed"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), ""),
        (MemoryError(), ""),
    ],
)
def test_memory_that_runs_out_is_said_with_what_was_needed_and_what_to_lower(error, figures):
    assert is_out_of_memory(error) and not is_lasting(error)
    config = dataclasses.replace(TINY, n_views=5, backbone="resnet18", host="queue")
    said = memory_sentence(error, config, "cuda:1", 12)
    assert said.startswith(f"Memory ran out on cuda:1 at step 12{figures and ': '}{figures}. Lower")
    assert "batch_size (now 16) or n_views (now 5) or queue_size (now 1024), or take" in said
    plain = memory_sentence(error, TINY, "cpu", 0)
    assert "Lower batch_size (now 16); or free memory there" in plain


@pytest.mark.parametrize(
    "text",
    [ASSERT, "CUDA error: unspecified launch failure", "HIP error: invalid", "UR error",
     "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", "CUBLAS_STATUS_EXECUTION_FAILED when calling"],
)  # fmt: skip
def test_errors_after_which_a_device_answers_no_more_are_known(text):
    assert is_lasting(RuntimeError(text)) and not is_out_of_memory(RuntimeError(text))
    assert is_lasting(torch.AcceleratorError("anything"))


@pytest.mark.parametrize(
    "error",
    [ValueError("CUDA error"), RuntimeError("shapes do not match"), FloatingPointError("nan"),
     RuntimeError("CUDA error: out of memory"),
     RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
     RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")],
)  # fmt: skip
def test_other_errors_leave_a_process_whole(error):
    assert not is_lasting(error)


def test_a_failed_device_is_said_without_torchs_advice():
    said = lasting_sentence(RuntimeError(ASSERT), "cuda", 7)
    assert said.startswith("The device cuda failed at step 7 and its process was ended: CUDA error")
    assert "asynchronously" not in said and "Resume" in said


# --- memory


def test_a_run_out_of_memory_is_saved_first_and_goes_on_as_if_never_stopped(monkeypatch, tmp_path):
    plain = prepared(tmp_path / "plain")
    assert work(plain) == "finished"
    folder = prepared(tmp_path / "run")
    with monkeypatch.context() as patch:
        failing(patch, "update", 4, torch.OutOfMemoryError(CUDA_FULL))
        assert work(folder) == "failed"
    state, reason = files.status_and_reason(folder)
    assert (state, reason.partition(":")[0]) == ("failed", "Memory ran out on cpu at step 4")
    assert int(load_file(folder / "state.safetensors")["step"]) == 4
    assert reason.endswith("and Resume goes on from the last saved state.")
    assert not files.heart(folder)["ending"]
    again(folder)
    assert work(folder) == "finished"
    ours, theirs = (load_file(one / "state.safetensors") for one in (folder, plain))
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_what_a_broken_update_holds_is_let_go_before_the_run_is_saved(monkeypatch, tmp_path):
    held, at_save = [], []

    def act(self):
        graph = torch.ones(3, requires_grad=True).exp()
        held.append(weakref.ref(graph))
        raise torch.OutOfMemoryError(CUDA_FULL)

    plain = Training.state

    def state(self):
        at_save.append(held and held[-1]() is None)
        return plain(self)

    monkeypatch.setattr(Training, "update", act)
    monkeypatch.setattr(Training, "state", state)
    assert work(prepared(tmp_path / "one")) == "failed"
    assert at_save[-1] is True
    at_save.clear()
    assert work(prepared(tmp_path / "both", pair())) == "failed"
    assert at_save[-2:] == [True, True]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError(CUDA_FULL), MemoryError()])
def test_where_there_is_no_memory_to_save_with_the_reason_is_told_all_the_same(
    monkeypatch, tmp_path, error
):
    failing(monkeypatch, "update", 2, error)
    failing(monkeypatch, "state", 2, error)
    assert work(prepared(tmp_path / "one")) == "failed"
    reason = files.status_and_reason(tmp_path / "one")[1]
    assert "Memory ran out on cpu at step 2" in reason
    assert reason.endswith("and Resume starts it again.")
    monkeypatch.undo()
    failing(monkeypatch, "update", 1, error, lambda one: isinstance(one.config.loss, InfoNCE))
    failing(monkeypatch, "state", 1, error, lambda one: isinstance(one.config.loss, InfoNCE))
    assert work(prepared(tmp_path / "both", pair())) == "finished"
    assert "Memory ran out" in files.status_and_reason(tmp_path / "both" / "b")[1]


def test_an_update_that_broke_off_while_it_moved_the_weights_is_not_saved(monkeypatch, tmp_path):
    folder = prepared(tmp_path / "run")
    training = Training(TINY)
    steps = iter([None, None, torch.OutOfMemoryError(CUDA_FULL)])

    plain = training.optimizer.step

    def step():
        plain()
        if error := next(steps):
            raise error

    training.optimizer.step = step
    assert work(folder, training=training) == "failed"
    assert training.is_torn
    assert not (folder / "state.safetensors").exists()
    again(folder)
    assert work(folder) == "finished"


def pair(*more):
    entries = (Entry("one", TINY), Entry("two", dataclasses.replace(TINY, loss=InfoNCE())), *more)
    return Comparison(entries)


@pytest.mark.parametrize(("act", "at"), [("update", 1), ("snapshot", 2)])
def test_an_entry_out_of_memory_ends_alone(monkeypatch, tmp_path, act, at):
    folder = prepared(tmp_path / "both", pair())
    error = torch.OutOfMemoryError(CUDA_FULL)
    failing(monkeypatch, act, at, error, lambda one: isinstance(one.config.loss, InfoNCE))
    assert work(folder) == "finished"
    state, reason = files.status_and_reason(folder / "b")
    assert state == "failed"
    assert reason.startswith(f"Stopped alone at step {at}: Memory ran out on cpu at step {at}: 1.2")
    assert (
        reason.endswith("start the comparison anew.") and "Resume" not in reason
    )  # it is left out
    assert int(load_file(folder / "b" / "state.safetensors")["step"]) == at
    assert files.snapshot_steps(folder / "a")[-1] == 6


def test_an_entry_for_which_no_memory_is_left_ends_before_it_began(monkeypatch, tmp_path):
    folder = prepared(tmp_path / "both", pair(Entry("three", dataclasses.replace(TINY, n_views=3))))
    plain = Training.__init__

    def build(self, config, source=None):
        if isinstance(config.loss, InfoNCE):
            raise torch.OutOfMemoryError(CUDA_FULL)
        plain(self, config, source)

    monkeypatch.setattr(Training, "__init__", build)
    assert work(folder) == "finished"
    reason = files.status_and_reason(folder / "b")[1]
    assert "alone before it began: Memory ran out" in reason
    assert reason.endswith("start the comparison anew.")
    assert files.snapshot_steps(folder / "c")[-1] == 6


def test_a_run_for_which_there_is_no_memory_at_all_says_so(monkeypatch, tmp_path):
    def build(self, config, source=None):
        raise torch.OutOfMemoryError(CUDA_FULL)

    monkeypatch.setattr(Training, "__init__", build)
    left_to_choose = dataclasses.replace(TINY, device="auto")
    for name, config in (("one", TINY), ("both", pair()), ("auto", left_to_choose)):
        assert work(prepared(tmp_path / name, config)) == "failed"
        reason = files.status_and_reason(tmp_path / name)[1]
        assert reason.startswith(f"Memory ran out on {choose_device(TINY.device)} at step 0")
        assert reason.endswith("or free memory there, and Resume starts it again.")


@pytest.mark.parametrize(("changes", "most"), [({"batch_size": 50, "n_views": 3}, 150), ({}, 64)])
def test_no_more_is_looked_at_at_once_than_is_trained_on(changes, most):
    training = Training(dataclasses.replace(TINY, n_probes=200, **changes))
    seen = []
    training.encoder.register_forward_hook(lambda _, given, __: seen.append(len(given[0])))
    training.snapshot()
    assert max(seen) == most and sum(seen) > 1000


# --- a device that answers no more


def test_a_device_that_answers_no_more_ends_the_process_and_not_the_next_run(monkeypatch, tmp_path):
    first, second = prepared(tmp_path / "first"), prepared(tmp_path / "second")
    failing(monkeypatch, "update", 2, torch.AcceleratorError(ASSERT))
    lines = iter([json.dumps({"folder": str(folder)}) for folder in (first, second)])
    monkeypatch.setattr(worker, "_warm_up", lambda *_: None)
    stand_by(lines, TINY)
    assert "device-side assert" in files.status_and_reason(first)[1]
    assert len(list(lines)) == 1  # not taken
    assert not files.heart(second)  # nobody has begun it


def test_repeats_say_that_their_device_failed(monkeypatch, tmp_path):
    folder = prepared(tmp_path / "both", pair())
    seeds._write(folder, wanted=2, state="waiting", reason="")
    failing(monkeypatch, "update", 2, torch.AcceleratorError(ASSERT))
    assert seeds.work_on_seeds(folder)
    assert seeds.standing(folder)["ending"]


# --- warming up


def test_warming_up_is_over_before_a_run_begins(monkeypatch, tmp_path):
    alive, seen = [], []

    def warm_up(usual, called):
        alive.append(threading.current_thread())
        called.wait()
        time.sleep(0.2)  # a stage is not broken off

    monkeypatch.setattr(worker, "_warm_up", warm_up)
    monkeypatch.setattr(worker, "work", lambda *_, **__: seen.append(alive[0].is_alive()))
    stand_by(iter([json.dumps({"folder": str(tmp_path)})]), TINY)
    assert seen == [False]


def test_sscl_is_lowered_by_its_synthetics_too():
    config = dataclasses.replace(TINY, loss=SSCL(), n_synthetic=8, pool_size=8)
    assert "n_synthetic (now 8)" in memory_sentence(MemoryError(), config, "cpu", 0)
