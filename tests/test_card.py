import json

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from cacr_core.__main__ import main
from cacr_core.checkpoints import (
    card_of,
    head_state_dict_of,
    networks,
    open_file,
    state_dict_of,
)
from cacr_core.checkpoints.heads import head_of
from cacr_core.checkpoints.keys import Root
from cacr_core.models import make_encoder
from cacr_core.training import TrainConfig
from tests.layouts import by_number, mlp, resnet, tensors, under, vit, write
from tests.layouts_of_families import LAYOUTS


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


def randomised(net):
    """Norms' weights and statistics drawn too, so that no tensor is without effect."""
    generator = torch.Generator().manual_seed(0)
    for name, value in net.state_dict().items():
        if value.dtype.is_floating_point:
            noise = torch.randn(value.shape, generator=generator)
            value.add_(0.1 * noise if value.ndim == 1 else 0.1 * noise * value)
            value.abs_() if name.endswith("running_var") else value
    return net.eval()


@torch.no_grad()
def features_differ(tmp_path, source, saved, x, expected=None, **override):
    """The largest difference between features of the source and of what its file builds."""
    torch.save(saved, tmp_path / "file.pth")
    file = open_file(tmp_path / "file.pth")
    card = card_of(file, **override)
    net = networks.build(card)
    net.load_state_dict(state_dict_of(file, card))
    features = source(x) if expected is None else expected
    assert features.std() > 1e-3
    return (net(x) - features).abs().max().item()


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_features_are_those_of_torchvision(name, tmp_path):
    source = randomised(getattr(torchvision.models, name)(num_classes=10))
    saved = {"state_dict": {f"module.encoder_q.{k}": v for k, v in source.state_dict().items()}}
    source.fc = nn.Identity()
    assert features_differ(tmp_path, source, saved, torch.rand(2, 3, 32, 32)) < 1e-5


def test_features_of_numbered_layers_are_those_of_the_sequential(tmp_path):
    net = randomised(torchvision.models.resnet18())
    source = nn.Sequential(*list(net.children())[:-1], nn.Flatten())
    saved = {f"online_network.encoder.{k}": v for k, v in source.state_dict().items()}
    assert list(by_number(net.state_dict())) == list(source.state_dict())
    assert features_differ(tmp_path, source, {"model": saved}, torch.rand(2, 3, 32, 32)) < 1e-5


@pytest.mark.parametrize(
    ("family", "padding", "pool"),
    [("sscl", 1, nn.MaxPool2d(3, 1)), ("solo", 2, nn.Identity()), ("lightly", 1, nn.Identity())],
)
def test_stem_for_small_images_is_the_familys(family, padding, pool, tmp_path):
    source = torchvision.models.resnet18()
    source.conv1 = nn.Conv2d(3, 64, 3, padding=padding, bias=False)
    source.maxpool, source.fc = pool, nn.Identity()
    state = randomised(source).state_dict()
    head = {"sscl": "encoder_q.fc.projection_head.W1", "solo": "classifier"}
    head["lightly"] = "projection_head.layers.0"
    prefix = "encoder_q" if family == "sscl" else "backbone"
    saved = {f"{prefix}.{k}": v for k, v in state.items()}
    saved |= {f"{head[family]}.weight": torch.zeros(512, 512)}
    second = "encoder_q.fc.projection_head.W2" if family == "sscl" else "projector.2"
    saved[f"{second}.weight"] = torch.zeros(128, 512)
    assert features_differ(tmp_path, source, saved, torch.rand(2, 3, 16, 16)) < 1e-5


def torchvision_vit(dim, heads):
    return torchvision.models.VisionTransformer(32, 16, 2, heads, dim, 4 * dim)


def timm_names(state):
    """torchvision's names of a ViT as timm has them, one by one."""
    out = {"cls_token": state["class_token"], "pos_embed": state["encoder.pos_embedding"]}
    pairs = {"patch_embed.proj": "conv_proj", "norm": "encoder.ln"}
    for i in range(2):
        old, new = f"encoder.layers.encoder_layer_{i}", f"blocks.{i}"
        pairs |= {f"{new}.norm{j}": f"{old}.ln_{j}" for j in (1, 2)}
        pairs |= {f"{new}.attn.proj": f"{old}.self_attention.out_proj"}
        pairs |= {f"{new}.mlp.fc1": f"{old}.mlp.0", f"{new}.mlp.fc2": f"{old}.mlp.3"}
        for part in ("weight", "bias"):
            out[f"{new}.attn.qkv.{part}"] = state[f"{old}.self_attention.in_proj_{part}"]
    return out | {
        f"{n}.{p}": state[f"{o}.{p}"] for n, o in pairs.items() for p in ("weight", "bias")
    }


