// The setting of a loss of the board that the landscape sweeps: which it is, what it is now, and the
// losses with another value of it.

import { numberOf, numbersOf, withNumber } from './names.js';

/** @import { BoardState, OfferedLoss } from './types.d.ts' */

export class Sweep {
  /** Set by whoever holds it. */
  board = /** @type {Pick<BoardState, 'losses' | 'sweep'>} */ ({ losses: [], sweep: [0, ''] });

  /** @param {OfferedLoss[]} lenses */
  constructor(lenses) {
    this.lenses = lenses;
  }

  /** @param {number} which */
  lens(which) {
    return this.lenses.find(({ name }) => name === this.board.losses[which].name);
  }

  /** @param {number} which */
  specs(which) {
    return numbersOf(this.board.losses[which], this.lens(which));
  }

  /**
   * The wanted setting if that loss has it, else its usual one; Python refuses what is no number.
   * @param {number} which
   * @param {string} wanted
   */
  fieldOf(which, wanted) {
    const names = this.specs(which).map(({ name }) => name);
    return (
      [wanted, this.lens(which)?.sweep?.field ?? wanted].find((name) => names.includes(name)) ??
      names[0] ??
      wanted
    );
  }

  // [which loss, name of its setting]
  /** @returns {[which: number, field: string]} */
  now() {
    const [which, wanted] = this.board.sweep;
    return [which, this.fieldOf(which, wanted)];
  }

  spec() {
    const [which, field] = this.now();
    return this.specs(which).find(({ name }) => name === field);
  }

  // The least that a hand changes it by.
  step() {
    const { min = 0, max = 1, step } = this.spec() ?? {};
    return step ?? (max - min) / 100;
  }

  value() {
    const [which, field] = this.now();
    const now = numberOf(this.board.losses[which], this.lens(which), field);
    return Number(now ?? this.spec()?.default);
  }

  /**
   * The losses of the board with it at a value.
   * @param {number} value
   */
  with(value) {
    const [which, field] = this.now();
    const [{ min = 0, max = 1 }, step] = [this.spec() ?? {}, this.step()];
    const next = Math.max(min, Math.min(max, min + Math.round((value - min) / step) * step));
    const now = Number(next.toPrecision(8));
    return this.board.losses.map((loss, i) =>
      i === which ? withNumber(loss, this.lens(which), field, now) : loss,
    );
  }
}
