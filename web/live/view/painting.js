// How the points are coloured now: by the image under the hand, by the query, or by what they are; and
// which class is lit up alone.

import { byPull, byWeight, litBy, paint } from '../../kit/paints.js';

/** @import { Paint, RunMessage } from '../../kit/types.d.ts' */
/** @import { View } from './live.js' */

/** The class that is lit up alone, while it is pointed at and until it is let go. */
/** @typedef {{ over: number | null, held: number | null }} Only */

export class Painting {
  /** @type {Only} */
  only = { over: null, held: null };

  /** @param {View} look */
  constructor(look) {
    this.look = look;
  }

  forget() {
    this.only = { over: null, held: null };
  }

  /** @returns {Paint} */
  colours() {
    const {
      run,
      film: { shown: frame },
      theme,
      view: { colour },
      questions,
    } = this.look;
    const { hover } = questions;
    const { probes } = /** @type {RunMessage} */ (run);
    const lit = hover && litBy(colour, probes, hover.index);
    if (hover?.answer && lit === null) {
      const { answer, index: of } = hover;
      return { ...(colour === 'pull' ? byPull(answer, theme) : byWeight(answer, theme)), of };
    }
    return paint(colour, {
      probes,
      frame,
      answer: questions.ofQuery(),
      theme,
      only: this.only.over ?? this.only.held ?? lit,
    });
  }

  again() {
    const { look } = this;
    if (!look.film.shown) return;
    const colours = this.colours();
    look.cloud.repaint(colours);
    look.stage.setLegend(colours.legend);
  }

  /**
   * Lights up one class, while it is pointed at or until it is let go.
   * @param {number | null} index
   * @param {boolean} hold
   */
  isolate(index, hold) {
    if (hold) this.only.held = this.only.held === index ? null : index;
    else this.only.over = index;
    this.again();
  }
}
