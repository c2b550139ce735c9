"""What is taken away from the checkpoints page is what is seen there."""

import io

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import torch
from PIL import Image

from cacr_core.checkpoints.alike import Overlap
from web.checkpoints import figures, report
from web.checkpoints.charts import framed, in_a_row
from web.checkpoints.saved import as_csv, as_parquet, as_png


def test_a_picture_is_saved_with_its_own_pixels():
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    row = in_a_row(images)
    read = np.asarray(Image.open(io.BytesIO(as_png(row))))
    np.testing.assert_array_equal(read, row)
    scale = 80 // 16
    for i, image in enumerate(images):
        left = i * (16 * scale + 2)
        np.testing.assert_array_equal(
            read[: 16 * scale : scale, left : left + 80 : scale, :3], image
        )
    assert (read[:, 80:82, 3] == 0).all()  # the gap between two is see-through


def test_room_around_a_picture_is_see_through_and_the_picture_is_not():
    image = np.full((5, 6, 3), 7, np.uint8)
    out = framed(image)
    assert (out[4:-4, 4:-4] == [7, 7, 7, 255]).all()
    out[4:-4, 4:-4] = 0
    assert not out.any()


def test_the_numbers_of_a_figure_are_those_it_draws():
    epochs, values = [0, 10, 20], [50.0, 60.0, 65.0]
    low, high = [45.0, 55.0, 60.0], [55.0, 65.0, 70.0]
    line = figures.numbers_in(figures.course_figure(epochs, values, "kNN", 10, low, high))
    assert line["x"].tolist() == epochs and line["y"].tolist() == values  # and no corner of a band
    matrix = np.array([[1.0, 0.2, np.nan], [0.1, 0.9, 0.3]])
    heat = figures.numbers_in(figures.cka_figure(matrix, ["a1", "a2"], ["b1", "b2", "b3"]))
    assert list(heat.columns) == ["y", "x", "value"] and len(heat) == 6
    found = heat.set_index(["y", "x"])["value"]
    assert found["a1", "b2"] == 0.2 and found["a2", "b3"] == 0.3 and np.isnan(found["a1", "b3"])
    bars = figures.numbers_in(
        figures.histogram_figure(np.array([3, 1]), np.array([0.0, 2.0, 4.0]), name="w")
    )
    assert bars[["x", "y"]].to_numpy().tolist() == [[1.0, 3.0], [3.0, 1.0]]
    assert figures.numbers_in(go.Figure()).empty


def test_numbers_of_several_kinds_are_saved_as_parquet(tmp_path):
    rows = {"x": ["a", 1, 2.5], "y": [1.0, None, 3.0], "name": ["p", None, "q"]}
    (tmp_path / "t.parquet").write_bytes(as_parquet(pd.DataFrame(rows)))
    read = pd.read_parquet(tmp_path / "t.parquet")
    assert read["x"].tolist() == ["a", "1", "2.5"]
    assert read["y"].tolist()[::2] == [1.0, 3.0] and np.isnan(read["y"][1])
    assert read["name"].tolist()[::2] == ["p", "q"] and pd.isna(read["name"][1])


def test_images_whose_neighbours_changed_are_saved_a_row_each():
    pixels = np.stack([np.full((8, 8, 3), i, np.uint8) for i in range(40)])
    near = torch.arange(40).repeat(40, 1)
    overlap = Overlap(
        k=10, share=torch.zeros(40), mean=0.0, expected=0.0, changed=torch.tensor([7, 9]),
        before=near, after=near.flip(1),
    )  # fmt: skip
    picture = report.pictures_of(overlap, pixels, [7, 9])
    step, n = 80 + 2, 1 + 2 * report.MOST_NEAR
    assert picture.shape[1] == n * step - 2
    for row, own in enumerate((7, 9)):
        seen = picture[row * step, ::step, 0]
        expected = [*range(report.MOST_NEAR), *(39 - i for i in range(report.MOST_NEAR))]
        assert seen.tolist() == [own, *expected]


def test_a_name_in_a_table_is_never_a_formula_and_numbers_stay_numbers():
    frame = pd.DataFrame({"class": ["=1+1", "-minus", "käfer"], "=x": [-1.5, 0.0, np.nan]})
    content = as_csv(frame)
    assert content.startswith(b"\xef\xbb\xbf")
    read = pd.read_csv(io.BytesIO(content))
    assert read["class"].tolist() == ["'=1+1", "'-minus", "käfer"]
    assert read["'=x"].tolist()[:2] == [-1.5, 0.0] and np.isnan(read["'=x"][2])
