// What the page says about marks and forces, in words.

import { digits, signed } from '../../kit/dom.js';
import { nameOf } from './board.js';

const STILL = {
  coincident: 'it lies on the query',
  antipodal: 'it lies opposite the query',
};

export function readingOf(reading, mark) {
  const group = { p: 'positives', n: 'negatives', s: 'synthetics' }[mark?.[0]];
  return (group && reading?.[group]?.[Number(mark.slice(1))]) || null;
}

// What is rounding is no pull.
const NO_PULL = 1e-12;

export function effect(pull) {
  if (Math.abs(pull) < NO_PULL) return 'left alone';
  return pull > 0 ? 'drawn in' : 'pushed away';
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

export function angleText(angle) {
  return `${angle >= 99.95 ? angle.toFixed(0) : angle.toFixed(1)}°`;
}

// One line on a mark under one loss.
export function lineOn(reading, mark) {
  const at = readingOf(reading, mark);
  if (mark === 'q') return 'the query: drag it, or any mark';
  if (!at) return nameOf(mark);
  const line = `${nameOf(mark)}, ${angleText(at.angle)}: weight ${digits(at.weight)}, pull ${signed(at.pull)}`;
  return at.still ? `${line}, no arrow: ${STILL[at.still]}` : `${line}, ${effect(at.pull)}`;
}

// The same for someone who listens.
export function labelOf(reading, mark, [lon, lat]) {
  if (mark === 'q')
    return `query, at ${Math.round(lon)} degrees${lat ? `, ${Math.round(lat)} up` : ''}`;
  const at = readingOf(reading, mark);
  if (!at) return nameOf(mark);
  const label = `${nameOf(mark)}, ${Math.round(at.angle)} degrees from the query, weight ${digits(at.weight)}, pull ${signed(at.pull)}, ${effect(at.pull)}`;
  return at.still ? `${label}, no arrow as ${STILL[at.still]}` : label;
}

export function turnText(turn) {
  if (turn === null || turn === undefined || Math.abs(turn) < 1e-12) return '';
  return turn > 0 ? 'counterclockwise' : 'clockwise';
}

function force({ resultant }) {
  return `${digits(resultant.strength)} ${turnText(resultant.turn)}`.trim();
}

const STILL_FORCE = 5e-7;

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

// What sets the two losses apart on these points.
export function difference(answer) {
  if (!answer) return '';
  const [a, b] = answer.of;
  let most = { by: 0 };
  for (const [letter, group] of [
    ['p', 'positives'],
    ['n', 'negatives'],
  ]) {
    for (const [i, { weight }] of a[group].entries()) {
      const other = b[group][i]?.weight;
      if (other !== undefined && Math.abs(weight - other) > most.by)
        most = { by: Math.abs(weight - other), mark: `${letter}${i}`, weight, other };
    }
  }
  const weights =
    most.by < 0.005
      ? 'Both weigh the marks alike.'
      : `${capital(nameOf(most.mark))} sets them apart most: weight ${digits(most.weight)} under A, ${digits(most.other)} under B.`;
  return `${weights} ${forces(a, b)}`;
}

// After a mark has come to rest, for someone who listens.
export function announcement(answer, mark, place) {
  if (mark === 'q') return `${labelOf(null, 'q', place)}. ${difference(answer)}`;
  const [a, b] = answer.of.map((reading) => readingOf(reading, mark));
  if (!a || !b) return '';
  const under = (name, at) =>
    `${name} weight ${digits(at.weight)}, pull ${signed(at.pull)}, ${effect(at.pull)}`;
  return `${nameOf(mark)}, ${Math.round(a.angle)} degrees from the query. ${under('A', a)}. ${under('B', b)}. Force on the query: A ${force(answer.of[0])}, B ${force(answer.of[1])}.`;
}
