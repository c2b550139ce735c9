// How Streamlit holds a view: made once for an element, given new data by every rerun.

import { setAttribute } from './dom.js';

/** @import { Report } from './types.d.ts' */

/** @typedef {{ update: (data: any, report: Report) => void, close: () => void }} Mounted */

/** @type {WeakMap<Element, Mounted>} */
const views = new WeakMap();

/**
 * Streamlit calls what this returns for every rerun with new data, and what that returned when the
 * element goes. Where two reruns waited for one module it also calls the first's once both are
 * through: the element still stands then, and so does its view.
 * @template D
 * @param {string} selector  of the element within what Streamlit gives
 * @param {(root: HTMLElement, data: D, report: Report) => Mounted} make
 */
export function mounting(selector, make) {
  /** @type {(parent: HTMLElement, data: D, report: Report) => () => void} */
  return (parent, data, report) => {
    const root = /** @type {HTMLElement} */ (parent.querySelector(selector));
    const found = views.get(root);
    if (found) found.update(data, report);
    else views.set(root, make(root, data, report));
    setAttribute(root, 'data-mounted', 'true');
    return () => {
      setTimeout(() => {
        if (root.isConnected) return;
        views.get(root)?.close();
        views.delete(root);
      });
    };
  };
}
