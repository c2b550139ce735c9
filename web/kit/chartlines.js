// Lines of a few entries on shared axes as plotly is told them: named at their ends, with levels to
// compare with. Pure: from rows and colours to traces and a layout.

import { apart, span } from './axes.js';
import {
  across,
  axisOf,
  corner,
  dashOf,
  FONT,
  layoutOf,
  note,
  plain,
  scatter,
} from './chartfigure.js';
import { veil } from './chartink.js';

/** @import { Figure, Margin, Paper, Part } from './chartfigure.js' */
/** @import { Ink } from './chartink.js' */
/** @import { Interval, Level, Line } from './types.d.ts' */

const LINE = 15; // px from one name to the next
const LETTER = 5.9;
const FAR = 30; // px from the end of a line to the edge, from which what joins them looks like a line
const LEAD = { showarrow: true, arrowhead: 0, arrowwidth: 0.8, standoff: 3, borderpad: 0 };
/** @type {Record<string, string>} */
const GLYPHS = { circle: '●', square: '■', triangle: '▲', diamond: '◆' };

/**
 * Where values lie in a picture.
 * @typedef {object} Place
 * @property {(value: number) => number} x
 * @property {(value: number) => number} y
 * @property {Interval} range  of y
 * @property {number} right
 * @property {number} top
 * @property {number} base
 * @property {number} room  px beside it for names
 * @property {number} times
 * @property {Ink} ink
 */

/**
 * Names at the ends of lines, kept apart, each joined to where its line ends; to the edge at that
 * height where the line ends well before it.
 * @param {Line[]} lines
 * @param {Place} place
 * @returns {Part[]}
 */
function ends(lines, { x, y, range, top, base, right, room, times, ink }) {
  const shown = lines.filter(({ points }) => points.length);
  const wanted = shown.map(({ points }) => y(points[points.length - 1][1]));
  const at = apart(wanted, LINE, top + 4, base);
  const most = Math.floor((room - 26) / LETTER);
  return shown.map(({ label, mark, colour, points, base: isBase }, i) => {
    const [value, height] = points[points.length - 1];
    const hair = 1e-6 * (range[1] - range[0]); // outside the range it would not be drawn
    const held = Math.min(range[1] - hair, Math.max(range[0] + hair, height));
    const short = label.length > most ? `${label.slice(0, most - 1).trimEnd()}…` : label;
    const name = isBase ? `<b>${plain(short)}</b>` : plain(short);
    return note({
      ...(right - x(value) > FAR
        ? { xref: 'paper', x: 1, ax: 6 }
        : { x: value, ax: right + 6 - x(value) }),
      y: held * times,
      ay: at[i] - wanted[i],
      ...LEAD,
      arrowcolor: ink.dim,
      font: { color: ink.text },
      text: `<span style="color:${colour};font-size:15px">${GLYPHS[mark ?? ''] ?? ''}</span> ${name}`,
      hovertext: short === label ? undefined : plain(label),
    });
  });
}

/**
 * Values to compare with, each named at the end of its line, above it where there is room.
 * @param {Level[]} levels
 * @param {Place} place
 * @returns {{ shapes: Part[], annotations: Part[] }}
 */
function levelsOf(levels, { y, times, top, base, ink }) {
  const known = levels.filter(({ value }) => Number.isFinite(value));
  const wanted = known.map(
    ({ value }) => y(value) + (y(value) - LINE < top ? LINE / 2 + 1 : -LINE / 2),
  );
  const at = apart(wanted, LINE, top + LINE / 2, base - LINE / 2);
  return {
    shapes: known.map(({ value, dash = '1 3' }) =>
      across(value * times, { color: ink.soft, width: 1, dash: dashOf(dash) }),
    ),
    annotations: known.map(({ value, name }, i) =>
      note({
        xref: 'paper',
        x: 1,
        y: value * times,
        xanchor: 'right',
        yshift: y(value) - at[i],
        borderpad: 0,
        bgcolor: veil(ink.paper, 0.75),
        text: plain(name),
      }),
    ),
  };
}

/**
 * @param {Line} line
 * @param {number} times
 * @param {Ink} ink
 * @param {Drawing} drawing
 * @returns {Part[]}  a broad one below that of the baseline
 */
