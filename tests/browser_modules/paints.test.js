import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { CLASSES, INK, mix } from '../../web/kit/colours.js';
import { byPull, byWeight, colourOptions, litBy, paint } from '../../web/kit/paints.js';
import { Redraw } from '../../web/kit/redraw.js';
import { Entry } from '../../web/compare/view/entry.js';
import { Painting } from '../../web/live/view/painting.js';

const PROBES = {
  n: 4,
  labels: [0, 1, 2, 1],
  class_names: ['a', 'b', 'c'],
  factors: {
    size: { kind: 'number', values: [2, 4, 3, 2] },
    turn: { kind: 'circular', values: [0, 0.25, 0.5, 1] },
  },
};
const look = (colour, more = {}) =>
  paint(colour, { probes: PROBES, frame: null, answer: null, theme: 'light', ...more });

// The colour of a scale at a value, read off its stops as a gradient has them.
function colourAt(scale, value) {
  const after = scale.findIndex(([at]) => at >= value);
  return scale[after][0] === value ? scale[after][1] : [scale[after - 1][1], scale[after][1]];
}

test('a mix of two colours is linear in each channel', () => {
  assert.equal(mix('#000000', '#FF8040', 0), 'rgb(0,0,0)');
  assert.equal(mix('#000000', '#FF8040', 1), 'rgb(255,128,64)');
  assert.equal(mix('#204060', '#406080', 0.5), 'rgb(48,80,112)');
});

test('each class lies on a step of its own colour', () => {
  const { values, scale } = look('class');
  PROBES.labels.forEach((label, i) => {
    const [before, after] = colourAt(scale, values[i]);
    assert.equal(before, CLASSES.light[label]);
    assert.equal(after, CLASSES.light[label]);
  });
});

test('what has no label has a mark, too', () => {
  const probes = { ...PROBES, labels: [0, -1, 2, -1] };
  const { values, shapes } = look('class', { probes });
  assert.deepEqual([...shapes], [0, 0, 2, 0]);
  assert.deepEqual([values[1], values[3]], [0, 0]); // in the colour of what takes no part
  assert.ok(values[0] > 0 && values[2] > 0);
});

test('a drawing that fails is not the last', async () => {
  const frames = [];
  globalThis.requestAnimationFrame = (act) => frames.push(act);
  let drawn = 0;
  const redraw = new Redraw({
    isReady: () => true,
    isMoving: () => false,
    recolour: async () => {},
    draw: async () => {
      drawn += 1;
      if (drawn === 1) throw new Error('no such mark');
    },
  });
  redraw.all();
  await assert.rejects(frames.shift()(), /no such mark/);
  redraw.all();
  await frames.shift()();
  assert.equal(drawn, 2);
});

test('one class alone leaves all others in the colour of what takes no part', () => {
  const { values, scale, legend } = look('class', { only: 1 });
  assert.deepEqual(
    Array.from(values, (v) => v === 0),
    [true, false, true, false],
  );
  assert.equal(scale[0][1], INK.light.none);
  assert.equal(legend.only, 1);
});

const MANY = {
  n: 4,
  class_names: Array.from({ length: 40 }, (_, i) => `class ${i}`),
  labels: [3, 7, 3, 39],
};

test('more classes than colours are one grey, with the one pointed at in a colour', () => {
  const { values, shapes, legend } = look('class', { probes: MANY, only: 3 });
  assert.equal(values[0], values[2]);
  assert.equal(values[1], values[3]);
  assert.ok(values[0] > values[1]);
  assert.equal(shapes, null);
  assert.equal(legend.kind, 'text');
});

test('of many classes an image lights up its own, of what the points are coloured by', () => {
  const kinds = { kind: 'class', names: MANY.class_names, values: [0, 1, 2, 3] };
  const probes = { ...MANY, factors: { kinds } };
  assert.equal(litBy('class', probes, 1), 7);
  assert.equal(litBy('factor:kinds', probes, 1), 1);
  assert.equal(litBy('weight', probes, 1), null);
  assert.equal(litBy('class', PROBES, 1), null); // each has a colour
});

test('the hand lights up a class of many, and of few the weights for its image', () => {
  const answer = { probe: 2, weight: Float32Array.from([1, 2, NaN, 1]) };
  const asked = (probes) => {
    const shared = { view: { colour: 'class' }, theme: 'light' };
    const questions = { hover: { index: 2, answer }, ofQuery: () => null };
    const live = new Painting({ ...shared, run: { probes }, film: { shown: null }, questions });
    const compared = { answers: { hover: answer }, run: { probes }, frame: null };
    const row = { ...shared, hover: 2, probe: 0, only: null, together: () => [answer] };
    return [live.colours(), Entry.prototype.colours.call(compared, row)];
  };
  for (const one of asked(MANY)) {
    const { values } = look('class', { probes: MANY, only: 3 });
    assert.deepEqual([one.legend.kind, one.values], ['text', values]);
  }
  for (const one of asked(PROBES)) assert.deepEqual([one.legend.kind, one.of], ['ramp', 2]);
});

