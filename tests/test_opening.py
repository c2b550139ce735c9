"""Files of weights: what is seen in them is what torch and safetensors see."""

import argparse
import os
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cacr_core.checkpoints import Refused, bounds, open_file, reading
from cacr_core.checkpoints.known import NUMPY
from cacr_core.checkpoints.opening import inside
from tests import exploits, hostile
from tests.test_architecture import loaded_by


def weights():
    generator = torch.Generator().manual_seed(1)
    base = torch.randn(6, 8, generator=generator)
    return {
        "plain": base,
        "row": base[2],
        "turned": base.t(),
        "strided": base[::2, 1::3],
        "expanded": base[:1, :1].expand(3, 4),
        "half": base.half(),
        "bfloat": base.bfloat16(),
        "double": base.double(),
        "int": torch.arange(5),
        "bytes": torch.arange(5, dtype=torch.uint8),
        "bool": base > 0,
        "complex": torch.complex(base, base),
        "none": torch.zeros(0, 3),
        "scalar": torch.tensor(3.0),
        "parameter": torch.nn.Parameter(base.clone()),
    }


def checkpoint():
    return {
        "epoch": 200,
        "arch": "resnet50",
        "state_dict": weights(),
        "nested": {"model": [{"a": torch.ones(2)}, {"a": torch.zeros(3)}]},
        "optimizer": {"state": {0: {"exp_avg": torch.ones(4)}}, "param_groups": [{"lr": 0.03}]},
        "args": argparse.Namespace(lr=0.5, sizes=[224, 96], device=torch.device("cuda:0")),
        "size": torch.Size([1, 2]),
        "dtype": torch.float32,
        "bytes": b"abc",
        "long": "x" * 1000,
        "bell": "a\x07b",
        "losses": list(range(1000)),
        "worst": float("nan"),
        "huge": 2**90,
        "set": {3},
    }


@pytest.mark.parametrize("is_zip", [True, False])
def test_names_shapes_and_bytes_are_those_that_torch_reads(tmp_path, is_zip):
    path = tmp_path / "x"
    torch.save(checkpoint(), path, _use_new_zipfile_serialization=is_zip)
    opened = open_file(path)
    assert opened.container == ("torch zip" if is_zip else "torch legacy")
    assert opened.n_bytes == path.stat().st_size
    for name, tensor in weights().items():
        seen = opened.tensors[f"state_dict.{name}"]
        assert seen.shape == tuple(tensor.shape)
        assert f"torch.{seen.dtype}" == str(tensor.dtype)
        assert seen.n_bytes == tensor.numel() * tensor.element_size()
    read = opened.load()
    assert read.keys() == opened.tensors.keys()
    theirs = torch.load(path, weights_only=False)
    for name, tensor in theirs["state_dict"].items():
        assert torch.equal(read[f"state_dict.{name}"], tensor), name
        assert read[f"state_dict.{name}"].stride() == tensor.stride()
    assert torch.equal(read["nested.model.1.a"], torch.zeros(3))
    assert torch.equal(read["optimizer.state.0.exp_avg"], torch.ones(4))


def test_safetensors_are_those_of_its_own_library(tmp_path):
    kept = {name: tensor.detach().clone().contiguous() for name, tensor in weights().items()}
    save_file(kept, tmp_path / "x", metadata={"family": "moco"})
    opened = open_file(tmp_path / "x")
    assert opened.container == "safetensors" and opened.facts == {"metadata.family": "moco"}
    theirs, read = load_file(tmp_path / "x"), opened.load()
    assert theirs.keys() == read.keys()
    assert all(torch.equal(read[name], theirs[name]) for name in theirs)
    assert list(opened.groups) == [""] and opened.groups[""] == opened.tensors


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.uint16, torch.int8, torch.complex128])
def test_rarer_types_are_read(tmp_path, dtype):
    tensor = torch.arange(6).to(dtype)
    torch.save({"a": tensor}, tmp_path / "x")
    read = open_file(tmp_path / "x").load()["a"]
    assert read.dtype == dtype and read.tolist() == tensor.tolist()


