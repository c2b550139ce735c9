// A line chart of a few entries on shared axes, each named at its line's end.

import { el, setAttribute, setText } from '../live/elements.js';
import { markPath } from './styles.js';

const LINE = 15;

// About `wanted` round values that cover a range.
export function ticks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((m) => m * power >= rough);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) found.push(Number((i * step).toPrecision(12)));
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
  const all = lines.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite).sort((a, b) => a - b);
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
  // pointed(x or null) and picked(x) tell where the hand is, in the units of the horizontal axis.
  constructor({ pointed, picked, names = true }) {
    Object.assign(this, { names, x: null });
    this.under = el('svg:g', {});
    this.cross = el('svg:g', { class: 'cross' });
    this.node = el('svg:svg', { class: 'chart', 'aria-hidden': 'true' }, this.under, this.cross);
    const at = (event) => {
      if (!this.x) return null;
      const box = this.node.getBoundingClientRect();
      return this.x.of((event.clientX - box.left) * (this.node.viewBox.baseVal.width / box.width));
    };
    this.node.addEventListener('pointermove', (event) => pointed(at(event)));
    this.node.addEventListener('pointerleave', () => pointed(null));
    this.node.addEventListener('click', (event) => picked(at(event)));
  }

  // lines: [{label, dash, colour, mark, base, points: [[x, y]]}]; x: [least, most].
  draw({ lines, x, width, height, unit, chance, zero, foot, text, title }) {
    const [left, right, top, bottom] = [46, this.names ? Math.min(width * 0.36, 30 + 6.1 * Math.max(4, ...lines.map(({ label }) => label.length))) : 12, 14, foot ? 30 : 6];
    const [w, h] = [Math.max(40, width - left - right), Math.max(20, height - top - bottom)];
    setAttribute(this.node, 'viewBox', `0 0 ${width} ${height}`);
    const [low, high] = span(lines, [chance, zero].filter(Number.isFinite));
    const [x0, x1] = x;
    const px = (v) => left + (w * (v - x0)) / (x1 - x0 || 1);
    const py = (v) => top + h * (1 - (Math.min(high, Math.max(low, v)) - low) / (high - low));
    this.x = { of: (pixel) => x0 + ((Math.min(left + w, Math.max(left, pixel)) - left) / w) * (x1 - x0) };
    Object.assign(this, { px, py, lines, top, base: top + h, text, edge: left + w });
    const parts = [];
    for (const tick of ticks(low, high, Math.max(2, h / 30))) {
      const y = py(tick).toFixed(1);
      parts.push(el('svg:line', { class: 'grid', x1: left, x2: left + w, y1: y, y2: y }));
      const label = unit === 'share' ? `${Number((100 * tick).toPrecision(6))}` : Number(tick.toPrecision(6)).toLocaleString('en');
      parts.push(el('svg:text', { class: 'tick', x: left - 6, y: Number(y) + 4, 'text-anchor': 'end', text: label.replace('-', '−') }));
    }
    parts.push(el('svg:text', { class: 'axis', x: left - 40, y: 9, text: title }));
    if (foot) {
      for (const tick of ticks(x0, x1, w / 90)) {
        parts.push(el('svg:text', { class: 'tick', x: px(tick).toFixed(1), y: top + h + 14, 'text-anchor': 'middle', text: shortNumber(tick) }));
      }
      parts.push(el('svg:text', { class: 'axis', x: left + w / 2, y: height - 3, 'text-anchor': 'middle', text: foot }));
    }
    if (Number.isFinite(chance)) {
      const y = py(chance).toFixed(1);
      parts.push(el('svg:line', { class: 'chance', x1: left, x2: left + w, y1: y, y2: y }),
        el('svg:text', { class: 'tick', x: left + w - 3, y: Number(y) - 4, 'text-anchor': 'end', text: 'chance' }));
    }
    if (Number.isFinite(zero)) parts.push(el('svg:line', { class: 'zero', x1: left, x2: left + w, y1: py(zero), y2: py(zero) }));
    for (const line of lines) parts.push(...this.line(line));
    if (this.names) parts.push(...this.ends(lines, left + w, [top + 6, top + h], right));
    this.under.replaceChildren(...parts);
  }

  line({ points, dash, colour, base }) {
    const { px, py } = this;
    const d = points.map(([x, y], i) => `${i ? 'L' : 'M'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join('');
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
        el('svg:path', { class: edge - x > 12 ? 'lead long' : 'lead', d: `M${x.toFixed(1)} ${y.toFixed(1)}L${edge + 6} ${at[i].toFixed(1)}` }),
        el('svg:path', { d: markPath(mark, 4), fill: colour, transform: `translate(${(edge + 11).toFixed(1)} ${at[i].toFixed(1)})` }),
        el('svg:text', { class: base ? 'name base' : 'name', x: edge + 19, y: (at[i] + 4).toFixed(1) }, name, el('svg:title', { text: label })),
      ];
    });
  }

  // A vertical line at the hand (or at the moment shown), a mark on each line.
  point(x, isHand) {
    if (!this.x || x === null) {
      this.cross.replaceChildren();
      return;
    }
    const at = this.px(x);
    const marks = this.lines.map((line) => ({ line, y: valueAt(line.points, x) })).filter(({ y }) => y !== null);
    this.cross.replaceChildren(
      el('svg:line', { class: isHand ? 'hand' : 'now', x1: at, x2: at, y1: this.top, y2: this.base }),
      ...marks.map(({ line, y }) => el('svg:path', { class: 'on-line', d: markPath(line.mark, 4.4), fill: line.colour, transform: `translate(${at.toFixed(1)} ${this.py(y).toFixed(1)})` })));
  }

  clear() {
    this.under.replaceChildren();
    this.cross.replaceChildren();
    this.x = null;
    setText(this.cross, '');
  }
}

// The last value at or before x.
export function valueAt(points, x) {
  let [low, high] = [0, points.length - 1];
  if (high < 0 || points[0][0] > x + 1e-9) return null;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (points[middle][0] <= x + 1e-9) low = middle;
    else high = middle - 1;
  }
  return points[low][1];
}

function shortNumber(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(3))} k`;
  return Number(value.toPrecision(4)).toLocaleString('en');
}
