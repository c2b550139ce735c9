// How the places of an update fit into a square picture from -100 to 100: pure functions.

const TIMES = [1, 2, 5, 10, 20, 50];
const SEEN = 0.05; // of the picture's width that the middle point is to move
const ROOM = 1.14; // around the outermost places

/** @typedef {{ x: number, y: number, half: number, times: number }} Frame */

/** @typedef {{ arrays: Record<string, Float32Array>, flat: boolean }} Placed */

/**
 * The middle and half the width of all places, and how many times as far their ways are drawn.
 * @param {Placed} update
 * @returns {Frame}
 */
export function frameOf({ arrays: { before, after }, flat }) {
  const xs = before.filter((_, i) => i % 2 === 0);
  const ys = before.filter((_, i) => i % 2 === 1);
  const span = (/** @type {Float32Array} */ all) => [Math.min(...all), Math.max(...all)];
  const [[left, right], [low, high]] = flat
    ? [
        [-1, 1],
        [-1, 1],
      ]
    : [span(xs), span(ys)];
  const half = (Math.max(right - left, high - low) / 2 || 1) * ROOM;
  const ways = [...xs].map((x, i) => Math.hypot(after[2 * i] - x, after[2 * i + 1] - ys[i]));
  const middle = ways.sort((a, b) => a - b)[Math.floor(ways.length / 2)] || 1;
  const wanted = (SEEN * 2 * half) / middle;
  const times = flat ? 1 : (TIMES.findLast((one) => one <= wanted) ?? 1);
  return { x: (left + right) / 2, y: (low + high) / 2, half, times };
}

/**
 * A line with a head at its end.
 * @param {number[]} from
 * @param {number[]} to
 */
export function arrowPath([a, b], [c, d]) {
  const [dx, dy] = [c - a, d - b];
  const long = Math.hypot(dx, dy);
  if (long < 0.5) return '';
  const [ux, uy] = [dx / long, dy / long];
  const head = Math.min(5, 0.4 * long);
  /** @type {(side: number) => string} */
  const wing = (side) =>
    `${(c - head * ux + 0.55 * side * head * uy).toFixed(2)} ${(d - head * uy - 0.55 * side * head * ux).toFixed(2)}`;
  return `M${a.toFixed(2)} ${b.toFixed(2)}L${c.toFixed(2)} ${d.toFixed(2)}M${wing(1)}L${c.toFixed(2)} ${d.toFixed(2)}L${wing(-1)}`;
}
