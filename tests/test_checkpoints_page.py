import functools
import json
import pickle
import re
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torchvision.models import resnet18

from cacr_core.checkpoints import (
    architecture,
    card_of,
    export,
    frozen,
    open_file,
    snippets,
)
from cacr_core.checkpoints.features import network_of, stored
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.checkpoints import session
from web.checkpoints.health import _numbered

FRAME = str(Path(__file__).parents[1] / "frame.py")
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(autouse=True)
def shelf_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("CACR_CACHE", str(tmp_path / "cache"))
    return tmp_path


def page(**params):
    at = AppTest.from_file(FRAME, default_timeout=120)
    at.switch_page("pages/checkpoints.py")
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def vit_small():
    """Shapes of a ViT-S/16 as DINO saves it."""
    network = architecture.network_named("vit_small_patch16_224")
    return architecture.expected(network)


def said(at):
    cells = [str(cell) for one in at.table for cell in one.value.to_numpy().ravel()]
    return "\n".join([m.value for m in at.markdown] + [c.value for c in at.caption] + cells)


def test_the_first_view_is_the_card_of_an_encoder_that_ships():
    at = page()
    assert not at.error
    assert at.selectbox(key="checkpoints_a").value == session.FIRST
    assert "sure" in said(at)
    assert "small" in said(at)


def test_what_is_chosen_survives_a_visit_to_another_page(tmp_path):
    at = page(panel="features", n_probes="64")
    other = "shipped:infonce-shapes"
    at.selectbox(key="checkpoints_a").set_value(other).run()
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path)).run()
    at.switch_page("pages/learn.py").run().switch_page("pages/checkpoints.py").run()
    assert not at.exception
    assert at.selectbox(key="checkpoints_a").value == other
    assert at.text_area(key="checkpoints_folders").value == str(tmp_path)
    assert at.number_input(key="checkpoints_n_probes").value == 64
    assert at.session_state["checkpoints_panel"] == "features"


def test_a_file_in_a_named_folder_gets_its_card_and_can_be_set_by_hand(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    net = {f"module.encoder_q.{k}": v for k, v in resnet18(num_classes=128).state_dict().items()}
    torch.save({"epoch": 7, "arch": "resnet18", "state_dict": net}, mine / "moco.pth.tar")
    at = page()
    at.text_area(key="checkpoints_folders").set_value(str(mine)).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:moco.pth.tar").run()
    assert not at.exception
    assert "MoCo" in said(at)
    assert "resnet18" in said(at)
    size = next(
        n for n in at.number_input if n.key == "checkpoints_input_size_folder:0:moco.pth.tar"
    )
    assert size.value == 224
    size.set_value(96).run()
    assert "96 pixels" in said(at)
    pool = next(b for b in at.selectbox if b.label == "Max-pool after the first convolution")
    assert pool.value == "stride 2"
    pool.set_value("none").run()
    assert not at.exception
    override = at.session_state["checkpoints_override"]["folder:0:moco.pth.tar"]
    assert override == {"input_size": 96, "max_pool": "none"}
    next(b for b in at.button if b.label == "Take everything back").click().run()
    assert not at.exception
    assert "224 pixels" in said(at)
    assert at.session_state["checkpoints_override"] == {}


def test_a_hostile_file_is_refused_with_what_was_found_and_nothing_runs(tmp_path):
    mine, canary = tmp_path / "mine", tmp_path / "canary"
    mine.mkdir()

    class Exploit:
        def __reduce__(self):
            return (Path.touch, (canary,))

    (mine / "bad.pth").write_bytes(pickle.dumps({"state_dict": Exploit()}, protocol=2))
    at = page()
    at.text_area(key="checkpoints_folders").set_value(str(mine)).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:bad.pth").run()
    assert not at.exception
    assert len(at.error) == 1
    assert not canary.exists()


def test_a_file_without_a_known_network_lists_what_it_holds_and_no_panel_fails(tmp_path):
    torch.save({"odd.weight": torch.zeros(3, 4)}, tmp_path / "odd.pth")
    at = page()
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path)).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:odd.pth").run()
    assert not at.exception and not at.error
    assert "Not a layout this app knows" in said(at)
    assert [one.label for one in at.expander if "tensor" in one.label] == ["The only tensor"]
    for panel in session.PANELS:
        at.session_state["checkpoints_panel"] = panel
        at.run()
        assert not at.exception and not at.error, panel
        needs = [one for one in at.info if "network" in one.value]
        assert bool(needs) == (panel not in ("two", "inside")), panel
    at.session_state["checkpoints_panel"] = "two"
    at.run()
    at.selectbox(key="checkpoints_b").set_value("shipped:cacr-digits").run()
    assert any("Features need networks" in one.value for one in at.info)
    at.segmented_control(key="checkpoints_ask").set_value("weights").run()
    assert not at.exception
    told = "26 added, 1 removed, 0 changed, 0 same; counters left out: 5."
    assert told in said(at).replace("\\", "")


