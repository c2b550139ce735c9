// The colours of a landscape, and what a person would point at on a curve: valleys and places of rest.

import { mix } from '../../kit/colours.js';
import { degrees, turned, vector } from './places.js';

// One hue from the background, clear of the warm, the cool and the purple that mean something else.
const STOPS = { light: ['#F4F8F6', '#9BCFBF', '#1B7D67'], dark: ['#161D21', '#25685A', '#6FDCC1'] };
const SHADES = 96;
const FINE = 3; // degrees
const made = new Map();

export function shades(theme) {
  if (!made.has(theme)) {
    const [low, middle, high] = STOPS[theme] ?? STOPS.light;
    made.set(
      theme,
      Array.from({ length: SHADES }, (_, i) => {
        const share = (2 * i) / (SHADES - 1);
        return share <= 1 ? mix(low, middle, share) : mix(middle, high, share - 1);
      }),
    );
  }
  return made.get(theme);
}

export function shade(theme, share) {
  return shades(theme)[Math.round(Math.max(0, Math.min(1, share || 0)) * (SHADES - 1))];
}

export const scaleOf = (theme) => shades(theme).map((colour, i) => [i / (SHADES - 1), colour]);

export function extent(values) {
  let [least, most] = [Infinity, -Infinity];
  for (const v of values) {
    if (v < least) least = v;
    if (v > most) most = v;
  }
  return least <= most ? [least, most] : [0, 0];
}

// A range too small to be seen as one: what is left is rounding.
export const isFlat = (least, most) =>
  most - least <= 1e-5 * Math.max(1, Math.abs(least), Math.abs(most));

// For Scene.setGround: {values, colours: value -> CSS colour} and their {angles} or {grid}; pale where
// it is low (or still), deep where high.
export function paintOf(values, { angles, grid }, shown, theme) {
  const taken = shown === 'force' ? values.map(Math.abs) : values;
  const [low, most] = extent(taken);
  const least = shown === 'force' ? 0 : low;
  const wide = isFlat(least, most) ? Infinity : most - least;
  const colours = (value) => shade(theme, (value - least) / wide);
  return grid ? { ...fine(grid, taken), colours } : { values: taken, angles, colours };
}

// Angles as they come -> the order in which they run from -180 to 180.
export function fromLeft(angles) {
  const order = Array.from(angles, (angle, i) => [turned(angle), i]).sort((a, b) => a[0] - b[0]);
  return { angles: order.map(([angle]) => angle), order: order.map(([, i]) => i) };
}

export const arrange = (values, order) => Float32Array.from(order, (i) => values[i]);

// The value of a closed curve at any angle, between the two samples beside it.
export function valueAt(angles, values, angle) {
  const n = angles.length;
  const at = ((((angle - angles[0]) % 360) + 360) % 360) / (360 / n);
  const i = Math.floor(at) % n;
  return values[i] + (at - Math.floor(at)) * (values[(i + 1) % n] - values[i]);
}

// Local minima of a closed curve that lie deeper than a ripple, the deepest first: [{angle, value}].
export function valleys(angles, values) {
  const n = values.length;
  const [least, most] = extent(values);
  if (isFlat(least, most)) return [];
  const ripple = 2e-4 * (most - least);
  const top = values.indexOf(most);
  const found = [];
  // Once round from the highest place: down by more than a ripple, then up by more than one.
  let [low, at, high] = [most, top, most];
  let falling = true;
  for (let k = 1; k <= n; k += 1) {
    const i = (top + k) % n;
    const v = values[i];
    if (falling) {
      if (v < low) [low, at] = [v, i];
      else if (v > low + ripple) {
        if (high - low > ripple) found.push({ angle: angles[at], value: low });
        [falling, high] = [false, v];
      }
    } else if (v > high) high = v;
    else if (v < high - ripple) [falling, low, at] = [true, v, i];
  }
  return found.sort((a, b) => a.value - b.value);
}

