"""Which method a file's settings, its name and its folder say, and what that decides."""

import pytest
import torch

from cacr_core.checkpoints import card_of, open_file
from tests.layouts import lightning, tensors, under, vit

ViT_S = tensors(vit(384, 1, size=32))
SOLO = lightning(under("backbone", vit(384, 1, size=32)))
MOCO, BARE = "MoCo v3 (converted)", "DINO, timm or another bare ViT"


def card_at(folder, place, state=ViT_S):
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path)
    return card_of(open_file(path))


@pytest.mark.parametrize(
    "place",
    ["moco/dino_deitsmall16_pretrain.pth", "mocov3/deit_small.pth", "mocovision/vit.pth",
     "smoco/vit.pth", "moco/runs/vit.pth"],
)  # fmt: skip
def test_a_vit_beside_moco_is_not_mocos(place, tmp_path):
    card = card_at(tmp_path, place)
    assert (card.family, card.network.n_heads) == (BARE, 6)
    assert any("attention heads cannot be seen: 6" in doubt for doubt in card.doubts)


@pytest.mark.parametrize(
    "place",
    ["mocov3.pth", "a/vit-s-MoCo_v3.pth", "dino/moco-v3_300ep.pth", "a/vit.mocov3.pth",
     "mocov3vits.pth", "MoCoV3ViT.pth", "vit_mocov3small.pth", "vitmoco.pth"],
)  # fmt: skip
def test_a_files_own_name_says_moco(place, tmp_path):
    card = card_at(tmp_path, place)
    assert (card.family, card.confidence, card.network.n_heads) == (MOCO, "likely", 12)
    assert not any("heads" in doubt for doubt in card.doubts)


@pytest.mark.parametrize("place", ["moco/vit_small.pth", "moco-v3/checkpoint.pth"])
def test_where_only_the_folder_says_moco_the_heads_are_doubted(place, tmp_path):
    card = card_at(tmp_path, place)
    assert (card.family, card.confidence, card.network.n_heads) == (MOCO, "unsure", 12)
    assert any("12 attention heads: that of DINO" in doubt for doubt in card.doubts)


@pytest.mark.parametrize(("method", "n_heads"), [("mocov2plus", 6), ("mocov3", 12)])
def test_of_solo_learns_mocos_only_the_third_has_heads_of_its_own(method, n_heads, tmp_path):
    state = lightning(under("backbone", vit(384, 1, size=32)), method=method)
    for place in ("mae/last.ckpt", f"{method}-ep=100.ckpt"):
        card = card_at(tmp_path, place, state)
        assert card.family != "MAE (solo-learn)" and card.network.n_heads == n_heads


MSN_HEAD = {
    f"fc.{name}.{part}": shape
    for i, (before, after) in enumerate(((384, 64), (64, 64), (64, 32)), 1)
    for name, parts in (
        (f"fc{i}", {"weight": (after, before), "bias": (after,)}),
        (f"bn{i}", dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (after,))),
    )
    if name != "bn3"
    for part, shape in parts.items()
}


def test_msns_own_checkpoints_are_told_by_their_target_encoder_and_prototypes(tmp_path):
    network = under("module", vit(384, 1, size=32) | MSN_HEAD)
    state = {name: tensors(network) for name in ("encoder", "target_encoder")}
    state["prototypes"] = torch.zeros(10, 32)
    card = card_at(tmp_path, "msn.pth.tar", state)
    assert (card.family, card.encoder) == ("MSN", "target_encoder.module")
    assert [one.used_by_papers for one in card.encoders] == [True, False]
    assert (card.head.widths, card.head.activation) == ((384, 64, 64, 32), "gelu")
    assert not card.doubts
    published = {name: one for name, one in state.items() if name != "encoder"}
    assert card_at(tmp_path, "published.pth.tar", published).encoder == "target_encoder.module"


def test_of_an_encoder_of_no_known_role_it_is_not_said_what_papers_use(tmp_path):
    state = {"encoder_q": ViT_S, "extra_net": ViT_S}
    card = card_at(tmp_path, "two.pth", state)
    known, other = card.encoders
    assert known.line.endswith(": the papers use this one")
    assert (other.line, other.used_by_papers) == ("another network in the file", None)


@pytest.mark.parametrize(
    "place", ["ismael/last.ckpt", "maeve/last.ckpt", "a/ismael.ckpt", "a/vitismael.ckpt"]
)
def test_mae_within_a_name_is_nobodys_method(place, tmp_path):
    card = card_at(tmp_path, place, SOLO)
    assert card.family != "MAE (solo-learn)" and card.network.n_heads == 6


def test_mae_in_a_files_name_is_likely_and_in_its_folders_unsure(tmp_path):
    places = {"a/mae-vits.ckpt": "likely", "a/vitmae.ckpt": "likely", "a/maevit.ckpt": "likely"}
    for place, confidence in (places | {"mae/last.ckpt": "unsure"}).items():
        card = card_at(tmp_path, place, SOLO)
        assert (card.family, card.confidence) == ("MAE (solo-learn)", confidence)
        assert card.network.n_heads == 12
        assert any("12 attention heads" in d for d in card.doubts) == (confidence == "unsure")


def test_settings_say_more_than_a_folder(tmp_path):
    state = lightning(under("backbone", vit(384, 1, size=32)), method="dino")
    card = card_at(tmp_path, "mae/last.ckpt", state)
    assert card.family != "MAE (solo-learn)"
    state = lightning(under("backbone", vit(384, 1, size=32)), method="mae")
    assert card_at(tmp_path, "dino/last.ckpt", state).confidence == "likely"
