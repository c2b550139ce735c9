// The charts of the curves: the series that is asked for, and below a loss the norm of its gradient.

import { show } from '../../kit/dom.js';
import { Chart } from '../../kit/chart.js';
import { axisValue, differences, levelsOf, pointsOf } from './curvelines.js';
import { AXES } from './curvewords.js';

/** @import { Interval, SeriesSpec } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { Curves } from './curves.js' */

const COMPANION = 66;

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
  /**
   * @param {object} hand
   * @param {(x: number | null) => void} hand.pointed
   * @param {(x: number | null) => void} hand.picked
   */
  constructor(hand) {
    this.chart = new Chart(hand);
    this.companion = new Chart(hand);
    this.companion.node.classList.add('companion');
    this.nodes = [this.chart.node, this.companion.node];
  }

  /**
   * @param {Curves} curves
   * @param {Compare} look
   * @param {SeriesSpec} spec
   * @param {[number, number]} size
   */
  draw(curves, look, spec, [width, height]) {
    const { about, base, entries, lines, measured } = curves;
    if (!about) return;
    const { against, difference } = look.view;
    const ends = entries
      .filter(({ rows }) => rows.length)
      .map((entry) => axisValue(entry, entry.rows[entry.rows.length - 1], against) ?? NaN);
    /** @type {Interval} */
    const x = [0, Math.max(1e-9, ...ends.filter(Number.isFinite))];
    const both = spec.key === 'loss' && about.series.some(({ key }) => key === 'gradient_norm');
    const own = both ? height - COMPANION : height;
    const differs = lines !== measured;
    const zero = differs ? 0 : NaN;
    const unit = spec.unit === 'share' ? (differs ? 'percentage points' : '%') : '';
    const even = () => mean(curves, 'own_class_even', against);
    show(this.companion.node, both);
    this.chart.node.style.height = `${own}px`;
    this.chart.draw({
      lines,
      x,
      width,
      height: own,
      unit: spec.unit,
      foot: about.frozen ? '' : AXES[against],
      levels: differs ? [] : levelsOf(spec, measured, about, even),
      zero,
      title: `${unit}${differs ? ` against ${base?.about.label}` : ''}`.trim(),
    });
    if (!both) return;
    const norms = curves.linesOf(look, 'gradient_norm');
    this.companion.node.style.height = `${COMPANION}px`;
    this.companion.draw({
      lines: difference ? differences(norms) : norms,
      x,
      width,
      height: COMPANION,
      unit: '',
      zero,
      foot: '',
      title: 'norm of the gradient',
    });
  }

  /**
   * @param {SeriesSpec} spec
   * @param {number | null} at
   * @param {boolean} isHand
   */
  point(spec, at, isHand) {
    this.chart.point(at, isHand);
    if (spec.key === 'loss') this.companion.point(at, isHand);
  }

  clear() {
    this.chart.clear();
    this.companion.clear();
  }
}
