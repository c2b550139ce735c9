// Who stands in a query's group, column by column.

/** @import { Scene } from './recording.js' */
/** @import { Data } from './tensors.js' */

/**
 * Which image and which view a column stands for.
 * @param {Scene} scene
 * @param {number} sample
 */
export function imageOf({ items, views }, sample) {
  return { probe: items[sample % items.length], view: views[Math.floor(sample / items.length)] };
}

/**
 * Columns, heaviest first.
 * @param {Data} shares
 */
export function heaviest(shares) {
  return [...Array(shares.length).keys()].sort((a, b) => shares[b] - shares[a] || a - b);
}

/** Negatives that are no synthetics; those stand behind them. */
/** @param {Scene} scene */
export function nReal({ found }) {
  return found.neg_index.data.length;
}
