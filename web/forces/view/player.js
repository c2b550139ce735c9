// Plays the frames of one answer: play, pause, step and scrub, on the browser's own clock.

import { count, el } from '../../kit/dom.js';
import { Playback } from '../../kit/playback.js';

const SECONDS = 6;
const SLOWEST = 20;
const JUMPS = 16;
const JUMP_REST = 500;

const SIX = 'At 1× a race takes six seconds at most';
/** @import { Words } from '../../kit/playback.js' */

/** @type {Words} */
const WORDS = {
  first: 'To the start (Home)',
  play: 'Play (space)',
  pause: 'Pause (space)',
  slider: 'Step of the flow',
  speeds: [
    [0.25, '¼×', SIX],
    [1, '1×', SIX],
    [2, '2×', SIX],
  ],
};

export function movesLittle() {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}

export class Player extends Playback {
  /** A frame, and between two while it plays. */
  at = 0;
  many = 0;
  nSteps = 0;
  /** @type {(frame: number) => number} */
  stepOf = (frame) => frame;
  /** When the last frames were drawn. */
  /** @type {number[]} */
  drawn = [];
  rate = 0;
  /** @type {number | null} */
  last = null;
  /** @type {number | null} */
  told = null;
  request = 0;

  /**
   * @param {object} told
   * @param {(at: number, settled: boolean) => void} told.shown  settled when it stays there
   */
  constructor({ shown }) {
    super(WORDS);
    this.shown = shown;
    this.label.className = 'flow-step';
    this.buttons = [
      this.first,
      this.button('back', 'One frame back (left arrow)', () => this.go(this.frame - 1)),
      this.play,
      this.button('ahead', 'One frame ahead (right arrow)', () => this.go(this.frame + 1)),
    ];
    this.row = el('div', { class: 'flow-buttons' }, ...this.buttons, this.speeds);
    this.node = el(
      'div',
      {
        class: 'flow-player',
        role: 'group',
        'aria-label': 'Time',
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          if (this.key(event)) event.stopPropagation();
        },
      },
      this.row,
      el('div', { class: 'flow-scrub' }, this.slider, this.label),
    );
    this.update();
  }

  /**
   * n frames over nSteps steps, from the first.
   * @param {number} n
   * @param {number} nSteps
   */
  setFrames(n, nSteps) {
    this.halt();
    this.many = n;
    this.at = 0;
    this.nSteps = nSteps;
    this.stepOf = (frame) => Math.round((frame * nSteps) / Math.max(1, n - 1));
    this.update();
  }

  /** @override */
  get n() {
    return this.many;
  }

  /** @override */
  get frame() {
    return Math.round(this.at);
  }

  /**
   * @override
   * @param {number} frame
   */
  go(frame) {
    this.halt();
    this.put(frame, true);
  }

  /**
   * @param {number} at
   * @param {boolean} settled
   */
  put(at, settled) {
    if (!this.n) return;
    this.at = Math.max(0, Math.min(this.n - 1, at));
    this.update();
    this.shown(this.at, settled);
  }

  /** @override */
  start(from = this.frame >= this.n - 1 ? 0 : this.at) {
    if (this.n < 2) return;
    this.halt();
    this.playing = true;
    this.last = null;
    this.drawn = [];
    this.told = null;
    this.put(from, false);
    if (movesLittle()) this.jump();
    else this.request = requestAnimationFrame((now) => this.tick(now));
  }

  /** @param {number} now */
  tick(now) {
    if (!this.playing) return;
    const passed = this.last === null ? 0 : Math.min(250, now - this.last);
    this.last = now;
    const at = this.at + (passed / 1000) * Math.max(SLOWEST, (this.n - 1) / SECONDS) * this.speed;
    this.measure(now);
    if (at >= this.n - 1) {
      this.go(this.n - 1);
      return;
    }
    this.put(at, false);
    this.request = requestAnimationFrame((next) => this.tick(next));
  }

  // Who asked for less motion sees a few moments in turn.
  jump() {
    this.timer = setTimeout(() => {
      const at = Math.min(this.n - 1, this.frame + Math.ceil((this.n - 1) / JUMPS));
      if (at >= this.n - 1) this.go(at);
      else {
        this.put(at, false);
        this.jump();
      }
    }, JUMP_REST / this.speed);
  }

  /**
   * Frames drawn over the last second (or since the start, if that is shorter).
   * @param {number} now
   */
  measure(now) {
    this.drawn.push(now);
    while (this.drawn[0] < now - 1000) this.drawn.shift();
    if (this.told !== null && now - this.told < 250) return;
    this.told = now;
    const span = now - this.drawn[0];
    if (span > 200) this.rate = Math.round((10 * 1000 * (this.drawn.length - 1)) / span) / 10;
  }

  /** @override */
  stop() {
    this.go(this.frame);
  }

  halt() {
    cancelAnimationFrame(this.request);
    clearTimeout(this.timer);
    this.playing = false;
    this.update();
  }

  update() {
    const [now, all] = [count(this.stepOf(this.frame)), count(this.nSteps)];
    this.mark(this.n > 1 ? `step ${now} of ${all}` : 'step –', this.at);
  }

  /** @override */
  close() {
    cancelAnimationFrame(this.request);
    super.close();
  }
}
