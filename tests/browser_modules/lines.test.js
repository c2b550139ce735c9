import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { changes } from '../../web/kit/changes.js';
import { pointAt, rowAt } from '../../web/kit/points.js';
import { axisValue, differences, linesOf, pointsOf } from '../../web/compare/view/curvelines.js';
import { Together } from '../../web/compare/view/together.js';
import { spread, trailsOf } from '../../web/compare/view/trails.js';
import { Frames } from '../../web/kit/frames.js';
import { trailGroups } from '../../web/kit/marks.js';
import { CLASSES } from '../../web/kit/colours.js';
import { course } from '../../web/live/view/numbers.js';

const entry = (label, rows, more = {}) => ({
  index: 0,
  rows,
  ended: false,
  about: { label, mark: null, images_per_step: 64 },
  ...more,
});
const ROWS = [
  { step: 0, seconds: 0, loss: 3 },
  { step: 10, seconds: 2, loss: 2, accuracy: 0.5 },
  { step: 20, loss: NaN, accuracy: 0.7 },
];
const framesOf = (...steps) => {
  const frames = new Frames();
  for (const step of steps) frames.add({ step, layout: 'pca', dims: 2, numbers: [] });
  return frames;
};

test('a line stands at its last point before a place', () => {
  const points = [0, 3, 3.5, 8].map((x) => [x, 10 * x, x]);
  assert.equal(pointAt(points, -1), null);
  assert.equal(pointAt([], 5), null);
  for (let x = 0; x < 12; x += 0.25) {
    const wanted = points.filter(([at]) => at <= x).at(-1);
    assert.equal(pointAt(points, x), wanted);
  }
});

test('a row is the last one up to a step that has the number', () => {
  assert.equal(rowAt(ROWS, 20, 'loss').step, 10);
  assert.equal(rowAt(ROWS, 20).step, 20);
  assert.equal(rowAt(ROWS, 5, 'accuracy'), null);
});

test('a row lies on each axis where its step, its images or its seconds put it', () => {
  const one = entry('A', ROWS);
  assert.equal(axisValue(one, ROWS[1], 'step'), 10);
  assert.equal(axisValue(one, ROWS[1], 'images'), 640);
  assert.equal(axisValue(one, ROWS[1], 'seconds'), 2);
  assert.equal(axisValue(one, ROWS[2], 'seconds'), null);
});

test('a line has a point for each number that was measured, and no other', () => {
  assert.deepEqual(pointsOf(entry('A', ROWS), 'loss', 'images'), [
    [0, 3, 0],
    [640, 2, 10],
  ]);
  assert.deepEqual(pointsOf(entry('A', ROWS), 'accuracy', 'seconds'), [[2, 0.5, 10]]);
});

test('differences are from the baseline at the same place, up to its end', () => {
  const base = entry('base', [
    { step: 0, loss: 1 },
    { step: 10, loss: 4 },
  ]);
  const other = entry('other', [
    { step: 0, loss: 3 },
    { step: 5, loss: 5 },
    { step: 10, loss: 6 },
    { step: 20, loss: 9 },
  ]);
  const lines = linesOf([base, other], 'loss', { against: 'step', theme: 'light', base });
  const [line, ...more] = differences(lines, 'step');
  assert.equal(more.length, 0);
  assert.equal(line.label, 'other');
  assert.deepEqual(line.points, [
    [0, 2, 0],
    [5, 4, 5],
    [10, 2, 10],
  ]);
});

test('by images or time the baseline is read between the two measurements around a place', () => {
  const base = entry('base', [
    { step: 0, seconds: 0, loss: 8 },
    { step: 10, seconds: 5, loss: 4 },
    { step: 20, seconds: 9, loss: 3 },
  ]);
  const other = entry('other', [
    { step: 0, seconds: 0, loss: 9 },
    { step: 10, seconds: 2, loss: 9 },
    { step: 20, seconds: 6, loss: 9 },
    { step: 40, seconds: 9.5, loss: 9 },
  ]);
  other.about.images_per_step = 16; // 10 updates show what 2.5 of the baseline do
  const less = (against) => {
    const lines = linesOf([base, other], 'loss', { against, theme: 'light', base });
    return differences(lines, against)[0];
  };
  assert.deepEqual(less('images').points, [
    [0, 1, 0],
    [160, 9 - (8 - 4 / 4), 10],
    [320, 9 - (8 - 4 / 2), 20],
    [640, 5, 40],
  ]);
  assert.deepEqual(less('seconds').points, [
    [0, 1, 0],
    [2, 9 - (8 - (4 * 2) / 5), 10],
    [6, 9 - (4 - 1 / 4), 20],
  ]);
  assert.equal(less('images').interpolated, true);
  assert.equal(less('step').interpolated, false);
  assert.deepEqual(
    less('step').points.map(([, y]) => y),
    [1, 5, 6],
  );
});

