import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { Plane } from '../../web/kit/plane.js';
import {
  bounded,
  dragged,
  extentOf,
  homeRange,
  nearestTo,
  pixelAt,
  relativeTo,
  scalesOf,
  within,
  zoomed,
} from '../../web/kit/ranges.js';

const RANGE = { x: [-2, 6], y: [-1, 3] };
const SIZE = [800, 400];

const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);
const nearAll = (a, b) => a.forEach((value, i) => near(value, b[i]));

test('the corners of a range are the corners of its picture, and up is up', () => {
  assert.deepEqual(pixelAt(RANGE, SIZE, -2, 3), [0, 0]);
  assert.deepEqual(pixelAt(RANGE, SIZE, 6, -1), [800, 400]);
  assert.deepEqual(pixelAt(RANGE, SIZE, 2, 1), [400, 200]);
});

test('the extent of places is the least box around them, and none where all are in one', () => {
  assert.deepEqual(extentOf([0, 5, -3, 2, 4, -1]), [-3, 4, -1, 5]);
  assert.equal(extentOf([2, 2, 2, 2]), null);
});

test('a home range has equal scales and keeps its box clear of the margins', () => {
  const size = [500, 300];
  const range = homeRange([-1, 1, -1, 1], size, { side: 10, foot: 40 });
  const [sx, sy] = scalesOf(range, size);
  near(sx, sy);
  const [[left, top], [right, bottom]] = [pixelAt(range, size, -1, 1), pixelAt(range, size, 1, -1)];
  near(top, 10);
  near(bottom, 300 - 40);
  near(left + right, 500);
});

test('the nearest place to a pixel is the one a search over all finds, within reach only', () => {
  const xy = Array.from({ length: 60 }, (_, i) => ((i * 7919) % 101) / 12.5 - 2);
  for (let px = 0; px <= 800; px += 37) {
    for (let py = 0; py <= 400; py += 41) {
      const far = Array.from({ length: 30 }, (_, i) => {
        const [x, y] = pixelAt(RANGE, SIZE, xy[2 * i], xy[2 * i + 1]);
        return Math.hypot(x - px, y - py);
      });
      const least = Math.min(...far);
      const wanted = least < 30 ? far.indexOf(least) : null;
      assert.equal(nearestTo(xy, RANGE, SIZE, [px, py], 30), wanted);
    }
  }
});

test('zooming keeps the place under the pointer and scales both axes alike', () => {
  const [fx, fy] = [0.3, 0.8];
  const before = [-2 + 8 * fx, 3 - 4 * fy];
  const range = zoomed(RANGE, 0.5, fx, fy);
  nearAll(pixelAt(range, SIZE, ...before), [800 * fx, 400 * fy]);
  near(range.x[1] - range.x[0], 4);
  near(range.y[1] - range.y[0], 2);
});

test('a drag carries the place that was held along with the hand', () => {
  const held = [1.25, 0.5];
  const [x, y] = pixelAt(RANGE, SIZE, ...held);
  nearAll(pixelAt(dragged(RANGE, SIZE, [60, -25]), SIZE, ...held), [x + 60, y - 25]);
});

test('shares of a home range give the same view in a plane of another size', () => {
  const home = homeRange([-1, 1, -1, 1], [500, 300], { side: 12, foot: 12 });
  assert.deepEqual(relativeTo(home, home), { x: [0, 1], y: [0, 1] });
  const view = zoomed(home, 0.25, 0.1, 0.9);
  const back = within(relativeTo(view, home), home);
  nearAll([...back.x, ...back.y], [...view.x, ...view.y]);
});

test('zooming ends near and far, and as many turns back lead home again', () => {
  const plane = Object.create(Plane.prototype);
  Object.assign(plane, { room: { width: 600, height: 400 }, times: 1, foot: 0, ranged: null });
  Object.assign(plane, { node: { dataset: {} }, natural: false, magnified: false, scene: null });
  const home = plane.home();
  const width = ({ x: [from, to] }) => (to - from) / (home.x[1] - home.x[0]);
  plane.range = home;
  const turn = (factor, fx) => {
    for (let i = 0; i < 200; i += 1) plane.zoom(factor, fx, 0.5);
    return width(plane.range);
  };
  near(turn(0.75, 0.3), 1e-4);
  assert.ok(plane.range.x[1] > plane.range.x[0]);
  near(turn(1.333, 0.3), 10);
  turn(0.75, 0.3);
  plane.zoom(1e4, 0.3, 0.5);
  near(width(plane.range), 1);
});

test('a range beyond the bounds is led back and never farther', () => {
  near(bounded(0.5, 1e-6), 1);
  near(bounded(0.5, 40), 0.5);
  near(bounded(2, 40), 1);
  near(bounded(2, 1e-6), 2);
});
