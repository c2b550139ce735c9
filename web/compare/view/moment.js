// The moment that the whole page shows: where the scrubber stands, and whether a person holds it.

import { Scrubber } from '../../kit/scrubber.js';
import { Sharing } from '../../kit/shared.js';
import { heldText } from './words.js';

/** @import { ComparisonMessage } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */

const still = window.matchMedia('(prefers-reduced-motion: reduce)');

export class Moment {
  started = false;
  opened = false;
  /** @type {number | null} */
  step = null;
  /** Where a film that plays by itself stops. */
  /** @type {number | null} */
  until = null;

  /**
   * @param {object} hand
   * @param {() => Compare} hand.look
   * @param {() => void} hand.show  draws another moment
   * @param {(step: number | null) => void} hand.held  another step is held
   */
  constructor({ look, show, held }) {
    this.look = look;
    this.show = show;
    this.held = held;
    this.scrubber = new Scrubber({ moved: () => show(), held: (step) => this.hold(step) });
    this.sharing = new Sharing('compare', this);
  }

  clear() {
    this.started = false;
    this.step = null;
    this.scrubber.close();
    this.scrubber.setFrames(this.look().clouds.together);
  }

  /**
   * Of a comparison that has just been described, before its frames are here. A page opened without
   * any address plays to the moment its preset speaks of; otherwise that is held at once.
   * @param {ComparisonMessage} about
   */
  begin({ example }) {
    const {
      view: { step },
      data,
      clouds,
    } = this.look();
    const films = data.plays && example && !this.opened && !still.matches;
    this.opened = true;
    this.scrubber.loop = example;
    this.scrubber.setFrames(clouds.together, { held: films ? null : step });
    this.until = films ? step : null;
    this.started = step !== null && !films;
  }

  // A recorded comparison plays, unless a moment of it is held or motion is not wanted.
  get plays() {
    const { view, about } = this.look();
    return Boolean(about?.example) && (view.step === null || this.until !== null) && !still.matches;
  }

  // What a class sees.
  seen() {
    const { data, view } = this.look();
    return { run: data.run, view, moment: this.scrubber.live ? null : this.step };
  }

  /** @param {import('../../kit/shared.js').Seen} seen */
  showSeen({ view, moment }) {
    this.look().set({ ...view, step: moment }, false);
  }

  // Whether the next moment comes by itself.
  get moves() {
    return this.scrubber.playing || (this.scrubber.live && this.look().moving);
  }

  // Frames have come: the scrubber sees those that all entries have.
  grew() {
    const {
      clouds,
      clouds: { together, entries },
    } = this.look();
    const starts = this.plays && !this.started;
    clouds.turn(starts);
    if (together.gather(entries)) this.scrubber.grew();
    if (starts && together.size >= 2) {
      this.started = true;
      this.scrubber.start(0);
      return;
    }
    if (this.scrubber.step !== this.step || clouds.isBehind(this.step)) this.show();
  }

  // The step to show now, null before there is one.
  take() {
    this.step = this.scrubber.step ?? null;
    const { until } = this;
    if (this.started && !this.scrubber.playing)
      this.until = null; // a person has taken over
    else if (until !== null && this.step !== null && this.step >= until) {
      this.until = null;
      this.scrubber.hold(until);
    }
    return this.step;
  }

  // What is said where a moment was asked for that is not there.
  get missed() {
    const {
      about,
      view: { step: asked },
      clouds: { together },
      moving,
    } = this.look();
    if (asked === null || this.step === null || asked !== this.scrubber.wanted) return '';
    if (about?.frozen) return '';
    return heldText(asked, this.step, together.last.step, moving);
  }

  /**
   * The moment that a person holds goes into the address; one that plays or follows a run does not.
   * @param {number | null} step
   */
  hold(step) {
    this.started = true;
    this.until = null;
    const { view, about } = this.look();
    if (about && step !== view.step) this.held(step);
  }

  /** @param {number} step */
  go(step) {
    this.scrubber.go(this.look().clouds.together.indexOf(step));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.target instanceof Element && event.target.matches('.cloud')) this.scrubber.key(event);
  }

  close() {
    this.scrubber.close();
    this.sharing.close();
  }
}
