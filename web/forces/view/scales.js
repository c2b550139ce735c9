// How long a bar, how wide a line and how long an arrow is: the same in both scenes, and steady.

export const BAR = 30;
export const LINE = 7;
export const ARROW = 78;
const GLIDE = 200;
const OVER = 1.3;
const UNDER = 0.5;

// The next round number from below.
function rung(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return power * [1, 1.5, 2, 3, 4, 5, 7, 10].find((step) => step * power >= value * (1 - 1e-9));
}

function along(arrows) {
  let [one, other] = [0, 0];
  for (const arrow of arrows) {
    if (arrow > 0) one += arrow;
    else other -= arrow;
  }
  return Math.max(one, other);
}

// The readings of an answer with the way round at the query they were read at: arrows are drawn by it.
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

const size = (arrow) => Math.hypot(...arrow);

// What the longest of each kind would need, of all readings.
function needs(readings) {
  const most = (values) => values.reduce((a, b) => Math.max(a, b), 0);
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

export class Scales {
  constructor() {
    this.top = null;
    this.from = null;
  }

  // Steady while things change: only what would run off the scene makes its scale coarser.
  follow(readings) {
    const need = needs(readings);
    if (!this.top)
      this.go(
        Object.fromEntries(Object.entries(need).map(([key, value]) => [key, rung(value)])),
        false,
      );
    else
      this.go(
        Object.fromEntries(
          Object.entries(need)
            .filter(([key, value]) => value > OVER * this.top[key])
            .map(([key, value]) => [key, rung(value)]),
        ),
      );
  }

  // Once the hand rests, what fits.
  settle(readings) {
    if (!this.top) return;
    const need = needs(readings);
    this.go(
      Object.fromEntries(
        Object.entries(need)
          .filter(
            ([key, value]) =>
              value > this.top[key] * 1.02 || (value > 0 && value < UNDER * this.top[key]),
          )
          .map(([key, value]) => [key, rung(value)]),
      ),
    );
  }

  go(change, glide = true) {
    if (!Object.keys(change).length) return;
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.from = this.top && glide && !still ? this.now() : null;
    this.at = performance.now();
    this.top = { ...this.top, ...change };
  }

  moving() {
    return this.from !== null;
  }

  now() {
    if (!this.from) return this.top;
    const share = Math.min(1, (performance.now() - this.at) / GLIDE);
    if (share === 1) {
      this.from = null;
      return this.top;
    }
    return Object.fromEntries(
      Object.keys(this.top).map((key) => [
        key,
        this.from[key] ** (1 - share) * this.top[key] ** share,
      ]),
    );
  }
}
