// The moments that all entries have, as the scrubber sees them. An entry that has ended early
// holds nobody back: it keeps its last frame.

/** @import { Frames } from '../../kit/frames.js' */

/** @typedef {{ frames: Frames, ended: boolean }} Filmed */

export class Together {
  /** @type {number[]} */
  steps = [];

  get size() {
    return this.steps.length;
  }

  /**
   * `entries` have frames and may have `ended` early; true when the moments are other than before.
   * @param {Filmed[]} entries
   */
  gather(entries) {
    const known = entries.filter(({ frames }) => frames.size);
    const going = known.filter(({ ended }) => !ended);
    const counted = going.length ? going : known;
    /** @type {number[]} */
    let steps = [];
    if (counted.length && (going.length || known.length === entries.length)) {
      const [first, ...rest] = counted;
      steps = first.frames.steps.filter((step) =>
        rest.every(({ frames }) => frames.byStep.has(step)),
      );
      if (entries.some((entry) => !entry.frames.size && !entry.ended)) steps = [];
    }
    const same =
      steps.length === this.steps.length &&
      steps[steps.length - 1] === this.steps[this.steps.length - 1];
    this.steps = steps;
    return !same;
  }

  /** @param {number} index */
  at(index) {
    return { step: this.steps[Math.max(0, Math.min(index, this.size - 1))] };
  }

  /** @param {number} step */
  indexOf(step) {
    let found = 0;
    for (let i = 0; i < this.size && this.steps[i] <= step; i += 1) found = i;
    return found;
  }

  get last() {
    return this.at(this.size - 1);
  }
}
