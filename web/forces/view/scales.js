// How long a bar, how wide a line and how long an arrow is: the same in both scenes, and steady.

/** @import { AnsweredForces, Reading, Readings, Tops } from './types.d.ts' */

export const BAR = 30;
export const LINE = 7;
export const ARROW = 78;
const GLIDE = 200;
const OVER = 1.3;
const UNDER = 0.5;

/**
 * The next round number from below.
 * @param {number} value
 */
function rung(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return (
    power * ([1, 1.5, 2, 3, 4, 5, 7, 10].find((step) => step * power >= value * (1 - 1e-9)) ?? 10)
  );
}

/** @param {number[]} arrows */
function along(arrows) {
  let [one, other] = [0, 0];
  for (const arrow of arrows) {
    if (arrow > 0) one += arrow;
    else other -= arrow;
  }
  return Math.max(one, other);
}

/**
 * The readings of an answer with the way round at the query they were read at: arrows are drawn by
 * it.
 * @param {AnsweredForces} answer
 * @returns {Readings}
 */
export function readingsOf(answer) {
  const { surface, query } = answer.question;
  const at = (query[0] * Math.PI) / 180;
  const tangent = [-Math.sin(at), Math.cos(at)];
  const of = answer.of.map((reading) => {
    const { detail: found } = reading;
    const detail = found ? { [found.mark]: found.lines } : null;
    return { ...reading, surface, tangent, detail };
  });
  return { ...answer, of };
}

/** @param {number[]} arrow */
const size = (arrow) => Math.hypot(...arrow);

/**
 * What the longest of each kind would need, of all readings.
 * @param {Reading[]} readings
 * @returns {Tops}
 */
function needs(readings) {
  /** @param {number[]} values */
  const most = (values) => values.reduce((a, b) => Math.max(a, b), 0);
  /** @param {(reading: Reading) => number} each */
  const all = (each) => most(readings.map(each));
  return {
    positive: all((r) => most(r.positives.map((m) => m.weight))),
    negative: all((r) => most([...r.negatives, ...r.synthetics].map((m) => m.weight))),
    pull: all((r) =>
      most([...r.positives, ...r.negatives, ...r.synthetics].map((m) => Math.abs(m.pull))),
    ),
    arrow: all((r) => {
      const { arrow, attraction, repulsion, turn } = r.resultant;
      const sums = most([arrow, attraction, repulsion].map(size));
      if (turn === null || turn === undefined) return sums;
      const [x, y] = r.tangent;
      return most([
        sums,
        ...[r.positives, [...r.negatives, ...r.synthetics]].map((group) =>
          along(group.map((m) => m.arrow[0] * x + m.arrow[1] * y)),
        ),
      ]);
    }),
  };
}

/**
 * Round numbers for those of some.
 * @param {Tops} need
 * @param {(key: keyof Tops) => boolean} isWanted
 * @returns {Partial<Tops>}
 */
function rungs(need, isWanted) {
  const keys = /** @type {(keyof Tops)[]} */ (Object.keys(need));
  return Object.fromEntries(keys.filter(isWanted).map((key) => [key, rung(need[key])]));
}

export class Scales {
  /** @type {Tops | null} */
  top = null;
  /** Where it glides from, and since when. */
  /** @type {Tops | null} */
  from = null;
  at = 0;

  /**
   * Steady while things change: only what would run off the scene makes its scale coarser.
   * @param {Reading[]} readings
   */
  follow(readings) {
    const need = needs(readings);
    const { top } = this;
    if (top) this.go(rungs(need, (key) => need[key] > OVER * top[key]));
    else
      this.go(
        rungs(need, () => true),
        false,
      );
  }

  /**
   * Once the hand rests, what fits.
   * @param {Reading[]} readings
   */
  settle(readings) {
    const { top } = this;
    if (!top) return;
    const need = needs(readings);
    const isOff = (/** @type {keyof Tops} */ key) =>
      need[key] > top[key] * 1.02 || (need[key] > 0 && need[key] < UNDER * top[key]);
    this.go(rungs(need, isOff));
  }

  /**
   * @param {Partial<Tops>} change
   * @param {boolean} [glide]
   */
  go(change, glide = true) {
    if (!Object.keys(change).length) return;
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.from = this.top && glide && !still ? this.now() : null;
    this.at = performance.now();
    this.top = { positive: 1, negative: 1, pull: 1, arrow: 1, ...this.top, ...change };
  }

  moving() {
    return this.from !== null;
  }

  /** @returns {Tops | null} */
  now() {
    const { from, top } = this;
    if (!from || !top) return top;
    const share = Math.min(1, (performance.now() - this.at) / GLIDE);
    if (share === 1) {
      this.from = null;
      return top;
    }
    const at = (/** @type {keyof Tops} */ key) => from[key] ** (1 - share) * top[key] ** share;
    return {
      positive: at('positive'),
      negative: at('negative'),
      pull: at('pull'),
      arrow: at('arrow'),
    };
  }
}
