// Moves over the frames the browser has, without asking the server. `slider` and `node` are placed by
// the bar they stand in.

import { count, el, icon, segmented, setAttribute, setText } from './dom.js';

const PER_SECOND = 3.6;
const REST = 1400;

/** @import { Steps } from './types.d.ts' */

/** @type {[value: number, text: string][]} */
const SPEEDS = [
  [1, '1×'],
  [2, '2×'],
  [4, '4×'],
];
const ICON = {
  first: 'M3 3h2.2v10H3zM13 3v10L6 8z',
  play: 'M4 2.6v10.8L13 8z',
  pause: 'M3.6 3h3v10h-3zM9.4 3h3v10h-3z',
};

/**
 * @param {keyof typeof ICON} name
 * @param {string} label
 * @param {() => void} act
 */
function button(name, label, act) {
  return el(
    'button',
    { type: 'button', class: 'icon', 'aria-label': label, title: label, onclick: act },
    icon(ICON[name]),
  );
}

export class Scrubber {
  /** @type {Steps | null} */
  frames = null;
  index = 0;
  /** The step that is held, as Python was told of it. */
  /** @type {number | null} */
  kept = null;
  /** @type {number | null} */
  wanted = null;
  live = true;
  playing = false;
  loop = false;
  speed = 1;
  running = false;
  /** @type {number | undefined} */
  timer = undefined;

  /**
   * @param {object} told
   * @param {() => void} told.moved  the moment to show has changed
   * @param {(step: number | null) => void} [told.held]  another step is held, null while it plays or
   *   follows the newest
   */
  constructor({ moved, held = () => {} }) {
    this.moved = moved;
    this.held = held;
    this.first = button('first', 'First snapshot', () => this.go(0));
    this.play = button('play', 'Play', () => this.toggle());
    this.play.classList.add('main');
    this.slider = el('input', {
      type: 'range',
      min: 0,
      max: 0,
      value: 0,
      step: 1,
      'aria-label': 'Snapshot',
      oninput: () => this.go(Number(this.slider.value)),
    });
    this.label = el('output', { class: 'step' });
    this.speeds = segmented('Playback speed', SPEEDS, (speed) => {
      this.speed = speed;
      this.speeds.choose(speed);
    });
    this.speeds.choose(1);
    this.newest = el('span', { text: 'live' });
    this.follow = el(
      'button',
      {
        type: 'button',
        class: 'toggle live',
        'aria-pressed': 'true',
        onclick: () => this.goLive(),
      },
      el('i', {}),
      this.newest,
    );
    this.node = el(
      'div',
      { class: 'scrubber', role: 'group', 'aria-label': 'Time' },
      this.first,
      this.play,
      this.speeds,
      this.label,
      this.follow,
    );
    this.update();
  }

  /**
   * Another run: from a step that is held (the frame at or before it, as frames come), or following
   * the newest.
   * @param {Steps} frames
   * @param {{ held?: number | null }} [from]
   */
  setFrames(frames, { held = null } = {}) {
    clearTimeout(this.timer);
    this.frames = frames;
    this.live = held === null;
    this.wanted = held;
    this.kept = held;
    this.index = 0;
    this.playing = false;
    this.update();
  }

  get step() {
    return this.frames?.size ? this.frames.at(this.index).step : null;
  }

  // A frame has come.
  grew() {
    const { frames, live, wanted } = this;
    if (frames) this.index = live || wanted === null ? frames.size - 1 : frames.indexOf(wanted);
    this.update();
  }

  /**
   * Holds a step (the frame at or before it), or follows the newest for null, as someone else wants it.
   * @param {number | null} step
   */
  hold(step) {
    if (step === null) {
      this.goLive();
      return;
    }
    this.pause();
    this.live = false;
    this.wanted = step;
    this.kept = step;
    if (!this.frames?.size) return;
    this.index = this.frames.indexOf(step);
    this.update();
    this.moved();
  }

  tell() {
    const kept = this.live || this.playing ? null : this.wanted;
    if (kept === this.kept) return;
    this.kept = kept;
    this.held(kept);
  }

  /** @param {number} index */
  go(index) {
    this.pause();
    this.set(index);
  }

  /** @param {number} index */
  set(index) {
    if (!this.frames?.size) return;
    this.index = Math.max(0, Math.min(index, this.frames.size - 1));
    this.wanted = this.frames.steps[this.index];
    this.live = false;
    this.update();
    this.tell();
    this.moved();
  }

  goLive() {
    this.pause();
    this.live = true;
    if (this.frames?.size) this.index = this.frames.size - 1;
    this.update();
    this.tell();
    this.moved();
  }

  /**
   * Arrows go to the moments beside, the space bar plays.
   * @param {KeyboardEvent} event
   */
  key(event) {
    /** @type {Record<string, number>} */
    const turns = { ArrowRight: 1, ArrowLeft: -1 };
    const turn = turns[event.key];
    if (!turn && event.key !== ' ') return;
    event.preventDefault();
    if (turn) this.go(this.index + turn);
    else this.toggle();
  }

  toggle() {
    if (this.playing) this.stop();
    else this.start();
  }

  /** @param {number | null} [from]  an index; where it stands unless told */
  start(from = null) {
    if (!this.frames || this.frames.size < 2) return;
    const at = from ?? (this.index >= this.frames.size - 1 ? 0 : this.index);
    this.playing = true;
    this.set(at);
    clearTimeout(this.timer);
    this.next();
  }

  next() {
    const end = this.index >= (this.frames?.size ?? 0) - 1;
    this.timer = setTimeout(
      () => {
        if (!this.playing) return;
        if (!end) this.set(this.index + 1);
        else if (this.loop) this.set(0);
        else if (this.running) {
          this.goLive();
          return;
        } else {
          this.stop();
          return;
        }
        this.next();
      },
      end ? REST : 1000 / (PER_SECOND * this.speed),
    );
  }

  stop() {
    this.pause();
    this.tell();
  }

  pause() {
    clearTimeout(this.timer);
    this.playing = false;
    this.update();
  }

  /** @param {boolean} running */
  setRunning(running) {
    this.running = running;
    this.update();
  }

  update() {
    const size = this.frames?.size ?? 0;
    const step = this.step;
    setAttribute(this.slider, 'max', Math.max(0, size - 1));
    this.slider.value = String(this.index);
    this.slider.disabled = size < 2;
    this.first.disabled = size < 2;
    this.play.disabled = size < 2;
    const text = step === null ? 'step –' : `step ${count(step)}`;
    setText(this.label, text);
    setAttribute(this.slider, 'aria-valuetext', text);
    this.slider.style.setProperty('--fill', `${size > 1 ? (100 * this.index) / (size - 1) : 100}%`);
    const state = this.playing ? 'pause' : 'play';
    if (this.play.dataset.shows !== state) {
      this.play.dataset.shows = state;
      this.play.replaceChildren(icon(ICON[state]));
      const label = this.playing ? 'Pause playback' : 'Play snapshots';
      setAttribute(this.play, 'aria-label', label);
      setAttribute(this.play, 'title', label);
    }
    const isNewest = this.live || (size > 0 && this.index === size - 1 && !this.running);
    setAttribute(this.follow, 'aria-pressed', String(isNewest));
    setText(this.newest, this.running ? 'live' : 'latest');
    setAttribute(
      this.follow,
      'title',
      this.running ? 'Jump to the newest snapshot and follow it' : 'Jump to the last snapshot',
    );
    this.follow.classList.toggle('on-air', this.running);
  }

  close() {
    clearTimeout(this.timer);
    this.playing = false;
  }
}
