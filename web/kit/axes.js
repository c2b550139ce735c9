// What an axis needs that plotly does not do: a range that holds what most values span, and labels that
// do not lie on another.

/** @import { Interval, Line } from './types.d.ts' */

/**
 * Labels pushed apart so that none lies on another.
 * @param {number[]} wanted
 * @param {number} space  the least distance of two
 * @param {number} low
 * @param {number} high
 * @returns {number[]}  where each is to lie, in the order in which they were given
 */
export function apart(wanted, space, low, high) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  /** @type {number[]} */
  const at = [];
  let edge = low;
  for (const i of order) {
    at[i] = Math.max(edge, wanted[i]);
    edge = at[i] + space;
  }
  edge = high;
  for (const i of [...order].reverse()) {
    at[i] = Math.min(edge, at[i]);
    edge = at[i] - space;
  }
  return at;
}

/**
 * What most values span: a line that runs away does not flatten all others.
 * @param {Pick<Line, 'points'>[]} lines
 * @param {number[]} extra  values that must be inside
 * @returns {Interval}
 */
export function span(lines, extra) {
  const all = lines
    .flatMap(({ points }) => points.map(([, y]) => y))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (!all.length) return [0, 1];
  /** @param {number} share */
  const at = (share) => all[Math.round((all.length - 1) * share)];
  let [low, high] = [all[0], all[all.length - 1]];
  const room = at(0.97) - at(0.03) || Math.abs(at(0.5)) * 0.1 || 0.1;
  high = Math.min(high, at(0.97) + 3 * room);
  low = Math.max(low, at(0.03) - 3 * room);
  for (const value of extra) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const pad = 0.06 * (high - low) || 0.05;
  return [low - pad, high + pad];
}
