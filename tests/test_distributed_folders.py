"""Folders of torch.distributed.checkpoint open as one file, and nothing in them is run."""

import os
import pickle
import shlex
import subprocess
import sys
import warnings

import pytest
import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint import metadata as records
from torch.distributed.checkpoint.filesystem import _StorageInfo
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save
from torchvision.models import resnet18

from cacr_core.checkpoints import Refused, card_of, open_file
from cacr_core.checkpoints.features import fingerprint, network_of
from cacr_core.checkpoints.folders import main_file, weights_in
from tests.test_networks import randomised

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.distributed.*")


@pytest.fixture(scope="module")
def net():
    return randomised(resnet18(num_classes=3))


@pytest.fixture(scope="module")
def saved(net, tmp_path_factory):
    """As a training saves itself, with what else it keeps."""
    folder = tmp_path_factory.mktemp("run") / "124"
    state = {
        "model": {f"backbone.{k}": v for k, v in net.state_dict().items()},
        "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": [{"lr": 0.1}]},
        "epoch": 7, "args": {"loss": "x"},
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dcp.save(state, checkpoint_id=folder, no_dist=True)
    return folder


@torch.no_grad()
@pytest.mark.parametrize("name", ["", ".metadata", "__0_0.distcp"])
def test_a_folder_opens_by_itself_and_by_each_of_its_files(saved, net, name):
    opened = open_file(saved / name)
    assert opened.path == saved == main_file(saved)
    found = opened.load()
    for key, value in net.state_dict().items():
        assert torch.equal(found[f"model.backbone.{key}"], value), key
    assert torch.equal(found["optimizer.state.0.exp_avg"], torch.ones(3))
    assert opened.facts["epoch"] == 7
    card = card_of(opened)
    assert (card.architecture, card.encoder, card.epoch) == ("resnet18", "model.backbone", 7)
    x, bare = torch.rand(2, 3, 64, 64), resnet18(num_classes=3)
    bare.load_state_dict(net.state_dict())
    bare.fc = torch.nn.Identity()
    ours = network_of(opened, card, with_head=False)[0]
    torch.testing.assert_close(ours(x), bare.eval()(x), atol=1e-4, rtol=1e-4)
    assert [p.name for p in opened.paths] == [".metadata", "__0_0.distcp"]
    assert all(fingerprint(path) for path in opened.paths)
    assert [str(p) for p in weights_in(saved.parent)] == ["124"]


def written(folder, tensors, cuts=2, **changes):
    """A folder as ranks write it, each a piece of every tensor; torch itself reads it.

    Args:
        changes: Of each place: relative_path, offset, length or transform_descriptors.
    """
    folder.mkdir()
    listed, places = {}, {}
    shards = [(folder / f"__{rank}_0.distcp").open("wb") for rank in range(cuts)]
    for name, tensor in tensors.items():
        chunks, begin = [], 0
        for rank, part in enumerate(tensor.chunk(cuts)):
            offsets = (begin, *(0,) * (tensor.ndim - 1))
            at = shards[rank].tell()
            torch.save(part.clone(), shards[rank])
            place = {"relative_path": f"__{rank}_0.distcp", "offset": at,
                     "length": shards[rank].tell() - at}  # fmt: skip
            places[records.MetadataIndex(name, offsets)] = _StorageInfo(**place | changes)
            chunks.append(records.ChunkStorageMetadata(torch.Size(offsets), part.shape))
            begin += len(part)
        properties = records.TensorProperties.create_from_tensor(tensor)
        listed[name] = records.TensorStorageMetadata(properties, tensor.shape, chunks)
    for shard in shards:
        shard.close()
    whole = records.Metadata(listed, storage_data=places)
    (folder / ".metadata").write_bytes(pickle.dumps(whole))
    return folder


