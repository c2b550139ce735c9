// How fast a dent in the regular polygon grows against a setting, as plotly is told it.

import { corner, plain, scatter, ticksAt } from '../../kit/chartfigure.js';
import { linesFigure } from '../../kit/chartlines.js';
import { span } from '../../kit/axes.js';
import { veil } from '../../kit/chartink.js';
import { digits } from '../../kit/dom.js';

/** @import { Paper } from '../../kit/chartfigure.js' */
/** @import { Interval, LinePoint } from '../../kit/types.d.ts' */

const SIDE = 0.22; // of the range: the least room on either side of zero
const TEXT = { tall: 14, wide: 30 }; // px that a word needs

/**
 * A curve between two values that were looked at.
 * @param {number[]} values
 * @param {number[]} growth
 * @param {number} x
 */
export function between(values, growth, x) {
  const i = values.findIndex((value) => value >= x);
  if (i < 0) return growth[growth.length - 1];
  if (i === 0) return growth[0];
  const share = (x - values[i - 1]) / (values[i] - values[i - 1] || 1);
  return growth[i - 1] + share * (growth[i] - growth[i - 1]);
}

/**
 * What is named on the level axis: where the curve crosses zero, and the ends where they leave room.
 * @param {number[]} crossings
 * @param {Interval} range
 * @param {number} width  px of the axis
 */
export function placesNamed(crossings, [least, most], width) {
  const apart = (TEXT.wide / width) * (most - least);
  const isFree = (/** @type {number} */ end) => crossings.every((x) => Math.abs(x - end) > apart);
  return [...crossings, ...[least, most].filter(isFree)].sort((a, b) => a - b);
}

/**
 * In which third of the picture a word at the top (or at the foot) is farthest from the curve.
 * @param {LinePoint[]} points
 * @param {boolean} atTop
 * @returns {'left' | 'center' | 'right'}
 */
export function freeThird(points, atTop) {
  const third = Math.ceil(points.length / 3);
  const nearest = [0, 1, 2].map((i) =>
    Math.max(...points.slice(i * third, (i + 1) * third).map(([, y]) => (atTop ? y : -y))),
  );
  const at = nearest.indexOf(Math.min(...nearest));
  return /** @type {const} */ (['left', 'center', 'right'])[at];
}

/**
 * @param {{ values: number[], growth: number[], crossings: number[] }} answer
 * @param {{ symbol: string, now: number, least: number, most: number }} sweep
 * @param {Paper} paper
 */
export function steadyFigure(answer, sweep, paper) {
  const { values, growth, crossings } = answer;
  const { symbol, least, most } = sweep;
  const { ink, width, height } = paper;
  /** @type {LinePoint[]} */
  const points = values.map((x, i) => [x, growth[i]]);
  const [lowest, highest] = span([{ points }], [0]);
  /** @type {Interval} */
  const y = [Math.min(lowest, -SIDE * highest), Math.max(highest, -SIDE * lowest)];
  const margin = { l: 34, r: 10, t: 8, b: 20 };
  const tall = height - margin.t - margin.b;
  const above = (tall * y[1]) / (y[1] - y[0]); // px over the line of zero
  const named = placesNamed(crossings, [least, most], width - margin.l - margin.r);
  const marker = { size: 6, color: ink.paper, line: { color: ink.text, width: 1.6 } };
  const zone = { type: 'rect', layer: 'below', xref: 'paper', x0: 0, x1: 1, y0: 0, y1: y[1] };
  const drop = { color: ink.dim, width: 1, dash: '1.5px,2.5px' };
  return linesFigure(
    {
      lines: [{ label: 'growth', points, mark: 'circle', colour: ink.text }],
      x: [least, Math.max(most, least + 1e-9)],
      y,
      zero: 0,
      names: false,
      thick: 1.8,
      margin,
      hover: (speed) => `growth ${digits(speed)}`,
      xaxis: {
        ...ticksAt(named, digits),
        showticklabels: true,
        ticklabelstandoff: 0,
        unifiedhovertitle: { text: `${plain(symbol)} %{x:.3~g}` },
      },
      yaxis: { nticks: 4, showgrid: false },
      traces: [scatter('markers', crossings, new Float32Array(crossings.length), { marker })],
      shapes: [
        { ...zone, fillcolor: veil(ink.warning, 0.09), line: { width: 0 } },
        ...crossings.map((x) => ({ type: 'line', x0: x, x1: x, y0: 0, y1: y[0], line: drop })),
      ],
      annotations: [
        ...(above > TEXT.tall ? [corner('breaks', freeThird(points, true), 'top')] : []),
        ...(tall - above > TEXT.tall ? [corner('holds', freeThird(points, false), 'bottom')] : []),
      ],
    },
    paper,
  );
}
