"""The socket's messages and their records: what is written of them, and what either end sends."""

from typing import get_args

import pytest

from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests import browser_code
from tests.protocol import fits_to_browser, fits_to_server
from web.compare.describe import describe_comparison, read_proof
from web.live import readings
from web.live.describe import describe, lenses, own_lens
from web.settings import board
from web.socket.messages import TO_SERVER, complaints, fields_of, record_of
from web.socket.messages.of_run import Frame, Reading, State
from web.socket.messages.to_server import AskWeights, Watch
from web.socket.messages.written import PAGE, TYPES, page, records, said_of, types

WATCH = {"type": "watch", "run": "example", "space": "embeddings", "step": None}
STATE = {
    "type": "state", "run": "a", "state": "running", "reason": "", "step": 3,
    "steps_per_second": 2, "entries": {"a": {"state": "lost", "reason": "", "step": 1}},
}  # fmt: skip


def test_the_page_and_the_browsers_types_say_what_the_records_say():
    assert PAGE.read_text() == page(), "python -m web.socket.messages"
    assert TYPES.read_text() == types(), "python -m web.socket.messages"


def test_a_docstring_speaks_of_fields_that_there_are():
    for record in records():
        text, words = said_of(record)
        assert text, record
        assert words.keys() <= fields_of(record).keys(), record


@pytest.mark.parametrize(
    ("message", "record", "said"),
    [
        (WATCH, Watch, []),
        (WATCH | {"speed": 1}, Watch, ["Watch has no field speed."]),
        ({"type": "watch"}, Watch, ["Watch needs the field run."]),
        (WATCH | {"step": True}, Watch, ["step should be whole number or null, got True."]),
        (WATCH | {"step": 1.5}, Watch, ["step should be whole number or null, got 1.5."]),
        (STATE, State, []),
        (STATE | {"state": "asleep"}, State, 1),
        (STATE | {"entries": {"a": {"state": "lost", "step": 1}}}, State, 1),
        (STATE | {"entries": {"a": STATE["entries"]["a"] | {"on": 1}}}, State, 1),
        (STATE | {"entries": []}, State, 1),
        (STATE | {"steps_per_second": "2"}, State, 1),
    ],
)
def test_a_field_too_many_missing_or_of_another_type_is_found(message, record, said):
    found = complaints(message, record)
    assert len(found) == said if isinstance(said, int) else found == said


def test_a_message_is_known_by_its_type_and_by_what_is_asked():
    ask = {"type": "ask", "what": "weights"}
    assert record_of(ask, TO_SERVER) is AskWeights
    for odd in (ask | {"what": ["weights"]}, ask | {"type": "shout"}, ["ask"], {}):
        assert record_of(odd, TO_SERVER) is None


def test_the_numbers_of_a_frame_are_all_that_a_reading_has():
    assert set(readings.Reading._fields) == set(Reading.__annotations__)
    assert Frame.__annotations__["numbers"] == list[Reading]


@pytest.mark.parametrize("folder", sorted(RECORDED.iterdir()), ids=lambda folder: folder.name)
def test_what_is_told_of_every_recording_fits(folder):
    if files.entry_folders(folder):
        fits_to_browser(describe_comparison(folder))
        fits_to_browser(read_proof(folder))
    else:
        asked = {"space": "embeddings", "layout": "umap", "agreement": False}
        asked |= {"asked": None, "at": None}
        fits_to_browser(describe(folder, False) | asked)
        own = own_lens(files.read_json(folder / "config.json"))
        offered = {"type": "lenses", "run": "x", "lenses": lenses(own), "own_lens": own}
        fits_to_browser(offered)


# --- what the browser's modules send

BROWSER = """
const sent = [];
const sockets = [];
globalThis.WebSocket = class {
  static OPEN = 1;
  constructor() { this.readyState = 0; sockets.push(this); }
  send(text) { sent.push(JSON.parse(text)); }
  open() { this.readyState = 1; this.onopen(); }
  lose() { this.readyState = 3; this.onclose(); }
  close() { this.readyState = 3; }
};
globalThis.window = new EventTarget();
window.matchMedia = () => ({ matches: false, addEventListener() {} });
globalThis.document = new EventTarget();
let ticking;
globalThis.setInterval = (tick) => { ticking = tick; };
globalThis.Path2D = class { moveTo() {} lineTo() {} arc() {} rect() {} closePath() {} };
const { Socket } = await load('kit/socket.js');
const socket = new Socket('ws://here', { hear() {}, lost() {} });
"""

