"""What is no file of torch.save is named with a way out, and what holds no network is counted."""

import zipfile

import numpy as np
import pytest
import torch
from torch import nn

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.bounds import Refused

KNOWN = "no network of a known form"


def zipped(path, *names):
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, b"0123456789")


ZIPS = {
    "a numpy archive": ["kernel.npy", "a/bias.npy"],
    "a Keras file": ["metadata.json", "config.json", "model.weights.h5"],
    "a program of torch.export": ["x/archive_format", "x/models/model.json"],
    "'f16.pth' in it, which must be unpacked": ["read me.txt", "f16.pth"],
    "'run/last.ckpt' in it, which must be unpacked": ["run/", "run/last.ckpt"],
    "without a pickle of torch.save": ["a.txt"],
}


@pytest.mark.parametrize("said", ZIPS)
def test_a_zip_that_torch_did_not_write_is_named(said, tmp_path):
    zipped(tmp_path / "x.zip", *ZIPS[said])
    with pytest.raises(Refused) as refused:
        open_file(tmp_path / "x.zip")
    assert said in str(refused.value)


def test_arrays_that_numpy_saved_are_named(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros(3))
    with pytest.raises(Refused, match="numpy archive"):
        open_file(tmp_path / "x.npz")


def test_a_program_that_torch_exported_is_named(tmp_path):
    program = torch.export.export(nn.Linear(2, 1), (torch.zeros(1, 2),))
    torch.export.save(program, tmp_path / "x.pt2")
    with pytest.raises(Refused, match=r"a program of torch\.export"):
        open_file(tmp_path / "x.pt2")


BEGINNINGS = {
    "TensorFlow Lite": b"\x1c\0\0\0TFL3" + bytes(60),
    "index of a TensorFlow checkpoint": b"\0\0\6\x08\1\x1a\2\x08\1" + bytes(60),
    "a msgpack file": b"\x81\xa6params\x81\xa5Dense" + bytes(60),
    "no file of weights by its first bytes": bytes(60),
}


@pytest.mark.parametrize("said", BEGINNINGS)
def test_a_file_of_other_code_is_named_by_its_first_bytes(said, tmp_path):
    (tmp_path / "x").write_bytes(BEGINNINGS[said])
    with pytest.raises(Refused, match=said):
        open_file(tmp_path / "x")


# --- what holds no network


@pytest.mark.parametrize(
    ("saved", "n"),
    [
        (torch.randn(3, 5), 15),
        ([torch.zeros(3), torch.zeros(2, 2)], 7),
        ({"a": torch.zeros(4), "more": {"b": torch.zeros(2)}}, 6),
        ({"bn.weight": torch.zeros(4), "bn.running_mean": torch.zeros(4)}, 4),
    ],
)
def test_numbers_are_counted_also_where_they_stand_in_no_state_dict(saved, n, tmp_path):
    torch.save(saved, tmp_path / "x.pth")
    card = card_of(open_file(tmp_path / "x.pth"))
    assert card.n_parameters == n
    assert card.why.startswith(KNOWN)


def trained():
    net = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


@pytest.mark.parametrize("saved", [trained, lambda: {"optimizer": trained(), "epoch": 3}])
def test_an_optimizers_state_alone_is_called_so(saved, tmp_path):
    torch.save(saved(), tmp_path / "x.pth")
    card = card_of(open_file(tmp_path / "x.pth"))
    assert card.n_parameters == 0 and card.n_tensors > 0
    assert card.why == "it holds a training run's state, such as an optimizer's, and no weights"


@pytest.mark.parametrize(
    ("saved", "why"),
    [
        ({}, "it holds no tensor"),
        ({"epoch": 3}, "it holds no tensor, settings alone"),
        ({"a": torch.zeros(2, device="meta")}, "it holds no tensor that can be read"),
    ],
)
def test_a_file_without_tensors_has_no_table_of_them(saved, why, tmp_path):
    torch.save(saved, tmp_path / "x.pth")
    card = card_of(open_file(tmp_path / "x.pth"))
    assert card.why.startswith(why) and KNOWN not in card.why
    assert (card.n_tensors, card.n_parameters) == (0, 0)
