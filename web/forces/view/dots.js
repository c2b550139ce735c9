// One stage of the race: the points of one loss on the circle or the sphere, on a canvas.

import { CLASSES, INK, mix } from '../../kit/colours.js';
import { el, setAttribute, setText } from '../../kit/dom.js';
import { look, lookText } from './gaps.js';
import { Ground } from './ground.js';
import { zoomOf } from './zoom.js';

const TRAIL = 20;
const SHADES = 4;
const NEAR = 15;
const MARGIN = 30;
const NUMBERED = 24;

export class Dots {
  // light(item or null), turned() after the globe was dragged; which: 0 or 1.
  constructor({ which, globe, light, turned, key }) {
    this.which = which;
    this.globe = globe;
    this.light = light;
    this.turned = turned;
    this.shown = null;
    this.screen = [];
    this.ground = new Ground(globe);
    this.canvas = el('canvas', {
      class: 'flow-canvas',
      tabindex: '0',
      role: 'img',
      'aria-label': 'The points, before they are released',
      onkeydown: (event) => this.key(event, key),
    });
    this.pen = this.canvas.getContext('2d');
    this.arena = el('div', { class: 'flow-arena' }, this.canvas);
    this.text = el('p', { class: 'flow-look', 'data-testid': `flow-look-${which}` });
    this.node = el(
      'div',
      { class: 'flow-stage', 'data-testid': `flow-stage-${which}` },
      this.arena,
      this.text,
    );
    setText(this.text, 'Release the points to see where this loss takes them.');
    this.canvas.addEventListener('pointermove', (event) => this.moved(event));
    this.canvas.addEventListener('pointerdown', (event) => this.pressed(event));
    this.canvas.addEventListener('pointerup', () => {
      this.hand = null;
    });
    this.canvas.addEventListener('pointerleave', () => light(null));
    this.zoom = 1;
    this.watcher = new ResizeObserver(() => {
      this.zoom = zoomOf(this.node);
      this.draw(this.shown);
    });
    this.watcher.observe(this.arena);
  }

  // In units that are drawn zoom times as large.
  size() {
    const [w, h] = [this.arena.clientWidth / this.zoom, this.arena.clientHeight / this.zoom];
    const fine = this.zoom * (window.devicePixelRatio || 1);
    if (this.canvas.width !== Math.round(w * fine) || this.canvas.height !== Math.round(h * fine)) {
      this.canvas.width = Math.round(w * fine);
      this.canvas.height = Math.round(h * fine);
    }
    this.pen.setTransform(fine, 0, 0, fine, 0, 0);
    return { w, h, x: w / 2, y: h / 2, r: Math.max(20, Math.min(w, h) / 2 - MARGIN) };
  }

