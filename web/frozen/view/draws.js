// What was drawn for the synthetic negatives of every query of a moment, to the bit.

import { ofHalves } from './store.js';

/** @import { Tensor } from './tensors.js' */

/**
 * What is told of a run's synthetic negatives; see `web/frozen/mixing.py`.
 * @typedef {object} Mixture
 * @property {number} n  of each query
 * @property {boolean} by_dimension  whether a number is drawn for each dimension, too
 * @property {string} text
 * @property {{ kind: string | null, n_parents: number, of_one: string }[]} kinds
 * @property {Record<string, object>} histograms  by step
 */

const WORD = 3; // bytes of a draw
const UNIT = 2 ** -24;

/**
 * Numbers in [0, 1) of 24 bits each, all lowest bytes first.
 * @param {Uint8Array} bytes
 */
function ofWords(bytes) {
  const n = bytes.length / WORD;
  const numbers = new Float32Array(n);
  for (let i = 0; i < n; i += 1)
    numbers[i] = UNIT * (bytes[i] | (bytes[n + i] << 8) | (bytes[2 * n + i] << 16));
  return numbers;
}

/**
 * The draws of a query by its number, view by view, as the recorded steps name them.
 * @param {Uint8Array} bytes
 * @param {Mixture} mixture
 * @param {number} n  of queries
 * @param {number} dim
 * @returns {(query: number) => Record<string, Tensor>}
 */
export function readDraws(bytes, { n: m, by_dimension: each }, n, dim) {
  const [ends, end] = [WORD * 2 * n * m, WORD * 3 * n * m];
  const [ranks, shares] = [ofWords(bytes.subarray(0, ends)), ofWords(bytes.subarray(ends, end))];
  const rest = each ? ofHalves(bytes.subarray(end)) : null;
  /** @type {(from: Float32Array, shape: number[], query: number) => Tensor} */
  const row = (from, shape, query) => {
    const size = shape.reduce((a, b) => a * b);
    return { shape, kind: 'float', data: from.subarray(query * size, (query + 1) * size) };
  };
  return (query) => ({
    ranks: row(ranks, [1, m, 2], query),
    shares: row(shares, [1, m], query),
    ...(rest ? { by_dimension: row(rest, [1, m, dim], query) } : {}),
  });
}