def test_tensors_in_pieces_are_put_together_as_torch_puts_them(tmp_path):
    tensors = {
        "blocks.0.weight": torch.randn(7, 3, 2), "blocks.0.bias": torch.randn(7),
        "half": torch.randn(4, 5).bfloat16(), "counts": torch.arange(6),
    }  # fmt: skip
    folder = written(tmp_path / "step", tensors, cuts=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dcp_to_torch_save(folder, tmp_path / "theirs.pth")
    theirs = torch.load(tmp_path / "theirs.pth", weights_only=True)
    opened = open_file(folder)
    ours = opened.load()
    assert ours.keys() == theirs.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(ours[name], tensor) and torch.equal(theirs[name], tensor), name
        assert opened.tensors[name].shape == tensor.shape and ours[name].dtype == tensor.dtype
    assert opened.container == "torch distributed, 3 shards"
    assert list(opened.load(["half"])) == ["half"]


def test_a_shard_without_its_folder_is_answered_with_the_command_that_joins_it(saved, tmp_path):
    (tmp_path / "alone").mkdir()
    shard = tmp_path / "alone" / "__0_0.distcp"
    shard.write_bytes((saved / "__0_0.distcp").read_bytes())
    with pytest.raises(Refused, match=r"\.metadata is not beside it; name its whole folder"):
        open_file(shard)
    compressed = written(tmp_path / "c", {"w": torch.ones(4)}, transform_descriptors=["zstd"])
    with pytest.raises(Refused, match="stored changed, such as compressed") as told:
        open_file(compressed)
    command = shlex.split(told.value.recipe.splitlines()[1].replace(" c ", f" {saved} "))
    subprocess.run([sys.executable, *command[1:]], cwd=tmp_path, check=True, capture_output=True)
    assert card_of(open_file(tmp_path / "out.pth")).architecture == "resnet18"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"relative_path": "../secret"}, "names the shard"),
        ({"relative_path": "nowhere.distcp"}, "not beside its .metadata"),
        ({"offset": 0}, "same place"),
        ({"length": 10}, "not the size of its shape"),
        ({"length": 10**12}, "ends before its pieces"),
        ({"offset": -1}, "no possible shape"),
    ],
)
def test_places_that_cannot_be_are_refused(tmp_path, changes, what):
    (tmp_path / "secret").write_bytes(b"x" * 10_000)
    tensors = {"a": torch.randn(4, 2), "b": torch.randn(4, 2)}
    with pytest.raises(Refused, match=what):
        open_file(written(tmp_path / "f", tensors, **changes))


def test_a_folder_that_claims_more_than_it_holds_is_refused(tmp_path):
    folder = written(tmp_path / "f", {"a": torch.randn(4, 2)})
    whole = pickle.loads((folder / ".metadata").read_bytes())
    whole.state_dict_metadata["a"].size = torch.Size((10**9, 10**9))
    (folder / ".metadata").write_bytes(pickle.dumps(whole))
    with pytest.raises(Refused, match="pieces of 'a' are missing"):
        open_file(folder)


class Harm:
    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return os.system, (f"touch {self.place}",)


def test_nothing_in_it_is_run(tmp_path):
    folder = written(tmp_path / "f", {"a": torch.randn(4, 2)})
    whole = pickle.loads((folder / ".metadata").read_bytes())
    whole.planner_data = Harm(tmp_path / "run")
    (folder / ".metadata").write_bytes(pickle.dumps(whole))
    with pytest.raises(Refused, match="would run") as told:
        open_file(folder)
    assert told.value.kind == "foreign" and not (tmp_path / "run").exists()


def test_cut_files_are_told_as_damaged(tmp_path):
    folder = written(tmp_path / "f", {"a": torch.randn(4, 2), "b": torch.randn(3)})
    for file in (folder / ".metadata", folder / "__1_0.distcp"):
        raw = file.read_bytes()
        for end in range(0, len(raw), max(1, len(raw) // 25)):
            file.write_bytes(raw[:end])
            with pytest.raises(Refused) as told:
                open_file(folder).load()
            assert told.value.kind in ("damaged", "other"), told.value
        file.write_bytes(raw)
    raw = bytearray((folder / "__0_0.distcp").read_bytes())
    for at in range(0, len(raw), max(1, len(raw) // 60)):
        altered = raw.copy()
        altered[at] ^= 0xFF
        (folder / "__0_0.distcp").write_bytes(altered)
        try:
            open_file(folder).load()
        except Refused as refused:
            assert refused.kind in ("damaged", "other", "foreign")
