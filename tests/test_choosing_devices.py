"""Which device is taken and what is said of it, on machines that others have: torch is told what
to find."""

import warnings

import pytest
import torch

from cacr_core.runs import folder as files
from cacr_core.runs.launch import write_config
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig, choose_device, devices
from cacr_core.training.devices import Choice, chosen, fetched, offered
from web.live.describe import device_text

OLD = (
    "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040). "
    "Please update your GPU driver by downloading and installing a new version from the URL: http://x"
)
ARCHS = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120"]


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """`machine(cuda=[(name, capability)], ...)`: what torch finds; at first a CPU alone."""

    def find(cuda=(), xpu=0, mps=False, archs=ARCHS, says=None, breaks=None):
        def is_here():
            if says:
                warnings.warn(says, UserWarning, stacklevel=1)
            return bool(cuda)

        def convolve(device):
            tried.append(str(device))
            if breaks and breaks[0] in str(device):
                raise RuntimeError(breaks[1])

        monkeypatch.setattr(torch.cuda, "is_available", is_here)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(cuda))
        monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: list(archs))
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda d: cuda[d.index or 0][0])
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda d: cuda[d.index or 0][1])
        monkeypatch.setattr(torch.xpu, "is_available", lambda: bool(xpu))
        monkeypatch.setattr(torch.xpu, "device_count", lambda: xpu)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(devices, "_try_out", convolve)
        for kept in (devices.count, devices.tried):
            kept.cache_clear()
        tried.clear()
        return tried

    tried = []
    find()
    yield find
    monkeypatch.undo()
    torch.backends.fp32_precision = "none"
    for kept in (devices.count, devices.tried):
        kept.cache_clear()


def choice(device, reason=""):
    return Choice(torch.device(device), reason)


def test_auto_takes_the_first_device_that_trains(machine):
    assert chosen("auto") == choice("cpu")
    machine(mps=True)
    assert chosen("auto") == choice("mps")
    machine(xpu=1, mps=True)
    assert chosen("auto") == choice("xpu")
    machine(cuda=[("T4", (7, 5))], xpu=1)
    assert chosen("auto") == choice("cuda")
    assert chosen("cpu") == choice("cpu")


@pytest.mark.parametrize(
    ("name", "capability", "age"),
    [("GTX 1080", (6, 1), "older"), ("RTX 9090", (13, 0), None), ("V100", (7, 0), "older")],
)
def test_a_gpu_that_torch_was_not_built_for_is_told_with_its_name(machine, name, capability, age):
    tried = machine(cuda=[(name, capability)])
    if age is None:  # newer than all, and there is code that is translated for it
        assert chosen("auto") == choice("cuda")
        machine(cuda=[(name, capability)], archs=ARCHS[:-1])
        age = "newer"
    tried.clear()
    sm = f"sm_{capability[0]}{capability[1]}"
    words = f"this GPU ({name}, {sm}) is {age} than this torch supports"
    assert chosen("auto") == choice("cpu", f"Trains on the CPU: {words}.")
    assert tried == []
    with pytest.raises(ValueError) as told:
        choose_device("cuda")
    assert str(told.value) == f"Device 'cuda' cannot train: {words}. Take 'auto' or 'cpu'."


@pytest.mark.parametrize("capability", [(7, 5), (8, 0), (8, 7), (8, 9), (10, 3), (12, 1)])
def test_code_for_an_earlier_gpu_of_its_generation_runs(machine, capability):
    machine(cuda=[("any", capability)], archs=[name for name in ARCHS if name[0] == "s"])
    assert chosen("auto") == choice("cuda")


def test_code_for_one_gpu_alone_runs_on_no_later_one(machine):
    machine(cuda=[("any", (9, 1))], archs=["sm_90a"])
    assert "newer" in chosen("auto").reason
    machine(cuda=[("any", (9, 0))], archs=["sm_90a"])
    assert chosen("auto") == choice("cuda")
    machine(cuda=[("MI250", (9, 0))], archs=["gfx90a"])
    assert chosen("auto") == choice("cuda")


def test_a_device_on_which_a_convolution_fails_is_passed_over_and_told(machine):
    error = "CUDA error: no kernel image is available\nCUDA kernel errors might be ..."
    machine(cuda=[("any", (8, 0))], mps=True, breaks=("cuda", error))
    words = "a first convolution failed on this GPU: CUDA error: no kernel image is available"
    assert chosen("auto") == choice("mps", f"Trains on MPS: {words}.")
    machine(mps=True, breaks=("mps", "out of memory"))
    assert chosen("auto").reason == (
        "Trains on the CPU: a first convolution failed on this Mac's GPU: out of memory."
    )


