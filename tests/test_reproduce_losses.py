"""Other losses under a recipe's schedule: the baselines of the papers' tables."""

import math

import pytest
import torch

from cacr_core.__main__ import main
from cacr_core.losses import LOSSES, make_loss, needs_labels
from cacr_core.pairs import pair_views
from cacr_core.papers.reproduce import estimate
from cacr_core.papers.reproduce.change import changes, labels_note
from cacr_core.papers.reproduce.images import load_parts
from cacr_core.papers.reproduce.pretraining import Pretraining, first_encoder
from cacr_core.training import draws
from cacr_core.views import make_view
from tests.test_reproduce import CPU, tiny


@pytest.fixture(scope="module")
def parts():
    return load_parts(tiny())


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "typed"])
def test_any_loss_is_trained_under_a_recipes_schedule_and_is_said_to_be_another(loss, parts):
    recipe = tiny("sscl-cifar10", loss=make_loss(loss), batch_size=24)
    same = loss == "sscl"
    assert (recipe.n_synthetic, recipe.n_views, recipe.lr) == (8 if same else 0, 2, 0.1)
    said = "\n".join(changes(recipe))
    assert (f"loss: {loss} (" in said and "published sscl (temperature 0.5" in said) is not same
    assert bool(labels_note(recipe)) is needs_labels(make_loss(loss))
    pretraining = Pretraining(recipe, parts.pretrain, CPU, "float32")
    step, index = next(pretraining.batches())
    values = [pretraining.update(step, index) for _ in range(6)]
    assert all(map(math.isfinite, values))
    assert values[-1] != values[0]


def test_what_a_loss_would_learn_is_refused_as_the_encoder_alone_is_trained():
    assert tiny(loss=make_loss("siglip")).loss.learned is False
    with pytest.raises(ValueError, match=r"trains the encoder alone.*leave its --learned out"):
        tiny(loss=make_loss("siglip", learned=True))


def test_a_loss_of_ones_own_is_the_recipes_with_another_formula(parts):
    recipe = tiny(loss=make_loss("infonce", temperature=0.2), n_views=3)
    assert (recipe.negatives, recipe.n_views, recipe.lr) == ("all_views", 3, tiny().lr)
    pretraining = Pretraining(recipe, parts.pretrain, CPU, "float32")
    step, index = next(pretraining.batches())
    first = first_encoder(recipe).train()
    views = [
        make_view(parts.pretrain.images[index], recipe.view, draws(recipe.seed, f"view-{v}", step))
        for v in range(3)
    ]
    z = torch.stack([first(v.contiguous(memory_format=torch.channels_last))[1] for v in views])
    expected = make_loss("infonce", temperature=0.2)(pair_views(z)).total.item()
    assert pretraining.update(step, index) == pytest.approx(expected, abs=1e-6)


def test_the_terminal_takes_a_loss_and_its_settings_and_refuses_what_does_not_fit(
    capsys, tmp_path, monkeypatch
):
    monkeypatch.setattr(estimate, "MOST_SECONDS", 0)  # how long it takes is not the question
    command = ["reproduce", "sscl-cifar10", "--dry-run", "--dataset", "digits"]
    command += ["--out", str(tmp_path / "out"), "--batch-size", "40"]
    assert main([*command, "--loss", "infonce", "--temperature", "0.2"]) == 0
    assert "loss: infonce (temperature 0.2" in capsys.readouterr().out
    assert main([*command, "--class-prior", "0"]) == 0
    assert "loss.class_prior: 0, published 0.1" in capsys.readouterr().out
    assert main([*command, "--n-synthetic", "0"]) == 0
    printed = capsys.readouterr().out
    assert "n_synthetic: 0, published 8" in printed and "pool_size: 0, published 32" in printed
    assert main([*command, "--loss", "supcon"]) == 0
    assert "Labels enter this loss" in capsys.readouterr().out
    for wrong, sentence in (
        (["--loss", "simclr"], "loss must be one of"),
        (["--t-neg", "1"], "sscl has no setting t_neg"),
        (["--temperature", "warm"], "temperature must be a number, got 'warm'"),
        (["--loss", "infonce", "--n-synthetic", "8"], "mixes negatives of a hard pool"),
        (["--n-views", "1"], "--n-views must be 2 or more, got 1"),
        (["--loss", "siglip", "--learned", "true"], "siglip asks for scale and bias to be learned"),
    ):
        assert main([*command, *wrong]) == 2
        assert sentence in capsys.readouterr().err