def test_facts_are_plain_and_cut(tmp_path):
    torch.save(checkpoint() | {"t": torch.ones(1)}, tmp_path / "x")
    facts = open_file(tmp_path / "x").facts
    assert facts["epoch"] == 200 and facts["arch"] == "resnet50" and facts["args.lr"] == 0.5
    assert facts["args.sizes"] == [224, 96] and facts["args.device"] == "cuda:0"
    assert facts["optimizer.param_groups.0.lr"] == 0.03
    assert facts["size"] == [1, 2] and facts["dtype"] == "torch.float32" and facts["set"] == [3]
    assert facts["bytes"] == "abc" and facts["worst"] == "nan" and facts["huge"] == str(2**90)
    assert len(facts["long"]) == bounds.TEXT and facts["bell"] == "a b"
    assert facts["losses"] == [*range(16), "… and 984 more"]


def test_groups_are_mappings_of_tensors_without_the_optimizers(tmp_path):
    torch.save(checkpoint(), tmp_path / "x")
    groups = open_file(tmp_path / "x").groups
    assert list(groups) == ["state_dict", "nested.model.0", "nested.model.1"]
    assert groups["state_dict"].keys() == weights().keys()
    torch.save(weights(), tmp_path / "bare")
    assert open_file(tmp_path / "bare").groups[""].keys() == weights().keys()


@pytest.mark.parametrize("code", sorted(NUMPY))
def test_numpy_scalars_are_read_as_numbers(tmp_path, code):
    value = np.dtype(code).type(1)
    torch.save({"best": value, "big": value.astype(f">{code}"), "a": torch.ones(1)}, tmp_path / "x")
    opened = open_file(tmp_path / "x")
    assert opened.facts == {"best": 1, "big": 1} and opened.load()["a"] == 1


def test_only_the_named_tensors_are_read_and_shared_ones_stay_shared(tmp_path):
    torch.save(weights(), tmp_path / "x")
    read = open_file(tmp_path / "x").load(["row", "plain"])
    assert list(read) == ["row", "plain"]
    read["plain"][2] = 7
    assert (read["row"] == 7).all()
    with pytest.raises(KeyError, match="'nothing' is no tensor"):
        open_file(tmp_path / "x").load(["nothing"])


def test_bools_are_true_or_false_whatever_their_bytes(tmp_path):
    stored = exploits.storage(n_items=16, kind=exploits.named("torch.BoolStorage"))
    tensor = exploits.tensor(stored, shape=(16,), stride=(1,))
    pickled = exploits.program(exploits.table((exploits.text("w"), tensor)))
    (tmp_path / "x").write_bytes(hostile.zipped(pickled, {"0": bytes(range(16))}))
    read = open_file(tmp_path / "x").load()["w"]
    assert read.view(torch.uint8).tolist() == [0] + [1] * 15


def test_a_bare_tensor_is_called_tensor(tmp_path):
    torch.save(torch.ones(3), tmp_path / "x")
    assert open_file(tmp_path / "x").load()["tensor"].sum() == 3


def test_views_of_storages_as_before_torch_0_4_are_placed(tmp_path):
    kept = (exploits.text("0"), exploits.whole(4), exploits.row(*map(exploits.whole, (1, 3))))
    view = exploits.row(exploits.text("v"), exploits.whole(1), exploits.whole(3))
    stored = exploits.row(
        exploits.text("storage"), exploits.named("torch.FloatStorage"), kept[0],
        exploits.text("cpu"), kept[1], view,
    ) + b"Q"  # fmt: skip
    tensor = exploits.tensor(stored, offset=1, shape=(2,), stride=(1,))
    path = tmp_path / "x"
    path.write_bytes(hostile.legacy(exploits.program(exploits.table((exploits.text("w"), tensor)))))
    theirs = torch.load(path, weights_only=True)["w"]
    assert open_file(path).load()["w"].tolist() == theirs.tolist() == [3.0, 4.0]


def test_opening_loads_no_torch():
    assert not loaded_by("import cacr_core.checkpoints") & {"torch", "numpy", "safetensors"}


