import dataclasses
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from cacr_core.__main__ import main
from cacr_core.checkpoints import (
    card_of,
    networks,
    open_file,
    state_dict_of,
)
from cacr_core.checkpoints.heads import head_of
from cacr_core.checkpoints.keys import Root
from cacr_core.checkpoints.opening import Shape
from cacr_core.commands.inspect import as_json, as_text
from cacr_core.models import make_encoder
from cacr_core.training import TrainConfig
from tests.layouts import resnet, tensors, under, vit, write
from tests.layouts_of_families import LAYOUTS

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", LAYOUTS)
def test_file_of_each_family_is_recognised(name, tmp_path):
    layout = LAYOUTS[name]
    path = tmp_path / "file.bin"
    write(path, layout)
    card = card_of(open_file(path))
    path.unlink()  # together they would be large
    assert card.family == layout.family
    assert card.encoder == layout.encoder
    assert card.architecture == layout.architecture
    assert card.input_size == layout.input_size
    assert card.confidence == layout.confidence
    assert (card.missing, card.unexpected) == ((), ())
    if layout.head:
        assert card.head.widths == layout.head


def card_in(tmp_path, saved, **override):
    torch.save(saved, tmp_path / "file")
    return card_of(open_file(tmp_path / "file"), **override)


def test_layers_of_a_head_keep_their_order_where_a_container_sorts_names():
    names = {f"projector.{i}.weight": (8, 8) for i in (0, 10, 2, 4, 6, 8)}
    root = Root("", "backbone.", "resnet", "backbone", "backbone")
    head = head_of({"": names}, root, "resnet", 8)
    assert [layer.name for layer in head.layers] == [f"projector.{i}" for i in range(0, 12, 2)]


def test_another_encoder_can_be_chosen_by_the_end_of_its_path(tmp_path):
    saved = LAYOUTS["dino, vit"].make()
    card = card_in(tmp_path, saved, encoder="student.module.backbone")
    assert card.encoder == "student.module.backbone"
    assert [one.used_by_papers for one in card.encoders] == [True, False]
    assert card_of(open_file(tmp_path / "file"), encoder="teacher.backbone").missing == ()
    with pytest.raises(ValueError, match=r"one of 'teacher.backbone', .* got 'backbone'"):
        card_of(open_file(tmp_path / "file"), encoder="backbone")


def test_encoders_of_two_colour_channels_take_these_only(tmp_path):
    card = card_in(tmp_path, LAYOUTS["pycontrast, cmc"].make(), encoder="encoder2")
    assert card.network.channels == len(card.normalisation.mean) == 2
    assert networks.build(card)(torch.rand(1, 2, 32, 32)).shape == (1, 1024)


def test_fields_can_be_overridden(tmp_path):
    saved = tensors(resnet("resnet18", cifar=True))
    card = card_in(tmp_path, saved)
    assert any("padding 1 and no pooling are assumed" in doubt for doubt in card.doubts)
    file = open_file(tmp_path / "file")
    other = card_of(file, stem_padding=2, input_size=40, normalisation="cifar100")
    assert networks.build(other).conv1.padding == (2, 2)
    assert (other.input_size, other.normalisation.assumed) == (40, False)
    assert "(assumed, from " in as_text(card)
    assert "(set by hand)" in as_text(other) and "assumed, from" not in as_text(other)
    assert card_of(file, family="solo-learn").network.stem_padding == 2
    wrong = card_of(file, architecture="resnet34")
    assert "layer1.2.conv1.weight" in wrong.missing
    with pytest.raises(ValueError, match="resnet34 needs"):
        state_dict_of(file, wrong)
    with pytest.raises(ValueError, match="no field colour"):
        card_of(file, colour="red")


def test_layers_that_would_change_features_are_not_left_out_in_silence(tmp_path):
    names = vit(patch=16) | {f"blocks.{i}.attn.q_norm.weight": (384,) for i in range(12)}
    card = card_in(tmp_path, tensors(names))
    assert card.confidence == "unsure"
    assert "no place for 12 tensors" in card.blocked
    with pytest.raises(ValueError, match=r"blocks\.0\.attn\.q_norm"):
        state_dict_of(open_file(tmp_path / "file"), card)


def test_decoder_beside_a_vit_is_listed_and_does_no_harm(tmp_path):
    names = vit() | {"decoder_embed.weight": (512, 384), "mask_token": (1, 1, 512)}
    card = card_in(tmp_path, tensors(names))
    assert card.blocked is None
    assert card.unexpected == ("decoder_embed.weight", "mask_token")
    assert any("attention heads cannot be seen" in doubt for doubt in card.doubts)


