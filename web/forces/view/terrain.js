// The colours of a landscape, and what a person would point at on a curve: valleys and places of rest.

import { mix } from '../../kit/colours.js';
import { degrees, turned, vector } from './places.js';

/** @import { Theme } from '../../kit/types.d.ts' */
/** @import { AnsweredLandscape, Grid, GroundPaint, Place, Rest, Shown, Valley } from './types.d.ts' */

// One hue from the background, clear of the warm, the cool and the purple that mean something else.
/** @type {Record<Theme, string[]>} */
const STOPS = { light: ['#F4F8F6', '#9BCFBF', '#1B7D67'], dark: ['#161D21', '#25685A', '#6FDCC1'] };
const SHADES = 96;
const FINE = 3; // degrees
/** @type {Map<Theme, string[]>} */
const made = new Map();

/**
 * @param {Theme} theme
 * @returns {string[]}
 */
export function shades(theme) {
  const known = made.get(theme);
  if (known) return known;
  const [low, middle, high] = STOPS[theme];
  const found = Array.from({ length: SHADES }, (_, i) => {
    const share = (2 * i) / (SHADES - 1);
    return share <= 1 ? mix(low, middle, share) : mix(middle, high, share - 1);
  });
  made.set(theme, found);
  return found;
}

/**
 * @param {Theme} theme
 * @param {number} share
 */
export function shade(theme, share) {
  return shades(theme)[Math.round(Math.max(0, Math.min(1, share || 0)) * (SHADES - 1))];
}

/**
 * @param {Theme} theme
 * @returns {[number, string][]}
 */
export const scaleOf = (theme) => shades(theme).map((colour, i) => [i / (SHADES - 1), colour]);

/**
 * @param {Iterable<number>} values
 * @returns {[number, number]}
 */
export function extent(values) {
  let [least, most] = [Infinity, -Infinity];
  for (const v of values) {
    if (v < least) least = v;
    if (v > most) most = v;
  }
  return least <= most ? [least, most] : [0, 0];
}

/**
 * A range too small to be seen as one: what is left is rounding.
 * @param {number} least
 * @param {number} most
 */
export const isFlat = (least, most) =>
  most - least <= 1e-5 * Math.max(1, Math.abs(least), Math.abs(most));

/**
 * For Scene.setGround: {values, colours: value -> CSS colour} and their {angles} or {grid}; pale
 * where it is low (or still), deep where high.
 * @param {Float32Array} values
 * @param {Pick<AnsweredLandscape, 'angles' | 'grid'>} answer
 * @param {Shown} shown
 * @param {Theme} theme
 * @returns {GroundPaint}
 */
export function paintOf(values, { angles, grid }, shown, theme) {
  const taken = shown === 'force' ? values.map(Math.abs) : values;
  const [low, most] = extent(taken);
  const least = shown === 'force' ? 0 : low;
  const wide = isFlat(least, most) ? Infinity : most - least;
  /** @param {number} value */
  const colours = (value) => shade(theme, (value - least) / wide);
  return grid ? { ...fine(grid, taken), colours } : { values: taken, angles, colours };
}

/**
 * Angles as they come -> the order in which they run from -180 to 180.
 * @param {ArrayLike<number>} angles
 */
export function fromLeft(angles) {
  const order = Array.from(angles, (angle, i) => [turned(angle), i]).sort((a, b) => a[0] - b[0]);
  return { angles: order.map(([angle]) => angle), order: order.map(([, i]) => i) };
}

/**
 * @param {ArrayLike<number>} values
 * @param {number[]} order
 */
export const arrange = (values, order) => Float32Array.from(order, (i) => values[i]);

/**
 * The value of a closed curve at any angle, between the two samples beside it.
 * @param {number[]} angles
 * @param {ArrayLike<number>} values
 * @param {number} angle
 */
export function valueAt(angles, values, angle) {
  const n = angles.length;
  const at = ((((angle - angles[0]) % 360) + 360) % 360) / (360 / n);
  const i = Math.floor(at) % n;
  return values[i] + (at - Math.floor(at)) * (values[(i + 1) % n] - values[i]);
}

/**
 * From one sample to another, the way round: the middle, and how far it is from there to either end.
 * @param {number[]} angles
 * @param {number} first
 * @param {number} last
 */
function spanOf(angles, first, last) {
  const step = 360 / angles.length;
  const half = (last - first) / 2;
  return { angle: turned(angles[0] + (first + half) * step), half: half * step };
}

/**
 * Local minima of a closed curve that lie deeper than a ripple, the deepest first; one that is flat
 * is one.
 * @param {number[]} angles
 * @param {Float32Array} values
 * @returns {Valley[]}
 */
