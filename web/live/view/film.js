// The frames of the run that is watched, and the one of them that everything shows.

import { seen } from '../../kit/captions.js';
import { count, setAttribute } from '../../kit/dom.js';
import { publish } from '../../kit/facts.js';
import { Frames } from '../../kit/frames.js';
import { ofFrame, ofView } from './facts.js';

/** @import { Frame, RunMessage } from '../../kit/types.d.ts' */
/** @import { Seen } from '../../kit/shared.js' */
/** @import { View } from './live.js' */

const COURSES = 180;
const TRAIL = 5;
const still = window.matchMedia('(prefers-reduced-motion: reduce)');

export class Film {
  frames = new Frames();
  /** The moment that is drawn. */
  /** @type {Frame | null} */
  shown = null;
  /** Counts the films of the view: a run, space or layout each. */
  series = 0;
  started = false;
  /** The step shown in place of one that was asked for and is not kept. */
  /** @type {number | null} */
  unkept = null;

  /** @param {View} look */
  constructor(look) {
    this.look = look;
  }

  clear() {
    this.shown = null;
    this.unkept = null;
    this.started = false;
    this.frames = new Frames();
    this.look.scrubber.setFrames(this.frames, { held: this.look.view.step });
  }

  /** What a class sees. */
  seen() {
    const { data, scrubber, view } = this.look;
    const moment = scrubber.live ? null : (this.shown?.step ?? view.step);
    return { run: data.run, view, moment };
  }

  /** @param {Seen} seen */
  showSeen({ view, moment }) {
    this.look.set({ ...view, step: moment }, false);
  }

  // A recorded run plays by itself, unless a moment of it is asked for or nothing is to move.
  playsByItself() {
    const { data, view } = this.look;
    return data.example && view.step === null && !still.matches;
  }

  /**
   * Of a run that has been described; a moment of it may be asked for that is not kept, and another
   * than when the run was asked for.
   * @param {RunMessage} run
   */
  begin(run) {
    const {
      stage,
      scrubber,
      view: { step },
    } = this.look;
    this.series += 1;
    scrubber.loop = run.example;
    stage.setNotice('');
    if (step === null || run.asked !== step || run.at === null || run.at === step) return;
    stage.setNotice(
      `Step ${count(step)} is not kept: this is step ${count(run.at)}, the nearest before it`,
      true,
    );
    this.unkept = run.at;
    scrubber.hold(run.at);
  }

  /** @param {Frame} frame */
  add(frame) {
    const { look } = this;
    const { scrubber, numbers } = look;
    if (!look.run) return;
    frame.series = this.series;
    this.frames.add(frame);
    scrubber.grew();
    if (!this.started && this.frames.size >= 2) {
      this.started = true;
      if (this.playsByItself()) {
        scrubber.start(0);
        return;
      }
    }
    const now = this.frames.at(scrubber.index);
    if (now === frame || now !== this.shown) this.show();
    else
      look.pace.soon('courses', COURSES, () => {
        if (this.shown) numbers.set(this.shown, this.frames, scrubber.index);
      });
  }

  // Draws the scrubber's moment: cloud, head, caption and numbers are of one step, always.
  show() {
    const { look, frames } = this;
    if (!frames.size || !look.run) return;
    const frame = frames.at(look.scrubber.index);
    look.stage.node.classList.remove('waiting');
    const before = this.shown;
    this.shown = frame;
    this.draw(look.run, frame, before);
    look.numbers.set(frame, frames, look.scrubber.index);
    publish({ page: 'live', ...ofView(look.view), ...ofFrame(frame) });
    look.head.setStep(frame.step);
    look.head.setDiagnosis(frame.diagnosis);
    look.stage.setCaption(frame, look.view.layout);
    if (before?.step !== frame.step) look.query.stale(true);
    if (this.unkept !== null && this.unkept !== frame.step) {
      this.unkept = null;
      look.stage.setNotice('');
    }
    look.questions.ask();
  }

  /**
   * @param {RunMessage} run
   * @param {Frame} frame
   * @param {Frame | null} before  the moment drawn last
   */
  draw({ probes }, frame, before) {
    const { cloud, painting, probe, query, stage, theme, view } = this.look;
    const jump = !before || before.space !== frame.space || before.layout !== frame.layout;
    const trails = {
      on: view.trails,
      frames: view.trails ? this.frames.before(frame, TRAIL) : [],
      labels: probes.labels,
      names: probes.class_names,
    };
    const paint = painting.colours();
    if (jump) cloud.unmark();
    cloud.show(frame, { paint, theme, trails, jump });
    stage.setLegend(paint.legend);
    const name = query.class.textContent;
    const words = seen(frame, { probes }, { colour: view.colour, probe, name });
    setAttribute(cloud.node, 'aria-label', words);
  }
}
