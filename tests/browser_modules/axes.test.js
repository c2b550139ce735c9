import assert from 'node:assert/strict';
import { test } from 'node:test';

import { apart, span } from '../../web/kit/axes.js';

test('labels are pushed apart by no less than their height and keep their order', () => {
  const wanted = [50, 52, 51, 10, 53];
  const at = apart(wanted, 15, 0, 200);
  const order = [3, 0, 2, 1, 4];
  order.slice(1).forEach((i, k) => assert.ok(at[i] - at[order[k]] >= 15));
  assert.equal(at[3], 10);
});

test('labels that would leave at the foot are moved up', () => {
  const at = apart([95, 98, 99], 10, 0, 100);
  assert.deepEqual(at, [80, 90, 100]);
});

test('a line that runs away does not flatten the others', () => {
  const calm = Array.from({ length: 99 }, (_, i) => [i, i / 98]);
  const [low, high] = span([{ points: [...calm, [99, 1e6]] }], []);
  assert.ok(low <= 0 && high >= 1 && high < 10);
});

test('a value that must be inside is', () => {
  const [low, high] = span([{ points: [[0, 1]] }, { points: [[1, 2]] }], [-5]);
  assert.ok(low < -5 && high > 2);
});
