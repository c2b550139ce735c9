// What all figures share that plotly is told: a layout and axes in the page's manner, texts and traces.

import { translated } from './language.js';

/** @import { Interval, Line } from './types.d.ts' */
/** @import { Ink } from './chartink.js' */

/** Of plotly, which carries no types of its own here. */
/** @typedef {Record<string, any>} Part */

/** Ranges in the units of the page's own values; the layout has them in plotly's. */
/**
 * @typedef {object} Figure
 * @property {Part[]} data
 * @property {Part} layout
 * @property {Interval} x
 * @property {Interval} y
 * @property {Interval} [y2]
 * @property {Line[]} [lines]  that marks are put on
 * @property {number} [times]  plotly's units of y in one of ours
 */

/** @typedef {{ width: number, height: number, ink: Ink }} Paper */
/** @typedef {{ l: number, r: number, t: number, b: number }} Margin */

export const FONT = 12;
const CLEAR = { paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)' };
const BARE = { ...CLEAR, showlegend: false, hovermode: false, dragmode: false };
const AXIS = { showgrid: false, zeroline: false, automargin: false, fixedrange: true };
const NUMBERS = { separatethousands: true, exponentformat: 'power', minexponent: 4 };

/**
 * A text in the page's language, within plotly's small markup: plotly measures what it is told.
 * @param {string} text
 */
export function plain(text) {
  return translated(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** @param {string | undefined} dash  as an SVG has it */
export function dashOf(dash) {
  return dash ? dash.replaceAll(/[\d.]+/g, '$&px').replaceAll(' ', ',') : 'solid';
}

/**
 * What all layouts share.
 * @param {Paper} paper
 * @param {Margin} margin
 * @param {Part} more
 * @returns {Part}
 */
export function layoutOf({ width, height, ink }, margin, more) {
  const font = { family: ink.family, size: FONT, color: ink.soft };
  const said = { ...font, color: ink.text };
  return {
    width,
    height,
    margin,
    ...BARE,
    font,
    hoverlabel: { bgcolor: ink.paper, bordercolor: ink.edge, font: said },
    ...more,
  };
}

/**
 * An axis without lines of its own.
 * @param {Ink} ink
 * @param {Interval} range
 * @param {Part} more
 * @returns {Part}
 */
export function axisOf(ink, range, more) {
  return {
    range: [...range], // plotly writes into it where a person zooms
    gridcolor: ink.edge,
    ticklabelstandoff: 4,
    ...AXIS,
    ...NUMBERS,
    ...more,
  };
}

/**
 * @param {Partial<Part>} more
 * @returns {Part}
 */
export function note(more) {
  const text = more.text && (more.text.includes('<') ? more.text : translated(more.text));
  return { showarrow: false, xanchor: 'left', yanchor: 'middle', ...more, text };
}

/**
 * A text in a corner of the axes.
 * @param {string} text
 * @param {'left' | 'right' | 'center'} xanchor
 * @param {'top' | 'bottom'} yanchor
 * @param {Part} [more]
 * @returns {Part}
 */
export function corner(text, xanchor, yanchor, more = {}) {
  const x = { left: 0, center: 0.5, right: 1 }[xanchor];
  const y = yanchor === 'top' ? 1 : 0;
  return note({ xref: 'paper', x, xanchor, yref: 'paper', y, yanchor, text, ...more });
}

/**
 * @param {'lines' | 'markers'} mode
 * @param {ArrayLike<number | null>} x
 * @param {ArrayLike<number | null>} y
 * @param {Part} more
 * @returns {Part}
 */
export function scatter(mode, x, y, more) {
  const [xs, ys] = [Array.from(x), Array.from(y)];
  return { type: 'scatter', mode, hoverinfo: 'skip', showlegend: false, x: xs, y: ys, ...more };
}

/**
 * Ticks where they are wanted, of an axis.
 * @param {number[]} tickvals
 * @param {(value: number) => string} text
 */
export function ticksAt(tickvals, text) {
  return { tickvals, ticktext: tickvals.map(text) };
}

/**
 * A line across the whole chart.
 * @param {number} y
 * @param {Part} line
 * @returns {Part}
 */
export function across(y, line) {
  return { type: 'line', xref: 'paper', x0: 0, x1: 1, yref: 'y', y0: y, y1: y, line };
}
