// The frames of one run in one space and layout, by step: what the scrubber moves over.

/** @import { Frame } from './types.d.ts' */

export class Frames {
  constructor() {
    /** @type {Map<number, Frame>} */
    this.byStep = new Map();
    /** @type {number[]} */
    this.steps = [];
  }

  get size() {
    return this.steps.length;
  }

  /**
   * A step may come again, when its layout is ready.
   * @param {Frame} frame
   */
  add(frame) {
    if (!this.byStep.has(frame.step)) {
      const last = this.steps[this.steps.length - 1];
      this.steps.push(frame.step);
      if (last !== undefined && frame.step < last) this.steps.sort((a, b) => a - b);
    }
    this.byStep.set(frame.step, frame);
  }

  /**
   * @param {number} index  held to what there is
   * @returns {Frame}  of frames that are there: ask `size` first
   */
  at(index) {
    const step = this.steps[Math.max(0, Math.min(index, this.size - 1))];
    return /** @type {Frame} */ (this.byStep.get(step));
  }

  /**
   * The frame at or just before a step.
   * @param {number} step
   */
  indexOf(step) {
    let [low, high] = [0, this.size - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.steps[middle] <= step) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  get last() {
    return this.at(this.size - 1);
  }

  /**
   * Earlier frames that can be joined to this one by lines, newest first.
   * @param {Frame} frame
   * @param {number} n
   */
  before(frame, n) {
    const index = this.indexOf(frame.step);
    const found = [];
    for (let i = index - 1; i >= 0 && found.length < n; i -= 1) {
      const other = this.at(i);
      if (other.layout !== frame.layout || other.dims !== frame.dims) break;
      found.push(other);
    }
    return found;
  }

  /**
   * The course of one number, null where it was not measured, also where an earlier one stands for it.
   * @param {string} key
   */
  series(key) {
    return this.steps.map((step) => {
      const found = this.numberAt(step, key);
      return found && Number.isFinite(found.value) && (found.at ?? step) === step
        ? found.value
        : null;
    });
  }

  /**
   * Whether a number is measured at some of the steps alone, and stands until it is again.
   * @param {string} key
   */
  isSeldom(key) {
    return this.steps.some((step) => (this.numberAt(step, key)?.at ?? step) !== step);
  }

  /**
   * @param {number} step
   * @param {string} key
   */
  numberAt(step, key) {
    return this.byStep.get(step)?.numbers.find((one) => one.key === key);
  }
}
