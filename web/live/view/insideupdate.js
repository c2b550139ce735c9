// What the stages of an update share: the update itself, its pictures and their names.

import { setThumb } from '../../kit/dom.js';

/** @import { InsideAnswer, InsideQueryAnswer } from '../../kit/messages.d.ts' */
/** @import { Theme } from '../../kit/types.d.ts' */

/**
 * An update with its arrays, by name.
 * @typedef {Omit<InsideAnswer, 'arrays'> & { arrays: Record<string, Float32Array> }} Update
 */

/**
 * One of the six stages.
 * @typedef {object} Stage
 * @property {HTMLElement} node
 * @property {(update: Update, theme: Theme) => void} setUpdate
 * @property {(query: number) => void} choose  another sample is the query, its answer on the way
 * @property {(answer: InsideQueryAnswer) => void} setQuery
 * @property {() => void} begin  it is shown from now on
 * @property {() => void} rest  it is not
 */

/**
 * The picture of an image of the batch, or of one of its views.
 * @param {HTMLElement} node
 * @param {Update} update
 * @param {number} item
 * @param {number | null} [view]
 */
export function setPicture(node, { batch }, item, view = null) {
  const { n, columns, tile, images, views } = batch;
  const probes = { n, columns, tile, labels: [], class_names: [] };
  setThumb(node, { probes: images, views }, probes, item, view);
}

/**
 * Which image and which view a sample is.
 * @param {Update} update
 * @param {number} sample
 */
export function partsOf({ batch }, sample) {
  return { item: sample % batch.n, view: Math.floor(sample / batch.n) };
}

/**
 * @param {Update} update
 * @param {number} sample
 */
export function nameOf(update, sample) {
  const { item, view } = partsOf(update, sample);
  return `image ${item + 1} (${update.batch.classes[item]}), view ${view + 1}`;
}
