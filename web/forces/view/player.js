// Plays the frames of one answer: play, pause, step and scrub, on the browser's own clock.

import { count, el, segmented, setAttribute, setText } from '../../kit/dom.js';

const SECONDS = 6;
const SLOWEST = 20;
const JUMPS = 16;
const JUMP_REST = 500;

const ICON = {
  first: 'M3 3h2.2v10H3zM13 3v10L6 8z',
  play: 'M4 2.6v10.8L13 8z',
  pause: 'M3.6 3h3v10h-3zM9.4 3h3v10h-3z',
  back: 'M11 3v10L4.6 8z',
  ahead: 'M5 3v10l6.4-5z',
};

function icon(name) {
  return el(
    'svg:svg',
    { viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    el('svg:path', { d: ICON[name] }),
  );
}

export function movesLittle() {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}

export class Player {
  // shown(at, settled): at is a frame and may lie between two; settled when it stays there.
  constructor({ shown }) {
    this.shown = shown;
    this.at = 0;
    this.n = 0;
    this.stepOf = (frame) => frame;
    this.playing = false;
    this.speed = 1;
    this.drawn = [];
    this.rate = 0;
    const button = (name, label, act) =>
      el(
        'button',
        {
          type: 'button',
          class: 'icon',
          'aria-label': label,
          title: label,
          'data-act': name,
          onclick: act,
        },
        icon(name),
      );
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
    this.speeds = segmented(
      'Playback speed',
      [
        [0.25, '¼×'],
        [1, '1×'],
        [2, '2×'],
      ].map((one) => [...one, 'At 1× a race takes six seconds at most']),
      (speed) => this.setSpeed(speed),
    );
    this.node = el(
      'div',
      {
        class: 'flow-player',
        role: 'group',
        'aria-label': 'Time',
        onkeydown: (event) => this.key(event),
      },
      el('div', { class: 'flow-buttons' }, ...this.buttons, this.speeds),
      el('div', { class: 'flow-scrub' }, this.slider, this.label),
    );
    this.setSpeed(1);
    this.update();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.speeds.choose(speed);
  }

  // n frames over n_steps steps, from the first.
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

  go(frame) {
    this.stop();
    this.put(frame, true);
  }

  step(by) {
    this.go(this.frame + by);
  }

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

  // Frames drawn over the last second (or since the start, if that is shorter).
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

  // True when the key was one of ours.
  key(event) {
    const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
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
    for (const button of this.buttons) button.disabled = !some;
    this.slider.disabled = !some;
    setAttribute(this.slider, 'max', Math.max(0, this.n - 1));
    if (Number(this.slider.value) !== this.frame) this.slider.value = this.frame;
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
    this.play.replaceChildren(icon(state));
    const label = this.playing ? 'Pause (space)' : 'Play (space)';
    setAttribute(this.play, 'aria-label', label);
    setAttribute(this.play, 'title', label);
  }

  close() {
    this.stop();
  }
}
