// Where the guide stands: in the corner where it covers least of what it points at.

/** @import { Box } from './boxes.js' */

const EDGE = 14;
const NARROW = 700;

/**
 * @param {Box} a
 * @param {Box} b
 */
function overlap(a, b) {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/**
 * The corners in the order in which they are preferred, each with the box of a guide of that size there.
 * @param {{ width: number, height: number }} size
 * @param {{ width: number, height: number }} window
 */
export function corners({ width, height }, { width: across, height: down }) {
  const edge = across < NARROW ? 0 : EDGE;
  const lefts = { right: across - width - edge, left: edge, middle: (across - width) / 2 };
  const tops = { bottom: down - height - edge, top: edge };
  return [
    ['bottom', 'left'],
    ['bottom', 'right'],
    ['top', 'left'],
    ['top', 'right'],
    ['bottom', 'middle'],
    ['top', 'middle'],
  ].map(([y, x]) => {
    const [left, top] = [lefts[/** @type {'left'} */ (x)], tops[/** @type {'top'} */ (y)]];
    return { name: `${y} ${x}`, left, top, right: left + width, bottom: top + height };
  });
}

/**
 * The first corner that covers nothing of what is pointed at, else the one that covers least.
 * @param {{ width: number, height: number }} size
 * @param {{ width: number, height: number }} window
 * @param {Box[]} boxes
 */
export function bestCorner(size, window, boxes) {
  const covered = (/** @type {Box} */ corner) =>
    boxes.reduce((sum, box) => sum + overlap(corner, box), 0);
  const all = corners(size, window);
  return all.reduce((best, corner) => (covered(corner) < covered(best) ? corner : best), all[0]);
}
