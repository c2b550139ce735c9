"""A frozen file has as many moments as fit in what it may take, and one at the least."""

import pytest

from cacr_core.commands.freeze import bytes_of
from cacr_core.runs.shelf import RECORDED
from web.frozen import freeze as freezing
from web.frozen.__main__ import main as frozen_command

SHELL, MOMENT, MOMENTS = 1_000_000, 100_000, 40  # bytes, and how many there are


@pytest.fixture
def asked(monkeypatch):
    """What is asked for in place of files: pages of a shell and as many moments as there is room
    for."""
    rooms = []

    def run(folder, room, code):
        rooms.append(room)
        return "x" * (SHELL + MOMENT * max(1, min(MOMENTS, room // MOMENT)))

    monkeypatch.setattr(freezing, "_run", run)
    return rooms


@pytest.mark.parametrize(
    ("most", "moments"), [(15.0, 40), (5.0, 25), (2.0, 10), (1.5, 4), (1.1, 1)]
)
def test_a_file_has_the_moments_that_fit(asked, most, moments):
    whole = freezing.freeze(RECORDED / "example", bytes_of(most))
    assert len(whole) == SHELL + MOMENT * moments <= most * 1e6
    assert len(asked) <= 3  # each of which records the run anew


def test_moments_that_grow_with_each_other_are_fewer_and_not_one_alone(asked, monkeypatch):
    def run(folder, room, code):
        asked.append(room)
        n = max(1, min(MOMENTS, room // MOMENT))
        return "x" * (SHELL + MOMENT * n + 20_000 * n * n)

    monkeypatch.setattr(freezing, "_run", run)
    whole = freezing.freeze(RECORDED / "example", bytes_of(4))
    n = 7  # of 28 for which there would be room without that
    assert len(whole) == SHELL + MOMENT * n + 20_000 * n * n
    assert len(asked) <= 5


def test_a_file_that_cannot_be_so_small_is_refused_with_what_it_needs(asked, tmp_path, capsys):
    out = tmp_path / "x.html"
    words = ["example", "--out", str(out), "--most"]
    assert frozen_command([*words, "1"]) == 2
    told = capsys.readouterr().err
    assert told == (
        "example takes 1.1 MB frozen with one moment, more than 1. Allow more with --most.\n"
    )
    assert not out.exists()
    assert frozen_command([*words, "1.1"]) == 0
    assert out.stat().st_size == SHELL + MOMENT


@pytest.mark.parametrize("most", ["inf", "nan", "0", "-1"])
def test_megabytes_that_no_file_has_are_refused_in_a_sentence(tmp_path, capsys, most):
    assert frozen_command(["example", "--out", str(tmp_path / "x"), f"--most={most}"]) == 2
    told = f"--most must be a number of megabytes above 0, got {most}.\n"
    assert capsys.readouterr().err == told
    assert not list(tmp_path.iterdir())