  // shown: {answer, at, lit, theme, surface}; told says whether the read-out is due.
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
    this.trails(frame, dims, ink);
    this.dots(frame, points, dims, ink, seen);
    if (!told) return;
    const text = shown.lit === null ? lookText(seen, dims) : this.itemText(seen, shown.lit, dims);
    setText(this.text, text);
    setAttribute(
      this.canvas,
      'aria-label',
      `${shown.answer.of[this.which].title}: ${text}${dims === 3 ? '. Alt and arrows turn the sphere' : ''}`,
    );
  }

  // The places at a moment, between two frames if need be: [n_points * dims], unit length.
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

  // [x, y, towards the viewer] on the screen of the point at an offset.
  see(frame, points, at, dims) {
    if (dims === 2) return [frame.x + frame.r * points[at], frame.y - frame.r * points[at + 1], 1];
    const [right, up, near] = this.globe.see([points[at], points[at + 1], points[at + 2]]);
    return [frame.x + frame.r * right, frame.y - frame.r * up, near];
  }

  colour(item, ink) {
    const { answer, lit, theme } = this.shown;
    const many = Math.max(...answer.items) >= CLASSES[theme].length;
    if (many) return item === lit ? CLASSES[theme][0] : mix(ink.paper, ink.ink, 0.5);
    return CLASSES[theme][item];
  }

  // The last frames, fading with age; what has not moved draws nothing.
  trails(frame, dims, ink) {
    const { pen, shown } = this;
    const { arrays, n_frames: nFrames, n_points: n, items } = shown.answer;
    const now = Math.min(nFrames - 1, Math.floor(shown.at));
    const start = this.which * nFrames;
    pen.lineCap = 'round';
    pen.lineWidth = 2;
    for (let shade = 0; shade < SHADES; shade += 1) {
      const from = Math.max(0, now - TRAIL + (shade * TRAIL) / SHADES);
      const to = Math.max(0, now - TRAIL + ((shade + 1) * TRAIL) / SHADES);
      if (to <= from) continue;
      const paths = new Map();
      for (let p = 0; p < n; p += 1) {
        if (shown.lit !== null && items[p] !== shown.lit) continue;
        let before = null;
        for (let f = from; f <= to; f += 1) {
          const here = this.see(frame, arrays.places, ((start + f) * n + p) * dims, dims);
          if (before && here[2] > 0 && before[2] > 0) {
            if (Math.abs(here[0] - before[0]) + Math.abs(here[1] - before[1]) < 0.35) continue;
            const colour = this.colour(items[p], ink);
            if (!paths.has(colour)) paths.set(colour, new Path2D());
            const path = paths.get(colour);
            path.moveTo(before[0], before[1]);
            if (dims === 2 && Math.abs(here[0] - before[0]) + Math.abs(here[1] - before[1]) > 8)
              this.arc(frame, path, before, here);
            else path.lineTo(here[0], here[1]);
          }
          before = here;
        }
      }
      pen.globalAlpha = 0.08 + (0.5 * (shade + 1)) / SHADES;
      for (const [colour, path] of paths) {
        pen.strokeStyle = colour;
        pen.stroke(path);
      }
    }
    pen.globalAlpha = 1;
  }

  // A long step lies on the rim, not across.
  arc(frame, path, from, to) {
    const [a, b] = [from, to].map(([x, y]) => Math.atan2(y - frame.y, x - frame.x));
    const turn = Math.atan2(Math.sin(b - a), Math.cos(b - a));
    path.arc(frame.x, frame.y, frame.r, a, a + turn, turn < 0);
  }

  dots(frame, points, dims, ink, seen) {
    const { pen, shown } = this;
    const { items, n_points: n } = shown.answer;
    const radius = n <= NUMBERED ? 8.5 : n <= 32 ? 5.2 : 4.2;
    this.screen = Array.from({ length: n }, (_, p) => this.see(frame, points, p * dims, dims));
    this.joins(ink);
    const order = Array.from({ length: n }, (_, p) => p);
    if (dims === 3) order.sort((a, b) => this.screen[a][2] - this.screen[b][2]);
    if (shown.lit !== null)
      order.sort((a, b) => Number(items[a] === shown.lit) - Number(items[b] === shown.lit));
    for (const p of order) {
      const [x, y, near] = this.screen[p];
      const lit = items[p] === shown.lit;
      pen.globalAlpha = (near < 0 ? 0.28 : 1) * (shown.lit !== null && !lit ? 0.4 : 1);
      pen.beginPath();
      pen.arc(x, y, radius * (near < 0 ? 0.75 : 1) + (lit ? 1.5 : 0), 0, 2 * Math.PI);
      pen.fillStyle = n <= NUMBERED ? ink.paper : this.colour(items[p], ink);
      pen.fill();
      pen.lineWidth = lit ? 2 : 1.4;
      pen.strokeStyle = lit ? ink.ink : ink.paper;
      if (n <= NUMBERED) this.number(x, y, items[p], ink, near);
      pen.stroke();
    }
    pen.globalAlpha = 1;
    this.counts(frame, seen, dims, ink, radius);
  }

  // Few points say which item they are, in a ring of its colour.
  number(x, y, item, ink, near) {
    const { pen } = this;
    const size = near < 0 ? 0.75 : 1;
    pen.lineWidth = 2.8 * size;
    pen.strokeStyle = this.colour(item, ink);
    pen.fillStyle = ink.ink;
    pen.font = `600 ${12 * size}px system-ui, sans-serif`;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillText(String(item + 1), x, y + 0.5);
  }

  // Views of an item hang together by a thin line.
  joins(ink) {
    const { pen, shown } = this;
    const { items } = shown.answer;
    const first = new Map();
    pen.lineWidth = 1.2;
    items.forEach((item, p) => {
      const from = first.get(item);
      first.set(item, p);
      if (from === undefined) return;
      const [[x0, y0, a], [x1, y1, b]] = [this.screen[from], this.screen[p]];
      pen.globalAlpha =
        (a < 0 || b < 0 ? 0.2 : 0.6) * (shown.lit !== null && shown.lit !== item ? 0.4 : 1);
      pen.strokeStyle = this.colour(item, ink);
      pen.beginPath();
      pen.moveTo(x0, y0);
      pen.lineTo(x1, y1);
      pen.stroke();
    });
    pen.globalAlpha = 1;
  }

  // How many items share a place, beside it.
  counts(frame, { places, centres }, dims, ink, radius) {
    const { pen } = this;
    pen.font = '600 12px system-ui, sans-serif';
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillStyle = ink.ink;
    for (const place of places) {
      if (place.length < 2) continue;
      const [x, y, near] = this.see(frame, centres, place[0] * dims, dims);
      if (near < 0) continue;
      const [dx, dy] = [x - frame.x, y - frame.y];
      const size = Math.hypot(dx, dy) || 1;
      const out = radius + 11;
      pen.fillText(`×${place.length}`, x + (out * dx) / size, y + (out * dy) / size);
    }
  }

  itemText({ places, centres, n }, item, dims) {
    let nearest = 180;
    for (let other = 0; other < n; other += 1) {
      if (other === item) continue;
      let dot = 0;
      for (let k = 0; k < dims; k += 1) dot += centres[item * dims + k] * centres[other * dims + k];
      nearest = Math.min(nearest, (Math.acos(Math.max(-1, Math.min(1, dot))) * 180) / Math.PI);
    }
    const company = places.find((place) => place.includes(item)).length - 1;
    const nearText = `nearest other item ${Number(nearest.toFixed(1))}° away`;
    return `item ${item + 1}: ${company ? `in one place with ${company} ${company === 1 ? 'other' : 'others'}` : nearText}`;
  }

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
    let [best, found] = [NEAR, null];
    this.screen.forEach(([px, py, near], p) => {
      const far = Math.hypot(px - x, py - y) + (near < 0 ? 6 : 0);
      if (far < best) [best, found] = [far, this.shown.answer.items[p]];
    });
    this.light(found);
  }

  pressed(event) {
    if ((this.shown?.answer?.dims ?? 2) !== 3) return;
    this.hand = [event.clientX, event.clientY];
    this.canvas.setPointerCapture(event.pointerId);
  }

  // With Alt the arrows turn the sphere, else they are the player's.
  key(event, otherwise) {
    const turn = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
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
  }
}
