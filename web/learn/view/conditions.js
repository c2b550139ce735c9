// Whether what a lesson asks for holds at this moment.

import { factAt, rootOf } from '../../kit/blanks.js';

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
 * The facts that conditions speak of.
 * @param {Condition[]} conditions
 */
export function factsOf(conditions) {
  return conditions
    .flatMap(({ fact, at_least, at_most }) => [fact, at_least, at_most])
    .filter((path) => typeof path === 'string')
    .map(rootOf);
}

/**
 * @param {Condition[]} conditions
 * @param {Facts} facts
 */
export function allHold(conditions, facts) {
  return conditions.every((condition) => holds(condition, facts));
}
