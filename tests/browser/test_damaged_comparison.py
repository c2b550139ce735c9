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


def test_an_entry_of_which_nothing_can_be_read_leaves_the_others_their_clouds_and_strips(
    compare: Compare,  # noqa: F811
):
    folder = shutil.copytree(finished(), compare.server.shelf / "compare-gone")
    for step in files.snapshot_steps(folder / "b"):
        files.snapshot_path(folder / "b", step).write_bytes(b"none")
    compare.open(run="compare-gone", layout="pca")
    wait_for(lambda: compare.steps() == [4, -1, 4])
    wait_for(lambda: compare.strips.get_attribute("data-step") == "4")
