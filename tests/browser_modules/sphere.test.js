import assert from 'node:assert/strict';
import { test } from 'node:test';

import { degrees, Globe, turned, vector } from '../../web/forces/view/places.js';
import { driftsTo, rests, valleys, valueAt } from '../../web/forces/view/terrain.js';

const close = (a, b, far = 1e-9) => assert.ok(Math.abs(a - b) < far, `${a} is not ${b}`);
const PLACES = [
  [0, 0],
  [90, 0],
  [37, 52],
  [-120, -33],
  [179, 80],
];
const ANGLES = Array.from({ length: 360 }, (_, i) => i - 180);

test('a place is a unit vector: lon from x towards y, lat towards z', () => {
  assert.deepEqual(
    vector([90, 0]).map((v) => Math.round(v)),
    [0, 1, 0],
  );
  close(vector([12, 30])[2], 0.5);
  for (const place of PLACES) close(Math.hypot(...vector(place)), 1);
});

test('degrees undo a vector', () => {
  for (const place of PLACES) degrees(vector(place)).forEach((v, i) => close(v, place[i]));
});

test('a turn lies in [-180, 180) and is the same direction', () => {
  for (let lon = -1000; lon <= 1000; lon += 37) {
    assert.ok(turned(lon) >= -180 && turned(lon) < 180);
    close((((lon - turned(lon)) % 360) + 360) % 360, 0);
  }
});

test('a globe shows what faces the viewer in the middle, and keeps all lengths', () => {
  const globe = new Globe({ turn: 40, tilt: 25 });
  const [right, up, near] = globe.see(vector([40, 25]));
  close(right, 0);
  close(up, 0);
  close(near, 1);
  for (const place of PLACES) close(Math.hypot(...globe.see(vector(place))), 1);
});

test('what is under a pixel of the near half is seen there', () => {
  const globe = new Globe({ turn: -70, tilt: 15 });
  for (const place of PLACES) {
    const [right, up, near] = globe.see(vector(place));
    if (near <= 0) continue;
    globe.under([right, up]).forEach((v, i) => close(v, vector(place)[i]));
  }
});

test('beyond the rim the nearest place on it is meant', () => {
  const globe = new Globe({ turn: 10, tilt: 30 });
  const [right, up, near] = globe.see(globe.under([3, 4]));
  close(right, 0.6);
  close(up, 0.8);
  close(near, 0, 1e-7);
});

test('a short drag carries what faces the viewer along with the hand', () => {
  const globe = new Globe({ turn: 0, tilt: 0 });
  const held = globe.under([0, 0]);
  globe.drag(3, -2, 200);
  const [right, up] = globe.see(held);
  close(right * 200, 3, 0.01);
  close(up * 200, 2, 0.01); // the hand went up, where pixels grow smaller
});

test('a closed curve is read between its samples, across the seam too', () => {
  const values = ANGLES.map((angle) => Math.cos((angle * Math.PI) / 180));
  for (const at of [-180, -179.5, -0.5, 33.25, 179.75])
    close(valueAt(ANGLES, values, at), Math.cos((at * Math.PI) / 180), 1e-4);
});

test('the valleys of a wave are where it is least, the deepest first, ripples left out', () => {
  const values = ANGLES.map((angle) => {
    const t = (angle * Math.PI) / 180;
    return Math.cos(3 * t) + 0.2 * Math.cos(t - Math.PI / 3) + 1e-5 * Math.cos(40 * t);
  });
  const found = valleys(ANGLES, values);
  assert.equal(found.length, 3);
  assert.equal(found[0].value, Math.min(...values));
  for (const { angle } of found) {
    const least = [-60, 60, -180, 180].map((at) => Math.abs(turned(at - angle)));
    assert.ok(Math.min(...least) < 4);
  }
  assert.deepEqual(
    valleys(
      ANGLES,
      ANGLES.map(() => 5),
    ),
    [],
  );
});

test('a force rests where it turns back from both sides, and stands on edge between', () => {
  const force = ANGLES.map((angle) => -Math.sin((2 * (angle - 10) * Math.PI) / 180));
  const found = rests(ANGLES, force);
  assert.equal(found.length, 4);
  for (const { angle, stable } of found) {
    const beside = (by) => -Math.sin((2 * (angle + by - 10) * Math.PI) / 180);
    close(beside(0), 0, 1e-3);
    assert.equal(stable, beside(-5) > 0 && beside(5) < 0);
  }
  const to = driftsTo(50, force[ANGLES.indexOf(50)], found);
  close(to, 10, 1e-6);
});
