// Moves over the frames the browser has, without asking the server. `slider` and `node` are placed by
// the bar they stand in.

import { count, el, setAttribute, setText } from './dom.js';
import { Playback } from './playback.js';

const PER_SECOND = 3.6;
const REST = 1400;

/** @import { Words } from './playback.js' */
/** @import { Steps } from './types.d.ts' */

/** @type {Words} */
const WORDS = {
  first: 'First snapshot',
  play: 'Play snapshots',
  pause: 'Pause playback',
  slider: 'Snapshot',
  speeds: [
    [1, '1×'],
    [2, '2×'],
    [4, '4×'],
  ],
};

export class Scrubber extends Playback {
  /** @type {Steps | null} */
  frames = null;
  index = 0;
  /** The step that is held, as Python was told of it. */
  /** @type {number | null} */
  kept = null;
  /** @type {number | null} */
  wanted = null;
  live = true;
  loop = false;
  running = false;
  trains = false;

  /**
   * @param {object} told
   * @param {() => void} told.moved  the moment to show has changed
   * @param {(step: number | null) => void} [told.held]  another step is held, null while it plays or
   *   follows the newest
   */
  constructor({ moved, held = () => {} }) {
    super(WORDS);
    this.moved = moved;
    this.held = held;
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

  /** @override */
  get n() {
    return this.frames?.size ?? 0;
  }

  /** @override */
  get frame() {
    return this.index;
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

  /**
   * @override
   * @param {number} index
   */
  go(index) {
    this.pause();
    this.set(index);
  }

  // The run's first, whichever frames have come by now.
  /** @override */
  toFirst() {
    this.pause();
    this.set(0, 0);
  }

  /**
   * @param {number} index
   * @param {number} [wanted]  the step that is meant; that of the frame unless told
   */
  set(index, wanted) {
    if (!this.frames?.size) return;
    this.index = Math.max(0, Math.min(index, this.frames.size - 1));
    this.wanted = wanted ?? this.frames.steps[this.index];
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
   * @override
   * @param {number | null} [from]  an index; where it stands unless told
   */
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

  /** @override */
  stop() {
    this.pause();
    this.tell();
  }

  pause() {
    clearTimeout(this.timer);
    this.playing = false;
    this.update();
  }

  /**
   * @param {boolean} running  it may get frames still
   * @param {boolean} [trains]  it trains now
   */
  setRunning(running, trains = running) {
    this.running = running;
    this.trains = trains;
    this.update();
  }

  update() {
    const { step, n } = this;
    this.mark(step === null ? 'step –' : `step ${count(step)}`);
    const isNewest = this.live || (n > 0 && this.index === n - 1 && !this.running);
    setAttribute(this.follow, 'aria-pressed', String(isNewest));
    setText(this.newest, this.trains ? 'live' : 'latest');
    setAttribute(
      this.follow,
      'title',
      this.running ? 'Jump to the newest snapshot and follow it' : 'Jump to the last snapshot',
    );
    this.follow.classList.toggle('on-air', this.trains);
  }
}
