"""Embeddings as a file: clean images with their names, the same from the page and the terminal."""

import io
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from cacr_core.__main__ import main
from cacr_core.checkpoints import card_of, open_file
from cacr_core.checkpoints.features import image_sets, network_of
from cacr_core.checkpoints.features.embedded import embedded
from cacr_core.papers.encoders import FOLDER
from tests.test_checkpoints_page import FRAME

A, B = FOLDER / "cacr-digits.safetensors", FOLDER / "untrained-digits.safetensors"
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def pictures(tmp_path):
    """A folder of two classes whose files have names of their own."""
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for i in range(45):
            pixels = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "set" / name / f"{name}_{i}.png")
    return tmp_path / "set"


def test_names_are_those_of_the_files_whose_features_stand_beside_them(pictures, tmp_path):
    out = tmp_path / "out.npz"
    words = ["embed", str(A), "--dataset", str(pictures), "--out", str(out), "--n", "20"]
    assert main(words) == 0
    opened = open_file(A)
    encoder, _ = network_of(opened, card_of(opened))
    with np.load(out, allow_pickle=False) as arrays:
        found = {key: arrays[key] for key in arrays}
    assert list(found) == [
        "embeddings", "labels", "names", "class_names", "dataset", "protocol", "about",
    ]  # fmt: skip
    assert len(found["names"]) == len(found["embeddings"]) == 20
    for name, label, row in zip(found["names"], found["labels"], found["embeddings"], strict=True):
        pixels = torch.from_numpy(np.asarray(Image.open(pictures / name)).copy())
        with torch.inference_mode():
            expected = encoder(pixels.permute(2, 0, 1)[None].float() / 127.5 - 1)[0]
        np.testing.assert_allclose(row, expected, atol=1e-4)
        assert str(name).startswith(str(found["class_names"][label]))
    assert str(found["dataset"]) == str(pictures)
    assert "20 clean images" in str(found["protocol"]) and "16 x 16" in str(found["protocol"])
    assert json.loads(str(found["about"]))["layer"] == "features"


def test_parquet_holds_the_same_rows(tmp_path):
    for suffix in ("npz", "parquet"):
        words = ["embed", str(A), "--dataset", "digits", "--out", str(tmp_path / f"o.{suffix}")]
        assert main([*words, "--n", "20", "--layer", "head"]) == 0
    table = pq.read_table(tmp_path / "o.parquet")
    with np.load(tmp_path / "o.npz") as arrays:
        rows = np.array(table["embedding"].to_pylist(), np.float32)
        np.testing.assert_array_equal(rows, arrays["embeddings"])
        assert table["label"].to_pylist() == arrays["labels"].tolist()
        assert table["name"].to_pylist() == arrays["names"].tolist()
        names = arrays["class_names"]
        assert table["class"].to_pylist() == [names[k] for k in arrays["labels"]]
        assert json.loads(table.schema.metadata[b"about"]) == json.loads(str(arrays["about"]))


def test_another_ending_is_refused_in_a_sentence(tmp_path, capsys):
    words = ["embed", str(A), "--dataset", "digits", "--out", str(tmp_path / "o.csv")]
    assert main(words) == 2
    assert ".npz or .parquet" in capsys.readouterr().err


def test_the_page_gives_what_the_terminal_writes(monkeypatch):
    given = {}

    def keep(label, data, name, *_, **__):
        given[label] = (name, data)

    monkeypatch.setattr("web.checkpoints.away.st.download_button", keep)
    at = AppTest.from_file(FRAME, default_timeout=120)
    at.switch_page("pages/checkpoints.py")
    for key, value in {"panel": "away", "a": "shipped:cacr-digits", "dataset": "digits",
                       "n_probes": "48", "layer": "features"}.items():  # fmt: skip
        at.query_params[key] = value
    at.run()
    next(b for b in at.button if b.label == "Embed these images").click().run()
    assert not at.exception and not at.error
    name, data = given["Embeddings as .npz"]
    assert name == "cacr-digits-digits.npz" and "as Parquet" in given
    opened = open_file(A)
    expected = embedded(opened, card_of(opened), "digits", n=48)
    with np.load(io.BytesIO(data())) as arrays:
        np.testing.assert_array_equal(arrays["embeddings"], expected.embeddings)
        images = image_sets("digits", n_train=48, n_test=48).test
        assert arrays["labels"].tolist() == images.labels.tolist()
        assert arrays["protocol"] == expected.about["protocol"]


def test_diff_writes_one_html_file_that_says_what_the_text_says(tmp_path, capsys):
    words = ["diff", str(A), str(B), "--dataset", "digits", "--n", "60"]
    assert main([*words, "--html", str(tmp_path / "d.html")]) == 0
    page = (tmp_path / "d.html").read_text()
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    for one in told["features"]["accuracy"]:
        assert one["says"] in page and f"{100 * one['a']['value']:.1f} %" in page
    assert f"linear CKA {told['features']['cka']:.3f}" in page
    assert page.count('<th scope="row">') > len(told["tensors"])
    assert "<script" not in page and "http" not in page and page.startswith("<!doctype html>")
    hostile = {"a": told["a"] | {"file": "<script>x</script>"}}
    from cacr_core.commands.diff_page import as_html

    assert "<script>" not in as_html(told | hostile)
