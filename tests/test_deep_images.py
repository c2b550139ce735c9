"""Images of more than 8 bits a channel: neither black nor white, and one range for a folder."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from cacr_core.data.folders import pngs, read_folder
from cacr_core.data.folders.decode import Numbers, read_image
from tests.folder_layouts import DAMAGED, SIZE, as_folder, as_zip, picture, pictures


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "kept"))


def disc(dark, light, dtype=np.float64):
    y, x = np.mgrid[:24, :24]
    return np.where((x - 8) ** 2 + (y - 12) ** 2 < 36, light, dark).astype(dtype)


def saved(values, form="TIFF", **options):
    file = io.BytesIO()
    if form == "tifffile":
        tifffile.imwrite(file, values, **options)
    else:
        Image.fromarray(values).save(file, form, **options)
    return file.getvalue()


def stack(values, *others):
    return np.stack([values, *others])


DARK_LIGHT = disc(0, 1)
DEEP = {
    "16 bits": (saved(disc(3000, 60_000, np.uint16), "PNG"), "png", "16-bit"),
    "12 bits in 16": (saved(disc(100, 4000, np.uint16), "PNG"), "png", "16-bit"),
    "8 bits in 16": (saved(disc(10, 250, np.uint16)), "tif", "16-bit"),
    "signed 16 bits": (saved(disc(-1000, 2000, np.int16), "tifffile"), "tif", "-1,000 is black"),
    "int32": (saved(disc(-70_000, 90_000, np.int32)), "tif", "whole-number"),
    "uint32": (saved(disc(7, 4_000_000_000, np.uint32), "tifffile"), "tif", "whole-number"),
    "float of 0 to 1": (saved(disc(0.1, 0.9, np.float32)), "tif", "floating-point"),
    "Hounsfield": (saved(disc(-1000, 2000, np.float32)), "tif", "-1,000 is black"),
    "float64": (saved(disc(1e-6, 3e-6), "tifffile"), "tif", "floating-point"),
    "float16": (saved(disc(1, 30, np.float16), "tifffile"), "tif", "floating-point"),
    "not a number": (
        saved(np.where(np.arange(576).reshape(24, 24) == 7, np.nan, disc(2, 9)).astype("f4")),
        "tif", "values that are no finite numbers",
    ),
    "a hot pixel": (
        saved(np.where(np.arange(2304).reshape(48, 48) == 2303, 9e9,
                       np.kron(disc(2, 9), np.ones((2, 2)))).astype("f4")),
        "tif", "2 is black",
    ),
    "16 bits in colour, png": (None, "png", "16-bit"),
    "12 bits in 16 in colour, tif": (
        saved(np.repeat(disc(50, 4000, np.uint16)[..., None], 3, 2), "tifffile",
              photometric="rgb"), "tif", "16-bit",
    ),
    "packed, 16 bits in colour": (
        saved(np.repeat(disc(50, 4000, np.uint16)[..., None], 3, 2), "tifffile",
              photometric="rgb", compression="zlib"), "tif", "16-bit",
    ),
    "two channels": (
        saved(stack(disc(0, 900, np.uint16), disc(5, 800, np.uint16)), "tifffile",
              photometric="minisblack", planarconfig="separate"), "tif", "red and green",
    ),
    "five channels": (
        saved(np.repeat(disc(0, 900, np.uint16)[..., None], 5, 2), "tifffile",
              photometric="minisblack", planarconfig="contig"), "tif", "5 channels",
    ),
    "a microscope's hyperstack": (
        saved(np.stack([np.stack([disc(0, 900, np.uint16)] * 2)] * 4), "tifffile", imagej=True,
              metadata={"axes": "ZCYX"}), "tif", "red and green",
    ),
    "an OME-TIFF": (
        saved(np.stack([disc(0, 900, np.uint16)] * 3), "tifffile", ome=True,
              metadata={"axes": "CYX"}), "tif", "16-bit",
    ),
    "several pages": (
        saved(disc(0, 255, np.uint8), save_all=True,
              append_images=[Image.fromarray(disc(255, 0, np.uint8))]), "tif", "several pages",
    ),
    "grey with 8 bits": (saved(disc(20, 220, np.uint8), "PNG"), "png", ""),
    "pgm of 16 bits": (saved(disc(100, 4000, np.uint16), "PPM"), "pgm", "16-bit"),
}  # fmt: skip


def deep_png(values, kinds=(0,), exif=b"", clear=()):
    """A PNG of 16 bits in 2 to 4 channels, written by hand: Pillow writes none.

    Args:
        kinds: Of the filters of its rows, in turn, as the standard numbers them.
        exif: As Pillow gives it.
        clear: The one colour that is see-through.
    """

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    height, width, n_channels = values.shape
    rows = np.frombuffer(values.astype(">u2").tobytes(), np.uint8).reshape(height, width, -1)
    rows = rows.astype(int)
    packed = b""
    for y in range(height):
        kind = kinds[y % len(kinds)]
        up = rows[y - 1] if y else np.zeros_like(rows[0])
        left, corner = (np.concatenate([r[:1] * 0, r[:-1]]) for r in (rows[y], up))
        guess = left + up - corner
        near = [abs(guess - one) for one in (left, up, corner)]
        paeth = np.where(
            (near[0] <= near[1]) & (near[0] <= near[2]), left,
            np.where(near[1] <= near[2], up, corner),
        )  # fmt: skip
        said = (0 * left, left, up, (left + up) // 2, paeth)[kind]
        packed += bytes([kind]) + ((rows[y] - said) % 256).astype(np.uint8).tobytes()
    colour = {2: 4, 3: 2, 4: 6}[n_channels]
    head = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    chunks = [chunk(b"IHDR", head)]
    chunks += [chunk(b"tRNS", struct.pack(f">{len(clear)}H", *clear))] if clear else []
    chunks += [chunk(b"IDAT", zlib.compress(packed))]
    chunks += [chunk(b"eXIf", exif.removeprefix(b"Exif\0\0"))] if exif else []
    return b"\x89PNG\r\n\x1a\n" + b"".join([*chunks, chunk(b"IEND", b"")])


@pytest.mark.parametrize("n_channels", [2, 3, 4])
def test_a_png_of_16_bits_in_colour_keeps_all_of_them_whatever_its_filters(n_channels):
    values = np.random.default_rng(0).integers(0, 65_536, (11, 7, n_channels))
    if n_channels != 3:
        values[:, :, -1] = 65_535  # nothing of it is see-through
    wanted = values[:, :, : 3 if n_channels > 2 else 1]
    for kinds in ((0,), (1,), (2,), (3,), (4,), (4, 1, 3, 0, 2)):
        assert (pngs.read_png(deep_png(values, kinds)) == wanted).all(), kinds


def as_read(content, size):
    """Values of a deep image, 0 to 255; of one of 8 bits as many channels."""
    pixels = read_image(content, size).pixels
    return pixels.values / 257 if isinstance(pixels, Numbers) else pixels.astype(np.float32)


def see_through(n_channels):
    """A picture of 8 bits that is see-through by degrees, and of as many as 16."""
    eight = np.random.default_rng(1).integers(0, 256, (16, 16, n_channels)).astype(np.uint8)
    eight[:3, :, -1], eight[-3:, :, -1] = 0, 255
    return eight, eight.astype(np.uint16) * 257


def tiff_of_samples(values, kind, **options):
    grey = values.shape[2] == 2
    options = {"photometric": "minisblack" if grey else "rgb"} | options
    return saved(values, "tifffile", planarconfig="contig", extrasamples=[kind], **options)


@pytest.mark.parametrize("n_channels", [2, 4])
def test_a_deep_image_lies_on_white_as_the_same_one_of_8_bits_does(n_channels):
    eight, deep = see_through(n_channels)
    wanted = as_read(saved(eight, "PNG"), 16)[:, :, : n_channels - 1]
    assert wanted[0].min() == 255
    multiplied = (deep / 65_535 * deep[:, :, -1:]).round().astype(np.uint16)
    multiplied[:, :, -1] = deep[:, :, -1]
    for name, content in {
        "png": deep_png(deep, (4, 1, 3, 0, 2)),
        "tif": tiff_of_samples(deep, 2),
        "multiplied": tiff_of_samples(multiplied, 1),
        "float": tiff_of_samples((deep / 65_535).astype(np.float32), 2),
    }.items():
        found = as_read(content, 16) * (65_535 if name == "float" else 1)
        assert found.shape == wanted.shape, name
        assert np.abs(found - wanted).max() <= 1, name


@pytest.mark.parametrize("n_channels", [1, 3])
def test_the_one_see_through_colour_of_a_deep_png_is_white_as_in_one_of_8_bits(n_channels):
    eight = np.random.default_rng(3).integers(0, 3, (16, 16, n_channels)).astype(np.uint8) * 100
    clear = (100, 0, 200)[:n_channels]
    is_clear = (eight == clear).all(2)
    assert 0 < is_clear.sum() < 256
    said = clear if n_channels == 3 else clear[0]
    wanted = as_read(saved(eight.squeeze(), "PNG", transparency=said), 16)[:, :, :n_channels]
    deep = eight.astype(np.uint16) * 257
    if n_channels == 3:
        content = deep_png(deep, clear=[257 * c for c in clear])
    else:
        content = saved(deep[:, :, 0], "PNG", transparency=257 * said)
    found = as_read(content, 16)
    assert (found[is_clear] == 255).all() and (found[~is_clear] < 255).all()
    assert np.abs(found - wanted).max() <= 1


def test_a_further_channel_that_is_not_said_to_be_opacity_hides_nothing():
    _, deep = see_through(4)
    found = read_image(tiff_of_samples(deep, 0), 16).pixels.values
    assert (found == deep[:, :, :3]).all()


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("kind", ["u2", "u4", "i2", "i4", "f2", "f4", "f8"])
def test_a_tiff_whose_least_is_white_is_read_as_one_whose_least_is_black(kind, bigtiff, tmp_path):
    for name, ends in {"miniswhite": (60, 5), "minisblack": (5, 60)}.items():
        content = saved(disc(*ends, kind), "tifffile", photometric=name, bigtiff=bigtiff)
        train, _, account = read_folder(as_folder({"a/0.tif": content}, tmp_path / name), 24)
        assert train.images[0, 0, 12, 8] == 255 and train.images[0, 0, 4, 20] == 0, name
        assert "int64" not in account.notes[0]


def test_opacity_of_a_tiff_whose_least_is_white_lays_it_on_white():
    eight, deep = see_through(2)
    wanted = as_read(saved(eight, "PNG"), 16)[:, :, :1]
    deep[:, :, 0] = 65_535 - deep[:, :, 0]
    found = as_read(tiff_of_samples(deep, 2, photometric="miniswhite"), 16)
    assert np.abs(found - wanted).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_deep_image_is_turned_as_the_same_one_of_8_bits_is(orientation):
    eight = np.random.default_rng(2).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    deep, exif = eight.astype(np.uint16) * 257, Image.Exif()
    exif[274] = orientation
    wanted = as_read(saved(eight, "PNG", exif=exif), 16)
    tags = [(274, "H", 1, orientation, True)]
    for content in (
        deep_png(deep, exif=exif.tobytes()),
        saved(deep, "tifffile", photometric="rgb", extratags=tags),
    ):
        assert np.abs(as_read(content, 16) - wanted).max() <= 1
    wide = saved(deep[:8], "tifffile", photometric="rgb", extratags=tags)
    assert np.abs(as_read(wide, 8) - as_read(saved(eight[:8], "PNG", exif=exif), 8)).max() <= 1


@pytest.mark.parametrize("pack", [as_folder, as_zip])
@pytest.mark.parametrize("name", DEEP)
def test_what_has_more_than_8_bits_is_neither_black_nor_white(name, pack, tmp_path):
    content, end, word = DEEP[name]
    content = content or deep_png(np.repeat(disc(50, 4000, np.uint16)[..., None], 3, 2))
    files = {f"a/{i}.{end}": content for i in range(3)}
    train, _, account = read_folder(pack(files, tmp_path / "set"), 24)
    assert len(train) == account.n_images == account.n_files == 3
    red, green = train.images[:, 0], train.images[:, 1]
    assert (red[:, 12, 8] >= 215).all() and (green[:, 12, 8] >= 215).all()
    assert (red[:, 4, 20] <= 40).all() and (green[:, 4, 20] <= 40).all()
    assert word in " ".join(account.notes)


def test_one_range_holds_for_a_folder_and_its_own_for_what_would_be_black(tmp_path):
    files = {
        "a/full.png": saved(disc(0, 60_000, np.uint16), "PNG"),
        "a/half.png": saved(disc(0, 30_000, np.uint16), "PNG"),
        "a/tiny.png": saved(disc(0, 250, np.uint16), "PNG"),
        "a/even.png": saved(disc(30_000, 30_000, np.uint16), "PNG"),
    }
    train, _, account = read_folder(as_folder(files, tmp_path / "set"), 24)
    lit = dict(zip(train.names, train.images[:, 0, 12, 8].tolist(), strict=True))
    assert lit == {"a/even.png": 128, "a/full.png": 255, "a/half.png": 128, "a/tiny.png": 255}
    assert account.notes == (
        "4 16-bit images are stretched by the folder's range: 0 is black and 60,000 white. 1 of "
        "them spans less than a tenth of it and is stretched by its own.",
    )


def test_an_image_that_is_black_or_white_is_named(tmp_path):
    files = pictures("cat", "dog") | {
        "cat/b.png": picture((3, 2, 1)),
        "cat/mask.png": saved(disc(0, 1, np.uint8), "PNG"),
        "dog/w.png": picture((255, 255, 255)),
    }
    notes = read_folder(as_folder(files, tmp_path / "set"), SIZE).account.notes
    assert "2 images are all but black, as saved." in notes
    assert "1 image is all but white, as saved." in notes


def test_a_packed_tiff_that_unpacks_to_more_than_it_says_is_left_out(tmp_path):
    values = np.repeat(disc(50, 4000, np.uint16)[..., None], 3, 2)
    honest = saved(values, "tifffile", photometric="rgb", compression="zlib", rowsperstrip=24)
    with tifffile.TiffFile(io.BytesIO(honest)) as file:
        page = file.pages[0]
        start, n = page.dataoffsets[0], page.databytecounts[0]
        where = page.tags["StripByteCounts"].valueoffset
    bomb = zlib.compress(bytes(2**26), 9)
    content = bytearray(honest[:start] + bomb)
    count = len(bomb).to_bytes(4, "little")
    assert content[where : where + 2] == n.to_bytes(2, "little")
    width = 4 if page.tags["StripByteCounts"].dtype == 4 else 2
    content[where : where + width] = count[:width]
    files = pictures("cat") | {"cat/bomb.tif": bytes(content)}
    found = read_folder(as_folder(files, tmp_path / "set"), SIZE)
    assert found.account.left_out == {DAMAGED: 1}
