// Points on their way from one moment to the next, when moments come slowly enough to follow them.

const GLIDE = 200;
const SLOW = 240;

export class Glide {
  /** @type {Float32Array | null} */
  from = null;
  start = 0;
  offered = 0;

  /** Told of every moment as it comes; whether they come slowly. */
  isSlow() {
    const before = this.offered;
    this.offered = performance.now();
    return this.offered - before > SLOW;
  }

  /** @param {Float32Array | null} from  places to leave from now, null to be there at once */
  begin(from) {
    this.from = from && Float32Array.from(from);
    this.start = performance.now();
  }

  /**
   * The places of this instant; at once those of another number of points or dimensions.
   * @param {Float32Array} to
   */
  places(to) {
    const share = (performance.now() - this.start) / GLIDE;
    if (share >= 1 || this.from?.length !== to.length) this.from = null;
    const { from } = this;
    if (!from) return to;
    const soft = 1 - (1 - share) ** 3;
    return to.map((v, i) => from[i] + (v - from[i]) * soft);
  }
}
