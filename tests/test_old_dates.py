"""A run file of files, or at a time, from before a zip's calendar begins."""

import os
import shutil
import time

from cacr_core.runs import zips
from tests.compared import finished


def test_files_from_before_1980_go_into_a_run_file(tmp_path, monkeypatch):
    folder = shutil.copytree(finished(), tmp_path / "run")
    for path in folder.rglob("*"):
        os.utime(path, (86_400, 86_400))
    monkeypatch.setattr(time, "time", lambda: 86_400.0)
    for with_places in (True, False):
        zips.open_zip(zips.to_zip(folder, with_places), tmp_path / f"opened {with_places}")
        opened = tmp_path / f"opened {with_places}" / "config.json"
        assert opened.is_file()
