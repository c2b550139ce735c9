"""Every way to train on a device that is not the CPU: a pretended one, see `pretended.py`."""

import dataclasses
import fcntl
import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torchgen

from benchmarks import devices as sweep
from benchmarks import gpu
from cacr_core.losses import LOSSES
from cacr_core.models import BACKBONES
from cacr_core.pairs import MIXINGS
from cacr_core.training import HOSTS, PRECISIONS

ROOT = Path(__file__).parents[1]
KINDS = [name for name in PRECISIONS if name != "auto"]
KERNELS = Path(torchgen.__file__).parent / "packaged/ATen/native/native_functions.yaml"


CASES = {
    f"{loss} {host} {kind} {n_views} views": {
        "loss": loss, "host": host, "precision": kind, "n_views": n_views
    }
    for loss in LOSSES
    for host in HOSTS
    for kind in KINDS
    for n_views in ((2, 5) if kind == "float32" else (2,))
    if sweep.is_run(loss, host)
    # losses and what hosts keep are float32 whatever the layers are: three losses stand for all
    if kind == "float32" or loss == "cacr" or (host == "batch" and loss in ("sscl", "triplet"))
}  # fmt: skip
# of the large ones no more than shows that they train there; all is in benchmarks/devices.py
CASES |= {
    f"{backbone} {kind} {host}": {
        "backbone": backbone, "precision": kind, "host": host, "batch_size": 2, "pool_size": 1,
        "n_updates": 1,
    }
    for backbone, kind, host in zip(sorted({*BACKBONES} - {"small"}), KINDS, HOSTS, strict=True)
}  # fmt: skip
CASES |= {
    f"synthetics {mixing} {host}": {
        "loss": "sscl", "host": host, "n_synthetic": 7, "mixing": mixing
    }
    for mixing in MIXINGS
    for host in ("batch", "queue")
    if host == "batch" or mixing in ("pair", "adversarial")
}  # fmt: skip
CASES |= {
    "muon": {"optimizer": "muon", "backbone": "quick"},
    "later views": {"negatives": "later_views", "n_views": 3},
    "blurred, with noise": {"recipe": {"blur": 0.5, "noise": 0.1}},
    "scored": {"n_steps": 2},
}


@pytest.fixture(scope="session")
def answers(tmp_path_factory):
    """What came of all cases, from one process for all of pytest's: torch takes one pretended
    device in each."""
    place = tmp_path_factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place
    path = place / "trained_there.jsonl"
    with (place / "trained_there.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            done = subprocess.run(
                [sys.executable, "-W", "error", "-m", "tests.trained_there"],
                cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True,
                input=json.dumps({"cases": CASES, "n_updates": 2}),
            )  # fmt: skip
            path.write_text(done.stdout)
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return {one["case"]: one for one in found}


@pytest.fixture(params=CASES)
def found(answers, request):
    return answers[request.param]


def test_it_trains_there_and_all_its_numbers_are_finite(found):
    assert "error" not in found, found.get("error")
    assert found["device"] == "pretended:0"
    assert found["finite"]


def test_the_state_there_is_the_cpus_to_the_bit(found):
    assert found["differs"] == []


def test_its_numbers_there_are_the_cpus(found):
    for name, (here, there) in found["metrics"].items():
        assert there == pytest.approx(here, rel=1e-6, abs=1e-6), name


def test_a_run_saved_there_goes_on_as_if_never_stopped(found):
    assert found["resumed"] == []


def test_an_update_waits_for_the_device_once_and_a_look_five_times_at_most(found):
    assert [len(waits) for waits in found["waits"]] == [1] * len(found["waits"])
    assert len(found["looks"]) <= 5, found["looks"]


def test_macs_have_a_kernel_for_every_operation_and_meet_no_float64(found):
    assert found["doubles"] == []
    assert len(found["operations"]) > 60
    assert [name for name in found["operations"] if not has_mps_kernel(name)] == []


@functools.cache
def kernels():
    """torch's own list: an operation's name -> which backends have a kernel, and whose it takes."""
    found, name = {}, ""
    for line in KERNELS.read_text().splitlines():
        if line.startswith("- func: "):
            name = line.removeprefix("- func: ").partition("(")[0]
            found[name] = ([], None)
        elif match := re.match(r"    ([\w, ]+): \w+", line):
            found[name][0].extend(match[1].split(", "))
        elif match := re.match(r"  structured_delegate: (\S+)", line):
            found[name] = (found[name][0], match[1])
    return found


