// Bars of the share of points whose nearest other item is that far; one range for both losses.

import { el, setAttribute, setText } from '../../kit/dom.js';
import { tall } from './flowspark.js';

const HEIGHT = 82;

export class FlowBars {
  /** @type {any} */
  answer = null;
  /** @type {number[]} */
  bins = [];
  /** @type {(angle: number) => number} */
  x = () => NaN;
  /** @type {(share: number) => number} */
  y = () => NaN;

  /** @param {number} which  of the losses */
  constructor(which) {
    this.which = which;
    this.title = el('h4', {
      title:
        'Share of the points whose nearest other item is that far away, now; same range for both losses',
    });
    this.bars = el('svg:path', { class: 'flow-bar' });
    this.under = el('svg:g', {});
    this.svg = el(
      'svg:svg',
      { class: 'flow-bars', style: tall(HEIGHT), 'aria-hidden': 'true' },
      this.under,
      this.bars,
    );
    this.node = el('div', { class: 'flow-nearest' }, this.title, this.svg);
  }

  /**
   * @param {any} answer
   * @param {number} width
   */
  draw(answer, width) {
    this.answer = answer;
    const { bins, arrays, items, dims } = answer;
    setAttribute(this.svg, 'viewBox', `0 0 ${width} ${HEIGHT}`);
    const most = arrays.nearest.reduce((a, b) => Math.max(a, b), 0) || 1;
    const [top, base, left] = [13, HEIGHT - 18, 36];
    this.x = (angle) => left + ((width - 4 - left) * angle) / 180;
    this.y = (share) => base - ((base - top) * share) / most;
    this.bins = bins;
    /** @type {Element[]} */
    const parts = [
      el('svg:line', { class: 'flow-axis', x1: left, x2: width - 4, y1: base, y2: base }),
    ];
    for (const angle of [0, 90, 180]) {
      parts.push(
        el('svg:text', {
          class: 'flow-tick',
          x: this.x(angle),
          y: HEIGHT - 5,
          'text-anchor': angle === 180 ? 'end' : 'middle',
          text: `${angle}°`,
        }),
      );
    }
    parts.push(
      el('svg:text', {
        class: 'flow-tick',
        x: left - 5,
        y: top + 4,
        'text-anchor': 'end',
        text: `${Math.round(100 * most)} %`,
      }),
    );
    if (dims === 2) {
      const even = 360 / (Math.max(...items) + 1);
      const x = this.x(Math.min(180, even)).toFixed(1);
      const right = even < 110;
      parts.push(
        el('svg:line', { class: 'flow-known polygon', x1: x, x2: x, y1: 3, y2: base }),
        el('svg:text', {
          class: 'flow-known-text',
          x: Number(x) + (right ? 5 : -5),
          y: 11,
          'text-anchor': right ? 'start' : 'end',
          text: `polygon ${Number(even.toFixed(1))}°`,
        }),
      );
    }
    this.under.replaceChildren(...parts);
  }

  /** @param {number} frame */
  at(frame) {
    const { arrays, n_frames: nFrames } = this.answer;
    const n = this.bins.length - 1;
    const from = (this.which * nFrames + frame) * n;
    const base = this.y(0);
    let d = '';
    let best = 0;
    for (let i = 0; i < n; i += 1) {
      const share = arrays.nearest[from + i];
      if (share > arrays.nearest[from + best]) best = i;
      if (share <= 0) continue;
      const [a, b] = [this.x(this.bins[i]) + 0.5, this.x(this.bins[i + 1]) - 0.5];
      d += `M${a.toFixed(1)} ${base}V${this.y(share).toFixed(1)}H${b.toFixed(1)}V${base}z`;
    }
    setAttribute(this.bars, 'd', d);
    const most = arrays.nearest[from + best];
    const [a, b] = [this.bins[best], this.bins[best + 1]];
    const where =
      a <= 0 ? `under ${Number(b.toFixed(1))}°` : `at ${Number(((a + b) / 2).toFixed(1))}°`;
    setText(this.title, `Nearest ${where}: ${Math.round(100 * most)} %`);
  }
}
