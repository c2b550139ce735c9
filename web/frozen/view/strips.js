// One query under every entry of a frozen comparison, as `web/compare/strips.py` answers it: what each
// formula gave, sorted and named, and where the others have the same sample.

import { count } from '../../kit/dom.js';
import { lossOf } from './answers.js';
import { nGrouped, nReal, queuedRow, queueSummary } from './scene.js';
import { shared, stripsReading } from './sentences.js';

/** @import { Asked } from './answers.js' */
/** @import { Recording, Scene } from './recording.js' */

/**
 * What one entry makes of the query.
 * @typedef {object} Made
 * @property {string} name
 * @property {number} step
 * @property {Scene} scene
 * @property {object} loss
 * @property {number[]} keys  negatives as `view * n + image`, heaviest first
 * @property {number[]} order  their columns
 * @property {Map<number, number>} ranks  place from 1, by key
 * @property {number[]} shown  columns of the heaviest
 * @property {{ queue?: { text: string } }} queue  what is told of it, where there is one
 * @property {number[]} posViews  heaviest first
 * @property {number[]} posOrder  their columns
 * @property {boolean} inOrder  whether the weights differ enough to have an order
 */

const NEGATIVES = 12;
const ALIKE = 1e-3; // weights that differ by less than this share of themselves are in no order
const HEAVIEST = 100;
const RANKS = 48;

/** @param {number[]} numbers */
const anyOf = (numbers) => [...new Set(numbers)].sort((a, b) => a - b).join(' or ');

/**
 * How many views the groups of all entries have, and whether they are of a batch's size.
 * @param {Made[]} made
 * @param {Recording[]} recordings
 */
function batchText(made, recordings) {
  const { items } = made[0].scene;
  const { trained } = recordings[0].about;
  const [views, theirs] = [
    anyOf(made.map(({ scene }) => scene.views.length)),
    anyOf(recordings.map(({ about }) => about.trained.views)),
  ];
  const isWhole = items.length === trained.items && views === theirs;
  const batch = `(a batch in training: ${count(trained.items)} images in ${theirs} views)`;
  return `${views} views each${isWhole ? ', as it trains' : ` ${batch}`}`;
}

/**
 * @param {Asked} asked
 * @param {Record<string, Recording>} entries
 * @param {Record<string, string>} labels
 */
export async function strips(asked, entries, labels) {
  const made = await Promise.all(
    Object.entries(entries).map(([name, recording]) => madeOf(name, recording, asked)),
  );
  const [{ scene, keys }] = made;
  const { probe, view, group = 'probes' } = asked;
  const { probes } = Object.values(entries)[0].about.run;
  const name = (/** @type {number} */ of) => probes.class_names[probes.labels[of]] ?? 'unlabelled';
  const n = count(scene.items.length);
  const text =
    group === 'probes'
      ? `all ${n} probes in 5 views: ${count(keys.length)} negatives`
      : `the same random ${n} probes, ${batchText(made, Object.values(entries))}`;
  const queued = made.find(({ queue }) => queue.queue)?.queue.queue;
  return {
    type: 'answer',
    what: 'strips',
    step: Math.max(...made.map(({ step }) => step)),
    query: { probe, view, class: name(probe) },
    group: { kind: group, text: queued ? `${text}, plus ${queued.text}` : text },
    entries: made.map((one) => told(one, made, probes, probe)),
    reading: stripsReading(made, labels),
  };
}

/**
 * @param {string} name
 * @param {Recording} recording
 * @param {Asked} asked
 * @returns {Promise<Made>}
 */
