"""Folders and zips made to cost far more than they hold: paths without end, links to links."""

import os
import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

import numpy as np
import pytest
from PIL import Image

from cacr_core.data.folders import bounds, pngs, read_folder, zips
from cacr_core.data.folders.decode import TOO_LARGE, read_image
from cacr_core.data.folders.listing import DEEP, LOOP
from tests.folder_layouts import DAMAGED, SIZE, as_folder, as_zip, picture, pictures
from tests.test_deep_images import deep_png


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "kept"))


def linked(files, links, path):
    """A zip of files, and of links by where they lead."""
    packed = as_zip(files, path)
    with zipfile.ZipFile(packed, "a") as archive:
        for name, target in links.items():
            link = zipfile.ZipInfo(name)
            link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, target)
    return packed


# --- links


def test_a_link_of_a_zip_to_a_folder_it_lies_in_is_counted_and_not_looked_through(
    tmp_path, monkeypatch
):
    made = []
    true = PurePosixPath
    monkeypatch.setattr(zips, "PurePosixPath", lambda text: made.append(text) or true(text))
    links = {f"cat/{i}": "../cat" for i in range(300)}
    found = read_folder(linked(pictures("cat", "dog"), links, tmp_path / "set"), SIZE)
    assert len(found.train) == 6
    assert found.account.left_out == {LOOP: 300}
    assert len(made) < 4 * 306


def test_links_to_a_folder_of_links_are_refused_by_all_that_they_lead_to(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_SEEN", 40 * 40)
    links = {f"b/{i}.png": "../cat/0.png" for i in range(40)} | {
        f"a/{i}": "../b" for i in range(39)
    }
    found = read_folder(linked(pictures("cat"), links, tmp_path / "few"), SIZE)
    assert len(found.train) == 43
    path = linked(pictures("cat"), links | {"a/40": "../b"}, tmp_path / "many")
    with pytest.raises(ValueError, match=r"many.zip holds more than 1,600 files. Use fewer."):
        read_folder(path, SIZE)


# --- paths


@pytest.mark.parametrize(
    ("name", "is_left_out"),
    [
        ("a/" * 64 + "x.png", False),
        ("a/" * 65 + "x.png", True),
        ("a/" * 30_000 + "x.png", True),
        ("a" * 996 + ".png", False),
        ("a" * 997 + ".png", True),
    ],
)
def test_a_path_of_a_zip_that_nobody_would_write_is_left_out_and_counted(
    name, is_left_out, tmp_path
):
    files = pictures("cat", "dog") | {name: picture()}
    found = read_folder(as_zip(files, tmp_path / "set"), SIZE)
    assert found.account.left_out == ({DEEP: 1} if is_left_out else {})
    assert (found.account.n_files, len(found.train)) == (7, 6 if is_left_out else 7)


def test_a_folder_in_more_folders_than_anybody_makes_is_left_out_and_counted(tmp_path):
    root = as_folder(pictures("cat", "dog"), tmp_path / "set")
    here = os.getcwd()
    os.chdir(root)
    try:
        for depth in range(80):
            os.mkdir("a")
            os.chdir("a")
            if depth in (63, 64):
                with open(f"{depth}.png", "wb") as file:
                    file.write(picture())
    finally:
        os.chdir(here)
    found = read_folder(root, SIZE)
    assert found.account.left_out == {DEEP: 2}  # the further image, and the folders below it
    assert len(found.train) == 7


# --- images


def sized(width, height):
    """A deep PNG that says it is of another size."""
    content = bytearray(deep_png(np.zeros((2, 2, 3), np.uint16)))
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


@pytest.mark.parametrize("size", [(0, 2**31 - 1), (2**31 - 1, 0), (0, 0)])
def test_a_deep_png_without_width_or_height_is_not_unpacked(size, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(pngs.zlib, "decompressobj", lambda: pytest.fail("was unpacked"))
        with pytest.raises(ValueError, match="no pixels"):
            pngs.read_png(sized(*size))
    files = pictures("cat") | {"cat/none.png": sized(*size)}
    assert read_folder(as_folder(files, tmp_path / "set"), SIZE).account.left_out == {DAMAGED: 1}


def wide(form, end, *places):
    """An image whose header says 20,000 pixels either way, at these places of its bytes."""
    content = bytearray(picture(form=form))
    for at, n in places:
        order = "big" if form == "PNG" else "little"
        content[at : at + n] = (20_000).to_bytes(n, order)
    if form == "PNG":
        content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return f"cat/wide.{end}", bytes(content)


def place_of(content, tag):
    """Where a little-endian TIFF has the value of a tag, and how many bytes it takes."""
    entry = content.index(struct.pack("<H", tag), struct.unpack_from("<I", content, 4)[0])
    return entry + 8, {3: 2, 4: 4}[struct.unpack_from("<H", content, entry + 2)[0]]


TIFF = picture(form="TIFF")
WIDE = [
    wide("PNG", "png", (16, 4), (20, 4)),
    wide("BMP", "bmp", (18, 4), (22, 4)),
    wide("GIF", "gif", (6, 2), (8, 2)),
    wide("TIFF", "tif", place_of(TIFF, 256), place_of(TIFF, 257)),
    ("cat/wide.ppm", b"P6 20000 20000 255\n"),
]


@pytest.mark.parametrize(("name", "content"), WIDE, ids=[name for name, _ in WIDE])
def test_an_image_too_large_for_its_decoder_is_called_too_large(name, content, tmp_path):
    with pytest.raises(Image.DecompressionBombError):
        read_image(content, SIZE)
    found = read_folder(as_folder(pictures("cat") | {name: content}, tmp_path / "set"), SIZE)
    assert found.account.left_out == {TOO_LARGE: 1}


@pytest.mark.parametrize("turn", [1, -1])
def test_a_deep_png_of_one_pixel_a_row_is_bounded_as_any(turn):
    for n, word in ((bounds.MAX_DECODED, "cut off"), (bounds.MAX_DECODED + 1, "too large")):
        with pytest.raises(ValueError, match=word):
            pngs.read_png(sized(*(1, n)[::turn]))
