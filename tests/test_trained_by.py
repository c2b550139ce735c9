"""Features are seen first under the loss that trained them, where a file or its code base says."""

import pytest
import torch

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.families import FAMILIES
from cacr_core.checkpoints.frozen import folder_of, freeze_checkpoint
from cacr_core.checkpoints.trained_by import OF_FAMILY, trained_by
from cacr_core.losses import CACR, SSCL, InfoNCE
from cacr_core.pairs import pair_views
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import ROOT
from cacr_core.training import TrainConfig
from tests.layouts import write
from tests.layouts_of_families import LAYOUTS
from web.live.describe import about_run
from web.live.frozen_readings import read_frozen

SHIPPED = ROOT / "checkpoints" / "encoders"


def of(path):
    opened = open_file(path)
    return trained_by(opened, card_of(opened))


def of_layout(path, name, **more):
    write(path, LAYOUTS[name])
    if more:
        torch.save(torch.load(path) | more, path)
    return of(path)


def test_encoders_that_ship_say_their_loss_and_the_untrained_ones_none():
    found = {path.stem: of(path) for path in SHIPPED.glob("*.safetensors")}
    losses = {"cacr": CACR(1.0, 2.0), "sscl": SSCL(), "infonce": InfoNCE(), "untrained": None}
    assert len(found) == 8
    for name, one in found.items():
        assert (one and one.loss) == losses[name.partition("-")[0]], name
        assert one is None or one.says == "the file says"


def test_code_bases_have_their_loss_and_its_temperature_or_that_of_the_file(tmp_path):
    path = tmp_path / "net.pth"
    plain = of_layout(path, "simclr, sthalles")
    assert plain == (InfoNCE(0.07), "SimCLR (sthalles) has it")
    assert of_layout(path, "simclr, sthalles", args={"temperature": 0.3}).loss == InfoNCE(0.3)
    assert of_layout(path, "simclr, sthalles", args={"temperature": -1.0}).loss == InfoNCE(0.07)
    assert of_layout(path, "sthalles's byol") is None
    assert "CMC" not in OF_FAMILY  # noise-contrastive estimation
    assert {one.name for one in FAMILIES} >= OF_FAMILY.keys()


def test_another_family_by_hand_is_another_question():
    opened = open_file(SHIPPED / "cacr-digits.safetensors")
    asked = {"dataset": "digits", "n_probes": 64}
    one, other = card_of(opened), card_of(opened, family="MoCo v1")
    assert folder_of(opened, one, **asked) != folder_of(opened, other, **asked)


@pytest.mark.parametrize(
    ("said", "loss"),
    [
        ({"name": "infonce", "temperature": 0.2}, InfoNCE(0.2)),
        ({"name": "no-such-loss"}, None),
        ({"name": "infonce", "sharpness": 3.0}, None),
        ({"name": "supcon"}, None),  # is told labels
    ],
)
def test_a_file_of_this_app_has_its_own_settings_if_they_are_of_a_loss(said, loss, monkeypatch):
    facts = {f"config.loss.{key}": value for key, value in said.items()}
    monkeypatch.setattr("cacr_core.checkpoints.trained_by.facts_of", lambda opened: facts)
    found = of(SHIPPED / "cacr-digits.safetensors")
    assert (found and found.loss) == loss


@pytest.mark.parametrize(
    ("name", "said"), [("sscl", "as the file says."), ("untrained", "another")]
)
def test_its_features_are_measured_under_it_and_the_page_says_so(name, said, tmp_path):
    opened = open_file(SHIPPED / f"{name}-digits.safetensors")
    few = {"dataset": "digits", "n_probes": 64, "n_bank": 60, "n_held_out": 40}
    folder = freeze_checkpoint(opened, card_of(opened), tmp_path / "still", **few)
    config = TrainConfig.from_json((folder / "config.json").read_text())
    assert config.loss == (SSCL() if name == "sscl" else CACR())
    (still,) = files.read_snapshots(folder)
    z = torch.from_numpy(still.embeddings)[: config.n_views, : config.batch_size]
    value = float(config.loss(pair_views(z, config.negatives)).total)
    assert still.metrics["loss"] == pytest.approx(value, rel=1e-4)
    readings = {one.key: one for one in read_frozen(files.read_metrics(folder), about_run(folder))}
    assert said in readings["loss"].sentence
    told = "debiasing counts in it" if name == "sscl" else "How near different images are"
    assert told in readings["repulsion"].sentence
    assert readings["attraction"].sentence.startswith("How far apart views")
