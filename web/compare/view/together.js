// The moments that all entries have, as the scrubber sees them. An entry that has ended alone
// holds nobody back: it keeps its last frame. Nor does one that is over and has none.

/** @import { Frames } from '../../kit/frames.js' */

/** @typedef {{ frames: Frames, ended: boolean, isEmpty: boolean }} Filmed */

/** @param {Filmed[]} entries */
function farthest(entries) {
  /** @param {Filmed} entry */
  const last = ({ frames }) => (frames.size ? frames.last.step : -1);
  return [...entries].sort((a, b) => last(b) - last(a)).slice(0, 1);
}

export class Together {
  /** @type {number[]} */
  steps = [];

  get size() {
    return this.steps.length;
  }

  /**
   * `entries` have frames unless `isEmpty`, and may have `ended` alone; true when the moments are
   * other than before.
   * Where all have, the moments are those of the one that got farthest.
   * @param {Filmed[]} entries
   */
  gather(entries) {
    const going = entries.filter(({ ended, isEmpty }) => !ended && !isEmpty);
    const [first, ...rest] = (going.length ? going : farthest(entries)).map(({ frames }) => frames);
    const steps = (first?.steps ?? []).filter((step) =>
      rest.every(({ byStep }) => byStep.has(step)),
    );
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
