"""A run keeps encoders at some of its moments: each opens as a checkpoint, all as a time axis."""

import dataclasses
import shutil

import pytest
import torch

from cacr_core.__main__ import main
from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.alike.epochs import course_of, epoch_in, folder_of, training_in
from cacr_core.checkpoints.alike.files import File
from cacr_core.checkpoints.features import embed, image_sets, network_of
from cacr_core.runs import folder as files
from cacr_core.runs import states
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig, Training
from tests.test_checkpoints_page import page, said, shelf_folder  # noqa: F401
from tests.test_course import cache  # noqa: F401
from web.settings.fields import RUN_FIELDS

pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
CONFIG = TrainConfig(
    dataset="digits", batch_size=16, n_steps=30, snapshot_every=1, n_probes=32, embedding_dim=8,
    n_states=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf") / "one"
    files.write_bytes(folder / "config.json", CONFIG.to_json().encode())
    assert work(folder) == "finished"
    return folder


def file_at(path):
    opened = open_file(path)
    return File(opened, card_of(opened))


@pytest.mark.parametrize("host", ["batch", "queue", "predictor"])
def test_a_kept_moment_is_the_encoder_of_that_step(tmp_path, host):
    training = Training(dataclasses.replace(CONFIG, host=host, n_views=2))
    for _ in range(3):
        training.update()
    states.keep(tmp_path, training)
    one = file_at(states.state_path(tmp_path, 3))
    assert one.card.family == "CACR playground (this app)" and epoch_in(one) == 3
    assert one.card.input_size == 16  # digits' own, whatever config.json lies beside a run
    network, head = network_of(*one)
    images = image_sets("digits", n_train=2, n_test=8).test.images
    fed = {"input_size": 16, "mean": (0.5,) * 3, "std": (0.5,) * 3}
    for layer in ("features", "head"):
        ours, theirs = (
            torch.nn.functional.normalize(torch.tensor(one))
            for one in (
                embed(network, images, **fed, layer=layer, head=head),
                embed(training.encoder, images, **fed, layer=layer),
            )
        )
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_a_run_is_fed_its_own_images_with_its_configuration_beside_it(made):
    for name in ("encoder.safetensors", "states/00000000.safetensors"):
        card = file_at(made / name).card
        assert card.input_size == 16 and "beside" not in " ".join(card.doubts), name


def test_a_run_of_a_folder_is_fed_the_size_that_was_chosen(tmp_path):
    training = Training(CONFIG)
    training.config = dataclasses.replace(CONFIG, dataset="/pictures", image_size=64)
    states.keep(tmp_path, training)
    assert file_at(states.state_path(tmp_path, 0)).card.input_size == 64


def test_the_moments_of_a_run_are_a_training_and_no_other_runs_are_among_them(made, tmp_path):
    shutil.copytree(made, tmp_path / "one")
    other = Training(dataclasses.replace(CONFIG, seed=1))
    for _ in range(2):
        other.update()
    states.keep(tmp_path / "one", other)
    own = file_at(tmp_path / "one" / "states" / "00000009.safetensors")
    assert folder_of(own) == tmp_path / "one"
    training = training_in(folder_of(own), own).files
    assert [step for step, _ in training] == [0, 9, 29, 30]
    course = course_of(training, "digits")
    assert [one.epoch for one in course.moments] == [0, 9, 29, 30]
    assert course.moments[-1].cka == pytest.approx(1) and course.moments[0].cka < 0.99


def test_the_terminal_tables_and_compares_moments_of_a_run(made, capsys):
    assert main(["inspect", str(made)]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "step 29" in rows["states/00000029.safetensors"]
    assert "step 30" in rows["encoder.safetensors"]
    assert not any(name.startswith("metrics") for name in rows)
    first, last = (
        str(made / name) for name in ("states/00000000.safetensors", "encoder.safetensors")
    )
    assert main(["diff", first, last, "--dataset", "digits", "--n", "100"]) == 0
    told = capsys.readouterr().out
    assert "0 added, 0 removed" in told and "linear CKA" in told


def test_the_page_opens_a_run_at_a_moment_and_offers_the_others(made, shelf_folder):  # noqa: F811
    shutil.copytree(made, shelf_folder / "runs" / "one")
    at = page(a="run:one@9", dataset="digits")
    assert not at.error
    offered = at.selectbox(key="checkpoints_a").options
    assert [one.rpartition("(")[2] for one in offered if "the same run" in one] == [
        f"the same run at step {step})" for step in (0, 9, 29)
    ]
    assert "step 9 " in said(at)
    at = page(a="run:one", panel="course", dataset="digits")
    assert any("4 checkpoints, steps 0 to 30" in one.value for one in at.caption)
    at = page(a="run:one@../../x", dataset="digits")  # as whoever writes an address might
    assert not at.exception


def test_how_many_are_kept_is_a_setting_within_what_a_run_may_have():
    field = RUN_FIELDS["n_states"]
    assert (field.least, field.most) == (0, 64)
    for n in (-1, 65):
        with pytest.raises(ValueError, match="n_states must be from 0 to 64"):
            TrainConfig(n_states=n)
