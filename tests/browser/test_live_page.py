import json
import os
import signal
import urllib.parse

from cacr_core.runs import folder as files
from tests.browser.conftest import wait_for
from web.shell.assets import BASE
from web.socket.messages import unpack


def test_the_first_view_is_a_recorded_run_that_plays(live):
    live.open()
    wait_for(lambda: live.frames() >= 4)
    assert live.data("run") == "example"
    step = live.step()
    wait_for(lambda: live.step() not in (-1, step))
    live.until_enabled("Start")
    for name in ("Pause", "Resume", "Step", "Stop", "Reset"):
        assert live.button(name).is_disabled(), name


def test_start_pause_step_resume_and_stop(live):
    folder = live.start()
    live.until_state("running")
    live.until_enabled("Pause", "Stop", "Reset")
    live.button("Pause").click()
    live.until_state("paused")
    live.until_enabled("Resume", "Step")
    before = files.read_json(folder / "heartbeat.json")["step"]
    live.button("Step").click()
    wait_for(lambda: live.step() == before + 1)
    live.button("Resume").click()
    wait_for(lambda: live.step() > before + 5)
    live.until_enabled("Stop")
    live.button("Stop").click()
    live.until_state("stopped")
    live.until_enabled("Start", "Resume", "Reset")
    assert live.button("Stop").is_disabled()
    assert (folder / "encoder.safetensors").exists()


def test_reset_shows_the_same_first_snapshot_and_waits(live):
    first = live.start()
    live.until_enabled("Reset")
    live.button("Reset").click()
    wait_for(lambda: live.data("run") != first.name)
    second = live.server.shelf / live.data("run")
    live.until_state("paused")
    wait_for(lambda: live.step() == 0)
    ours, theirs = (files.read_arrays(folder, 0)[0] for folder in (first, second))
    assert (ours == theirs).all()
    live.until_enabled("Start", "Resume")


def test_pointing_at_an_image_colours_the_cloud_and_a_click_makes_it_the_query(live):
    live.start()
    live.until_enabled("Pause")
    live.button("Pause").click()
    live.until_state("paused")
    number = live.page.get_by_label("Query image number")
    pushed = live.page.locator(".part.pushed .row b").first
    wait_for(lambda: pushed.inner_text())
    wait_for(lambda: number.input_value() == "0")
    # the hardest-pushed images of two queries differ, their weights too
    before = live.page.locator(".part.pushed .rows").inner_text()

    def is_coloured():
        if not live.data("over"):  # a layout that came late has moved the point from under the hand
            live.page.mouse.move(*live.point(40))
        return live.data("over") and live.data("coloured") == live.data("over")

    wait_for(is_coloured)
    over = live.click()
    wait_for(lambda: number.input_value() == over)
    wait_for(lambda: live.page.locator(".part.pushed .rows").inner_text() != before)
    wait_for(lambda: f"query={over}" in live.url())
    live.page.mouse.move(5, 5)
    wait_for(lambda: not live.data("over"))


def test_zoom_and_the_drawing_survive_updates(live):
    live.start()
    box = live.cloud.bounding_box()
    live.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    live.page.mouse.wheel(0, -400)
    live.page.mouse.move(5, 5)
    zoomed = wait_for(live.window)
    node = live.cloud.locator("canvas").first.element_handle()
    frames = live.frames()
    wait_for(lambda: live.frames() > frames + 4)
    assert live.window() == zoomed
    assert node.evaluate("node => node.isConnected")


def test_the_scrubber_goes_back_while_the_run_goes_on(live):
    folder = live.start()
    wait_for(lambda: live.step() >= 10)
    slider = live.page.get_by_role("slider", name="Snapshot")
    slider.focus()
    live.page.keyboard.press("Home")
    wait_for(lambda: live.step() == 0)
    newest = files.snapshot_steps(folder)[-1]
    wait_for(lambda: files.snapshot_steps(folder)[-1] > newest)
    assert live.step() == 0
    live.page.keyboard.press("ArrowRight")
    wait_for(lambda: live.step() == 1)
    live.page.get_by_role("button", name="live", exact=True).click()
    wait_for(lambda: live.step() >= newest)


def test_the_first_snapshot_is_the_first_before_all_have_come(live):
    """The frame looked at is sent before the others: with two there, neither need be the first."""
    late = []

    def hold_the_first(route):
        server = route.connect_to_server()

        def pass_on(message):
            told = unpack(message)[0] if isinstance(message, bytes) else json.loads(message)
            if told["type"] == "frame" and told["step"] == 0:
                late.append(lambda: route.send(message))
            else:
                route.send(message)

        server.on_message(pass_on)

    live.start()
    live.page.route_web_socket(f"**{BASE}/socket", hold_the_first)
    live.page.reload()
    slider = live.page.get_by_role("slider", name="Snapshot")
    wait_for(lambda: live.step() > 0 and slider.is_enabled() and late)
    slider.press("Home")
    wait_for(lambda: live.step() == 1)
    late.pop()()
    wait_for(lambda: live.step() == 0)


