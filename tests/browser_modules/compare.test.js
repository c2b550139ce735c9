import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { Frames } from '../../web/kit/frames.js';
import { Compare } from '../../web/compare/view/compare.js';
import { linesOf } from '../../web/compare/view/curvelines.js';
import { Curves } from '../../web/compare/view/curves.js';
import { curveNote, curveTitle, placeText } from '../../web/compare/view/curvewords.js';
import { Entry } from '../../web/compare/view/entry.js';
import { Plane } from '../../web/compare/view/plane.js';
import { Seeds } from '../../web/compare/view/seeds.js';
import { Together } from '../../web/compare/view/together.js';

globalThis.document.addEventListener ??= () => {};
const ACCURACY = { key: 'accuracy', title: 'Accuracy', kind: 'accuracy', unit: 'share', note: '' };

// An entry that measured an accuracy every 50 updates and the rest every 10, up to a step.
function entry(label, last, accuracy, more = {}) {
  const rows = [];
  for (let step = 0; step <= last; step += 10)
    rows.push({ step, seconds: step / 10, alignment: 1, uniformity: -step, loss: 2 });
  for (const row of rows) if (row.step % 50 === 0) row.accuracy = accuracy(row.step);
  const frames = new Frames();
  for (const { step } of rows) frames.add({ step, numbers: [] });
  const one = Object.create(Entry.prototype);
  return Object.assign(one, {
    ...{ index: 0, name: label, rows, frames, state: 'running', ended: false, reason: '' },
    about: { label, mark: 'circle', images_per_step: 64 },
    cloud: { node: { dataset: {} } },
    ...more,
  });
}

const three = () => [
  entry('A', 60, () => 0.5),
  entry('B', 300, (step) => 0.2 + step / 1000),
  entry('C', 300, (step) => 0.1 + step / 2000),
];

const titleAt = (entries, x, against = 'step') => {
  const lines = linesOf(entries, 'accuracy', { against, theme: 'light', base: entries[0] });
  return curveTitle(ACCURACY, lines, x, { against, moving: false });
};

test('a lead that is next to nothing is told with its digits, and is not 0', () => {
  for (const [above, by] of [
    [1e-6, '0.000100'],
    [1e-8, '1.01e−6'],
    [0.0012, '0.1'],
  ]) {
    const found = titleAt(
      [entry('A', 60, () => 0.5005 + above), entry('B', 60, () => 0.5004999999)],
      60,
    );
    assert.equal(found, `A leads by ${by} points at step 50, in this one run`);
  }
});

for (const state of ['stopped', 'lost', 'failed'])
  test(`all moments of a comparison that is ${state} are kept where one had ended alone`, () => {
    const entries = three();
    entries[0].setState({ state: 'failed', reason: 'The loss is nan.', alone: true });
    for (const one of entries.slice(1)) one.setState({ state, reason: '', alone: false });
    const together = new Together();
    together.gather(entries);
    assert.deepEqual(together.steps, entries[1].frames.steps);
    assert.deepEqual(
      entries.map((one) => [one.reason, one.isAt(60), one.isAt(70)]),
      [
        ['The loss is nan.', true, false],
        ['', true, true],
        ['', true, true],
      ],
    );
  });

test('an entry is spoken of up to its last row, though a number was measured before', () => {
  const entries = three();
  assert.match(titleAt(entries, 60), /^A leads by 25\.0 points at step 50/);
  entries[0].setState({ state: 'failed', reason: '', alone: true });
  assert.match(titleAt(entries, 60), /^A leads by 25\.0 points at step 50/);
  assert.match(titleAt(entries, 70), /^B leads by 12\.5 points at step 50/);
});

test('a comparison that was stopped or lost says what each entry had reached', () => {
  for (const state of ['stopped', 'lost']) {
    const entries = three().slice(1);
    entries.push(entry('D', 300, () => NaN));
    for (const one of entries) one.setState({ state, reason: '', alone: false });
    entries.forEach((one) => one.rows.push({ step: 305, seconds: 30.5, loss: 2 }));
    assert.match(titleAt(entries, 305), /^B leads by 25\.0 points at step 300/);
  }
});

test('a value by images or after a time is read between two measurements, and said to be', () => {
  const [, b, c] = three();
  c.about.images_per_step = 256;
  // by 12,800 images seen: B after 200 updates, as measured; C after 50, as measured
  assert.match(
    titleAt([b, c], 12800, 'images'),
    /^B leads by 27\.5 points by 12,800 images seen, in this/,
  );
  // by 6,400 images seen: B after 100 updates, as measured; C after 25, half way from 10 % to 12.5 %
  assert.match(
    titleAt([b, c], 6400, 'images'),
    /^B leads by 18\.8 points by 6,400 images seen \(interpolated\), in this/,
  );
  const note = (interpolated) => curveNote(ACCURACY, [], { against: 'images', interpolated });
  assert.match(note(true), /its values are interpolated\./);
  assert.doesNotMatch(note(false), /interpolated/);
});

// --- a baseline that ended early

function curvesOf(entries, view) {
  const gone = [];
  const curves = new Curves({ set: () => {}, go: (step) => gone.push(step) });
  Object.assign(curves.readout, { set: () => {}, speak: () => {} });
  curves.setRun({ series: [ACCURACY], even_spread: null }, entries);
  const look = {
    view: { series: 'accuracy', against: 'step', difference: false, ...view },
    baseline: () => entries[0],
    theme: 'light',
    step: 200,
    moving: false,
  };
  curves.show(look);
  return { curves, gone, look };
}

