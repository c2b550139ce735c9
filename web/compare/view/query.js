// The query: which image and which of its views, and what the strips say of it at the moment shown.

import { Strips } from './strips.js';

/** @import { StripsAnswer } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { CompareView } from './viewsettings.js' */

export class Query {
  /**
   * @param {object} hand
   * @param {() => Compare} hand.look
   * @param {(change: Partial<CompareView>) => void} hand.set  alters the view
   */
  constructor({ look, set }) {
    this.look = look;
    this.set = set;
    this.probe = 0;
    this.turned = 0;
    this.strips = new Strips({
      choose: (probe) => this.choose(probe),
      turn: (view) => this.turn(view),
      setGroup: (group) => set({ group }),
      setLens: (lens) => set({ lens }),
      light: (probe) => look().clouds.light(probe),
    });
  }

  /**
   * What the view says, for images 0 to n - 1.
   * @param {Pick<CompareView, 'query' | 'view'>} view
   * @param {number} n
   */
  take({ query, view }, n) {
    this.probe = query !== null && Number.isInteger(query) && query >= 0 && query < n ? query : 0;
    this.turned = view;
  }

  /** @param {number} probe */
  choose(probe) {
    this.probe = probe;
    this.turned = 0;
    this.show();
    this.set({ query: probe, view: 0 });
  }

  /** @param {number} view */
  turn(view) {
    this.turned = view;
    this.show();
    this.set({ view });
  }

  // Shown at once, before the answer.
  show() {
    if (!this.strips.run) return;
    this.strips.setQuery(this.probe, this.turned);
    this.look().clouds.setMarks(this.probe, null);
  }

  ask() {
    const {
      step,
      socket,
      view: { group, lens },
    } = this.look();
    if (step === null || !this.strips.run) return;
    this.strips.setMoment(step);
    socket?.ask('strips', {
      what: 'strips',
      step,
      probe: this.probe,
      view: this.turned,
      group,
      lens,
    });
  }

  /** @param {StripsAnswer} answer */
  answered(answer) {
    if (answer.question.probe !== this.probe) return;
    this.strips.set(answer);
    this.look().clouds.setMarks(this.probe, answer);
  }

  /** @param {string} message */
  failed(message) {
    if (this.look().view.lens) this.strips.lens.setError(message);
    else this.strips.setError(message);
  }
}
