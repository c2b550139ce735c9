// A range is the part of the plane that is seen: from places to pixels and back, zoomed and moved.

/** @import { Box, Interval, Point } from './types.d.ts' */

/** @typedef {[width: number, height: number]} Size  in pixels */
/** @typedef {[x0: number, x1: number, y0: number, y1: number]} Extent */

const [LEAST, MOST] = [1e-4, 10]; // of the home range that may be seen

/**
 * The box of places, null where all are in one.
 * @param {ArrayLike<number>} xy  x and y in turn
 * @returns {Extent | null}
 */
export function extentOf(xy) {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < xy.length; i += 2) {
    const [x, y] = [xy[i], xy[i + 1]];
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  return x1 - x0 + y1 - y0 > 1e-9 ? [x0, x1, y0, y1] : null;
}

/**
 * The range that shows a box in the middle, with equal scales on both axes.
 * @param {Extent} box
 * @param {Size} size
 * @param {{ side: number, foot: number }} margins  pixels left free: at the foot, and elsewhere
 * @returns {Box}
 */
export function homeRange([x0, x1, y0, y1], [width, height], { side, foot }) {
  const perPixel = Math.max((x1 - x0) / (width - 2 * side), (y1 - y0) / (height - side - foot));
  const x = (x0 + x1) / 2;
  const y = (y0 + y1) / 2 - ((foot - side) / 2) * perPixel;
  const [w, h] = [(width * perPixel) / 2, (height * perPixel) / 2];
  return { x: [x - w, x + w], y: [y - h, y + h] };
}

/**
 * Pixels for one unit of either axis.
 * @param {Box} range
 * @param {Size} size
 * @returns {Point}
 */
export function scalesOf({ x, y }, [width, height]) {
  return [width / (x[1] - x[0]), height / (y[1] - y[0])];
}

/**
 * The pixel of a place, from the upper left.
 * @param {Box} range
 * @param {Size} size
 * @param {number} x
 * @param {number} y
 * @returns {Point}
 */
export function pixelAt(range, [width, height], x, y) {
  return [
    ((x - range.x[0]) / (range.x[1] - range.x[0])) * width,
    (1 - (y - range.y[0]) / (range.y[1] - range.y[0])) * height,
  ];
}

/**
 * The index of the place nearest to a pixel, null where none lies within `reach` pixels.
 * @param {ArrayLike<number>} xy  x and y in turn
 * @param {Box} range
 * @param {Size} size
 * @param {Point} pixel
 * @param {number} reach
 */
export function nearestTo(xy, range, size, [px, py], reach) {
  const [sx, sy] = scalesOf(range, size);
  const [x0, y0] = [range.x[0] + px / sx, range.y[0] + (size[1] - py) / sy];
  /** @type {number | null} */
  let best = null;
  let nearest = reach ** 2;
  for (let i = 0; 2 * i < xy.length; i += 1) {
    const far = ((xy[2 * i] - x0) * sx) ** 2 + ((xy[2 * i + 1] - y0) * sy) ** 2;
    if (far < nearest) [best, nearest] = [i, far];
  }
  return best;
}

/**
 * A range `factor` times as wide; what lies at the shares fx from the left and fy from the top stays.
 * @param {Box} range
 * @param {number} factor
 * @param {number} fx
 * @param {number} fy
 * @returns {Box}
 */
export function zoomed(range, factor, fx, fy) {
  /** @type {(ends: Interval, share: number) => Interval} */
  const about = ([a, b], share) => [
    a + (b - a) * share * (1 - factor),
    b - (b - a) * (1 - share) * (1 - factor),
  ];
  return { x: about(range.x, fx), y: about(range.y, 1 - fy) };
}

/**
 * A factor that leads no farther than a person finds back from, whatever was seen before.
 * @param {number} factor  of what is seen
 * @param {number} times  how many times as much as at home is seen now
 */
export function bounded(factor, times) {
  return factor < 1
    ? Math.min(1, Math.max(factor, LEAST / times))
    : Math.max(1, Math.min(factor, MOST / times));
}

/**
 * A range after its picture was dragged by so many pixels.
 * @param {Box} range
 * @param {Size} size
 * @param {Point} by
 * @returns {Box}
 */
export function dragged({ x, y }, [width, height], [dx, dy]) {
  const [mx, my] = [(dx * (x[1] - x[0])) / width, (dy * (y[1] - y[0])) / height];
  return { x: [x[0] - mx, x[1] - mx], y: [y[0] + my, y[1] + my] };
}

/**
 * A range in units of a home range, in which planes of other sizes and magnifications share it.
 * @param {Box} range
 * @param {Box} home
 * @returns {Box}
 */
export function relativeTo(range, home) {
  /** @type {(span: Interval, of: Interval) => Interval} */
  const share = ([a, b], [from, to]) => [(a - from) / (to - from), (b - from) / (to - from)];
  return { x: share(range.x, home.x), y: share(range.y, home.y) };
}

/**
 * The range of which `relativeTo` gives these shares.
 * @param {Box} shares
 * @param {Box} home
 * @returns {Box}
 */
export function within(shares, home) {
  /** @type {(share: Interval, of: Interval) => Interval} */
  const span = ([a, b], [from, to]) => [from + a * (to - from), from + b * (to - from)];
  return { x: span(shares.x, home.x), y: span(shares.y, home.y) };
}
