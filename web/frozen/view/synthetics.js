// The query's synthetic negatives, heaviest first, and how hard those of a whole group are: as
// `web/live/answers/synthetics.py` tells them, from what the recorded steps made.

import { heaviest, imageOf, nReal, queuedRow } from './scene.js';

/** @import { Recording, Scene } from './recording.js' */
/** @import { Data, Tensor } from './tensors.js' */

const MOST_SHOWN = 8;
const NEAREST = 5;
const TIE = 1e-5; // squared distances that differ by less than this share are as good as each other

/**
 * @param {Recording} recording
 * @param {object} asked
 * @param {number} asked.step
 * @param {number} asked.probe
 * @param {boolean} asked.isLens
 * @param {Scene} scene
 * @param {((view: number, probe: number) => number[]) | null} places
 */
export async function synthetics(recording, { step, probe, isLens }, scene, places) {
  const { mixture, run } = recording.about;
  if (!mixture) return null;
  const { found, row } = scene;
  const real = nReal(scene);
  const shares = found.neg_weight.data.subarray(real);
  const everyone = await recording.embeddings(step);
  const isNatural = places !== null && places(0, 0).length === everyone.shape[2];
  const { class_names: names, labels } = run.probes;
  const placed = (/** @type {Data} */ point) =>
    places && (isNatural ? [...point] : amongNeighbours(point, everyone, places));
  /** @type {(index: number, similarity: number) => object} */
  const parent = (index, similarity) => {
    const place = index - scene.items.length * scene.views.length;
    if (scene.queue && place >= 0)
      return {
        ...queuedRow(scene.queue, place, run.probes, probe),
        is_query: false,
        similarity,
        xy: placed(rowOf(scene.queue.z, place)),
      };
    const image = imageOf(scene, index);
    const isQuery = index === row;
    return {
      ...image,
      class: names[labels[image.probe]] ?? 'unlabelled',
      same_class: !isQuery && labels[image.probe] === labels[probe] && labels[probe] >= 0,
      is_query: isQuery,
      similarity,
      xy: places && places(image.view, image.probe),
    };
  };
  const items = heaviest(shares)
    .slice(0, MOST_SHOWN)
    .map((i) => {
      const { kind, n_parents: n, of_one: words } = mixture.kinds[i];
      const c = found.coefficients.data[i];
      const column = found.nearest.data[i];
      return {
        parents: Array.from({ length: n }, (_, j) =>
          parent(found.parents.data[2 * i + j], found.parent_similarity.data[2 * i + j]),
        ),
        coefficient: c,
        of_one: words.replace('{c}', c.toFixed(2)).replace('{rest}', (1 - c).toFixed(2)),
        kind,
        similarity: found.similarity.data[i],
        nearest: {
          ...imageOf(scene, found.neg_index.data[column]),
          similarity: found.nearest_similarity.data[i],
        },
        share: shares[i],
        pull: found.neg_pull.data[real + i],
        xy: placed(rowOf(found.synthetics, i)),
      };
    });
  return {
    text: `${isLens ? 'under the lens' : 'as this run trains'}: ${mixture.text}`,
    items,
    share: [...shares].reduce((a, b) => a + b, 0),
    placed: places === null ? '' : isNatural ? 'exactly' : 'among their neighbours',
    histogram: mixture.histograms[step],
  };
}

/**
 * @param {Tensor} rows  `(..., n, dim)`
 * @param {number} i
 */
function rowOf({ shape, data }, i) {
  const dim = shape[shape.length - 1];
  return data.subarray(i * dim, (i + 1) * dim);
}

/**
 * Where a point that had no part in a layout is drawn: the mean place of the nearest images of the
 * first view, weighted by 1 / squared distance (`cacr_core.layouts.among_neighbours`).
 * @param {ArrayLike<number>} point
 * @param {Tensor} everyone
 * @param {(view: number, probe: number) => number[]} places
 */
function amongNeighbours(point, { shape: [, n, dim], data }, places) {
  const squared = new Float64Array(n);
  for (let i = 0; i < n; i += 1)
    for (let d = 0; d < dim; d += 1) squared[i] += (data[i * dim + d] - point[d]) ** 2;
  const last = squared.slice().sort()[Math.min(NEAREST, n) - 1];
  const slack = TIE * last + 1e-12;
  const inside = squared.map((one) => Number(one < last - slack));
  const level = squared.map((one) => Number(Math.abs(one - last) <= slack));
  const sum = (/** @type {Float64Array} */ some) => some.reduce((a, b) => a + b, 0);
  const left = (Math.min(NEAREST, n) - sum(inside)) / sum(level);
  const weights = squared.map((one, i) => (inside[i] + left * level[i]) / (one + 1e-6));
  const whole = sum(weights);
  const place = [0, 0];
  weights.forEach((weight, i) => {
    if (weight > 0) places(0, i).forEach((at, axis) => (place[axis] += (weight * at) / whole));
  });
  return place;
}
