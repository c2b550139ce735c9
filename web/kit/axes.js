// What an axis needs: a range of values, round marks on it, and labels that do not lie on another.

/** @import { Interval, Line } from './types.d.ts' */

/**
 * About `wanted` round values that cover a range.
 * @param {number} low
 * @param {number} high
 * @param {number} wanted
 * @returns {number[]}
 */
export function ticks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((m) => m * power >= rough) ?? 10);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}

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

/**
 * The way from values to pixels and back; both hold to their ends.
 * @param {Interval} values
 * @param {Interval} pixels
 */
export function axis([low, high], [from, to]) {
  const [least, most] = [Math.min(from, to), Math.max(from, to)];
  return {
    /** @param {number} value */
    to: (value) => from + ((to - from) * (value - low)) / (high - low || 1),
    /** @param {number} pixel */
    of: (pixel) =>
      low + ((Math.min(most, Math.max(least, pixel)) - from) / (to - from)) * (high - low),
  };
}

/**
 * A value beside the upright axis; shares are in percent.
 * @param {number} value
 * @param {string} unit
 */
export function tickText(value, unit) {
  const text =
    unit === 'share'
      ? `${Number((100 * value).toPrecision(6))}`
      : Number(value.toPrecision(6)).toLocaleString('en');
  return text.replace('-', '−');
}

/**
 * A count below the level axis, thousands and millions by letter.
 * @param {number} value
 */
export function shortNumber(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(3))} k`;
  return Number(value.toPrecision(4)).toLocaleString('en');
}