def test_tensor_of_another_shape_is_missing_not_forced(tmp_path):
    names = dict(resnet("resnet18"))
    names["layer3.1.conv2.weight"] = (256, 256, 1, 1)
    card = card_in(tmp_path, tensors(under("module.encoder_q", names)))
    assert card.missing == ("layer3.1.conv2.weight",)
    assert card.unexpected == ("module.encoder_q.layer3.1.conv2.weight",)
    assert card.matched == 99 and card.confidence == "unsure"


def test_a_contradiction_between_settings_and_shapes_is_told(tmp_path):
    saved = {"arch": "resnet101", "state_dict": tensors(resnet("resnet50"))}
    card = card_in(tmp_path, saved)
    assert card.architecture == "resnet50"
    assert any("says resnet101" in doubt for doubt in card.doubts)


@pytest.mark.parametrize("size", [16, 24, 28])
def test_run_of_this_app_has_the_size_of_its_views(size, tmp_path):
    dataset = {16: "digits", 24: "shapes", 28: "fashion-mnist"}[size]
    config = TrainConfig(dataset=dataset, backbone="small")
    metadata = {"config": config.to_json(), "step": "10"}
    weights = {k: v.contiguous() for k, v in make_encoder("small").state_dict().items()}
    save_file(weights, tmp_path / "encoder", metadata)
    card = card_of(open_file(tmp_path / "encoder"))
    assert (card.family, card.confidence) == ("CACR playground (this app)", "sure")
    assert card.input_size == size


def test_inspect_prints_one_json_object(tmp_path, capsys):
    path = tmp_path / "file"
    write(path, LAYOUTS["moco v1"])
    assert main(["inspect", str(path), "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["family"] == "MoCo v1"
    assert card["encoder"] == "state_dict.module.encoder_q"
    assert [one["prefix"] for one in card["encoders"]][1] == "state_dict.module.encoder_k"
    assert card["architecture"] == "resnet50"
    assert (card["feature_dim"], card["input_size"], card["epoch"]) == (2048, 224, 200)
    assert card["head"]["out_dim"] == 128
    assert (card["matched"], card["missing"], card["unexpected"]) == (265, [], [])
    assert card["refused"] is None


def test_inspect_of_mere_tensors_says_no_family(tmp_path, capsys):
    torch.save({"a": torch.zeros(2), "b": {"c": torch.zeros(3)}}, tmp_path / "file")
    assert main(["inspect", str(tmp_path / "file"), "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["family"] is None and card["architecture"] is None
    assert card["n_tensors"] == 2


def test_inspect_refuses_an_object_without_tensors_with_one_sentence(tmp_path, capsys):
    torch.save(nn.ReLU(), tmp_path / "file")
    assert main(["inspect", str(tmp_path / "file"), "--json"]) == 2
    out, error = capsys.readouterr()
    assert json.loads(out)["refused"] == error.strip()
    assert "ReLU" in error and len(error.strip().splitlines()) == 1


def test_thousands_of_networks_and_long_names_cost_little():
    seen = Shape((96, 3, 3, 3), "F32", 36)
    names = {f"{i}.{last}": seen for i in range(5000) for last in ("blocks.0.0.weight",)}
    names |= {f"{i}.blocks.5.1.weight": seen for i in range(3000)}
    names |= {f"{i}" + ".a" * 500: seen for i in range(2000)}
    opened = SimpleNamespace(
        container="torch zip", tensors=names, facts={}, groups={"": names}, unread={}
    )
    tracemalloc.start()
    card = card_of(opened)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(card.encoders) == 16
    assert peak < 100e6


def test_inspect_loads_no_torch(tmp_path):
    torch.save(tensors(resnet("resnet18")), tmp_path / "file")
    code = (
        "import sys; from cacr_core.__main__ import main; "
        f"main(['inspect', {str(tmp_path / 'file')!r}]); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "resnet18" in done.stdout and done.stdout.endswith("False\n"), done.stderr


@pytest.mark.parametrize("name", ["moco v1", "moco v3, vit", "byol", "vissl", "dino, vit"])
def test_altered_names_and_shapes_give_a_card_all_the_same(name, tmp_path):
    write(tmp_path / "file", LAYOUTS[name])
    file = open_file(tmp_path / "file")
    random = Random(name)
    for _ in range(60):
        groups = {group: dict(names) for group, names in file.groups.items()}
        for _ in range(random.choice((1, 5, 300))):
            names = groups[random.choice(list(groups))]
            old = random.choice(list(names))
            seen, new = names[old], random.choice((old, old[1:], old.replace("0", "²7"), "0.", ""))
            shape = random.choice(((), (0,), (0, 0, 0, 0), (3,), seen.shape, seen.shape * 2))
            if random.random() < 0.5:
                del names[old]
            names[new] = seen._replace(shape=shape)
        facts = {k: random.choice((v, [1], None, 1e400, "²")) for k, v in file.facts.items()}
        altered = dataclasses.replace(file, groups=groups, facts=facts)
        json.loads(as_json(card_of(altered)))
