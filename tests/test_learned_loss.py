import dataclasses
import math

import pytest
import torch

from cacr_core.losses import LOSSES, SigLIP, make_loss
from cacr_core.pairs import pair_views
from cacr_core.runs import folder as files
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig, Training
from cacr_core.training.learned import LearnedLoss
from tests import reference_losses as reference
from tests.test_losses import relative_error
from tests.test_more_losses import unit_leaves
from web.live.answers import query
from web.live.answers.question import understand
from web.live.describe import lenses, own_lens
from web.live.readings import read_all
from web.settings import board

CONFIG = TrainConfig(
    loss=SigLIP(8.0, -5.0, learned=True), dataset="shapes", batch_size=16,
    n_probes=16, n_steps=4, snapshot_every=2, lr=0.05,
)  # fmt: skip


def numbers(training):
    return dict(zip(training.loss.names, training.loss.now().tolist(), strict=True))


@pytest.mark.parametrize("n_views", [2, 3])
@pytest.mark.parametrize(("scale", "bias"), [(10.0, -10.0), (3.0, 0.5)])
def test_value_and_gradients_of_temperature_and_bias_are_the_papers(scale, bias, n_views):
    raw, z = unit_leaves(n_views)
    learned = LearnedLoss(SigLIP(scale, bias, learned=True)).double()
    with torch.no_grad():
        learned.values.copy_(torch.tensor([math.log(scale), bias], dtype=torch.float64))
    ours = learned(pair_views(z)).total
    our_grads = torch.autograd.grad(ours, [raw, learned.values], retain_graph=True)

    log_t, b = (torch.tensor(v, dtype=torch.float64) for v in (math.log(scale), bias))
    leaves = [raw, log_t.requires_grad_(), b.requires_grad_()]
    theirs = reference.siglip(z, torch.exp(log_t), b)
    of_z, of_t, of_b = torch.autograd.grad(theirs, leaves)

    assert abs(ours - theirs).item() < 1e-10 * abs(theirs).item()
    assert relative_error(our_grads[0], of_z) < 1e-10
    assert relative_error(our_grads[1], torch.stack([of_t, of_b])) < 1e-10
    assert min(of_z.norm(), of_t.abs(), of_b.abs()) > 1e-4


def test_the_optimizer_moves_both_and_the_decay_of_weights_does_not():
    begin = {"scale": pytest.approx(math.log(8.0)), "bias": -5.0}
    found = []
    for weight_decay in (0.0, 0.5):
        training = Training(dataclasses.replace(CONFIG, weight_decay=weight_decay))
        assert numbers(training) == begin
        training.update()
        found.append(numbers(training))
    assert found[0] == found[1]
    assert all(abs(found[0][name] - first) > 1e-4 for name, first in
               (("scale", math.log(8.0)), ("bias", -5.0)))  # fmt: skip


def test_the_first_step_goes_against_the_gradient():
    training = Training(CONFIG)
    before = training.loss.now()
    training.update()
    gradient = training.loss.values.grad
    assert (gradient.sign() == (before - training.loss.now()).sign()).all()


def test_other_losses_learn_nothing_and_have_no_parameter():
    training = Training(dataclasses.replace(CONFIG, loss=SigLIP(8.0, -5.0)))
    assert training.loss.learned() == [] and len(training.optimizer.param_groups) == 1
    training.update()
    assert not [name for name in training.state() if name.startswith("loss.")]
    assert not [name for name in training.snapshot().metrics if name.startswith("learned_")]
    assert [n for n in LOSSES if LearnedLoss(make_loss(n)).names] == []


def test_what_was_learned_is_saved_and_gone_on_with_to_the_bit():
    through, first = Training(CONFIG), Training(CONFIG)
    for _ in range(2):
        through.update()
        first.update()
    again = Training(CONFIG)
    again.load_state(first.state())
    assert numbers(again) == numbers(first) != numbers(Training(CONFIG))
    for one in (through, again):
        one.update()
    assert numbers(through) == numbers(again)
    assert through.snapshot().metrics["learned_scale"] == again.snapshot().metrics["learned_scale"]


def test_a_state_without_what_was_learned_is_refused():
    fixed = Training(dataclasses.replace(CONFIG, loss=SigLIP(8.0, -5.0)))
    with pytest.raises(ValueError, match=r"does not fit.*both learned"):
        Training(CONFIG).load_state(fixed.state())


def test_the_number_of_guessing_is_of_the_loss_that_made_the_record():
    training = Training(CONFIG)
    training.update()
    then = training.loss.settled(training.loss.now())
    training.update()
    far = 2 * (CONFIG.batch_size - 1)
    x = then.bias  # unrelated images have similarity 0
    expected = math.log1p(math.exp(-x)) + far * math.log1p(math.exp(x))
    assert training.snapshot().metrics["loss_guess"] == pytest.approx(expected, rel=1e-6)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs") / "one"
    files.write_bytes(place / "config.json", CONFIG.to_json().encode())
    assert work(place) == "finished"
    return place


def test_a_query_is_seen_through_the_loss_as_it_had_been_learned(run):
    for row in files.read_metrics(run):
        asked = {"step": int(row["step"]), "probe": 3, "view": 0}
        question = understand(asked, run)
        assert (question.loss.scale, question.loss.bias) == (
            row["learned_scale"], row["learned_bias"],
        )  # fmt: skip
        assert not question.is_lens
    answer = query(question, None)
    assert answer["loss"]["text"].endswith("both learned")
    assert f"{row['learned_scale']:g}" in answer["loss"]["text"]
    fixed = {"name": "siglip", "scale": 8.0, "bias": -5.0}
    assert understand(asked | {"lens": fixed}, run).is_lens


def test_the_live_page_shows_both_by_the_words_of_their_settings(run):
    rows = files.read_metrics(run)
    config = files.read_json(run / "config.json")
    about = {
        "dim": config["embedding_dim"], "n_views": 2, "n_classes": 10, "n_held_out": 100,
        "images_per_step": 32, "n_probes": 16, "device": "cpu", "loss": config["loss"],
    }  # fmt: skip
    found = {one.key: one for one in read_all(rows, about)}
    scale, bias = found["learned_scale"], found["learned_bias"]
    assert (scale.title, bias.title) == ("Scale of similarities, t", "Bias, b")
    assert scale.value == rows[-1]["learned_scale"] != rows[0]["learned_scale"]
    assert bias.sentence == "Learned with the encoder; it began at −5."
    assert not [key for key in found if key.startswith("learned") and key not in
                ("learned_scale", "learned_bias")]  # fmt: skip


def test_a_lens_and_a_board_have_no_switch_for_it_and_its_value_does_not_depend_on_it(run):
    own = own_lens(files.read_json(run / "config.json"))
    (offered,) = [one for one in lenses(own) if one["name"] == "siglip"]
    assert [field["name"] for field in offered["fields"]][:2] == ["scale", "bias"]
    assert "learned" not in [field["name"] for field in offered["fields"]]
    alike = [board.full_lens("siglip", learned=on) for on in (False, True)]
    assert board.by_value(alike[0]) == board.by_value(alike[1])
