// Keeps what may be done often from being done more often than it is worth.

export class Pace {
  constructor() {
    this.timers = {};
  }

  // At once when it is the first for a while, else the newest after a pause (ms).
  soon(name, pause, act) {
    const timer = this.timers[name] ?? (this.timers[name] = { at: -Infinity, id: null });
    timer.act = act;
    if (timer.id !== null) return;
    timer.id = setTimeout(
      () => {
        timer.id = null;
        timer.at = performance.now();
        timer.act();
      },
      Math.max(0, timer.at + pause - performance.now()),
    );
  }

  // Once the hand has rested for a while.
  rested(name, pause, act) {
    clearTimeout(this.timers[name]?.id);
    const timer = { id: null };
    this.timers[name] = timer;
    timer.id = setTimeout(() => {
      timer.id = null;
      act();
    }, pause);
  }

  waits(name) {
    return (this.timers[name]?.id ?? null) !== null;
  }

  close() {
    Object.values(this.timers).forEach(({ id }) => clearTimeout(id));
  }
}
