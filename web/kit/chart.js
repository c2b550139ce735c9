// A line chart of a few entries on shared axes, each named at its line's end.

import { el, fillRows, setAttribute, show } from './dom.js';
import { pointAt } from '../compare/view/points.js';
import { markPath } from './styles.js';

const LINE = 15;
const SIZES = { on: 4.4, present: 7 };

// About `wanted` round values that cover a range.
export function ticks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((m) => m * power >= rough);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}

// Labels pushed apart so that none lies on another: positions in, positions out, in order.
export function apart(wanted, space, low, high) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const at = [];
  let edge = low;
  for (const i of order) {
    at[i] = Math.max(edge, wanted[i]);
    edge = at[i] + space;
  }
  edge = high;
  for (const i of [...order].reverse()) {
    at[i] = Math.min(edge, at[i]);
    edge = at[i] - space;
  }
  return at;
}

// What most values span: a line that runs away does not flatten all others.
export function span(lines, extra) {
  const all = lines
    .flatMap(({ points }) => points.map(([, y]) => y))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (!all.length) return [0, 1];
  const at = (share) => all[Math.round((all.length - 1) * share)];
  let [low, high] = [all[0], all[all.length - 1]];
  const room = at(0.97) - at(0.03) || Math.abs(at(0.5)) * 0.1 || 0.1;
  high = Math.min(high, at(0.97) + 3 * room);
  low = Math.max(low, at(0.03) - 3 * room);
  for (const value of extra) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const pad = 0.06 * (high - low) || 0.05;
  return [low - pad, high + pad];
}

export class Chart {
  // pointed(x or null, y) and picked(x, y) tell where the hand is, in the units of the axes.
  constructor({ pointed, picked, names = true }) {
    this.names = names;
    this.x = null;
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
    const at = (event) => {
      if (!this.x) return [null, null];
      const box = this.node.getBoundingClientRect();
      const shrunk = this.node.viewBox.baseVal.width / box.width; // presented, it is drawn larger
      return [
        this.x.of((event.clientX - box.left) * shrunk),
        this.y.of((event.clientY - box.top) * shrunk),
      ];
    };
    this.node.addEventListener('pointermove', (event) => pointed(...at(event)));
    this.node.addEventListener('pointerleave', () => pointed(null, null));
    this.node.addEventListener('click', (event) => picked(...at(event)));
  }

  // lines: [{label, dash, colour, mark, base, points: [[x, y]]}]; x, y: [least, most], y by the
  // lines unless given; levels: [{value, name}] are drawn as dotted lines; foot names the x axis.
  draw({ lines, x, y = null, width, height, unit, levels = [], zero, foot, title }) {
    const [left, right, top, bottom] = [
      46,
      this.names
        ? Math.min(width * 0.36, 30 + 6.1 * Math.max(4, ...lines.map(({ label }) => label.length)))
        : 12,
      18,
      foot ? 32 : 8,
    ];
    const [w, h] = [Math.max(40, width - left - right), Math.max(20, height - top - bottom)];
    setAttribute(this.node, 'viewBox', `0 0 ${width} ${height}`);
    const [low, high] =
      y ?? span(lines, [...levels.map(({ value }) => value), zero].filter(Number.isFinite));
    const [x0, x1] = x;
    const px = (v) => left + (w * (v - x0)) / (x1 - x0 || 1);
    const py = (v) => top + h * (1 - (Math.min(high, Math.max(low, v)) - low) / (high - low));
    this.x = {
      of: (pixel) => x0 + ((Math.min(left + w, Math.max(left, pixel)) - left) / w) * (x1 - x0),
    };
    this.y = {
      of: (pixel) => low + (1 - (Math.min(top + h, Math.max(top, pixel)) - top) / h) * (high - low),
    };
    this.px = px;
    this.py = py;
    this.lines = lines;
    this.top = top;
    this.base = top + h;
    this.edge = left + w;
    const parts = [];
    for (const tick of ticks(low, high, Math.max(2, h / 30))) {
      const at = py(tick).toFixed(1);
      parts.push(el('svg:line', { class: 'grid', x1: left, x2: left + w, y1: at, y2: at }));
      const label =
        unit === 'share'
          ? `${Number((100 * tick).toPrecision(6))}`
          : Number(tick.toPrecision(6)).toLocaleString('en');
      parts.push(
        el('svg:text', {
          class: 'tick',
          x: left - 6,
          y: Number(at) + 4,
          'text-anchor': 'end',
          text: label.replace('-', '−'),
        }),
      );
    }
    parts.push(el('svg:text', { class: 'axis', x: left - 40, y: 11, text: title }));
    if (foot) {
      for (const tick of ticks(x0, x1, w / 90)) {
        parts.push(
          el('svg:text', {
            class: 'tick',
            x: px(tick).toFixed(1),
            y: top + h + 14,
            'text-anchor': 'middle',
            text: shortNumber(tick),
          }),
        );
      }
      parts.push(
        el('svg:text', {
          class: 'axis',
          x: left + w / 2,
          y: height - 4,
          'text-anchor': 'middle',
          text: foot,
        }),
      );
    }
    if (Number.isFinite(zero))
      parts.push(
        el('svg:line', { class: 'zero', x1: left, x2: left + w, y1: py(zero), y2: py(zero) }),
      );
    for (const line of lines) parts.push(...this.line(line));
    parts.push(...this.levels(levels, left, w));
    if (this.names) parts.push(...this.ends(lines, left + w, [top + 6, top + h], right));
    this.under.replaceChildren(...parts);
  }

