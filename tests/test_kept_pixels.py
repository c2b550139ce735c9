"""What is kept of a folder that took long to read is shown for that folder alone."""

import os

import pytest

from cacr_core.data.folders import contents_of, kept, reading
from cacr_core.data.folders import read_folder as read
from tests.folder_layouts import COLOURS, SIZE, picture


@pytest.fixture(autouse=True)
def all_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "kept"))
    monkeypatch.setattr(kept, "WORTH", -1.0)


def dated(root, colour):
    """12 images of equal names, size and date."""
    root.mkdir()
    for i in range(12):
        (root / f"{i}.bmp").write_bytes(picture(colour, "BMP"))
        os.utime(root / f"{i}.bmp", (0, 0))
    return root


def colours(found):
    return {tuple(image[:, 4, 4].tolist()) for image in found.train.images}


def test_files_of_equal_names_size_and_date_in_another_folder_are_read(tmp_path):
    for name in ("cat", "dog"):
        assert colours(read(dated(tmp_path / name, COLOURS[name]), SIZE)) == {COLOURS[name]}


def test_a_file_written_anew_with_its_old_date_is_read(tmp_path):
    root = dated(tmp_path / "set", COLOURS["cat"])
    read(root, SIZE)
    new = tmp_path / "new.bmp"
    new.write_bytes(picture(COLOURS["dog"], "BMP"))
    os.utime(new, (0, 0))
    os.replace(new, root / "3.bmp")
    assert colours(read(root, SIZE)) == {COLOURS["cat"], COLOURS["dog"]}


def test_the_same_folder_is_not_read_twice(tmp_path, monkeypatch):
    root = dated(tmp_path / "set", COLOURS["cat"])
    first = read(root, SIZE)
    monkeypatch.setattr(reading, "read_image", lambda *_: pytest.fail("was read"))
    assert (read(root, SIZE).train.images == first.train.images).all()


def test_what_a_killed_reader_was_writing_is_swept_when_it_is_old(tmp_path, monkeypatch):
    place = tmp_path / "kept" / "read"
    place.mkdir(parents=True)
    old, young = place / "old.part", place / "young.part"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(kept.np, "savez", interrupt)
        read(dated(tmp_path / "cat", COLOURS["cat"]), SIZE)
    assert list(place.iterdir()) == [young]


def test_runs_know_a_folder_that_was_copied_with_its_dates(tmp_path):
    here, there = (dated(tmp_path / name, COLOURS["cat"]) for name in ("here", "there"))
    assert contents_of(here) == contents_of(there)


def test_what_is_kept_in_a_folder_that_is_only_read_is_used(tmp_path, monkeypatch):
    root = dated(tmp_path / "set", COLOURS["cat"])
    first = read(root, SIZE)

    def only_read(*_, **__):
        raise PermissionError("read-only")

    monkeypatch.setattr(kept.os, "utime", only_read)
    monkeypatch.setattr(reading, "read_image", lambda *_: pytest.fail("was read"))
    assert (read(root, SIZE).train.images == first.train.images).all()
