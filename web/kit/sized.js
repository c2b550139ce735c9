// How large a node is without asking it: every question between two changes of a page costs a layout of
// all of it, several in one move of the hand. The browser tells after its own layout, before it paints.

/** @typedef {{ width: number, height: number, close: () => void }} Sized  in CSS pixels; 0 by 0 while hidden */

/**
 * The size of a node at its last layout, kept up to date.
 * @param {HTMLElement} node
 * @param {() => void} [changed]  called when it is another
 * @returns {Sized}
 */
export function sizeOf(node, changed = () => {}) {
  const size = { width: 0, height: 0, close: () => {} };
  const watcher = new ResizeObserver(() => {
    size.width = node.offsetWidth;
    size.height = node.offsetHeight;
    changed();
  });
  size.close = () => watcher.disconnect();
  watcher.observe(node);
  return size;
}
