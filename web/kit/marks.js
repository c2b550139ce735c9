// What is drawn over and under the flat cloud: the query and its company, the circle, the trails.

import { CLASSES } from './colours.js';
import { el } from './dom.js';
import { sharpness } from './sharpness.js';

/** @import { Company, Frame, Point, Theme, Trails } from './types.d.ts' */
/** @import { Plane } from './plane.js' */

/** @typedef {[colour: string | null, members: number[]][]} TrailGroups */

const TRAIL = 6;
const STAR = Array.from({ length: 10 }, (_, i) => {
  const [r, t] = [i % 2 ? 3.4 : 8, (i * Math.PI) / 5 - Math.PI / 2];
  return `${(r * Math.cos(t)).toFixed(1)},${(r * Math.sin(t)).toFixed(1)}`;
}).join(' ');

/**
 * Trails in the colours of the classes, when there are few enough; of some images only where said.
 * @param {Trails} trails
 * @param {Theme} theme
 * @returns {TrailGroups}
 */
export function trailGroups({ on, labels, names = [], only }, theme) {
  if (!on || !labels) return [];
  const palette = CLASSES[theme];
  const drawn = only ?? labels.map((_, i) => i);
  if (names.length > palette.length) return [[null, drawn]];
  /** @type {TrailGroups} */
  const groups = names.map((_, k) => [palette[k], []]);
  /** @type {number[]} */
  const rest = []; // without a label
  for (const i of drawn) (groups[labels[i]]?.[1] ?? rest).push(i);
  return rest.length ? [...groups, [null, rest]] : groups;
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {string} kind
 */
function line([x1, y1], [x2, y2], kind) {
  const ends = { x1: x1.toFixed(1), y1: y1.toFixed(1), x2: x2.toFixed(1), y2: y2.toFixed(1) };
  return el('svg:line', { class: kind, ...ends });
}

/**
 * @param {Point} at
 * @param {string} kind
 * @param {number} r
 */
function ring([x, y], kind, r) {
  return el('svg:circle', { class: kind, cx: x.toFixed(1), cy: y.toFixed(1), r });
}

/**
 * @param {Point} at
 * @param {number} k  how many times larger than at a desk
 */
function diamond([x, y], k) {
  const side = 6 * k;
  return el('svg:path', {
    class: 'synthetic',
    d: `M${x.toFixed(1)} ${(y - side).toFixed(1)}l${side} ${side}l${-side} ${side}l${-side} ${-side}z`,
  });
}

/**
 * @param {Point} at
 * @param {number} k
 */
function star([x, y], k) {
  const transform = `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${k})`;
  return el(
    'svg:g',
    { class: 'star', transform },
    el('svg:circle', { r: 13 }),
    el('svg:polygon', { points: STAR }),
  );
}

export class Marks {
  /** What a person was told of: places, and indices of points for the query and the negatives. */
  /** @type {Company<any> | null} */
  given = null;
  /** Points that are pointed at elsewhere. */
  /** @type {number[]} */
  lit = [];
  times = 1;

  /**
   * @param {HTMLCanvasElement} under
   * @param {SVGSVGElement} over
   */
  constructor(under, over) {
    this.under = under;
    this.over = over;
  }

  clear() {
    this.over.replaceChildren();
  }

  /**
   * @param {Plane} plane
   * @param {object} now
   * @param {Float32Array} now.at  the places of the cloud
   * @param {Frame} now.frame
   * @param {number | null} now.over  the point under the hand
   */
  draw(plane, { at, frame, over }) {
    if (!plane.window()) return;
    const { query, negatives = [], ...more } = this.given ?? {};
    /** @type {(index: number) => number[]} */
    const xy = (index) => [at[2 * index], at[2 * index + 1]];
    /** @type {(indices: number[]) => number[][]} */
    const there = (indices) => indices.filter((k) => k < frame.n).map(xy);
    this.drawOver(
      plane,
      { ...more, query: Number.isInteger(query) ? xy(query) : query, negatives: there(negatives) },
      there([...(over === null ? [] : [over]), ...this.lit]),
    );
  }

  /**
   * @param {Plane} plane
   * @param {Company<number[]>} company
   * @param {number[][]} rings
   */
  drawOver(plane, { query, positives = [], negatives = [], synthetics = [] }, rings) {
    const k = this.times;
    const at = (/** @type {number[]} */ xy) => /** @type {Point} */ (plane.place(xy[0], xy[1]));
    /** @type {Element[]} */
    const parts = [];
    if (query) {
      const here = at(/** @type {number[]} */ (query));
      for (const { xy, parents } of synthetics)
        parts.push(...parents.map((parent) => line(at(xy), at(parent), 'to-parent')));
      parts.push(
        ...positives.map((xy) => line(here, at(xy), 'to-positive')),
        ...negatives.map((xy) => ring(at(xy), 'negative', 7 * k)),
        ...synthetics.map(({ xy }) => diamond(at(xy), k)),
        ...positives.map((xy) => ring(at(xy), 'positive', 5 * k)),
        star(here, k),
      );
    }
    this.over.replaceChildren(...parts, ...rings.map((xy) => ring(at(xy), 'hovered', 9 * k)));
  }

  /**
   * @param {Plane} plane
   * @param {object} now
   * @param {boolean} now.circle  the cloud lies on the circle itself
   * @param {Float32Array} now.at
   * @param {Trails} now.trails
   * @param {Theme} now.theme
   */
  drawUnder(plane, { circle, at, trails, theme }) {
    const [width, height] = plane.size();
    const ratio = sharpness(2);
    const canvas = this.under;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    if (!plane.window()) return;
    const grey = theme === 'dark' ? '255,255,255' : '20,28,40';
    if (circle) {
      const [[x, y], [edge]] = [plane.place(0, 0) ?? [0, 0], plane.place(1, 0) ?? [0, 0]];
      pen.strokeStyle = `rgba(${grey},.16)`;
      pen.lineWidth = 1.5 * this.times;
      pen.beginPath();
      pen.arc(x, y, edge - x, 0, 2 * Math.PI);
      pen.stroke();
    }
    const films = trails.on ? trails.frames.slice(0, TRAIL).map(({ xy }) => xy) : [];
    if (films.length) this.drawTrails(pen, plane, [at, ...films], trailGroups(trails, theme), grey);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Plane} plane
   * @param {Float32Array[]} films  places, newest first
   * @param {TrailGroups} groups
   * @param {string} grey
   */
  drawTrails(pen, plane, films, groups, grey) {
    films.slice(0, -1).forEach((newer, age) => {
      const older = films[age + 1];
      pen.lineWidth = (2 - 0.25 * age) * this.times;
      pen.globalAlpha = 0.65 * (1 - age / films.length);
      for (const [colour, members] of groups) {
        pen.strokeStyle = colour ?? `rgb(${grey})`;
        pen.beginPath();
        for (const i of members) {
          const [x0, y0] = plane.place(older[2 * i], older[2 * i + 1]) ?? [NaN, NaN];
          const [x1, y1] = plane.place(newer[2 * i], newer[2 * i + 1]) ?? [NaN, NaN];
          pen.moveTo(x0, y0);
          pen.lineTo(x1, y1);
        }
        pen.stroke();
      }
    });
    pen.globalAlpha = 1;
  }
}
