"""A model of the Hub by name: told before it is fetched, by a hub that is none."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest
from torchvision.models import resnet18

from cacr_core.checkpoints import card_of, hub, open_file
from tests.test_checkpoints_page import FRAME

pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


class Hub:
    """As much of huggingface_hub as is called; it counts what is fetched."""

    def __init__(self, folder, sizes, revision="abc"):
        self.folder, self.sizes, self.revision, self.fetched = folder, sizes, revision, []

    def HfApi(self):
        return self

    def model_info(self, name, files_metadata, timeout):
        assert files_metadata and timeout
        if name != "me/net":
            raise RuntimeError("404 Not Found\nand more")
        siblings = [SimpleNamespace(rfilename=n, size=s) for n, s in self.sizes.items()]
        return SimpleNamespace(siblings=siblings, sha=self.revision)

    def hf_hub_download(self, name, file, revision):
        assert (name, revision) == ("me/net", self.revision)
        self.fetched.append(file)
        return str(self.folder / "models--me--net" / "snapshots" / revision / file)


@pytest.fixture
def fake(tmp_path, monkeypatch):
    def make(sizes, revision="abc"):
        made = Hub(tmp_path, sizes, revision)
        monkeypatch.setattr(hub, "_hub", lambda: made)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        return made

    return make


@pytest.mark.parametrize(
    ("sizes", "main", "files"),
    [
        ({"model.safetensors": 9, "pytorch_model.bin": 9, "config.json": 1, "tf_model.h5": 9},
         "model.safetensors", {"model.safetensors", "config.json"}),
        ({"pytorch_model.bin": 9, "preprocessor_config.json": 1, "README.md": 1},
         "pytorch_model.bin", {"pytorch_model.bin", "preprocessor_config.json"}),
        ({"model.safetensors.index.json": 1, "model-00001-of-00002.safetensors": 5,
          "model-00002-of-00002.safetensors": 5, "config.json": 1},
         "model.safetensors.index.json",
         {"model.safetensors.index.json", "model-00001-of-00002.safetensors",
          "model-00002-of-00002.safetensors", "config.json"}),
        ({"big.pth": 90, "small.pth": 9}, "small.pth", {"small.pth"}),
    ],
)  # fmt: skip
def test_what_would_be_fetched_is_told(fake, sizes, main, files):
    made = fake(sizes)
    offer = hub.look_up("me/net")
    assert (offer.main, set(offer.files)) == (main, files)
    assert offer.megabytes == pytest.approx(sum(sizes[f] for f in files) / 1e6)
    assert made.fetched == []
    told = []
    assert hub.fetch(offer, lambda *n: told.append(n)).name == main
    assert set(made.fetched) == files and made.fetched[-1] == main
    assert told[0][0] == 0 and told[-1][0] == told[-1][1] == sum(offer.files.values())


@pytest.mark.parametrize(
    "text",
    [
        "me/net",
        " https://a.example/me/net/tree/main ",
        "huggingface.co/me/net",
        "www.huggingface.co/me/net/",
        "hf.co/me/net/tree/main",
        "https://huggingface.co/me/net?library=transformers",
        "https://hf.co/me/net#files",
    ],
)
def test_names_and_addresses_are_read(text):
    assert hub.named(text) == "me/net"


@pytest.mark.parametrize("text", ["", "net", "../../etc/passwd", "a/..", "me/net;rm"])
def test_other_words_are_told_what_is_needed(text):
    with pytest.raises(ValueError, match="name of a model"):
        hub.named(text)


def test_what_is_not_there_is_one_sentence(fake):
    fake({"README.md": 1})
    with pytest.raises(ValueError, match="holds no weights") as told:
        hub.look_up("me/net")
    assert "\n" not in str(told.value)
    with pytest.raises(ValueError, match="404 Not Found") as told:
        hub.look_up("me/other")
    assert "\n" not in str(told.value)


def test_the_page_fetches_on_a_click_that_says_how_many_megabytes(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))
    here = tmp_path / "models--me--net" / "snapshots" / "abc"
    state = resnet18(num_classes=5).state_dict()
    at = AppTest.from_file(FRAME, default_timeout=120)
    at.switch_page("pages/checkpoints.py")
    made = fake({"model.safetensors": 46_800_000, "config.json": 20})
    at.run()
    at.text_input(key="checkpoints_hub").set_value("me/net").run()
    assert not at.exception and made.fetched == []
    button = next(b for b in at.button if b.label == "Download 46.8 MB")
    here.mkdir(parents=True)
    save_file(state, here / "model.safetensors")
    (here / "config.json").write_text("{}")
    button.click().run()
    assert not at.exception and not at.error
    assert set(made.fetched) == {"model.safetensors", "config.json"}
    assert at.session_state["checkpoints_a"] == "hub:me/net"
    assert any("resnet18" in str(said.value) for said in (*at.markdown, *at.caption))
    assert card_of(open_file(here)).architecture == "resnet18"
    assert torch.equal(open_file(here).load(["fc.bias"])["fc.bias"], state["fc.bias"])


def kept(cache, revision, name, written):
    """A file of a snapshot as the Hub's cache has it: a link to a blob."""
    blob = cache / "models--me--net" / "blobs" / f"{revision}-{name}"
    blob.parent.mkdir(parents=True, exist_ok=True)
    save_file({"fc.weight": torch.zeros(2, 3)}, blob)
    link = cache / "models--me--net" / "snapshots" / revision / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(blob)
    os.utime(link.parent, (written, written))
    return link


