"""The cache of features: a hit needs an equal key, and no accident makes a wrong answer."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cacr_core.checkpoints.features import cache
from cacr_core.checkpoints.features.cache import Key

ROOT = Path(__file__).parents[1]
KEY = Key(
    weights="w", network="n", dataset="digits", split="test", images="i", n_images=20,
    input_size=32, mean=(0.5,) * 3, std=(0.5,) * 3, layer="features",
)  # fmt: skip
X = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)


def test_what_was_written_is_read_again_by_an_equal_key(tmp_path):
    assert cache.read(KEY, tmp_path) is None
    cache.write(KEY, X, tmp_path)
    np.testing.assert_array_equal(cache.read(dataclasses.replace(KEY), tmp_path), X)
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Key)])
def test_any_change_of_the_key_is_a_miss(name, tmp_path):
    cache.write(KEY, X, tmp_path)
    value = getattr(KEY, name)
    other = {str: "other", int: 19, tuple: (0.5, 0.5, 0.4)}[type(value)]
    assert cache.read(dataclasses.replace(KEY, **{name: other}), tmp_path) is None
    assert cache.read(KEY, tmp_path) is not None


def test_a_truncated_altered_or_foreign_file_is_a_miss_and_goes(tmp_path):
    path = tmp_path / KEY.file_name
    cache.write(KEY, X, tmp_path)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[200] ^= 1
    rng = np.random.default_rng(0)
    cuts = [whole[:n] for n in (0, 1, 100, len(whole) // 2, len(whole) - 1)]
    for damaged in (*cuts, bytes(flipped), b"no zip", rng.bytes(2000)):
        path.write_bytes(damaged)
        assert cache.read(KEY, tmp_path) is None
        assert not path.exists()
        cache.write(KEY, X, tmp_path)
        np.testing.assert_array_equal(cache.read(KEY, tmp_path), X)


def test_objects_and_answers_to_other_questions_are_not_read(tmp_path):
    path = tmp_path / KEY.file_name
    for arrays in (
        {"features": np.array([{}], object), "key": KEY.text},
        {"features": X, "key": dataclasses.replace(KEY, layer="head").text},
        {"features": X[:-1], "key": KEY.text},
        {"features": X.astype(np.float64), "key": KEY.text},
        {"features": X},
    ):
        np.savez(path, **arrays)
        assert cache.read(KEY, tmp_path) is None


def test_a_writer_killed_half_way_leaves_no_answer_and_its_part_is_swept(tmp_path):
    code = (
        "import numpy as np, sys, time\n"
        "from pathlib import Path\n"
        "from cacr_core.checkpoints.features import cache\n"
        "from tests.test_feature_cache import KEY, X\n"
        "def half(file, **arrays):\n"
        "    file.write(b'PK'); file.flush(); print('half', flush=True); time.sleep(60)\n"
        "np.savez = half\n"
        "cache.write(KEY, X, Path(sys.argv[1]))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout.readline() == "half\n"
        writer.send_signal(signal.SIGKILL)
    (part,) = tmp_path.iterdir()
    assert part.suffix == ".part"
    assert cache.read(KEY, tmp_path) is None
    cache.write(KEY, X, tmp_path)
    assert part.exists()  # it may have a writer still
    os.utime(part, (time.time() - 2 * cache.STALE,) * 2)
    cache.trim(tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


def test_the_longest_unused_leave_first_once_the_bound_is_passed(tmp_path):
    keys = [dataclasses.replace(KEY, layer=str(i)) for i in range(4)]
    for i, key in enumerate(keys[:3]):
        cache.write(key, X, tmp_path)
        os.utime(tmp_path / key.file_name, (1000 + i,) * 2)
    size = (tmp_path / keys[0].file_name).stat().st_size
    assert cache.read(keys[0], tmp_path) is not None
    cache.write(keys[3], X, tmp_path, max_bytes=3 * size + size // 2)
    there = [cache.read(key, tmp_path) is not None for key in keys]
    assert there == [True, False, True, True]
    cache.write(KEY, X, tmp_path, max_bytes=X.nbytes - 1)
    assert cache.read(KEY, tmp_path) is None


def test_a_disk_that_cannot_be_written_costs_the_cache_only(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    cache.write(KEY, X, tmp_path / "file" / "cache")
    assert cache.read(KEY, tmp_path / "file" / "cache") is None
    monkeypatch.setenv("CACR_CACHE", str(tmp_path / "elsewhere"))
    cache.write(KEY, X)
    assert (tmp_path / "elsewhere" / KEY.file_name).exists()
    np.testing.assert_array_equal(cache.read(KEY), X)
