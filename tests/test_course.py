"""A folder of checkpoints of one training is a course of numbers along its epochs."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from streamlit.testing.v1 import AppTest

from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.alike import linear_cka
from cacr_core.checkpoints.alike.epochs import course_of, epoch_in, plane, training_in, turned_to
from cacr_core.checkpoints.alike.files import File
from cacr_core.checkpoints.features import embed, image_sets, network_of
from cacr_core.metrics import effective_rank, knn_correct
from cacr_core.papers.encoders import FOLDER
from tests.test_asked_work import picture
from tests.test_checkpoints_page import FRAME
from web.checkpoints import figures
from web.checkpoints.course import left_out_words
from web.checkpoints.figures.marks import CLASSES

pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")
FIRST, LAST = (load_file(FOLDER / f"{n}-digits.safetensors") for n in ("untrained", "infonce"))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def folder(tmp_path):
    """From untrained to trained in four steps, one of which stores its epoch."""
    here = tmp_path / "train" / "ckpts"
    here.mkdir(parents=True)
    for k, share in ((0, 0.0), (10, 0.5), (20, 0.9), (30, 1.0)):
        state = {
            name: torch.lerp(FIRST[name], LAST[name], share) if LAST[name].is_floating_point()
            else LAST[name]
            for name in LAST
        }  # fmt: skip
        saved = {"epoch": 10, "model": state} if k == 10 else state
        torch.save(saved, here / ("last.pth" if k == 10 else f"net_epoch={k:03d}.pth"))
    torch.save({"w": torch.ones(2)}, here / "other_7.pth")
    (here / "notes.pth").write_bytes(b"nothing")
    return here


def opened(path):
    one = open_file(path)
    return File(one, card_of(one, input_size=16))


def test_epochs_are_told_by_the_file_or_by_its_name(folder):
    own = opened(folder / "net_epoch=030.pth")
    assert epoch_in(own) == 30 and epoch_in(opened(folder / "last.pth")) == 10
    like = File(own.opened, card_of(own.opened))
    assert [epoch for epoch, _ in training_in(folder, like).files] == [0, 10, 20, 30]


def test_numbers_of_each_epoch_are_those_of_its_network(folder):
    like = opened(folder / "net_epoch=030.pth")
    training = training_in(folder, File(like.opened, card_of(like.opened))).files
    course = course_of(training, "digits")
    sets = image_sets("digits", n_train=256, n_test=256)
    seen = []
    for _, one in training:
        norm, size = one.card.normalisation, one.card.input_size
        fed = {"input_size": size, "mean": norm.mean, "std": norm.std}
        net = network_of(one.opened, one.card, with_head=False)[0]
        seen.append([torch.from_numpy(embed(net, s.images, **fed)) for s in sets])
    for moment, (bank, test) in zip(course.moments, seen, strict=True):
        right = knn_correct(bank, sets.train.labels, test, sets.test.labels, 10, None)
        assert moment.knn.value == pytest.approx(float(right.double().mean()))
        assert moment.cka == pytest.approx(linear_cka(test, seen[-1][1], debiased=True), abs=1e-6)
        assert moment.rank == pytest.approx(effective_rank(test), rel=1e-5)
    assert course.moments[-1].cka == pytest.approx(1, abs=1e-5)
    assert course.moments[0].cka < course.moments[2].cka < 1


def test_clouds_are_turned_to_the_lasts():
    x = torch.randn(40, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    frame = plane(x)
    turn = torch.tensor([[0.6, 0.8], [0.8, -0.6]], dtype=torch.float64)
    torch.testing.assert_close(turned_to(frame @ turn, frame), frame)


def test_one_file_is_no_course(folder):
    one = opened(folder / "last.pth")
    with pytest.raises(ValueError, match="two checkpoints or more"):
        course_of([(1, one)], "digits")


def test_the_figures_mark_the_chosen_epoch():
    figure = figures.course_figure([1, 2], [0.5, 0.7], "Rank", 2)
    assert figure.layout.title.text == "Rank: 0.500 to 0.700"
    assert figure.layout.shapes[0].x0 == 2
    cloud = figures.cloud_figure(np.zeros((3, 2)), np.array([0, 1, 1]), ("a", "b"), "t", 0.5)
    assert cloud.layout.xaxis.range == cloud.layout.yaxis.range == (-0.5, 0.5)
    assert {trace.type for trace in cloud.data} == {"scatter"}  # which needs no WebGL
    assert [len(trace.x) for trace in cloud.data] == [1, 2]
    assert [trace.marker.color for trace in cloud.data] == CLASSES["light"][:2]
    assert len({trace.marker.symbol for trace in cloud.data}) == 2


def test_the_page_follows_a_training(folder):
    at = AppTest.from_file(FRAME, default_timeout=120)
    at.switch_page("pages/checkpoints.py")
    at.query_params["panel"], at.query_params["dataset"] = "course", "digits"
    at.query_params["a"] = "shipped:infonce-shapes"  # beside which are other runs' encoders alone
    at.run()
    assert "No other file" in at.info[0].value
    at.text_area(key="checkpoints_folders").set_value(str(folder.parent)).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:ckpts/net_epoch=030.pth").run()
    assert not at.exception
    next(b for b in at.button if b.label == "Follow the training").click().run()
    assert not at.exception and not at.error
    assert len(at.get("plotly_chart")) == 4
    told = next(one.value for one in at.dataframe if "CKA to the last" in one.value)
    assert told["epoch"].tolist() == [0, 10, 20, 30]
    assert told["CKA to the last"].iloc[-1] == 1
    assert (told["from, %"] <= told["kNN, %"]).all() and (told["kNN, %"] <= told["to, %"]).all()
    at.select_slider(key="checkpoints_epoch").set_value(10).run()
    assert not at.exception
    assert any("epoch 10" in one.proto.alt for one in at.get("plotly_chart"))


def moments(folder, name):
    one = opened(folder / name)
    return training_in(folder, File(one.opened, card_of(one.opened)))


def told(training):
    return [(epoch, one.opened.path.name) for epoch, one in training.files]


def put(path, **beside):
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": dict(LAST), **beside}, path)


def test_trainings_of_other_names_settings_or_folders_are_no_epochs_of_this_one(tmp_path):
    for k in (1, 2):
        put(tmp_path / f"a_epoch{k}.pth")
        put(tmp_path / f"b_epoch{k}.pth")
        put(tmp_path / "below" / f"a_epoch{k + 2}.pth")
        put(tmp_path / f"seed{k}.pth")
        put(tmp_path / f"run-{k}.pth")
        put(tmp_path / f"resnet{50 * k}.pth")
    assert told(moments(tmp_path, "a_epoch1.pth")) == [(1, "a_epoch1.pth"), (2, "a_epoch2.pth")]
    for name in ("seed1.pth", "run-1.pth", "resnet50.pth"):
        assert told(moments(tmp_path, name)) == []
    other = tmp_path / "settings"
    put(other / "x_1.pth", args={"lr": 0.1, "resume": ""})
    put(other / "x_2.pth", args={"lr": 0.1, "resume": "x_1.pth"})
    put(other / "x_3.pth", args={"lr": 0.5, "resume": ""})
    assert [epoch for epoch, _ in moments(other, "x_1.pth").files] == [1, 2]


def test_of_two_files_at_one_epoch_the_one_looked_at_stays_and_the_other_is_named(tmp_path):
    put(tmp_path / "net_1.pth", epoch=1)
    put(tmp_path / "net_2.pth", epoch=2)
    put(tmp_path / "last.pth", epoch=2)
    found = moments(tmp_path, "net_2.pth")
    assert told(found) == [(1, "net_1.pth"), (2, "net_2.pth")]
    assert found.left_out == {"last.pth": "net_2.pth"}
    found = moments(tmp_path, "last.pth")
    assert told(found) == [(1, "net_1.pth"), (2, "last.pth")]
    assert found.left_out == {"net_2.pth": "last.pth"}
    assert left_out_words(found.left_out, "epoch").endswith("net_2.pth (last.pth).")


def names_of(training):
    return [one.opened.path.name for _, one in training.files]


@pytest.mark.parametrize(
    "names",
    [
        ("epoch=1-val_auroc=0.87.ckpt", "epoch=2-val_auroc=0.9.ckpt"),
        ("epoch=1-train_loss_epoch=0.51.ckpt", "epoch=2-train_loss_epoch=0.4.ckpt"),
        ("weights.01-0.71.pth", "weights.02-0.74.pth"),
        ("model_100ep.pth", "model_200ep.pth"),
        ("iter_10k.pth", "iter_20k.pth"),
        ("simclr100.pth", "simclr200.pth"),
        ("weight_10.pth", "weight_20.pth", "weight_30.pth"),
        ("train_10.pth", "train_20.pth"),
        ("scale_10.pth", "scale_20.pth"),
    ],
)
def test_a_training_is_one_whatever_its_names_measure(names, tmp_path):
    for name in names:
        put(tmp_path / name)
    assert names_of(moments(tmp_path, names[0])) == list(names)


@pytest.mark.parametrize("stored", [False, True])
def test_published_trainings_of_other_lengths_are_said_to_be_perhaps_of_their_own(stored, tmp_path):
    for k in (200, 800):
        put(tmp_path / f"moco_v2_{k}ep_pretrain.pth.tar", **({"epoch": k} if stored else {}))
        put(tmp_path / "one" / f"moco_epoch_{k}_of_800ep.pth")
    assert moments(tmp_path, "moco_v2_200ep_pretrain.pth.tar").by_length
    own = moments(tmp_path / "one", "moco_epoch_200_of_800ep.pth")
    assert len(own.files) == 2 and not own.by_length


def test_a_number_right_at_a_word_may_be_of_a_training_of_its_own(tmp_path):
    for k in (256, 512):
        put(tmp_path / f"simsiam{k}.pth")
    found = moments(tmp_path, "simsiam256.pth")
    assert names_of(found) == ["simsiam256.pth", "simsiam512.pth"] and found.by_length
    for k in (101, 256):
        put(tmp_path / f"simclr_caltech{k}.pth")
    assert told(moments(tmp_path, "simclr_caltech101.pth")) == []


def test_where_epochs_are_stored_a_number_right_at_a_word_is_the_words(tmp_path):
    for k in (1, 2):
        put(tmp_path / f"simclr{k}.pth", epoch=100 * k)
        put(tmp_path / f"byol{k}_last.pth", epoch=10 * k)
        put(tmp_path / f"byol{k}_epoch_5.pth", epoch=5)
        put(tmp_path / f"width_{k}_ckpt_7.pth", epoch=7 * k)
        put(tmp_path / f"model{k}.pth", epoch=k)
    assert names_of(moments(tmp_path, "simclr1.pth")) == [
        "model1.pth", "model2.pth", "simclr1.pth"
    ]  # fmt: skip
    found = moments(tmp_path, "byol2_last.pth")
    assert set(names_of(found)) >= {"byol2_epoch_5.pth", "byol2_last.pth"}
    assert not {name for name in names_of(found) if "byol1" in name} and not found.by_length
    assert "width_2_ckpt_7.pth" not in names_of(moments(tmp_path, "width_1_ckpt_7.pth"))


def test_the_page_says_that_names_give_lengths(tmp_path):
    for k in (200, 800):
        put(tmp_path / "w" / f"swav_{k}ep_pretrain.pth.tar")
        put(tmp_path / "w" / f"net_epoch_{k}.pth")
    at = AppTest.from_file(FRAME, default_timeout=120)
    at.switch_page("pages/checkpoints.py")
    at.query_params["panel"], at.query_params["dataset"] = "course", "digits"
    at.run()
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path / "w")).run()
    says = "Their names give lengths: they may be trainings of their own."
    for name, is_said in (("swav_200ep_pretrain.pth.tar", True), ("net_epoch_200.pth", False)):
        at.selectbox(key="checkpoints_a").set_value(f"folder:0:{name}").run()
        assert not at.exception
        assert (says in [one.value for one in at.caption]) == is_said


def test_files_that_store_their_epochs_are_set_apart_by_another_word_alone(tmp_path):
    own = ("model_best.pth.tar", "best_model.pth", "last-v1.ckpt", "epoch=3-rmse=0.2.ckpt",
           "checkpoint_0007.pth")  # fmt: skip
    for k, name in enumerate(own):
        put(tmp_path / name, epoch=k)
    assert [names_of(moments(tmp_path, name)) for name in own] == [list(own)] * len(own)
    for k in (10, 11):
        put(tmp_path / f"moco_seed1_{k}.pth", epoch=k)
        put(tmp_path / f"moco_seed2_{k}.pth", epoch=k + 10)
    assert names_of(moments(tmp_path, own[0])) == list(own)  # it may be of either
    first = [f"moco_seed1_{k}.pth" for k in (10, 11)]
    assert names_of(moments(tmp_path, first[0])) == [*own, *first]


def test_other_learning_rates_in_names_are_other_trainings(tmp_path):
    for rate in ("1e-3", "1e-4"):
        for k in (10, 20):
            put(tmp_path / f"lr_{rate}_epoch_{k}.pth")
    found = moments(tmp_path, "lr_1e-3_epoch_10.pth")
    assert told(found) == [(10, "lr_1e-3_epoch_10.pth"), (20, "lr_1e-3_epoch_20.pth")]
    assert not found.left_out


@pytest.mark.parametrize(
    "key",
    ["loss", "out_dim", "drop_path_rate", "local_crops_number", "step_size", "pretrained"],
)
def test_what_decides_a_training_is_compared(key, tmp_path):
    put(tmp_path / "x_1.pth", args={key: 1})
    put(tmp_path / "x_2.pth", args={key: 1})
    put(tmp_path / "x_3.pth", args={key: 2})
    assert [epoch for epoch, _ in moments(tmp_path, "x_1.pth").files] == [1, 2]


@pytest.mark.parametrize(
    "key",
    ["epochs", "best_loss", "output_dir", "log_dir", "save_path", "local_rank", "gpu", "workers"],
)
def test_what_changes_when_a_training_is_begun_again_is_not(key, tmp_path):
    for k in (1, 2):
        put(tmp_path / f"x_{k}.pth", args={key: k, "lr": 0.1})
    assert [epoch for epoch, _ in moments(tmp_path, "x_1.pth").files] == [1, 2]


def test_every_moment_is_read_as_the_file_was_set_by_hand(folder):
    like = opened(folder / "net_epoch=030.pth")
    training = training_in(folder, like, {"input_size": 16})
    assert [one.card.input_size for _, one in training.files] == [16] * 4
    at = AppTest.from_file(FRAME, default_timeout=120)
    at.switch_page("pages/checkpoints.py")
    at.query_params["panel"], at.query_params["dataset"] = "course", "digits"
    at.run()
    at.text_area(key="checkpoints_folders").set_value(str(folder)).run()
    at.session_state["checkpoints_override"] = {"folder:0:net_epoch=030.pth": {"input_size": 16}}
    at.selectbox(key="checkpoints_a").set_value("folder:0:net_epoch=030.pth").run()
    assert not at.exception
    words = [one.value.replace("\\", "") for one in at.caption]
    assert "Every checkpoint as set by hand: input size 16." in words


def test_a_course_says_how_many_images_taught_its_classes(tmp_path, folder):
    images = tmp_path / "few"
    for k in range(40):
        picture(images / "ab"[k % 2] / f"{k}.png", 5 * k)
    like = opened(folder / "net_epoch=030.pth")
    course = course_of(training_in(folder, like, {"input_size": 16}).files, str(images))
    assert course.n_bank + len(course.images) <= 40
    assert 0 < course.n_bank < 256
