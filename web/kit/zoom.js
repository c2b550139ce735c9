// How much larger everything is drawn while presenting: the --k of the stylesheets. Asked when a size has changed.

/** @param {Element} node */
export function zoomOf(node) {
  return Number(getComputedStyle(node).getPropertyValue('--k')) || 1;
}
