import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { clock } from './page.js';
import { Board } from '../../web/forces/view/board.js';
import { Dots } from '../../web/forces/view/dots.js';
import { Flow } from '../../web/forces/view/flow.js';
import { Forces } from '../../web/forces/view/forces.js';
import { Hand } from '../../web/forces/view/hand.js';
import { Landscape } from '../../web/forces/view/landscape.js';
import { Steadiness } from '../../web/forces/view/steadiness.js';
import { Underlay } from '../../web/forces/view/underlay.js';

const BOARD = {
  mode: 'query',
  surface: 'circle',
  query: [90, 0],
  positives: [[65, 0]],
  negatives: [
    [40, 0],
    [-170, 0],
  ],
  losses: [
    { name: 'cacr', t_neg: 2 },
    { name: 'cacr', t_neg: 1 },
  ],
  snap: false,
  seed: 0,
  chord: null,
  flow: { n_items: 8, n_views: 2, tied: true },
};
/** A pen that draws nothing but by these of its deeds. */
const penThat = (deeds) =>
  new Proxy(deeds, { get: (known, name) => known[name] ?? (() => {}), set: () => true });
const getContext = () => penThat({});
Object.assign(globalThis.Element.prototype, { getContext });
globalThis.OffscreenCanvas = class {
  getContext = getContext;
};

let time;
beforeEach(() => {
  time = clock();
});
afterEach(() => time.stop());

/** A forces view without what it draws with: what it asks of Python's losses. */
function asking() {
  const asked = [];
  const look = Object.assign(Object.create(Forces.prototype), {
    answer: {},
    question: null,
    cards: [],
    stages: [],
    globe: { face() {} },
    socket: { ask: (_kind, question) => asked.push(question) },
    soon() {},
  });
  look.board = new Board({ changed: (before) => look.show(before), report() {} });
  look.board.take({ board: { ...BOARD }, revision: 1 });
  look.show(BOARD);
  return { asked, set: (change) => look.board.set(change), look };
}

test('what was changed in a flow is asked about on the way back, and nothing twice', () => {
  const { asked, set } = asking();
  assert.equal(asked.length, 1);
  set({ mode: 'flow' });
  set({ losses: [{ name: 'cacr', t_neg: 5 }, BOARD.losses[1]] });
  assert.equal(asked.length, 1);
  set({ mode: 'query' });
  assert.equal(asked.at(-1).losses[0].t_neg, 5);
  set({ mode: 'landscape' });
  set({ mode: 'flow' });
  set({ mode: 'query' });
  assert.equal(asked.length, 2);
});

test('points that the teacher of a class put there in a flow are asked about on the way back', () => {
  const { asked, set, look } = asking();
  set({ mode: 'flow' });
  look.board.showSeen({ view: { board: { ...BOARD, mode: 'flow', query: [10, 0] } } });
  assert.equal(asked.length, 1);
  set({ mode: 'landscape' });
  assert.deepEqual(asked.at(-1).query, [10, 0]);
});

test('a ground that is taken away is wiped off', () => {
  let isClear = true;
  const pen = penThat({ clearRect: () => (isClear = true), stroke: () => (isClear = false) });
  const ground = new Underlay({ getContext: () => pen });
  const drawn = () => ground.draw({ name: 'circle', radius: 50 }, 200, 100, 1);
  ground.set({ values: [1, 2, 3], colours: () => 'red' });
  drawn();
  assert.equal(isClear, false);
  ground.set(null);
  drawn();
  assert.equal(isClear, true);
});

test('the board of a class is told to Python once it rests, and is not put there again', () => {
  const told = [];
  const board = new Board({ changed() {}, report: (state) => told.push(state) });
  board.take({ board: BOARD, revision: 1 });
  const seen = (t_neg) => ({ ...BOARD, losses: [{ name: 'cacr', t_neg }, BOARD.losses[1]] });
  for (const t_neg of [3, 4, 5]) {
    board.showSeen({ view: { board: seen(t_neg) } });
    time.tick(700);
  }
  assert.deepEqual(told, []);
  time.tick(5000);
  assert.deepEqual(told, [seen(5)]);
  assert.equal(board.take({ board: seen(5), revision: 1 }), false);
  board.showSeen({ view: { board: seen(5) } });
  time.tick(5000);
  assert.equal(told.length, 1);
});

/** A hand on marks at x = 0 and x = 100. */
function handed() {
  const listeners = {};
  const acted = [];
  const marks = [
    ['n0', 0],
    ['n1', 100],
  ];
  const scene = {
    zoom: 1,
    svg: {
      addEventListener: (name, listener) => {
        listeners[name] = listener;
      },
      getBoundingClientRect: () => ({ left: 0, top: 0, width: 0, height: 0 }),
      setPointerCapture() {},
      classList: { add() {}, remove() {}, toggle() {} },
    },
    surface: { name: 'circle', at: (x) => [x, 0], grab: () => [] },
    items: marks.map(([id]) => ({ id, group: 'negatives' })),
    made: new Map(marks.map(([id, x]) => [id, { here: [x, 0], far: false }])),
    acts: {
      light() {},
      select() {},
      moved: (id) => acted.push(`moved ${id}`),
      act: (what, id) => acted.push(`${what} ${id}`),
    },
    focus() {},
  };
  const hand = new Hand(scene);
  let isKept = false;
  const event = (more) => ({
    button: 0,
    pointerId: 1,
    pointerType: 'mouse',
    clientY: 0,
    preventDefault: () => (isKept = true),
    stopPropagation() {},
    ...more,
  });
  return {
    acted,
    hand,
    does: (name, more) => listeners[name](event(more)),
    key: (key, id) => hand.key(event({ key }), id),
    keeps: (...xs) => {
      isKept = false;
      listeners.touchstart(event({ touches: xs.map((clientX) => ({ clientX, clientY: 0 })) }));
      return isKept;
    },
  };
}

