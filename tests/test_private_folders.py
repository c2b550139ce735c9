"""What a person brought is kept in a folder that goes with the server, killed or not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from web.shell import private

ROOT = Path(__file__).parents[1]
HOLDS = (
    "import sys, time; from web.shell.private import Private; one = Private();"
    "(one.path / 'net.pth').write_bytes(b'x'); print(one.path, flush=True); sys.stdin.read()"
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(private.tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def other(place):
    """Another server that has been given a file, and where it keeps that."""
    started = subprocess.Popen(
        [sys.executable, "-c", HOLDS], cwd=ROOT, text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, env=os.environ | {"TMPDIR": str(place)},
    )  # fmt: skip
    yield started, Path(started.stdout.readline().strip())
    started.kill()
    started.communicate()


def test_what_a_killed_server_leaves_is_swept_and_what_a_living_one_has_is_not(place, other):
    started, path = other
    assert path.parent.parent == place
    private.sweep()
    assert (path / "net.pth").exists()
    started.send_signal(signal.SIGKILL)
    started.wait()
    assert (path / "net.pth").exists()
    private.sweep()
    assert list(place.iterdir()) == []


def test_a_server_that_ends_by_itself_leaves_nothing(place, other):
    other[0].communicate()
    assert list(place.iterdir()) == []


def test_folders_of_others_links_and_young_ones_are_left(place, monkeypatch):
    theirs, young, elsewhere = (place / name for name in ("cacr-upload-a", "cacr-upload-b", "c"))
    for folder in (theirs, young, elsewhere):
        folder.mkdir()
    (place / "cacr-upload-link").symlink_to(elsewhere)
    os.utime(elsewhere, (1, 1))
    os.utime(theirs, (1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(private, "_is_ours", lambda status: False)
        private.sweep()
    assert {one.name for one in place.iterdir()} == {
        "cacr-upload-a", "cacr-upload-b", "cacr-upload-link", "c",
    }  # fmt: skip
    private.sweep()
    assert {one.name for one in place.iterdir()} == {"cacr-upload-b", "cacr-upload-link", "c"}