def test_a_reload_takes_up_the_run_again(live):
    folder = live.start(**{"seed": 3})
    wait_for(lambda: f"run={folder.name}" in live.url())
    live.page.reload()
    live.page.wait_for_selector('[data-testid="cloud"]')
    wait_for(lambda: live.data("run") == folder.name and live.frames() >= 2)
    live.until_enabled("Stop")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(live.url()).query)
    assert query["seed"] == ["3"]
    assert query["dataset"] == ["digits"]


def test_two_tabs_watch_one_run_and_stopping_in_one_shows_in_both(live, open_tab):
    folder = live.start()
    other = open_tab().open(run=folder.name)
    wait_for(lambda: other.data("run") == folder.name and other.frames() >= 2)
    other.until_enabled("Stop")
    other.button("Stop").click()
    live.until_state("stopped")
    other.until_state("stopped")
    live.until_enabled("Start", "Resume")


def test_a_killed_worker_is_shown_and_the_run_can_be_resumed(live):
    folder = live.start()
    wait_for((folder / "state.safetensors").exists)
    os.kill(files.read_json(folder / "heartbeat.json")["pid"], signal.SIGKILL)
    wait_for(lambda: live.data("state") == "lost", timeout=10)
    last = files.snapshot_steps(folder)[-1]
    live.until_enabled("Resume", "Start")
    live.button("Resume").click()
    wait_for(lambda: live.step() > last)
    live.until_state("running")


def test_a_run_survives_the_server_and_the_page_finds_it_again(live):
    folder = live.start()
    live.server.stop()
    try:
        step = files.snapshot_steps(folder)[-1]
        wait_for(lambda: files.snapshot_steps(folder)[-1] > step)
    finally:
        live.server.start()
    live.errors.clear()  # the connections that were refused meanwhile
    live.open(run=folder.name)
    wait_for(lambda: live.data("run") == folder.name and live.step() > step)
    live.errors.clear()


def test_a_lens_shows_the_same_moment_under_another_loss_at_once(live):
    live.start()
    live.until_enabled("Pause")
    live.button("Pause").click()
    live.until_state("paused")
    panel = live.page.locator("section.query")
    before = wait_for(lambda: panel.locator(".part.pushed .rows").inner_text())
    live.page.get_by_label("Lens: the loss to look through").select_option(label="InfoNCE")
    wait_for(lambda: panel.locator(".part.pushed .rows").inner_text() != before)
    assert "InfoNCE" in panel.inner_text()
    wait_for(lambda: "lens=infonce" in live.url())


def test_synthetics_are_listed_with_two_parents_each(live):
    live.start(preset="sscl")
    synthetics = live.page.locator(".synthetic-rows li")
    wait_for(lambda: synthetics.count() == 8)
    assert synthetics.first.locator(".thumb").count() >= 3  # two parents and the nearest image


def test_synthetics_that_take_turns_say_what_each_is_and_show_the_parents_it_has(live):
    live.open(lens="infonce~n_synthetic:6~pool_size:9~mixing:synco")
    synthetics = live.page.locator(".synthetic-rows li")
    wait_for(lambda: synthetics.count() == 6)
    rows = live.page.evaluate(
        """() => [...document.querySelectorAll('.synthetic-rows li')].map((row) => ({
            words: [...row.querySelectorAll('.likeness small')].map((one) => one.innerText),
            parents: [...row.querySelectorAll(':scope > .thumb')]
                .filter((one) => getComputedStyle(one).visibility === 'visible').length,
            title: row.title,
            label: row.ariaLabel,
        }))"""
    )
    for row in rows:
        assert row["title"] in row["label"]
        assert row["words"][0].startswith("parents " if row["parents"] == 2 else "parent ")
    assert {row["words"][1]: row["parents"] for row in rows} == {
        "interpolated": 2, "extrapolated": 2, "mixed": 2, "perturbed": 2,
        "noise injected": 1, "adversarial": 1,
    }  # fmt: skip


def test_every_control_has_an_accessible_name(live):
    live.start()
    live.page.get_by_text("More settings", exact=True).click()
    wait_for(lambda: live.page.locator(".cacr-live .waiting").count() == 0)
    unnamed = live.page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, [role=button]')]
        .filter((node) => node.offsetParent && node.type !== 'file')
        .filter((node) => !(node.ariaLabel || node.title || node.textContent?.trim()
          || node.labels?.length || node.getAttribute('aria-labelledby')
          || node.closest('label')))
        .map((node) => node.outerHTML.slice(0, 200))"""
    )
    assert unnamed == []


def test_present_covers_the_page_and_escape_leaves(live):
    live.open(present="true")
    wait_for(lambda: live.frames() >= 2)
    wait_for(lambda: live.cloud.bounding_box()["width"] > 1000)
    live.page.keyboard.press("Escape")
    wait_for(lambda: live.cloud.bounding_box()["width"] < 1000)
    wait_for(lambda: "present" not in live.url())


def test_a_link_with_nonsense_opens_and_says_what_it_ignored(live):
    live.open(n_views="-3", run="../../etc", colour="plaid")
    wait_for(lambda: live.page.get_by_text("plaid").count())
    assert live.page.get_by_text("n_views must be").count()
    assert live.data("run") == "example"
    live.until_enabled("Start")