SENDERS = """
const { Inside } = await load('live/view/inside.js');
const { Questions } = await load('live/view/questions.js');
const { Query } = await load('compare/view/query.js');
const { CloudsHand } = await load('compare/view/cloudshand.js');
const { Entry } = await load('compare/view/entry.js');
const { Moved } = await load('compare/view/moved.js');
const { Board } = await load('forces/view/board.js');
const { Landscape } = await load('forces/view/landscape.js');
const { Chord } = await load('forces/view/chord.js');
const { Flow } = await load('forces/view/flow.js');
const { steadinessQuestion } = await load('forces/view/steadiness.js');

sockets[0].open();
let kind = 0;
const ask = (question) => socket.ask(`kind ${(kind += 1)}`, question);
const lens = { name: 'sscl', temperature: 0.5, n_synthetic: 2, mixing: 'pair', pool_size: 8 };
const view = { group: 'batch', lens, view: 2, colour: 'pull', space: 'features' };

const { board } = data;
const node = { classList: { add() {} } };
const bare = {
  board, asked: null, since: 0, ask, which: 1, sweep: { now: () => board.sweep }, side: node, node,
};
const pace = { soon: (name, wait, act) => act() };
const shown = { step: 3 };
const asker = { ask: (name, question) => ask(question) };
const live = new Questions({ view, film: { shown }, pace, socket: asker, probe: 7 });
live.hover = { index: 4 };
live.ask();
Inside.prototype.askUpdate.call({ look: { socket: asker } }, 3);
Inside.prototype.askQuery.call({ look: { socket: asker } }, 3, 70);

const look = () => ({ step: 3, view, probe: 7, queryView: 1, socket: asker });
Query.prototype.ask.call({ look, probe: 1, turned: 0, strips: { run: {}, setMoment() {} } });
CloudsHand.prototype.ask.call({
  clouds: { look, entries: [{ socket: asker }] }, hover: { probe: 2 },
  question: CloudsHand.prototype.question,
});
Entry.prototype.watch.call({ socket, about: { run: 'compare-x.b' } }, 'embeddings', 'pca');
Moved.prototype.show.call({
  askFor: ask, run: {}, offer() {}, node: bare.node,
  from: { entry: { value: 'a' }, step: { value: 'now' } },
  to: { entry: { value: 'b' }, step: { value: '3' } },
}, { ...look(), clouds: { together: { steps: [] } } });

ask({ what: 'forces', ...Board.prototype.question.call({ state: board }), detail: 'n0' });
Landscape.prototype.question.call({ ...bare });
Chord.prototype.question.call({ ...bare, board: { ...board, chord: [0, 1, 0.5] } });
Flow.prototype.send.call({
  ...bare,
  error: { toggleAttribute() {} },
  wait() {},
});
const swept = { field: 'temperature', least: 0.1, most: 2 };
for (const loss of board.losses) ask(steadinessQuestion(loss, swept, { n_items: 8, n_views: 2 }));
for (const act of ['pause', 'resume', 'step', 'stop']) socket.control(act);
return sent;
"""


def test_what_the_views_ask_fits_the_records():
    sent = browser_code.run(BROWSER + SENDERS, {"board": board.DEFAULT}, folder="web")
    for message in sent:
        fits_to_server(message)
    asked = {message["what"] for message in sent if message["type"] == "ask"}
    names = {get_args(fields_of(r)["what"].kind) for r in TO_SERVER if "what" in fields_of(r)}
    assert {(what,) for what in asked} == names
    assert {message["type"] for message in sent} == {"ask", "watch", "control"}


def test_a_socket_that_comes_back_watches_again():
    script = """
    const watch = { run: 'example', space: 'embeddings', layout: 'umap', agreement: true, step: 4 };
    socket.control('stop');
    socket.watch(watch);
    sockets[0].open();
    socket.control('pause');
    sockets[0].lose();
    clearTimeout(socket.timer);
    socket.connect();
    sockets[1].open();
    return sent;
    """
    sent = browser_code.run(BROWSER + script, None, folder="web")
    for message in sent:
        fits_to_server(message)
    assert [message["type"] for message in sent] == ["watch", "control", "watch"]


def test_a_socket_that_comes_back_asks_what_waited_and_that_alone():
    script = """
    const question = { what: 'flow', surface: 'circle', losses: [], flow: {} };
    socket.ask('flow', { ...question, flow: { n_steps: 1 } });
    socket.ask('flow', question);
    sockets[0].open();
    sockets[0].lose();
    clearTimeout(socket.timer);
    socket.ask('flow', { ...question, flow: { n_steps: 2 } });
    socket.connect();
    sockets[1].open();
    return sent;
    """
    sent = browser_code.run(BROWSER + script, None, folder="web")
    for message in sent:
        fits_to_server(message)
    assert [message["flow"] for message in sent] == [{}, {"n_steps": 2}]
    assert sent[0]["id"] != sent[1]["id"]


def test_a_socket_that_was_turned_away_says_why_and_does_not_try_again():
    script = """
    const heard = [];
    socket.lost = (...said) => heard.push(said);
    sockets[0].open();
    const said = { type: 'refused', message: 'Not by this name.' };
    sockets[0].onmessage({ data: JSON.stringify(said) });
    sockets[0].lose();
    window.dispatchEvent(new Event('online'));
    return [heard, sockets.length, socket.timer ?? null];
    """
    heard, n_sockets, timer = browser_code.run(BROWSER + script, None, folder="web")
    assert heard == [[False], [True, "Not by this name."]]
    assert (n_sockets, timer) == (1, None)


def test_a_page_that_was_offline_or_asleep_opens_its_socket_anew_and_watches_on():
    script = """
    socket.watch({ run: 'example' });
    sockets[0].open();
    ticking();
    const awake = sockets.length;
    window.dispatchEvent(new Event('online'));
    sockets[1].open();
    const online = sockets.length;
    Date.now = () => performance.timeOrigin + performance.now() + 100_000;
    document.hidden = true;
    ticking();
    const hidden = sockets.length;
    document.hidden = false;
    document.dispatchEvent(new Event('visibilitychange'));
    sockets[2].open();
    return [sent, awake, online, hidden, sockets.length];
    """
    sent, *opened = browser_code.run(BROWSER + script, None, folder="web")
    assert opened == [1, 2, 2, 3]
    assert [message["run"] for message in sent] == ["example"] * 3
