"""What the page offers of a file can be made, and images that cannot be read are a sentence."""

import pytest
import torch

from tests.layouts import tensors, vit
from tests.test_checkpoints_page import page, shelf_folder

__all__ = ["shelf_folder"]
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture
def mine(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.setenv("CACR_FOLDERS", str(folder))
    return folder


def of_dino(dim=64):
    """A teacher whose last layer is normed by its weights, as DINO's own checkpoints have it."""
    names = {f"backbone.{k}": s for k, s in vit(dim, 2, size=32).items()}
    names |= {"head.mlp.0.weight": (32, dim), "head.mlp.0.bias": (32,)}
    names |= {"head.mlp.2.weight": (16, 32), "head.mlp.2.bias": (16,)}
    names |= {"head.last_layer.weight_g": (50, 1), "head.last_layer.weight_v": (50, 16)}
    return {"teacher": tensors(names), "epoch": 3}


def test_a_head_that_cannot_be_built_is_not_offered(mine):
    torch.save(of_dino(), mine / "dino.pth")
    at = page(a="folder:0:dino.pth", dataset="digits", n_probes="32")
    (layer,) = [one for one in at.selectbox if one.label == "Features"]
    assert layer.options == ["before the head"]
    next(b for b in at.button if b.label == "Show its features").click().run()
    assert not at.exception and not at.error
    at = page(
        panel="two", a="shipped:cacr-digits", b="folder:0:dino.pth", dataset="digits",
        layer_two="head", n_probes="32",
    )  # fmt: skip
    next(b for b in at.button if b.label == "Compare their features").click().run()
    assert not at.exception and not at.error
    assert any("no head that can be built" in one.value for one in at.info)


def test_attention_on_images_that_cannot_be_read_is_a_sentence(mine, tmp_path, monkeypatch):
    torch.save(tensors(vit(64, 2, size=32)), mine / "vit.pth")
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("CACR_FOLDERS", f"{mine}:{tmp_path / 'none'}")
    at = page(a="folder:0:vit.pth", dataset=str(tmp_path / "none"))
    at.segmented_control(key="checkpoints_beside_invitation").set_value("Attention").run()
    assert not at.exception
    assert any("image" in one.value for one in at.info)
