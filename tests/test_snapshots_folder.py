"""A folder of a model in the Hub's cache is one by its form, not by a sub-folder's name."""

import torch

from cacr_core.checkpoints.folders import main_file


def written(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"w": torch.zeros(2)}, path)
    return path


def test_a_run_with_snapshots_of_its_own_keeps_its_own_file(tmp_path):
    own = written(tmp_path / "run" / "model.pth")
    (tmp_path / "run" / "snapshots" / "logs").mkdir(parents=True)
    assert main_file(tmp_path / "run") == own
    alone = written(tmp_path / "other" / "snapshots" / "best.pth")
    (tmp_path / "other" / "snapshots" / "logs").mkdir()
    assert main_file(tmp_path / "other") == alone


def test_of_a_cached_model_the_revision_that_holds_weights_is_taken(tmp_path):
    model = tmp_path / "models--me--net"
    weights = written(model / "snapshots" / "aaa" / "pytorch_model.bin")
    (model / "snapshots" / "bbb").mkdir()
    (model / "snapshots" / "bbb" / "config.json").write_text("{}")
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("bbb")
    assert main_file(model) == weights
