// Keeps what may be done often from being done more often than it is worth.

/** @typedef {{ id: number | null, at: number, act: () => void }} Timer */

export class Pace {
  constructor() {
    /** @type {Record<string, Timer>} */
    this.timers = {};
  }

  /**
   * At once when it is the first for a while, else the newest after a pause.
   * @param {string} name
   * @param {number} pause  in milliseconds
   * @param {() => void} act
   */
  soon(name, pause, act) {
    const timer = (this.timers[name] ??= { at: -Infinity, id: null, act });
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

  /**
   * Once the hand has rested for a while.
   * @param {string} name
   * @param {number} pause  in milliseconds
   * @param {() => void} act
   */
  rested(name, pause, act) {
    clearTimeout(this.timers[name]?.id ?? undefined);
    /** @type {Timer} */
    const timer = { at: -Infinity, id: null, act };
    this.timers[name] = timer;
    timer.id = setTimeout(() => {
      timer.id = null;
      act();
    }, pause);
  }

  /** @param {string} name */
  waits(name) {
    return (this.timers[name]?.id ?? null) !== null;
  }

  close() {
    for (const { id } of Object.values(this.timers)) clearTimeout(id ?? undefined);
  }
}
