"""Files that lie beside a checkpoint are read where it lies, not where links lead out of there."""

import json
import shutil
import warnings

import pytest
import torch
import torch.distributed.checkpoint as dcp
from safetensors.torch import save_file

from cacr_core.checkpoints import Refused, card_of, open_file
from cacr_core.checkpoints.beside import configs_beside
from tests.layouts import vit

NAMES = vit(192, 1, size=32)
PARTS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
INDEX = "model.safetensors.index.json"


def in_parts(folder):
    """A model in two parts, with its index and a configuration."""
    folder.mkdir(parents=True)
    state = {name: torch.zeros(shape) for name, shape in NAMES.items()}
    halves = (list(state)[::2], list(state)[1::2])
    for name, half in zip(PARTS, halves, strict=True):
        save_file({key: state[key] for key in half}, folder / name)
    listed = {key: n for n, half in zip(PARTS, halves, strict=True) for key in half}
    (folder / INDEX).write_text(json.dumps({"weight_map": listed}))
    (folder / "config.json").write_text(json.dumps({"num_attention_heads": 12}))
    return folder


def distributed(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = {name: torch.zeros(shape) for name, shape in NAMES.items()}
        dcp.save({"model": state}, checkpoint_id=folder, no_dist=True)
    return folder


def led_out(folder, name, place):
    """The file moved to another place, with a link to it where it was."""
    place.mkdir(exist_ok=True)
    shutil.move(folder / name, place / name)
    (folder / name).symlink_to(place / name)


def linked(folder, place):
    """A folder of links to the files of another."""
    place.mkdir(parents=True)
    for path in folder.iterdir():
        (place / path.name).symlink_to(path)
    return place


def test_a_part_that_a_link_leads_away_from_is_not_beside_its_index(tmp_path):
    folder = in_parts(tmp_path / "model")
    assert len(open_file(folder / INDEX).tensors) == len(NAMES)
    led_out(folder, PARTS[1], tmp_path / "else")
    with pytest.raises(Refused, match=f"lists 2 parts, and '{PARTS[1]}' is not beside it"):
        open_file(folder / INDEX)


def test_a_part_of_a_name_that_no_file_can_have_is_not_beside_its_index(tmp_path):
    for name in ("a" * 400, "a\0b"):
        (tmp_path / INDEX).write_text(json.dumps({"weight_map": {"x": name}}))
        with pytest.raises(Refused, match=r"lists 1 parts, and 'a.*' is not beside it"):
            open_file(tmp_path / INDEX)


@pytest.mark.filterwarnings("ignore:.*torch.distributed.*")
@pytest.mark.parametrize("name", ["__0_0.distcp", ".metadata"])
def test_a_shard_that_a_link_leads_away_from_is_not_beside_its_metadata(name, tmp_path):
    folder = distributed(tmp_path / "run")
    opened = open_file(folder)
    led_out(folder, name, tmp_path / "else")
    with pytest.raises(Refused, match=r"not beside"):
        open_file(folder)
    if name != ".metadata":
        with pytest.raises(Refused, match=r"not beside"):
            opened.load()


def test_a_configuration_that_a_link_leads_away_from_is_not_read(tmp_path):
    folder = in_parts(tmp_path / "model")
    assert card_of(open_file(folder)).network.n_heads == 12
    led_out(folder, "config.json", tmp_path / "else")
    assert configs_beside(folder / INDEX) == {}
    assert card_of(open_file(folder)).network.n_heads == 3


@pytest.mark.filterwarnings("ignore:.*torch.distributed.*")
@pytest.mark.parametrize("within", ["", "transformer"])
def test_links_within_the_hubs_cache_are_followed(within, tmp_path):
    model = tmp_path / "models--me--mine"
    snapshot = model / "snapshots" / "abc" / within
    linked(in_parts(model / "blobs"), snapshot)
    opened = open_file(snapshot / INDEX)
    assert len(opened.tensors) == len(NAMES) and card_of(opened).network.n_heads == 12
    run = linked(distributed(model / "more"), snapshot / "run")
    assert open_file(run).load().keys() == {f"model.{name}" for name in NAMES}


def test_parts_lie_beside_an_index_that_is_itself_a_link(tmp_path):
    folder = linked(in_parts(tmp_path / "cache"), tmp_path / "mine")
    opened = open_file(folder / INDEX)
    assert len(opened.load()) == len(NAMES) and card_of(opened).network.n_heads == 12
