// What is said beside the curves: who leads, what a number means, where the hand is.

import { count, digits } from '../../kit/dom.js';
import { pointAt } from '../../kit/points.js';
import { differenceText, valueText } from '../../kit/styles.js';
import { standsAt } from './curvelines.js';
import { listed, stepText, unrecordedText, whereText } from './words.js';

/** @import { Line, LinePoint, SeriesSpec } from '../../kit/types.d.ts' */

/**
 * A line that is spoken of; `images` are shown in an update, `ended` tells of one that ended alone,
 * `last` where its rows end.
 * @typedef {Line & { images: number, ended: boolean, last: number }} SpokenLine
 */
/** A line with its point at the place that is spoken of. */
/** @typedef {SpokenLine & { point: LinePoint }} Pointed */

/**
 * What the sentences need to know beside the lines.
 * @typedef {object} Framed
 * @property {string} against
 * @property {boolean} moving
 * @property {boolean} [frozen]
 * @property {string} [scale]
 * @property {number | null} [even]
 * @property {boolean} [interpolated]  differences are from values between two measurements
 */

/** @type {Record<string, string>} */
export const AXES = { step: 'updates', images: 'images seen', seconds: 'seconds of training' };

/**
 * Where the values are of, and whether some lie between two measurements.
 * @param {number} x
 * @param {string} against
 * @param {Pointed[]} found
 */
function placeOf(x, against, found) {
  if (against === 'step')
    return `at ${stepText(Math.max(...found.map(({ point }) => point[2] ?? NaN)))}`;
  const how = found.some(({ point }) => point[2] === undefined) ? ' (interpolated)' : '';
  if (against === 'images') return `by ${count(Math.round(x))} images seen${how}`;
  return `after ${digits(x)} s of training${how}`;
}

/**
 * What each line that goes on says at x, or where the first of them ends. A line is {label, base,
 * ended, last, points: [[x, value, step]]}.
 * @template {SpokenLine} L
 * @param {L[]} lines
 * @param {number} x
 * @param {string} against
 */
export function standing(lines, x, against) {
  const going = lines.filter(({ points, ended, last }) => points.length && !(ended && last < x));
  if (!going.length) return { x, found: /** @type {(L & { point: LinePoint })[]} */ ([]) };
  const at = Math.min(x, ...going.map(({ points }) => points[points.length - 1][0]));
  const found = going.flatMap((line) => {
    const point = standsAt(line.points, at, against);
    return point ? [{ ...line, point }] : [];
  });
  return { x: at, found };
}

/**
 * @param {Pointed[]} found
 * @param {(value: number) => string} text
 */
function level(found, text) {
  return found.every(({ point }) => text(point[1]) === text(found[0].point[1]));
}

/**
 * @param {Pointed[]} found
 * @param {string} place
 * @param {string} unit
 * @param {string} where
 */
function leads(found, place, unit, where) {
  const order = [...found].sort((a, b) => b.point[1] - a.point[1]);
  /** @param {number} value */
  const text = (value) => valueText(value, unit, digits);
  const best = found.filter(({ point }) => text(point[1]) === text(order[0].point[1]));
  if (best.length > 1)
    return `${best.length === found.length ? 'All' : listed(best.map(({ label }) => label))} level at ${text(order[0].point[1])} ${place}`.trim();
  const gap = 100 * (order[0].point[1] - order[1].point[1]); // between measurements it may be tiny
  const by = gap < 0.05 ? digits(gap) : gap.toFixed(1);
  return `${order[0].label} leads by ${by} points${place ? ` ${place}` : ''}, ${where}`;
}

/**
 * @param {Pointed[]} found
 * @param {string} place
 * @param {string} unit
 */
function ends(found, place, unit) {
  const values = found.map(({ point }) => point[1]);
  /** @param {number} end */
  const at = (end) => {
    /** @param {number} value */
    const text = (value) => valueText(value, unit, digits);
    const there = found.filter(({ point }) => text(point[1]) === text(end));
    return `${listed(there.map(({ label }) => label))}, ${text(end)}`;
  };
  return `Lowest with ${at(Math.min(...values))}; highest with ${at(Math.max(...values))}${place ? `; ${place}` : ''}`;
}

/**
 * @param {Pointed} line
 * @param {string} place
 * @param {SeriesSpec} spec
 */
function course({ label, points, point }, place, spec) {
  /** @param {number} value */
  const text = (value) => valueText(value, spec.unit, digits);
  const [first] = points;
  if (point[2] === first[2]) return `${spec.title} of ${label}: ${text(point[1])} ${place}`.trim();
  return `${spec.title} of ${label}: ${text(first[1])} at ${stepText(first[2] ?? NaN)}, ${text(point[1])} ${place}`;
}