def test_the_main_revision_is_opened_else_what_came_last_with_weights(fake, tmp_path):
    fake({})
    assert hub.cached("me/net") is None
    old, new = (kept(tmp_path, f"r{k}", "net.pth", k) for k in (1, 2))
    (tmp_path / "models--me--net" / "snapshots" / "r3").mkdir()
    kept(tmp_path, "r4", "LICENSE", 4)
    assert hub.cached("me/net") == new.parent
    refs = tmp_path / "models--me--net" / "refs"
    refs.mkdir()
    (refs / "main").write_text("r1")
    assert hub.cached("me/net") == old.parent
    assert open_file(old.parent).path.name == "net.pth"  # which is told though it is a link
    for without in ("r3", "r4"):
        (refs / "main").write_text(without)
        assert hub.cached("me/net") == new.parent


def test_a_cache_is_looked_into_in_a_process_that_has_loaded_nothing_of_the_hub(tmp_path):
    code = "from cacr_core.checkpoints import hub; print(hub.cached('a/b'))"
    known = os.environ | {"HF_HUB_CACHE": str(tmp_path)}
    run = [sys.executable, "-c", code]
    made = subprocess.run(run, capture_output=True, text=True, env=known, cwd=Path(FRAME).parent)
    assert (made.stdout.strip(), made.returncode) == ("None", 0), made.stderr


def test_what_was_fetched_is_opened_and_no_other_revision(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))
    at = AppTest.from_file(FRAME, default_timeout=120)
    at.switch_page("pages/checkpoints.py")
    made = fake({"net.pth": 1_000_000}, "mine")
    kept(tmp_path, "mine", "net.pth", 1)
    kept(tmp_path, "other", "model.safetensors", 2)
    (tmp_path / "models--me--net" / "refs").mkdir()
    (tmp_path / "models--me--net" / "refs" / "main").write_text("other")
    at.run()
    at.text_input(key="checkpoints_hub").set_value("hf.co/me/net").run()
    next(b for b in at.button if b.label == "Download 1.0 MB").click().run()
    assert not at.exception and not at.error and made.fetched == ["net.pth"]
    assert at.session_state["checkpoints_from_hub"]["me/net"].name == "mine"
    monkeypatch.setattr(hub, "cached", None)  # nobody looks for another
    assert not at.run().exception and not at.error
