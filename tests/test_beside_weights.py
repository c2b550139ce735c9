"""What stands beside weights in real files costs only itself: it is listed, the rest is read."""

import argparse
import collections
import datetime
import enum
import sys
import types
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from cacr_core.checkpoints import Refused, card_of, open_file
from cacr_core.checkpoints.danger import runs
from cacr_core.checkpoints.features import network_of


class Colour(enum.Enum):
    RED = 1


class Average:
    """A running mean of weights, as timm's ModelEmaV2 and others are pickled whole."""

    def __init__(self, shadow):
        self.shadow, self.decay = shadow, 0.99
        self.owner = self  # a ring


class Settings(dict):
    """As addict's, mmengine's ConfigDict and Lightning's AttributeDict are."""


class Image(torch.Tensor):
    """A tensor of a class of its own, as fastai's and torchvision's are."""


def exclude_bias_and_norm(p):
    return p.ndim == 1


@pytest.fixture
def authors(monkeypatch):
    """Classes of packages that are not installed where the file is opened."""

    def make(module, name, **members):
        for i in range(len(module.split("."))):
            part = ".".join(module.split(".")[: i + 1])
            monkeypatch.setitem(sys.modules, part, sys.modules.get(part, types.ModuleType(part)))
        cls = type(name, (), {"__module__": module, **members})
        for key, one in members.items():
            if callable(one):
                one.__module__, one.__qualname__ = module, f"{name}.{key}"
        setattr(sys.modules[module], name, cls)
        return cls

    return make


def net():
    torch.manual_seed(0)
    return {f"backbone.{k}": v for k, v in resnet18(num_classes=5).state_dict().items()}


def history(authors):
    """mmengine's buffer: arrays, and its own methods by name."""

    def mean(self):
        return 0

    buffer = authors("mmengine.logging.history_buffer", "HistoryBuffer", mean=mean)
    one = buffer()
    one._log_history, one._statistics_methods = np.zeros(9999), {"mean": buffer.mean}
    return one


def configuration(authors):
    """OmegaConf's, whose nodes know their parents."""
    node = authors("omegaconf.nodes", "AnyNode")
    kind = authors("omegaconf.dictconfig", "DictConfig")
    one = kind()
    value = node()
    value.__dict__ |= {"_val": "cifar100", "_parent": one}
    inner = kind()
    inner.__dict__ |= {"_content": {"dataset": value}, "_parent": one}
    one.__dict__ |= {"_content": {"data": inner}, "_parent": None}
    return one


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("is_zip", [True, False])
def test_odd_things_beside_an_encoder_are_listed_and_it_loads(tmp_path, authors, protocol, is_zip):
    saved = {
        "state_dict": net(),
        "message_hub": {"log_scalars": {"train/loss": history(authors)}},
        "hyper_parameters": configuration(authors),
        "args": argparse.Namespace(output_dir=Path("/a/b.pth"), lr=0.1, pure=PurePosixPath("c")),
        "optimizer": {"param_groups": [{"weight_decay_filter": exclude_bias_and_norm, "lr": 1.0}]},
        "pca": np.arange(600.0).reshape(2, 300),
        "best": np.array([1.5, 2.5], np.float32),
        "names": np.array(["a", "b"], object),
        "when": datetime.datetime(2026, 1, 2),
        "colour": Colour.RED,
        "default": collections.defaultdict(list, {"a": 1}),
        "settings": Settings(a=2),
        "keys": {(1, 2): 3, None: 4, 2.5: 5, Colour.RED: 6, 2**90: 7},
        "average": Average({"weight": torch.ones(2)}),
        "image": torch.ones(3).as_subclass(Image),
        "frozen": frozenset({"x"}),
        "sparse": torch.eye(3).to_sparse(),
    }  # fmt: skip
    path = tmp_path / "file"
    torch.save(saved, path, pickle_protocol=protocol, _use_new_zipfile_serialization=is_zip)
    opened = open_file(path)
    for name in ("message_hub.log_scalars.train/loss", "names", "when", "colour", "pca", "average",
                 "optimizer.param_groups.0.weight_decay_filter", "sparse"):  # fmt: skip
        assert name in opened.unread, name
    assert "HistoryBuffer" in opened.unread["message_hub.log_scalars.train/loss"]
    assert opened.facts["hyper_parameters.data.dataset"] == "cifar100"
    assert opened.facts["args.output_dir"] == "/a/b.pth" and opened.facts["args.pure"] == "c"
    assert opened.facts["best"] == [1.5, 2.5] and opened.facts["args.lr"] == 0.1
    assert opened.facts["default.a"] == 1 and opened.facts["settings.a"] == 2
    assert opened.facts["keys.(1, 2)"] == 3 and opened.facts["keys.None"] == 4
    assert opened.facts["average.decay"] == 0.99
    read = opened.load()
    assert read["average.shadow.weight"].tolist() == [1, 1] and read["image"].tolist() == [1] * 3
    for name, tensor in saved["state_dict"].items():
        assert torch.equal(read[f"state_dict.{name}"], tensor), name
    card = card_of(opened)
    assert card.architecture == "resnet18" and card.missing == () and card.unread == opened.unread
    network_of(opened, card, with_head=False)


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_whole_pickled_module_is_read_as_its_state_dict(tmp_path, protocol):
    torch.manual_seed(0)
    model = nn.DataParallel(resnet18(num_classes=3))
    model.module.register_buffer("fleeting", torch.ones(1), persistent=False)
    torch.save({"epoch": 3, "model": model}, tmp_path / "file", pickle_protocol=protocol)
    opened = open_file(tmp_path / "file")
    assert opened.groups["model"].keys() == model.state_dict().keys()
    assert "DataParallel" in opened.unread["model"] and opened.facts["epoch"] == 3
    for name, tensor in model.state_dict().items():
        assert torch.equal(opened.load([f"model.{name}"])[f"model.{name}"], tensor), name
    card = card_of(opened)
    assert (card.architecture, card.missing) == ("resnet18", ())


