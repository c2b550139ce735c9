// A line chart of a few entries on shared axes, each named at its line's end.

import { apart, axis, shortNumber, span, tickText, ticks } from './axes.js';
import { el, fillRows, setAttribute, show } from './dom.js';
import { pointAt } from './points.js';
import { markPath } from './styles.js';

/** @import { Interval, Level, Line, LinePoint } from './types.d.ts' */

const LINE = 15;
const SIZES = { on: 4.4, present: 7 };

/**
 * @typedef {object} Drawing
 * @property {Line[]} lines
 * @property {Interval} x
 * @property {Interval | null} [y]  by the lines unless given
 * @property {number} width
 * @property {number} height
 * @property {string} unit
 * @property {Level[]} [levels]  drawn as dotted lines
 * @property {number} [zero]  a value to compare with
 * @property {string} foot  names the x axis, empty for none
 * @property {string} title
 */

/** @typedef {{ left: number, right: number, top: number, base: number, height: number, room: number }} Area */
/** @typedef {ReturnType<typeof axis>} Axis */

/**
 * A text of the axes.
 * @param {string} kind
 * @param {number | string} x
 * @param {number | string} y
 * @param {string} text
 * @param {string | null} [anchor]
 */
function words(kind, x, y, text, anchor = null) {
  return el('svg:text', { class: kind, x, y, 'text-anchor': anchor, text });
}

/**
 * @param {string} kind
 * @param {Area} area
 * @param {number | string} y
 */
function level(kind, { left, right }, y) {
  return el('svg:line', { class: kind, x1: left, x2: right, y1: y, y2: y });
}

export class Chart {
  /** @type {Axis | null} */
  x = null;
  /** @type {Axis | null} */
  y = null;
  /** @type {(value: number) => number} */
  px = () => NaN;
  /** @type {(value: number) => number} */
  py = () => NaN;
  /** @type {Line[]} */
  lines = [];
  /** @type {Area} */
  area = { left: 0, right: 0, top: 0, base: 0, height: 0, room: 0 };

  /**
   * Both are told where the hand is, in the units of the axes; nulls where it is nowhere.
   * @param {object} hand
   * @param {(x: number | null, y: number | null) => void} hand.pointed
   * @param {(x: number | null, y: number | null) => void} hand.picked
   * @param {boolean} [hand.names]  each line is named at its end
   */
  constructor({ pointed, picked, names = true }) {
    this.names = names;
    this.under = el('svg:g', {});
    this.upright = el('svg:line', { hidden: true });
    this.marks = el('svg:g', {});
    this.node = el(
      'svg:svg',
      { class: 'chart', 'aria-hidden': 'true' },
      this.under,
      this.upright,
      this.marks,
    );
    this.node.addEventListener('pointermove', (event) => pointed(...this.placeOf(event)));
    this.node.addEventListener('pointerleave', () => pointed(null, null));
    this.node.addEventListener('click', (event) => picked(...this.placeOf(event)));
  }

  /**
   * @param {MouseEvent} event
   * @returns {[number | null, number | null]}
   */
  placeOf(event) {
    if (!this.x || !this.y) return [null, null];
    const box = this.node.getBoundingClientRect();
    const shrunk = this.node.viewBox.baseVal.width / box.width; // presented, it is drawn larger
    return [
      this.x.of((event.clientX - box.left) * shrunk),
      this.y.of((event.clientY - box.top) * shrunk),
    ];
  }

  /** @param {Drawing} drawing */
  draw({ lines, x, y = null, width, height, unit, levels = [], zero = NaN, foot, title }) {
    const area = this.fit(lines, width, height, Boolean(foot));
    setAttribute(this.node, 'viewBox', `0 0 ${width} ${height}`);
    const known = [...levels.map(({ value }) => value), zero].filter(Number.isFinite);
    const [low, high] = y ?? span(lines, known);
    this.x = axis(x, [area.left, area.right]);
    this.y = axis([low, high], [area.base, area.top]);
    const { to } = this.y;
    this.px = this.x.to;
    this.py = (value) => to(Math.min(high, Math.max(low, value)));
    this.lines = lines;
    this.area = area;
    const parts = this.upwards([low, high], unit, title);
    if (foot) parts.push(...this.along(x, foot));
    if (Number.isFinite(zero)) parts.push(level('zero', area, this.py(zero)));
    for (const line of lines) parts.push(...this.line(line));
    parts.push(...this.levels(levels));
    if (this.names) parts.push(...this.ends(lines));
    this.under.replaceChildren(...parts);
  }

  /**
   * The room of the lines within the picture.
   * @param {Line[]} lines
   * @param {number} width
   * @param {number} height
   * @param {boolean} hasFoot
   * @returns {Area}
   */
  fit(lines, width, height, hasFoot) {
    const longest = Math.max(4, ...lines.map(({ label }) => label.length));
    const room = this.names ? Math.min(width * 0.36, 30 + 6.1 * longest) : 12;
    const [left, top] = [46, 18];
    const w = Math.max(40, width - left - room);
    const h = Math.max(20, height - top - (hasFoot ? 32 : 8));
    return { left, right: left + w, top, base: top + h, height, room };
  }

