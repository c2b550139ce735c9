// The chart of a chord: how near its mixes are to the query, before and after normalising, by share.

import { Chart } from '../../kit/chart.js';
import { corner, scatter } from '../../kit/chartfigure.js';
import { linesFigure } from '../../kit/chartlines.js';
import { el } from '../../kit/dom.js';
import { finite } from './chordwords.js';

/** @import { Paper } from '../../kit/chartfigure.js' */
/** @import { Interval, LinePoint } from '../../kit/types.d.ts' */
/** @import { AnsweredChord } from './types.d.ts' */

/**
 * Similarity on round bounds that hold still: quarters, at least half a unit apart.
 * @param {(number | null)[]} values
 * @returns {Interval}
 */
export function boundsOf(values) {
  const known = values.filter(finite);
  let [low, high] = [
    Math.floor(4 * Math.min(...known) - 1e-6) / 4,
    Math.ceil(4 * Math.max(...known) + 1e-6) / 4,
  ];
  if (high - low < 0.5) [low, high] = high >= 1 ? [high - 0.5, high] : [low, low + 0.5];
  return [Math.max(-1.02, low), Math.min(1.02, high)];
}

/**
 * @param {AnsweredChord} answer
 * @param {Paper} paper
 */
export function chordFigure(answer, paper) {
  const { shares, similarity_before: before, similarity_after: after } = answer;
  const { ink } = paper;
  /** @type {(values: (number | null)[]) => LinePoint[]} */
  const points = (values) => values.map((value, i) => [shares[i], finite(value) ? value : NaN]);
  const gone = after.findIndex((value) => !finite(value));
  const y = boundsOf([...before, ...after]);
  return linesFigure(
    {
      lines: [
        { label: 'mixed', points: points(before), dash: '4 3', thick: 1.4, colour: ink.synthetic },
        { label: 'normalised', points: points(after), colour: ink.synthetic },
      ],
      x: [0, 1],
      y,
      zero: y[0] < 0 ? 0 : NaN,
      names: false,
      thick: 2,
      margin: { l: 38, r: 12, t: 10, b: 8 },
      traces: [
        scatter('markers', [0, 1], [before[0], before[before.length - 1]], {
          cliponaxis: false,
          marker: { size: 8, color: ink.paper, line: { color: ink.repulsion, width: 1.8 } },
        }),
      ],
      annotations:
        gone < 0
          ? []
          : [corner('no mix here', 'left', 'bottom', { xref: 'x', x: shares[gone], xshift: 6 })],
    },
    paper,
  );
}

export class ChordChart {
  /** @type {AnsweredChord | null} */
  answer = null;
  share = 0;
  /** The nearest to it of the answer's. */
  i = 0;

  /**
   * @param {object} hand
   * @param {(share: number) => void} hand.mix  where a hand has drawn the cursor
   * @param {() => string} hand.title  says what is seen
   */
  constructor({ mix, title }) {
    this.chart = new Chart({
      title,
      pointed: (share, _, event) => {
        if (share !== null && event?.buttons === 1) mix(share);
      },
      picked: (share) => share !== null && mix(share),
      drawn: () => this.mark(),
    });
    this.node = this.chart.node;
    this.node.classList.add('chord-chart');
    this.node.addEventListener('pointerdown', (event) => {
      if (this.chart.figure) this.node.setPointerCapture(event.pointerId);
    });
    this.dot = el('svg:circle', { class: 'mixed-dot', r: 3 });
    this.diamond = el('svg:path', { class: 'mix-diamond', d: 'M0 -6.5L6.5 0L0 6.5L-6.5 0Z' });
  }

  /**
   * share: the board's own; i: the nearest to it of the answer's.
   * @param {AnsweredChord} answer
   * @param {number} share
   * @param {number} i
   */
  draw(answer, share, i) {
    if (answer !== this.answer) this.chart.draw((paper) => chordFigure(answer, paper));
    Object.assign(this, { answer, share, i });
    this.mark();
  }

  // The mix looked at; it follows the hand.
  mark() {
    const { chart, answer, share, i } = this;
    if (!chart.figure || !answer) return;
    const { similarity_before: before, similarity_after: after } = answer;
    chart.over.point(share);
    chart.over.mark([], 'on');
    /** @param {number} value */
    const place = (value) =>
      `translate(${chart.px(share).toFixed(1)} ${chart.py(value).toFixed(1)})`;
    this.dot.setAttribute('transform', place(before[i]));
    this.diamond.setAttribute('transform', place(after[i] ?? 0));
    chart.own.replaceChildren(this.dot, ...(finite(after[i]) ? [this.diamond] : []));
  }

  close() {
    this.chart.close();
  }
}
