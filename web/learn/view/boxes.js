// Boxes about what is pointed at: how much room each has, which are one, and what they leave of the screen.

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

const ROOM = 6;
const LEAST = 1.5; // of room: a ring strikes out what it is around no less than what is next to it
const TOUCH = 1; // pixels between boxes that touch
const ALIGNED = 3; // pixels between edges on one line

/** @type {(a: number, b: number) => boolean} */
const near = (a, b) => Math.abs(a - b) <= ALIGNED;

/** @type {(outer: Box, inner: Box) => boolean} */
const holds = (outer, inner) =>
  outer.left <= inner.left &&
  outer.top <= inner.top &&
  outer.right >= inner.right &&
  outer.bottom >= inner.bottom;

/**
 * A box with room around it, half of the gap where something is next to it.
 * @param {Box} box
 * @param {Box[]} others
 * @returns {Box}
 */
export function roomy(box, others) {
  const room = { left: ROOM, top: ROOM, right: ROOM, bottom: ROOM };
  /** @type {(side: keyof Box, gap: number) => void} */
  const limit = (side, gap) => {
    if (gap >= 0) room[side] = Math.min(room[side], Math.max(LEAST, gap / 2));
  };
  for (const other of others) {
    if (other.left < box.right && other.right > box.left) {
      limit('top', box.top - other.bottom);
      limit('bottom', other.top - box.bottom);
    }
    if (other.top < box.bottom && other.bottom > box.top) {
      limit('left', box.left - other.right);
      limit('right', other.left - box.right);
    }
  }
  return {
    left: box.left - room.left,
    top: box.top - room.top,
    right: box.right + room.right,
    bottom: box.bottom + room.bottom,
  };
}

/**
 * Two boxes of one row or one column that touch are one.
 * @param {Box} a
 * @param {Box} b
 */
function areOne(a, b) {
  if (holds(a, b) || holds(b, a)) return false;
  const across = Math.max(a.left, b.left) - Math.min(a.right, b.right);
  const down = Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);
  const isColumn = near(a.left, b.left) && near(a.right, b.right) && down <= TOUCH;
  return isColumn || (near(a.top, b.top) && near(a.bottom, b.bottom) && across <= TOUCH);
}

/**
 * The same with those that are one made one.
 * @param {Box[]} boxes
 * @returns {Box[]}
 */
export function merged(boxes) {
  for (const [i, a] of boxes.entries()) {
    const j = boxes.findIndex((b, at) => at > i && areOne(a, b));
    if (j < 0) continue;
    const b = boxes[j];
    const both = {
      left: Math.min(a.left, b.left),
      top: Math.min(a.top, b.top),
      right: Math.max(a.right, b.right),
      bottom: Math.max(a.bottom, b.bottom),
    };
    return merged([both, ...boxes.filter((_, at) => at !== i && at !== j)]);
  }
  return boxes;
}

/**
 * What lies in any of these, as boxes of which no two overlap: a hole in a hole would be dark again.
 * @param {Box[]} boxes
 * @returns {Box[]}
 */
export function apart(boxes) {
  const edges = [...new Set(boxes.flatMap(({ top, bottom }) => [top, bottom]))].sort(
    (a, b) => a - b,
  );
  return edges.slice(1).flatMap((bottom, i) => {
    const top = edges[i];
    /** @type {Box[]} */
    const band = [];
    const here = boxes.filter((box) => box.top <= top && box.bottom >= bottom);
    for (const { left, right } of here.sort((a, b) => a.left - b.left)) {
      const last = band.at(-1);
      if (last && left <= last.right) last.right = Math.max(last.right, right);
      else band.push({ left, top, right, bottom });
    }
    return band;
  });
}