test('a number runs from the least to the most, in proportion', () => {
  const { values } = look('factor:size');
  const [small, large, middle] = values;
  assert.ok(small < middle && middle < large);
  assert.ok(Math.abs(middle - (small + large) / 2) < 2e-3);
  assert.equal(values[0], values[3]);
});

test('agreement is the share of neighbours, and the classes stand in until it is here', () => {
  const frame = { agreement: Uint8Array.from([0, 255, 128, 64]) };
  const { values, legend } = look('agreement', { frame });
  assert.deepEqual(
    [...values].sort((a, b) => a - b),
    [values[0], values[3], values[2], values[1]],
  );
  assert.deepEqual(legend.ticks, ['0 of 3 neighbours', 'share its class', '3']);
  assert.equal(look('agreement', { frame: { agreement: null } }).legend.kind, 'classes');
  const probes = { ...PROBES, n: 40, labels: Array(40).fill(0) };
  assert.equal(look('agreement', { probes, frame }).legend.ticks[2], '10');
});

test('an image without a label agrees with none: it takes no part', () => {
  const frame = { agreement: Uint8Array.from([0, 255, 128, 255]) };
  const { values } = look('agreement', { frame, probes: { ...PROBES, labels: [0, -1, 2, 1] } });
  assert.deepEqual(
    Array.from(values, (v) => v === 0),
    [false, true, false, false],
  );
});

test('agreement is a colour only of two classes or more', () => {
  const frame = { agreement: Uint8Array.from([255, 255, 255, 255]) };
  for (const names of [[], ['a']]) {
    const probes = { n: 4, labels: [-1, -1, -1, -1], class_names: names };
    assert.ok(!colourOptions(probes).some(([value]) => value === 'agreement'));
    assert.equal(look('agreement', { frame, probes }).legend.kind, 'classes');
  }
});

test('weights within five times the uniform share are on a straight scale from zero', () => {
  const answer = { weight: Float32Array.from([0, 1, 2, 4, NaN]) };
  const { values, sizes, legend } = byWeight(answer, 'light');
  const step = values[2] - values[1];
  assert.ok(Math.abs(values[3] - values[2] - 2 * step) < 1e-5);
  assert.equal(values[4], 0);
  assert.ok(sizes[3] > sizes[1]);
  assert.deepEqual(legend.ticks, ['0×', '', '4×']);
  assert.ok(Math.abs(legend.mark[0] - 0.25) < 1e-6);
});

test('weights that run further apart are on a log scale: equal ratios, equal steps', () => {
  const answer = { weight: Float32Array.from([0.1, 1, 10, 100]) };
  const { values, legend } = byWeight(answer, 'light');
  const steps = [1, 2, 3].map((i) => values[i] - values[i - 1]);
  assert.ok(Math.abs(steps[2] - steps[1]) < 1e-4);
  assert.equal(legend.note, 'log scale');
});

test('the low end of a log scale says where lower weights lie there, too', () => {
  const ticks = (...weights) =>
    byWeight({ weight: Float32Array.from(weights) }, 'light').legend.ticks;
  assert.deepEqual(ticks(0, 0, 6), ['≤ 1×', '', '6×']);
  assert.deepEqual(ticks(1e-5, 0.9, 2000), ['≤ 2×', '', '2000×']);
  assert.deepEqual(ticks(0.5, 1, NaN, 6), ['0.5×', '', '6×']);
  assert.deepEqual(ticks(0, 4), ['0×', '', '4×']);
  const [zero, one] = byWeight({ weight: Float32Array.of(0, 1, 6) }, 'light').values;
  assert.equal(zero, one);
});

test('several answers share one scale', () => {
  const [a, b] = [{ weight: Float32Array.from([1, 2]) }, { weight: Float32Array.from([1, 4]) }];
  const alone = byWeight(a, 'dark');
  const together = byWeight(a, 'dark', [a, b]);
  assert.ok(together.values[1] < alone.values[1]);
  assert.equal(together.values[0], byWeight(b, 'dark', [a, b]).values[0]); // one weight, one colour
  assert.equal(together.legend.ticks[2], '4×');
});

test('a pull in and a push of one strength lie as far from the middle', () => {
  const answer = {
    weight: Float32Array.from([1, 1, 1, 1]),
    pull: Float32Array.from([2, -2, 0.5, 0]),
  };
  const { values, sizes, legend } = byPull(answer, 'light');
  const middle = values[3];
  assert.ok(Math.abs(values[0] + values[1] - 2 * middle) < 1e-2);
  assert.ok(Math.abs((values[2] - middle) / (values[0] - middle) - 0.5) < 1e-2); // a square root
  assert.equal(sizes[0], sizes[1]);
  assert.deepEqual(legend.ticks, ['−2 pushed', '0', 'drawn in +2']);
});

test('every factor is offered as a colour', () => {
  assert.deepEqual(
    colourOptions(PROBES).map(([value]) => value),
    ['class', 'factor:size', 'factor:turn', 'weight', 'pull', 'agreement'],
  );
});
