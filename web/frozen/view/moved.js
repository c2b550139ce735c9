// The images whose neighbours differ most between two moments: neighbours and order as the app found
// them at freezing; here those of the moments asked for are laid side by side.

/**
 * What was written down at freezing: by space, the nearest of each image at each moment of each entry,
 * and of two moments the images in order with the sentence on them.
 * @typedef {Record<string, { k: number, steps: Record<string, number[]>,
 *   nearest: Record<string, number[][]>, pairs: Record<string, { order: number[], mean: number,
 *   expected: number, reading: string }> }>} Movements
 */

/** @typedef {{ entry: string, step: number }} End */

/**
 * @param {{ from: End, to: End, space?: string }} asked
 * @param {Movements} known
 * @param {{ class_names: string[], labels: number[] }} probes
 */
export function movedBetween({ from, to, space = 'embeddings' }, known, { class_names, labels }) {
  const of = known[space];
  if (!of) return null;
  /** @param {End} end */
  const at = ({ entry, step }) => {
    const steps = of.steps[entry] ?? [];
    return { entry, step: steps.findLast((kept) => kept <= step) ?? steps[0] };
  };
  const [before, after] = [at(from), at(to)];
  const [one, other] = [before, after].map(({ entry, step }) => `${entry}-${step}`);
  const pair = of.pairs[`${one} ${other}`];
  if (!pair) return null;
  const [was, now] = [of.nearest[one], of.nearest[other]];
  const name = (/** @type {number} */ label) => class_names[label] ?? 'unlabelled';
  const told = (/** @type {number} */ probe) => (/** @type {number} */ near) => ({
    probe: near,
    class: name(labels[near]),
    same_class: labels[near] === labels[probe] && labels[probe] >= 0,
  });
  return {
    type: 'answer',
    what: 'moved',
    k: of.k,
    from: before,
    to: after,
    space,
    mean_overlap: pair.mean,
    expected: pair.expected,
    items: pair.order.map((probe) => {
      const [old, fresh] = [was[probe], now[probe]];
      const gained = fresh.filter((near) => !old.includes(near));
      return {
        probe,
        class: name(labels[probe]),
        overlap: (old.length - gained.length) / old.length,
        gained: gained.map(told(probe)),
        lost: old.filter((near) => !fresh.includes(near)).map(told(probe)),
      };
    }),
    reading: pair.reading,
  };
}
