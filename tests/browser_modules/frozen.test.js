// A frozen page: what its link says of a view, how it turns the view, and the line in the socket's place.

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { clock } from './page.js';

const { document, window } = globalThis;
const USUAL = { colour: 'class', space: 'embeddings', trails: false, group: 'probes' };
Object.assign(USUAL, { lens: null, query: null, view: 0, step: 1200 });
const CHOICES = {
  colour: ['class', 'weight', 'factor:hue'],
  space: ['embeddings'],
  trails: [false, true],
  group: ['probes', 'batch'],
  lens: { infonce: { temperature: [0.02, 2] }, cacr: {} },
  query: 256,
  view: 5,
  step: 10_000_001,
};

/** @type {Record<string, (() => void)[]>} */
const heard = {};
const button = Object.assign(document.createElement('button'), { before: () => {} });
Object.assign(window, {
  location: { hash: '' },
  history: { replaceState: (_state, _title, hash) => (window.location.hash = hash) },
  addEventListener: (name, act) => (heard[name] ??= []).push(act),
  removeEventListener: () => {},
  matchMedia: () => ({ matches: false, addEventListener: () => {} }),
});
Object.assign(document, {
  documentElement: { dataset: {} },
  body: {},
  addEventListener: () => {},
  removeEventListener: () => {},
  querySelector: (selector) => (selector === '[data-turn-theme]' ? button : null),
});

const { linkOf, viewOf, write } = await import('../../web/frozen/view/link.js');
const { show } = await import('../../web/frozen/view/page.js');
const { FrozenLine } = await import('../../web/frozen/view/line.js');
const { Socket, lines } = await import('../../web/kit/socket.js');
const { Pace } = await import('../../web/kit/pace.js');
const { LossCard } = await import('../../web/forces/view/losscard.js');

const named = (hash) => viewOf(Object.fromEntries(new URLSearchParams(hash)), USUAL, CHOICES);

test('a link says what is not as usual, and is read back', () => {
  const views = [
    { step: null },
    { step: 0, query: 0, trails: true, colour: 'factor:hue' },
    { lens: { name: 'infonce', temperature: 0.25 } },
    { lens: { name: 'cacr' }, view: 4 },
  ];
  for (const change of views) {
    const view = { ...USUAL, ...change };
    const said = linkOf(view, USUAL, CHOICES);
    deepEqual(Object.keys(said).sort(), Object.keys(change).sort());
    deepEqual(named(new URLSearchParams(said).toString()), view);
  }
  deepEqual(linkOf(USUAL, USUAL, CHOICES), {});
  equal(linkOf({ ...USUAL, step: null }, USUAL, CHOICES).step, 'play');
});

test('what cannot be chosen is left as it is', () => {
  const nonsense = 'view=7&query=256&space=features&group=x&trails=on&colour=toString&step=later';
  deepEqual(named(nonsense), USUAL);
  for (const lens of ['toString', 'infonce~temperature:0', 'infonce~beta:1', 'infonce~temperature'])
    deepEqual(named(`lens=${lens}`), USUAL);
});

test('a page without a link of its own goes on', () => {
  const { history } = window;
  window.history = {
    replaceState: () => {
      throw new Error('SecurityError');
    },
  };
  write({ scene: 'circle' });
  window.history = history;
});

/** As `web/live/view/live.js` takes data: what is not other than before has no effect. */
function viewed() {
  const pace = new Pace();
  const found = { now: null, asked: '', report: null };
  return {
    found,
    mount: (_parent, { view }, report) => {
      found.report = report;
      if (JSON.stringify(view) !== found.asked && !pace.waits('report')) found.now = { ...view };
      found.asked = JSON.stringify(view);
    },
    set: (change) => {
      found.now = { ...found.now, ...change };
      pace.rested('report', 600, () => found.report.setStateValue('view', { ...found.now }));
    },
  };
}

test('a view is turned again to what a person has left, and at once after a change', (context) => {
  const time = clock();
  context.after(() => time.stop());
  const { found, mount, set } = viewed();
  const { turn, say, recall } = show({ mount, page: { view: USUAL, choices: CHOICES } });
  turn({ step: 700 });
  say({ lesson: 'first', at: '2' });
  set({ step: 20 });
  time.tick(700);
  equal(window.location.hash, '#lesson=first&at=2&step=20');
  turn({ step: 700 });
  equal(found.now.step, 700);
  set({ step: 20, trails: true });
  time.tick(300);
  turn({ step: 800 });
  time.tick(700);
  deepEqual(found.now, { ...USUAL, step: 800 });
  say({ lesson: undefined, at: undefined });
  equal(window.location.hash, '#step=800');
  window.location.hash = '#step=100';
  for (const act of heard.hashchange) act();
  set({ step: 20 });
  time.tick(700);
  window.location.hash = '#step=100';
  for (const act of heard.hashchange) act();
  equal(found.now.step, 100);
  recall({ lesson: 'first' });
  equal(found.now.step, 100);
  recall({ lesson: 'first', step: '300' });
  equal(found.now.step, 300);
});

test('a line that is opened again is not lost and is asked once', async () => {
  const told = [];
  const watched = [];
  const speaker = { watch: (_line, { run }) => watched.push(run), answer: async () => ({}) };
  lines.open = () => new FrozenLine(() => speaker);
  const socket = new Socket('ws:', { hear: () => {}, lost: (lost) => told.push(lost) });
  socket.watch({ run: 'a' });
  await Promise.resolve();
  socket.again();
  await setTimeout(400); // longer than the first pause of a socket
  socket.close();
  deepEqual(
    [told, watched],
    [
      [false, false],
      ['a', 'a'],
    ],
  );
});

const FIELD = { kind: 'float', symbol: '', label: '', needs: null, min: 0, max: 4 };
const fields = ['alpha', 'beta'].map((name) => ({
  ...FIELD,
  name,
  default: 1,
  value: 2,
  leads: false,
}));
const offered = [
  { name: 'sscl', title: '', presets: [], fields, lens: { name: 'sscl', hardest: true, beta: 1 } },
  {
    name: 'infonce',
    title: '',
    presets: [],
    fields: [],
    lens: { name: 'infonce', n_synthetic: 0 },
  },
];

test('a loss of which a part can be moved is chosen and put back with all its settings', () => {
  const told = [];
  const card = new LossCard({ index: 0, lenses: offered, changed: (lens) => told.push(lens) });
  card.set({ name: 'infonce', n_synthetic: 0, pool_size: 8, mixing: 'pair' });
  card.choose('sscl');
  card.back.onclick?.();
  card.back.listeners.click?.();
  const mixture = { n_synthetic: 0, pool_size: 8, mixing: 'pair' };
  deepEqual(told[0], { name: 'sscl', hardest: true, alpha: 2, beta: 2, ...mixture });
  deepEqual(told[1], { name: 'sscl', hardest: true, alpha: 1, beta: 1 });
});

test('settings of its own stand under no heading of synthetic negatives', () => {
  const card = new LossCard({ index: 0, lenses: offered, changed: () => {} });
  card.set({ name: 'sscl', hardest: true, beta: 1 });
  deepEqual(
    card.rest.children.map(({ tagName }) => tagName),
    ['LABEL', 'LABEL'],
  );
});
