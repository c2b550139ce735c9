import assert from 'node:assert/strict';
import { test } from 'node:test';

import { apart, axis, shortNumber, span, tickText, ticks } from '../../web/kit/axes.js';

test('ticks are whole multiples of one round step and stay within the range', () => {
  assert.deepEqual(ticks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticks(0.12, 0.48, 4), [0.2, 0.3, 0.4]);
  for (const [low, high, wanted] of [
    [-3.7, 12.9, 6],
    [1e-5, 9e-5, 4],
    [-250, 1e4, 7],
  ]) {
    const found = ticks(low, high, wanted);
    const step = found[1] - found[0];
    const digit = step / 10 ** Math.floor(Math.log10(step * 1.000001));
    assert.ok(
      [1, 2, 2.5, 5, 10].some((round) => Math.abs(digit - round) < 1e-6),
      `${digit}`,
    );
    for (const tick of found) {
      assert.ok(tick >= low && tick <= high);
      assert.ok(Math.abs(tick / step - Math.round(tick / step)) < 1e-6);
    }
    assert.ok(found.length >= wanted / 2.5 && found.length <= wanted + 1);
  }
});

test('a range of one value has that value as its tick', () => {
  assert.deepEqual(ticks(3, 3, 5), [3]);
});

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

test('an axis goes to pixels and back, and holds to its ends', () => {
  const { to, of } = axis([10, 30], [200, 40]);
  assert.equal(to(10), 200);
  assert.equal(to(30), 40);
  assert.equal(to(15), 160);
  for (const value of [10, 13.7, 28]) assert.ok(Math.abs(of(to(value)) - value) < 1e-9);
  assert.equal(of(1000), 10);
  assert.equal(of(0), 30);
});

test('shares are written in percent, and minus is a minus', () => {
  assert.equal(tickText(0.25, 'share'), '25');
  assert.equal(tickText(-1500, ''), '−1,500');
});

test('large counts are short', () => {
  assert.equal(shortNumber(2500000), '2.5 M');
  assert.equal(shortNumber(48000), '48 k');
  assert.equal(shortNumber(9600), '9,600');
});
