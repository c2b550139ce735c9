// One mark of the scene: its dot, its bar of weight with a number, and the line of its pull.

import { el, setAttribute, setText } from '../../kit/dom.js';
import { BAR, LINE } from './scales.js';

/** @import { AnyMark, Item, Middle, Seen } from './types.d.ts' */

const REACH = 17;
const ROOM = 46;
const HEADS = {
  in: 'M-7 -3.6L-2.4 0L-7 3.6M7 -3.6L2.4 0L7 3.6',
  out: 'M-2.4 -3.6L-7 0L-2.4 3.6M2.4 -3.6L7 0L2.4 3.6',
};
const GAP = 13;

export const STAR = Array.from({ length: 10 }, (_, i) => {
  const [r, t] = [i % 2 ? 3.3 : 8, (i * Math.PI) / 5 - Math.PI / 2];
  return `${(r * Math.cos(t)).toFixed(1)},${(r * Math.sin(t)).toFixed(1)}`;
}).join(' ');

/**
 * @param {Element} node
 * @param {Record<string, string | number | null | false | undefined>} values
 */
const put = (node, values) =>
  Object.entries(values).forEach(([name, value]) => setAttribute(node, name, value ?? null));
/** @param {number} value */
const at = (value) => value.toFixed(1);

/**
 * @param {Item['group']} group
 * @param {number} number
 */
function shapes(group, number) {
  const text = el('svg:text', { class: 'index', text: number });
  if (group === 'query')
    return [
      el('svg:circle', { class: 'ring', r: 13 }),
      el('svg:polygon', { class: 'star', points: STAR }),
    ];
  if (group === 'synthetics')
    return [el('svg:path', { class: 'dot', d: 'M0 -8.5L8.5 0L0 8.5L-8.5 0Z' }), text];
  return [el('svg:circle', { class: 'dot', r: 8.5 }), text];
}

/**
 * Two figures are enough beside a bar; the table has three.
 * @param {number} weight
 */
export function brief(weight) {
  if (weight >= 0.995) return '1';
  if (weight < 0.0005) return '<.001';
  return weight >= 0.0995 ? weight.toFixed(2).slice(1) : weight.toFixed(3).slice(1);
}

/** @typedef {Record<'ancestry' | 'lines' | 'bars' | 'marks', SVGGElement>} Layers */

export class Mark {
  /** On the screen: where it is seen, where it makes room, and where its bar stands. */
  /** @type {Seen | null} */
  seen = null;
  here = [0, 0];
  foot = [0, 0];
  outward = [0, 0];
  far = false;
  /** @type {number | null} */
  weight = null;
  label = { x: 0, y: 0, half: 0 };

  /**
   * @param {string} id
   * @param {Item['group']} group
   * @param {Layers} layers
   * @param {Record<string, unknown>} [attributes]
   */
  constructor(id, group, layers, attributes = {}) {
    this.id = id;
    this.group = group;
    this.layers = layers;
    this.line = el('svg:path', { class: 'line', 'data-of': id });
    this.behind = el('svg:path', { class: 'line behind', 'data-of': id });
    this.heads = el('svg:path', { class: 'heads', 'data-of': id });
    this.bar = el('svg:line', { class: 'bar', 'data-of': id, 'data-group': group });
    this.number = el('svg:text', { class: 'number', 'data-of': id, 'data-group': group });
    this.node = el(
      'svg:g',
      { class: 'mark', 'data-mark': id, 'data-group': group, ...attributes },
      el('svg:circle', { class: 'reach', r: REACH }),
      el('svg:circle', { class: 'halo', r: 12.5 }),
      ...shapes(group, Number(id.slice(1)) + 1),
    );
    this.parts = [this.line, this.behind, this.heads, this.bar, this.number, this.node];
    layers.lines.append(this.behind, this.line, this.heads);
    layers.bars.append(this.bar, this.number);
    layers.marks.append(this.node);
    this.chord = el('svg:path', { class: 'parents', 'data-of': id });
    this.drop = el('svg:path', { class: 'drop', 'data-of': id });
    this.before = el('svg:circle', { class: 'before', r: 2.6, 'data-of': id });
    if (group === 'synthetics') this.addParents();
  }

  // How a mix came to be: the chord of its parents, its place on it, and where normalising put it.
  addParents() {
    this.layers.ancestry.append(this.chord, this.drop, this.before);
    this.parts.push(this.chord, this.drop, this.before);
  }

