// The charts of the curves: the series that is asked for, and below a loss the norm of its gradient.

import { Chart } from '../../kit/chart.js';
import { linesFigure } from '../../kit/chartlines.js';
import { show } from '../../kit/dom.js';
import { axisValue, differences, levelsOf, pointsOf } from './curvelines.js';
import { AXES } from './curvewords.js';

/** @import { Interval, SeriesSpec } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { Curves } from './curves.js' */

const BELOW = 'gradient_norm'; // what is drawn below a loss

/**
 * Of a number that hardly changes, over the rows of the baseline.
 * @param {Curves} curves
 * @param {string} key
 * @param {string} against
 */
function mean({ base }, key, against) {
  const values = (base ? pointsOf(base, key, against) : []).map(([, value]) => value);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export class CurveCharts {
  key = ''; // of the series that is drawn

  /**
   * @param {object} hand
   * @param {(key: string) => string} hand.title  of the picture of a series
   * @param {(x: number | null) => void} hand.pointed
   * @param {(x: number | null) => void} hand.picked
   */
  constructor({ title, pointed, picked }) {
    /**
     * @param {() => string} key  of the series that it shows
     * @param {() => Chart[]} others  that are zoomed with it
     */
    const chart = (key, others) =>
      new Chart({
        title: () => title(key()),
        pointed,
        picked,
        ranged: (range) => others().forEach((other) => other.zoomTo(range)),
      });
    this.chart = chart(
      () => this.key,
      () => [this.companion],
    );
    this.companion = chart(
      () => BELOW,
      () => [this.chart],
    );
    this.companion.node.classList.add('companion');
    this.nodes = [this.chart.node, this.companion.node];
  }

  /**
   * @param {Curves} curves
   * @param {Compare} look
   * @param {SeriesSpec} spec
   */
  draw(curves, look, spec) {
    const { about, base, entries, lines, measured } = curves;
    if (!about) return;
    const { against, difference } = look.view;
    const ends = entries
      .filter(({ rows }) => rows.length)
      .map((entry) => axisValue(entry, entry.rows[entry.rows.length - 1], against) ?? NaN);
    /** @type {Interval} */
    const whole = [0, Math.max(1, ...ends.filter(Number.isFinite))]; // a step, an image, a second
    this.key = spec.key;
    const both = spec.key === 'loss' && about.series.some(({ key }) => key === BELOW);
    const differs = lines !== measured;
    const zero = differs ? 0 : NaN;
    const unit = spec.unit === 'share' ? (differs ? 'percentage points' : '%') : '';
    const even = () => mean(curves, 'own_class_even', against);
    const own = {
      lines,
      unit: spec.unit,
      foot: about.frozen ? '' : AXES[against],
      levels: differs ? [] : levelsOf(spec, measured, about, even),
      zero,
      title: `${unit}${differs ? ` against ${base?.about.label}` : ''}`.trim(),
    };
    show(this.companion.node, both);
    this.chart.draw((paper) => linesFigure({ ...own, x: paper.range ?? whole }, paper), against);
    if (!both) return;
    const norms = curves.linesOf(look, BELOW);
    const below = {
      lines: difference ? differences(norms, against) : norms,
      zero,
      foot: '',
      title: 'norm of the gradient',
    };
    this.companion.draw(
      (paper) => linesFigure({ ...below, x: paper.range ?? whole }, paper),
      against,
    );
  }

  /**
   * @param {SeriesSpec} spec
   * @param {number | null} at
   * @param {boolean} isHand
   */
  point(spec, at, isHand) {
    this.chart.over.point(at, isHand);
    if (spec.key === 'loss') this.companion.over.point(at, isHand);
  }

  clear() {
    for (const chart of [this.chart, this.companion]) chart.clear();
  }

  close() {
    for (const chart of [this.chart, this.companion]) chart.close();
  }
}
