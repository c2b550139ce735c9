import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { boundsOf, chordFigure } from '../../web/forces/view/chordchart.js';
import { courseFigure } from '../../web/forces/view/coursefigure.js';
import { barsFigure, knownOf, lossFigure, lossRange } from '../../web/forces/view/flowfigures.js';
import { heatFigure, joined, rowOf, settingTicks } from '../../web/forces/view/heatfigure.js';
import { freeThird, placesNamed, steadyFigure } from '../../web/forces/view/steadyfigure.js';
import { heatOf } from '../../web/forces/view/swept.js';

const names = ['text', 'soft', 'faint', 'dim', 'edge', 'paper', 'ink', 'warning', 'repulsion'];
const ink = Object.fromEntries([...names, 'synthetic'].map((name) => [name, '#123456']));
const PAPER = { width: 300, height: 120, ink };
const texts = ({ layout }) => layout.annotations.map(({ text }) => text).filter(Boolean);

test('settings that grow by ratios are marked at 1, 2, 5, others evenly', () => {
  assert.deepEqual(settingTicks([0.1, 0.2, 0.4, 0.8, 1.6], 4), [0.1, 0.2, 0.5, 1]);
  assert.deepEqual(settingTicks([0, 1, 2, 3, 4], 4), [0, 1, 2, 3, 4]);
});

test('a setting lies between its rows, and those beyond at the ends', () => {
  const settings = [1, 2, 4];
  assert.deepEqual(
    [0, 1, 3, 4, 9].map((value) => rowOf(settings, value)),
    [0, 0, 1.5, 2, 2],
  );
});

test('valleys of neighbouring rows are joined where they are near, also across the seam', () => {
  assert.deepEqual(joined([[10], [15]]).x.slice(0, 3), [10, 15, null]);
  assert.deepEqual(joined([[10], [90]]).x.slice(0, 3), [10, 10, null]);
  assert.deepEqual(joined([[179], [-179, 100]]).x.slice(0, 2), [179, 179]);
});

test('rows have a scale of their own or share one, and the ends say which', () => {
  const row = (...values) => Float32Array.from(values);
  const swept = {
    angles: [-180, 0],
    loss: [row(0, 1), row(0, 4)],
    force: [row(-1, 1), row(2, -2)],
  };
  const answer = { settings: [1, 2], grid: null };
  const own = heatOf(answer, swept, { shown: 'loss', ownScale: true });
  assert.deepEqual(
    own.rows.map((one) => [...one]),
    [
      [0, 1],
      [0, 1],
    ],
  );
  const all = heatOf(answer, swept, { shown: 'loss', ownScale: false });
  assert.deepEqual(
    all.rows.map((one) => [...one]),
    [
      [0, 0.25],
      [0, 1],
    ],
  );
  assert.deepEqual(all.ends, ['0', 'loss 4.00']);
  const force = heatOf(answer, swept, { shown: 'force', ownScale: false });
  assert.deepEqual(
    force.rows.map((one) => [...one]),
    [
      [0.5, 0.5],
      [1, 1],
    ],
  );
  const { x, y, data } = heatFigure({ ...own, theme: 'light' }, PAPER);
  assert.deepEqual([x, y, data[0].z], [[-180, 180], [-0.5, 1.5], own.rows]);
});

test('a curve once round is closed, and its range holds still while values fit it', () => {
  const look = (loss) => ({
    angles: [-180, -90, 0, 90],
    loss,
    force: [0, 1, 0, -1],
    isSigned: true,
    valleys: [{ angle: 0, value: 1 }],
    rests: [{ angle: 0, stable: true }],
  });
  const first = courseFigure(look([3, 2, 1, 2]), {}, PAPER);
  assert.deepEqual(first.data[0].x.at(-1) - first.data[0].x[0], 360);
  assert.equal(first.data[0].y.at(-1), 3);
  assert.deepEqual(first.y2, [-first.y2[1], first.y2[1]]);
  assert.ok(texts(first).some((text) => text.includes('0°')));
  const next = courseFigure(look([2.9, 2, 1.1, 2]), first.bands, PAPER);
  assert.deepEqual(next.y, first.y);
  const far = courseFigure(look([9, 2, 1, 2]), first.bands, PAPER);
  assert.ok(far.y[1] > 9);
});

test('an optimum that the polygon reaches is one line, else there are two', () => {
  const optimum = { value: -1, kind: 'optimum' };
  assert.deepEqual(
    knownOf({ optimum, polygon: { value: -1 } }).map(({ name }) => name),
    ['optimum: the regular polygon −1.00'],
  );
  assert.equal(knownOf({ optimum, polygon: { value: -0.5 } }).length, 2);
  assert.equal(knownOf({ optimum: { value: null } }).length, 0);
});

test('a start far above and a goal far below are cut off and said', () => {
  const loss = [50, ...Array.from({ length: 99 }, (_, i) => 1 - i / 99)];
  const own = { loss, optimum: { value: -30, kind: 'bound' } };
  const { y, levels, below } = lossRange(loss, knownOf(own));
  assert.ok(y[0] > -1 && y[1] < 10);
  assert.deepEqual([levels.length, below.length], [0, 1]);
  const figure = lossFigure(
    own,
    loss.map((v, i) => [i, v]),
    PAPER,
  );
  assert.ok(texts(figure).includes('starts at 50.0'));
  assert.ok(texts(figure).includes('lower bound −30.0, below ↓'));
});

test('bars stand between their bins, and the polygon where it is', () => {
  const figure = barsFigure(
    { bins: [0, 60, 120, 180], shares: [0, 0.5, 0.5], most: 0.5, even: 45 },
    PAPER,
  );
  assert.deepEqual(
    [figure.data[0].x, figure.data[0].y],
    [
      [30, 90, 150],
      [0, 0.5, 0.5],
    ],
  );
  assert.equal(figure.layout.shapes[0].x0, 45);
  assert.deepEqual(texts(figure), ['polygon 45°']);
});

test('crossings are named on the axis, and its ends where they leave room', () => {
  assert.deepEqual(placesNamed([0.85, 3.9], [0, 4], 100), [0.85, 3.9]);
  assert.deepEqual(placesNamed([2], [0, 4], 100), [0, 2, 4]);
});

test('a word stands where the curve is farthest from it', () => {
  const falling = [9, 8, 7, 1, 0, -1, -7, -8, -9].map((y, x) => [x, y]);
  assert.equal(freeThird(falling, true), 'right');
  assert.equal(freeThird(falling, false), 'left');
});

test('whether the polygon holds: what breaks lies above zero, both words where there is room', () => {
  const answer = { values: [0, 1, 2], growth: [1, 0, -1], crossings: [1] };
  const figure = steadyFigure(answer, { symbol: 't', now: 1, least: 0, most: 2 }, PAPER);
  assert.deepEqual(texts(figure).sort(), ['breaks', 'holds']);
  const rect = figure.layout.shapes.find(({ type }) => type === 'rect');
  assert.deepEqual([rect.y0, rect.y1], [0, figure.y[1]]);
});

test('a chord of opposite parents has a share without a place', () => {
  const answer = {
    shares: [0, 0.5, 1],
    similarity_before: [-0.2, 0, 0.2],
    similarity_after: [-0.2, null, 0.2],
  };
  const figure = chordFigure(answer, PAPER);
  assert.ok(Number.isNaN(figure.data[1].y[1]));
  assert.equal(figure.layout.annotations.find(({ text }) => text === 'no mix here').x, 0.5);
  const [low, high] = boundsOf([0.9, 0.95]);
  assert.ok(high - low >= 0.5 && high <= 1.02);
});
