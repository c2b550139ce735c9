"""What got past scanners of pickles is not run here: a reader that calls nothing needs no list."""

import subprocess
import sys

import pytest

from tests import bypasses, exploits, fuzzing


def test_a_sample_of_what_was_published_is_run_by_whoever_trusts_it(tmp_path, monkeypatch):
    monkeypatch.setattr(exploits, "CANARY", str(tmp_path / "canary"))
    second = "in a second pickle"  # which a loader of several would come to
    for name, pickled in bypasses.forms().items():
        (tmp_path / "canary").unlink(missing_ok=True)
        code = "import sys, pickle, io; f = io.BytesIO(sys.stdin.buffer.read()); pickle.load(f)"
        code += "; pickle.load(f)" if name == second else ""
        subprocess.run([sys.executable, "-c", code], input=pickled, capture_output=True)
        assert (tmp_path / "canary").exists(), name


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_none_of_what_was_published_is_run_or_costs_much():
    found = fuzzing.bypass(every=7)  # all of them: python -m benchmarks.fuzz
    assert found.bad == []
    assert found.counts.total() > 100
    # what names something harmful is refused for it, and some of it is only odd and read around
    assert found.counts["refused: foreign"] > found.counts["opened"] > 0
