// Plays the frames of one answer: play, pause, step and scrub, on the browser's own clock.

import { count, el, icon, segmented, setAttribute, setText } from '../../kit/dom.js';

const SECONDS = 6;
const SLOWEST = 20;
const JUMPS = 16;
const JUMP_REST = 500;

const SIX = 'At 1× a race takes six seconds at most';
/** @type {[value: number, text: string, hint: string][]} */
const SPEEDS = [
  [0.25, '¼×', SIX],
  [1, '1×', SIX],
  [2, '2×', SIX],
];
const ICON = {
  first: 'M3 3h2.2v10H3zM13 3v10L6 8z',
  play: 'M4 2.6v10.8L13 8z',
  pause: 'M3.6 3h3v10h-3zM9.4 3h3v10h-3z',
  back: 'M11 3v10L4.6 8z',
  ahead: 'M5 3v10l6.4-5z',
};

/**
 * @param {keyof typeof ICON} name
 * @param {string} label
 * @param {() => void} act
 */
function button(name, label, act) {
  return el(
    'button',
    {
      type: 'button',
      class: 'icon',
      'aria-label': label,
      title: label,
      'data-act': name,
      onclick: act,
    },
    icon(ICON[name]),
  );
}

export function movesLittle() {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}

export class Player {
  /** A frame, and between two while it plays. */
  at = 0;
  n = 0;
  nSteps = 0;
  /** @type {(frame: number) => number} */
  stepOf = (frame) => frame;
  playing = false;
  speed = 1;
  /** When the last frames were drawn. */
  /** @type {number[]} */
  drawn = [];
  rate = 0;
  /** @type {number | null} */
  last = null;
  /** @type {number | null} */
  told = null;
  request = 0;
  /** @type {number | undefined} */
  timer = undefined;

  /**
   * @param {object} told
   * @param {(at: number, settled: boolean) => void} told.shown  settled when it stays there
   */
  constructor({ shown }) {
    this.shown = shown;
    this.play = button('play', 'Play', () => this.toggle());
    this.play.classList.add('main');
    this.buttons = [
      button('first', 'To the start (Home)', () => this.go(0)),
      button('back', 'One frame back (left arrow)', () => this.step(-1)),
      this.play,
      button('ahead', 'One frame ahead (right arrow)', () => this.step(1)),
    ];
    this.slider = el('input', {
      type: 'range',
      min: 0,
      max: 0,
      value: 0,
      step: 1,
      'aria-label': 'Step of the flow',
      oninput: () => this.go(Number(this.slider.value)),
    });
    this.label = el('output', { class: 'flow-step' });
    this.speeds = segmented('Playback speed', SPEEDS, (speed) => this.setSpeed(speed));
    this.row = el('div', { class: 'flow-buttons' }, ...this.buttons, this.speeds);
    this.node = el(
      'div',
      {
        class: 'flow-player',
        role: 'group',
        'aria-label': 'Time',
        onkeydown: (event) => this.key(event),
      },
      this.row,
      el('div', { class: 'flow-scrub' }, this.slider, this.label),
    );
    this.setSpeed(1);
    this.update();
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.speed = speed;
    this.speeds.choose(speed);
  }

  /**
   * n frames over nSteps steps, from the first.
   * @param {number} n
   * @param {number} nSteps
   */
  setFrames(n, nSteps) {
    this.stop();
    this.n = n;
    this.at = 0;
    this.nSteps = nSteps;
    this.stepOf = (frame) => Math.round((frame * nSteps) / Math.max(1, n - 1));
    this.update();
  }

  get frame() {
    return Math.round(this.at);
  }

  /** @param {number} frame */
  go(frame) {
    this.stop();
    this.put(frame, true);
  }

  /** @param {number} by */
  step(by) {
    this.go(this.frame + by);
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

  toggle() {
    if (this.playing) this.go(this.frame);
    else this.start();
  }

  start(from = this.frame >= this.n - 1 ? 0 : this.at) {
    if (this.n < 2) return;
    this.stop();
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

  stop() {
    cancelAnimationFrame(this.request);
    clearTimeout(this.timer);
    this.playing = false;
    this.update();
  }

  /**
   * True when the key was one of ours.
   * @param {KeyboardEvent} event
   */
  key(event) {
    const turn = Number(event.key === 'ArrowRight') - Number(event.key === 'ArrowLeft');
    const onButton = event.target instanceof HTMLButtonElement;
    if (event.key === ' ' && !onButton) this.toggle();
    else if (turn) this.step(turn * (event.shiftKey ? 10 : 1));
    else if (event.key === 'Home') this.go(0);
    else if (event.key === 'End') this.go(this.n - 1);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  update() {
    const some = this.n > 1;
    for (const one of this.buttons) one.disabled = !some;
    this.slider.disabled = !some;
    setAttribute(this.slider, 'max', Math.max(0, this.n - 1));
    if (Number(this.slider.value) !== this.frame) this.slider.value = String(this.frame);
    this.slider.style.setProperty(
      '--fill',
      `${some ? ((100 * this.at) / (this.n - 1)).toFixed(1) : 0}%`,
    );
    const text = some
      ? `step ${count(this.stepOf(this.frame))} of ${count(this.nSteps)}`
      : 'step –';
    setText(this.label, text);
    setAttribute(this.slider, 'aria-valuetext', text);
    const state = this.playing ? 'pause' : 'play';
    if (this.play.dataset.shows === state) return;
    this.play.dataset.shows = state;
    this.play.replaceChildren(icon(ICON[state]));
    const label = this.playing ? 'Pause (space)' : 'Play (space)';
    setAttribute(this.play, 'aria-label', label);
    setAttribute(this.play, 'title', label);
  }

  close() {
    this.stop();
  }
}
