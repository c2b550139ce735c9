"""Files that are damaged or mean harm: each is refused in one sentence, and nothing is run."""

import pickle
import random
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest
import torch

from cacr_core.checkpoints import Refused, bounds, open_file
from tests import exploits, fuzzing, hostile

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
GOOD_PICKLE = exploits.program(exploits.table((exploits.text("w"), exploits.tensor())))
GOOD = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


@pytest.fixture
def file(tmp_path):
    """A function that writes bytes to a file whose name says something else."""

    def write(raw, name="weights.jpg"):
        path = tmp_path / name
        path.write_bytes(raw)
        return path

    return write


@pytest.fixture
def canary(tmp_path, monkeypatch):
    monkeypatch.setattr(exploits, "CANARY", str(tmp_path / "canary"))
    return tmp_path / "canary"


def refused(path, load=True):
    with pytest.raises(Refused) as told:
        opened = open_file(path)
        if load:
            opened.load()
    sentence = str(told.value)
    assert sentence.isprintable() and sentence.endswith(".") and len(sentence) < 500, sentence
    assert told.value.recipe.count("\n") in (0, 2)
    return told.value


# ---- nothing is run


# what does no harm by itself is left out, and what stands beside it is read
LEFT_OUT = {
    "torch.nn.modules.linear.Linear", "torch.FloatTensor", "builtins.bytearray of a size",
    "numpy.zeros", "a codec",
}  # fmt: skip

HIDDEN = {
    "as a state dict's inside", "as a storage's place", "as a tensor's hooks", "left on the stack",
    "in the memo", "as a namespace's inside",
}  # fmt: skip


@pytest.mark.parametrize("name", list(exploits.calls()))
def test_a_call_anywhere_in_a_pickle_is_not_run_and_refused_where_it_would_do_harm(
    file, canary, name
):
    call = exploits.calls()[name]
    for place, pickled in exploits.around(call).items():
        for container in (hostile.zipped, hostile.legacy):
            path = file(container(pickled))
            if name in LEFT_OUT:
                tracemalloc.start()
                try:
                    opened = open_file(path)
                    assert opened.unread or place in HIDDEN, place
                    opened.load()
                except Refused as told:
                    assert told.kind in ("foreign", "damaged"), (place, told)
                assert tracemalloc.get_traced_memory()[1] < 50e6
                tracemalloc.stop()
                continue
            told = refused(path)
            assert told.kind in ("foreign", "damaged", "other"), (place, told)
    assert not canary.exists()
    if name in LEFT_OUT:
        return
    refused(file(exploits.program(call)))
    for part in ("machine", "keys"):
        good = exploits.program(exploits.tensor())
        raw = hostile.legacy(
            good, **{"machine": exploits.program(call)} if part == "machine" else {}
        )
        if part == "keys":
            raw = raw.replace(pickle.dumps(["0"], 2), exploits.program(call))
        refused(file(raw))
    assert not canary.exists()


@pytest.mark.parametrize("name", list(exploits.calls())[:9])
def test_those_calls_do_run_where_pickles_are_trusted(canary, name):
    pickled = exploits.program(exploits.calls()[name])
    code = "import sys, pickle; pickle.loads(sys.stdin.buffer.read())"
    subprocess.run([sys.executable, "-c", code], input=pickled, capture_output=True)
    assert canary.exists()


@pytest.mark.parametrize("is_zip", [True, False])
@pytest.mark.parametrize(
    ("path", "found"),
    [("os.system",) * 2, ("builtins.eval",) * 2, ("__builtin__.eval", "builtins.eval"),
     ("logging.os.system",) * 2, ("torch.hub.load",) * 2, ("numpy.f2py.crackfortran.getlincoef",)
     * 2,
     ("torch.utils._config_module.load_config",) * 2, ("subprocess.Popen",) * 2],
)  # fmt: skip
def test_what_was_found_is_named_with_a_recipe(file, path, found, is_zip):
    pickled = exploits.program(exploits.table((exploits.text("x"), exploits.called(path))))
    told = refused(file((hostile.zipped if is_zip else hostile.legacy)(pickled)))
    assert told.found == found and found in str(told) and told.kind == "foreign"
    assert told.recipe.count("\n") == 2


