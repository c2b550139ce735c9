"""How commands end: interrupted, unread, with odd names, or where nothing can be written."""

import argparse
import contextlib
import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cacr_core.__main__ import main
from cacr_core.commands import diff, embed, freeze, output, terminal
from cacr_core.papers.encoders import FOLDER
from cacr_core.runs import folder as files
from cacr_core.runs import process, seeds
from cacr_core.runs.paths import write_bytes
from cacr_core.runs.shelf import RECORDED, ROOT
from tests.tiny_run import wait_for
from web.frozen import __main__ as frozen

A, B = map(str, (FOLDER / "cacr-digits.safetensors", FOLDER / "untrained-digits.safetensors"))
CACR = [sys.executable, "-m", "cacr_core"]
NOWHERE = "/proc/not/here.html" if os.path.isdir("/proc") else "/dev/null/here.html"


@pytest.fixture
def no_work(monkeypatch):
    """Whatever would take long fails the test."""
    for place, name in ((embed, "usable"), (embed, "opened_at"), (subprocess, "run")):
        monkeypatch.setattr(place, name, lambda *_, **__: pytest.fail("worked"))
    monkeypatch.setattr(frozen, "_whole", lambda *_: pytest.fail("worked"))


WRITERS = {
    "embed": (["embed", A, "--dataset", "digits", "--out"], ".npz"),
    "diff": (["diff", A, B, "--html"], ".html"),
    "freeze": (["freeze", "example", "--out"], ".html"),
}


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("command", WRITERS)
def test_a_place_that_cannot_be_written_is_refused_by_its_own_name_before_the_work(
    command, tmp_path, capsys, monkeypatch
):
    words, ending = WRITERS[command]
    (tmp_path / "file").write_text("")
    places = [tmp_path, tmp_path / "file" / f"x{ending}", tmp_path / ("x" * 300 + ending)]
    if os.path.isdir("/proc"):
        places.append(Path(f"/proc/x{ending}"))
    for place in places:
        assert main([*words, str(place)]) == 2
        said = capsys.readouterr().err
        named = place.parent if place.parent.name == "file" and command != "freeze" else place
        assert said.count("\n") == 1 and f"{named}" in said and words[-1] in said
        assert str(os.getpid()) not in said
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("command", WRITERS)
def test_what_was_there_stays_until_the_new_is_whole(command, tmp_path, monkeypatch, capsys):
    words, ending = WRITERS[command]
    out = tmp_path / f"good{ending}"
    out.write_bytes(b"good")

    def full(self, content):
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    run = main
    if command == "freeze":
        monkeypatch.setattr(frozen, "_whole", lambda *_: "<html>")
        words, run = words[1:], frozen.main
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        assert run([*words, str(out)]) == 2
    assert capsys.readouterr().err.startswith(f"{words[-1]} cannot be written, {out}: No space")
    assert out.read_bytes() == b"good" and list(tmp_path.iterdir()) == [out]
    monkeypatch.setattr(frozen, "_whole", lambda *_: "odd \udc80 name")
    monkeypatch.setattr(diff, "as_html", lambda report: "odd \udc80 name")
    assert run([*words, str(out)]) == 0
    if ending == ".html":
        assert out.read_bytes() == b"odd ? name"


def test_nothing_takes_the_place_of_a_pipe_or_of_what_a_link_leads_to(tmp_path):
    link, true = tmp_path / "link", tmp_path / "true"
    true.write_bytes(b"old")
    link.symlink_to(true)
    output.refuse_unwritable(link, "--out")
    output.write(link, b"new", "--out")
    assert link.is_symlink() and true.read_bytes() == b"new"
    output.refuse_unwritable(Path(os.devnull), "--out")
    output.write(Path(os.devnull), b"new", "--out")
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("refused", ["touch", "replace"])
def test_a_file_whose_place_may_not_be_taken_is_written_over(refused, tmp_path, monkeypatch):
    def refuse(self, *_):
        raise OSError(errno.EROFS if refused == "touch" else errno.EBUSY, "Refused")

    monkeypatch.setattr(Path, refused, refuse)
    out, link = tmp_path / "x", tmp_path / "link"
    out.write_bytes(b"old and long")
    link.symlink_to(out)
    for place, content in ((out, b"new"), (link, b"newer")):
        output.refuse_unwritable(place, "--out")
        output.write(place, content, "--out")
        assert out.read_bytes() == content and link.is_symlink()
    missing, closed = tmp_path / "y", tmp_path / "closed"
    closed.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # as of a file that is read alone
    for place in (missing, closed):
        with pytest.raises(ValueError, match=r"--out cannot be written, .*: Refused\. Name"):
            output.refuse_unwritable(place, "--out")
            output.write(place, b"new", "--out")
    assert closed.read_bytes() == b"old" and not missing.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"x", "link", "closed"}


