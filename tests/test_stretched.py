"""What is black and what white of images of more than 8 bits, and what is said of it."""

import io

import numpy as np
import pytest
import tifffile

from cacr_core.data.folders import read_folder
from tests.folder_layouts import as_folder
from tests.german import in_german
from tests.test_deep_images import disc, saved, stack


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "kept"))


def read(images, path, end="tif", size=24):
    """Pixels of images in one folder, and what is said of them."""
    files = {f"a/{i}.{end}": content for i, content in enumerate(images)}
    train, _, account = read_folder(as_folder(files, path / "set"), size)
    order = np.argsort(train.names)
    return train.images.numpy()[order], account.notes


def two(*channels):
    values = stack(*(channel.astype(np.uint16) for channel in channels))
    return saved(values, "tifffile", photometric="minisblack", planarconfig="separate")


def test_each_of_two_channels_has_its_own_range_and_both_are_said(tmp_path):
    images = [
        two(disc(0, 900), disc(20, 60_000)),
        two(disc(0, 450), disc(20, 30_010)),
        two(disc(0, 80), disc(20, 60_000)),
        two(disc(0, 80), disc(30, 3_000)),
    ]
    pixels, notes = read(images, tmp_path)
    lit = pixels[:, :, 12, 8].tolist()
    assert lit == [[255, 255, 0], [128, 128, 0], [23, 255, 0], [255, 255, 0]]
    assert notes[0] == (
        "4 16-bit images are stretched by the folder's range of each channel: 0 to 900 and 20 to "
        "60,000. 1 of them spans less than a tenth of it and is stretched by its own."
    )
    german, lacking = in_german(notes[0])
    assert not lacking
    assert german.startswith(
        "4 16-Bit-Bilder sind nach dem Bereich jedes Kanals im Ordner gestreckt: 0 bis 900 und 20 "
        "bis 60\u202f000."
    )


def test_an_image_is_light_where_its_first_page_is_whatever_the_next_is(tmp_path):
    pages = [disc(60, 5, np.uint16), disc(0, 9, np.uint16)]
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for page, name in zip(pages, ("miniswhite", "minisblack"), strict=True):
            writer.write(page, photometric=name)
    pixels, _ = read([file.getvalue()], tmp_path)
    assert (pixels[0, 0, 12, 8], pixels[0, 0, 4, 20]) == (255, 0)


def test_signed_numbers_of_16_bits_are_called_so(tmp_path):
    _, notes = read([saved(disc(-1000, 2000, np.int16), "tifffile")], tmp_path)
    assert notes[0].startswith("1 signed 16-bit image is stretched")


@pytest.mark.parametrize(
    ("kind", "n", "spot", "light"),
    [("u2", 512, 14, 3_000), ("u2", 64, 2, 4_095), ("u2", 64, 2, 1), ("f4", 512, 14, 0.02)],
)
def test_a_small_bright_object_on_even_ground_is_no_black_image(kind, n, spot, light, tmp_path):
    values = np.zeros((n, n), kind)
    values[n // 2 : n // 2 + spot, n // 2 : n // 2 + spot] = light
    pixels, notes = read([saved(values, "tifffile")] * 2, tmp_path)
    assert pixels.max() == 255 and np.median(pixels) == 0
    assert len(notes) == 1 and ": 0 is black and " in notes[0]


def test_what_is_even_stays_so_when_it_is_made_smaller(tmp_path):
    for kind, value in (("f4", 0.1), ("f8", 1 / 3), ("u2", 12_345), ("u4", 2**31 + 1)):
        content = saved(np.full((190, 311), value, kind), "tifffile")
        _, notes = read([content], tmp_path / f"{kind}")
        assert not notes


def test_an_image_of_its_own_range_keeps_the_folders_where_it_is_even(tmp_path):
    even = np.full((24, 24), 5_000)
    pixels, _ = read([two(disc(0, 60_000), disc(0, 6_000)), two(disc(0, 800), even)], tmp_path)
    assert pixels[1, :2, 12, 8].tolist() == [255, 212]


def test_of_an_even_channel_the_range_that_is_used_is_said(tmp_path):
    pixels, notes = read([two(disc(0, 60_000), np.full((24, 24), 300))], tmp_path)
    assert pixels[0, :2, 12, 8].tolist() == [255, 1]
    assert notes[0].endswith(": 0 to 60,000 and 0 to 65,535.")


def test_a_channel_of_one_value_keeps_no_image_dark(tmp_path):
    none = np.zeros((24, 24))
    pixels, _ = read([two(disc(0, 60_000), none), two(disc(0, 80), none)], tmp_path)
    assert pixels[:, :2, 12, 8].tolist() == [[255, 0], [255, 0]]


@pytest.mark.parametrize(
    ("value", "kind", "form", "seen"),
    [
        (65_535, "u2", "PNG", 255),
        (0, "u2", "PNG", 0),
        (30_000, "u2", "TIFF", 117),
        (65_535, "u2", "PPM", 255),
        (32_767, "i2", "tifffile", 255),
        (2**32 - 1, "u4", "tifffile", 255),
        (1, "f4", "TIFF", 255),
        (0.25, "f8", "tifffile", 64),
        (7, "f4", "TIFF", 255),
    ],
)
def test_where_all_is_of_one_value_it_is_as_saved_and_no_range_is_said(
    value, kind, form, seen, tmp_path
):
    end = {"PNG": "png", "PPM": "pgm"}.get(form, "tif")
    content = saved(np.full((24, 24), value, kind), form)
    pixels, notes = read([content, content], tmp_path, end)
    assert (pixels == seen).all()
    word = {0: "black", 255: "white"}.get(seen)
    assert notes == ((f"2 images are all but {word}, as saved.",) if word else ())


@pytest.mark.parametrize("kind", ["u2", "i2", "u4", "i4", "f4", "f8"])
def test_where_the_least_is_white_one_value_is_as_saved(kind, tmp_path):
    white = np.iinfo(kind).max if kind[0] in "iu" else 1
    for value, seen, word in ((0, 255, "white"), (white, 0, "black")):
        content = saved(np.full((24, 24), value, kind), "tifffile", photometric="miniswhite")
        pixels, notes = read([content], tmp_path / word)
        assert (pixels == seen).all()
        assert notes == (f"1 image is all but {word}, as saved.",)


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_what_is_not_finite_is_drawn_as_is_said(kind, tmp_path):
    values = np.full((24, 24), 0.5, kind)
    values[:, :12] = np.linspace(0, 1, 12)
    far = 1e300 if kind == "f8" else np.inf  # beyond 32 bits
    values[:8, 16:], values[8:16, 16:], values[16:, 16:] = far, -far, np.nan
    pixels, notes = read([saved(values, "tifffile")], tmp_path)
    assert pixels[0, 0, [4, 12, 20], 20].tolist() == [255, 0, 0]
    assert pixels[0, 0, 12, 14] == 128
    said = (
        "1 image has values that are no finite numbers of 32 bits; what is no number or below all "
        "is drawn as the lowest, what is above all as the highest."
    )
    assert said in notes
    assert not in_german(said)[1]
