// The page's colours and font as plotly needs them: worked out, since it knows neither var() nor
// color-mix().

import { el } from './dom.js';

/** @typedef {Record<string, string>} Ink  colours by name, and the font's family */

const NAMES = ['text', 'soft', 'dim', 'edge', 'paper', 'ink', 'repulsion', 'synthetic', 'warning'];

/** @type {WeakMap<Element, { key: string, ink: Ink }>} */
const known = new WeakMap();

/** @param {string} colour  as a browser computes it */
export function plainColour(colour) {
  const mixed = colour.match(/color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)/);
  if (!mixed) return colour;
  return `rgb(${mixed.slice(1).map((share) => Math.round(255 * Number(share)))})`;
}

/**
 * Of the page that a node stands in, worked out once for each theme.
 * @param {HTMLElement} node
 * @returns {Ink}
 */
export function inkOf(node) {
  const page = /** @type {HTMLElement | null} */ (node.closest('[data-theme]')) ?? node;
  const forced = window.matchMedia('(forced-colors: active)').matches;
  const key = `${page.dataset.theme} ${forced}`;
  const found = known.get(page);
  if (found?.key === key) return found.ink;
  const probe = el('span', { style: 'forced-color-adjust: none' });
  node.append(probe);
  const style = getComputedStyle(probe);
  /** @type {Ink} */
  const ink = { family: style.fontFamily };
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    ink[name] = plainColour(style.color);
  }
  probe.remove();
  known.set(page, { key, ink });
  return ink;
}

/**
 * @param {string} colour  rgb(...) or #rrggbb
 * @param {number} share  how much of it is seen
 */
export function veil(colour, share) {
  const numbers = colour.startsWith('#')
    ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))
    : (colour.match(/[\d.]+/g) ?? ['0', '0', '0']).slice(0, 3);
  return `rgba(${numbers.join(',')},${share})`;
}