  /**
   * seen: on the screen; outward: the way its bar points; pile: how far it makes room for another.
   * @param {Seen} seen
   * @param {{ outward: number[], pile: number[], aside: number[] }} how
   */
  place(seen, { outward, pile, aside }) {
    this.seen = seen;
    this.here = [seen.x + pile[0], seen.y + pile[1]];
    this.foot = [this.here[0] + aside[0], this.here[1] + aside[1]];
    this.outward = outward;
    const far = seen.near < 0;
    setAttribute(
      this.node,
      'transform',
      `translate(${at(this.here[0])} ${at(this.here[1])})${far ? ' scale(.74)' : ''}`,
    );
    if (far === this.far) return;
    this.far = far;
    this.parts.forEach((part) => part.classList.toggle('far', far));
  }

  /**
   * The heads half-way face each other where the two are drawn together, else they turn away.
   * @param {string[]} paths
   * @param {number | null} pull
   * @param {number} top
   * @param {Middle} middle
   */
  setLine([near, behind], pull, top, middle) {
    const width =
      pull === null || pull === 0
        ? null
        : Math.min(2 * LINE, Math.max(0.9, (LINE * Math.abs(pull)) / top)).toFixed(2);
    const sign = pull !== null && pull > 0 ? 'in' : 'out';
    put(this.line, { d: width && near, 'stroke-width': width, 'data-sign': sign });
    put(this.behind, { d: width && behind, 'stroke-width': width, 'data-sign': sign });
    const seen = width && middle.near >= 0 && middle.length > ROOM;
    put(this.heads, {
      d: seen && HEADS[sign],
      'data-sign': sign,
      transform:
        seen &&
        `translate(${at(middle.x)} ${at(middle.y)})rotate(${at((middle.turn * 180) / Math.PI)})`,
    });
  }

  /**
   * @param {number | null} weight
   * @param {number} top
   */
  setWeight(weight, top) {
    this.weight = weight;
    if (weight === null) {
      setAttribute(this.bar, 'display', 'none');
      setText(this.number, '');
      return;
    }
    const [ox, oy] = this.outward;
    const [x, y] = this.foot;
    const length = Math.min(1.5 * BAR, (BAR * weight) / top);
    const end = GAP + length;
    put(this.bar, {
      display: length < 0.3 ? 'none' : null,
      x1: at(x + ox * GAP),
      y1: at(y + oy * GAP),
      x2: at(x + ox * end),
      y2: at(y + oy * end),
    });
    const text = brief(weight);
    const half = text.length * 3.1;
    const past = end + 3 + Math.abs(ox) * half + Math.abs(oy) * 5;
    this.label = { x: x + ox * past, y: y + oy * past, half };
    setText(this.number, text);
    put(this.number, { x: at(this.label.x), y: at(this.label.y) });
  }

  /** @param {AnyMark | null} reading */
  setReading(reading) {
    put(this.node, {
      'data-weight': reading?.weight ?? null,
      'data-pull': reading?.pull ?? null,
      'data-still': reading?.still ?? null,
    });
  }

  /**
   * @param {string} chord
   * @param {string} drop
   * @param {Seen} before
   */
  setParents(chord, drop, { x, y }) {
    setAttribute(this.chord, 'd', chord);
    setAttribute(this.drop, 'd', drop);
    put(this.before, { cx: at(x), cy: at(y) });
  }

  /**
   * @param {boolean} lit
   * @param {boolean} selected
   */
  setLit(lit, selected) {
    this.parts.forEach((part) => part.classList.toggle('lit', lit));
    this.node.classList.toggle('selected', selected);
  }

  remove() {
    this.parts.forEach((part) => part.remove());
  }
}

const DOT = 9;

/**
 * Hides the numbers that would stand on another or on a mark: the lit one and the largest stay.
 * @param {Mark[]} marks
 * @param {string | null} lit
 */
export function clearNumbers(marks, lit) {
  const labelled = marks.filter((mark) => mark.weight !== null);
  labelled.sort(
    (a, b) => Number(b.id === lit) - Number(a.id === lit) || (b.weight ?? 0) - (a.weight ?? 0),
  );
  /** @type {Mark['label'][]} */
  const kept = [];
  for (const mark of labelled) {
    const { x, y, half } = mark.label;
    const clear = marks.every(
      (other) =>
        other === mark ||
        other.far !== mark.far ||
        Math.abs(other.here[0] - x) > half + DOT ||
        Math.abs(other.here[1] - y) > DOT + 3,
    );
    const free =
      (clear || mark.id === lit) &&
      kept.every(
        (other) => Math.abs(other.x - x) > other.half + half + 1 || Math.abs(other.y - y) > 10.5,
      );
    setAttribute(mark.number, 'display', free ? null : 'none');
    if (free) kept.push(mark.label);
  }
}
