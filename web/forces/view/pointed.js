// What the hand points at in a list or a formula, and how what is lit elsewhere comes into sight there.

const FOOT = 28;

/**
 * The mark that an event is about, null where it is none.
 * @param {Event} event
 */
export function markOf(event) {
  return nearest(event, '[data-mark]')?.dataset.mark ?? null;
}

/**
 * The element of a selector that an event happened in.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function nearest({ target }, selector) {
  return target instanceof Element ? target.closest(selector) : null;
}

/**
 * Scrolls the box and nothing around it.
 * @param {Element} box
 * @param {Element | null | undefined} node
 */
export function bringIntoView(box, node) {
  if (!node) return;
  const [outer, inner] = [box.getBoundingClientRect(), node.getBoundingClientRect()];
  if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top + 4;
  else if (inner.bottom > outer.bottom - FOOT) box.scrollTop += inner.bottom - outer.bottom + FOOT;
}
