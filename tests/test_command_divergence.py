"""Trainings that diverge or are stopped: what commands say of them, and the code they end with."""

import pytest

from cacr_core import training
from cacr_core.__main__ import main
from cacr_core.commands import terminal
from cacr_core.losses import CACR
from cacr_core.papers import work as working
from cacr_core.papers.reproduce.pretraining import Pretraining
from cacr_core.training import Training

REPRODUCE = """reproduce cacr-cifar10 --dataset digits --backbone small --n-train 64 --batch-size 16
--epochs 2 --eval-epochs 1 --beta 1e38 --device cpu --out""".split()


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_settings_that_diverge_at_once_are_said_and_no_state_is_said_to_be_kept(
    more, tmp_path, capsys
):
    out = tmp_path / "out"
    assert main([*REPRODUCE, str(out), *more]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "in epoch 1 of pretraining" in said
    assert "kept" not in said and "beta=1e+38" in said
    assert not out.exists()


def test_from_the_second_epoch_on_the_state_that_is_kept_is_told(monkeypatch):
    from cacr_core.papers.reproduce import changed_recipe
    from cacr_core.papers.reproduce.images import load_parts

    recipe = changed_recipe(
        "cacr-cifar10", dataset="digits", backbone="small", n_train=64, batch_size=16, epochs=2,
        eval_epochs=1, loss=CACR(beta=1e38),
    )  # fmt: skip
    made = Pretraining(recipe, load_parts(recipe)[0], training.choose_device("cpu"))
    made.losses = [1.0]
    with pytest.raises(
        FloatingPointError, match=r"epoch 2 .* The state after the last whole epoch"
    ):
        made.update(*next(made.batches()))


def diverges(*_: object) -> None:
    raise FloatingPointError("The loss is nan at step 0.")


@pytest.mark.parametrize("words", [["weights"], ["embeddings"], ["beta", "--dry-run"]])
def test_a_figure_whose_training_diverges_is_one_sentence(words, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Training, "update", diverges)
    asked = [
        "papers",
        *words,
        "--dataset",
        "digits",
        "--n-steps",
        "3",
        "--out",
        str(tmp_path / "x"),
    ]
    assert main(asked) == 2
    assert capsys.readouterr().err == "The loss is nan at step 0.\n"
    assert not (tmp_path / "x").exists()


def test_a_plan_that_is_stopped_ends_as_an_interrupt_does_and_says_what_is_left(
    tmp_path, monkeypatch, capsys
):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(working, "work", stopped)
    monkeypatch.setattr(working, "told", lambda *_, **__: "one training is left")
    words = ["papers", "beta", "--dataset", "digits", "--n-steps", "3", "--out", str(tmp_path)]
    assert main(words) == terminal.STOPPED == 130
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == "Stopped. What was done is kept; the same command goes on."
