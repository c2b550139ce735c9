// Numbers as the table of marks shows them.

import { digits } from '../../kit/dom.js';

/**
 * Three decimals at most and no leading 0, as beside the marks, so that a column can be read down;
 * the full number is in the data.
 * @param {number} value
 */
export function short(value) {
  const text = value.toFixed(3);
  return Math.abs(Number(text)) < 1 ? text.replace('-', '−').replace('0.', '.') : digits(value);
}

/** @param {number} value */
export function shortSigned(value) {
  return value > 0 ? `+${short(value)}` : short(value);
}