def test_an_upload_is_opened_and_its_copy_goes_with_the_next(tmp_path):
    at = page()
    content = (session.SHIPPED / "sscl-digits.safetensors").read_bytes()
    at.file_uploader(key="checkpoints_upload").upload("mine.pth", content).run()
    assert not at.exception
    assert not at.error
    first = at.session_state["checkpoints_uploaded"]
    assert first.read_bytes() == content
    assert at.selectbox(key="checkpoints_a").value == "upload"
    at.file_uploader(key="checkpoints_upload").upload("other.pth", b"nonsense").run()
    assert len(at.error) == 1
    assert not first.exists()


@pytest.mark.parametrize(
    "reference",
    ["shipped:../../etc/passwd", "here:../app.py", "run:../x", "folder:3:x", "nonsense"],
)
def test_no_reference_leaves_its_folder(reference):
    at = page(a=reference)
    assert len(at.error) == 1


def test_features_are_a_run_that_stands_still(shelf_folder, monkeypatch):
    monkeypatch.setattr(stored, "build", None)  # no network is built in the server
    at = page(panel="classes", a="shipped:cacr-digits", n_probes="32")
    assert not shelf.runs_folder().exists()  # nothing is computed before it is asked for
    next(b for b in at.button if b.label == "Show its features").click().run()
    assert not at.exception
    assert not at.error
    (folder,) = list(shelf.runs_folder().iterdir())
    assert files.status(folder) == "finished"
    assert files.read_json(folder / "run.json")["frozen"]["layer"] == "head"
    assert "Show its features" not in [b.label for b in at.button]  # its invitation is gone
    (scores,) = [one.value for one in at.table]
    assert len(scores) == 6
    assert min(float(cell.split()[0]) for cell in scores["right, 95 %"]) > 90
    again = page(panel="classes", a="shipped:cacr-digits", n_probes="32")
    assert not again.error
    assert again.table[0].value.equals(scores)
    assert len(list(shelf.runs_folder().iterdir())) == 1


def test_two_are_compared_by_tensors_and_by_features():
    at = page(panel="two", a="shipped:cacr-digits", b="shipped:untrained-digits", n_probes="64")
    assert not at.error
    next(b for b in at.button if b.label == "Compare their features").click().run()
    assert not at.exception
    assert not at.error
    votes = at.selectbox(key="checkpoints_vote")
    assert votes.value == "knn10"
    headline = at.get("plotly_chart")[0].proto.alt
    votes.set_value("knn200").run()
    assert not at.exception
    assert at.query_params["vote"] in ("knn200", ["knn200"])
    assert at.get("plotly_chart")[0].proto.alt.endswith(headline[-20:])
    at.selectbox(key="checkpoints_layer_two").set_value("head").run()
    assert not at.exception
    assert "embeddings after the head" in said(at)
    at.segmented_control(key="checkpoints_ask").set_value("neighbours").run()
    assert 0 < float(re.search(r"debiased: \*\*([\d.]+)", said(at))[1]) < 1
    at.segmented_control(key="checkpoints_ask").set_value("clouds").run()
    assert not at.exception
    assert not at.error
    (both,) = [f for f in shelf.runs_folder().iterdir() if files.entry_folders(f)]
    assert files.status(both) == "finished"
    same = page(panel="two", a="shipped:cacr-digits", b="shipped:cacr-digits", n_probes="64")
    next(b for b in same.button if b.label == "Compare their features").click().run()
    same.segmented_control(key="checkpoints_ask").set_value("neighbours").run()
    assert "**100 %** of an image's 10 nearest are kept" in said(same)
    assert "No image among the nearest under A is farther down under B." in said(same)


