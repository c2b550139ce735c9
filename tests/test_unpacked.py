"""What is unpacked has bounds, by what comes out of it and not by what it says of itself."""

import io
import json
import random
import stat
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

from cacr_core import data
from cacr_core.data import folders
from cacr_core.data.folders import bounds
from cacr_core.data.folders.decode import BREAKS, read_image
from cacr_core.runs import arrays, shelf, zips
from cacr_core.runs import folder as files
from tests.test_data import png, write_zip
from tests.test_deep_images import DEEP, deep_png, disc


@pytest.mark.parametrize(
    ("bound", "value", "word"),
    [
        ("MAX_SET_BYTES", 20 * 3 * 32**2 - 1, "20 images of big.zip take"),
        ("MAX_DIRECTORY", 100, "list of entries"),
        ("MAX_SECONDS", -1.0, "takes longer than"),
        ("PIXELS_OF_ANY", -1e9, "million pixels"),
        ("MAX_SEEN", 10, "more than 10 files"),
    ],
)
def test_a_folder_or_zip_of_images_past_a_bound_is_refused(
    tmp_path, monkeypatch, bound, value, word
):
    images = [(f"{i}.png", png()) for i in range(20)]
    packed = write_zip(tmp_path / "big.zip", images)
    (tmp_path / "folder").mkdir()
    for name, content in images:
        (tmp_path / "folder" / name).write_bytes(content)
    monkeypatch.setattr(bounds, bound, value)
    place = tmp_path / "folder" if bound == "MAX_SEEN" else packed
    with pytest.raises(ValueError, match=word):
        data.load(str(place))


def test_what_is_kept_is_what_was_read_and_nothing_beside(tmp_path):
    colours = [(10 * i, 5, 200) for i in range(20)]
    for i, colour in enumerate(colours):
        (tmp_path / f"{i:02d}.png").write_bytes(png(colour) if i != 7 else b"broken")
    images = folders.read_images(tmp_path, 8)
    assert (images.account.n_left_out, len(images)) == (1, 19)
    left = [colour for i, colour in enumerate(colours) if i != 7]
    assert images.images[:, :, 4, 4].tolist() == [list(colour) for colour in left]


def test_an_image_is_asked_for_its_size_before_it_is_unpacked(tmp_path, monkeypatch):
    wide = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.new("RGB", (6000, 6000)).save(wide, "PNG")
    (tmp_path / "wide.png").write_bytes(wide.getvalue())
    (tmp_path / "small.png").write_bytes(png())
    loaded = []
    real = Image.Image.load
    monkeypatch.setattr(Image.Image, "load", lambda self: loaded.append(self.size) or real(self))
    images = folders.read_images(tmp_path)
    assert (len(images), images.account.n_left_out) == (1, 1)
    assert (6000, 6000) not in loaded


def test_a_photo_may_be_larger_for_it_is_unpacked_small(tmp_path):
    Image.new("RGB", (6000, 6000), (9, 99, 199)).save(tmp_path / "photo.jpg", "JPEG")
    assert len(folders.read_images(tmp_path)) == 1


def test_a_file_of_another_format_with_an_images_name_is_not_opened(tmp_path, monkeypatch):
    Image.new("RGB", (20, 20)).save(tmp_path / "page.eps")
    (tmp_path / "page.eps").rename(tmp_path / "page.png")
    (tmp_path / "other.png").write_bytes(png())
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *given: pytest.fail("was run"))
    assert folders.read_images(tmp_path).account.n_left_out == 1


def test_a_damaged_entry_of_a_zip_costs_one_image(tmp_path):
    path = tmp_path / "a.zip"
    write_zip(path, [(f"{i}.png", png((i, i, i))) for i in range(20)])
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        entry = archive.infolist()[3]
    for at in range(entry.header_offset + 40, entry.header_offset + 80):
        content[at] ^= 0xFF
    path.write_bytes(content)
    images = folders.read_images(path)
    assert (len(images), images.account.n_left_out) == (19, 1)


# --- a run's file


def packed(entries, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name is there twice
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, content in entries:
                archive.writestr(name, content)
    return buffer.getvalue()


def entries_of(folder):
    return [
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and zips.FILES.fullmatch(path.relative_to(folder).as_posix())
    ]


def replaced(folder, name, content):
    return packed([(n, content if n == name else c) for n, c in entries_of(folder)])


def link(name):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def refused(content, word, place):
    with pytest.raises(ValueError, match=word) as told:
        shelf.from_zip(content)
    assert "\n" not in str(told.value)
    assert list(place.iterdir()) == []


def test_a_run_packed_anew_opens_as_it_was(finished, shelf_folder):
    arrived = shelf.from_zip(packed(entries_of(finished)))
    assert entries_of(arrived) == entries_of(finished)


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ([("config.json", b"{}"), ("snapshots/00000000.npz", bytes(40 * 2**20))], "at most 32 MB"),
        ([("config.json", b"{}"), ("config.json", b"{}")], "twice"),
        ([(link("config.json"), b"/etc/passwd")], "link"),
        ([("config.json", b"{}"), ("/etc/config.json", b"")], "does not belong"),
        ([("config.json", b"{}"), ("a\\config.json", b"")], "does not belong"),
        ([("config.json", b"{}"), ("snapshots/", b"")], "does not belong"),
    ],
)
def test_a_run_file_past_a_bound_is_refused_and_leaves_nothing(
    shelf_folder, entries, word
):  # fmt: skip
    refused(packed(entries), word, shelf_folder)


