"""Files as others save them: wrapped by the block, with odd configurations, in the Hub's cache."""

import json

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import resnet18

from cacr_core.checkpoints import card_of, inside, open_file, state_dict_of
from cacr_core.checkpoints.folders import main_file, weights_in
from tests.layouts import tensors, vit
from web.checkpoints import session


def card_in(folder, state, **beside):
    torch.save(state, folder / "model.pth")
    for name, content in beside.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return card_of(open_file(folder / "model.pth"))


def wrapped(names, block, wrapper):
    """The same where each block, the first parts of a name, was wrapped by itself."""
    found = {}
    for name, what in names.items():
        parts = name.split(".")
        depth = 2 if parts[0] == block else 1
        is_in = parts[0].startswith(block)
        found[".".join([*parts[:depth], wrapper, *parts[depth:]]) if is_in else name] = what
    return found


@pytest.mark.parametrize("wrapper", ["_orig_mod", "_fsdp_wrapped_module"])
def test_blocks_that_were_wrapped_one_by_one_are_those_of_the_plain_network(wrapper, tmp_path):
    plain = resnet18().state_dict()
    card = card_in(tmp_path, wrapped(plain, "layer", wrapper))
    assert (card.architecture, card.missing) == ("resnet18", ())
    found = state_dict_of(open_file(tmp_path / "model.pth"), card)
    assert any(name.startswith("layer4.") for name in found)
    for name, tensor in found.items():
        assert torch.equal(tensor, plain[name].float()), name


def test_a_vit_compiled_block_by_block_is_known(tmp_path):
    names = vit(192)
    plain = card_in(tmp_path, tensors(names))
    card = card_in(tmp_path, tensors(wrapped(names, "blocks", "_orig_mod")))
    assert card.family == plain.family and card.network == plain.network is not None
    assert card.missing == plain.missing == ()


@pytest.mark.parametrize(
    ("mean", "std", "expected"),
    [
        ([0, 0, 0], [255, 255, 255], ((0, 0, 0), (1, 1, 1))),
        ([127.5] * 3, [127.5] * 3, ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))),
        ([0.5] * 3, [0.5] * 3, ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))),
    ],
)
def test_numbers_of_pixels_to_255_are_told_by_mean_or_deviation(mean, std, expected, tmp_path):
    beside = {"preprocessor_config": {"image_mean": mean, "image_std": std}}
    norm = card_in(tmp_path, resnet18().state_dict(), **beside).normalisation
    assert (norm.mean, norm.std) == expected


@pytest.mark.parametrize("odd", [["gelu"], {"name": "gelu"}, None, 3, "relu"])
def test_a_configuration_with_anything_where_a_word_is_expected_is_read_past(odd, tmp_path):
    config = {"hidden_act": odd, "hidden_size": 192, "num_attention_heads": 3}
    assert card_in(tmp_path, tensors(vit(192)), config=config).network is not None


def test_a_matrix_of_no_rows_breaks_no_table(tmp_path):
    save_file({"fc.weight": torch.zeros(0, 3), "a.weight": torch.ones(2, 3)}, tmp_path / "a.st")
    opened = open_file(tmp_path / "a.st")
    rows = inside.layers(opened, card_of(opened))
    assert len(list(rows)) == 2


@pytest.mark.parametrize(
    "wrong", [{"n_heads": 0}, {"input_size": 0}, {"stem_padding": 999}, {"max_pool": "foo"}]
)
def test_what_no_network_has_is_refused_by_hand(wrong, tmp_path):
    torch.save(resnet18().state_dict(), tmp_path / "model.pth")
    with pytest.raises(ValueError, match="must be"):
        card_of(open_file(tmp_path / "model.pth"), **wrong)


def test_a_models_folder_in_the_hubs_cache_stands_for_its_main_revision(tmp_path):
    model = tmp_path / "models--me--mine"
    for folder in ("blobs", "refs", "snapshots/abc", "snapshots/def"):
        (model / folder).mkdir(parents=True)
    (model / "refs" / "main").write_text("abc", "utf-8")
    for name in ("abc", "def"):
        save_file({"a": torch.zeros(2)}, model / "blobs" / name)
        (model / "snapshots" / name / "model.safetensors").symlink_to(f"../../blobs/{name}")
    assert main_file(model) == model / "snapshots" / "abc" / "model.safetensors"
    assert [path.as_posix() for path in weights_in(model)] == [
        f"snapshots/{name}/model.safetensors" for name in ("abc", "def")
    ]
    assert open_file(model).tensors.keys() == {"a"}


def test_a_file_called_refs_main_elsewhere_is_looked_at(tmp_path):
    (tmp_path / "refs").mkdir()
    save_file({"a": torch.zeros(2)}, tmp_path / "refs" / "main")
    assert main_file(tmp_path) == tmp_path / "refs" / "main"


def test_a_file_of_the_hubs_cache_keeps_what_lies_beside_it(tmp_path):
    model = tmp_path / "models--me--mine"
    snapshot = model / "snapshots" / "abc"
    for folder in (model / "blobs", snapshot):
        folder.mkdir(parents=True)
    torch.save(tensors(vit(192)), model / "blobs" / "1234")
    (model / "blobs" / "5678").write_text(
        json.dumps({"hidden_size": 192, "num_attention_heads": 6})
    )
    (snapshot / "model.pth").symlink_to("../../blobs/1234")
    (snapshot / "config.json").symlink_to("../../blobs/5678")
    path = session._linked(snapshot / "model.pth", snapshot)
    assert path.name == "model.pth"
    assert card_of(open_file(path)).network.n_heads == 6
    (snapshot / "else.pth").symlink_to(tmp_path / "elsewhere.pth")
    torch.save({}, tmp_path / "elsewhere.pth")
    with pytest.raises(ValueError, match="is not in them"):
        session._linked(snapshot / "else.pth", snapshot)
