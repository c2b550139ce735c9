// Whether what a lesson asks for holds at this moment, and its words with the moment's numbers in.

import { count, digits, signed } from '../../kit/dom.js';

/** @import { Facts } from '../../kit/facts.js' */

/**
 * A fact with what it is held against: a number, a text, or the name of another fact, `times` as much.
 * @typedef {object} Condition
 * @property {string} fact
 * @property {number | string} [at_least]
 * @property {number | string} [at_most]
 * @property {number | string | boolean} [equals]
 * @property {number} [times]
 */

/**
 * A fact by its path, such as a.n1.weight; undefined where nothing is known of it.
 * @param {Facts} facts
 * @param {string} path
 */
export function factAt(facts, path) {
  return path.split('.').reduce((found, name) => found?.[name], /** @type {any} */ (facts));
}

/**
 * @param {Facts} facts
 * @param {number | string} bound
 * @param {number} times
 */
function boundOf(facts, bound, times) {
  const value = typeof bound === 'string' ? factAt(facts, bound) : bound;
  return typeof value === 'number' ? times * value : NaN;
}

/**
 * @param {Condition} condition
 * @param {Facts} facts
 */
export function holds({ fact, at_least, at_most, equals, times = 1 }, facts) {
  const value = factAt(facts, fact);
  if (value === undefined || value === null) return false;
  if (equals !== undefined && value !== equals) return false;
  if (at_least !== undefined && !(value >= boundOf(facts, at_least, times))) return false;
  return at_most === undefined || value <= boundOf(facts, at_most, times);
}

/**
 * @param {Condition[]} conditions
 * @param {Facts} facts
 */
export function allHold(conditions, facts) {
  return conditions.every((condition) => holds(condition, facts));
}

/** @type {Record<string, string>} */
const KINDS = { p: 'positive', n: 'negative', s: 'synthetic' };

/**
 * A number as its format says: `.0%`, `.2f`, `+` with its sign, `d` whole, else three digits; a mark
 * such as n1 by its name.
 * @param {any} value
 * @param {string} format
 */
export function written(value, format) {
  if (value === undefined || value === null) return '–';
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

/** `{a.n1.weight:.0%}`, or one fact over another, `{a.p2.pull / a.p1.pull:.1f}`. */
export const BLANK = /\{([\w.]+)(?:\s*\/\s*([\w.]+))?(?::([^}]*))?\}/g;

/**
 * @param {string} text
 * @param {Facts} facts
 */
export function filled(text, facts) {
  return text.replace(BLANK, (_, path, under, format = '') => {
    const value = factAt(facts, path);
    if (!under) return written(value, format);
    const other = factAt(facts, under);
    return written(other ? value / other : undefined, format);
  });
}
