// The lines of the curves, from the rows of the entries: against which axis, and less which baseline.

import { pointAt } from '../../kit/points.js';
import { styleOf } from '../../kit/styles.js';

/** @import { Level, Line, LinePoint, MetricRow, SeriesSpec, Theme } from '../../kit/types.d.ts' */
/** @import { Entry } from './entry.js' */

/** @typedef {Line & { entry: Entry, images: number, ended: boolean, colour: string, mark: string }} EntryLine */

/**
 * Where a row of metrics lies on the axis, null where that was not measured.
 * @param {Entry} entry
 * @param {MetricRow} row
 * @param {string} against  step, images or seconds
 */
export function axisValue(entry, row, against) {
  if (against === 'images') return row.step * entry.about.images_per_step;
  return against === 'seconds' ? (row.seconds ?? null) : row.step;
}

/**
 * @param {Entry} entry
 * @param {string} key
 * @param {string} against
 * @returns {LinePoint[]}
 */
export function pointsOf(entry, key, against) {
  /** @type {LinePoint[]} */
  const points = [];
  for (const row of entry.rows) {
    const [x, y] = [axisValue(entry, row, against), row[key]];
    if (x !== null && y !== undefined && Number.isFinite(y)) points.push([x, y, row.step]);
  }
  return points;
}

/**
 * @param {Entry[]} entries
 * @param {string} key
 * @param {{ against: string, theme: Theme, base: Entry | null }} look
 * @returns {EntryLine[]}
 */
export function linesOf(entries, key, { against, theme, base }) {
  return entries.map((entry) => ({
    ...styleOf(entry.index, theme, entry.about.mark),
    entry,
    label: entry.about.label,
    images: entry.about.images_per_step,
    base: entry === base,
    ended: entry.ended,
    points: pointsOf(entry, key, against),
  }));
}

/**
 * Less the baseline at the same place of the axis, where both have been measured; the lines as they
 * are where the baseline has no points.
 * @template {Line} L
 * @param {L[]} lines
 * @returns {L[]}
 */
export function differences(lines) {
  const pinned = lines.find(({ base }) => base)?.points ?? [];
  if (!pinned.length) return lines;
  const end = pinned[pinned.length - 1][0];
  return lines
    .filter((line) => !line.base)
    .map((line) => ({
      ...line,
      points: line.points
        .filter(([x]) => x <= end + 1e-9)
        .map(
          /** @returns {LinePoint} */
          ([x, y, step]) => [x, y - (pointAt(pinned, x)?.[1] ?? NaN), step],
        )
        .filter(([, y]) => Number.isFinite(y)),
    }));
}

/**
 * What a number is to be held against: guessing, the encoder that all started from, what is possible.
 * @param {SeriesSpec} spec
 * @param {EntryLine[]} lines
 * @param {object} about
 * @param {boolean} [about.frozen]  nothing was trained here
 * @param {number | null} about.even_spread
 * @param {() => number} evenShare  the share of a class under even weights
 * @returns {Level[]}
 */
export function levelsOf(spec, lines, { frozen, even_spread: even }, evenShare) {
  if (spec.key === 'uniformity') return [{ value: even ?? NaN, name: 'most even' }];
  if (spec.key === 'own_class_share') return [{ value: evenShare(), name: 'even weights' }];
  if (spec.kind !== 'accuracy') return [];
  const [first] = lines.flatMap(({ points }) => points.filter(([, , step]) => step === 0));
  return [
    { value: spec.chance ?? NaN, name: 'chance' },
    { value: frozen ? NaN : (first?.[1] ?? NaN), name: 'untrained' },
  ];
}
