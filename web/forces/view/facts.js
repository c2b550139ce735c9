// What the scene knows at this moment, for a lesson: marks are numbered as a person counts them.

/** @import { AnyMark, Loss, Reading, Readings } from './types.d.ts' */

/** @type {['p' | 'n' | 's', 'positives' | 'negatives' | 'synthetics'][]} */
const GROUPS = [
  ['p', 'positives'],
  ['n', 'negatives'],
  ['s', 'synthetics'],
];

/** @param {string | null} mark  such as n0 */
export function counted(mark) {
  return mark && mark !== 'q' ? `${mark[0]}${Number(mark.slice(1)) + 1}` : mark;
}

/**
 * The mark of which a number is greatest, null where there is none.
 * @param {AnyMark[]} marks
 * @param {'weight' | 'pull' | 'distance'} key
 */
function most(marks, key, sign = 1) {
  const values = marks.map((mark) => sign * mark[key]);
  const at = values.indexOf(Math.max(...values));
  return at < 0 ? null : at;
}

/**
 * @param {Reading} reading
 * @param {Loss} lens
 */
function ofReading(reading, lens) {
  const { resultant } = reading;
  /** @type {Record<string, unknown>} */
  const facts = {
    ...lens,
    loss: lens.name,
    total: reading.total,
    attraction: reading.attraction,
    repulsion: reading.repulsion,
    effective: reading.effective,
    n_negatives: reading.n_negatives,
    clamped: reading.clamped,
    strength: resultant.strength,
    turn: resultant.turn,
    drawn_in: reading.negatives.filter(({ pull }) => pull > 0).length,
  };
  for (const [key, group] of GROUPS) {
    /** @type {AnyMark[]} */
    const marks = reading[group] ?? [];
    marks.forEach((mark, i) => {
      const { weight, pull, distance, angle, similarity, credited } = mark;
      facts[`${key}${i + 1}`] = { weight, pull, distance, angle, similarity, credited };
    });
    /** @param {number | null} at */
    const name = (at) => (at === null ? null : `${key}${at + 1}`);
    facts[`heaviest_${key}`] = name(most(marks, 'weight'));
    facts[`nearest_${key}`] = name(most(marks, 'distance', -1));
    facts[`pulled_most_${key}`] = name(most(marks, 'pull'));
    facts[`pushed_most_${key}`] = name(most(marks, 'pull', -1));
  }
  return facts;
}

/**
 * Of an answer about one query: what either loss makes of its marks.
 * @param {Readings} answer
 */
export function ofAnswer({ of, question }) {
  const [a, b] = of.map((reading, side) => ofReading(reading, question.losses[side]));
  const { positives, negatives, surface } = question;
  return {
    a,
    b,
    surface,
    n_positives: positives.length,
    n_negatives: negatives.length,
  };
}
