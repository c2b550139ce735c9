import assert from 'node:assert/strict';
import { test } from 'node:test';

import { arrowPath, frameOf } from '../../web/live/view/insideframe.js';

const update = (before, after, flat = false) => ({
  arrays: { before: new Float32Array(before), after: new Float32Array(after) },
  flat,
});

test('all places fit into the picture, and the middle of them is its middle', () => {
  const { x, y, half } = frameOf(update([0, 0, 4, 2, 2, 1], [0, 0, 4, 2, 2, 1]));
  assert.equal(x, 2);
  assert.equal(y, 1);
  assert.ok(half > 2 && half < 2.5);
});

test('short ways are drawn longer by a round number, long ones as they are', () => {
  const places = [0, 0, 1, 0, 0, 1];
  const moved = (by) => places.map((v, i) => v + (i % 2 ? 0 : by));
  assert.equal(frameOf(update(places, moved(0.2))).times, 1);
  assert.equal(frameOf(update(places, moved(0.011))).times, 5);
  assert.equal(frameOf(update(places, moved(1e-6))).times, 50);
});

test('on the circle nothing is drawn longer, and the whole circle is there', () => {
  const { x, y, half, times } = frameOf(update([1, 0, 0, 1], [1, 0.001, 0, 1], true));
  assert.deepEqual([x, y, times], [0, 0, 1]);
  assert.ok(half > 1);
});

test('an arrow ends where it should, and none is drawn of no way', () => {
  assert.ok(arrowPath([0, 0], [10, 0]).startsWith('M0.00 0.00L10.00 0.00M'));
  assert.equal(arrowPath([3, 3], [3.1, 3]), '');
});