  /**
   * The upright axis: lines across, their values, what they are of.
   * @param {Interval} range
   * @param {string} unit
   * @param {string} title
   * @returns {Element[]}
   */
  upwards([low, high], unit, title) {
    const { area } = this;
    const wanted = Math.max(2, (area.base - area.top) / 30);
    const marks = ticks(low, high, wanted).flatMap((tick) => {
      const at = this.py(tick).toFixed(1);
      const text = tickText(tick, unit);
      return [level('grid', area, at), words('tick', area.left - 6, Number(at) + 4, text, 'end')];
    });
    return [...marks, words('axis', area.left - 40, 11, title)];
  }

  /**
   * The level axis.
   * @param {Interval} range
   * @param {string} foot
   * @returns {Element[]}
   */
  along([low, high], foot) {
    const { left, right, base, height } = this.area;
    const marks = ticks(low, high, (right - left) / 90).map((tick) =>
      words('tick', this.px(tick).toFixed(1), base + 14, shortNumber(tick), 'middle'),
    );
    return [...marks, words('axis', (left + right) / 2, height - 4, foot, 'middle')];
  }

  /**
   * Values to compare with, each named over the end of its line; names that would meet stand side by
   * side.
   * @param {Level[]} levels
   * @returns {Element[]}
   */
  levels(levels) {
    const known = levels
      .filter(({ value }) => Number.isFinite(value))
      .sort((a, b) => b.value - a.value);
    let [x, above] = [this.area.right - 3, -Infinity];
    return known.flatMap(({ value, name }) => {
      const y = this.py(value);
      if (y - above < LINE) x -= 66;
      above = y;
      return [
        level('level', this.area, y.toFixed(1)),
        words('tick level-name', x, (y - 4).toFixed(1), name, 'end'),
      ];
    });
  }

  /**
   * @param {Line} line
   * @returns {Element[]}
   */
  line({ points, dash, colour, base }) {
    const { px, py } = this;
    const d = points
      .map(([x, y], i) => `${i ? 'L' : 'M'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`)
      .join('');
    const drawn = el('svg:path', {
      class: 'line',
      d,
      stroke: colour,
      'stroke-dasharray': dash || null,
    });
    return base ? [el('svg:path', { class: 'pinned', d }), drawn] : [drawn];
  }

  /**
   * @param {Line[]} lines
   * @returns {Element[]}
   */
  ends(lines) {
    const { right: edge, top, base: foot, room } = this.area;
    const shown = lines.filter(({ points }) => points.length);
    const wanted = shown.map(({ points }) => this.py(points[points.length - 1][1]));
    const at = apart(wanted, LINE, top + 6, foot);
    const most = Math.floor((room - 22) / 5.9);
    return shown.flatMap(({ label, mark, colour, points, base }, i) => {
      const [x, y] = [this.px(points[points.length - 1][0]), wanted[i]];
      const name = label.length > most ? `${label.slice(0, most - 1).trimEnd()}…` : label;
      return [
        el('svg:path', {
          class: edge - x > 12 ? 'lead long' : 'lead',
          d: `M${x.toFixed(1)} ${y.toFixed(1)}L${edge + 6} ${at[i].toFixed(1)}`,
        }),
        el('svg:path', {
          d: markPath(mark, 4),
          fill: colour,
          transform: `translate(${(edge + 11).toFixed(1)} ${at[i].toFixed(1)})`,
        }),
        el(
          'svg:text',
          { class: base ? 'name base' : 'name', x: edge + 19, y: (at[i] + 4).toFixed(1) },
          name,
          el('svg:title', { text: label }),
        ),
      ];
    });
  }

  /**
   * A vertical line at the hand (or at the moment shown), on each line a mark where it was measured.
   * @param {number | null} x
   * @param {boolean} [isHand]
   */
  point(x, isHand = false) {
    const there = this.x !== null && x !== null;
    show(this.upright, there);
    if (!there) {
      this.marks.replaceChildren();
      return;
    }
    const at = this.px(x).toFixed(1);
    setAttribute(this.upright, 'class', isHand ? 'hand' : 'now');
    setAttribute(this.upright, 'x1', at);
    setAttribute(this.upright, 'x2', at);
    setAttribute(this.upright, 'y1', this.area.top);
    setAttribute(this.upright, 'y2', this.area.base);
    this.mark(
      this.lines.map((line) => ({ line, point: pointAt(line.points, x) })),
      'on',
    );
  }

  /**
   * Marks on the lines. They are moved, not made anew: a new node has the browser look at the whole
   * page again.
   * @param {{ line: Line, point: LinePoint | null | undefined }[]} found
   * @param {keyof typeof SIZES} size
   */
  mark(found, size) {
    fillRows(
      this.marks,
      found.flatMap(({ line, point }) => (point ? [{ line, point }] : [])),
      () => el('svg:path', { class: 'on-line' }),
      (node, { line, point: [x, y] }) => {
        setAttribute(node, 'd', markPath(line.mark, SIZES[size]));
        setAttribute(node, 'fill', line.colour ?? null);
        const at = `${this.px(x).toFixed(1)} ${this.py(y).toFixed(1)}`;
        setAttribute(node, 'transform', `translate(${at})`);
      },
    );
  }

  clear() {
    this.under.replaceChildren();
    this.point(null);
    this.x = null;
  }
}
