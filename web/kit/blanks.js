// Words with the numbers of the moment in their blanks.

import { count, digits, signed } from './dom.js';

/** @import { Facts } from './facts.js' */

/** @type {Record<string, string>} */
const KINDS = { p: 'positive', n: 'negative', s: 'synthetic' };

/** `{a.n1.weight:.0%}`, or one fact over another, `{a.p2.pull / a.p1.pull:.1f}`. */
const BLANK = /\{([\w.]+)(?:\s*\/\s*([\w.]+))?(?::([^}]*))?\}/g;
const EMPTY = '–';

/**
 * A fact by its path, such as a.n1.weight; undefined where nothing is known of it.
 * @param {Facts} facts
 * @param {string} path
 */
export function factAt(facts, path) {
  return path.split('.').reduce((found, name) => found?.[name], /** @type {any} */ (facts));
}

/**
 * The fact that a path leads into.
 * @param {string} path
 */
export function rootOf(path) {
  return path.split('.')[0];
}

/**
 * The facts that a text speaks of.
 * @param {string} text
 * @returns {string[]}
 */
export function factsIn(text) {
  return [...text.matchAll(BLANK)].flatMap(([, path, under]) => [path, under ?? path]).map(rootOf);
}

/**
 * A number as its format says: `.0%`, `.2f`, `+` with its sign, `d` whole, else three digits; a mark
 * such as n1 by its name.
 * @param {any} value
 * @param {string} format
 */
function written(value, format) {
  if (value === undefined || value === null || Number.isNaN(value)) return EMPTY;
  if (typeof value === 'string')
    return /^[pns]\d+$/.test(value) ? `${KINDS[value[0]]} ${value.slice(1)}` : value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const found = /^\.(\d)([f%])$/.exec(format);
  if (found) {
    const [, places, kind] = found;
    const text = (kind === '%' ? 100 * value : value).toFixed(Number(places));
    return `${text.replace('-', '−')}${kind === '%' ? ' %' : ''}`;
  }
  if (format === '+') return signed(value);
  return format === 'd' ? count(Math.round(value)) : digits(value);
}

/**
 * The text, and whether each of its blanks was filled; a dash of its own is no empty blank. A number
 * and its % stay in one line.
 * @param {string} text
 * @param {Facts} facts
 */
function fill(text, facts) {
  let isWhole = true;
  const found = text.replace(BLANK, (_, path, under, format = '') => {
    const value = factAt(facts, path);
    const other = under && factAt(facts, under);
    const ratio = other && Number.isFinite(value) ? value / other : undefined;
    const part = written(under ? ratio : value, format);
    isWhole &&= part !== EMPTY;
    return part;
  });
  return { found: found.replace(/(?<=\d) %/g, '\u00a0%'), isWhole };
}

/**
 * @param {string} text
 * @param {Facts} facts
 */
export function filled(text, facts) {
  return fill(text, facts).found;
}

/**
 * The same, empty where a blank cannot be filled.
 * @param {string} text
 * @param {Facts} facts
 */
export function filledOrNothing(text, facts) {
  const { found, isWhole } = fill(text, facts);
  return isWhole ? found : '';
}
