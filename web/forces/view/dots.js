// One stage of the race: the points of one loss on the circle or the sphere, on a canvas.

import { INK } from '../../kit/colours.js';
import { el, setAttribute, setText } from '../../kit/dom.js';
import { DotPicture } from './dotpicture.js';
import { itemText, look, lookText } from './gaps.js';
import { Ground } from './ground.js';
import { penOf } from './pens.js';
import { onSharpness, sharpness } from '../../kit/sharpness.js';
import { zoomOf } from '../../kit/zoom.js';

/** @import { AnsweredFlow, ShownFlow } from './types.d.ts' */
/** @import { Globe } from './places.js' */

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const NEAR = 15;
const MARGIN = 30;

export class Dots {
  /** @type {ShownFlow | null} */
  shown = null;
  /** Where the hand that turns the globe was. */
  /** @type {number[] | null} */
  hand = null;
  /** @type {Float32Array | null} */
  between = null;
  zoom = 1;

  /**
   * @param {object} given
   * @param {number} given.which  0 or 1
   * @param {Globe} given.globe
   * @param {(item: number | null) => void} given.light
   * @param {() => void} given.turned  after the globe was dragged
   * @param {(event: KeyboardEvent) => void} given.key
   */
  constructor({ which, globe, light, turned, key }) {
    this.which = which;
    this.globe = globe;
    this.light = light;
    this.turned = turned;
    this.ground = new Ground(globe);
    this.canvas = el('canvas', {
      class: 'flow-canvas',
      tabindex: '0',
      role: 'img',
      'aria-label': 'The points, before they are released',
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event, key),
    });
    this.pen = penOf(this.canvas);
    this.picture = new DotPicture({ pen: this.pen, globe, which });
    this.arena = el('div', { class: 'flow-arena' }, this.canvas);
    this.text = el('p', { class: 'flow-look', 'data-testid': `flow-look-${which}` });
    this.node = el(
      'div',
      { class: 'flow-stage', 'data-testid': `flow-stage-${which}` },
      this.arena,
      this.text,
    );
    this.wait(false);
    this.canvas.addEventListener('pointermove', (event) => this.moved(event));
    this.canvas.addEventListener('pointerdown', (event) => this.pressed(event));
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture'])
      this.canvas.addEventListener(name, () => {
        this.hand = null;
      });
    this.canvas.addEventListener('pointerleave', () => light(null));
    this.watcher = new ResizeObserver(() => {
      this.zoom = zoomOf(this.node);
      this.draw(this.shown);
    });
    this.watcher.observe(this.arena);
    this.unhear = onSharpness(() => this.draw(this.shown));
  }

  // Before there are points to be seen.
  /** @param {boolean} on  an answer is waited for */
  wait(on) {
    if (this.shown?.answer) return;
    setText(
      this.text,
      on
        ? 'Where this loss takes the points is being worked out.'
        : 'Release the points to see where this loss takes them.',
    );
  }

  // In units that are drawn zoom times as large.
  size() {
    const [w, h] = [this.arena.clientWidth / this.zoom, this.arena.clientHeight / this.zoom];
    const fine = this.zoom * sharpness();
    if (this.canvas.width !== Math.round(w * fine) || this.canvas.height !== Math.round(h * fine)) {
      this.canvas.width = Math.round(w * fine);
      this.canvas.height = Math.round(h * fine);
    }
    this.pen.setTransform(fine, 0, 0, fine, 0, 0);
    return { w, h, x: w / 2, y: h / 2, r: Math.max(20, Math.min(w, h) / 2 - MARGIN) };
  }

  /**
   * shown: {answer, at, lit, theme, surface}; told says whether the read-out is due.
   * @param {ShownFlow | null} shown
   * @param {boolean} [told]
   */
  draw(shown, told = true) {
    if (!shown) return;
    this.shown = shown;
    const frame = this.size();
    if (frame.w < 10) return;
    setAttribute(this.node, 'data-surface', shown.surface);
    const { pen } = this;
    pen.clearRect(0, 0, frame.w, frame.h);
    const ink = INK[shown.theme];
    const dims = shown.answer?.dims ?? (shown.surface === 'sphere' ? 3 : 2);
    this.ground.draw(pen, frame, dims, ink);
    if (!shown.answer) return;
    const points = this.points(shown.answer, shown.at);
    const seen = look(points, shown.answer.items, dims);
    const { answer } = shown;
    this.picture.draw({ shown: { ...shown, answer }, frame, dims, ink }, points, seen);
    if (!told) return;
    const text = shown.lit === null ? lookText(seen, dims) : itemText(seen, shown.lit, dims);
    setText(this.text, text);
    setAttribute(
      this.canvas,
      'aria-label',
      `${shown.answer.of[this.which].title}: ${text}${dims === 3 ? '. Alt and arrows turn the sphere.' : ''}`,
    );
  }

  /**
   * The places at a moment, between two frames if need be: [n_points * dims], unit length.
   * @param {AnsweredFlow} answer
   * @param {number} at
   */
  points({ arrays, n_frames: nFrames, n_points: n, dims }, at) {
    const size = n * dims;
    const first = Math.min(nFrames - 1, Math.floor(at));
    const from = (this.which * nFrames + first) * size;
    const share = first + 1 < nFrames ? at - first : 0;
    if (share < 1e-3) return arrays.places.subarray(from, from + size);
    if (this.between?.length !== size) this.between = new Float32Array(size);
    const out = this.between;
    for (let p = 0; p < size; p += dims) {
      let length = 0;
      for (let k = p; k < p + dims; k += 1) {
        const a = arrays.places[from + k];
        out[k] = a + share * (arrays.places[from + size + k] - a);
        length += out[k] * out[k];
      }
      length = Math.sqrt(length) || 1;
      for (let k = p; k < p + dims; k += 1) out[k] /= length;
    }
    return out;
  }

  /** @param {PointerEvent} event */
  moved(event) {
    const [x, y] = [event.offsetX / this.zoom, event.offsetY / this.zoom];
    if (this.hand) {
      this.globe.drag(
        (event.clientX - this.hand[0]) / this.zoom,
        (event.clientY - this.hand[1]) / this.zoom,
        this.size().r,
      );
      this.hand = [event.clientX, event.clientY];
      this.turned();
      return;
    }
    let best = NEAR;
    /** @type {number | null} */
    let found = null;
    const items = this.shown?.answer?.items ?? [];
    this.picture.screen.forEach(([px, py, near], p) => {
      const far = Math.hypot(px - x, py - y) + (near < 0 ? 6 : 0);
      if (far < best) [best, found] = [far, items[p] ?? null];
    });
    this.light(found);
  }

  /** @param {PointerEvent} event */
  pressed(event) {
    if (event.button !== 0 || (this.shown?.answer?.dims ?? 2) !== 3) return;
    this.hand = [event.clientX, event.clientY];
    this.canvas.setPointerCapture(event.pointerId);
  }

  /**
   * With Alt the arrows turn the sphere, else they are the player's.
   * @param {KeyboardEvent} event
   * @param {(event: KeyboardEvent) => void} otherwise
   */
  key(event, otherwise) {
    const turn = WAYS[event.key];
    if (!turn || !event.altKey || this.shown?.answer?.dims !== 3) {
      otherwise(event);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.globe.drag(turn[0] * 10, turn[1] * 10, 100);
    this.turned();
  }

  close() {
    this.watcher.disconnect();
    this.unhear();
  }
}
