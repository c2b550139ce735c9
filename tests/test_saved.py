"""What is taken away from the checkpoints page is what is seen there."""

import io

import numpy as np
from PIL import Image

from web.checkpoints.charts import framed, in_a_row
from web.checkpoints.saved import as_png


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