/**
 * The title of the curves: states what is seen at the moment x of the axis.
 * @param {SeriesSpec} spec
 * @param {SpokenLine[]} lines
 * @param {number} x
 * @param {Framed} frame
 */
export function curveTitle(spec, lines, x, { against, frozen, scale, moving }) {
  const { x: at, found } = standing(lines, x, against);
  if (!lines.some(({ points }) => points.length)) return missing(spec.title, moving, frozen);
  if (!found.length) return spec.title;
  const place = frozen ? '' : placeOf(at, against, found);
  if (spec.kind === 'scale' && scale)
    return course(found.find(({ base }) => base) ?? found[0], place, spec);
  if (found.length < 2) return course(found[0], place, spec);
  if (spec.kind === 'accuracy') return leads(found, place, spec.unit, whereText(frozen));
  if (level(found, (value) => valueText(value, spec.unit, digits)))
    return `The same in all, ${valueText(found[0].point[1], spec.unit, digits)} ${place}`.trim();
  return ends(found, place, spec.unit);
}

/**
 * @param {string} title
 * @param {boolean} moving
 * @param {boolean | undefined} frozen
 */
function missing(title, moving, frozen) {
  return `${title}: ${moving ? 'not measured yet' : unrecordedText(frozen)}`;
}

/**
 * What the numbers mean, and what keeps them from being compared.
 * @param {SeriesSpec} spec
 * @param {SpokenLine[]} lines
 * @param {Framed} frame
 */
export function curveNote(spec, lines, frame) {
  const { against, scale, moving, frozen, even, interpolated } = frame;
  const without = lines.filter(({ points }) => !points.length);
  const parts = [spec.note];
  if (interpolated)
    parts.push('Between two measurements of the baseline its values are interpolated.');
  if (spec.kind === 'scale' && scale) parts.push(scale);
  if (spec.key === 'uniformity' && Number.isFinite(even))
    parts.push(`It cannot be below ${digits(even)} here.`);
  if (spec.kind === 'accuracy' && !frozen)
    parts.push('One run of each: repeat over seeds before believing a small difference.');
  if (against !== 'seconds') parts.push(viewsNote(lines));
  if (without.length && without.length < lines.length)
    parts.push(
      `${moving ? 'Not measured yet' : 'Not recorded'} for ${listed(without.map(({ label }) => label))}.`,
    );
  return parts.filter(Boolean).join(' ');
}

/**
 * Entries with other numbers of views see other numbers of images in an update.
 * @param {SpokenLine[]} lines
 */
function viewsNote(lines) {
  const known = [...new Set(lines.map(({ images }) => images))].sort((a, b) => a - b);
  if (known.length < 2) return '';
  const each = known.map(
    (images, i) =>
      `${count(images)}${i ? '' : ' images'} to ${listed(lines.filter((line) => line.images === images).map(({ label }) => label))}`,
  );
  return `An update shows ${listed(each)}, every view counted.`;
}

/**
 * Where the hand or the moment is, and of which step the values are.
 * @param {number | null} x
 * @param {string} against
 * @param {(Line & { interpolated?: boolean })[]} lines
 */
export function placeText(x, against, lines) {
  if (x === null) return { text: '', measured: null };
  const places = lines.flatMap(({ points }) => pointAt(points, x)?.[0] ?? []);
  const measured = places.length ? Math.max(...places) : null;
  const text =
    against === 'step'
      ? stepText(Math.round(x))
      : against === 'seconds'
        ? `${digits(x)} s`
        : `${count(Math.round(x))} ${AXES[against]}`;
  if (lines.some(({ interpolated }) => interpolated))
    return { text: `${text}, against an interpolated baseline`, measured };
  const early = measured !== null && Math.abs(measured - x) > 1e-6 * Math.max(1, Math.abs(x));
  return {
    text: early
      ? `${text}, measured at ${against === 'seconds' ? `${digits(measured)} s` : count(Math.round(measured))}`
      : text,
    measured,
  };
}

/**
 * One value of the read-out; an entry measured at another place than the others says where.
 * @param {Line} line
 * @param {number | null} x
 * @param {number | null} measured
 * @param {{ difference: boolean, unit: string, against: string }} own
 */
export function valueAtText(line, x, measured, { difference, unit, against }) {
  const point = x === null ? null : pointAt(line.points, x);
  const text = difference
    ? differenceText(point?.[1] ?? null, unit, digits)
    : valueText(point?.[1], unit, digits);
  if (!point || measured === null || Math.abs(point[0] - measured) < 1e-9) return text;
  return `${text} (at ${against === 'seconds' ? `${digits(point[0])} s` : count(Math.round(point[0]))})`;
}