def test_other_ways_of_packing_are_refused(shelf_folder):
    refused(packed([("config.json", b"{}")], zipfile.ZIP_LZMA), "method", shelf_folder)
    content = bytearray(packed([("config.json", b"{}")]))
    content[6] |= 1  # says that it is locked, here and in the list
    content[content.index(zips.ENTRY) + 8] |= 1
    refused(bytes(content), "locked", shelf_folder)


def test_a_run_file_that_takes_too_long_or_lists_too_much_is_refused(
    finished, shelf_folder, monkeypatch
):  # fmt: skip
    content = shelf.to_zip(finished)
    monkeypatch.setattr(zips, "MOST_SECONDS", -1.0)
    refused(content, "takes longer", shelf_folder)
    monkeypatch.setattr(zips, "MOST_ENTRIES", 3)
    refused(content, "this zip lists", shelf_folder)


def test_every_cut_of_a_run_file_is_refused_with_a_sentence(finished, shelf_folder):
    content = packed(entries_of(finished))
    for share in range(1, 20):
        refused(content[: len(content) * share // 20], "no zip|cannot be opened", shelf_folder)


def test_bytes_that_do_not_unpack_are_refused_with_a_sentence(finished, shelf_folder):
    content = bytearray(packed(entries_of(finished)))
    at = content.index(b"metrics.jsonl") + 30
    content[at : at + 40] = bytes(255 - b for b in content[at : at + 40])
    refused(bytes(content), "cannot be opened", shelf_folder)


@pytest.mark.parametrize(
    ("name", "change", "word"),
    [
        ("config.json", {"n_steps": "many"}, "n_steps must be a whole number"),
        ("config.json", {"loss": {"name": 61 * "q"}}, "at most 60 characters"),
        ("run.json", {"title": ["a"]}, "title"),
        ("probes.json", {"n": 31}, "each of its 31"),
        ("probes.json", {"tile": 10**9}, "tile"),
    ],
)
def test_a_run_file_that_says_what_no_run_says_is_refused(
    finished, shelf_folder, name, change, word
):  # fmt: skip
    content = json.loads((finished / name).read_text()) | change
    refused(replaced(finished, name, json.dumps(content)), word, shelf_folder)


def test_a_sheet_of_too_many_pixels_is_refused(finished, shelf_folder, monkeypatch):
    monkeypatch.setattr(zips, "MOST_PIXELS", 100)
    refused(shelf.to_zip(finished), "more than 100 pixels", shelf_folder)


def test_arrays_past_a_bound_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    path = files.snapshot_path(tmp_path, 0)
    path.parent.mkdir(parents=True)
    np.savez_compressed(path, embeddings=np.zeros((5, 400, 64), np.float16))
    assert files.read_arrays(tmp_path, 0)[0].shape == (5, 400, 64)
    monkeypatch.setattr(arrays, "MOST_BYTES", 200_000)
    with pytest.raises(ValueError, match=r"00000000\.npz is damaged: it may hold 8 arrays"):
        files.read_arrays(tmp_path, 0)
    np.savez(path, **{f"more-{i}": np.zeros(1) for i in range(9)})
    with pytest.raises(ValueError, match="got 9"):
        files.read_arrays(tmp_path, 0)


def test_an_array_of_objects_is_not_unpickled(tmp_path):
    path = files.snapshot_path(tmp_path, 0)
    path.parent.mkdir(parents=True)
    np.savez(path, embeddings=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="damaged"):
        files.read_arrays(tmp_path, 0)


def test_damaged_images_of_every_kind_cost_themselves_and_nothing_else():
    chance = random.Random(0)
    seeds = [content for content, _, _ in DEEP.values() if content]
    seeds += [png(form=form) for form in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP", "JPEG2000")]
    seeds.append(deep_png(np.repeat(disc(50, 4000, np.uint16)[..., None], 3, 2)))
    n_read = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(400):
            content = bytearray(chance.choice(seeds))
            for _ in range(chance.choice((1, 2, 4))):
                at = chance.randrange(min(len(content), 400))
                content[at : at + 1] = bytes([chance.randrange(256)])
            try:
                read_image(bytes(content), 16)
                n_read += 1
            except BREAKS:
                continue
    assert 50 < n_read < 350
