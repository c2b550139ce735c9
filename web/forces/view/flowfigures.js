// The charts of a flow as plotly is told them: its loss beside what is known of it, and how far the
// nearest other item is.

import { axisOf, corner, layoutOf, plain, ticksAt } from '../../kit/chartfigure.js';
import { linesFigure } from '../../kit/chartlines.js';
import { veil } from '../../kit/chartink.js';
import { digits } from '../../kit/dom.js';
import { angleText } from './seen.js';

/** @import { Figure, Paper } from '../../kit/chartfigure.js' */
/** @import { Interval, Level, LinePoint } from '../../kit/types.d.ts' */
/** @import { FlowReading } from '../../kit/messages.d.ts' */

/** @typedef {Level & { kind: string, far?: boolean }} Known */

/** @type {Record<string, number>} */
const REACH = { bound: 1.5, optimum: 4, polygon: Infinity };
/** @type {Record<string, string>} */
const DASHES = { polygon: '1.5 3' };
const BAR_ROOM = { l: 36, r: 14, t: 13, b: 18 };
const ANGLES = [0, 90, 180];

/**
 * What is known of a loss: its optimum or bound, and the loss of the regular polygon.
 * @param {Pick<FlowReading, 'optimum' | 'polygon'>} own  what the answer says of one loss
 */
export function knownOf({ optimum, polygon }) {
  /** @type {Known[]} */
  const known = [];
  /** @type {(value: number, kind: string, text: string) => void} */
  const add = (value, kind, text) =>
    known.push({ value, kind, dash: DASHES[kind] ?? '6 3', name: `${text} ${digits(value)}` });
  const bound = optimum?.kind === 'bound';
  const text = bound ? 'lower bound' : 'optimum';
  const best = optimum && Number.isFinite(optimum.value) ? optimum.value : null;
  /** @type {(a: number, b: number) => boolean} */
  const close = (a, b) => Math.abs(a - b) < 1e-6 + 1e-4 * Math.abs(b);
  const same = best !== null && polygon && close(best, polygon.value);
  if (best !== null)
    add(best, bound ? 'bound' : 'optimum', same ? `${text}: the regular polygon` : text);
  if (polygon && !same) add(polygon.value, 'polygon', 'regular polygon');
  return known;
}

/**
 * A start far above where the course spends its time is cut off, and so is a goal far below it.
 * @param {number[]} values
 * @param {Known[]} known
 * @returns {{ y: Interval, levels: Known[], below: Known[] }}
 */
export function lossRange(values, known) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const usual = sorted[Math.round((sorted.length - 1) * 0.97)];
  let [low, high] = [sorted[0], sorted[sorted.length - 1]];
  if (usual - low > 1e-9) high = Math.min(high, usual + 3 * (usual - low));
  /** @type {[levels: Known[], below: Known[]]} */
  const [levels, below] = [[], []];
  for (const one of [...known].reverse()) {
    if (low - one.value > REACH[one.kind] * Math.max(high - low, 1e-3)) below.push(one);
    else {
      [low, high] = [Math.min(low, one.value), Math.max(high, one.value)];
      levels.push(one);
    }
  }
  const least = 0.02 * Math.max(Math.abs(low), 0.05);
  if (high - low < least) high = low + least;
  const room = high - low;
  return { y: [low - 0.24 * Math.max(1, known.length) * room, high + 0.08 * room], levels, below };
}

/**
 * @param {Pick<FlowReading, 'loss' | 'optimum' | 'polygon'>} own
 * @param {LinePoint[]} points  its loss by step
 * @param {Paper} paper
 */
export function lossFigure(own, points, paper) {
  const { y, levels, below } = lossRange(own.loss, knownOf(own));
  const [, high] = y;
  const last = points[points.length - 1][0];
  const first = points.find(([, value]) => value <= high) ?? points[0];
  const cut = { xref: 'x', x: first[0], xshift: 8 };
  return linesFigure(
    {
      lines: [{ label: 'loss', points, mark: 'circle', colour: paper.ink.text }],
      x: [0, Math.max(1, last)],
      y,
      levels,
      names: false,
      thick: 1.9,
      hover: (loss) => `loss ${digits(loss)}`,
      margin: { l: 44, r: 14, t: 6, b: 19 },
      xaxis: {
        showticklabels: true,
        ticklabelstandoff: 0,
        tickprefix: `${plain('step')} `,
        showtickprefix: 'first',
        unifiedhovertitle: { text: 'step %{x:,}' },
      },
      annotations: [
        ...(own.loss[0] > high
          ? [corner(`starts at ${digits(own.loss[0])}`, 'left', 'top', cut)]
          : []),
        ...below.map(({ name }, i) =>
          corner(`${name}, below ↓`, 'right', 'bottom', { yshift: 13 * i }),
        ),
      ],
    },
    paper,
  );
}

/**
 * The shares of points whose nearest other item is that far; one range for both losses.
 * @param {{ bins: number[], shares: ArrayLike<number>, most: number, even: number | null }} nearest  even: the
 *   gap of the regular polygon, where there is one
 * @param {Paper} paper
 * @returns {Figure}
 */
export function barsFigure({ bins, shares, most, even }, paper) {
  const { ink } = paper;
  const middles = bins.slice(1).map((end, i) => (bins[i] + end) / 2);
  const isRight = even !== null && even < 110;
  const dash = { color: ink.soft, width: 1.2, dash: '1.5px,3px' };
  /** @type {Interval} */
  const x = [0, 180];
  /** @type {Interval} */
  const y = [0, most];
  return {
    x,
    y,
    data: [
      {
        type: 'bar',
        x: middles,
        y: Array.from(shares),
        width: bins.slice(1).map((end, i) => 0.94 * (end - bins[i])),
        marker: { color: ink.soft },
        hovertemplate: '%{y:.1%} of the points<extra></extra>',
      },
    ],
    layout: layoutOf(paper, BAR_ROOM, {
      bargap: 0,
      xaxis: axisOf(ink, x, {
        ...ticksAt(ANGLES, angleText),
        ticklabelstandoff: 0,
        showline: true,
        linecolor: ink.edge,
        unifiedhovertitle: { text: 'about %{x:.0f}°' },
      }),
      yaxis: axisOf(ink, y, { tickvals: [most], ticktext: [`${Math.round(100 * most)} %`] }),
      shapes:
        even === null
          ? []
          : [{ type: 'line', x0: even, x1: even, yref: 'paper', y0: 0, y1: 1, line: dash }],
      annotations:
        even === null
          ? []
          : [
              corner(`polygon ${Number(even.toFixed(1))}°`, isRight ? 'left' : 'right', 'top', {
                xref: 'x',
                x: even,
                xshift: isRight ? 3 : -3,
                yanchor: 'middle',
                borderpad: 0,
                bgcolor: veil(ink.paper, 0.75),
              }),
            ],
    }),
  };
}
