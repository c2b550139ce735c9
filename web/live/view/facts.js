// What the live page knows at this moment, for a lesson: as Python sent it, by name.

/** @import { Frame, QueryAnswer, Sample } from '../../kit/types.d.ts' */
/** @import { Facts } from '../../kit/facts.js' */
/** @import { LiveView } from './viewsettings.js' */

/**
 * @param {string} kind
 * @param {Sample[]} samples
 */
function listed(kind, samples) {
  return Object.fromEntries(
    samples.map(({ probe, view, weight, pull, distance, times_uniform: times, ...more }, i) => [
      `${kind}${i + 1}`,
      { probe, view, weight, pull, distance, times, class: more.class, same: more.same_class },
    ]),
  );
}

/**
 * The numbers of a moment by their keys.
 * @param {Frame} frame
 * @returns {Facts}
 */
export function ofFrame({ step, numbers, layout, space, trust, spread }) {
  const named = numbers.map(({ key, value }) => [key, value]);
  return { step, layout, space, trust, spread, number: Object.fromEntries(named) };
}

/**
 * A query: its positives and negatives, heaviest first, and how many negatives count.
 * @param {QueryAnswer} answer
 * @returns {Facts}
 */
export function ofAnswer(answer) {
  const { positives, negatives, synthetics, query } = answer;
  const made = synthetics?.items ?? [];
  return {
    query: query.probe,
    q: {
      class: query.class,
      view: query.view,
      n_positives: positives.length,
      n_negatives: answer.n_negatives,
      n_attracted: answer.n_attracted,
      effective: answer.effective,
      entropy: answer.entropy,
      same: negatives.filter(({ same_class: same }) => same).length,
      listed: negatives.length,
      clamped: answer.clamp?.share ?? null,
      ...listed('p', positives),
      ...listed('n', negatives),
    },
    mixed: {
      n: made.length,
      share: synthetics?.share ?? null,
      ...Object.fromEntries(
        made.map(({ similarity, share, parents, pull }, i) => [
          `s${i + 1}`,
          {
            similarity,
            share,
            pull,
            parent_a: parents[0]?.similarity,
            parent_b: parents[1]?.similarity,
            same: parents.filter((parent) => parent?.same_class).length,
          },
        ]),
      ),
    },
  };
}

/**
 * How the run is looked at.
 * @param {LiveView} view
 * @returns {Facts}
 */
export function ofView({ colour, group, lens, layout, magnify, space }) {
  return { colour, group, lens: lens ?? { name: 'own' }, magnify, wanted: layout, space };
}
