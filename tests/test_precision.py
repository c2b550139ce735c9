import dataclasses
import json

import numpy as np
import pytest
import torch
from PIL import Image

from cacr_core import metrics, views
from cacr_core.losses import LOSSES, needs_labels
from cacr_core.models import BACKBONES
from cacr_core.runs import folder as files
from cacr_core.runs import seeds
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.launch import write_config
from cacr_core.runs.repeats import repeat_rows
from cacr_core.runs.worker import work
from cacr_core.training import HOSTS, PRECISIONS, TrainConfig, Training, choose_precision, train
from cacr_core.training.inside import look_inside
from cacr_core.training.scaling import LossScale
from web.compare.repeats import read_seeds
from web.live.describe import device_text

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
TINY = TrainConfig(
    dataset="digits",
    batch_size=12,
    n_steps=3,
    snapshot_every=3,
    n_probes=16,
    embedding_dim=8,
    pool_size=4,
    queue_size=20,
    precision="bfloat16",
)
MIXED = {"sscl": 2}  # synthetic negatives where the loss is made for them
SWEEP = [
    (name, host, "small")
    for name in LOSSES
    for host in HOSTS
    if host != "predictor" or name == "cacr"  # it is a form of CACR
    if host == "batch" or not needs_labels(LOSSES[name])  # of a queue no class is known
]
SWEEP += [
    ("infonce", "batch", "quick"),
    ("cacr", "batch", "smallalexnet"),
    ("sscl", "batch", "resnet18"),
]  # as in the papers
LARGE = ("smallalexnet", "resnet18")