function traces({ points, dash, colour, base, label, thick }, times, ink, { hover, ...drawing }) {
  const [x, y] = [points.map(([at]) => at), points.map(([, value]) => value * times)];
  const said = hover && {
    hoverinfo: 'all',
    text: points.map(([, value]) => plain(hover(value))),
    hovertemplate: '%{text}<extra></extra>',
  };
  const width = thick ?? drawing.thick ?? 1.8;
  const line = { color: colour ?? ink.text, width, dash: dashOf(dash), simplify: false };
  const own = scatter('lines', x, y, { name: plain(label), showlegend: true, line, ...said });
  if (!base) return [own];
  const below = { color: veil(ink.text, 0.13), width: 7 };
  return [scatter('lines', x, y, { line: below }), own];
}

/**
 * @typedef {object} Drawing
 * @property {Line[]} lines
 * @property {Interval} x
 * @property {Interval | null} [y]  by the lines unless given
 * @property {string} [unit]  shares are drawn in percent
 * @property {Level[]} [levels]  drawn as dotted lines
 * @property {number} [zero]  a value to compare with
 * @property {string} [foot]  names the x axis
 * @property {string} [title]  names the upright axis
 * @property {boolean} [names]  each line is named at its end
 * @property {number} [thick]  of the lines
 * @property {(y: number) => string} [hover]  what plotly says of a point under the hand
 * @property {Partial<Margin>} [margin]
 * @property {Part} [xaxis]
 * @property {Part} [yaxis]
 * @property {Part[]} [traces]  and shapes and annotations beside these
 * @property {Part[]} [shapes]
 * @property {Part[]} [annotations]
 */

/**
 * Lines of a few entries on shared axes.
 * @param {Drawing} drawing
 * @param {Paper} paper
 * @returns {Figure}
 */
export function linesFigure(drawing, paper) {
  const { lines, x, unit, levels = [], zero = NaN, foot = '', title = '', names = true } = drawing;
  const { width, height, ink } = paper;
  const longest = Math.max(4, ...lines.map(({ label }) => plain(label).length));
  const room = names ? Math.min(width * 0.4, 34 + LETTER * longest) : 12;
  const margin = { l: 46, r: Math.round(room), t: 20, b: foot ? 36 : 8, ...drawing.margin };
  const [right, base] = [width - margin.r, height - margin.b];
  const known = [...levels.map(({ value }) => value), zero].filter(Number.isFinite);
  const inside = lines.map((line) => ({ ...line, points: between(line.points, x) }));
  const y = drawing.y ?? span(inside, known);
  const times = unit === 'share' ? 100 : 1;
  /** @param {number} value */
  const px = (value) => margin.l + ((right - margin.l) * (value - x[0])) / (x[1] - x[0]);
  /** @param {number} value */
  const py = (value) =>
    base - ((base - margin.t) * (Math.min(y[1], Math.max(y[0], value)) - y[0])) / (y[1] - y[0]);
  const place = { x: px, y: py, range: y, top: margin.t, base, right, room: margin.r, times, ink };
  const dotted = levelsOf(levels, place);
  return {
    x,
    y,
    lines,
    times,
    data: [
      ...lines.flatMap((line) => traces(line, times, ink, drawing)),
      ...(drawing.traces ?? []),
    ],
    layout: layoutOf(paper, margin, {
      ...(names || lines.length < 2 ? {} : { legend: {} }), // of a saved picture
      xaxis: axisOf(ink, x, {
        nticks: Math.max(2, Math.round((right - margin.l) / 45)),
        exponentformat: 'SI',
        showticklabels: Boolean(foot),
        title: { text: plain(foot), standoff: 6, font: { size: FONT } },
        ...drawing.xaxis,
      }),
      yaxis: axisOf(ink, [y[0] * times, y[1] * times], {
        nticks: Math.max(3, Math.round((base - margin.t) / 28)),
        showgrid: true,
        ...drawing.yaxis,
      }),
      shapes: [
        ...(drawing.shapes ?? []),
        ...(Number.isFinite(zero) ? [across(zero * times, { color: ink.text, width: 1.4 })] : []),
        ...dotted.shapes,
      ],
      annotations: [
        corner(plain(title), 'left', 'top', { xshift: -42, yshift: 3, yanchor: 'bottom' }),
        ...(names ? ends(inside, place) : []),
        ...dotted.annotations,
        ...(drawing.annotations ?? []),
      ],
    }),
  };
}

/**
 * The points of a line that are seen: it is named where it leaves the picture.
 * @param {Line['points']} points
 * @param {Interval} range
 */
function between(points, [from, to]) {
  return points.filter(([x]) => x >= from && x <= to);
}
