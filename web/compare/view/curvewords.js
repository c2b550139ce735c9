// What is said beside the curves: who leads, what a number means, where the hand is.

import { count, digits } from '../../kit/dom.js';
import { pointAt } from '../../kit/points.js';
import { differenceText, valueText } from '../../kit/styles.js';
import { listed, ONE_RUN, stepText } from './words.js';

/** @type {Record<string, string>} */
export const AXES = { step: 'updates', images: 'images seen', seconds: 'seconds of training' };

function placeOf(x, against, step) {
  if (against === 'images') return `by ${count(Math.round(x))} images seen`;
  if (against === 'seconds') return `after ${digits(x)} s of training`;
  return `at ${stepText(step)}`;
}

// What each line that goes on says at x, or where the first of them ends. A line is
// {label, base, ended, points: [[x, value, step]]}.
export function standing(lines, x) {
  const going = lines.filter(
    ({ points, ended }) => points.length && !(ended && points[points.length - 1][0] < x),
  );
  if (!going.length) return { x, found: [] };
  const at = Math.min(x, ...going.map(({ points }) => points[points.length - 1][0]));
  const found = going
    .map((line) => ({ ...line, point: pointAt(line.points, at) }))
    .filter(({ point }) => point);
  return { x: at, found };
}

function level(found, text) {
  return found.every(({ point }) => text(point[1]) === text(found[0].point[1]));
}

function leads(found, place, unit, where) {
  const order = [...found].sort((a, b) => b.point[1] - a.point[1]);
  const text = (value) => valueText(value, unit, digits);
  const best = order.filter(({ point }) => text(point[1]) === text(order[0].point[1]));
  if (best.length > 1)
    return `${best.length === found.length ? 'All' : listed(best.map(({ label }) => label))} level at ${text(order[0].point[1])} ${place}`.trim();
  return `${order[0].label} leads by ${(100 * (order[0].point[1] - order[1].point[1])).toFixed(1)} points${place ? ` ${place}` : ''}, ${where}`;
}

function ends(found, place, unit) {
  const order = [...found].sort((a, b) => a.point[1] - b.point[1]);
  const text = ({ point }) => valueText(point[1], unit, digits);
  return `Lowest with ${order[0].label}, ${text(order[0])}; highest with ${order[order.length - 1].label}, ${text(order[order.length - 1])}${place ? `; ${place}` : ''}`;
}

function course({ label, points, point }, place, spec) {
  const text = (value) => valueText(value, spec.unit, digits);
  const [first] = points;
  if (point[2] === first[2]) return `${spec.title} of ${label}: ${text(point[1])} ${place}`.trim();
  return `${spec.title} of ${label}: ${text(first[1])} at ${stepText(first[2])}, ${text(point[1])} ${place}`;
}

// The title of the curves: states what is seen at the moment x of the axis.
export function curveTitle(spec, lines, x, { against, frozen, scale, moving }) {
  const { x: at, found } = standing(lines, x);
  if (!lines.some(({ points }) => points.length)) return missing(spec.title, moving);
  if (!found.length) return spec.title;
  const place = frozen ? '' : placeOf(at, against, Math.max(...found.map(({ point }) => point[2])));
  if (spec.kind === 'scale' && scale)
    return course(found.find(({ base }) => base) ?? found[0], place, spec);
  if (found.length < 2) return course(found[0], place, spec);
  if (spec.kind === 'accuracy')
    return leads(found, place, spec.unit, frozen ? 'on these images' : ONE_RUN);
  if (level(found, (value) => valueText(value, spec.unit, digits)))
    return `The same in all, ${valueText(found[0].point[1], spec.unit, digits)} ${place}`.trim();
  return ends(found, place, spec.unit);
}

function missing(title, moving) {
  return `${title}: ${moving ? 'not measured yet' : 'not recorded in this run'}`;
}

// What the numbers mean, and what keeps them from being compared.
export function curveNote(spec, lines, { against, scale, moving, frozen, even }) {
  const without = lines.filter(({ points }) => !points.length);
  const parts = [spec.note];
  if (spec.kind === 'scale') parts.push(scale);
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

// Entries with other numbers of views see other numbers of images in an update.
function viewsNote(lines) {
  const known = [...new Set(lines.map(({ images }) => images))].sort((a, b) => a - b);
  if (known.length < 2) return '';
  const each = known.map(
    (images, i) =>
      `${count(images)}${i ? '' : ' images'} to ${listed(lines.filter((line) => line.images === images).map(({ label }) => label))}`,
  );
  return `An update shows ${listed(each)}, every view counted.`;
}

// Where the hand or the moment is, and of which step the values are.
export function placeText(x, against, lines) {
  if (x === null) return { text: '', measured: null };
  const found = lines.map(({ points }) => pointAt(points, x)).filter(Boolean);
  const measured = found.length ? Math.max(...found.map(([at]) => at)) : null;
  const text =
    against === 'step'
      ? stepText(Math.round(x))
      : against === 'seconds'
        ? `${digits(x)} s`
        : `${count(Math.round(x))} ${AXES[against]}`;
  const early = measured !== null && Math.abs(measured - x) > 1e-6 * Math.max(1, Math.abs(x));
  return {
    text: early
      ? `${text}, measured at ${against === 'seconds' ? `${digits(measured)} s` : count(Math.round(measured))}`
      : text,
    measured,
  };
}

// One value of the read-out; an entry measured at another place than the others says where.
export function valueAtText(line, x, measured, { difference, unit, against }) {
  const point = x === null ? null : pointAt(line.points, x);
  const text = difference
    ? differenceText(point?.[1] ?? null, unit, digits)
    : valueText(point?.[1], unit, digits);
  if (!point || measured === null || Math.abs(point[0] - measured) < 1e-9) return text;
  return `${text} (at ${against === 'seconds' ? `${digits(point[0])} s` : count(Math.round(point[0]))})`;
}
