// What plays moments: to the first, play and pause, a slider over them, speeds and keys. Its clock and
// what a moment is are of each kind: snapshots of a run (`scrubber.js`), frames of a race.

import { el, icon, isShortcut, segmented, setAttribute, setText } from './dom.js';

const ICON = {
  first: 'M3 3h2.2v10H3zM13 3v10L6 8z',
  play: 'M4 2.6v10.8L13 8z',
  pause: 'M3.6 3h3v10h-3zM9.4 3h3v10h-3z',
  back: 'M11 3v10L4.6 8z',
  ahead: 'M5 3v10l6.4-5z',
};

/** What a player's controls are called. */
/**
 * @typedef {object} Words
 * @property {string} first
 * @property {string} play
 * @property {string} pause
 * @property {string} slider
 * @property {[value: number, text: string, hint?: string][]} speeds
 */

export class Playback {
  playing = false;
  speed = 1;
  /** @type {number | undefined} */
  timer = undefined;

  /** @param {Words} words */
  constructor(words) {
    this.words = words;
    this.first = this.button('first', words.first, () => this.toFirst());
    this.play = this.button('play', words.play, () => this.toggle());
    this.play.classList.add('main');
    this.buttons = [this.first, this.play];
    this.slider = el('input', {
      type: 'range',
      min: 0,
      max: 0,
      value: 0,
      step: 1,
      'aria-label': words.slider,
      oninput: () => this.go(Number(this.slider.value)),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== 'Home' || isShortcut(event)) return;
        event.preventDefault();
        this.toFirst();
      },
    });
    this.label = el('output', { class: 'step' });
    this.speeds = segmented('Playback speed', words.speeds, (speed) => this.setSpeed(speed));
    this.speeds.choose(1);
  }

  /** How many moments there are. */
  get n() {
    return 0;
  }

  /** The number of the moment shown. */
  get frame() {
    return 0;
  }

  /**
   * @param {keyof typeof ICON} name
   * @param {string} label
   * @param {() => void} act
   */
  button(name, label, act) {
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

  /** @param {number} speed */
  setSpeed(speed) {
    this.speed = speed;
    this.speeds.choose(speed);
  }

  /**
   * Stands at a moment.
   * @param {number} frame
   */
  // eslint-disable-next-line no-unused-vars
  go(frame) {}

  toFirst() {
    this.go(0);
  }

  start() {}

  stop() {}

  toggle() {
    if (this.playing) this.stop();
    else this.start();
  }

  /**
   * Arrows go to the moments beside, with Shift to the tenth; Home and End to the ends; the space bar
   * plays. True when the key was one of these.
   * @param {KeyboardEvent} event
   */
  key(event) {
    if (isShortcut(event)) return false;
    const turn = Number(event.key === 'ArrowRight') - Number(event.key === 'ArrowLeft');
    const onButton = event.target instanceof HTMLButtonElement;
    if (event.key === ' ' && !onButton) this.toggle();
    else if (turn) this.go(this.frame + turn * (event.shiftKey ? 10 : 1));
    else if (event.key === 'Home') this.toFirst();
    else if (event.key === 'End') this.go(this.n - 1);
    else return false;
    event.preventDefault();
    return true;
  }

  /**
   * Shows where it stands.
   * @param {string} text
   * @param {number} [at]  a moment, or between two
   */
  mark(text, at = this.frame) {
    const { n, slider, play, words } = this;
    for (const one of this.buttons) one.disabled = n < 2;
    slider.disabled = n < 2;
    setAttribute(slider, 'max', Math.max(0, n - 1));
    if (Number(slider.value) !== this.frame) slider.value = String(this.frame);
    slider.style.setProperty('--fill', `${n > 1 ? ((100 * at) / (n - 1)).toFixed(1) : 100 * n}%`);
    setText(this.label, text);
    setAttribute(slider, 'aria-valuetext', text);
    const state = this.playing ? 'pause' : 'play';
    if (play.dataset.shows === state) return;
    play.dataset.shows = state;
    play.replaceChildren(icon(ICON[state]));
    setAttribute(play, 'aria-label', words[state]);
    setAttribute(play, 'title', words[state]);
  }

  close() {
    clearTimeout(this.timer);
    this.playing = false;
  }
}
