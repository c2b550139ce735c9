"""Models in parts, in folders, and in wrappers: opened as one, or answered with what joins them."""

import json

import pytest
import torch
import transformers
from torchvision.models import resnet18

from cacr_core.__main__ import main
from cacr_core.checkpoints import Refused, card_of, open_file
from cacr_core.checkpoints.features import network_of
from cacr_core.checkpoints.folders import weights_in
from cacr_core.checkpoints.opening import inside
from tests.test_networks import randomised
from tests.test_todays_encoders import OWN, drawn, pooled

pytestmark = pytest.mark.filterwarnings("ignore")


def dinov2():
    return drawn(transformers.Dinov2Model(transformers.Dinov2Config(**OWN)))


@torch.no_grad()
def features(path, x):
    opened = open_file(path)
    card = card_of(opened)
    assert (card.missing, card.blocked) == ((), None)
    return network_of(opened, card, with_head=False)[0](x)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["safetensors", "torch"])
def test_an_index_of_parts_and_its_folder_open_as_one(kind, tmp_path):
    model = dinov2()
    model.save_pretrained(tmp_path, max_shard_size="100KB")
    index = tmp_path / "model.safetensors.index.json"
    if kind == "torch":
        from safetensors.torch import load_file

        listed = json.loads(index.read_text())
        for name in set(listed["weight_map"].values()):
            torch.save(load_file(tmp_path / name), (tmp_path / name).with_suffix(".bin"))
            (tmp_path / name).unlink()
        listed["weight_map"] = {
            k: v.replace(".safetensors", ".bin") for k, v in listed["weight_map"].items()
        }
        index.unlink()
        index = tmp_path / "pytorch_model.bin.index.json"
        index.write_text(json.dumps(listed))
    x = torch.rand(2, 3, 56, 56)
    for path in (index, tmp_path):
        torch.testing.assert_close(features(path, x), pooled(model, x), atol=1e-4, rtol=1e-4)
    opened = open_file(index)
    assert len(opened.paths) > 2 and f"{len(opened.paths) - 1} parts" in opened.container
    assert [str(p) for p in weights_in(tmp_path)] == [index.name]
    card = card_of(open_file(opened.paths[1]))
    assert card.family is None and "part 1 of" in card.why and "index" in card.why
    opened.paths[1].unlink()
    with pytest.raises(Refused, match="fetch it into the same folder"):
        open_file(index)


@pytest.mark.parametrize(
    ("index", "said"),
    [({"weight_map": {"a": "../x"}}, "not beside it"), ({"weight_map": {}}, "no index of parts"),
     ([], "no index of parts"), ({"weight_map": {"a": "/etc/passwd"}}, "not beside it")],
)  # fmt: skip
def test_an_index_reads_nothing_elsewhere(index, said, tmp_path):
    (tmp_path / "a.index.json").write_text(json.dumps(index))
    with pytest.raises(Refused, match=said):
        open_file(tmp_path / "a.index.json")


@torch.no_grad()
def test_the_hubs_cache_is_read_through_its_links(tmp_path):
    model = dinov2()
    cache = tmp_path / "models--facebook--dinov2-tiny"
    blobs, snapshot = cache / "blobs", cache / "snapshots" / "abc"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    model.save_pretrained(tmp_path / "saved")
    for name in ("model.safetensors", "config.json"):
        (blobs / name[:5]).write_bytes((tmp_path / "saved" / name).read_bytes())
        (snapshot / name).symlink_to(f"../../blobs/{name[:5]}")
    x = torch.rand(2, 3, 56, 56)
    for path in (cache, snapshot, snapshot / "model.safetensors"):
        torch.testing.assert_close(features(path, x), pooled(model, x), atol=1e-4, rtol=1e-4)
    assert [str(p) for p in weights_in(tmp_path / "models--facebook--dinov2-tiny")] == [
        "snapshots/abc/model.safetensors"
    ]
    assert inside(snapshot / "model.safetensors", [snapshot]) == blobs / "model"


def test_a_shard_of_fsdp_is_told_as_one(tmp_path):
    at = "teacher.backbone._fsdp_wrapped_module"
    flat = {f"{at}._flat_param": torch.rand(50), f"{at}.blocks.0._flat_param": torch.rand(20)}
    torch.save({"model": flat}, tmp_path / "model.rank_0.pth")
    card = card_of(open_file(tmp_path / "model.rank_0.pth"))
    assert card.family is None and "shard of FSDP" in card.why and "full state dict" in card.why