async function madeOf(name, recording, { step: wanted, probe, view, group = 'probes', lens }) {
  const step = recording.nearest(wanted);
  const scene = await recording.scene(step, group, probe, view, lens);
  const { found, items, views } = scene;
  const [weights, distances] = [found.neg_weight, found.neg_distance].map(({ data }) =>
    data.subarray(0, nReal(scene)),
  );
  const sorted = weights.slice().sort();
  const average = [...weights].reduce((a, b) => a + b, 0) / weights.length;
  const inOrder = sorted[sorted.length - 1] - sorted[0] > ALIKE * average;
  const all = [...weights.keys()].sort(
    (a, b) => (inOrder ? weights[b] - weights[a] : 0) || distances[a] - distances[b] || a - b,
  );
  const order = all.filter((column) => column < nGrouped(scene)); // of a queue others have no entry
  const key = (/** @type {number} */ sample) =>
    views[Math.floor(sample / items.length)] * recording.about.run.n + items[sample % items.length];
  const keys = order.map((column) => key(found.neg_index.data[column]));
  const pos = found.pos_weight.data;
  const posOrder = [...pos.keys()].sort((a, b) => pos[b] - pos[a] || a - b);
  return {
    name,
    step,
    scene,
    loss: await lossOf(recording, group, lens),
    keys,
    order,
    ranks: new Map(keys.map((one, i) => [one, i + 1])),
    shown: all.slice(0, NEGATIVES),
    queue: queueSummary(scene, recording.about.queue),
    posViews: posOrder.map((i) => views[Math.floor(found.pos_index.data[i] / items.length)]),
    posOrder,
    inOrder,
  };
}

/**
 * @param {Made} one
 * @param {Made[]} everyone
 * @param {{ n: number, class_names: string[], labels: number[] }} probes
 * @param {number} query
 */
function told(one, everyone, { n, class_names, labels }, query) {
  const { name, step, loss, scene, keys, posOrder, posViews, inOrder } = one;
  const { found } = scene;
  const others = everyone.filter((other) => other !== one);
  const weights = found.neg_weight.data;
  return {
    name,
    step,
    loss,
    positives: posOrder.map((column, i) => ({
      view: posViews[i],
      weight: found.pos_weight.data[column],
      pull: found.pos_pull.data[column],
      distance: found.pos_distance.data[column],
      ranks: named(others, ({ posViews: theirs }) => theirs.indexOf(posViews[i]) + 1),
    })),
    negatives: one.shown.map((column) => {
      const numbers = {
        weight: weights[column],
        times_uniform: weights[column] * weights.length,
        pull: found.neg_pull.data[column],
        distance: found.neg_distance.data[column],
      };
      const place = column - nGrouped(scene);
      if (scene.queue && place >= 0) {
        const row = queuedRow(scene.queue, place, { class_names, labels }, query);
        return { ...row, ...numbers, key: `${name}-queue-${place}`, ranks: {} };
      }
      const key = keys[one.order.indexOf(column)];
      const [view, probe] = [Math.floor(key / n), key % n];
      return {
        ...numbers,
        probe,
        view,
        class: class_names[labels[probe]] ?? 'unlabelled',
        same_class: labels[probe] === labels[query] && labels[query] >= 0,
        key,
        ranks: named(others, ({ ranks }) => ranks.get(key) ?? 0),
      };
    }),
    in_order: inOrder,
    curve: curveOf(weights),
    effective: found.effective.data[0],
    entropy: found.entropy.data[0],
    n_negatives: weights.length,
    n_pushed: [...found.neg_pull.data].filter((pull) => pull < 0).length,
    n_drawn: [...found.neg_pull.data].filter((pull) => pull > 0).length,
    synthetic_share: [...weights.subarray(nReal(scene))].reduce((a, b) => a + b, 0),
    agreement: inOrder ? agreementOf(one, others) : {},
    ...one.queue,
  };
}

/**
 * The share of the heaviest negatives that others have in common with one.
 * @param {Made} one
 * @param {Made[]} others
 */
function agreementOf(one, others) {
  const ordered = others.filter(({ inOrder }) => inOrder);
  return Object.fromEntries(
    ordered.map((other) => {
      const most = Math.min(HEAVIEST, one.keys.length, other.keys.length);
      return [other.name, shared(one, other, most) / most];
    }),
  );
}

/**
 * Places from 1 in the entries that have the sample.
 * @param {Made[]} others
 * @param {(other: Made) => number} of
 */
function named(others, of) {
  return Object.fromEntries(
    others.map((other) => [other.name, of(other)]).filter(([, found]) => found !== 0),
  );
}

/**
 * Weights as multiples of uniform, falling, at ranks that are even on a log scale.
 * @param {ArrayLike<number>} weights
 */
function curveOf(weights) {
  const n = weights.length;
  const falling = Array.from(weights).sort((a, b) => b - a);
  const ranks = [
    ...new Set(Array.from({ length: RANKS }, (_, i) => Math.round(n ** (i / (RANKS - 1))))),
  ];
  return {
    rank: ranks,
    weight_times_uniform: ranks.map((rank) => Number((falling[rank - 1] * n).toPrecision(4))),
  };
}
