"""A damaged snapshot of one entry costs the compare page one moment, and it says of whom."""

import shutil

from cacr_core.runs import folder as files
from tests.browser.conftest import wait_for
from tests.browser.test_compare_page import Compare, compare  # noqa: F401
from tests.compared import finished


def test_a_comparison_whose_last_snapshot_is_damaged_shows_the_one_before_and_says_so(
    compare: Compare,  # noqa: F811
):
    folder = shutil.copytree(finished(), compare.server.shelf / "compare-hurt")
    path = files.snapshot_path(folder / "b", 4)
    path.write_bytes(path.read_bytes()[:900])
    compare.open(run="compare-hurt", layout="pca")
    said = compare.page.locator(".head .seen[role=alert]")
    wait_for(lambda: "SSCL: Snapshot of step 4 is damaged and is left out." in said.inner_text())
    wait_for(lambda: compare.steps() == [2, 2, 2])
