// The circle: where its points are on the screen, and its ticks of degrees.

import { el } from '../../kit/dom.js';
import { turned } from './places.js';

/** @import { Middle, Place, Seen } from './types.d.ts' */

const STEP = 15;
const DEGREE = Math.PI / 180;
// What stands outside: bars with their numbers, and the arrows' lanes at the query.
const ROOM = { x: 65, y: 63 };

export class Circle {
  constructor() {
    /** @type {string | null} */
    this.turned = null;
    this.name = /** @type {const} */ ('circle');
    this.radius = 0;
    this.node = el('svg:g', { class: 'circle-back', 'aria-hidden': 'true' });
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    const radius = Math.max(60, Math.min(width / 2 - ROOM.x, height / 2 - ROOM.y, 240));
    if (radius === this.radius) return;
    this.radius = radius;
    /** @type {Element[]} */
    const parts = [el('svg:circle', { class: 'rim', r: radius })];
    /**
     * @param {number} angle
     * @param {number} r
     * @returns {string[]}
     */
    const at = (angle, r) =>
      [r * Math.cos(angle * DEGREE), -r * Math.sin(angle * DEGREE)].map((v) => v.toFixed(1));
    for (let angle = 0; angle < 360; angle += STEP) {
      const [[x1, y1], [x2, y2]] = [at(angle, radius - (angle % 45 ? 4 : 8)), at(angle, radius)];
      parts.push(el('svg:line', { class: 'tick', x1, y1, x2, y2 }));
      if (angle % 90) continue;
      const [x, y] = at(angle, radius - 25);
      parts.push(
        el('svg:text', {
          class: 'degree',
          x,
          y,
          text: `${turned(angle) === -180 ? 180 : turned(angle)}°`.replace('-', '−'),
        }),
      );
    }
    this.node.replaceChildren(...parts);
  }

  turn() {
    return false;
  }

  /** @param {number[]} v */
  see([x, y]) {
    return { x: this.radius * x, y: -this.radius * y, near: 1 };
  }

  /**
   * What the hand holds stays under it: the angle between the hand and the mark.
   * @param {number} x
   * @param {number} y
   * @param {Place} place
   */
  grab(x, y, [lon]) {
    return [turned(lon - Math.atan2(-y, x) / DEGREE)];
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number[]} held
   */
  at(x, y, [held]) {
    return [turned(Math.atan2(-y, x) / DEGREE + held), 0];
  }

  /** @param {Seen} seen */
  outward({ x, y }) {
    return [x / this.radius, y / this.radius];
  }

  /**
   * @param {number[]} a
   * @param {number[]} b
   */
  between(a, b) {
    return this.straight(a, b);
  }

  /**
   * Half-way between two points and the way on; how long the line is.
   * @param {number[]} a
   * @param {number[]} b
   * @returns {Middle}
   */
  middle(a, b) {
    const [p, q] = [this.see(a), this.see(b)];
    return {
      x: (p.x + q.x) / 2,
      y: (p.y + q.y) / 2,
      near: 1,
      turn: Math.atan2(q.y - p.y, q.x - p.x),
      length: Math.hypot(q.x - p.x, q.y - p.y),
    };
  }

  /**
   * The path between two points: the near part, and the part behind (none here).
   * @param {number[]} a
   * @param {number[]} b
   */
  straight(a, b) {
    const [p, q] = [this.see(a), this.see(b)];
    return [`M${p.x.toFixed(1)} ${p.y.toFixed(1)}L${q.x.toFixed(1)} ${q.y.toFixed(1)}`, ''];
  }
}
