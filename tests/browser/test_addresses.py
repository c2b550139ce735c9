"""The app behind what people put before it: every page, its views, pictures and uploads work."""

import urllib.request

import pytest

from cacr_core.runs import shelf
from tests.browser import chromium, proxies
from tests.browser.conftest import ASKED, Server, free_port, wait_for
from tests.protocol import listen

NAME = "lab.example"  # the browser takes it, and all names but this machine's, for this machine
CLOUD = '[data-testid="cloud"]'
SECRET = "a secret of this test"
ENCODER = next(iter(sorted(shelf.ENCODERS.glob("*.safetensors"))))
FRAMING = """<!doctype html><title>A class</title><link rel="icon" href="data:,">
<iframe src="{src}" style="width: 1400px; height: 860px; border: 0" name="app"></iframe>"""


@pytest.fixture(scope="module")
def elsewhere():
    """A browser for which other names lead to this machine, too."""
    from playwright.sync_api import sync_playwright

    rules = "--host-resolver-rules=MAP *.example 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=[*chromium.FLAGS, rules]
        )
        yield browser
        browser.close()


@pytest.fixture
def tab(elsewhere):
    """A tab whose errors, of pages, sockets and files that were not found, are kept in `errors`."""
    context = elsewhere.new_context(
        viewport={"width": 1440, "height": 900}, ignore_https_errors=True
    )
    page = context.new_page()
    errors = page.errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: heard(m, errors))
    page.on("response", lambda r: missed(r, errors))
    listen(page, errors)
    yield page
    context.close()
    assert errors == []


def missed(response, errors):
    """What was not found, but for what Streamlit looks for below a page's path first, and for
    pictures of a page that was left meanwhile."""
    if response.status >= 400 and not is_streamlits(response.url):
        errors.append(response.url)


def heard(message, errors):
    if message.type == "error" and not is_streamlits(message.location.get("url", "")):
        errors.append(message.text)


def is_streamlits(url):
    return "/_stcore/" in url or "/media/" in url


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    """An app below a path, for this machine alone."""
    options = ["--server.baseUrlPath=lab"]
    server = Server(tmp_path_factory.mktemp("below"), options=options, settings=ASKED)
    yield server
    server.close()


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """An app of this machine alone that is known by a name, for a proxy before it."""
    settings = ASKED | {"CACR_OWNER_SECRET": SECRET}
    options = [f"--browser.serverAddress={NAME}"]
    server = Server(tmp_path_factory.mktemp("named"), options=options, settings=settings)
    yield server
    server.close()


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """An app that is opened to everyone, in frames of another site, too."""
    settings = ASKED | {
        "CACR_SERVED": "1",
        "CACR_OWNER_SECRET": SECRET,
        "CACR_FRAME_ANCESTORS": "http://class.example:*",
        "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "false",  # its cookie is not sent in such frames
    }
    options = ["--server.address=0.0.0.0"]
    server = Server(tmp_path_factory.mktemp("opened"), options=options, settings=settings)
    yield server
    server.close()


@pytest.fixture(scope="module")
def nginx(named, tmp_path_factory):
    """The ports of an nginx before the app, by what it does there."""
    if proxies.nginx() is None:
        pytest.skip("needs nginx: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("nginx")
    ports = {name: free_port() for name in ("plain", "stripped", "tls")}
    process = proxies.start_nginx(folder, named.port, **ports)
    wait_for(lambda: answers(f"http://127.0.0.1:{ports['plain']}/_stcore/health"))
    yield ports
    process.terminate()
    process.wait()


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """The port of a Jupyter server that passes on to others of this machine."""
    if proxies.jupyter() is None:
        pytest.skip("needs jupyter-server-proxy: python -m tests.browser.proxies")
    port = free_port()
    process = proxies.start_jupyter(tmp_path_factory.mktemp("jupyter"), port)
    wait_for(lambda: answers(f"http://127.0.0.1:{port}/api"))
    yield port
    process.terminate()
    process.wait()


@pytest.fixture(scope="module")
def framing(opened, tmp_path_factory):
    """The address of a page of another site that shows the app in a frame."""
    import functools
    import http.server
    import threading

    folder = tmp_path_factory.mktemp("site")
    src = f"http://{NAME}:{opened.port}/?owner={SECRET}"
    (folder / "index.html").write_text(FRAMING.format(src=src))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    handler.log_message = lambda *words: None
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://class.example:{site.server_port}/index.html"
    site.shutdown()
    site.server_close()


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=1).status == 200
    except OSError:
        return False