def test_an_object_without_tensors_is_refused_by_its_name(tmp_path):
    torch.save(Colour.RED, tmp_path / "file")
    with pytest.raises(Refused, match=r"holds only .*Colour") as told:
        open_file(tmp_path / "file")
    assert told.value.kind == "foreign" and told.value.recipe == ""


def test_two_tensors_of_one_name_are_both_seen(tmp_path):
    torch.save({"a.b": torch.ones(1), "a": {"b": torch.zeros(1)}}, tmp_path / "file")
    opened = open_file(tmp_path / "file")
    assert opened.load()["a.b"].item() == 1
    assert opened.unread == {"a.b": "a second tensor of this name"}


def test_a_tensor_type_that_torch_has_not_costs_only_itself(tmp_path):
    from tests import hostile

    good = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    odd = {"dtype": "F4", "shape": [4], "data_offsets": [8, 10]}
    (tmp_path / "file").write_bytes(hostile.torn({"w": good, "q": odd}, bytes(10)))
    opened = open_file(tmp_path / "file")
    assert list(opened.load()) == ["w"] and "F4" in opened.unread["q"]


@pytest.mark.parametrize(
    "name",
    ["os.system", "logging.os.system", "torch.hub.load", "builtins.eval", "builtins.open",
     "torch.storage._load_from_bytes", "a.b.__globals__", "types.FunctionType", "runpy.run_path"],
)  # fmt: skip
def test_names_that_do_harm_are_known_wherever_they_are_reached_through(name):
    assert runs(name)


@pytest.mark.parametrize(
    "name",
    ["builtins.getattr", "builtins.ValueError", "mmengine.logging.history_buffer.HistoryBuffer",
     "my.eval.metrics.Accuracy", "__main__.Config", "systems.simclr.System", "torch.optim.sgd.SGD",
     "pathlib.PosixPath", "numpy.random._pickle.__randomstate_ctor", "datetime.datetime"],
)  # fmt: skip
def test_names_that_files_of_weights_hold_are_not_accused(name):
    assert not runs(name)
