import math

import pytest
import torch

from cacr_core.checkpoints.alike import Source, difference, differences
from cacr_core.checkpoints.alike import tensors as module
from cacr_core.checkpoints.alike.tensors import _in_memory


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_every_name_is_added_removed_changed_or_the_same():
    a = {"gone": seeded(2), "same": seeded(3, 3), "moved": seeded(4), "cut": seeded(5)}
    b = {"new": seeded(6), "same": a["same"].clone(), "moved": 1.1 * a["moved"], "cut": seeded(2)}
    rows = {row.name: row for row in difference(a, b)}
    assert list(rows) == ["gone", "same", "moved", "cut", "new"]
    assert [row.kind for row in rows.values()] == ["removed", "same", "changed", "changed", "added"]
    assert rows["moved"].relative == pytest.approx(0.1, rel=1e-5)
    assert rows["same"].relative == 0
    assert rows["cut"].relative is rows["new"].relative is rows["gone"].relative is None
    assert (rows["cut"].shape_a, rows["cut"].shape_b) == ((5,), (2,))
    assert (rows["gone"].shape_b, rows["new"].dtype_a) == (None, None)


def test_relative_distance_is_of_all_numbers_whatever_their_type(monkeypatch):
    monkeypatch.setattr(module, "ITEMS_AT_ONCE", 4)
    for dtype in (torch.float16, torch.bfloat16, torch.int64, torch.complex64, torch.float64):
        a, b = (100 * seeded(3, 7, seed=i) for i in range(2))
        a, b = a.to(dtype), b.to(dtype)
        (row,) = difference({"w": a}, {"w": b})
        wide = torch.complex128 if dtype.is_complex else torch.float64
        expected = (a.to(wide) - b.to(wide)).norm() / a.to(wide).norm()
        assert row.relative == pytest.approx(float(expected))


def test_zeros_nans_counters_and_types_have_their_own_answers():
    zeros, nan = torch.zeros(2), torch.tensor([1.0, math.nan])
    a = {"zeros": zeros, "nan": nan, "half": torch.ones(2), "none": torch.empty(0), "n": zeros[0]}
    b = a | {"zeros": torch.ones(2), "half": torch.ones(2).half(), "n": torch.tensor(True)}
    rows = {row.name: row for row in difference(a, b)}
    assert rows["zeros"].relative == math.inf
    assert rows["nan"].kind == rows["none"].kind == "same"
    assert (rows["half"].kind, rows["half"].relative) == ("changed", 0)
    assert (rows["half"].dtype_a, rows["half"].dtype_b) == ("float32", "float16")
    (row,) = difference({"nan": nan}, {"nan": zeros})
    assert row.kind == "changed" and math.isnan(row.relative)


def test_tensors_are_loaded_a_few_at_a_time_and_only_where_they_can_be_compared(monkeypatch):
    monkeypatch.setattr(module, "READ_AT_ONCE", 100)
    tensors = {f"w{i}": seeded(10, seed=i) for i in range(7)} | {"cut": seeded(10)}
    whole, asked = _in_memory(tensors), []

    def load(names):
        asked.append(names)
        return {name: tensors[name] for name in names}

    other = tensors | {"cut": seeded(3)}
    rows = list(differences(Source(whole.sizes, load), _in_memory(other)))
    assert [row.kind for row in rows] == ["same"] * 7 + ["changed"]
    assert asked == [["w0", "w1"], ["w2", "w3"], ["w4", "w5"], ["w6"]]
