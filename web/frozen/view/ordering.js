// Operations of torch that order the numbers of each row, a row being the last dimension.

import { filled } from './tensors.js';

/** @import { Operation, Out } from './operations.js' */
/** @import { Data, Tensor } from './tensors.js' */

/**
 * Each row as numbers, and what is made of it in its place.
 * @param {(row: Data) => ArrayLike<number>} work
 * @returns {(out: Out, x: Tensor) => Tensor}
 */
function eachRow(work) {
  return ({ shape, kind }, x) => {
    const out = filled(kind, shape);
    const size = x.shape[x.shape.length - 1];
    const n = out.data.length / (x.data.length / size);
    for (let i = 0; i * size < x.data.length; i += 1)
      out.data.set(work(x.data.subarray(i * size, (i + 1) * size)), i * n);
    return out;
  };
}

/** @param {Data} row */
function placeOfLargest(row) {
  let place = 0;
  for (let i = 1; i < row.length; i += 1) if (row[i] > row[place]) place = i;
  return place;
}

/**
 * Where the first `n` stand, of equal ones the earlier.
 * @param {Data} row
 * @param {number} n
 * @param {number} sign  1 for the smallest, -1 for the largest
 */
function placesOfFirst(row, n, sign) {
  const places = Int32Array.from(row, (_, i) => i);
  return places.sort((a, b) => sign * (row[a] - row[b]) || a - b).subarray(0, n);
}

/** @type {Record<string, Operation>} */
export const ORDERING = {
  'aten.max.dim[0]': eachRow((row) => [row[placeOfLargest(row)]]),
  'aten.max.dim[1]': eachRow((row) => [placeOfLargest(row)]),
  'aten.sort.default[0]': eachRow((row) => row.slice().sort()),
  'aten.topk.default[1]': (out, x, n, _dim, isLargest = true) =>
    eachRow((row) => placesOfFirst(row, n, isLargest ? -1 : 1))(out, x),
};