def test_features_of_a_vit_are_those_of_torchvision(tmp_path):
    source = randomised(torchvision_vit(192, 3))
    saved = source.state_dict()
    source.heads = nn.Identity()
    assert features_differ(tmp_path, source, saved, torch.rand(2, 3, 32, 32)) < 1e-5


@pytest.mark.parametrize(("prefix", "heads"), [("base_encoder.", 12), ("", 6)])
def test_vit_of_384_dimensions_has_the_familys_heads(prefix, heads, tmp_path):
    source = randomised(torchvision_vit(384, heads))
    saved = {prefix + k: v for k, v in timm_names(source.state_dict()).items()}
    source.heads = nn.Identity()
    x = torch.rand(2, 3, 32, 32)
    assert features_differ(tmp_path, source, saved, x) < 1e-5
    assert features_differ(tmp_path, source, saved, x, n_heads=18 - heads) > 1e-3


@pytest.mark.parametrize("backbone", ["small", "smallalexnet", "resnet18"])
def test_features_of_this_apps_encoders_are_kept(backbone, tmp_path):
    source = randomised(make_encoder(backbone))
    x = torch.rand(4, 3, 32, 32)
    with torch.no_grad():
        expected = source(x)[0]
    saved = source.state_dict()
    assert features_differ(tmp_path, source, saved, x, expected) < 1e-5


def card_in(tmp_path, saved, **override):
    torch.save(saved, tmp_path / "file")
    return card_of(open_file(tmp_path / "file"), **override)


@torch.no_grad()
@pytest.mark.parametrize("widths", [(64, "bn", "relu", 32, "bn0"), (64, "relu", 32), (32,)])
def test_embeddings_behind_the_head_are_those_of_the_source(widths, tmp_path):
    head = randomised(mlp(192, *widths))
    saved = timm_names(torchvision_vit(192, 3).state_dict())
    single = len(widths) == 1
    saved |= {f"head.{k}": v for k, v in head.state_dict().items()}
    torch.save({"base_encoder": saved}, tmp_path / "file")
    file = open_file(tmp_path / "file")
    card = card_of(file)
    assert card.head.kind == ("linear" if single else "mlp")
    assert card.head.out_dim == 32
    again = networks.build_head(card)
    again.load_state_dict(head_state_dict_of(file, card))
    x = torch.rand(4, 192)
    torch.testing.assert_close(again(x), head(x))


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


def test_fields_can_be_overridden(tmp_path):
    saved = tensors(resnet("resnet18", cifar=True))
    card = card_in(tmp_path, saved)
    assert any("padding 1 and no pooling are assumed" in doubt for doubt in card.doubts)
    file = open_file(tmp_path / "file")
    other = card_of(file, stem_padding=2, input_size=40, normalisation="cifar100")
    assert networks.build(other).conv1.padding == (2, 2)
    assert (other.input_size, other.normalisation.assumed) == (40, False)
    assert card_of(file, family="solo-learn").network.stem_padding == 2
    wrong = card_of(file, architecture="resnet34")
    assert "layer1.2.conv1.weight" in wrong.missing
    with pytest.raises(ValueError, match="resnet34 needs"):
        state_dict_of(file, wrong)
    with pytest.raises(ValueError, match="no field colour"):
        card_of(file, colour="red")


def test_layers_that_would_change_features_are_not_left_out_in_silence(tmp_path):
    names = vit(patch=16) | {f"blocks.{i}.ls1.gamma": (384,) for i in range(12)}
    card = card_in(tmp_path, tensors(names))
    assert card.confidence == "unsure"
    assert "no place for 12 tensors" in card.blocked
    with pytest.raises(ValueError, match=r"blocks\.0\.ls1\.gamma"):
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


def test_half_precision_and_files_without_counters_load(tmp_path):
    source = torchvision.models.resnet18().half()
    saved = {k: v for k, v in source.state_dict().items() if not k.endswith("tracked")}
    card = card_in(tmp_path, saved)
    state = state_dict_of(open_file(tmp_path / "file"), card)
    networks.build(card).load_state_dict(state)
    assert torch.equal(state["conv1.weight"], source.conv1.weight.float())


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


def test_inspect_refuses_a_module_with_one_sentence(tmp_path, capsys):
    torch.save(nn.Linear(2, 2), tmp_path / "file")
    assert main(["inspect", str(tmp_path / "file"), "--json"]) == 2
    out, error = capsys.readouterr()
    assert json.loads(out)["refused"] == error.strip()
    assert "Linear" in error and len(error.strip().splitlines()) == 1
