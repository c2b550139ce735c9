"""A reproduction by several processes is the one of a single process."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from cacr_core.models import make_encoder
from cacr_core.papers.reproduce import changed_recipe, reproduce
from cacr_core.papers.reproduce.pretraining import Pretraining
from cacr_core.papers.reproduce.ranks import Ranks, own_device, started_with
from cacr_core.training import draws
from cacr_core.views import make_view, recipe_for

ROOT = Path(__file__).parents[1]
CPU = torch.device("cpu")
SMALL = {"dataset": "digits", "n_train": 70, "batch_size": 21, "epochs": 2, "eval_epochs": 2}

ONE_UPDATE = """
    import sys, torch, torch.distributed as dist
    # all in float64, where a difference of rounding is no difference of method
    single = torch.Tensor.float
    torch.Tensor.float = lambda x: x.double() if x.is_floating_point() else single(x)
    from cacr_core.papers.reproduce import changed_recipe, pretraining
    from cacr_core.papers.reproduce.images import load_parts
    from cacr_core.papers.reproduce.ranks import started_with

    view = pretraining.make_view
    pretraining.make_view = lambda *given: view(*given).double()
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    ranks = started_with()
    found = {}
    for name, backbone in (("cacr-cifar10", "smallalexnet"), ("sscl-cifar10", "small")):
        recipe = changed_recipe(name, backbone=backbone, **SMALL)
        images, cpu = load_parts(recipe).pretrain, torch.device("cpu")
        for kind, given in (("one", ()), ("all", (ranks,))):
            made = pretraining.Pretraining(recipe, images, cpu, "float32", *given)
            made.encoder.double()
            step, index = next(made.batches())
            found[f"{name} {kind} value"] = torch.tensor(made.update(step, index)).double()
            for at, parameter in made.encoder.named_parameters():
                found[f"{name} {kind} gradient {at}"] = parameter.grad
            for at, value in made.encoder.state_dict().items():
                found[f"{name} {kind} state {at}"] = value
    torch.save(found, f"{sys.argv[1]}-{ranks.rank}.pt")
    dist.destroy_process_group()
"""


def torchrun(*command, processes=2):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    run = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    done = subprocess.run(
        [*run, "--nproc-per-node", str(processes), *command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_loss_gradient_and_weights_of_two_processes_are_those_of_one_with_the_whole_batch(tmp_path):
    script = tmp_path / "update.py"
    script.write_text(f"SMALL = {SMALL!r}\n" + textwrap.dedent(ONE_UPDATE))
    torchrun(str(script), str(tmp_path / "found"))
    for rank in range(2):
        found = torch.load(tmp_path / f"found-{rank}.pt", weights_only=True)
        together = {key: value for key, value in found.items() if " all " in key}
        assert sum("gradient" in key for key in together) > 20
        for key, value in together.items():
            alone = found[key.replace(" all ", " one ")]
            torch.testing.assert_close(value, alone, atol=1e-10, rtol=1e-10, msg=f"{rank} {key}")
            if "gradient" in key and "bias" not in key:
                assert value.abs().max() > 1e-8, key


def test_the_launcher_goes_on_from_one_process_and_ends_as_it_does(tmp_path, monkeypatch):
    recipe = changed_recipe("cacr-cifar10", backbone="small", **SMALL)
    how = {"precision": "float32", "say": lambda line: None}  # whatever the machine's is
    alone = reproduce(recipe, tmp_path / "alone", CPU, **how)
    whole = Pretraining.update

    def update(self, step, index):
        if self.epoch == 1:
            raise KeyboardInterrupt
        return whole(self, step, index)

    monkeypatch.setattr(Pretraining, "update", update)
    with pytest.raises(KeyboardInterrupt):
        reproduce(recipe, tmp_path / "both", CPU, **how)
    options = {"dataset": "digits", "n-train": 70, "batch-size": 21, "epochs": 2, "eval-epochs": 2}
    printed = torchrun(
        *("-m", "cacr_core", "reproduce", "cacr-cifar10", "--backbone", "small"),
        *(word for key, value in options.items() for word in (f"--{key}", str(value))),
        *("--device", "cpu", "--precision", "float32", "--out", str(tmp_path / "both")),
    )
    assert printed.count("pretraining 2 of 2") == 1
    assert "pretraining 1 of 2" not in printed
    found = json.loads((tmp_path / "both" / "results.json").read_text())
    assert (found["processes"], alone["processes"]) == (2, 1)
    assert found["losses"] == pytest.approx(alone["losses"], abs=1e-5)  # of terms near 1
    assert found["accuracies"] == pytest.approx(alone["accuracies"], abs=0.02)
    one, two = (load_file(tmp_path / of / "encoder.safetensors") for of in ("alone", "both"))
    for key, value in one.items():
        torch.testing.assert_close(two[key], value, atol=1e-3, rtol=1e-3, msg=key)


@pytest.mark.parametrize("world", [1, 2, 3, 8])
def test_each_row_of_a_batch_is_in_one_part_with_the_view_it_has_in_the_whole(world):
    recipe = recipe_for("shapes")
    images = torch.randint(0, 256, (7, 3, 32, 32), dtype=torch.uint8)
    whole = make_view(images, recipe, draws(0, "view-0", 5))
    parts = [Ranks(rank, world).part(7) for rank in range(world)]
    views = [make_view(images[part.rows], recipe, draws(0, "view-0", 5), part) for part in parts]
    assert torch.equal(torch.cat(views), whole)
    assert max(len(view) for view in views) - min(len(view) for view in views) <= 1


def test_a_batch_normalisation_that_would_see_its_part_only_is_refused():
    encoder = make_encoder("small")
    Ranks(0, 2).synchronise(encoder)
    encoder.backbone.append(nn.BatchNorm1d(128))
    with pytest.raises(TypeError, match="BatchNorm1d is not normalised over processes"):
        Ranks(0, 2).synchronise(encoder)


def test_each_process_of_a_machine_has_a_card_of_its_own(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    cuda, said = torch.device("cuda"), {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1"}
    assert own_device(cuda, said) == torch.device("cuda", 1)
    assert own_device(cuda, {}) == cuda
    assert own_device(CPU, said) == CPU
    with pytest.raises(ValueError, match=r"machine has 2\. Start torchrun with --nproc"):
        own_device(cuda, said | {"LOCAL_RANK": "2"})
    assert started_with(said) == Ranks(3, 4)
