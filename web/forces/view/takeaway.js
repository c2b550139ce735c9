// What one can take away of the forces page: what both losses make of the points, as a picture and as
// numbers, and the citation.

import { saveMenu } from '../../kit/chartsave.js';
import { CITATION } from '../../kit/citation.js';
import { el } from '../../kit/dom.js';
import { beside, copied, csvText, FONT, PAPER, savePicture } from '../../kit/picture.js';
import { saveTable, saveText } from '../../kit/savefile.js';
import { nameOf } from './marknames.js';

/** @import { Drawn } from '../../kit/picture.js' */
/** @import { Forces } from './forces.js' */
/** @import { AnyMark, Reading } from './types.d.ts' */

const HEAD = 26;
const COLUMNS = /** @type {const} */ (['angle', 'distance', 'similarity', 'weight', 'pull']);

/**
 * What both losses make of every mark, a row each.
 * @param {Pick<Reading, 'text' | 'positives' | 'negatives' | 'synthetics'>[]} readings
 */
export function numbersText(readings) {
  /** @type {['positives' | 'negatives' | 'synthetics', string][]} */
  const groups = [
    ['positives', 'p'],
    ['negatives', 'n'],
    ['synthetics', 's'],
  ];
  const rows = readings.flatMap((reading, side) =>
    groups.flatMap(([group, letter]) =>
      reading[group].map((/** @type {AnyMark} */ mark, /** @type {number} */ i) => [
        'AB'[side],
        reading.text,
        nameOf(`${letter}${i}`),
        ...COLUMNS.map((name) => mark[name]),
      ]),
    ),
  );
  return csvText([['side', 'loss', 'mark', ...COLUMNS], ...rows]);
}

/**
 * One scene, or one race of points, as it stands.
 * @param {Forces} look
 * @param {number} side
 * @returns {Drawn}
 */
function drawnOf(look, side) {
  const flow = look.board.state.mode === 'flow';
  const { scene } = look.stages[side];
  const dots = look.flow.dots[side];
  const shown = flow ? dots.canvas : scene.svg;
  const { width, height } = shown.getBoundingClientRect();
  const [paper, ink] = PAPER[look.theme];
  const size = { width, height: height + HEAD };
  const under = flow ? dots.canvas : scene.node.querySelector('canvas');
  const image =
    under && under.width && !under.hidden
      ? [el('svg:image', { y: HEAD, width, height, href: under.toDataURL() })]
      : [];
  const marks = flow
    ? []
    : [
        el(
          'svg:svg',
          { y: HEAD, width, height, viewBox: scene.svg.getAttribute('viewBox') },
          ...copied(scene.svg),
        ),
      ];
  const name = `${'AB'[side]}: ${(flow ? look.flow.answer : look.answer)?.of[side].text ?? ''}`;
  const picture = el(
    'svg:svg',
    { ...size, viewBox: `0 0 ${size.width} ${size.height}`, 'font-family': FONT },
    el('svg:rect', { ...size, fill: paper }),
    el('svg:text', { y: 15, fill: ink, 'font-size': 13, text: name }),
    ...image,
    ...marks,
  );
  return { picture, ...size };
}

/**
 * @param {Forces} look
 * @param {string} format
 */
function saveScenes(look, format) {
  const title = look.head.title.textContent ?? '';
  return savePicture(
    beside([drawnOf(look, 0), drawnOf(look, 1)], title, look.theme),
    format,
    title,
  );
}

/** @param {Forces} look */
function saveNumbers(look) {
  if (look.board.state.mode === 'flow') look.head.say('Numbers are of one query: choose it first.');
  else if (look.answer) saveTable('forces-numbers.csv', numbersText(look.answer.of));
}

/** @param {Forces} look */
export function takeAway(look) {
  return saveMenu('Take away', [
    ['both scenes, PNG', () => saveScenes(look, 'png')],
    ['both scenes, SVG', () => saveScenes(look, 'svg')],
    ['numbers, CSV', () => saveNumbers(look)],
    ['citation, BibTeX', () => saveText('cacr-playground.bib', CITATION, 'text/x-bibtex')],
  ]);
}