test('without points of the baseline the lines stay as they are', () => {
  const lines = linesOf([entry('A', ROWS)], 'loss', {
    against: 'step',
    theme: 'dark',
    base: null,
  });
  assert.equal(differences(lines, 'step'), lines);
});

test('the moments of a comparison are those that all entries which go on have', () => {
  const together = new Together();
  const entries = [
    { frames: framesOf(0, 10, 20, 30), ended: false },
    { frames: framesOf(0, 20, 30), ended: false },
    { frames: framesOf(0, 10), ended: true }, // holds nobody back
  ];
  assert.equal(together.gather(entries), true);
  assert.deepEqual(together.steps, [0, 20, 30]);
  assert.equal(together.gather(entries), false);
  assert.deepEqual(
    [0, 19, 20, 25, 99].map((step) => together.indexOf(step)),
    [0, 0, 1, 1, 2],
  );
  entries.push({ frames: framesOf(), ended: false });
  together.gather(entries);
  assert.equal(together.size, 0);
});

test('the moments of entries that all ended alone are those of the one that got farthest', () => {
  const together = new Together();
  const short = { frames: framesOf(0, 10, 20), ended: true };
  const long = { frames: framesOf(0, 10, 25, 30), ended: true };
  const none = { frames: framesOf(), ended: true }; // it ended before any frame
  together.gather([short, none, long]);
  assert.deepEqual(together.steps, [0, 10, 25, 30]);
  together.gather([short, none, { ...long, ended: false }]);
  assert.deepEqual(together.steps, [0, 10, 25, 30]);
  together.gather([none, none]);
  assert.deepEqual(together.steps, []);
});

test('some of many steps are spread from the first to the last', () => {
  const steps = Array.from({ length: 41 }, (_, i) => 5 * i);
  assert.deepEqual(spread(steps, 5), [0, 50, 100, 150, 200]);
  assert.deepEqual(spread([3, 9], 5), [3, 9]);
  assert.deepEqual(spread([7], 5), [7]);
  assert.deepEqual(spread([], 5), []);
});

test('a trail of some images goes back to its moment, newest first', () => {
  const one = {
    frames: framesOf(0, 10, 20, 30, 40),
    run: { probes: { labels: [0], class_names: ['a'] } },
  };
  const { frames, only } = trailsOf(one, one.frames.at(4), false, { probes: [0], since: 10 });
  assert.deepEqual(
    frames.map(({ step }) => step),
    [30, 20, 10],
  );
  assert.deepEqual(only, [0]);
  assert.deepEqual(trailsOf(one, one.frames.at(4), false, null).frames, []);
});

test('trails are in the colours of the classes, in one grey where those are too many', () => {
  const trails = { on: true, frames: [], labels: [0, 1, 0, 1], names: ['a', 'b'] };
  assert.deepEqual(trailGroups(trails, 'light'), [
    [CLASSES.light[0], [0, 2]],
    [CLASSES.light[1], [1, 3]],
  ]);
  assert.deepEqual(trailGroups({ ...trails, only: [3] }, 'light')[1][1], [3]);
  const names = Array.from({ length: 11 }, String);
  assert.deepEqual(trailGroups({ ...trails, names }, 'dark'), [[null, [0, 1, 2, 3]]]);
  assert.deepEqual(trailGroups({ ...trails, on: false }, 'dark'), []);
  const few = { on: true, labels: [-1, 0, -1], names: ['a'] };
  assert.deepEqual(
    trailGroups(few, 'light').map(([, drawn]) => drawn),
    [[1], [0, 2]],
  );
  assert.deepEqual(trailGroups({ on: true, labels: [-1, -1], names: [] }, 'dark'), [
    [null, [0, 1]],
  ]);
});

test('a course fills its height, has its chance inside, and breaks at gaps', () => {
  const { path, x, y } = course([1, 3, null, 2, 5], 0);
  assert.equal(x(0), 0);
  assert.equal(x(4), 100);
  assert.equal(y(5), 2);
  assert.equal(y(0), 24);
  assert.equal(path.match(/M/g).length, 2);
  assert.equal(path.match(/L/g).length, 2);
  assert.equal(course([1, null], null), null);
});

test('a change is one of what a setting says, not of where it lies in memory', () => {
  const before = { a: 1, lens: { name: 'cacr', t: 2 }, gone: 3 };
  const after = { a: 1, lens: { name: 'cacr', t: 3 }, new: 4 };
  assert.deepEqual([...changes(before, after)].sort(), ['gone', 'lens', 'new']);
  assert.equal(changes(before, structuredClone(before)).size, 0);
});
