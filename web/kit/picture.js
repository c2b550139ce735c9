// What of the page can be taken away as a picture that stands alone: of lines (SVG), or of dots (PNG).

import { fileName } from './chartsave.js';
import { el } from './dom.js';
import { saveFile, saveText } from './savefile.js';

export const FONT = 'Arial, Helvetica, sans-serif'; // the page's own is not there where it is opened
/** Paper, ink and faint ink, by theme. */
export const PAPER = {
  light: ['#ffffff', '#0d1014', '#5b6168'],
  dark: ['#0e1117', '#e8e6e3', '#a4a7ab'],
};
const COPIED = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'stroke-opacity',
  'paint-order',
  'opacity',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
];
const SHARP = 2; // pixels of a saved picture for one of the page
const [EDGE, HEAD] = [14, 34];

/** @typedef {{ picture: SVGElement, width: number, height: number }} Drawn */

/**
 * Marks of the page as they look there, where its stylesheet is not at hand; what is hidden is left out.
 * @param {SVGElement} shown
 */
export function copied(shown) {
  const copy = /** @type {SVGElement} */ (shown.cloneNode(true));
  const [theirs, ours] = [shown.querySelectorAll('*'), [...copy.querySelectorAll('*')]];
  theirs.forEach((node, i) => {
    const look = getComputedStyle(node);
    if (look.display === 'none' || look.visibility === 'hidden') {
      ours[i].remove();
      return;
    }
    for (const name of COPIED) ours[i].setAttribute(name, look.getPropertyValue(name));
    ours[i].removeAttribute('class');
  });
  return [...copy.childNodes];
}

/**
 * Pictures side by side under one title.
 * @param {Drawn[]} drawn
 * @param {string} title
 * @param {'light' | 'dark'} theme
 * @returns {Drawn}
 */
export function beside(drawn, title, theme) {
  const width = drawn.reduce((sum, one) => sum + one.width + EDGE, EDGE);
  const height = HEAD + Math.max(...drawn.map((one) => one.height)) + EDGE;
  const [paper, ink] = PAPER[theme];
  let x = EDGE;
  const placed = drawn.map((one) => {
    for (const [name, value] of Object.entries({ x, y: HEAD }))
      one.picture.setAttribute(name, String(value));
    x += one.width + EDGE;
    return one.picture;
  });
  const picture = el(
    'svg:svg',
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'font-family': FONT,
      xmlns: 'http://www.w3.org/2000/svg',
    },
    el('svg:rect', { width, height, fill: paper }),
    el('svg:text', {
      x: EDGE,
      y: 22,
      fill: ink,
      'font-size': 15,
      'font-weight': 'bold',
      text: title,
    }),
    ...placed,
  );
  return { picture, width, height };
}

/**
 * @param {Drawn} drawn
 * @param {string} format  png or svg
 * @param {string} title
 */
export async function savePicture(drawn, format, title) {
  if (format === 'svg') saveText(`${fileName(title)}.svg`, svgText(drawn.picture), 'image/svg+xml');
  else saveFile(`${fileName(title)}.png`, await pngOf(drawn));
}

/**
 * A table as text, a row a line; what holds commas or quotes is quoted. A name that a program of tables
 * would take for a formula begins with an apostrophe.
 * @param {unknown[][]} rows
 */
export function csvText(rows) {
  const cell = (/** @type {unknown} */ value) => {
    const isFormula = typeof value === 'string' && /^[=+\-@\t\r]/.test(value);
    const text = `${isFormula ? "'" : ''}${value ?? ''}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(',')}\n`).join('');
}

/** @param {SVGElement} picture */
export function svgText(picture) {
  return new XMLSerializer().serializeToString(picture);
}

/**
 * @param {{ picture: SVGElement, width: number, height: number }} drawn
 * @returns {Promise<Blob>}
 */
export async function pngOf({ picture, width, height }) {
  const url = URL.createObjectURL(new Blob([svgText(picture)], { type: 'image/svg+xml' }));
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } finally {
    URL.revokeObjectURL(url);
  }
  const canvas = el('canvas', { width: width * SHARP, height: height * SHARP });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('The picture could not be made.'));
    });
  });
}
