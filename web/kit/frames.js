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
   * The course of one number, null where it was not measured. One that stands until it is measured
   * again counts once, at the first frame that has it.
   * @param {string} key
   */
  series(key) {
    /** @type {number | undefined} */
    let last;
    return this.steps.map((step) => {
      const found = this.numberAt(step, key);
      if (!found || !Number.isFinite(found.value)) return null;
      const isNew = this.measuredAt(step, key) !== last;
      last = this.measuredAt(step, key);
      return isNew ? found.value : null;
    });
  }

  /**
   * The step that a number of a frame was measured at.
   * @param {number} step  of the frame
   * @param {string} key
   */
  measuredAt(step, key) {
    return this.numberAt(step, key)?.at ?? step;
  }

  /**
   * Whether a number is measured at some of the steps alone, and stands until it is again.
   * @param {string} key
   */
  isSeldom(key) {
    return this.steps.some((step) => this.measuredAt(step, key) !== step);
  }

  /**
   * @param {number} step
   * @param {string} key
   */
  numberAt(step, key) {
    return this.byStep.get(step)?.numbers.find((one) => one.key === key);
  }
}