@torch.no_grad()
@pytest.mark.parametrize("how", ["trace", "script"])
def test_a_torchscript_archive_is_read_without_its_program(how, tmp_path):
    net = randomised(resnet18(num_classes=4))
    made = (
        torch.jit.trace(net, torch.rand(1, 3, 64, 64)) if how == "trace" else torch.jit.script(net)
    )
    made.save(tmp_path / "net.pt")
    opened = open_file(tmp_path / "net.pt")
    state = net.state_dict()
    assert opened.groups[""].keys() >= {k for k in state if "num_batches" not in k}
    net.fc = torch.nn.Identity()
    x = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(features(tmp_path / "net.pt", x), net(x), atol=1e-4, rtol=1e-4)


def field(number, content):
    """A field of a protobuf message."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value):
    out = b""
    while True:
        value, low = value >> 7, value & 0x7F
        out += bytes([low | (0x80 if value else 0)])
        if not value:
            return out


def onnx_of(state):
    """A model of these initialisers, as torch exports them."""
    graph = b"".join(
        field(5, b"".join(field(1, n) for n in t.shape)
              + field(2, 1 if t.is_floating_point() else 7)
              + field(8, name.encode()) + field(9, t.numpy().tobytes()))
        for name, t in state.items()
    )  # fmt: skip
    return field(1, 8) + field(2, b"pytorch") + field(7, graph) + field(8, b"")


@torch.no_grad()
def test_initialisers_of_onnx_are_weights_by_name(tmp_path):
    net = randomised(resnet18(num_classes=4))
    (tmp_path / "net.onnx").write_bytes(onnx_of(net.state_dict()))
    opened = open_file(tmp_path / "net.onnx")
    assert opened.container == "ONNX"
    assert torch.equal(opened.load(["conv1.weight"])["conv1.weight"], net.conv1.weight)
    net.fc = torch.nn.Identity()
    x = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(features(tmp_path / "net.onnx", x), net(x), atol=1e-4, rtol=1e-4)
    raw = (tmp_path / "net.onnx").read_bytes()
    for end in range(0, len(raw), len(raw) // 40):
        (tmp_path / "cut.onnx").write_bytes(raw[:end])
        with pytest.raises(Refused) as told:
            open_file(tmp_path / "cut.onnx")
        assert told.value.kind in ("damaged", "other")


@torch.no_grad()
@pytest.mark.parametrize(
    "wrapped",
    [lambda s: {f"module.{k}": v for k, v in s.items()},
     lambda s: {"model": {f"_orig_mod.module.{k}": v for k, v in s.items()}},
     lambda s: {"ema": {f"module.{k}": v for k, v in s.items()}, "step": 3},
     lambda s: {"model": s, "ema_state_dict": s},
     lambda s: {"state_dict": {f"model.{k}": v for k, v in s.items()}, "epoch": 1,
                "global_step": 2, "pytorch-lightning_version": "2.5"},
     lambda s: {"model": {f"_fsdp_wrapped_module.{k}": v for k, v in s.items()}}],
)  # fmt: skip
def test_wrappers_are_looked_through(wrapped, tmp_path):
    net = randomised(resnet18(num_classes=4))
    torch.save(wrapped(net.state_dict()), tmp_path / "x.pth")
    net.fc = torch.nn.Identity()
    x = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(features(tmp_path / "x.pth", x), net(x), atol=1e-4, rtol=1e-4)


def test_inspect_tables_a_folder(tmp_path, capsys):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    torch.save(resnet18(num_classes=3).state_dict(), tmp_path / "deep" / "er" / "a.pth")
    (tmp_path / "b.pth").write_bytes(b"nothing")
    (tmp_path / "notes.md").write_text("x")
    assert main(["inspect", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "deep/er/a.pth" in told and "resnet18" in told and "notes" not in told
    assert "b.pth" in told and "no file of weights" in told
    assert main(["inspect", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["file"] for row in rows] == ["b.pth", "deep/er/a.pth"]
    assert rows[0]["refused"] and rows[1]["architecture"] == "resnet18"
