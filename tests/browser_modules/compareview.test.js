import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { Frames } from '../../web/kit/frames.js';
import { Classes } from '../../web/compare/view/classes.js';
import { Clouds } from '../../web/compare/view/clouds.js';
import { Compare } from '../../web/compare/view/compare.js';
import { Entry } from '../../web/compare/view/entry.js';
import { EntryFigures } from '../../web/compare/view/entryfigures.js';
import { Messages } from '../../web/compare/view/messages.js';
import { Moment } from '../../web/compare/view/moment.js';
import { Moved } from '../../web/compare/view/moved.js';
import { Proof } from '../../web/compare/view/proof.js';
import { pictureTitle } from '../../web/compare/view/takeaway.js';
import { StateReports } from '../../web/compare/view/statereports.js';
import { Together } from '../../web/compare/view/together.js';
import { View } from '../../web/live/view/live.js';

const { document } = globalThis;
document.addEventListener ??= () => {};
const all = (node) => [node, ...(node.children ?? []).flatMap(all)];

// --- a space that is not there

const idle = new Proxy(() => idle, { get: () => idle });
const told = (found) => ({
  pace: { rested: (_name, _pause, act) => act(), soon: () => {} },
  report: { setStateValue: (_name, view) => found.push(['told', view.space]) },
});

function compared(found, has_features) {
  const parts = ['head', 'query', 'moment', 'strips', 'panels'].map((name) => [name, idle]);
  const look = Object.assign(Object.create(Compare.prototype), {
    ...Object.fromEntries(parts),
    ...told(found),
    about: null,
    view: { space: 'features', layout: 'pca' },
    data: { base: '' },
    root: { dataset: {} },
    proof: new Proof(),
    moment: { begin: () => {}, step: null },
    states: { newest: null },
    clouds: {
      entries: [],
      setEntries: () => {},
      watch: ({ space }) => found.push(['watched', space]),
      update: ({ space }) => found.push(['before', space]),
    },
  });
  new Messages(look).setAbout({ run: 'balanced', n: 9, entries: [], has_features });
  return look;
}

test('a comparison that was recorded without features is watched in its embeddings', () => {
  for (const [has, expected] of [
    [true, [['watched', 'features']]],
    [
      false,
      [
        ['told', 'embeddings'],
        ['watched', 'embeddings'],
      ],
    ],
  ]) {
    const found = [];
    compared(found, has);
    assert.deepEqual(found, expected);
  }
});

test('a link that is checked after a comparison came does not take it to a space it has not', () => {
  const found = [];
  const look = compared(found, false);
  found.length = 0;
  look.set({ space: 'features' }, false);
  assert.equal(look.view.space, 'embeddings');
  assert.deepEqual(found, [
    ['told', 'embeddings'],
    ['before', 'embeddings'],
  ]);
});

test('a run that was recorded without features is watched in its embeddings', () => {
  const found = [];
  const view = Object.assign(Object.create(View.prototype), {
    ...told(found),
    run: null,
    view: { space: 'features', layout: 'pca', step: null, colour: 'class' },
    data: { run: 'live-sscl' },
    stage: idle,
    film: { shown: null, playsByItself: () => true },
    socket: { watch: ({ space }) => found.push(['watched', space]) },
  });
  view.setRun({ run: 'live-sscl', has_features: false });
  assert.deepEqual(found, [
    ['watched', 'embeddings'],
    ['told', 'embeddings'],
  ]);
});

// --- an entry without a snapshot that can be read

function coming(steps, last, state) {
  const frames = new Frames();
  for (const step of steps) frames.add({ step, numbers: [] });
  const one = Object.assign(Object.create(Entry.prototype), {
    ...{ name: 'x', frames: new Frames(), coming: frames, rows: [], about: { last, label: 'x' } },
    cloud: { node: { dataset: {} } },
  });
  one.setState({ state, reason: '' });
  return one;
}

function momentsOf(entries, early) {
  const stage = { node: { toggleAttribute: () => {} } };
  Clouds.prototype.turn.call({ entries, stage }, early);
  const together = new Together();
  together.gather(entries);
  return together.steps;
}

for (const early of [true, false])
  test(`an entry that is over without a snapshot holds no cloud back, ${early ? 'played' : 'held'}`, () => {
    for (const state of ['finished', 'stopped', 'lost', 'failed'])
      assert.deepEqual(
        momentsOf([coming([0, 10, 20], 20, state), coming([], null, state)], early),
        [0, 10, 20],
      );
    for (const state of ['waiting', 'running', 'paused'])
      assert.deepEqual(momentsOf([coming([0, 10], 10, state), coming([], null, state)], early), []);
    // one whose frames are on their way is waited for
    assert.deepEqual(
      momentsOf([coming([0, 10], 10, 'finished'), coming([], 10, 'finished')], early),
      [],
    );
    assert.deepEqual(momentsOf([coming([0], 0, 'finished'), coming([], 0, 'finished')], early), []);
  });

