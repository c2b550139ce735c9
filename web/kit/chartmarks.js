// What lies over a chart and moves with the hand or the moment: a vertical line, and marks on the lines.

import { el, fillRows, setAttribute, show } from './dom.js';
import { pointAt } from './points.js';
import { markPath } from './styles.js';

/** @import { Line, LinePoint } from './types.d.ts' */
/** @import { Chart } from './chart.js' */

/** @typedef {{ line: Line, point: LinePoint }} Marked */

const SIZES = { on: 4.4, present: 7 };

export class ChartMarks {
  /** @type {number | null} */
  at = null;
  /** @type {Marked[]} */
  found = [];

  /** @param {Chart} chart */
  constructor(chart) {
    this.chart = chart;
    this.upright = el('svg:line', { hidden: true });
    this.marks = el('svg:g', {});
    this.node = el(
      'svg:svg',
      { class: 'chart-over', 'aria-hidden': 'true' },
      this.upright,
      this.marks,
    );
  }

  /**
   * A vertical line at the hand (or at the moment shown), on each line a mark where it was measured.
   * @param {number | null} x
   * @param {boolean} [isHand]
   */
  point(x, isHand = false) {
    this.at = x;
    const { chart, upright } = this;
    const seen = chart.figure && x !== null ? x : NaN;
    const [low, high] = chart.figure?.x ?? [0, 0];
    const there = seen >= low && seen <= high;
    show(upright, there);
    if (!there) {
      this.mark([], 'on');
      return;
    }
    const at = chart.px(seen).toFixed(1);
    setAttribute(upright, 'class', isHand ? 'hand' : 'now');
    setAttribute(upright, 'x1', at);
    setAttribute(upright, 'x2', at);
    setAttribute(upright, 'y1', chart.area.top);
    setAttribute(upright, 'y2', chart.area.base);
    const lines = chart.figure?.lines ?? [];
    this.mark(
      lines.map((line) => ({ line, point: pointAt(line.points, seen) })),
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
    const { chart } = this;
    const low = chart.figure?.x[0] ?? 0;
    this.found = found.flatMap(({ line, point }) =>
      point && point[0] >= low ? [{ line, point }] : [],
    );
    fillRows(
      this.marks,
      this.found,
      () => el('svg:path', { class: 'on-line' }),
      (node, { line, point: [x, y] }) => {
        setAttribute(node, 'd', markPath(line.mark, SIZES[size]));
        setAttribute(node, 'fill', line.colour ?? null);
        const at = `${chart.px(x).toFixed(1)} ${chart.py(y).toFixed(1)}`;
        setAttribute(node, 'transform', `translate(${at})`);
      },
    );
  }
}
