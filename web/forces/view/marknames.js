// What a mark is called: 'q' is the query, 'n3' the fourth negative.

/** @import { Group } from './types.d.ts' */

/** @type {Record<string, string>} */
const KINDS = { q: 'query', p: 'positive', n: 'negative', s: 'synthetic' };
/** @type {Record<string, Group>} */
const LETTERS = { p: 'positives', n: 'negatives' };

/**
 * 'n3' -> its list and its number there; null for the query and for synthetics, which stand in
 * none.
 * @param {string} mark
 */
export function spotOf(mark) {
  const group = LETTERS[mark[0]];
  return group ? { group, index: Number(mark.slice(1)) } : null;
}

/**
 * 'n3' or 'n' -> negative.
 * @param {string} mark
 */
export function kindOf(mark) {
  return KINDS[mark[0]];
}

/** @param {string} mark */
export function nameOf(mark) {
  return mark === 'q' ? 'query' : `${kindOf(mark)} ${Number(mark.slice(1)) + 1}`;
}
