// A small curve of the flow with the other loss's behind it, on one range.

import { digits, el, setAttribute, setText } from '../../kit/dom.js';

const SPARK_HEIGHT = 32;

/** @param {number} units  drawn larger while presenting */
export const tall = (units) => `height:calc(${units}px*var(--k))`;

/**
 * @param {number[]} values
 * @param {(index: number) => number} x
 * @param {(value: number) => number} y
 */
export function path(values, x, y) {
  let d = '';
  values.forEach((value, i) => {
    if (Number.isFinite(value)) d += `${d ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  return d;
}

/** @param {number[]} values */
function rangeOf(values) {
  const known = values.filter(Number.isFinite);
  return [Math.min(...known), Math.max(...known)];
}

/**
 * Two ends of a range, as many decimals as tell them apart.
 * @param {number} value
 * @param {number} range
 */
function roundText(value, range) {
  return String(
    Math.abs(value) < 1e-6 ? 0 : Number(value.toFixed(Math.abs(value) < 1 || range < 0.3 ? 2 : 1)),
  ).replace('-', '−');
}

export class Spark {
  /** @type {number[] | null} */
  values = null;
  /** @type {(index: number) => number} */
  x = () => 0;

  /**
   * @param {string} name
   * @param {string} help
   */
  constructor(name, help) {
    this.title = el('h4', {});
    this.value = el('b', {});
    this.other = el('svg:path', { class: 'flow-other' });
    this.line = el('svg:path', { class: 'flow-line' });
    this.now = el('svg:line', { class: 'flow-now', y1: 0, y2: SPARK_HEIGHT });
    this.ends = [
      el('svg:text', { class: 'flow-tick', x: 0, y: 9 }),
      el('svg:text', { class: 'flow-tick', x: 0, y: SPARK_HEIGHT - 1 }),
    ];
    this.svg = el(
      'svg:svg',
      { style: tall(SPARK_HEIGHT), 'aria-hidden': 'true' },
      this.other,
      this.line,
      this.now,
      ...this.ends,
    );
    this.room = el('div', { class: 'flow-course' }, this.svg);
    this.node = el(
      'div',
      { class: 'flow-spark', title: help },
      this.title,
      el('div', { class: 'flow-spark-row' }, this.room, el('p', {}, name, this.value)),
    );
  }

  /**
   * @param {string} title
   * @param {number[]} own
   * @param {number[]} other
   * @param {number} zoom
   */
  draw(title, own, other, zoom) {
    const width = Math.max(40, this.room.clientWidth / zoom);
    setText(this.title, title);
    setAttribute(this.svg, 'viewBox', `0 0 ${width} ${SPARK_HEIGHT}`);
    let [low, high] = rangeOf([...own, ...other]);
    const flat = high - low < 5e-3;
    if (flat) [low, high] = [low - 0.5, high + 0.5];
    this.x = (i) => 34 + ((width - 36) * i) / Math.max(1, own.length - 1);
    /** @param {number} v */
    const y = (v) => 4 + (SPARK_HEIGHT - 8) * (1 - (v - low) / (high - low));
    setAttribute(this.line, 'd', path(own, this.x, y));
    setAttribute(this.other, 'd', path(other, this.x, y));
    this.ends.forEach((end, i) => setText(end, flat ? '' : roundText([high, low][i], high - low)));
    this.values = own;
  }

  /** @param {number} frame */
  at(frame) {
    const x = this.x(frame).toFixed(1);
    setAttribute(this.now, 'x1', x);
    setAttribute(this.now, 'x2', x);
    setText(this.value, digits(Number((this.values?.[Math.round(frame)] ?? NaN).toFixed(4))));
  }
}
