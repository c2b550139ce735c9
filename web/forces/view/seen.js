// What is seen in a landscape, in words: the titles and the read-outs.

import { digits } from '../../kit/dom.js';
import { turned } from './places.js';
import { driftsTo, extent, isFlat, valueAt } from './terrain.js';

/** @import { AnsweredLandscape, Curve, Raw, Shown, Span } from './types.d.ts' */

const APART = 1.5; // degrees: where the loss is least is known to the step of a degree
/** @param {string[]} items */
const list = (items) =>
  items.length > 1 ? `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}` : items[0];
/** @param {string} text */
export const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** @param {string} text */
const minus = (text) => text.replace('-', '−');
/** @param {number} angle */
export const angleText = (angle) => `${minus(String(Math.round(angle) || 0))}°`;

/** @param {Span} span */
const where = ({ angle, half }) =>
  half > 0.5
    ? `from ${angleText(turned(angle - half))} to ${angleText(turned(angle + half))}`
    : `at ${angleText(angle)}`;

/** @param {Span[]} spans */
const places = (spans) =>
  list(
    spans.length > 3
      ? [...spans.slice(0, 3).map(where), `${spans.length - 3} more`]
      : spans.map(where),
  );

/**
 * ↺ is counterclockwise, and a screen reader should say so.
 * @param {string} text
 */
export const aloud = (text) =>
  text.replaceAll('↺', 'counterclockwise').replaceAll('↻', 'clockwise');
/** @param {number} force */
export const around = (force) =>
  Math.abs(force) < 5e-7 ? '0' : `${digits(Math.abs(force))} ${force > 0 ? '↺' : '↻'}`;

/**
 * Of the heat map: how many valleys or places of rest, and where in the sweep that changes; on the
 * sphere along the great circle. line: {rows: [[angle]]}, a row for each setting.
 * @param {Pick<AnsweredLandscape, 'settings' | 'field' | 'grid'>} answer
 * @param {Shown} shown
 * @param {{ rows: number[][] }} line
 */
export function overview({ settings, field, grid }, shown, line) {
  const counts = line.rows.map((row) => row.length);
  const name = field.symbol || field.label;
  const one = shown === 'force' ? 'place' : 'valley';
  const along = grid ? ' along the circle' : '';
  /** @param {number} n */
  const what = (n) =>
    `${n || 'no'} ${one}${n === 1 ? '' : 's'}${shown === 'force' ? (grid ? ' of balance' : ' of rest') : ''}${along}`;
  const changes = counts.flatMap((n, i) => (i && n !== counts[i - 1] ? [i] : []));
  if (!changes.length) return capital(`${what(counts[0])}, whatever ${name} is`);
  if (changes.length === 1)
    return capital(
      `${what(counts[0])} below ${name} ${digits(settings[changes[0]])}, ${counts[changes[0]] || 'none'} above`,
    );
  return capital(`${Math.min(...counts)} to ${what(Math.max(...counts))}, depending on ${name}`);
}

/**
 * Of one loss once round. curve: {angles, loss, force, valleys, rests}; raw: {loss, force} as
 * answered.
 * @param {Pick<AnsweredLandscape, 'grid'>} answer
 * @param {Curve} curve
 * @param {Raw} raw
 * @param {Shown} shown
 */
export function heading({ grid }, curve, raw, shown) {
  if (grid) {
    if (shown === 'force')
      return `The force is at most ${digits(extent(raw.force)[1])} on the sphere`;
    const [low, high] = extent(raw.loss);
    if (isFlat(low, high)) return 'The loss is the same everywhere';
    const [at, n] = [raw.loss.indexOf(low), grid.lons.length];
    return `Loss least near lon ${angleText(turned(grid.lons[at % n]))}, lat ${angleText(grid.lats[Math.floor(at / n)])}`;
  }
  const stable = curve.rests.filter((one) => one.stable);
  if (shown === 'force') {
    if (stable.length) return `It would come to rest ${places(stable)}`;
    const [low, high] = extent(curve.force);
    return isFlat(low, high) && Math.abs(high) < 1e-6
      ? 'No force anywhere'
      : 'Nowhere to rest: the force turns it round and round';
  }
  const [least] = curve.valleys;
  if (!least) return 'The loss is the same everywhere';
  const [loss, reach] = [`Loss least ${where(least)}`, APART + least.half];
  if (!stable.length) return `${loss}, but nowhere to rest`;
  const others = stable.filter(
    ({ angle, half }) => Math.abs(turned(angle - least.angle)) > reach + half,
  );
  if (others.length === stable.length) return `${loss}, but it would rest ${places(stable)}`;
  return `${loss}: it would rest there${others.length ? `, or ${places(others)}` : ''}`;
}

/**
 * The read-out at an angle; of the query also where the force would take it.
 * @param {Pick<AnsweredLandscape, 'grid'>} answer
 * @param {Curve} curve
 * @param {number} angle
 * @param {boolean} isQuery
 */
export function words({ grid }, curve, angle, isQuery) {
  const [loss, force] = [
    valueAt(curve.angles, curve.loss, angle),
    valueAt(curve.angles, curve.force, angle),
  ];
  if (grid)
    return `${isQuery ? 'query' : `at ${angleText(angle)}`}: loss ${digits(loss)}, force ${digits(force)}`;
  const to = isQuery ? driftsTo(angle, force, curve.rests) : null;
  const goes =
    to !== null && Math.abs(turned(to - angle)) > 0.5 ? `, drifts to ${angleText(to)}` : '';
  return `${isQuery ? 'query at' : 'at'} ${angleText(turned(angle))}: loss ${digits(loss)}, force ${around(force)}${goes}`;
}
