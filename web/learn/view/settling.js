// When the facts of a page are those of the state that was asked for: its view tells them bit by bit.

const QUIET = 300;
const PATIENCE = 3000; // a state that is shown already tells nothing

export class Settling {
  /** When a state was asked for, and when something was told since; all in milliseconds. */
  asked = -Infinity;
  heard = -Infinity;

  /** @param {number} now */
  begin(now) {
    this.asked = now;
    this.heard = Infinity;
  }

  /** @param {number} now */
  hear(now) {
    if (now < this.at) this.heard = now;
  }

  /** From when on they are. */
  get at() {
    return Math.min(this.asked + PATIENCE, this.heard + QUIET);
  }
}
