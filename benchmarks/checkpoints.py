"""Cards of large checkpoints: time, and memory beside what the process held before.

Files are of the public layouts' kind (a ResNet-50 alone; a ViT-B with its momentum encoder and
optimizer), written whole, and each is opened in a fresh process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torchvision.models import resnet50, vit_b_16

from benchmarks.timing import Row, at_most

CHILD = """
import json, sys, time
from pathlib import Path
from cacr_core.checkpoints import card_of, open_file
CLEAR = Path("/proc/self/clear_refs")  # Linux has it
def memory(line):
    if not CLEAR.exists():
        return None
    return int(Path("/proc/self/status").read_text().split(line + ":")[1].split()[0]) / 1024
def measured(do):
    if CLEAR.exists():
        CLEAR.write_text("5")
    before, began = memory("VmRSS"), time.perf_counter()
    done = do()
    seconds, most = time.perf_counter() - began, memory("VmHWM")
    return done, seconds, None if most is None else most - before
def card():
    opened = open_file(sys.argv[1])
    card_of(opened)
    return opened
opened, seconds, megabytes = measured(card)
told = {"seconds": seconds, "megabytes": megabytes}
if len(sys.argv) > 2:
    import torch
    from cacr_core.checkpoints import reading
    names = [name for name in opened.tensors if sys.argv[2] in name]
    told["asked"] = sum(opened.tensors[name].n_bytes for name in names) / 2**20
    _, told["load seconds"], told["load megabytes"] = measured(lambda: opened.load(names))
print(json.dumps(told))
"""


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "file"
        for size, make, limit in (("100 MB", small, 1), ("1.7 GB", large, 3)):
            for container in ("torch zip", "torch legacy", "safetensors"):
                written = write(make(), path, container)
                asked = ("base_encoder",) if size == "1.7 GB" else ()
                told = child(path, *asked)
                what = f"card of {size} ({written / 1e9:.2f} GB, {container})"
                yield at_most(f"{what}, s", told["seconds"], limit)
                yield at_most("  peak memory beside what was held, MB", told["megabytes"], 200)
                if asked:
                    most = told["load megabytes"]
                    extra = None if most is None else most - told["asked"]
                    what = f"  its encoder's {told['asked']:.0f} MB read in"
                    what = f"{what} {told['load seconds']:.1f} s; memory beside them, MB"
                    yield at_most(what, extra, 200)
                path.unlink()


def child(path: Path, *asked: str) -> dict[str, Any]:
    """What a fresh process tells of the file; megabytes are None where its system tells none."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), *asked], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def copy(model: Any, prefix: str = "") -> dict[str, torch.Tensor]:
    """A model's tensors by name, all zero: the memory is only taken where it is written to."""
    with torch.device("meta"):
        state = model().state_dict()
    return {prefix + name: torch.zeros(t.shape, dtype=t.dtype) for name, t in state.items()}


def small() -> dict[str, Any]:
    return {"epoch": 200, "arch": "resnet50", "state_dict": copy(resnet50, "module.encoder_q.")}


def large() -> dict[str, Any]:
    """As MoCo v3 is saved: two encoders, and AdamW's moments of one (with amsgrad); 1.7 GB."""
    encoders = copy(vit_b_16, "module.base_encoder.") | copy(vit_b_16, "module.momentum_encoder.")
    kinds = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
    each = zip(*(copy(vit_b_16).values() for _ in kinds), strict=True)
    moments = {k: dict(zip(kinds, of_one, strict=True)) for k, of_one in enumerate(each)}
    settings = argparse.Namespace(lr=1.5e-4, epochs=300, moco_m=0.99)
    groups = [{"lr": 1.5e-4, "params": list(range(len(moments)))}]
    return {
        "epoch": 300, "arch": "vit_base", "state_dict": encoders, "args": settings,
        "optimizer": {"state": moments, "param_groups": groups},
    }  # fmt: skip


def write(content: dict[str, Any], path: Path, container: str) -> int:
    if container == "safetensors":
        save_file(flat(content), path)
    else:
        torch.save(content, path, _use_new_zipfile_serialization=container == "torch zip")
    return path.stat().st_size


def flat(content: Any, path: str = "") -> dict[str, torch.Tensor]:
    if isinstance(content, torch.Tensor):
        return {path: content}
    entries = content.items() if isinstance(content, dict) else ()
    found = {}
    for key, value in entries:
        found |= flat(value, f"{path}.{key}" if path else str(key))
    return found