def works(tab, frame, trains=False):
    """All four pages, gone through by their links, from the live page on: their programs and
    pictures are found where the address has a path of its own."""
    live_works(tab, frame, trains)
    frame.get_by_role("link", name="Compare").click()
    frame.locator(f".cacr-compare {CLOUD}[data-frames]").first.wait_for(timeout=30_000)
    hovers(tab, frame.locator(CLOUD).first)
    frame.get_by_role("link", name="Forces").click()
    frame.locator('[data-testid="forces"] [data-mark]').first.wait_for(timeout=30_000)
    wait_for(lambda: frame.locator('[data-testid="forces"] .lost-line').is_hidden())
    takes_a_file(frame)


def takes_a_file(frame):
    frame.get_by_role("link", name="Checkpoints").click()
    frame.locator("h1").wait_for(timeout=30_000)
    frame.locator('input[type="file"]').set_input_files(
        {"name": "dropped.safetensors", "mimeType": "", "buffer": ENCODER.read_bytes()}
    )
    frame.locator("h1", has_text="dropped").wait_for(timeout=30_000)


def live_works(tab, frame, trains=False):
    cloud = frame.locator(CLOUD)
    cloud.wait_for(timeout=60_000)
    wait_for(lambda: int(cloud.get_attribute("data-frames") or 0) >= 2)
    hovers(tab, cloud)
    start = frame.get_by_role("button", name="Start", exact=True)
    wait_for(start.is_enabled)  # the page is through: a click before is lost where a view speaks
    if trains:
        before = cloud.get_attribute("data-run")
        start.click()
        wait_for(lambda: cloud.get_attribute("data-run") not in (None, before))
        wait_for(lambda: int(cloud.get_attribute("data-step") or -1) >= 1, timeout=90)
        frame.get_by_role("button", name="Stop", exact=True).click()
        wait_for(lambda: cloud.get_attribute("data-state") == "stopped")


def hovers(tab, cloud):
    """A point that is pointed at is named, and its picture comes from the app."""
    cloud.scroll_into_view_if_needed()

    def over():
        box, at = cloud.bounding_box(), cloud.evaluate("(node) => node.pointPosition(3)")
        if not box or not at:
            return None
        x, y = at
        tab.mouse.move(box["x"] + x + 3, box["y"] + y)
        tab.mouse.move(box["x"] + x, box["y"] + y)
        return cloud.get_attribute("data-over")

    wait_for(over)


def test_below_a_path(below, tab):
    tab.goto(f"{below.url}lab/?dataset=digits&batch_size=32&n_probes=64&preset=cacr-1")
    works(tab, tab, trains=True)
    tab.goto(f"{below.url}lab/compare")  # and by a link to a page
    tab.locator(f"{CLOUD}[data-frames]").first.wait_for(timeout=30_000)


def test_behind_nginx_as_it_comes_with_the_name_of_the_app_rewritten(nginx, tab):
    tab.goto(f"http://{NAME}:{nginx['plain']}/?owner={SECRET}")
    live_works(tab, tab)
    takes_a_file(tab)


def test_behind_nginx_that_takes_off_a_path(nginx, tab):
    tab.goto(f"http://{NAME}:{nginx['stripped']}/user/me/proxy/?owner={SECRET}")
    works(tab, tab)


def test_behind_nginx_with_https(nginx, tab):
    tab.goto(f"https://{NAME}:{nginx['tls']}/?owner={SECRET}")
    live_works(tab, tab)
    takes_a_file(tab)


def test_behind_jupyter(named, jupyter, tab):
    tab.goto(f"http://{NAME}:{jupyter}/proxy/{named.port}/?owner={SECRET}")
    works(tab, tab)


def test_by_the_machines_name(opened, tab):
    tab.goto(f"http://{NAME}:{opened.port}/?owner={SECRET}")
    live_works(tab, tab)
    takes_a_file(tab)


def test_in_a_frame_of_another_site(framing, tab):
    tab.goto(framing)
    wait_for(lambda: tab.frame("app") and tab.frame("app").query_selector(CLOUD))
    works(tab, tab.frame("app"))


def test_who_comes_by_another_name_reads_which_setting_to_change(below, tab):
    tab.goto(f"http://other.example:{below.port}/lab/")
    said = tab.locator("body").inner_text()
    assert "not known by the name 'other.example'" in said
    assert "--browser.serverAddress other.example" in said
    tab.wait_for_load_state("networkidle")
    tab.errors.clear()  # the page itself is the 403


def test_where_a_proxy_hides_the_name_the_page_says_so(nginx, tab):
    sockets = []
    tab.on("websocket", lambda socket: sockets.append(socket.url))
    tab.goto(f"http://other.example:{nginx['plain']}/")
    told = tab.locator("[data-waiting]", has_text="--browser.serverAddress other.example")
    told.wait_for(timeout=20_000)
    ours = [url for url in sockets if url.endswith("/_cacr/socket")]
    assert len(ours) == 1  # it does not try again
    tab.errors.clear()  # of Streamlit's own socket