def test_a_script_archive_is_refused_as_a_program(tmp_path):
    with zipfile.ZipFile(tmp_path / "x", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("m/data.pkl", "m/constants.pkl", "m/code/__torch__.py"):
            archive.writestr(name, b"x" * 100)
    assert refused(tmp_path / "x").found == "TorchScript"


# ---- bounds


@pytest.mark.parametrize("size", [3, 1000])
@pytest.mark.parametrize("container", [hostile.zipped, hostile.legacy])
def test_programs_that_ask_for_too_much_are_refused_or_small(file, container, size):
    fine = {"a far memo", "many tensors of one storage", "a long key", "many sizes", "many keys",
            "a long number", "deep tuples", "deep lists", "deep dicts", "keys that collide",
            "floats that collide", "a set that collides", "one name twice",
            "one name by two ways", "a decimal number"}  # fmt: skip
    for seed in range(3):
        for name, pickled in exploits.bombs(random.Random(seed), size).items():
            try:
                open_file(file(container(pickled)))
            except Refused as told:
                assert told.kind in ("bounds", "damaged", "other"), name
            else:
                assert name in fine or "huge" in name, name


@pytest.mark.parametrize(
    "limit",
    ["TENSORS", "OPCODES", "PICKLE", "NAME", "ENTRIES", "DIRECTORY", "FILE", "DEPTH", "NODES"],
)
def test_every_bound_holds(tmp_path, monkeypatch, limit):
    tensors = {f"weight{k}": torch.ones(k) for k in range(5)}
    torch.save({"a": {"b": {"c": {"d": tensors}}}}, tmp_path / "x")
    open_file(tmp_path / "x")
    monkeypatch.setattr(bounds, limit, 3)
    assert refused(tmp_path / "x").kind == "bounds"


@pytest.mark.parametrize("limit", ["TENSORS", "HEADER", "NAME", "FILE"])
def test_every_bound_of_safetensors_holds(file, monkeypatch, limit):
    monkeypatch.setattr(bounds, limit, 3)
    assert refused(file(hostile.bases()["safetensors whole"])).kind == "bounds"


@pytest.mark.parametrize(
    ("change", "data"),
    [({"data_offsets": [-16, 0]}, 16), ({"data_offsets": [0, 2**70]}, 16),
     ({"shape": [-2, -2]}, 16), ({"shape": [10**30]}, 16), ({"shape": "22"}, 16),
     ({"shape": [2**40, 2**40]}, 16), ({"shape": [2.0, 2]}, 16), ({"shape": [True, 4]}, 16),
     ({"dtype": "F999"}, 16), ({"dtype": ["F32"]}, 16), ({"data_offsets": [16, 0]}, 16),
     ({"data_offsets": [4, 20]}, 20), ({"shape": [1] * 99 + [4]}, 16), ({}, 15), ({}, 17)],
)  # fmt: skip
def test_a_safetensors_header_that_lies_is_refused(file, change, data):
    assert open_file(file(hostile.torn({"w": GOOD}))).tensors["w"].shape == (2, 2)
    assert refused(file(hostile.torn({"w": GOOD | change}, bytes(data)))).kind == "damaged"


@pytest.mark.parametrize(
    "header",
    [{"a": GOOD, "b": GOOD}, {"a": GOOD, "b": GOOD | {"data_offsets": [8, 24]}}, {"a": []},
     {"a": GOOD, "__metadata__": {"x": 1}}, {"a\n": GOOD}, {"\ud800": GOOD}, b"{}x", b"{" * 9999,
     b'{"a":' + b"[" * 10**5, b'{"a":1,"a":1}', b'{"\xff":1}', b'{"a":' + b"9" * 5000 + b"}"],
)  # fmt: skip
def test_a_broken_safetensors_header_is_refused(file, header):
    assert refused(file(hostile.torn(header, bytes(24)))).kind == "damaged"


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**63, 2**64 - 1])
def test_a_safetensors_length_that_lies_is_refused(file, length):
    refused(file(hostile.torn({"w": GOOD}, length=length)))


@pytest.mark.parametrize(
    "name",
    ["../../evil", "/etc/passwd", "archive/../../x", "..\\x", "C:/x", "archive//x", "a\x1bb"],
)
def test_a_zip_entry_that_points_outside_is_refused(file, tmp_path, name):
    told = refused(file(hostile.zipped(GOOD_PICKLE, more=((name, b"x"),))))
    assert told.kind in ("foreign", "damaged")
    assert [path.name for path in tmp_path.iterdir()] == ["weights.jpg"]