test('a click beyond the end of the baseline goes to the moment that was clicked', () => {
  for (const [against, scale] of [
    ['step', 1],
    ['images', 64],
    ['seconds', 0.1],
  ]) {
    const { curves, gone, look } = curvesOf(three(), { against });
    assert.equal(curves.now(look), 200 * scale);
    for (const step of [40, 60, 200, 290]) curves.pick(step * scale);
    assert.deepEqual(gone, [40, 60, 200, 290]);
  }
});

test('before the first update the axis is of one step, image or second, not of a billionth', () => {
  for (const against of ['step', 'images', 'seconds']) {
    const { curves } = curvesOf(
      three().map((one) => Object.assign(one, { rows: one.rows.slice(0, 1) })),
      { against },
    );
    const ink = { paper: '#ffffff', text: '#000000' };
    const paper = { width: 600, height: 300, ink, range: null };
    const { layout } = curves.charts.chart.build(paper);
    assert.deepEqual(layout.xaxis.range, [0, 1]);
  }
});

test('arrow keys step along the baseline, and beyond its end along who got farthest', () => {
  const press = (key) => ({ key, preventDefault: () => {} });
  for (const difference of [false, true]) {
    const { curves, gone } = curvesOf(three(), { difference });
    const steps = [0, 50, 100, 150].slice(0, difference ? 2 : 4);
    curves.point(0);
    const passed = steps.map(() => {
      const { at } = curves;
      curves.key(press('ArrowRight'));
      return at;
    });
    assert.deepEqual(passed, steps);
    curves.point(150);
    curves.key(press('ArrowLeft'));
    assert.equal(curves.at, difference ? 50 : 100);
    curves.point(250);
    curves.key(press('Enter'));
    assert.deepEqual(gone, [250]);
  }
});

test('arrow keys on the plane reach every step, though the first entry ended early', () => {
  const entries = three();
  const plane = new Plane({ go: () => {} });
  Object.assign(plane, { entries, look: { step: 60 } });
  plane.readout.speak = () => {};
  const passed = [];
  plane.point = (step) => {
    plane.at = step;
    passed.push(step);
  };
  for (let i = 0; i < 3; i += 1) plane.press({ key: 'ArrowRight', preventDefault: () => {} });
  assert.deepEqual(passed, [70, 80, 90]);
});

// --- repeats over seeds

const mean = (value, more) => ({
  mean: value,
  low: value - 0.01,
  high: value + 0.01,
  n: 4,
  ...more,
});
const rowsAgainst = (base) =>
  ['a', 'b'].map((name) => ({
    entry: name,
    label: name.toUpperCase(),
    metrics: { accuracy: mean(0.5) },
    differences:
      name === base ? {} : { accuracy: mean(base === 'a' ? -0.1 : 0.1, { verdict: 'told' }) },
  }));
const MESSAGE = {
  ...{ type: 'seeds', wanted: 8, done: 8, state: 'finished', reason: '', baseline: 'a' },
  ...{ rows: rowsAgainst('a'), sentence: 'Against A.', looks: '' },
  against: { b: { rows: rowsAgainst('b'), sentence: 'Against B.', looks: 'Of two.' } },
};
const all = (node) => [node, ...(node.children ?? []).flatMap(all)];
const verdicts = (seeds) =>
  all(seeds.table).flatMap(({ attributes, textContent }) =>
    attributes?.class === 'verdict' ? textContent : [],
  );

test('the table of seeds follows the entry that is pinned, and names it', () => {
  const seeds = new Seeds();
  seeds.setRun({ series: [ACCURACY] }, []);
  seeds.set(MESSAGE);
  assert.match(seeds.title.textContent, /^8 of 8 seeds: .* the difference from A$/);
  assert.deepEqual(verdicts(seeds), ['−10.0: told']);
  seeds.show({ baseline: () => ({ name: 'b' }) });
  assert.match(seeds.title.textContent, /the difference from B$/);
  assert.deepEqual(verdicts(seeds), ['+10.0: told']);
  assert.equal(seeds.sentence.textContent, 'Against B.');
  assert.equal(seeds.looks.textContent, 'Of two.');
  seeds.show({ baseline: () => ({ name: 'a' }) });
  assert.deepEqual(verdicts(seeds), ['−10.0: told']);
});

test('a mean of seeds that agree has no interval in the table', () => {
  const seeds = new Seeds();
  seeds.setRun({ series: [ACCURACY] }, []);
  const flat = { mean: 0.5, low: 0.5, high: 0.5, n: 2 };
  const rows = [{ entry: 'a', label: 'A', metrics: { accuracy: flat }, differences: {} }];
  seeds.set({ ...MESSAGE, rows });
  const texts = all(seeds.table).map(({ textContent }) => textContent);
  assert.ok(texts.includes('no spread between 2 seeds yet'));
});

// --- another comparison

test('another comparison is shown against its own baseline, also where a pin is not yet told', () => {
  const changes = [];
  const shown = (run, view) => {
    const look = {
      view: { baseline: 'b', step: 40, series: 'loss' },
      pace: { waits: () => true },
      renewed: () => ({ run: 'first', view: {} }),
      altered: (change) => changes.push(change),
      ...{ set: () => {}, turned: () => false, take: () => {} },
    };
    Compare.prototype.update.call(look, { run, view }, {});
  };
  shown('second', { baseline: null, step: null });
  shown('third', { baseline: 'c', step: 7 });
  assert.deepEqual(changes, [
    { baseline: null, step: null, series: 'loss' },
    { baseline: 'c', step: 7, series: 'loss' },
  ]);
});

test('a difference from a value between two measurements is not told as measured', () => {
  const line = { points: [[118, 0.2]], label: 'A' };
  assert.equal(placeText(120, 'seconds', [line]).text, '120 s, measured at 118 s');
  const between = { ...line, interpolated: true };
  assert.equal(
    placeText(120, 'seconds', [between]).text,
    '120 s, against an interpolated baseline',
  );
});
