// The sentences that the app says of a query, from the same numbers and by the same rules: the tests hold
// each to Python's (`web/live/answers/panel.py`, `web/compare/strips_reading.py`).

import { digits } from '../../kit/dom.js';
import { nReal } from './scene.js';

/** @import { Scene } from './recording.js' */
/** @import { Made } from './strips.js' */

const ONE_PLACE = 0.02; // squared distance within which all is in one place
const ALIKE = 1.5; // times the average, up to which the heaviest is about as heavy as all others
const EQUAL = 1e-6; // of the average weight, within which a loss weighs all alike
const ROUNDING = 1e-6; // squared distances that differ by no more are the same
const HEAVIEST = 100;

/** @param {ArrayLike<number>} numbers */
const largest = (numbers) => Array.from(numbers).reduce((a, b) => Math.max(a, b), -Infinity);
/** @param {ArrayLike<number>} numbers */
const smallest = (numbers) => Array.from(numbers).reduce((a, b) => Math.min(a, b), Infinity);
/** @param {ArrayLike<number>} numbers */
const mean = (numbers) => Array.from(numbers).reduce((a, b) => a + b, 0) / numbers.length;

/** What the pulls of a query add up to, whatever the loss (`web/live/answers/sums.py`). */
/** @param {Scene} scene */
export function plainSums({ found }) {
  const [drawn, pushed] = [found.pos_pull, found.neg_pull].map(
    ({ data }) => mean(data) * data.length,
  );
  return `As the points stand, the pulls sum to ${digits(drawn)} on positives and ${digits(pushed)} on negatives.`;
}

/**
 * The most telling fact of a query.
 * @param {Scene} scene
 * @param {any[]} negatives  those weighed most, heaviest first
 * @param {boolean} labelled  the loss is told classes
 */
export function queryReading(scene, negatives, labelled) {
  const { found } = scene;
  const [top] = negatives;
  const weights = found.neg_weight.data;
  const [heaviest, average] = [largest(weights), mean(weights)];
  if (largest(found.neg_distance.data) < ONE_PLACE)
    return 'Everything is in one place: there is nothing near or far to weigh.';
  if (average > 0 && heaviest - smallest(weights) <= EQUAL * average)
    return 'This loss weighs all negatives alike, near or far.';
  const same = negatives.filter((row) => row.same_class).length;
  const real = weights.length > nReal(scene) ? 'real negative' : 'negative';
  if (same * 2 >= negatives.length)
    return `${same} of the ${negatives.length} ${real}s weighed most are of the query's own class: the loss ${labelled ? 'is told so' : 'cannot know'}.`;
  const most = heaviest * weights.length;
  if (most === 0) return 'As this moment stands, the loss gives no negative any weight.';
  if (most < ALIKE)
    return `All negatives weigh about alike: the heaviest weighs ${digits(most)} times the average.`;
  const weighs = `weighs ${digits(top.times_uniform)} times the average`;
  const pushed = -mean(found.neg_pull.data);
  let push = pushed > 0 ? ` and is pushed ${digits(-top.pull / pushed)} times as hard` : '';
  if (top.pull > 0) push = ', and yet is drawn in';
  const ownFarthest = largest(found.pos_distance.data);
  if (top.distance < ownFarthest)
    return `A negative (${top.class}) lies nearer than the query's own farthest view: it ${weighs}${push}.`;
  const nearest = smallest(found.neg_distance.data.subarray(0, nReal(scene)));
  if (nearest < ownFarthest)
    return `The heaviest ${real} is not among those nearer than the query's own farthest view: it ${weighs}${push}.`;
  const which = top.distance <= nearest + ROUNDING ? 'nearest' : 'heaviest';
  return `The query's own views are nearer than all ${real}s. The ${which} ${weighs}${push}.`;
}

/**
 * How the entries of a comparison differ over one query, the largest thing first.
 * @param {Made[]} made
 * @param {Record<string, string>} labels
 */
export function stripsReading(made, labels) {
  if (made.every(({ scene }) => largest(scene.found.neg_distance.data) < ONE_PLACE))
    return 'Everything is in one place in every entry: there is nothing near or far to weigh.';
  if (made.length < 2)
    return 'Only one entry has a snapshot yet: there is nothing to compare it with.';
  return `${weighing(made, labels)}${pushing(made, labels)}.`;
}

/**
 * @param {Made[]} made
 * @param {Record<string, string>} labels
 */
function pushing(made, labels) {
  const idle = made.filter(({ scene }) => !scene.found.neg_pull.data.some((pull) => pull < 0));
  if (!idle.length) return '';
  if (idle.length === made.length) return '; no entry pushes any of them';
  return `; ${names(idle, labels)} ${idle.length === 1 ? 'pushes' : 'push'} none of them`;
}

/**
 * @param {Made[]} made
 * @param {Record<string, string>} labels
 */
function weighing(made, labels) {
  const flat = made.filter(({ inOrder }) => !inOrder);
  if (flat.length === made.length)
    return 'No entry tells negatives apart here: each weighs all of them alike';
  const softest = made.reduce((a, b) => (times(b) < times(a) ? b : a));
  const sharpest = made.reduce((a, b) => (times(b) > times(a) ? b : a));
  const first = `the first weighs ${digits(times(sharpest))} times the average in ${labels[sharpest.name]}`;
  if (flat.length)
    return `${names(flat, labels)} ${flat.length === 1 ? 'weighs' : 'weigh'} all negatives alike; ${first}`;
  const n = Math.min(HEAVIEST, ...made.map(({ keys }) => keys.length));
  const pairs = made.flatMap((a, i) => made.slice(i + 1).map((b) => [a, b]));
  const [a, b] = pairs.reduce((least, pair) =>
    shared(pair[0], pair[1], n) < shared(least[0], least[1], n) ? pair : least,
  );
  const both = shared(a, b, n);
  let which = `${labels[a.name]} and ${labels[b.name]} share ${both} of their ${n} heaviest negatives`;
  if (made.length > 2) which += ', the fewest of any two';
  if (both === n) which = `All entries have the same ${n} heaviest negatives`;
  if (times(sharpest) < 1.2 * times(softest))
    return `${which}, and give the first about the same weight`;
  return `${which}; ${first}, ${digits(times(softest))} in ${labels[softest.name]}`;
}

/**
 * How many of the heaviest two entries have in common.
 * @param {Made} one
 * @param {Made} other
 * @param {number} n
 */
export function shared(one, other, n) {
  const theirs = new Set(other.keys.slice(0, n));
  return one.keys.slice(0, n).filter((key) => theirs.has(key)).length;
}

/** How many times the average the heaviest negative weighs. */
/** @param {Made} made */
function times({ scene, shown }) {
  const weights = scene.found.neg_weight.data;
  return weights[shown[0]] * weights.length;
}

/**
 * @param {Made[]} some
 * @param {Record<string, string>} labels
 */
function names(some, labels) {
  const all = some.map(({ name }) => labels[name]);
  const last = all.pop() ?? '';
  return all.length ? `${all.join(', ')} and ${last}` : last;
}
