// Where a line stands: its points are [x, y, step], in the order of x.

/** @import { LinePoint, MetricRow } from './types.d.ts' */

/**
 * The last point at or before x, null before the first.
 * @param {LinePoint[]} points
 * @param {number} x
 */
export function pointAt(points, x) {
  let [low, high] = [0, points.length - 1];
  if (high < 0 || points[0][0] > x + 1e-9) return null;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (points[middle][0] <= x + 1e-9) low = middle;
    else high = middle - 1;
  }
  return points[low];
}

/**
 * The row of metrics at or before a step; `key` asks for one that has it.
 * @param {MetricRow[]} rows
 * @param {number} step
 * @param {string | null} [key]
 */
export function rowAt(rows, step, key = null) {
  for (let i = rows.length - 1; i >= 0; i -= 1) {
    const row = rows[i];
    if (row.step <= step && (key === null || Number.isFinite(row[key]))) return row;
  }
  return null;
}
