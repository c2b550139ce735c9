// The forces on the query, as arrows: on the circle in lanes along the tangent, on the sphere as a fan.

import { el, setAttribute } from '../../kit/dom.js';
import { ARROW } from './scales.js';
import { Sphere } from './sphere.js';

/** @import { Circle } from './circle.js' */
/** @import { Pushed, Reading } from './types.d.ts' */

/** @typedef {Record<'attraction' | 'repulsion', Pushed[]>} Groups */
/** @typedef {Record<'attraction' | 'repulsion' | 'resultant', number[]>} Sums */
/** Paths by what they are of. */
/** @typedef {{ paths: Record<string, string>, stem: string, far?: boolean }} Drawn */

/** @type {['attraction', 'repulsion', 'resultant']} */
const SUMS = ['attraction', 'repulsion', 'resultant'];
// Distance from the query outwards: each arrow by itself, then the sum of its group.
/** @type {Record<string, number[]>} */
const LANES = { attraction: [17, 25], repulsion: [35, 43], resultant: [55] };
const ROOM = 12;

/**
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 * @param {number} width
 * @param {number} head
 */
function arrowPath(x0, y0, x1, y1, width, head) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 0.7) return '';
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
  const tip = Math.min(head, length * 0.75);
  const [w, h] = [width / 2, Math.max(width * 0.8, tip * 0.52)];
  /**
   * @param {number} along
   * @param {number} aside
   */
  const at = (along, aside) =>
    `${(x0 + ux * along - uy * aside).toFixed(1)} ${(y0 + uy * along + ux * aside).toFixed(1)}`;
  const neck = length - tip;
  return `M${at(0, w)}L${at(neck, w)}L${at(neck, h)}L${at(length, 0)}L${at(neck, -h)}L${at(neck, -w)}L${at(0, -w)}Z`;
}

/**
 * @param {number[]} arrow
 * @param {number[]} tangent
 */
const turn = (arrow, tangent) => arrow[0] * tangent[0] + arrow[1] * tangent[1];

/**
 * Head to tail, to either side: who pulls where is seen even when most of it cancels.
 * @param {Circle} circle
 * @param {number[]} query
 * @param {Groups} groups
 * @param {Sums} sums
 * @param {{ tangent: number[], scale: number }} how
 * @returns {Drawn}
 */
function lanes(circle, query, groups, sums, { tangent, scale }) {
  const { x, y } = circle.see(query);
  const out = [x / circle.radius, y / circle.radius];
  const side = [out[1], -out[0]];
  /**
   * @param {number} along
   * @param {number} lane
   * @returns {[number, number]}
   */
  const at = (along, lane) => [
    x + out[0] * lane + side[0] * along,
    y + out[1] * lane + side[1] * along,
  ];
  /** @type {Record<string, string>} */
  const paths = {};
  const unit = ARROW / scale;
  for (const [name, items] of Object.entries(groups)) {
    const ends = [0, 0];
    for (const { id, arrow } of items) {
      const length = turn(arrow, tangent) * unit;
      const k = length > 0 ? 0 : 1;
      paths[id] = arrowPath(
        ...at(ends[k], LANES[name][0]),
        ...at(ends[k] + length, LANES[name][0]),
        2.2,
        6.5,
      );
      ends[k] += length;
    }
  }
  for (const name of SUMS) {
    const lane = LANES[name].at(-1) ?? 0;
    const bold = name === 'resultant';
    paths[name] = arrowPath(
      ...at(0, lane),
      ...at(turn(sums[name], tangent) * unit, lane),
      bold ? 5.5 : 4,
      bold ? 14 : 11,
    );
  }
  const [a, b] = [at(0, 15), at(0, 61)].map((p) => p.map((v) => v.toFixed(1)).join(' '));
  return { paths, stem: `M${a}L${b}` };
}

/**
 * @param {Sphere} globe
 * @param {number[]} query
 * @param {Groups} groups
 * @param {Sums} sums
 * @param {{ scale: number }} how
 * @returns {Drawn}
 */
function fan(globe, query, groups, sums, { scale }) {
  const { x, y, near } = globe.see(query);
  const unit = ARROW / scale;
  /**
   * @param {number[]} arrow
   * @param {number} width
   * @param {number} head
   */
  const path = (arrow, width, head) => {
    const [dx, dy] = globe.tilted(arrow);
    const length = Math.hypot(dx, dy);
    if (length * unit < 0.7) return '';
    const [ux, uy] = [dx / length, dy / length];
    return arrowPath(
      x + ux * ROOM,
      y + uy * ROOM,
      x + ux * ROOM + dx * unit,
      y + uy * ROOM + dy * unit,
      width,
      head,
    );
  };
  /** @type {Record<string, string>} */
  const paths = {};
  for (const items of Object.values(groups))
    for (const { id, arrow } of items) paths[id] = path(arrow, 1.6, 6);
  for (const name of SUMS)
    paths[name] = path(sums[name], name === 'resultant' ? 5 : 4, name === 'resultant' ? 14 : 11);
  return { paths, stem: '', far: near < 0 };
}

export class Arrows {
  constructor() {
    this.stem = el('svg:path', { class: 'stem' });
    this.single = el('svg:g', { class: 'single' });
    this.sums = Object.fromEntries(
      SUMS.map((name) => [name, el('svg:path', { class: `sum ${name}` })]),
    );
    this.node = el(
      'svg:g',
      { class: 'arrows', 'aria-hidden': 'true' },
      this.stem,
      this.single,
      ...Object.values(this.sums),
    );
    /** @type {Map<string, SVGPathElement>} */
    this.made = new Map();
  }

  /** @param {string} id */
  path(id) {
    let node = this.made.get(id);
    if (!node) {
      node = el('svg:path', { class: 'arrow', 'data-of': id });
      this.made.set(id, node);
      this.single.append(node);
    }
    return node;
  }

  /**
   * items: [{id, group, arrow, pull}]; reading null hides everything.
   * @param {Circle | Sphere} surface
   * @param {number[]} query
   * @param {Pushed[]} items
   * @param {Reading | null} reading
   * @param {number} scale
   */
  set(surface, query, items, reading, scale) {
    const show = reading !== null;
    setAttribute(this.node, 'display', show ? null : 'none');
    if (!show) return;
    const groups = {
      attraction: items.filter(({ group }) => group === 'positives'),
      repulsion: items.filter(({ group }) => group !== 'positives'),
    };
    const { resultant } = reading;
    const sums = {
      attraction: resultant.attraction,
      repulsion: resultant.repulsion,
      resultant: resultant.arrow,
    };
    const how = { tangent: reading.tangent, scale };
    const { paths, stem, far } =
      surface instanceof Sphere
        ? fan(surface, query, groups, sums, how)
        : lanes(surface, query, groups, sums, how);
    setAttribute(this.stem, 'd', stem);
    setAttribute(this.node, 'data-far', far ? 'true' : null);
    const seen = new Set();
    for (const { id, group, pull } of items) {
      const node = this.path(id);
      seen.add(id);
      setAttribute(node, 'd', paths[id]);
      setAttribute(node, 'data-sign', pull > 0 ? 'in' : 'out');
      setAttribute(node, 'data-group', group);
    }
    for (const [id, node] of this.made) {
      if (seen.has(id)) continue;
      node.remove();
      this.made.delete(id);
    }
    for (const name of SUMS) setAttribute(this.sums[name], 'd', paths[name]);
  }
}
