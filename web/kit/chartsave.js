// The small control of a chart that saves it as a picture: of dots, or of lines that stay sharp.

import { el, icon, show } from './dom.js';
import { plain, scatter } from './chartfigure.js';
import { translated } from './language.js';

/** @import { Figure, Part } from './chartfigure.js' */
/** @import { Ink } from './chartink.js' */
/** @import { Marked } from './chartmarks.js' */

const DOWN = 'M8 2v8m-3.4-3.2L8 10.2l3.4-3.4M3 13.5h10';
const FONT = 'Arial, Helvetica, sans-serif'; // the page's own is not there where a picture is opened
const UNSAVED = 'This could not be made; try another kind.';
const FORMATS = ['png', 'svg'];
const HEAD = 36; // px for the title above the picture
const LINE = 18;
const EDGE = 12; // px more beside labels, which another font may make wider
const LETTER = 7.2;
/** @type {Record<string, string>} */
const SYMBOLS = { triangle: 'triangle-up', square: 'square', diamond: 'diamond' };

/**
 * A name for a file from what it shows.
 * @param {string} title
 */
export function fileName(title) {
  const words = title
    .toLowerCase()
    .replaceAll('%', ' percent')
    .normalize('NFKD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC')
    .replace(/(?:[^\p{L}\p{M}\p{N}]\p{M}*)+/gu, '-'); // marks of other letters are parts of them
  return (
    [...words]
      .slice(0, 80)
      .join('')
      .replace(/^-+|-+$/g, '') || 'chart'
  );
}

// letters of Chinese, Japanese and Korean, and emoji
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;
const MORE = 12 / LETTER - 1;

/**
 * How many letters of ours a text is as wide as.
 * @param {string} text
 */
export function lengthOf(text) {
  return [...text].length + MORE * (text.match(WIDE)?.length ?? 0);
}

/**
 * Lines of a text that fit a width.
 * @param {string} text
 * @param {number} width
 * @param {number} [letter]  pixels of a letter, unless told of a title's
 */
export function wrapped(text, width, letter = LETTER) {
  const most = Math.max(20, Math.floor((width - 24) / letter));
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && lengthOf(last) + lengthOf(word) < most)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/**
 * The marks that lie over a chart as plotly draws them.
 * @param {Marked[]} found
 * @param {number} times
 * @param {Ink} ink
 * @returns {Part}
 */
function marksOf(found, times, ink) {
  const x = found.map(({ point }) => point[0]);
  const y = found.map(({ point }) => point[1] * times);
  const marker = {
    size: 11,
    symbol: found.map(({ line }) => SYMBOLS[line.mark ?? ''] ?? 'circle'),
    color: found.map(({ line }) => line.colour ?? ink.text),
    line: { color: ink.paper, width: 1.2 },
  };
  return scatter('markers', x, y, { marker });
}

/**
 * The figure as a picture that stands alone: on paper, with its title, and with the moment shown.
 * @param {Figure} figure
 * @param {{ at: number | null, found: Marked[] }} moment
 * @param {string} title
 * @param {Ink} ink
 * @returns {{ data: Part[], layout: Part, config: Part }}
 */
export function pictureOf({ data, layout, times = 1 }, { at, found }, title, ink) {
  const lines = wrapped(translated(title), layout.width);
  const head = HEAD + LINE * (lines.length - 1);
  const more = head + (layout.legend ? 2 * LINE : 0);
  const [height, { l, r, t, b }] = [layout.height + more, layout.margin];
  const moment = { type: 'line', x0: at, x1: at, yref: 'paper', y0: 0, y1: 1 };
  const place = { yref: 'container', yanchor: 'top' };
  return {
    data: [
      ...data.map((trace) => ({ ...trace, showscale: 'colorbar' in trace })),
      marksOf(found, times, ink),
    ],
    layout: {
      ...layout,
      height,
      margin: { l: l + EDGE, r: r + EDGE, t: t + more, b: b + EDGE },
      paper_bgcolor: ink.paper,
      font: { ...layout.font, family: FONT },
      shapes: [
        ...(layout.shapes ?? []),
        ...(at === null ? [] : [{ ...moment, line: { color: ink.dim, width: 1 } }]),
      ],
      showlegend: 'legend' in layout,
      legend: { ...place, orientation: 'h', x: 1, xanchor: 'right', y: 1 - head / height },
      hovermode: false,
      title: {
        ...place,
        text: `<b>${lines.map(plain).join('<br>')}</b>`,
        font: { size: 14, color: ink.text },
        x: 12 / layout.width,
        xanchor: 'left',
        y: 1 - 16 / height,
      },
    },
    config: { staticPlot: true },
  };
}

/**
 * @param {(format: string) => unknown} save
 * @returns {HTMLDetailsElement}
 */
export function saveControl(save) {
  return saveMenu(
    'Save this chart',
    FORMATS.map((format) => [format.toUpperCase(), () => save(format)]),
  );
}

/**
 * A sign that opens what can be saved; what fails is said there.
 * @param {string} title
 * @param {[text: string, save: () => unknown][]} offered
 * @returns {HTMLDetailsElement}
 */
export function saveMenu(title, offered) {
  const node = el('details', { class: 'chart-save' });
  const failed = el('p', { role: 'status', hidden: true, text: UNSAVED });
  const choices = offered.map(([text, save]) =>
    el('button', {
      type: 'button',
      text,
      onclick: async () => {
        node.open = false;
        show(failed, false);
        try {
          await save();
        } catch {
          node.open = true;
          show(failed, true);
        }
      },
    }),
  );
  const sign = el('summary', { 'aria-label': title, title }, icon(DOWN));
  node.append(sign, el('div', {}, ...choices, failed));
  node.addEventListener('focusout', ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && node.contains(relatedTarget))) node.open = false;
  });
  node.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') node.open = false;
  });
  for (const name of ['click', 'pointermove', 'pointerdown'])
    node.addEventListener(name, (event) => event.stopPropagation());
  return node;
}