@pytest.mark.skipif(sys.platform != "linux", reason="what was read is told by /proc")
@pytest.mark.parametrize("container", ["legacy", "safetensors", "zip"])
def test_a_file_of_2_gb_is_opened_by_reading_a_hundredth(tmp_path, container):
    path, n_items = tmp_path / "x", 2**29
    with open(path, "wb") as out:
        if container == "safetensors":
            entry = {"dtype": "F32", "shape": [n_items], "data_offsets": [0, 4 * n_items]}
            out.write(hostile.torn({"w": entry}, b""))
        elif container == "legacy":
            stored = exploits.tensor(
                exploits.storage(n_items=n_items), shape=(n_items,), stride=(1,)
            )
            written = hostile.legacy(exploits.program(exploits.table((exploits.text("w"), stored))))
            out.write(written[:-24] + struct.pack("<q", n_items))
        else:
            with torch.serialization.skip_data():
                torch.save({"w": torch.empty(n_items)}, out)
        if container != "zip":
            out.truncate(out.tell() + 4 * n_items)
    told = Path("/proc/self/io")
    before = int(told.read_text().split()[1])
    opened = open_file(path)
    assert int(told.read_text().split()[1]) - before < 20e6
    assert opened.tensors["w"].n_bytes == 4 * n_items


def test_torch_is_asked_with_weights_only_and_the_list_in_scope(tmp_path, monkeypatch):
    asked, load = [], torch.load

    def seen(*given, **named):
        asked.append(named | {"allowed": torch.serialization.get_safe_globals()})
        return load(*given, **named)

    monkeypatch.setattr(torch, "load", seen)
    before = torch.serialization.get_safe_globals()
    torch.save(checkpoint(), tmp_path / "x")
    open_file(tmp_path / "x").load()
    assert [each["weights_only"] for each in asked] == [True]
    names = {
        each[1] if isinstance(each, tuple) else f"{each.__module__}.{each.__qualname__}"
        for each in set(asked[0]["allowed"]) - set(before)
    }
    plain = {n for n in names if not n.startswith("numpy.dtypes.")}
    scalars = {"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"}
    assert plain == {"argparse.Namespace", "numpy.dtype"} | scalars
    assert not any("Object" in name or "Void" in name for name in names)
    assert set(torch.serialization.get_safe_globals()) == set(before)


def test_a_file_that_torch_reads_differently_is_refused(tmp_path, monkeypatch):
    torch.save(weights(), tmp_path / "x")
    monkeypatch.setattr(reading, "torch_sees", lambda *_: {"plain": torch.ones(1)})
    with pytest.raises(Refused, match="torch reads other tensors"):
        open_file(tmp_path / "x").load()


# ---- paths


def test_paths_stay_inside_the_named_folders(tmp_path):
    home, beside = tmp_path / "home", tmp_path / "home-2"
    for folder in (home, beside):
        folder.mkdir()
        (folder / "a.pth").write_bytes(b"x")
    (home / "in").symlink_to(home / "a.pth")
    (home / "out").symlink_to(beside / "a.pth")
    (home / "ring").symlink_to(home / "ring")
    (tmp_path / "link").symlink_to(home)
    assert inside(home / "a.pth", [home]) == inside(tmp_path / "link" / "in", [home])
    assert inside(home / "a.pth", [beside, tmp_path / "link"]) == (home / "a.pth").resolve()
    outside = [home / "out", home / "../home-2/a.pth", beside / "a.pth", home / "ring",
               home / "gone", "/etc/passwd", "a\0b", "x" * 5000]  # fmt: skip
    for path in outside:
        with pytest.raises(Refused, match="inside the named folders"):
            inside(path, [home])
    with pytest.raises(Refused, match="none"):
        inside(home / "a.pth", [])


def test_folders_pipes_devices_and_gone_files_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/zero", tmp_path / "gone", "a\0b", "x" * 5000):
        with pytest.raises(Refused) as told:
            open_file(path)
        assert told.value.kind == "path"


def test_a_file_written_again_or_cut_meanwhile_is_told(tmp_path):
    torch.save(weights(), tmp_path / "x")
    opened = open_file(tmp_path / "x")
    os.utime(tmp_path / "x", ns=(1, 1))
    with pytest.raises(Refused, match="written again"):
        opened.load()
    os.truncate(tmp_path / "x", 100)
    with pytest.raises(Refused, match="written again"):
        opened.load()
