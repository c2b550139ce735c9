// What the page says about marks and forces, in words.

import { digits, signed } from '../../kit/dom.js';
import { nameOf } from './marknames.js';

/** @import { AnyMark, Reading, Readings } from './types.d.ts' */

/** @type {Record<string, 'positives' | 'negatives' | 'synthetics'>} */
const GROUPS = { p: 'positives', n: 'negatives', s: 'synthetics' };
const STILL = {
  coincident: 'it lies on the query',
  antipodal: 'it lies opposite the query',
};

/**
 * @param {Reading | null | undefined} reading
 * @param {string | null} mark
 * @returns {AnyMark | null}
 */
export function readingOf(reading, mark) {
  const group = mark && GROUPS[mark[0]];
  return (group && reading?.[group]?.[Number(mark.slice(1))]) || null;
}

// What is rounding is no pull.
const NO_PULL = 1e-12;

/** @param {number} pull */
export function effect(pull) {
  if (Math.abs(pull) < NO_PULL) return 'left alone';
  return pull > 0 ? 'drawn in' : 'pushed away';
}

/** @param {string} text */
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** @param {number} angle */
export function angleText(angle) {
  return `${angle >= 99.95 ? angle.toFixed(0) : angle.toFixed(1)}°`;
}

/**
 * One line on a mark under one loss.
 * @param {Reading | null} reading
 * @param {string} mark
 */
export function lineOn(reading, mark) {
  const at = readingOf(reading, mark);
  if (mark === 'q') return 'the query: drag it, or any mark';
  if (!at) return nameOf(mark);
  const line = `${nameOf(mark)}, ${angleText(at.angle)}: weight ${digits(at.weight)}, pull ${signed(at.pull)}`;
  return at.still ? `${line}, no arrow: ${STILL[at.still]}` : `${line}, ${effect(at.pull)}`;
}

/**
 * The same for someone who listens.
 * @param {Reading | null} reading
 * @param {string} mark
 * @param {number[]} place
 */
export function labelOf(reading, mark, [lon, lat]) {
  if (mark === 'q')
    return `query, at ${Math.round(lon)} degrees${lat ? `, ${Math.round(lat)} up` : ''}`;
  const at = readingOf(reading, mark);
  if (!at) return nameOf(mark);
  const label = `${nameOf(mark)}, ${Math.round(at.angle)} degrees from the query, weight ${digits(at.weight)}, pull ${signed(at.pull)}, ${effect(at.pull)}`;
  return at.still ? `${label}, no arrow as ${STILL[at.still]}` : label;
}

/** @param {number | null | undefined} turn */
export function turnText(turn) {
  if (turn === null || turn === undefined || Math.abs(turn) < 1e-12) return '';
  return turn > 0 ? 'counterclockwise' : 'clockwise';
}

/** @param {Reading} reading */
function force({ resultant }) {
  return `${digits(resultant.strength)} ${turnText(resultant.turn)}`.trim();
}

const STILL_FORCE = 5e-7;

/**
 * @param {Reading} a
 * @param {Reading} b
 */
function forces(a, b) {
  const [x, y] = [a.resultant, b.resultant];
  if (x.strength < STILL_FORCE && y.strength < STILL_FORCE) return 'Neither moves the query.';
  if (x.strength < STILL_FORCE || y.strength < STILL_FORCE)
    return `Only ${x.strength < STILL_FORCE ? 'B' : 'A'} moves the query.`;
  const [one, other] = [turnText(x.turn), turnText(y.turn)];
  if (one !== other) return `A turns the query ${one}, B ${other}.`;
  const [strong, weak, times] =
    x.strength >= y.strength
      ? ['A', 'B', x.strength / y.strength]
      : ['B', 'A', y.strength / x.strength];
  const way = one ? `Both turn the query ${one}` : 'Both move the query';
  return times < 1.005
    ? `${way} equally hard.`
    : `${way}, ${strong} ${digits(times)} times as hard as ${weak}.`;
}

/**
 * What sets the two losses apart on these points; a synthetic that one lacks has no weight there.
 * @param {Readings | null} answer
 */
export function difference(answer) {
  if (!answer) return '';
  const [a, b] = answer.of;
  let most = { by: 0, mark: '', weight: 0, other: 0 };
  for (const [letter, group] of Object.entries(GROUPS)) {
    for (let i = 0; i < Math.max(a[group].length, b[group].length); i += 1) {
      const [weight, other] = [a, b].map((one) => one[group][i]?.weight ?? 0);
      const by = Math.abs(weight - other);
      if (by > most.by) most = { by, mark: `${letter}${i}`, weight, other };
    }
  }
  const weights =
    most.by < 0.005
      ? 'Both weigh the marks alike.'
      : `${capital(nameOf(most.mark))} sets them apart most: weight ${digits(most.weight)} under A, ${digits(most.other)} under B.`;
  return `${weights} ${forces(a, b)}`;
}

/**
 * After a mark has come to rest, for someone who listens.
 * @param {Readings} answer
 * @param {string} mark
 * @param {number[]} place
 */
export function announcement(answer, mark, place) {
  if (mark === 'q') return `${labelOf(null, 'q', place)}. ${difference(answer)}`;
  const [a, b] = answer.of.map((reading) => readingOf(reading, mark));
  if (!a || !b) return '';
  /**
   * @param {string} name
   * @param {AnyMark} at
   */
  const under = (name, at) =>
    `${name} weight ${digits(at.weight)}, pull ${signed(at.pull)}, ${effect(at.pull)}`;
  return `${nameOf(mark)}, ${Math.round(a.angle)} degrees from the query. ${under('A', a)}. ${under('B', b)}. Force on the query: A ${force(answer.of[0])}, B ${force(answer.of[1])}.`;
}