def test_a_vit_shows_its_positions_and_what_it_looks_at(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    net = {k: torch.zeros(s) if "bias" in k else torch.randn(s) for k, s in vit_small().items()}
    torch.save({"teacher": {f"backbone.{k}": v for k, v in net.items()}}, mine / "dino.pth")
    at = page(panel="inside")
    at.text_area(key="checkpoints_folders").set_value(str(mine)).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:dino.pth").run()
    assert not at.exception
    assert any("places are most like" in one.proto.alt for one in at.get("plotly_chart"))
    at.session_state["checkpoints_panel"] = "card"
    at.run()
    at.segmented_control(key="checkpoints_beside_invitation").set_value("Attention").run()
    assert not at.exception
    assert not at.error
    assert any("the class token looks" in one.proto.alt for one in at.get("plotly_chart"))


@pytest.mark.parametrize("stem", ["imagenet", "cifar"])
def test_the_lines_that_load_an_encoder_give_its_features(stem, tmp_path, monkeypatch):
    net = resnet18(num_classes=10)
    if stem == "cifar":
        net.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
    torch.save(net.state_dict(), tmp_path / "net.pth")
    opened = open_file(tmp_path / "net.pth")
    pool = "none" if stem == "cifar" else "stride 2"
    shown = session.Shown("x", opened, card_of(opened, max_pool=pool))
    (tmp_path / "saved.safetensors").write_bytes(export.export(opened, shown.card))
    monkeypatch.chdir(tmp_path)
    names = {}
    lines = snippets.lines(shown.card, export.published(shown.card), "saved.safetensors")
    exec(lines, names)
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        ours = network_of(opened, shown.card)[0].eval()(images)
        torch.testing.assert_close(names["model"](images), ours, atol=1e-5, rtol=1e-5)


def test_a_checkpoint_without_an_untrained_network_can_get_one_drawn(tmp_path, monkeypatch):
    for name in ("freeze_checkpoint", "folder_of"):  # by few images
        few = functools.partial(getattr(frozen, name), n_bank=60, n_held_out=40)
        monkeypatch.setattr(f"web.checkpoints.features.{name}", few)
    torch.save(resnet18(num_classes=5).state_dict(), tmp_path / "net.pth")
    at = page(panel="classes", dataset="digits", n_probes="16", layer="features")
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path)).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:net.pth").run()
    at.session_state["checkpoints_override"] = {"folder:0:net.pth": {"input_size": 16}}
    at.run()
    next(b for b in at.button if b.label == "Show its features").click().run()
    assert not at.exception and not at.error
    assert list(at.table[0].value) == ["right, 95 %", "pixels alone"]
    assert "does not ship" in said(at)
    next(b for b in at.button if b.label == "Score an untrained network beside it").click().run()
    assert not at.exception and not at.error
    assert "untrained resnet18" in list(at.table[0].value)
    assert not any("does not ship" in one.value for one in at.caption)


def test_names_of_files_are_no_markdown(tmp_path):
    name = ":red[x] *y* [z](http_a).pth"
    with (tmp_path / name).open("wb") as file:
        torch.save(resnet18().state_dict(), file)
    (tmp_path / "*no* weights.pth").write_bytes(b"nothing")
    at = page()
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path)).run()
    at.selectbox(key="checkpoints_a").set_value(f"folder:0:{name}").run()
    assert not at.exception and not at.error
    assert at.markdown[0].value == r"# \:red\[x\] \*y\* \[z\]\(http\_a\)"
    at.selectbox(key="checkpoints_a").set_value("folder:0:*no* weights.pth").run()
    assert not at.exception and "*" not in at.error[0].value.replace(r"\*", "")


@pytest.mark.parametrize("panel", ["inside", "away"])
def test_the_other_panels_show_without_an_error(panel):
    at = page(panel=panel)
    assert not at.error


def test_a_link_reads_no_folder_and_the_address_names_none(tmp_path):
    at = page(panel="features", dataset=str(tmp_path))
    assert at.session_state["checkpoints_dataset"] == "shapes"
    at = page(panel="card", dataset="digits")
    assert at.query_params["dataset"] in ("digits", ["digits"])
    at = page(a="shipped:nowhere", dataset="digits")
    (refusal,) = at.error
    assert refusal.value.startswith("There is no file called") and "nowhere" in refusal.value
    assert "/" not in refusal.value  # where the app lies concerns nobody
    at.session_state["checkpoints_dataset"] = str(tmp_path)  # as the person may name one
    at.run()
    assert "dataset" not in at.query_params