def tiny(**changes):
    return dataclasses.replace(TINY, **changes)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of 48 small images in 4 classes: few enough to score with a large network."""
    folder = tmp_path_factory.mktemp("pictures")
    pixels = np.random.default_rng(0).integers(0, 256, (48, 16, 16, 3), np.uint8)
    for i, image in enumerate(pixels):
        path = folder / f"class-{i % 4}" / f"{i}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(path)
    return str(folder)


@pytest.mark.parametrize(("name", "host", "backbone"), SWEEP, ids=map("-".join, SWEEP))
def test_worker_generator_and_repeats_train_alike_in_bfloat16(
    name, host, backbone, pictures, tmp_path
):
    config = tiny(
        dataset=pictures,
        loss=LOSSES[name](),
        host=host,
        backbone=backbone,
        n_synthetic=MIXED.get(name, 0),
        **({"batch_size": 6, "n_views": 2, "n_steps": 1} if backbone in LARGE else {}),
    )
    other = dataclasses.replace(config, lr=0.5 * config.lr)
    yielded = list(train(config))
    assert [s.step for s in yielded] == list(range(config.n_steps + 1))

    write_config(config, tmp_path / "run")
    assert work(tmp_path / "run") == "finished"
    assert files.read_json(tmp_path / "run" / "run.json")["precision"] == "bfloat16"
    for ours, theirs in zip(yielded, files.read_metrics(tmp_path / "run"), strict=True):
        assert {k: v for k, v in theirs.items() if k not in ("step", "seconds")} == ours.metrics
        stored, _ = files.read_arrays(tmp_path / "run", ours.step)
        np.testing.assert_allclose(stored, ours.embeddings, atol=2e-3)

    both = Comparison((Entry("one", config), Entry("half", other)))
    repeat_rows(both, [config.seed], tmp_path / "seeds.jsonl")
    first = json.loads((tmp_path / "seeds.jsonl").read_text().splitlines()[0])
    assert (first["device"], first["precision"]) == (str(Training(config).device), "bfloat16")
    for key in ("knn_features", "knn_embeddings"):
        assert first[key] == yielded[-1].metrics[key]


def test_bfloat16_differs_from_float32_in_the_layers_and_nowhere_else():
    ours, theirs = Training(tiny()), Training(tiny(precision="float32"))
    for training in (ours, theirs):
        for _ in range(3):
            training.update()
    assert ours.proof.views == theirs.proof.views
    assert ours.proof.order == theirs.proof.order
    assert ours._record.total.dtype == torch.float32
    assert not np.array_equal(ours.snapshot().embeddings, theirs.snapshot().embeddings)
    theirs.encoder.load_state_dict(ours.encoder.state_dict())
    assert np.array_equal(ours.snapshot().embeddings, theirs.snapshot().embeddings)


def test_views_are_the_same_float32_whoever_asks_first_and_where():
    plain = Training(tiny(precision="float32"))
    for precision in (torch.bfloat16, torch.float16):
        lazy = Training(tiny(precision="float32"))
        with torch.autocast("cpu", precision):
            seen = lazy.source.view(5, 0)
        assert seen.dtype == torch.float32
        assert torch.equal(seen, plain.source.view(5, 0))


def test_the_sweep_leaves_no_backbone_out():
    assert {backbone for *_, backbone in SWEEP} == set(BACKBONES)


@pytest.mark.parametrize("name", sorted(views.VIEW_RECIPES))
def test_every_recipe_is_deaf_to_autocast(name):
    recipe = dataclasses.replace(views.VIEW_RECIPES[name], blur=0.5)
    images = torch.randint(0, 256, (6, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    images = images.to(torch.uint8)

    def made():
        return views.make_view(images, recipe, torch.Generator().manual_seed(1))

    with torch.autocast("cpu", torch.bfloat16):
        inside = made(), views.plain_view(images, recipe)
    assert torch.equal(inside[0], made())
    assert torch.equal(inside[1], views.plain_view(images, recipe))


def test_every_measure_is_deaf_to_autocast():
    z = torch.nn.functional.normalize(
        torch.randn(2, 40, 8, generator=torch.Generator().manual_seed(0)), dim=-1
    )
    labels = torch.arange(40) % 5

    def measured():
        return [
            metrics.alignment(z),
            metrics.uniformity(z[0]),
            metrics.effective_rank(z[0]),
            metrics.knn_accuracy(z[0], labels, z[1], labels),
            metrics.effective_number(z[0].abs() / z[0].abs().sum(1, keepdim=True)).tolist(),
        ]

    with torch.autocast("cpu", torch.bfloat16):
        inside = measured()
    assert inside == measured()


def test_auto_is_float32_but_on_cuda_that_has_bfloat16_in_hardware(monkeypatch):
    monkeypatch.delenv("CACR_PRECISION", raising=False)
    for in_hardware, chosen in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(
            torch.cuda,
            "is_bf16_supported",
            lambda including_emulation=True, has=in_hardware: including_emulation or has,
        )
        assert choose_precision("auto", CUDA) == chosen
    assert choose_precision("auto", CPU) == torch.float32
    assert choose_precision("auto", torch.device("mps")) == torch.float32


def test_the_environment_decides_what_auto_means_and_nothing_else(monkeypatch):
    monkeypatch.setenv("CACR_PRECISION", "bfloat16")
    assert choose_precision("auto", CPU) == torch.bfloat16
    assert choose_precision("float32", CPU) == torch.float32
    monkeypatch.setenv("CACR_PRECISION", "half")
    with pytest.raises(ValueError, match=r"CACR_PRECISION must be one of .*'half'"):
        choose_precision("auto", CPU)
    with pytest.raises(ValueError, match="precision must be one of"):
        tiny(precision="half")
    assert set(PRECISIONS) == {"auto", "float32", "bfloat16", "float16"}


def test_float16_trains_with_a_scale_that_is_saved_and_shrinks_on_overflow():
    training = Training(tiny(precision="float16", n_steps=8))
    before = training.encoder.state_dict()["backbone.0.weight"].clone()
    training.update()
    assert not torch.equal(before, training.encoder.state_dict()["backbone.0.weight"])
    assert training.snapshot().metrics["gradient_norm"] > 0

    training.scale.scale = 2.0**60
    before = training.encoder.state_dict()["backbone.0.weight"].clone()
    training.update()
    assert torch.equal(before, training.encoder.state_dict()["backbone.0.weight"])
    assert training.scale.scale == 2.0**59
    assert "gradient_norm" not in training.snapshot().metrics

    training.scale.scale = 2.0**60
    with pytest.raises(ValueError, match=r"skipped: in float16 its gradient overflowed"):
        look_inside(training)
    training.scale.scale = 2.0**59

    resumed = Training(tiny(precision="float16", n_steps=8))
    resumed.load_state(training.state())
    assert (resumed.step, resumed.scale.scale) == (3, 2.0**59)


def test_the_scale_of_a_loss_moves_as_torchs_own_does():
    ours = LossScale(True)
    torchs = torch.amp.GradScaler("cpu", init_scale=2.0**12, growth_interval=200)
    assert torchs.scale(torch.ones(())) == ours.put_in(torch.ones(()))
    for overflows in [*[False] * 201, True, *[False] * 150, True, True, *[False] * 450]:
        found = {CPU: torch.tensor(float(overflows))}
        torchs._per_optimizer_states[0]["found_inf_per_device"] = found
        torchs.update()
        ours.follow(overflows)
        assert ours.scale == torchs.get_scale()
    resumed = LossScale(True)
    resumed.load_state(ours.state())
    assert (resumed.scale, resumed.n_good) == (ours.scale, 50)


def test_a_run_resumed_in_another_precision_says_so(tmp_path):
    folder = tmp_path / "run"
    write_config(tiny(n_steps=6), folder)

    def stop_at_two(training):
        if training.step == 2:
            files.request_stop(folder)

    assert work(folder, on_update=stop_at_two) == "stopped"
    assert device_text(files.read_json(folder / "run.json")).endswith("cores), bfloat16")
    write_config(tiny(n_steps=6, precision="float32"), folder)
    files.request(folder, wanted="run")
    (folder / "end.json").unlink()
    assert work(folder) == "finished"
    run = files.read_json(folder / "run.json")
    assert [(s["step"], s["precision"]) for s in run["stretches"]] == [
        (0, "bfloat16"),
        (2, "float32"),
    ]
    assert device_text(run).endswith("cores), float32; cpu, bfloat16 up to step 2")


def test_rows_of_another_precision_are_trained_again_and_not_pooled(tmp_path):
    def compared(precision):
        entries = (Entry("one", tiny(precision=precision)),)
        return Comparison((*entries, Entry("half", tiny(precision=precision, lr=0.005))))

    folder = tmp_path / "compare-x"
    write_config(compared("float32"), folder)
    rows = folder / "seeds.jsonl"
    repeat_rows(compared("bfloat16"), [0], rows)
    repeat_rows(compared("float32"), [0, 1], rows)
    repeat_rows(compared("float32"), [0, 1], rows)  # all there is: nothing is trained
    kinds = [seeds.arithmetic_of(row) for row in seeds.read_rows(folder)]
    assert kinds == [("cpu", "bfloat16")] * 2 + [("cpu", "float32")] * 4
    told = read_seeds(folder)
    assert told["done"] == 2
    assert {row["metrics"]["knn_features"]["n"] for row in told["rows"]} == {2}
    assert told["sentence"].endswith("; 2 rows of another device or precision are left out.")