export function valleys(angles, values) {
  const n = values.length;
  const [least, most] = extent(values);
  if (isFlat(least, most)) return [];
  const ripple = 2e-4 * (most - least);
  const dust = 1e-12 * (most - least);
  const top = values.indexOf(most);
  /**
   * @param {number} at
   * @param {number} way
   */
  const endOf = (at, way) => {
    let end = at;
    while (values[(end + way + n) % n] - values[at] <= dust) end += way;
    return end;
  };
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
        if (high - low > ripple)
          found.push({ ...spanOf(angles, endOf(at, -1), endOf(at, 1)), value: low });
        [falling, high] = [false, v];
      }
    } else if (v > high) high = v;
    else if (v < high - ripple) [falling, low, at] = [true, v, i];
  }
  return found.sort((a, b) => a.value - b.value);
}

/**
 * Where a signed force (+ turns counterclockwise) changes sign on a closed curve, or is none for a
 * stretch: there the query comes to rest (stable) or stands on edge.
 * @param {number[]} angles
 * @param {Float32Array} force
 * @returns {Rest[]}
 */
export function rests(angles, force) {
  const n = force.length;
  const [least, most] = extent(force);
  if (!(most > 1e-7 || least < -1e-7)) return [];
  const dust = 1e-13 * Math.max(most, -least); // what rounding leaves where there is none
  const found = [];
  const start = force.findIndex((v) => Math.abs(v) > dust);
  let last = start;
  for (let i = start + 1; i <= start + n; i += 1) {
    const [a, b] = [force[last % n], force[i % n]];
    if (Math.abs(b) <= dust) continue;
    const isStretch = i - last > 2;
    if (isStretch || Math.sign(a) !== Math.sign(b)) {
      const between = last + Math.abs(a) / (Math.abs(a) + Math.abs(b));
      const ends = i - last === 1 ? [between, between] : [last + 1, i - 1];
      found.push({ ...spanOf(angles, ends[0], ends[1]), stable: a > 0 || b < 0 });
    }
    last = i;
  }
  return found;
}

/**
 * Where the force would take the query from here: to the near end of the first stable place that way
 * round, null where there is none.
 * @param {number} from
 * @param {number} force
 * @param {Rest[]} found
 */
export function driftsTo(from, force, found) {
  if (Math.abs(force) < 1e-7) return null;
  const way = Math.sign(force);
  const ends = found
    .filter(({ stable }) => stable)
    .map(({ angle, half }) => turned(angle - way * half));
  /** @param {number} end */
  const far = (end) => ((((end - from) * way) % 360) + 360) % 360;
  return ends.sort((a, b) => far(a) - far(b))[0] ?? null;
}

/**
 * The great circle that leaves a query the way that Python took.
 * @param {Place} query
 * @param {number[]} ahead  a unit vector across it
 */
export function greatCircle(query, ahead) {
  const q = vector(query);
  /**
   * @param {number[]} a
   * @param {number[]} b
   */
  const dot = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0);
  return {
    place: (/** @type {number} */ angle) =>
      q.map(
        (v, i) =>
          v * Math.cos((angle * Math.PI) / 180) + ahead[i] * Math.sin((angle * Math.PI) / 180),
      ),
    // Degrees along the circle nearest to a place, and how far beside it the place lies.
    along: (/** @type {Place} */ place) => {
      const v = vector(place);
      const [x, y] = [dot(v, q), dot(v, ahead)];
      return {
        angle: (Math.atan2(y, x) * 180) / Math.PI,
        beside: (Math.acos(Math.min(1, Math.hypot(x, y))) * 180) / Math.PI,
      };
    },
  };
}

/**
 * A table over lons and lats (lat by lat), read at any place, between its four neighbours.
 * @param {Grid} grid
 * @param {ArrayLike<number>} values
 */
function atPlace({ lons, lats }, values) {
  const [n, m] = [lons.length, lats.length];
  /**
   * @param {number} row
   * @param {number} column
   */
  const at = (row, column) => values[row * n + (column % n)];
  const step = (lons[n - 1] - lons[0]) / (n - 1);
  const rise = (lats[m - 1] - lats[0]) / (m - 1);
  return (/** @type {number} */ lon, /** @type {number} */ lat) => {
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

/**
 * @param {Grid} grid
 * @param {ArrayLike<number>} values
 * @param {{ place: (angle: number) => number[] }} circle
 * @param {number[]} angles
 */
export function alongGrid(grid, values, circle, angles) {
  const read = atPlace(grid, values);
  return Float32Array.from(angles, (angle) => read(...degrees(circle.place(angle))));
}

/**
 * The same on a finer grid: the surface shows no tiles.
 * @param {Grid} grid
 * @param {ArrayLike<number>} values
 */
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