def test_nothing_is_written_over_on_a_full_disk(tmp_path, monkeypatch):
    def full(self, *_):
        raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / "x"
    out.write_bytes(b"old")
    monkeypatch.setattr(Path, "touch", full)
    with pytest.raises(ValueError, match="No space left"):
        output.write(out, b"new", "--out")
    assert out.read_bytes() == b"old"


def test_a_name_as_long_as_names_can_be_is_written(tmp_path):
    out = tmp_path / ("x" * 250 + ".html")
    for content in (b"one", b"two"):
        output.refuse_unwritable(out, "--out")
        output.write(out, content, "--out")
        assert out.read_bytes() == content and list(tmp_path.iterdir()) == [out]
    with pytest.raises(ValueError, match="too long"):
        output.refuse_unwritable(tmp_path / "missing" / ("x" * 300), "--out", with_parents=True)


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("command", WRITERS)
def test_a_link_to_itself_is_refused_by_a_sentence(command, tmp_path, capsys):
    words, ending = WRITERS[command]
    loop = tmp_path / f"x{ending}"
    loop.symlink_to(loop)
    assert main([*words, str(loop)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{words[-1]} cannot be written, {loop}: ") and said.count("\n") == 1
    with pytest.raises(ValueError, match="cannot be written"):
        output.write(loop, b"new", "--out")
    assert loop.is_symlink()


def test_a_file_whose_writing_is_interrupted_leaves_nothing_beside_it(tmp_path, monkeypatch):
    def interrupt(self, content):
        self.touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(tmp_path / "x", b"x")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [embed, diff, freeze])
def test_an_interrupt_is_a_word_and_a_code(command, monkeypatch, capsys, tmp_path):
    def interrupt(options):
        raise KeyboardInterrupt

    name = command.__name__.rpartition(".")[2]
    words, ending = WRITERS[name]
    monkeypatch.setattr(command, "run", interrupt)
    assert main([*words, str(tmp_path / f"x{ending}")]) == terminal.STOPPED == 130
    assert capsys.readouterr().err == "Stopped.\n"


@pytest.mark.skipif(os.name == "nt", reason="no process groups")
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_freeze_ends_what_it_started_and_leaves_no_file(told, tmp_path):
    if signal.getsignal(told) == signal.SIG_IGN:
        pytest.skip("whoever started this has it ignored, as nohup does")
    out = tmp_path / "x.html"
    words = [*CACR, "freeze", "example", "--out", str(out)]
    started = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)

    def makers():  # not what its imports start and end on the way
        asked = ["pgrep", "-P", str(started.pid), "-f", "web.frozen"]
        return subprocess.run(asked, capture_output=True, text=True).stdout.split()

    wait_for(makers)
    (child,) = makers()
    os.killpg(started.pid, told)
    assert started.communicate()[1] == b"Stopped.\n"
    assert started.returncode == 130 and not list(tmp_path.iterdir())
    wait_for(lambda: not os.path.exists(f"/proc/{child}/exe"))


def test_freeze_gives_umap_a_folder_where_it_finds_none(tmp_path, monkeypatch):
    asked = []

    @contextlib.contextmanager
    def started(*_, **how):
        asked.append(how)
        yield argparse.Namespace(wait=lambda: 0)

    monkeypatch.setattr(process, "compiled_folder", lambda: "made")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(subprocess, "Popen", started)
    assert main(["freeze", "example", "--out", str(tmp_path / "x.html")]) == 0
    assert asked[0]["env"]["NUMBA_CACHE_DIR"] == "made" and asked[0]["start_new_session"]


def test_a_run_is_frozen_with_pca_where_umap_cannot_be_loaded(tmp_path, monkeypatch, capsys):
    from cacr_core.layouts import stored
    from web.frozen import freeze as freezing

    run = tmp_path / "run"
    shutil.copytree(RECORDED / "live-circle", run)
    shutil.rmtree(run / "layouts", ignore_errors=True)
    monkeypatch.setattr(freezing, "freeze", lambda folder, most, code: "<html>")
    out = tmp_path / "x.html"
    for module in ("umap", "umap.layouts", "umap.umap_"):
        monkeypatch.setitem(sys.modules, module, None)
    assert frozen.main([str(run), "--out", str(out)]) == 0
    assert out.read_text() == "<html>" and capsys.readouterr().err == f"{stored.REFUSED}\n"


