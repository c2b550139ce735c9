// Who stands in a query's group, column by column.

/** @import { Queue, Scene } from './recording.js' */
/** @import { Data } from './tensors.js' */

/**
 * Which image and which view a column stands for.
 * @param {Scene} scene
 * @param {number} sample
 */
export function imageOf({ items, views }, sample) {
  return { probe: items[sample % items.length], view: views[Math.floor(sample / items.length)] };
}

/**
 * Columns, heaviest first.
 * @param {Data} shares
 */
export function heaviest(shares) {
  return [...Array(shares.length).keys()].sort((a, b) => shares[b] - shares[a] || a - b);
}

/** Negatives of the group itself; those of the queue stand behind them. */
/** @param {Scene} scene */
export function nGrouped({ found }) {
  return found.neg_index.data.length;
}

/** Negatives that are no synthetics; those stand behind them. */
/** @param {Scene} scene */
export function nReal(scene) {
  return nGrouped(scene) + (scene.queue?.ages.length ?? 0);
}

/**
 * What is told of an entry of the queue (`web/live/answers/queued.py`).
 * @param {Queue} queue
 * @param {number} place
 * @param {{ class_names: string[], labels: number[] }} probes
 * @param {number} query  the image that is looked at
 */
export function queuedRow(
  { ages, items, labels },
  place,
  { class_names: names, labels: of },
  query,
) {
  const label = labels[place];
  return {
    queued: true,
    age: ages[place],
    item: items[place],
    probe: null,
    view: null,
    class: names[label] ?? 'unlabelled',
    same_class: label >= 0 && label === of[query],
  };
}

/**
 * The queue's share of the repulsion weight, and how old it is; nothing where there is none.
 * @param {Scene} scene
 * @param {{ n: number, size: number, text: string } | null} about
 */
export function queueSummary(scene, about) {
  const { queue, found } = scene;
  if (!queue || !about) return {};
  const shares = found.neg_weight.data.subarray(nGrouped(scene), nReal(scene));
  const sum = (/** @type {ArrayLike<number>} */ some) =>
    Array.from(some).reduce((a, b) => a + b, 0);
  return {
    queued_share: sum(shares),
    queue: { ...about, age: sum(queue.ages) / queue.ages.length },
  };
}