def test_a_device_is_tried_once(machine):
    tried = machine(cuda=[("any", (8, 0))])
    for _ in range(3):
        choose_device("auto")
        choose_device("cuda")
    assert tried == ["cuda"]


def test_a_gpu_that_was_full_for_a_moment_is_tried_again_and_one_that_cannot_train_is_not(machine):
    full = "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 8 GiB."
    tried = machine(cuda=[("any", (8, 0))], breaks=["cuda", full])
    words = "a first convolution failed on this GPU: CUDA out of memory"
    assert chosen("auto") == choice("cpu", f"Trains on the CPU: {words}.")
    with pytest.raises(ValueError, match=r"Device 'cuda' cannot train: .* out of memory"):
        choose_device("cuda")
    devices._try_out = tried.append
    assert chosen("auto") == chosen("cuda") == choice("cuda")
    broken = machine(cuda=[("any", (8, 0))], breaks=["cuda", "no kernel image is available"])
    assert [chosen("auto").device.type for _ in range(3)] == ["cpu"] * 3
    assert broken == ["cuda"]


def test_an_old_driver_is_told_and_not_swallowed(machine):
    machine(says=OLD)
    words = (
        "torch cannot use this GPU: The NVIDIA driver on your system is too old (found version "
        "11040)"
    )
    assert chosen("auto") == choice("cpu", f"Trains on the CPU: {words}.")
    with pytest.raises(ValueError, match=r"no device 'cuda'.* It has cpu\. Torch cannot use .*old"):
        choose_device("cuda")


def test_one_of_several_devices_is_taken_by_its_number(machine):
    machine(cuda=[("old", (6, 1)), ("new", (9, 0))])
    assert choose_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(ValueError, match=r"cuda:0.*old, sm_61"):
        choose_device("cuda:0")
    with pytest.raises(ValueError, match=r"no device 'cuda:2' .* It has cuda:0, cuda:1, cpu\."):
        choose_device("cuda:2")


def test_only_what_is_there_is_offered_and_nothing_is_tried_for_that(machine):
    assert offered() == ["auto", "cpu"]
    tried = machine(cuda=[("any", (8, 0))] * 2, xpu=1, mps=True)
    assert offered() == ["auto", "cuda:0", "cuda:1", "xpu", "mps", "cpu"]
    assert tried == []


@pytest.mark.parametrize("name", ["auto", "cpu", "mps", "cuda", "cuda:1", "xpu", "xpu:0"])
def test_a_config_takes_the_name_of_any_device(name):
    assert TrainConfig(device=name).device == name


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:one", "cpu:0", "cuda:1 ", None])
def test_a_config_refuses_what_names_none(name):
    with pytest.raises(ValueError, match="device must be auto, cpu, mps, cuda or xpu"):
        TrainConfig(device=name)


def test_float32_on_cuda_is_no_tf32(machine):
    assert torch.backends.cudnn.conv.fp32_precision == "tf32"  # as torch has it
    machine(cuda=[("any", (8, 0))])
    choose_device()
    assert torch.backends.cudnn.conv.fp32_precision == "ieee"
    assert torch.backends.cuda.matmul.fp32_precision == "ieee"


def test_a_convolution_and_its_gradient_are_what_is_tried(monkeypatch):
    monkeypatch.undo()
    devices._try_out(torch.device("cpu"))
    with pytest.raises((RuntimeError, AssertionError, NotImplementedError)):
        devices._try_out(torch.device("meta"))


def test_why_it_is_not_the_gpu_is_recorded_and_shown(machine, monkeypatch, tmp_path):
    machine(cuda=[("GTX 1080", (6, 1))])
    chosen("auto")  # which is kept; the rest of torch is to be as it is
    monkeypatch.undo()
    config = TrainConfig(
        dataset="digits", batch_size=8, n_steps=1, n_probes=16, precision="float32"
    )
    write_config(config, tmp_path / "run")
    assert work(tmp_path / "run") == "finished"
    run = files.read_json(tmp_path / "run" / "run.json")
    reason = "Trains on the CPU: this GPU (GTX 1080, sm_61) is older than this torch supports."
    assert (run["device"], run["device_reason"]) == ("cpu", reason)
    assert device_text(run).endswith(f"cores), float32. {reason}")
    assert device_text({"title": "nothing is known of it yet"}) == ""


def test_what_is_fetched_keeps_its_shapes_and_what_is_here_itself():
    parts = torch.ones(()), torch.arange(6).view(2, 3), torch.tensor([True, False])
    assert all(one is other for one, other in zip(fetched(*parts), parts, strict=True))