def test_what_was_set_by_hand_is_in_the_address_and_nonsense_is_left_out():
    at = page(a="shipped:cacr-digits", by_hand="input_size:48~matched:9~n_heads:x")
    assert not at.error
    assert "48 pixels" in said(at)
    assert at.query_params["by_hand"] in ("input_size:48", ["input_size:48"])
    at = page(a="shipped:cacr-digits", by_hand="encoder:nowhere")
    assert not at.exception
    assert len(at.warning) == 1
    assert "by_hand" not in at.query_params


def test_what_a_link_sets_by_hand_without_a_file_is_of_the_first():
    at = page(by_hand="input_size:48")
    assert not at.exception
    assert at.query_params["by_hand"] in ("input_size:48", ["input_size:48"])


def test_a_folders_number_in_other_digits_names_none():
    at = page(a="folder:²:x")
    assert not at.exception
    assert "has not been named here" in at.error[0].value


def test_tensors_named_with_other_digits_are_sorted_as_words():
    names = ["layer.²", "layer.10", "layer.2"]
    assert sorted(names, key=_numbered) == ["layer.2", "layer.10", "layer.²"]


def test_too_large_an_upload_is_refused(monkeypatch):
    monkeypatch.setattr(session, "MOST_UPLOAD", 0)
    with pytest.raises(ValueError, match="at most 0 MB"):
        session.take_upload(b"0" * 100, "big.pth")


def test_the_address_says_what_is_shown_and_no_path(tmp_path):
    at = page(a="shipped:sscl-digits", panel="two", b="shipped:cacr-digits", n_probes="48")
    params = {k: v[0] if isinstance(v, list) else v for k, v in at.query_params.items()}
    assert params["a"] == "shipped:sscl-digits"
    assert params["n_probes"] == "48"
    assert not any(str(tmp_path) in json.dumps(v) for v in params.values())


def test_b_of_a_link_that_is_not_here_is_said_and_no_other_file_takes_its_place():
    gone = "folder:0:mine.pth"
    at = page(panel="two", a="shipped:cacr-digits", b=gone)
    assert at.selectbox(key="checkpoints_b").value == gone
    assert len(at.error) == 1 and "Name it again" in at.error[0].value
    assert at.query_params["b"] in (gone, [gone])
    at = page(panel="two", a="shipped:cacr-digits")
    assert at.selectbox(key="checkpoints_b").value == "shipped:untrained-digits" and not at.error


def test_a_model_of_the_hub_is_opened_as_b_after_a_reload_and_called_by_its_name(
    tmp_path, monkeypatch
):
    hub_of = tmp_path / "model"
    hub_of.mkdir()
    torch.save(resnet18(num_classes=5).state_dict(), hub_of / "pytorch_model.bin")
    known = {"some/body": hub_of}
    monkeypatch.setattr(session.hub, "cached", known.get)
    at = page(panel="two", a="hub:some/body", b="hub:some/body")
    assert not at.error
    for side in "ab":
        chosen = at.selectbox(key=f"checkpoints_{side}")
        assert chosen.value == "hub:some/body"
        assert "some/body (from the Hub)" in chosen.options
    assert at.markdown[0].value == "# some/body"


def test_files_whose_names_say_nothing_or_the_same_are_called_by_their_places(tmp_path):
    names = (
        "moco/model.pth",
        "simclr/model.pth",
        "a/net.pth",
        "b/net.pth",
        "own.pth",
        "last.pth.tar",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        torch.save(resnet18(num_classes=5).state_dict(), tmp_path / name)
    at = page()
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path)).run()
    called = {}
    for name in names:
        at.selectbox(key="checkpoints_a").set_value(f"folder:0:{name}").run()
        assert not at.exception
        called[name] = at.markdown[0].value.removeprefix("# ").replace("\\", "")
    at_root = f"{tmp_path.name}/last.pth.tar"
    assert called == {name: name for name in names} | {"own.pth": "own", "last.pth.tar": at_root}
