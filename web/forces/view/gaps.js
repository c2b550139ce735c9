// What the points of one moment look like: which items share a place, and how far apart places are.

/** @import { Look } from './types.d.ts' */

const DEGREE = Math.PI / 180;
const SAME = 2;
const SAME_SHARE = 0.25;
const EVEN = 2;
const EVEN_SHARE = 0.1;

/**
 * @param {ArrayLike<number>} a
 * @param {number} i
 * @param {ArrayLike<number>} b
 * @param {number} j
 * @param {number} dims
 */
function dotOf(a, i, b, j, dims) {
  let dot = 0;
  for (let k = 0; k < dims; k += 1) dot += a[i * dims + k] * b[j * dims + k];
  return dot;
}

/** @param {number} dot */
function degreesOf(dot) {
  return Math.acos(Math.max(-1, Math.min(1, dot))) / DEGREE;
}

/** @param {number} value */
export function degreesText(value) {
  return `${Number(value.toFixed(value < 9.95 ? 1 : 0))}°`;
}

/**
 * The middle of each item's views: [n_items * dims], unit length (first view where they cancel).
 * @param {ArrayLike<number>} points
 * @param {number[]} items
 * @param {number} dims
 * @param {number} n
 */
function middles(points, items, dims, n) {
  const out = new Float32Array(n * dims);
  items.forEach((item, p) => {
    for (let k = 0; k < dims; k += 1) out[item * dims + k] += points[p * dims + k];
  });
  for (let item = 0; item < n; item += 1) {
    const at = item * dims;
    let size = Math.hypot(...out.subarray(at, at + dims));
    if (size < 1e-3) {
      const first = items.indexOf(item);
      for (let k = 0; k < dims; k += 1) out[at + k] = points[first * dims + k];
      size = 1;
    }
    for (let k = 0; k < dims; k += 1) out[at + k] /= size;
  }
  return out;
}

/**
 * Items closer than this share a place: a chain of them may be wider.
 * @param {number} dims
 * @param {number} n
 */
function reach(dims, n) {
  const even = dims === 2 ? 360 / n : Math.sqrt((4 * Math.PI) / n) / DEGREE;
  return Math.min(SAME, SAME_SHARE * even);
}

/**
 * @param {Float32Array} centres
 * @param {number} dims
 * @param {number} n
 * @returns {number[][]}
 */
function groups(centres, dims, n) {
  const of = Array.from({ length: n }, (_, i) => i);
  const nearest = Math.cos(reach(dims, n) * DEGREE);
  /**
   * @param {number} i
   * @returns {number}
   */
  const root = (i) => (of[i] === i ? i : root(of[i]));
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1)
      if (dotOf(centres, i, centres, j, dims) > nearest) of[root(i)] = root(j);
  }
  const found = new Map();
  for (let i = 0; i < n; i += 1) found.set(root(i), [...(found.get(root(i)) ?? []), i]);
  return [...found.values()];
}

/**
 * @param {ArrayLike<number>} points
 * @param {number[]} items
 * @param {number} dims
 */
function spread(points, items, dims) {
  let least = 1;
  for (let p = 0; p < items.length; p += 1) {
    for (let q = 0; q < p; q += 1) {
      if (items[p] === items[q]) least = Math.min(least, dotOf(points, p, points, q, dims));
    }
  }
  return degreesOf(least);
}

/**
 * points [n_points * dims], items: the item of each -> {places: [[item, ...]], centres, gaps,
 * smallest, spread} in degrees. gaps: on the circle between the places, on the sphere from each
 * place to its nearest.
 * @param {ArrayLike<number>} points
 * @param {number[]} items
 * @param {number} dims
 * @returns {Look}
 */
export function look(points, items, dims) {
  const n = Math.max(...items) + 1;
  const centres = middles(points, items, dims, n);
  const places = groups(centres, dims, n);
  /** @param {number[]} place */
  const of = (place) => place[0];
  let gaps;
  if (dims === 2) {
    const at = Array.from(
      { length: n },
      (_, i) => Math.atan2(centres[i * 2 + 1], centres[i * 2]) / DEGREE,
    ).sort((a, b) => a - b);
    gaps = at
      .map((angle, i) => (i + 1 < n ? at[i + 1] - angle : at[0] + 360 - angle))
      .sort((a, b) => b - a)
      .slice(0, places.length);
  } else {
    gaps = places.map((a) =>
      Math.min(
        180,
        ...places
          .filter((b) => b !== a)
          .map((b) => degreesOf(dotOf(centres, of(a), centres, of(b), dims))),
      ),
    );
  }
  let most = -1;
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j < i; j += 1) most = Math.max(most, dotOf(centres, i, centres, j, dims));
  return {
    n,
    places,
    centres,
    gaps,
    smallest: degreesOf(most),
    spread: spread(points, items, dims),
  };
}

/**
 * One line that says it. An item whose views lie apart stands where their middle is.
 * @param {Look} look
 * @param {number} dims
 */
export function lookText({ n, places, gaps, spread: between }, dims) {
  const [low, high] = [Math.min(...gaps), Math.max(...gaps)];
  const even = high - low < Math.min(EVEN, (EVEN_SHARE * (low + high)) / 2);
  const items = between > 1 ? `middles of ${n} items` : `${n} items`;
  const views = between > 1 ? `, views up to ${degreesText(between)} apart` : '';
  if (places.length === 1) return `${items} in one place${views}`;
  const far = even ? degreesText((low + high) / 2) : `${degreesText(low)} to ${degreesText(high)}`;
  const apart = dims === 2 ? `gaps ${far}` : `${even ? 'each ' : ''}${far} from the nearest`;
  if (places.length < n) return `${items} in ${places.length} places: ${apart}${views}`;
  return `${dims === 2 && even && between <= 1 ? 'regular polygon' : items}: ${apart}${views}`;
}

/**
 * The same of one item: who stands where it does, or how far away the nearest other is.
 * @param {Look} look
 * @param {number} item
 * @param {number} dims
 */
export function itemText({ places, centres, n }, item, dims) {
  const company = (places.find((place) => place.includes(item))?.length ?? 1) - 1;
  if (company)
    return `item ${item + 1}: in one place with ${company} ${company === 1 ? 'other' : 'others'}`;
  let nearest = 180;
  for (let other = 0; other < n; other += 1) {
    if (other !== item)
      nearest = Math.min(nearest, degreesOf(dotOf(centres, item, centres, other, dims)));
  }
  return `item ${item + 1}: nearest other item ${Number(nearest.toFixed(1))}° away`;
}