test('a mark that is deleted in the hand leaves it: the next one stays where it is', () => {
  const { acted, does, key } = handed();
  does('pointerdown', { clientX: 0 });
  does('pointermove', { clientX: 20 });
  key('Delete', 'n0');
  does('pointermove', { clientX: 60 });
  assert.deepEqual(acted, ['moved n0', 'remove n0']);
});

test('a finger that is near enough to take a mark scrolls nothing, and a pinch is none', () => {
  const { keeps } = handed();
  assert.equal(keeps(30), true);
  assert.equal(keeps(50), false);
  assert.equal(keeps(0, 100), false);
});

test('a globe of a flow is turned by the main button alone, until the hand is off it', () => {
  let turns = 0;
  const dots = new Dots({
    which: 0,
    globe: { drag: () => (turns += 1) },
    light() {},
    turned() {},
    key() {},
  });
  dots.size = () => ({ r: 50 });
  dots.shown = { answer: { dims: 3, items: [] } };
  const { listeners } = dots.canvas;
  dots.canvas.setPointerCapture = () => {};
  const does = (name, button = 0) => listeners[name]({ button, clientX: 5, clientY: 5 });
  does('pointerdown', 2);
  does('pointermove');
  assert.equal(turns, 0);
  for (const [i, end] of ['pointerup', 'pointercancel', 'lostpointercapture'].entries()) {
    does('pointerdown');
    does('pointermove');
    does(end);
    does('pointermove');
    assert.equal(turns, i + 1);
  }
});

test('steadiness is asked of polygons alone, and what has no corners is told the bounds', () => {
  const field = { field: 't_neg', least: 0.2, most: 6 };
  const steadiness = new Steadiness([
    { name: 'cacr', fields: [], numbers: [], settings: [], sweep: field },
  ]);
  const drawn = (n_items) => {
    const board = { ...BOARD, flow: { ...BOARD.flow, n_items } };
    steadiness.set(board);
    return [steadiness.wanted(board).length, steadiness.note.textContent];
  };
  assert.equal(drawn(3)[0], 2);
  assert.deepEqual(drawn(2), [0, 'Shown for 3 to 24 items.']);
  assert.deepEqual(drawn(25), [0, 'Shown for 3 to 24 items.']);
});

test('whether the polygon holds is not said of a loss that nothing is known of', () => {
  const field = { field: 't_neg', least: 0.2, most: 6 };
  const steadiness = new Steadiness([
    { name: 'cacr', fields: [], numbers: [], settings: [], sweep: field },
    { name: 'plain', fields: [], numbers: [], settings: [], sweep: null },
  ]);
  const [one] = steadiness.charts;
  Object.assign(one.chart, { draw: () => {}, clear: () => {} });
  const told = (loss) => {
    steadiness.set({ ...BOARD, losses: [loss, BOARD.losses[1]] });
    return [one.title.textContent, one.title.attributes.title, one.node.attributes['aria-label']];
  };
  const answer = {
    values: [0, 6],
    growth: [-1, -2],
    crossings: [],
    nothing: 1e-7,
    sentence: 'Held.',
  };
  steadiness.answered(steadiness.keyOf(BOARD.losses[0], BOARD.flow), answer);
  assert.deepEqual(told(BOARD.losses[0]), ['holds at t_neg 2.00', 'Held.', 'Held.']);
  const unknown = 'Whether the regular polygon holds is not';
  assert.deepEqual(told({ ...BOARD.losses[0], t_pos: 3 }), [
    'not known yet',
    undefined,
    `${unknown} known yet`,
  ]);
  assert.deepEqual(told({ name: 'plain' }), [
    'no setting to sweep',
    undefined,
    `${unknown} shown: this loss has no setting to sweep`,
  ]);
});

test('the landscape of a loss that has no number any more is read out no more', () => {
  const element = (text) => Object.assign(new globalThis.Element('p'), { textContent: text });
  const look = Object.assign(Object.create(Landscape.prototype), {
    board: { ...BOARD, surface: 'sphere' },
    answer: { settings: [1, 2], grid: {} },
    of: { swept: { angles: [0, 90], loss: [[1, 2]], force: [[3, 4]] }, curves: [] },
    sweep: { value: () => NaN, spec: () => undefined, now: () => [0, 't'] },
    title: element('What was'),
    readout: element('query at 0, t 2: loss 1'),
    heat: { node: element('') },
  });
  look.say(null);
  assert.equal(look.readout.textContent, '');
  assert.equal(look.heat.node.attributes['aria-label'], 'What was');
});

test('what was asked by hand is not asked again when the hand has rested', () => {
  const asked = [];
  const flow = Object.assign(Object.create(Flow.prototype), {
    board: { ...BOARD, mode: 'flow' },
    answer: null,
    asked: 'another question',
    release: new globalThis.Element('button'),
    dots: [],
    error: new globalThis.Element('p'),
    ask: (question) => asked.push(question),
  });
  flow.send(true);
  flow.send(false);
  assert.deepEqual([asked.length, flow.released], [1, true]);
});

test('what is released by hand is played also to who asked for less motion', () => {
  const played = [];
  const flow = Object.assign(Object.create(Flow.prototype), {
    board: { ...BOARD, mode: 'flow' },
    player: { put: () => {}, start: (at) => played.push(at) },
  });
  const { matchMedia } = globalThis.window;
  globalThis.window.matchMedia = () => ({ matches: true });
  flow.play(false);
  assert.deepEqual(played, []);
  flow.play(true);
  assert.deepEqual(played, [0]);
  globalThis.window.matchMedia = matchMedia;
});