def has_mps_kernel(name):
    """Whether MPS has a kernel of its own, or the operation is made of others for every device."""
    backends, delegate = kernels()[name]
    if delegate is not None:
        return has_mps_kernel(delegate)
    return "MPS" in backends or not backends or any(b.startswith("Composite") for b in backends)


def test_the_list_of_kernels_knows_what_macs_lack():
    assert not has_mps_kernel("_pdist_forward")
    assert has_mps_kernel("mm") and has_mps_kernel("xlogy.Tensor") and has_mps_kernel("reshape")


CHECKED = """
import torch
from tests.pretended import DEVICE, SEEN, Pretended

def waits(act):
    SEEN.clear()
    act()
    return [what for what, _ in SEEN.waits]

with Pretended():
    x, host = torch.arange(4.0).to(DEVICE), torch.arange(4.0)
    assert x.device == (x + 1).device == DEVICE and (x + 1).cpu().tolist() == [1, 2, 3, 4]
    for mixed in (lambda: x + host, lambda: torch.cat([x, host]), lambda: x.add_(host)):
        try:
            mixed()
        except RuntimeError as error:
            assert "two devices" in str(error)
        else:
            raise AssertionError("mixed")
    assert waits(lambda: x.sum().item()) == ["_local_scalar_dense"]
    assert waits(lambda: x.cpu()) == ["copy here"]
    assert waits(lambda: host.to(DEVICE)) == ["copy there"]
    assert waits(lambda: host.to(DEVICE, non_blocking=True)) == []
    assert waits(lambda: x[x > 1]) == ["index by a mask"]
    assert waits(lambda: x[torch.tensor([1])]) == ["index from the host"]
    assert waits(lambda: x.nonzero()) == ["nonzero"]
    assert waits(lambda: (x * 2).softmax(0)) == []
    SEEN.clear()
    x.double()
    assert SEEN.doubles
    try:
        torch.rand(2, device=DEVICE, generator=torch.Generator())
    except RuntimeError as error:
        assert "generator" in str(error)
    else:
        raise AssertionError("drawn")
    with torch.autocast("pretended", torch.bfloat16):
        assert (x[None] @ x[:, None]).dtype == torch.bfloat16 and (x + x).dtype == torch.float32
"""


def test_the_sweep_leaves_out_no_loss_host_backbone_or_precision():
    runs = sum(sweep.is_run(loss, host) for loss in LOSSES for host in HOSTS)
    assert len(sweep.cases([])) == runs * len(BACKBONES) * len(KINDS)
    assert list(sweep.cases(["small", "infonce", "queue", "float16"])) == [
        "small infonce queue float16"
    ]


def test_the_sweep_tells_every_problem():
    fine = {"waits": [[1]], "finite": True, "doubles": [], "differs": [], "resumed": []}
    assert sweep.problems(fine) == []
    for bad in (
        {"error": "RuntimeError: two devices"}, {"waits": [[1], [1, 2]]}, {"finite": False},
        {"doubles": ["metrics.py:1"]}, {"differs": ["step"]}, {"resumed": ["step"]},
    ):  # fmt: skip
        assert len(sweep.problems(fine | bad)) == 1


def test_a_row_of_the_table_of_a_device_says_how_fast_and_an_error_in_its_place(monkeypatch):
    monkeypatch.setattr(gpu, "WARM_UP", 1)
    monkeypatch.setattr(gpu, "MEASURED", 2)
    config = dataclasses.replace(gpu.BASE, batch_size=4, n_probes=16, precision="float32")
    cells = gpu.row("a name", config, torch.device("cpu")).strip("| ").split(" | ")
    assert cells[:2] == ["a name", "float32"] and float(cells[2]) > 0
    assert len(cells) == 6
    broken = dataclasses.replace(config, batch_size=8000)
    assert "ValueError: A batch cannot be larger" in gpu.row("b", broken, torch.device("cpu"))


def test_the_pretended_device_refuses_what_a_gpu_refuses_and_sees_what_is_waited_for():
    subprocess.run([sys.executable, "-W", "error", "-c", CHECKED], cwd=ROOT, check=True)
