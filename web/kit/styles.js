// How an entry is told from another without colour: a mark, a dash, and a step from ink to grey.

import { INK, mix } from './colours.js';
import { el } from './dom.js';

/** @import { Theme } from './types.d.ts' */

const MARKS = ['circle', 'square', 'triangle', 'diamond'];
const DASHES = ['', '7 3.5', '2 3', '10 3 2 3'];
const SHARES = [0.95, 0.74, 0.6, 0.5];

/**
 * @param {number} index
 * @param {Theme} theme
 * @param {string | null} [mark]  the entry's own
 */
export function styleOf(index, theme, mark = null) {
  const { ink, paper } = INK[theme];
  return {
    dash: DASHES[index % 4],
    colour: mix(paper, ink, SHARES[index % 4]),
    mark: MARKS.find((one) => one === mark) ?? MARKS[index % 4],
  };
}

/**
 * The outline of a mark about the origin; all of about the same area.
 * @param {string | undefined} mark
 * @param {number} r
 */
export function markPath(mark, r) {
  if (mark === 'square') return `M${-0.88 * r} ${-0.88 * r}h${1.76 * r}v${1.76 * r}h${-1.76 * r}z`;
  if (mark === 'triangle') return `M0 ${-1.2 * r}L${1.12 * r} ${0.8 * r}H${-1.12 * r}z`;
  if (mark === 'diamond') return `M0 ${-1.25 * r}L${1.25 * r} 0L0 ${1.25 * r}L${-1.25 * r} 0z`;
  return `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

/**
 * The mark as a small picture, beside a label.
 * @param {string} mark
 */
export function badge(mark) {
  return el(
    'svg:svg',
    { class: 'mark', viewBox: '-8 -8 16 16', 'aria-hidden': 'true' },
    el('svg:path', { d: markPath(mark, 5.6) }),
  );
}

/** @param {number} n */
export function ordinal(n) {
  const tens = n % 100;
  const end = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n.toLocaleString('en')}${end}`;
}

/**
 * A value in its unit.
 * @param {number | null | undefined} value
 * @param {string} unit
 * @param {(value: number) => string} digits  how a number without unit is written
 */
export function valueText(value, unit, digits) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (unit === 'share') return `${(100 * value).toFixed(1)} %`;
  return digits(value);
}

/**
 * @param {number | null} value
 * @param {string} unit
 * @param {(value: number) => string} digits
 */
export function differenceText(value, unit, digits) {
  if (value === null || !Number.isFinite(value)) return '–';
  if (unit !== 'share') return value > 0 ? `+${digits(value)}` : digits(value);
  const text = (100 * value).toFixed(1).replace('-', '−');
  if (Number(text.replace('−', '')) === 0) return '0.0'; // rounded to nothing, which has no sign
  return value > 0 ? `+${text}` : text;
}