// Where a signed force (+ turns counterclockwise) changes sign on a closed curve: there the query
// comes to rest (stable) or stands on edge.
export function rests(angles, force) {
  const n = force.length;
  const [least, most] = extent(force);
  const still = 1e-6 * Math.max(Math.abs(least), Math.abs(most));
  if (!(most > 1e-7 || least < -1e-7)) return [];
  const sign = (v) => (Math.abs(v) <= still ? 0 : Math.sign(v));
  const found = [];
  const start = force.findIndex((v) => sign(v) !== 0);
  let [before, from] = [sign(force[start]), 0];
  for (let k = 1; k <= n; k += 1) {
    const v = force[(start + k) % n];
    if (sign(v) === 0) continue;
    if (sign(v) !== before) {
      const [a, b] = [force[(start + from) % n], v];
      const share = from + ((k - from) * Math.abs(a)) / (Math.abs(a) + Math.abs(b));
      found.push({ angle: turned(angles[start] + (share * 360) / n), stable: before > 0 });
    }
    [before, from] = [sign(v), k];
  }
  return found;
}

// Where the force would take the query from here: the first stable place that way round, or null.
export function driftsTo(angle, force, found) {
  if (Math.abs(force) < 1e-7) return null;
  const way = Math.sign(force);
  const far = (rest) => ((((rest.angle - angle) * way) % 360) + 360) % 360;
  return found.filter(({ stable }) => stable).sort((a, b) => far(a) - far(b))[0] ?? null;
}

// The great circle from the query towards its nearest negative; as cacr_core.forces: what coincides
// with the query or its antipode shows no way, then the next, then a positive, then an axis.
export function greatCircle(query, negatives, positives) {
  const q = vector(query);
  const dot = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0);
  const near = negatives.map(vector).sort((a, b) => dot(b, q) - dot(a, q));
  const ways = [...near, ...positives.map(vector), [1, 0, 0], [0, 1, 0], [0, 0, 1]].map((to) =>
    to.map((v, i) => v - dot(to, q) * q[i]),
  );
  const way = ways.find((one) => Math.hypot(...one) > 1e-3);
  const side = way.map((v) => v / Math.hypot(...way));
  return {
    place: (angle) =>
      q.map(
        (v, i) =>
          v * Math.cos((angle * Math.PI) / 180) + side[i] * Math.sin((angle * Math.PI) / 180),
      ),
    // Degrees along the circle nearest to a place, and how far beside it the place lies.
    along: (place) => {
      const v = vector(place);
      const [x, y] = [dot(v, q), dot(v, side)];
      return {
        angle: (Math.atan2(y, x) * 180) / Math.PI,
        beside: (Math.acos(Math.min(1, Math.hypot(x, y))) * 180) / Math.PI,
      };
    },
  };
}

// A table over lons and lats (lat by lat), read at any place, between its four neighbours.
function atPlace({ lons, lats }, values) {
  const [n, m] = [lons.length, lats.length];
  const at = (row, column) => values[row * n + (column % n)];
  const step = (lons[n - 1] - lons[0]) / (n - 1);
  const rise = (lats[m - 1] - lats[0]) / (m - 1);
  return (lon, lat) => {
    const x = ((((lon - lons[0]) % 360) + 360) % 360) / step;
    const y = Math.max(0, Math.min(m - 1, (lat - lats[0]) / rise));
    const [i, j] = [Math.min(m - 2, Math.floor(y)), Math.floor(x)];
    const [u, v] = [y - i, x - j];
    return (
      (1 - u) * ((1 - v) * at(i, j) + v * at(i, j + 1)) +
      u * ((1 - v) * at(i + 1, j) + v * at(i + 1, j + 1))
    );
  };
}

export function alongGrid(grid, values, circle, angles) {
  const read = atPlace(grid, values);
  return Float32Array.from(angles, (angle) => read(...degrees(circle.place(angle))));
}

// The same on a finer grid: the surface shows no tiles.
function fine(grid, values) {
  const read = atPlace(grid, values);
  const lons = Array.from({ length: 360 / FINE }, (_, i) => i * FINE - 180);
  const lats = Array.from({ length: 180 / FINE + 1 }, (_, i) => i * FINE - 90);
  return {
    values: Float32Array.from({ length: lons.length * lats.length }, (_, i) =>
      read(lons[i % lons.length], lats[Math.floor(i / lons.length)]),
    ),
    grid: { lons, lats },
  };
}
