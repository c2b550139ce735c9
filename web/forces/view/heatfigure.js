// The heat map as plotly is told it: colours by setting and angle, and the lines of valleys over them.

import { axisOf, layoutOf, plain, scatter, ticksAt } from '../../kit/chartfigure.js';
import { veil } from '../../kit/chartink.js';
import { angleText } from './seen.js';
import { scaleOf } from './terrain.js';

/** @import { Figure, Paper } from '../../kit/chartfigure.js' */
/** @import { Interval, Theme } from '../../kit/types.d.ts' */
/** @import { heatOf } from './swept.js' */

/** What is drawn: colours by row, the ends of their scale in words, and lines over them. */
/** @typedef {ReturnType<typeof heatOf> & { theme: Theme }} HeatLook */

const ROOM = { l: 44, r: 18, t: 16, b: 40 };
const NEAR = 22; // degrees: valleys of two rows that far apart are one
const SHARES = {
  zmin: 0,
  zmax: 1,
  zauto: false,
  zsmooth: 'fast',
  hoverinfo: 'skip',
  showscale: false,
};
const TICKS = [-180, -90, 0, 90, 180];

/**
 * @param {number} a
 * @param {number} b
 */
const around = (a, b) => Math.abs(((((a - b + 180) % 360) + 360) % 360) - 180);

/**
 * Where a value lies among the settings, in rows; they need not be evenly spaced.
 * @param {number[]} settings
 * @param {number} value
 */
export function rowOf(settings, value) {
  const last = settings.length - 1;
  if (value <= settings[0]) return 0;
  if (value >= settings[last]) return last;
  const i = settings.findIndex((v) => v > value) - 1;
  return i + (value - settings[i]) / (settings[i + 1] - settings[i]);
}

/**
 * About `wanted` round values that cover a range.
 * @param {number} low
 * @param {number} high
 * @param {number} wanted
 */
function ticks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((m) => m * power >= rough) ?? 10);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1)
    found.push(i * step || 0);
  return found;
}

/**
 * Round values among the settings; 1, 2, 5, ... where equal steps are equal ratios.
 * @param {number[]} settings
 * @param {number} wanted
 */
export function settingTicks(settings, wanted) {
  const [low, high] = [settings[0], settings[settings.length - 1]];
  const isGeometric = low > 0 && settings[1] - low < 0.5 * (high - settings[settings.length - 2]);
  if (!isGeometric) return ticks(low, high, wanted);
  const found = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1) {
    for (const m of [1, 2, 5])
      if (m * 10 ** power >= low * 0.999 && m * 10 ** power <= high * 1.001)
        found.push(m * 10 ** power);
  }
  return found;
}

/**
 * Row by row, each joined to the nearest of the next row where that is near; breaks are nulls.
 * @param {number[][]} rows  angles
 */
export function joined(rows) {
  /** @type {{ x: (number | null)[], y: (number | null)[] }} */
  const path = { x: [], y: [] };
  rows.forEach((angles, row) => {
    for (const angle of angles) {
      const next = (rows[row + 1] ?? []).reduce(
        (best, other) =>
          best === null || around(other, angle) < around(best, angle) ? other : best,
        /** @type {number | null} */ (null),
      );
      if (next !== null && Math.abs(next - angle) < NEAR) {
        path.x.push(angle, next, null);
        path.y.push(row, row + 1, null);
      } else {
        path.x.push(angle, angle, null);
        path.y.push(row - 0.5, row + 0.5, null);
      }
    }
  });
  return path;
}

/**
 * @param {HeatLook} look
 * @param {Paper} paper
 * @returns {Figure}
 */
export function heatFigure(look, paper) {
  const { ink, height } = paper;
  const { angles, settings } = look;
  const shown = settingTicks(settings, Math.max(2, (height - ROOM.t - ROOM.b) / 60));
  const box = { ticks: 'outside', ticklen: 4, tickcolor: ink.edge, linecolor: ink.edge };
  const axis = { ...box, showline: true, mirror: true };
  /** @type {Interval} */
  const x = [-180, 180];
  /** @type {Interval} */
  const y = [-0.5, settings.length - 0.5];
  return {
    x,
    y,
    data: [
      {
        ...{ type: 'heatmap', z: look.rows, x0: angles[0], dx: 360 / angles.length, y0: 0, dy: 1 },
        ...SHARES,
        colorscale: scaleOf(look.theme),
        colorbar: {
          thickness: 8,
          outlinewidth: 0,
          tickvals: [0, 1],
          ticktext: look.ends.map(plain),
        },
      },
      ...look.lines.map(({ kind, rows }) => {
        const { x: across, y: up } = joined(rows);
        const dash = kind === 'edge' ? '1.5px,2.5px' : 'solid';
        const line = { color: veil(ink.ink, 0.62), width: 1.5, dash };
        return scatter('lines', across, up, { line });
      }),
    ],
    layout: layoutOf(paper, ROOM, {
      xaxis: axisOf(ink, x, {
        ...axis,
        ...ticksAt(TICKS, angleText),
        title: { text: plain(look.foot), standoff: 8, font: { size: 12 } },
      }),
      yaxis: axisOf(ink, y, {
        ...axis,
        tickvals: shown.map((value) => rowOf(settings, value)),
        ticktext: shown.map((value) => String(Number(value.toPrecision(6)))),
      }),
    }),
  };
}
