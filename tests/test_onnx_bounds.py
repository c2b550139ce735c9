"""An ONNX file's fields are counted wherever they stand, and its shapes end where they must."""

import pytest
import torch

from cacr_core.checkpoints import Refused, onnx, open_file
from tests.test_sharded import field, onnx_of

HEAD = field(1, 8) + field(2, b"pytorch")
MANY = field(3, 1) * 200
WHERE = {
    "of the model": MANY,
    "of its graph": field(7, MANY),
    "of a tensor": field(7, field(5, MANY)),
    "of all together": field(3, 1) * 70 + field(7, field(3, 1) * 70 + field(5, field(3, 1) * 70)),
}


def opened(folder, raw):
    (folder / "net.onnx").write_bytes(raw)
    return open_file(folder / "net.onnx")


@pytest.mark.parametrize("where", WHERE)
def test_fields_are_counted_wherever_they_stand(where, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx, "MOST_FIELDS", 150)
    with pytest.raises(Refused, match="151 parts of a graph, and at most 150 are read"):
        opened(tmp_path, HEAD + WHERE[where])


def test_a_shape_of_too_many_axes_is_not_read_to_its_end(tmp_path, monkeypatch):
    read, n_read = onnx.varint, []
    monkeypatch.setattr(onnx, "varint", lambda *where: n_read.append(1) or read(*where))
    with pytest.raises(Refused, match="'a' has no possible shape"):
        opened(tmp_path, HEAD + field(7, field(5, field(8, b"a") + field(1, 1) * 5000)))
    assert len(n_read) < 100


def test_five_thousand_tensors_are_few_enough(tmp_path):
    raw = onnx_of({f"layer{i}.weight": torch.ones(2, 2, 3, 3) for i in range(5000)})
    assert len(opened(tmp_path, raw).tensors) == 5000