def test_scenes_are_held_to_the_megabytes_that_they_may_have(tmp_path, monkeypatch, capsys):
    out = tmp_path / "x.html"
    monkeypatch.setattr(frozen, "_whole", lambda *_: "x" * 2_050_000)
    assert frozen.main(["forces", "--out", str(out), "--most", "2"]) == 2
    assert "forces takes 2.1 MB frozen, more than 2." in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.skipif(os.name == "nt", reason="no signal between processes")
def test_interrupted_repeats_are_stopped_and_say_so(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "pair"
    shutil.copytree(RECORDED / "compare-collapse", folder)
    heard = []

    def repeat(comparison, wanted, path, stop, say):
        assert not stop()
        os.kill(os.getpid(), signal.SIGINT)
        heard.append(wait_for(stop))

    plain = seeds.work_on_seeds
    monkeypatch.setattr(seeds, "work_on_seeds", lambda folder, _: plain(folder, repeat))
    assert main(["repeat", str(folder), "--seeds", "3"]) == 1
    assert len(heard) == 1 and seeds.standing(folder)["state"] == "stopped"
    assert "stopped: 1 seeds. Stopped; what was done is kept." in capsys.readouterr().err
    assert files.read_json(folder / "seeds.json")["reason"] == "Stopped; what was done is kept."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["diff", A, B, "--n", "50"], "--n is of the features"),
        (["diff", A, B, "--layer", "head", "--device", "cpu"], "--layer and --device are of"),
        (["repeat", "anything", "--seeds", "3", "--gpus", "0.5"], "no --ray was given"),
        (["papers", "--gpus", "1"], "no --ray was given"),
        (["diff", A, B, "--dataset", ""], "There is no dataset"),
        (["embed", A, "--dataset", " ", "--out", "x.npz"], "There is no dataset"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    told = capsys.readouterr()
    assert said in told.err and told.err.count("\n") == 1 and not told.out


def test_diff_writes_its_page_and_prints_its_numbers_where_both_are_asked_for(tmp_path, capsys):
    out = tmp_path / "x.html"
    assert main(["diff", A, B, "--html", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["changed"] > 0
    assert out.read_bytes().startswith(b"<!")


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_a_folder_is_told_by_the_code_of_what_is_in_it(tmp_path, how, capsys):
    assert main(["inspect", str(tmp_path), *how]) == 2
    told = capsys.readouterr()
    assert "no file of weights" in told.err and told.out == ("[]\n" if how else "")
    (tmp_path / "bad.pth").write_bytes(b"nonsense")
    assert main(["inspect", str(tmp_path / "bad.pth"), *how]) == 2
    capsys.readouterr()
    assert main(["inspect", str(tmp_path), *how]) == 2
    told = capsys.readouterr()
    assert "bad.pth" in told.out and "is refused" in told.err
    shutil.copy(A, tmp_path / "good.safetensors")
    assert main(["inspect", str(tmp_path), *how]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "darwin", reason="its disk takes no such name")
@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict", "cp1252:strict"])
def test_an_odd_name_of_a_file_does_not_end_the_table(tmp_path, encoding):
    shutil.copy(A, tmp_path / "good.safetensors")
    shutil.copy(A, os.fsencode(tmp_path) + b"/odd\xff\xe2\x98\x83.safetensors")
    told = subprocess.run(
        [*CACR, "inspect", str(tmp_path)], cwd=ROOT, capture_output=True, check=True,
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert told.stdout.count(b"(sure)") == 2
    assert b"odd\\udcff" in told.stdout and b"good.safetensors" in told.stdout and not told.stderr


def test_a_reader_that_has_enough_ends_a_command_without_a_word(tmp_path):
    for i in range(3):
        shutil.copy(A, tmp_path / f"{i}.safetensors")
    read, write = os.pipe()
    started = subprocess.Popen(
        [*CACR, "inspect", str(tmp_path)], cwd=ROOT, stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    os.close(read)
    assert started.communicate()[1] == b"" and started.returncode == terminal.UNREAD


def test_a_stream_that_is_no_terminals_is_left(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)  # as pythonw has it
    terminal.show_any_name()
    assert terminal.ended(lambda: 7) == 7