test('a comparison that is gone on with no longer says that it ended before it began', () => {
  const said = [];
  const look = { about: null, clouds: { stage: { setNotice: (text) => said.push(text) } } };
  const reports = new StateReports(look);
  for (const state of ['stopped', 'waiting']) reports.set({ type: 'state', state });
  assert.deepEqual(said, ['']);
});

// --- classes, proof

test('accuracy class by class is there though the first class has no held-out image', () => {
  const about = {
    class_names: ['aardvark', 'bear', 'cat'],
    held_out: { n: 20, per_class: [0, 10, 10] },
    ...{ train_per_class: [0, 20, 20], head: [], tail: [], most_classes: 20, chance: 1 / 3 },
  };
  const entries = ['A', 'B'].map((label, index) => ({
    ...{ index, mark: 'circle', name: label, about: { label, mark: 'circle' } },
    rows: [{ step: 0, class_accuracy_1: 0.8 - index / 2, class_accuracy_2: 0.4 }],
    isAt: () => true,
  }));
  const classes = new Classes();
  classes.setRun(about, entries);
  classes.show({ step: 0, moving: false, theme: 'light' });
  assert.equal(
    classes.title.textContent,
    'The entries differ most on bear, by 50.0 points in this one run',
  );
  assert.equal(classes.list.children.length, 3);
});

test('nothing of the last proof stands under that there is none yet', () => {
  const proof = new Proof();
  const part = { text: 'ab12…', equal: true, entries: { a: 'ab12', b: 'ab12' } };
  const entries = ['a', 'b'].map((name) => ({ name, about: { label: name } }));
  const message = { equal: true, step: 400, weights: part, order: part, views: part };
  proof.set({ ...message, sentence: 'Same first weights.' }, entries);
  assert.match(JSON.stringify(all(proof.table).map((node) => node.textContent)), /ab12/);
  proof.clear();
  assert.equal(proof.brief.textContent, 'same start: not yet shown');
  assert.equal(proof.badge.getAttribute('title'), null);
  assert.equal(proof.sentence.textContent, '');
  assert.deepEqual(proof.table.children, []);
});

// --- checkpoints

test('checkpoints are spoken of without steps, moments and runs', () => {
  const entry = (name) => ({
    ...{ name, about: { label: name, line: 'features of an encoder' }, isAt: () => true },
    ...{ rows: [{ step: 0, knn_features: 0.5, loss: 1 }], node: document.createElement('div') },
  });
  const [one, base] = ['a', 'b'].map(entry);
  const over = new EntryFigures(one, () => {});
  over.set(0, base);
  const spoken = all(over.node).flatMap((node) => [node.textContent, node.getAttribute('title')]);
  const cloud = { node: document.createElement('div') };
  const alarm = document.createElement('p');
  Entry.prototype.tell.call({ ...one, cloud, alarm }, { step: 0, n: 96, spread: 0.5, numbers: [] });
  spoken.push(cloud.node.getAttribute('aria-label'));
  spoken.push(pictureTitle({ title: 'one | other', frozen: true }, 0));
  const asked = { about: { frozen: true }, view: { step: 40 }, clouds: { together: { last: {} } } };
  const held = { look: () => asked, step: 0, scrubber: { wanted: 40 } };
  spoken.push(Object.getOwnPropertyDescriptor(Moment.prototype, 'missed').get.call(held));
  assert.ok(spoken.includes('against b, in percentage points, on these images'));
  assert.ok(spoken.some((text) => /^Cloud of a: 96 images, 50 %/.test(text ?? '')));
  assert.doesNotMatch(spoken.join(' '), /\bsteps?\b|\bruns?\b/i);
});

test('of two checkpoints no moments are offered', () => {
  for (const frozen of [false, true]) {
    const moved = new Moved({ ask: () => {}, light: () => {}, choose: () => {}, trail: () => {} });
    moved.setRun({ frozen, baseline: 'a' }, [
      { name: 'a', about: { label: 'A' } },
      { name: 'b', about: { label: 'B' } },
    ]);
    for (const { at, step } of [moved.from, moved.to])
      for (const node of [at, step]) assert.equal('hidden' in node.attributes, frozen);
  }
});
