// A ring about what a lesson speaks of, the rest dimmed; it never takes the pointer.

import { el, show } from '../../kit/dom.js';

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

const ROOM = 6;
const AGAIN = 250;
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
 * What of an element is in sight, with a little room around it; null where nothing is: what scrolls
 * within a panel is cut off at its edge.
 * @param {Element} node
 * @returns {Box | null}
 */
function boxOf(node) {
  const { left, top, right, bottom } = node.getBoundingClientRect();
  if (right <= left || bottom <= top) return null;
  let box = { left: left - ROOM, top: top - ROOM, right: right + ROOM, bottom: bottom + ROOM };
  for (let up = node.parentElement; up && up !== document.body; up = up.parentElement)
    if (SCROLLS.test(getComputedStyle(up).overflowY)) box = common(box, up.getBoundingClientRect());
  box = common(box, { left: 0, top: 0, right: window.innerWidth, bottom: window.innerHeight });
  return box.right > box.left && box.bottom > box.top ? box : null;
}

/** @type {(outer: Box, inner: Box) => boolean} */
const holds = (outer, inner) =>
  outer !== inner &&
  outer.left <= inner.left &&
  outer.top <= inner.top &&
  outer.right >= inner.right &&
  outer.bottom >= inner.bottom;

/**
 * What of these lies within no other: a hole within a hole would be dimmed again.
 * @param {Box[]} boxes
 */
export function outermost(boxes) {
  return boxes.filter((box) => !boxes.some((other) => holds(other, box)));
}

/** @param {Element} node */
function scrollerOf(node) {
  for (let up = node.parentElement; up; up = up.parentElement)
    if (SCROLLS.test(getComputedStyle(up).overflowY) && up.scrollHeight > up.clientHeight)
      return up;
  return null;
}

/** @param {Box} box */
function hole({ left, top, right, bottom }) {
  return `M${left} ${top}V${bottom}H${right}V${top}Z`;
}

export class Ring {
  /** @type {string[]} */
  selectors = [];
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

  /** @param {string[]} selectors */
  set(selectors) {
    this.selectors = selectors;
    this.key = '-';
    this.follow();
  }

  /** The elements that are pointed at, those that are there. */
  found() {
    return this.selectors
      .map((selector) =>
        [...document.querySelectorAll(selector)].find((node) => boxOf(node) || node.clientHeight),
      )
      .filter((node) => node !== undefined);
  }

  // Brings what is pointed at into sight, where the page scrolls; the first where not all fits.
  reveal() {
    const found = this.found();
    if (!found.length) return;
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    const page = scrollerOf(found[0]);
    const before = page?.scrollTop ?? 0;
    for (const node of found.reverse())
      node.scrollIntoView({ block: 'nearest', behavior: 'instant' });
    if (!page || still) return;
    const top = page.scrollTop;
    page.scrollTop = before;
    page.scrollTo({ top, behavior: 'smooth' });
  }

  follow() {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
    const boxes = this.found()
      .map(boxOf)
      .filter((box) => box !== null);
    const { innerWidth: width, innerHeight: height } = window;
    const key = JSON.stringify([boxes, width, height]);
    if (key === this.key) return;
    this.key = key;
    this.boxes = boxes;
    show(this.dim, boxes.length > 0);
    const all = `M0 0H${width}V${height}H0Z`;
    this.dim.style.clipPath = `path(evenodd, "${all}${outermost(boxes).map(hole).join('')}")`;
    this.rings.replaceChildren(
      ...boxes.map(({ left, top, right, bottom }) => {
        const ring = el('div', { class: 'guide-ring' });
        const size = { left, top, width: right - left, height: bottom - top };
        for (const [name, value] of Object.entries(size))
          ring.style.setProperty(name, `${Math.round(value)}px`);
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
