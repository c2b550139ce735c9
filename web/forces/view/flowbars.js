// Bars of the share of points whose nearest other item is that far; one range for both losses.

import { Chart } from '../../kit/chart.js';
import { el, setText } from '../../kit/dom.js';
import { barsFigure } from './flowfigures.js';
import { tall } from './flowspark.js';

/** @import { AnsweredFlow } from './types.d.ts' */

const HEIGHT = 82;

export class FlowBars {
  /** @type {AnsweredFlow | null} */
  answer = null;
  /** The largest share of both losses, and the gap of the regular polygon. */
  most = 1;
  /** @type {number | null} */
  even = null;
  /** @type {number | null} */
  frame = null;

  /** @param {number} which  of the losses */
  constructor(which) {
    this.which = which;
    this.title = el('h4', {
      title:
        'Share of the points whose nearest other item is that far away, now; same range for both losses',
    });
    this.chart = new Chart({
      title: () => `Loss ${'AB'[which]}, nearest other item. ${this.title.textContent}`,
      hovers: true,
    });
    this.chart.node.style.cssText = tall(HEIGHT);
    const head = el('div', { class: 'chart-head' }, this.title, this.chart.tools);
    this.node = el('div', { class: 'flow-nearest' }, head, this.chart.node);
  }

  /** @param {AnsweredFlow} answer */
  setAnswer(answer) {
    this.answer = answer;
    this.frame = null;
    const { arrays, dims, items } = answer;
    this.most = arrays.nearest.reduce((a, b) => Math.max(a, b), 0) || 1;
    this.even = dims === 2 ? Math.min(180, 360 / (Math.max(...items) + 1)) : null;
  }

  /** @param {number} frame */
  at(frame) {
    if (frame === this.frame || !this.answer) return;
    this.frame = frame;
    const { most, even } = this;
    const { arrays, bins, n_frames: nFrames } = this.answer;
    const n = bins.length - 1;
    const from = (this.which * nFrames + frame) * n;
    const shares = arrays.nearest.subarray(from, from + n);
    this.chart.draw((paper) => barsFigure({ bins, shares, most, even }, paper));
    const highest = Math.max(...shares);
    const best = shares.indexOf(highest);
    const [a, b] = [bins[best], bins[best + 1]];
    const where =
      a <= 0 ? `under ${Number(b.toFixed(1))}°` : `at ${Number(((a + b) / 2).toFixed(1))}°`;
    setText(this.title, `Nearest ${where}: ${Math.round(100 * highest)} %`);
  }

  close() {
    this.chart.close();
  }
}