def test_links_duplicates_overlaps_and_bombs_in_a_zip_are_refused(file):
    assert open_file(file(hostile.zipped(GOOD_PICKLE))).load()["w"].tolist() == [[1, 2], [3, 4]]
    link = zipfile.ZipInfo("archive/data/1")
    link.external_attr = 0o120777 << 16
    assert "link" in str(refused(file(hostile.zipped(GOOD_PICKLE, more=((link, b"/etc"),)))))
    twice = hostile.zipped(GOOD_PICKLE, more=(("archive/data.pkX", b"x"),))
    assert "twice" in str(refused(file(twice.replace(b"data.pkX", b"data.pkl"))))
    bomb = hostile.zipped(GOOD_PICKLE, {"0": bytes(10**6)}, zipfile.ZIP_DEFLATED)
    assert "compressed" in str(refused(file(bomb)))
    assert "bytes" in str(refused(file(hostile.zipped(GOOD_PICKLE, {"0": bytes(8)}))))
    raw = bytearray(hostile.zipped(GOOD_PICKLE))
    second = raw.find(b"PK\1\2", raw.find(b"PK\1\2") + 1)
    raw[second + 42 : second + 46] = bytes(4)  # the first entry's place
    assert refused(file(bytes(raw))).kind == "damaged"


def test_big_ends_first_are_refused(file):
    raw = hostile.zipped(GOOD_PICKLE).replace(b"little", b"big   ")
    assert "big end" in str(refused(file(raw)))
    machine = pickle.dumps(hostile.MACHINE | {"little_endian": False}, 2)
    assert "big end" in str(refused(file(hostile.legacy(GOOD_PICKLE, machine=machine))))


@pytest.mark.parametrize("base", list(hostile.bases()))
def test_a_file_cut_off_anywhere_is_called_damaged(file, base):
    raw = hostile.bases()[base]
    for end in [*range(40), *range(40, len(raw), 61), len(raw) - 1]:
        told = refused(file(raw[:end]))
        assert told.kind == "damaged" or end < 16, end


@pytest.mark.parametrize(
    ("head", "word"),
    [(b"version https://git-lfs.github.com", "Git LFS"), (b"<!DOCTYPE html>", "web page"),
     (b"\x89HDF\r\n\x1a\n", "HDF5"), (b"\x1f\x8b\x08", "gzip"), (b"GGUF", "GGUF"), (b"", "empty"),
     (b'{"weight_map": 1}', "JSON"),
     (b"\x7fELF", "no file of weights"),
     (pickle.dumps({"model": {"a": np.ones(2)}}), "plain pickle")],
)  # fmt: skip
def test_other_formats_are_told_by_what_they_are(file, head, word):
    assert word in str(refused(file(head, "weights.pth")))


# ---- the fuzzer


@ON_LINUX
def test_500_hostile_files_do_no_harm():
    found = fuzzing.fuzz(seed=1, n_files=500)
    assert found.bad == []
    assert found.counts.total() == 500 and found.parsed > 170
    kinds = {"opened", "refused: damaged", "refused: foreign", "refused: bounds", "refused: other"}
    assert kinds <= set(found.counts)


def test_hostile_files_are_the_same_for_the_same_seed(monkeypatch):
    first = [hostile.made(3, k) for k in range(40)]
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert [hostile.made(3, k) for k in range(40)] == first
    assert hostile.made(3, 0) != hostile.made(4, 0)


def test_the_fuzzers_watch_sees_what_is_run():
    code = (
        "import os; from tests.fuzzing import Watch; watch = Watch(); watch.seen = [];"
        "os.system('true'); eval('1'); open(os.devnull, 'w');"
        "seen, watch.seen = watch.seen, None; print(*(line.split()[0] for line in seen))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"os.system", "compile", "exec", "open"} <= set(done.stdout.split())


@ON_LINUX
def test_the_fuzzers_worker_tells_of_a_call_that_is_run(canary, monkeypatch, file):
    pickled = exploits.program(exploits.calls()["os.system"])
    code = (
        "import pickle, cacr_core.checkpoints as c; from tests import fuzzing;"
        "real = fuzzing.outcome_of; fuzzing.outcome_of = lambda path:"
        " pickle.load(open(path, 'rb')) and {} or {'outcome': 'opened'}"
        " if path.suffix == '.trusted' else real(path); fuzzing.work()"
    )
    line = f"{file(pickled, 'a.trusted')}\n"
    done = subprocess.run(
        [sys.executable, "-c", code], input=line, capture_output=True, text=True, check=True
    )
    assert canary.exists() and '"executed"' in done.stdout and "os.system" in done.stdout
