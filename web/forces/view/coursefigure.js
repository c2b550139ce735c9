// One loss once round as plotly is told it: the loss above, the force below it, on one axis of angles.

import { across, axisOf, corner, layoutOf, note, scatter, ticksAt } from '../../kit/chartfigure.js';
import { veil } from '../../kit/chartink.js';
import { digits } from '../../kit/dom.js';
import { angleText } from './seen.js';
import { extent, isFlat } from './terrain.js';

/** @import { Figure, Paper } from '../../kit/chartfigure.js' */
/** @import { Interval, Theme } from '../../kit/types.d.ts' */
/** @import { Ink } from '../../kit/chartink.js' */
/** @import { Curve, Shown, Valley } from './types.d.ts' */

/**
 * How a curve is looked at.
 * @typedef {object} Asked
 * @property {boolean} isSigned  the force has a way round
 * @property {Shown} shown
 * @property {Theme} theme
 * @property {string} title
 * @property {(angle: number, isQuery: boolean) => string} words
 */

/** One loss once round, and how it is looked at. */
/** @typedef {Curve & Asked} CourseLook */
/** @typedef {Pick<CourseLook, 'angles' | 'isSigned' | 'loss' | 'force'>} BandLook */
/** @typedef {{ low: number, high: number, flat: boolean, range: Interval, named: number[], x: number[], y: number[] }} Band */
/** @typedef {{ loss: Band, force: Band }} Bands */

const ROOM = { l: 46, r: 14, t: 16, b: 18 };
const ANGLES = [-180, -90, 0, 90, 180];
/** @type {Record<string, Interval>} of the height, from below */
const BANDS = { loss: [0.44, 1], force: [0, 0.32] };
const MOST = 4; // valleys that are marked
const WIDE = 34; // px of a valley's name

/**
 * A range that stays while the values fit it and fill half of it: axes do not tremble under a drag.
 * @param {Interval | undefined} before
 * @param {number} low
 * @param {number} high
 * @returns {Interval}
 */
function steady(before, low, high) {
  if (before && low >= before[0] && high <= before[1] && high - low > 0.5 * (before[1] - before[0]))
    return before;
  if (isFlat(low, high)) return [low - 0.5, high + 0.5];
  const room = 0.08 * (high - low);
  return [low - (low === 0 ? 0 : room), high + room];
}

/**
 * @param {'loss' | 'force'} which
 * @param {BandLook} look
 * @param {Interval | undefined} before
 */
function band(which, { angles, isSigned, ...look }, before) {
  const values = look[which];
  let [low, high] = extent(values);
  if (which === 'force')
    [low, high] = isSigned ? [-Math.max(-low, high), Math.max(-low, high)] : [0, high];
  const flat = isFlat(low, high);
  const named = which === 'loss' ? [low, high] : isSigned ? [0] : [0, high];
  return {
    low,
    high,
    flat,
    range: steady(before, low, high),
    named: flat ? [(low + high) / 2] : named,
    x: [...angles, angles[0] + 360],
    y: [...values, values[0]],
  };
}

/**
 * Below its valley each angle in words, where the one before leaves room.
 * @param {Valley[]} valleys
 * @param {number} wide
 * @param {Ink} ink
 */
function valleyNotes(valleys, wide, ink) {
  /** @type {number[]} */
  const taken = [];
  return valleys.slice(0, MOST).map(({ angle, value }) => {
    const isFree = taken.every((other) => Math.abs(other - angle) > (360 * WIDE) / wide);
    if (isFree) taken.push(angle);
    const side =
      angle > 145
        ? ['right', `<b>${angleText(angle)}</b> ▲`, 5]
        : ['left', `▲ <b>${angleText(angle)}</b>`, -5];
    const [xanchor, text, xshift] = isFree ? side : ['center', '▲', 0];
    const font = { color: ink.text };
    return note({ x: angle, y: value, yanchor: 'top', borderpad: 0, xanchor, text, xshift, font });
  });
}

/**
 * @param {CourseLook} look
 * @param {Partial<Bands>} before  the bands of the drawing before
 * @param {Paper} paper
 * @returns {Figure & { bands: Bands }}
 */
export function courseFigure(look, before, paper) {
  const { ink, width } = paper;
  const [loss, force] = [
    band('loss', look, before.loss?.range),
    band('force', look, before.force?.range),
  ];
  /**
   * @param {'loss' | 'force'} which
   * @param {Band} of
   */
  const upright = (which, { range, named }) =>
    axisOf(ink, range, { domain: BANDS[which], ...ticksAt(named, digits), ticklabelstandoff: 10 });
  /**
   * @param {Band} of
   * @param {string} yaxis
   * @param {string} color
   * @param {number} thick
   */
  const line = (of, yaxis, color, thick) =>
    scatter('lines', of.x, of.y, { yaxis, line: { color, width: thick, simplify: false } });
  /**
   * @param {string} text
   * @param {Interval} height
   */
  const name = (text, [, y]) =>
    corner(text, 'left', 'bottom', { y, bgcolor: veil(ink.paper, 0.8), borderpad: 0 });
  const { rests, valleys, isSigned } = look;
  const at = rests.map(({ angle }) => angle);
  const fill = rests.map(({ stable }) => (stable ? ink.text : ink.paper));
  return {
    x: [-180, 180],
    y: loss.range,
    y2: force.range,
    bands: { loss, force },
    data: [
      line(loss, 'y', ink.text, 1.9),
      line(force, 'y2', ink.soft, 1.1),
      scatter('markers', at, new Float32Array(at.length), {
        yaxis: 'y2',
        cliponaxis: false,
        marker: { size: 7, color: fill, line: { color: ink.text, width: 1.3 } },
      }),
    ],
    layout: layoutOf(paper, ROOM, {
      xaxis: axisOf(ink, [-180, 180], {
        anchor: 'y2',
        showgrid: true,
        ...ticksAt(ANGLES, angleText),
        ticklabelstandoff: 0,
      }),
      yaxis: upright('loss', loss),
      yaxis2: upright('force', force),
      shapes: [{ ...across(0, { color: ink.dim, width: 1 }), yref: 'y2' }],
      annotations: [
        name('loss', BANDS.loss),
        name(isSigned ? 'force' : 'strength of force', BANDS.force),
        ...valleyNotes(valleys, width - ROOM.l - ROOM.r, ink),
      ],
    }),
  };
}
