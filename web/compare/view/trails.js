// Where images were before: over the last snapshots, or a few images over a stretch of time.

/** @import { Frame, Trails } from '../../kit/types.d.ts' */
/** @import { Entry } from './entry.js' */

/** Some images, since a step. */
/** @typedef {{ probes: number[], since: number }} Trail */

const MOST = 5;

/**
 * At most `most` of some steps, spread evenly from the first to the last.
 * @param {number[]} steps
 * @param {number} most
 */
export function spread(steps, most) {
  const n = Math.min(most, steps.length);
  return Array.from(
    { length: n },
    (_, i) => steps[Math.round(((steps.length - 1) * i) / Math.max(1, n - 1))],
  );
}

/**
 * @param {Entry} entry
 * @param {Frame} frame  the moment that is shown
 * @param {boolean} on  whether trails of all images are wanted
 * @param {Trail | null} trail  of some images, in place of those
 * @returns {Trails}
 */
export function trailsOf({ frames, run }, frame, on, trail) {
  const { labels, class_names: names } = run?.probes ?? { labels: [], class_names: [] };
  if (!trail) return { on, frames: on ? frames.before(frame, MOST) : [], labels, names };
  const steps = frames.steps.filter((step) => step < frame.step && step >= (trail.since ?? 0));
  const picks = spread(steps, MOST).map((step) => frames.byStep.get(step));
  const found = picks
    .filter((one) => one !== undefined)
    .filter((one) => one.dims === frame.dims && one.layout === frame.layout);
  return { on: true, frames: found.reverse(), labels, names, only: trail.probes };
}
