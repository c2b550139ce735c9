// A ring about what a lesson speaks of, the rest dimmed; it never takes the pointer.

import { el, show } from '../../kit/dom.js';
import { apart, merged, roomy } from './boxes.js';

/** @import { Box } from './boxes.js' */

const AGAIN = 250;
const LEVELS = 3; // of the page around an element, in which something may be next to it
const LIST = '[data-baseweb="popover"]';
const SCROLLS = /auto|scroll/;

/**
 * @param {Box} a
 * @param {Box} b
 * @returns {Box}
 */
function common(a, b) {
  return {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
}

/**
 * What of a box is in sight; null where nothing is: what scrolls within a panel is cut off at its edge.
 * @param {Element} node
 * @param {Box} box
 * @returns {Box | null}
 */
function seen(node, box) {
  let found = common(box, {
    left: 0,
    top: 0,
    right: window.innerWidth,
    bottom: window.innerHeight,
  });
  for (let up = node.parentElement; up && up !== document.body; up = up.parentElement)
    if (SCROLLS.test(getComputedStyle(up).overflowY))
      found = common(found, up.getBoundingClientRect());
  const [left, top] = [found.left, found.top].map(Math.round);
  const [right, bottom] = [found.right, found.bottom].map(Math.round);
  return right > left && bottom > top ? { left, top, right, bottom } : null;
}

/** @param {Element} node */
function drawn(node) {
  const { left, top, right, bottom } = node.getBoundingClientRect();
  return right > left && bottom > top ? { left, top, right, bottom } : null;
}

/** @type {(boxes: (Box | null)[]) => Box[]} */
const those = (boxes) => boxes.filter((box) => box !== null);

/**
 * What is in sight of an element, with a little room around it.
 * @param {Element} node
 * @param {Element[]} pointed  all that is pointed at
 */
function boxOf(node, pointed) {
  const box = drawn(node);
  if (!box) return null;
  const others = pointed.filter((other) => other !== node);
  for (let [up, i] = [node, 0]; up.parentElement && i < LEVELS; up = up.parentElement, i += 1)
    for (const other of up.parentElement.children) if (other !== up) others.push(other);
  return seen(node, roomy(box, those(others.map(drawn))));
}

/**
 * What was opened from within an element and lies over the page: a sheet, a list, a popover.
 * @param {Element} node
 */
function openedFrom(node) {
  return [...node.querySelectorAll('[aria-expanded="true"]')].flatMap((button) => {
    const named = document.getElementById(button.getAttribute('aria-controls') ?? '');
    if (named) return [named.closest(LIST) ?? named];
    if (button.closest('[data-testid="stPopover"]'))
      return [...document.querySelectorAll('[data-testid="stPopoverBody"]')];
    return [...node.querySelectorAll('.sheet:not([hidden])')];
  });
}

/** @param {Element} node */
function scrollerOf(node) {
  for (let up = node.parentElement; up; up = up.parentElement)
    if (SCROLLS.test(getComputedStyle(up).overflowY) && up.scrollHeight > up.clientHeight)
      return up;
  return null;
}

/**
 * The head of the table that a row is of: a row says little without.
 * @param {Element} node
 */
const headOf = (node) => node.closest('table, .marks')?.querySelector('thead, .table-head');

/** @param {Box} box */
function hole({ left, top, right, bottom }) {
  return `M${left} ${top}V${bottom}H${right}V${top}Z`;
}

/**
 * @param {string[]} selectors
 * @returns {Element[]}
 */
function there(selectors) {
  return selectors
    .map((selector) =>
      [...document.querySelectorAll(selector)].find((node) => drawn(node) || node.clientHeight),
    )
    .filter((node) => node !== undefined);
}

export class Ring {
  /** @type {string[]} */
  selectors = [];
  /** @type {string[]} */
  otherwise = [];
  /** @type {Box[]} */
  boxes = [];
  key = '';
  /** @type {number | null} */
  frame = null;

  /** @param {(boxes: Box[]) => void} moved  what is pointed at lies elsewhere now */
  constructor(moved) {
    this.moved = moved;
    this.dim = el('div', { class: 'guide-dim' });
    this.rings = el('div', {});
    this.node = el('div', { class: 'guide-over', 'aria-hidden': 'true' }, this.dim, this.rings);
    this.soon = () => {
      this.frame ??= requestAnimationFrame(() => this.follow());
    };
    for (const name of ['scroll', 'resize', 'pointermove', 'keyup'])
      window.addEventListener(name, this.soon, { capture: true, passive: true });
    this.timer = setInterval(this.soon, AGAIN);
  }

  /**
   * @param {string[]} selectors
   * @param {string[]} otherwise  what is pointed at while none of them is there
   */
  set(selectors, otherwise = []) {
    this.selectors = selectors;
    this.otherwise = otherwise;
    this.key = '-';
    this.follow();
  }

  /** The elements that are pointed at, those that are there. */
  found() {
    const found = there(this.selectors);
    return found.length ? found : there(this.otherwise);
  }

  // Brings what is pointed at into sight, where the page scrolls; the first where not all fits.
  reveal() {
    const found = this.found();
    if (!found.length) return;
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    const page = scrollerOf(found[0]);
    const before = page?.scrollTop ?? 0;
    for (const node of found.reverse())
      for (const part of [node, headOf(node)])
        part?.scrollIntoView({ block: 'nearest', behavior: 'instant' });
    if (!page || still) return;
    const top = page.scrollTop;
    page.scrollTop = before;
    page.scrollTo({ top, behavior: 'smooth' });
  }

  follow() {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
    const found = this.found();
    const rings = merged(those(found.map((node) => boxOf(node, found))));
    const over = found.flatMap(openedFrom).map((node) => {
      const box = drawn(node);
      return box && seen(node, box);
    });
    const boxes = [...rings, ...those(over)];
    const { innerWidth: width, innerHeight: height } = window;
    const key = JSON.stringify([boxes, rings.length, width, height]);
    if (key === this.key) return;
    this.key = key;
    this.boxes = boxes;
    show(this.dim, boxes.length > 0);
    const all = `M0 0H${width}V${height}H0Z`;
    this.dim.style.clipPath = `path(evenodd, "${all}${apart(boxes).map(hole).join('')}")`;
    this.rings.replaceChildren(
      ...rings.map(({ left, top, right, bottom }) => {
        const ring = el('div', { class: 'guide-ring' });
        const size = { left, top, width: right - left, height: bottom - top };
        for (const [name, value] of Object.entries(size))
          ring.style.setProperty(name, `${value}px`);
        return ring;
      }),
    );
    this.moved(boxes);
  }

  close() {
    clearInterval(this.timer);
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    for (const name of ['scroll', 'resize', 'pointermove', 'keyup'])
      window.removeEventListener(name, this.soon, { capture: true });
    this.node.remove();
  }
}
