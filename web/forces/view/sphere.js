// The sphere, seen from far away: turned by dragging its background, the same in both scenes.

import { el, setAttribute } from '../../kit/dom.js';
import { degrees } from './places.js';

/** @import { Middle, Place, Seen } from './types.d.ts' */
/** @import { Globe } from './places.js' */

const DEGREE = Math.PI / 180;
const ROOM = { x: 34, y: 20 };
const PIECES = 24;

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/**
 * Points of a curve -> one path for what is in front, one for what is behind.
 * @param {Seen[]} points
 */
function paths(points) {
  const out = ['', ''];
  points.forEach(({ x, y, near }, i) => {
    const behind = near < 0 ? 1 : 0;
    const before = points[i - 1];
    if (before && (before.near < 0 ? 1 : 0) === behind)
      out[behind] += `L${x.toFixed(1)} ${y.toFixed(1)}`;
    else if (before) {
      const share = before.near / (before.near - near);
      const edge = `${(before.x + (x - before.x) * share).toFixed(1)} ${(before.y + (y - before.y) * share).toFixed(1)}`;
      out[1 - behind] += `L${edge}`;
      out[behind] += `M${edge}L${x.toFixed(1)} ${y.toFixed(1)}`;
    } else out[behind] += `M${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return out;
}

/** @param {(t: number) => number[]} point */
function ring(point) {
  return Array.from({ length: 61 }, (_, i) => point(i * 6 * DEGREE));
}

const LINES = [
  ...[-60, -30, 0, 30, 60].map((lat) =>
    ring((t) => [
      Math.cos(lat * DEGREE) * Math.cos(t),
      Math.cos(lat * DEGREE) * Math.sin(t),
      Math.sin(lat * DEGREE),
    ]),
  ),
  ...[0, 30, 60, 90, 120, 150].map((lon) =>
    ring((t) => [
      Math.cos(t) * Math.cos(lon * DEGREE),
      Math.cos(t) * Math.sin(lon * DEGREE),
      Math.sin(t),
    ]),
  ),
];

export class Sphere {
  /** How the globe was turned when its lines were drawn. */
  /** @type {string | null} */
  turned = null;

  /** @param {Globe} globe */
  constructor(globe) {
    this.name = /** @type {const} */ ('sphere');
    this.globe = globe;
    this.radius = 0;
    this.rim = el('svg:circle', { class: 'rim ball' });
    this.lines = LINES.map((_, i) => [
      el('svg:path', { class: i === 2 ? 'graticule equator' : 'graticule' }),
      el('svg:path', { class: 'graticule behind' }),
    ]);
    this.node = el(
      'svg:g',
      { class: 'sphere-back', 'aria-hidden': 'true' },
      this.rim,
      ...this.lines.flat(),
    );
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this.radius = Math.max(60, Math.min(width / 2 - ROOM.x, height / 2 - ROOM.y, 280));
    setAttribute(this.rim, 'r', this.radius);
    this.turned = null;
  }

  // Draws the lines of degrees anew when the globe has turned; says whether it had.
  turn() {
    const now = `${this.globe.turn} ${this.globe.tilt}`;
    if (now === this.turned) return false;
    this.turned = now;
    LINES.forEach((line, i) => {
      const [near, far] = paths(line.map((v) => this.see(v)));
      setAttribute(this.lines[i][0], 'd', near);
      setAttribute(this.lines[i][1], 'd', far);
    });
    return true;
  }

  /** @param {number[]} v */
  see(v) {
    const [right, up, near] = this.globe.see(v);
    return { x: right * this.radius, y: -up * this.radius, near };
  }

  /**
   * A direction in space -> on the screen, in units of its own.
   * @param {number[]} v
   */
  tilted(v) {
    const [right, up] = this.globe.see(v);
    return [right, -up];
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {Place} _place
   * @param {number[]} v
   */
  grab(x, y, _place, v) {
    const seen = this.see(v);
    return [seen.x - x, seen.y - y];
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number[]} held
   */
  at(x, y, [dx, dy]) {
    return degrees(this.globe.under([(x + dx) / this.radius, -(y + dy) / this.radius]));
  }

  /**
   * Bars lie to the right of their marks, near the right edge to the left.
   * @param {Seen} seen
   */
  outward({ x }) {
    return [x > 0.6 * this.radius ? -1 : 1, 0];
  }

  /**
   * The shorter way along the great circle.
   * @param {number[]} a
   * @param {number[]} b
   */
  between(a, b) {
    const angle = Math.acos(Math.max(-1, Math.min(1, dot(a, b))));
    if (angle < 1e-6) return ['', ''];
    if (angle > Math.PI - 1e-4) return this.straight(a, b);
    const points = Array.from({ length: PIECES + 1 }, (_, i) => {
      const [p, q] = [Math.sin((1 - i / PIECES) * angle), Math.sin((i / PIECES) * angle)].map(
        (s) => s / Math.sin(angle),
      );
      return this.see([p * a[0] + q * b[0], p * a[1] + q * b[1], p * a[2] + q * b[2]]);
    });
    return paths(points);
  }

  /**
   * Half-way along the great circle and the way on; how long it looks.
   * @param {number[]} a
   * @param {number[]} b
   * @returns {Middle}
   */
  middle(a, b) {
    const at = (/** @type {number} */ share) => {
      const v = a.map((value, i) => value * (1 - share) + b[i] * share);
      const length = Math.hypot(...v) || 1;
      return this.see(v.map((value) => value / length));
    };
    const [p, q, from, to, { x, y, near }] = [at(0), at(1), at(0.45), at(0.55), at(0.5)];
    return {
      x,
      y,
      near,
      turn: Math.atan2(to.y - from.y, to.x - from.x),
      length: Math.hypot(q.x - p.x, q.y - p.y),
    };
  }

  /**
   * @param {number[]} a
   * @param {number[]} b
   */
  straight(a, b) {
    return paths([this.see(a), this.see(b)]);
  }
}
