// The lines of the curves, from the rows of the entries: against which axis, and less which baseline.

import { pointAt } from '../../kit/points.js';
import { styleOf } from '../../kit/styles.js';

/** @import { Level, Line, LinePoint, MetricRow, SeriesSpec, Theme } from '../../kit/types.d.ts' */
/** @import { Entry } from './entry.js' */

/**
 * `last` is where the entry's rows end on the axis, which a number measured now and then may not
 * reach; `interpolated` tells of differences from values between two measurements.
 * @typedef {Line & { entry: Entry, images: number, ended: boolean, last: number, colour: string, mark: string, interpolated?: boolean }} EntryLine
 */

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
 * What a line says at a place of the axis: on that of steps the last that was measured, as all are
 * measured at the same ones. On the others between the two measurements around it, or nothing: a
 * value of other images or another time is not this one's. A point without a step was not measured.
 * @param {LinePoint[]} points
 * @param {number} x
 * @param {string} against
 * @returns {LinePoint | null}
 */
export function standsAt(points, x, against) {
  const before = pointAt(points, x);
  if (!before || against === 'step' || x - before[0] <= 1e-9) return before;
  const after = points[points.indexOf(before) + 1];
  if (!after) return null;
  const share = (x - before[0]) / (after[0] - before[0]);
  return [x, before[1] + share * (after[1] - before[1])];
}

/**
 * Where the rows of an entry end on the axis.
 * @param {Entry} entry
 * @param {string} against
 */
export function endOf(entry, against) {
  const values = entry.rows.map((row) => axisValue(entry, row, against) ?? -Infinity);
  return Math.max(-Infinity, ...values);
}

/**
 * The entry by which a place of the axis is told: the first, or where its rows end before, the one
 * whose rows reach farthest.
 * @param {Entry[]} entries  the baseline first
 * @param {string} against
 * @param {number} x
 */
export function reaching(entries, against, x) {
  const [first, ...others] = entries;
  if (endOf(first, against) >= x - 1e-9) return first;
  return others.reduce((a, b) => (endOf(b, against) > endOf(a, against) ? b : a), first);
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
    last: endOf(entry, against),
    points: pointsOf(entry, key, against),
  }));
}

/**
 * Less the baseline at the same place of the axis; the lines as they are where the baseline has no
 * points.
 * @template {Line & { interpolated?: boolean }} L
 * @param {L[]} lines
 * @param {string} against
 * @returns {L[]}
 */
export function differences(lines, against) {
  const pinned = lines.find(({ base }) => base)?.points ?? [];
  if (!pinned.length) return lines;
  const end = pinned[pinned.length - 1][0];
  return lines
    .filter((line) => !line.base)
    .map((line) => {
      const both = line.points
        .filter(([x]) => x <= end + 1e-9)
        .flatMap((point) => {
          const base = standsAt(pinned, point[0], against);
          return base ? [{ point, base }] : [];
        });
      return {
        ...line,
        interpolated: both.some(({ base }) => base[2] === undefined),
        points: both.map(
          /** @returns {LinePoint} */
          ({ point: [x, y, step], base }) => [x, y - base[1], step],
        ),
      };
    });
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
