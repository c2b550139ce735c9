// The hand on a plane: a drag moves, the wheel zooms about the pointer, a double click shows everything.

import { dragged } from './ranges.js';

/** @import { Plane } from './plane.js' */
/** @import { Point } from './types.d.ts' */

const STARTS = 4; // pixels before a press is a drag
const WHEEL = 1.0016;

/**
 * Follows the hand until what it returns is aborted.
 * @param {Plane} plane
 */
export function followHand(plane) {
  const { node } = plane;
  const off = new AbortController();
  const { signal } = off;
  dragging(plane, signal);
  node.addEventListener(
    'wheel',
    (event) => {
      const panel = /** @type {HTMLElement | null} */ (node.closest('[data-width]'));
      const roomy = ['wide', 'middle'].includes(panel?.dataset.width ?? '');
      if (!plane.range || !(roomy || event.ctrlKey)) return;
      event.preventDefault();
      const box = node.getBoundingClientRect();
      plane.zoom(
        WHEEL ** event.deltaY,
        (event.clientX - box.left) / box.width,
        (event.clientY - box.top) / box.height,
      );
    },
    { signal, passive: false },
  );
  node.addEventListener('dblclick', () => plane.reset(), { signal });
  return off;
}

/**
 * @param {Plane} plane
 * @param {AbortSignal} signal
 */
function dragging(plane, signal) {
  /** @type {Point | null} */
  let last = null;
  let moves = false;
  const drop = () => {
    last = null;
    moves = false;
  };
  plane.node.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button === 0 && event.pointerType !== 'touch')
        last = [event.clientX, event.clientY];
    },
    { signal },
  );
  window.addEventListener(
    'pointermove',
    (event) => {
      if (!event.buttons) drop(); // it was released where nobody heard
      if (!last || !plane.range) return;
      const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
      if (!moves && Math.hypot(dx, dy) < STARTS) return;
      moves = true;
      last = [event.clientX, event.clientY];
      plane.look(dragged(plane.range, plane.size(), [dx, dy]));
    },
    { signal },
  );
  for (const end of ['pointerup', 'pointercancel']) window.addEventListener(end, drop, { signal });
}
