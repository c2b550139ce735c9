import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { CURVE, heightOf, Strip } from '../../web/compare/view/strip.js';
import { differenceText } from '../../web/kit/styles.js';

const about = { label: 'Triplet' };
const made = () =>
  new Strip({ name: 'a', mark: 'circle', about }, { choose() {}, turn() {}, lit() {} });
const answered = (rank, weight_times_uniform) => ({
  curve: { rank, weight_times_uniform },
  loss: { title: 'Triplet' },
  entropy: 0,
});

function lineOf(...curve) {
  const strip = made();
  strip.draw(answered(...curve), [100, 0.7, 50]);
  return strip.line.attributes.d;
}

test('weights of 0 are not drawn as weights: the line leaves below where they begin', () => {
  const d = lineOf([1, 2, 10, 100], [50, 5, 0, 0]);
  const heights = d
    .split(/[ML]/)
    .filter(Boolean)
    .map((place) => Number(place.split(' ')[1]));
  assert.equal(heights.length, 3);
  assert.equal(heights[2], CURVE[1]);
  assert.equal(lineOf([1, 2, 100], [50, 5, 1]).match(/[ML]/g).length, 3);
  assert.doesNotMatch(lineOf([1, 2], [5, 1]), new RegExp(` ${CURVE[1]}\\.`));
});

test('a sample of no weight has no bar, and one of little weight has one', () => {
  const heights = [1, 0.001, 0].map((weight) => heightOf(weight, 1));
  assert.deepEqual(heights, ['100%', '6%', '0']);
  assert.equal(heightOf(-0.5, 1), '50%');
});

test('a difference that rounds to nothing has no sign', () => {
  assert.equal(differenceText(0.0001, 'share', String), '0.0');
  assert.equal(differenceText(-0.0001, 'share', String), '0.0');
  assert.equal(differenceText(0.012, 'share', String), '+1.2');
  assert.equal(differenceText(-0.012, 'share', String), '−1.2');
});
