// The frames of one run in one space and layout, by step: what the scrubber moves over.

export class Frames {
  constructor() {
    this.byStep = new Map();
    this.steps = [];
  }

  get size() {
    return this.steps.length;
  }

  // A step may come again, when its layout is ready.
  add(frame) {
    if (!this.byStep.has(frame.step)) {
      const last = this.steps[this.steps.length - 1];
      this.steps.push(frame.step);
      if (last !== undefined && frame.step < last) this.steps.sort((a, b) => a - b);
    }
    this.byStep.set(frame.step, frame);
  }

  at(index) {
    return this.byStep.get(this.steps[Math.max(0, Math.min(index, this.size - 1))]);
  }

  // The frame at or just before a step.
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

  // Earlier frames that can be joined to this one by lines, newest first.
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

  series(key) {
    return this.steps.map((step) => {
      const number = this.byStep.get(step).numbers.find((one) => one.key === key);
      return number && Number.isFinite(number.value) ? number.value : null;
    });
  }
}
