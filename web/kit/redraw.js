// One drawing at a time: whatever is asked for meanwhile is drawn by the next one.

export class Redraw {
  fresh = false;
  recolouring = false;
  ticking = false;
  gone = false;

  /**
   * @param {object} what
   * @param {() => boolean} what.isReady  whether anything can be drawn now
   * @param {() => boolean} what.isMoving  whether another drawing is to follow this one
   * @param {(isNew: boolean) => Promise<void>} what.draw  isNew: of what has been asked for, not a
   *   step on the way to it
   * @param {() => Promise<void>} what.recolour
   */
  constructor({ isReady, isMoving, draw, recolour }) {
    this.isReady = isReady;
    this.isMoving = isMoving;
    this.draw = draw;
    this.recolour = recolour;
  }

  all() {
    this.fresh = true;
    this.schedule();
  }

  colours() {
    this.recolouring = true;
    this.schedule();
  }

  forget() {
    this.fresh = false;
    this.recolouring = false;
  }

  schedule() {
    if (this.ticking || this.gone) return;
    this.ticking = true;
    requestAnimationFrame(() => this.tick());
  }

  async tick() {
    if (this.gone || !this.isReady()) {
      this.ticking = false;
      return;
    }
    const isNew = this.fresh;
    this.fresh = false;
    try {
      if (isNew || this.isMoving()) {
        this.recolouring = false;
        await this.draw(isNew);
      } else if (this.recolouring) {
        this.recolouring = false;
        await this.recolour();
      }
    } finally {
      this.ticking = false; // one drawing that fails is not the last
    }
    if (this.fresh || this.isMoving() || this.recolouring) this.schedule();
  }
}
