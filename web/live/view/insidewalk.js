// How the stages of an update are walked: by hand, or one after the other in slow motion.

import { el, icon, segmented, setAttribute } from '../../kit/dom.js';

/** @type {[name: string, seconds: number][]} */
const STAGES = [
  ['Batch', 6],
  ['Views', 6],
  ['Encoder', 9],
  ['Distances', 9],
  ['Weights and loss', 10],
  ['Gradient and step', 12],
];
const PLAY = 'M4 2.6v10.8L13 8z';
const PAUSE = 'M3.6 3h3v10h-3zM9.4 3h3v10h-3z';

export class InsideWalk {
  at = 0;
  playing = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;

  /** @param {() => void} moved  another stage is to be shown, or it plays or not */
  constructor(moved) {
    this.moved = moved;
    this.tabs = segmented(
      'Stage',
      STAGES.map(([name], i) => [i, `${i + 1} ${name}`]),
      (at) => this.go(at),
    );
    this.slow = el('button', {
      type: 'button',
      class: 'toggle slow',
      title: 'All six stages, one after the other',
      onclick: () => this.toggle(),
    });
    this.back = this.arrow('Stage before', '◀', -1);
    this.next = this.arrow('Next stage', '▶', 1);
    this.node = el('div', { class: 'inside-walk' }, this.back, this.tabs, this.next, this.slow);
    this.say();
  }

  /**
   * @param {string} label
   * @param {string} text
   * @param {number} by
   */
  arrow(label, text, by) {
    return el('button', {
      type: 'button',
      class: 'icon',
      'aria-label': label,
      title: label,
      text,
      onclick: () => this.turn(by),
    });
  }

  get seconds() {
    return STAGES[this.at][1];
  }

  /** @param {number} at */
  go(at) {
    this.at = at;
    if (this.playing) this.wait();
    this.say();
    this.moved();
  }

  /** @param {number} by */
  turn(by) {
    const at = Math.max(0, Math.min(STAGES.length - 1, this.at + by));
    if (at !== this.at) this.go(at);
  }

  toggle() {
    if (this.playing) {
      this.pause();
      return;
    }
    this.playing = true;
    this.go(this.at === STAGES.length - 1 ? 0 : this.at);
  }

  pause() {
    clearTimeout(this.timer);
    if (!this.playing) return;
    this.playing = false;
    this.say();
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.at === STAGES.length - 1) this.pause();
      else this.turn(1);
    }, 1000 * this.seconds);
  }

  say() {
    this.tabs.choose(this.at);
    this.slow.replaceChildren(
      icon(this.playing ? PAUSE : PLAY),
      el('span', { text: 'slow motion' }),
    );
    setAttribute(this.slow, 'aria-pressed', String(this.playing));
    this.node.style.setProperty('--seconds', `${this.seconds}s`);
    this.back.disabled = this.at === 0;
    this.next.disabled = this.at === STAGES.length - 1;
  }
}
