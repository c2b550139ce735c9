// The answers about a query, as the app gives them: the formula's results sorted and named.

import { digits } from '../../kit/dom.js';
import { heaviest, imageOf, nGrouped, nReal, queuedRow, queueSummary } from './scene.js';
import { plainSums, queryReading } from './sentences.js';
import { synthetics } from './synthetics.js';

/** @import { Lens, Recording, Scene } from './recording.js' */
/** @import { Data } from './tensors.js' */

/** @typedef {{ step: number, probe: number, view: number, group?: string, lens?: Lens | null }} Asked */

const NEGATIVES = 12;

/**
 * How many are so.
 * @param {Data} numbers
 * @param {(number: number) => boolean} so
 */
function counted(numbers, so) {
  let n = 0;
  for (const number of numbers) n += Number(so(number));
  return n;
}

/**
 * The place from 1 by weight, one more than weigh more: who weigh the same share it.
 * @param {Data} shares
 * @param {number} column
 */
function rank(shares, column) {
  return 1 + counted(shares, (share) => share > shares[column]);
}

/**
 * @param {Recording} recording
 * @param {Scene} scene
 */
function summary({ about }, scene) {
  const { found } = scene;
  return {
    effective: found.effective.data[0],
    entropy: found.entropy.data[0],
    n_negatives: found.neg_weight.data.length,
    ...queueSummary(scene, about.queue),
  };
}

/**
 * @param {Scene} scene
 * @param {Scene | null} before
 * @param {((view: number, probe: number) => number[]) | null} places
 */
function positives(scene, before, places) {
  const { found } = scene;
  return heaviest(found.pos_weight.data).map((column) => {
    const { probe, view } = imageOf(scene, found.pos_index.data[column]);
    return {
      view,
      weight: found.pos_weight.data[column],
      pull: found.pos_pull.data[column],
      distance: found.pos_distance.data[column],
      rank: rank(found.pos_weight.data, column),
      was: before && rank(before.found.pos_weight.data, column),
      xy: places && places(view, probe),
    };
  });
}

/**
 * The weight of every image: the header of the message, and its arrays.
 * @param {Recording} recording
 * @param {Asked} asked
 * @param {string} series
 */
export async function weights(recording, asked, series) {
  const { step: wanted, probe, view, group = 'probes', lens } = asked;
  const step = recording.nearest(wanted);
  const scene = await recording.scene(step, group, probe, view, lens);
  const places = await recording.places(series, step);
  const { n } = recording.about.run;
  const [weight, pull] = [new Float32Array(n).fill(NaN), new Float32Array(n).fill(NaN)];
  const { share, pull: pulled, neg_index: index } = scene.found;
  share.data.forEach((/** @type {number} */ value, /** @type {number} */ i) => {
    const { probe: other } = imageOf(scene, index.data[i]);
    weight[other] = value;
    pull[other] = pulled.data[i];
  });
  const header = {
    ...summary(recording, scene),
    type: 'weights',
    what: 'weights',
    step,
    probe,
    view,
    n,
    positives: positives(scene, null, places),
    query_xy: places && places(view, probe),
  };
  return { header, arrays: [weight, pull] };
}

/**
 * What is said of the loss that is looked through: the run's own, or one with the settings that can be
 * moved here.
 * @param {Recording} recording
 * @param {string} group
 * @param {Lens | null} [lens]
 */
export async function lossOf(recording, group, lens) {
  if (!lens) return recording.about.said[group].loss;
  const { offered, said } = await recording.lenses();
  const { fields } = offered.find(({ name }) => name === lens.name);
  const settings = fields.map(
    (/** @type {any} */ { name, symbol, label, value, default: usual }) =>
      `${symbol || label} ${digits(Number(lens[name] ?? value ?? usual))}`,
  );
  const loss = said[lens.name];
  return { ...loss, text: [loss.title, ...settings].join(', ') };
}

/**
 * All of the query panel.
 * @param {Recording} recording
 * @param {Asked} asked
 * @param {string} series
 */
export async function query(recording, asked, series) {
  const { step: wanted, probe, view, group = 'probes', lens } = asked;
  const { about } = recording;
  const { class_names: names, labels } = about.run.probes;
  const step = recording.nearest(wanted);
  const previous = recording.before(step);
  const scene = await recording.scene(step, group, probe, view, lens);
  const before =
    previous === null ? null : await recording.scene(previous, group, probe, view, lens);
  const places = await recording.places(series, step);
  const { found } = scene;
  const name = (/** @type {number} */ of) => names[labels[of]] ?? 'unlabelled';
  const shares = found.neg_weight.data.subarray(0, nReal(scene));
  const n = found.neg_weight.data.length;
  const loss = await lossOf(recording, group, lens);
  const negatives = heaviest(shares)
    .slice(0, NEGATIVES)
    .map((column) => {
      const numbers = {
        weight: shares[column],
        times_uniform: shares[column] * n,
        pull: found.neg_pull.data[column],
        distance: found.neg_distance.data[column],
      };
      const place = column - nGrouped(scene);
      if (scene.queue && place >= 0)
        // another entry stands there at every moment
        return {
          ...queuedRow(scene.queue, place, about.run.probes, probe),
          ...numbers,
          rank: null,
          was: null,
        };
      const image = imageOf(scene, found.neg_index.data[column]);
      return {
        ...image,
        ...numbers,
        class: name(image.probe),
        same_class: labels[image.probe] === labels[probe] && labels[probe] >= 0,
        rank: rank(shares, column),
        was: before && rank(before.found.neg_weight.data.subarray(0, nReal(before)), column),
      };
    });
  return {
    ...summary(recording, scene),
    type: 'answer',
    what: 'query',
    step,
    previous_step: previous,
    query: { probe, view, class: name(probe), xy: places && places(view, probe) },
    ...about.said[group],
    loss,
    positives: positives(scene, before, places),
    negatives,
    n_attracted: counted(found.neg_pull.data, (pull) => pull > 0),
    synthetics: await synthetics(recording, { step, probe, isLens: Boolean(lens) }, scene, places),
    clamp: lens ? null : (about.clamps[step] ?? null),
    reading: queryReading(scene, negatives, loss.labelled),
    sums: (!lens && about.sums) || plainSums(scene),
  };
}