  // Values to compare with, each named over the end of its line; names that would meet stand side
  // by side.
  levels(levels, left, w) {
    const known = levels
      .filter(({ value }) => Number.isFinite(value))
      .sort((a, b) => b.value - a.value);
    let [x, above] = [left + w - 3, -Infinity];
    return known.flatMap(({ value, name }) => {
      const y = this.py(value);
      if (y - above < LINE) x -= 66;
      above = y;
      return [
        el('svg:line', {
          class: 'level',
          x1: left,
          x2: left + w,
          y1: y.toFixed(1),
          y2: y.toFixed(1),
        }),
        el('svg:text', {
          class: 'tick level-name',
          x,
          y: (y - 4).toFixed(1),
          'text-anchor': 'end',
          text: name,
        }),
      ];
    });
  }

  line({ points, dash, colour, base }) {
    const { px, py } = this;
    const d = points
      .map(([x, y], i) => `${i ? 'L' : 'M'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`)
      .join('');
    return [
      base ? el('svg:path', { class: 'pinned', d }) : null,
      el('svg:path', { class: 'line', d, stroke: colour, 'stroke-dasharray': dash || null }),
    ].filter(Boolean);
  }

  ends(lines, edge, [low, high], room) {
    const shown = lines.filter(({ points }) => points.length);
    const wanted = shown.map(({ points }) => this.py(points[points.length - 1][1]));
    const at = apart(wanted, LINE, low, high);
    return shown.flatMap(({ label, mark, colour, points, base }, i) => {
      const [x, y] = [this.px(points[points.length - 1][0]), wanted[i]];
      const most = Math.floor((room - 22) / 5.9);
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

  // A vertical line at the hand (or at the moment shown), on each line a mark where it was measured.
  point(x, isHand) {
    const there = Boolean(this.x) && x !== null;
    show(this.upright, there);
    if (!there) {
      this.marks.replaceChildren();
      return;
    }
    const at = this.px(x).toFixed(1);
    for (const [name, value] of Object.entries({
      class: isHand ? 'hand' : 'now',
      x1: at,
      x2: at,
      y1: this.top,
      y2: this.base,
    }))
      setAttribute(this.upright, name, value);
    this.mark(
      this.lines.map((line) => ({ line, point: pointAt(line.points, x) })),
      'on',
    );
  }

  // Marks on the lines; `size` is "on" or "present". They are moved, not made anew: a new node has
  // the browser look at the whole page again.
  mark(found, size) {
    fillRows(
      this.marks,
      found.filter(({ point }) => point),
      () => el('svg:path', { class: 'on-line' }),
      (node, { line, point }) => {
        setAttribute(node, 'd', markPath(line.mark, SIZES[size]));
        setAttribute(node, 'fill', line.colour);
        setAttribute(
          node,
          'transform',
          `translate(${this.px(point[0]).toFixed(1)} ${this.py(point[1]).toFixed(1)})`,
        );
      },
    );
  }

  clear() {
    this.under.replaceChildren();
    this.point(null);
    this.x = null;
  }
}

function shortNumber(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(3))} k`;
  return Number(value.toPrecision(4)).toLocaleString('en');
}
