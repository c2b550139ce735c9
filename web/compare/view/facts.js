// What the compare page knows at this moment, for a lesson: the rows of all entries at one step.

import { rowAt } from '../../kit/points.js';

/**
 * Every number of an entry at a step, or the last one before it: accuracies are measured now and then.
 * @param {any[]} rows
 * @param {number} step
 */
export function ofRows(rows, step) {
  return { ...rowAt(rows, step, 'knn_features'), ...rowAt(rows, step) };
}

/**
 * @param {{ name: string, about: { label: string }, rows: any[] }[]} entries
 * @param {number} step
 */
export function ofEntries(entries, step) {
  return Object.fromEntries(
    entries.map(({ name, about, rows }) => [name, { label: about.label, ...ofRows(rows, step) }]),
  );
}
