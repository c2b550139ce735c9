"""The GIF that the browser writes is read by others as the pictures it was given."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from tests.browser_code import run

WRITE = """
const { Gif } = await load('gif.js');
const gif = new Gif(data.width, data.height);
for (const [pixels, seconds] of data.pictures) gif.add(Uint8ClampedArray.from(pixels), seconds);
return Buffer.from(await gif.done().arrayBuffer()).toString('base64');
"""


def written(pictures, seconds):
    """The GIF of `(height, width, 3)` pictures, opened by Pillow."""
    opaque = [np.dstack([one, np.full(one.shape[:2], 255)]) for one in pictures]
    height, width = pictures[0].shape[:2]
    shown = [[one.flatten().tolist(), s] for one, s in zip(opaque, seconds, strict=True)]
    data = {"width": width, "height": height, "pictures": shown}
    return Image.open(io.BytesIO(base64.b64decode(run(WRITE, data, "web/live/view"))))


def read(film, place):
    film.seek(place)
    return np.asarray(film.convert("RGB")).astype(int)


def test_pictures_of_few_colours_come_back_to_the_bit_each_for_its_time():
    rng = np.random.default_rng(0)
    palette = rng.permutation(32)[:, None] * 8 + np.array([3, 1, 5])
    pictures = [palette[rng.integers(0, 32, (37, 53))], palette[np.zeros((37, 53), int)]]
    pictures.append(palette[np.arange(37 * 53).reshape(37, 53) // 200])
    film = written(pictures, [0.1, 0.4, 1.6])
    assert (film.size, film.n_frames, film.info["loop"]) == ((53, 37), 3, 0)
    for place, (picture, seconds) in enumerate(zip(pictures, (100, 400, 1600), strict=True)):
        np.testing.assert_array_equal(read(film, place), picture)
        assert film.info["duration"] == seconds


@pytest.mark.parametrize("side", [1, 260])  # one pixel; more codes than a table holds
def test_pictures_of_any_size_can_be_read(side):
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 8, (side, side, 1)) * 32 + np.array([1, 2, 3])
    np.testing.assert_array_equal(read(written([picture], [0.1]), 0), picture)


def test_of_more_colours_than_a_gif_has_each_pixel_gets_one_near_its_own():
    across, down = np.meshgrid(np.arange(128), np.arange(96))
    smooth = np.stack([2 * across, 2.6 * down, 255 - across - down], -1).astype(int).clip(0, 255)
    off = np.abs(read(written([smooth], [0.1]), 0) - smooth)
    assert off.mean() < 8 and off.max() < 80
