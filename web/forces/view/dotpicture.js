// The picture of a moment of the flow: points over their trails, drawn with a canvas's pen.

import { CLASSES, mix } from '../../kit/colours.js';

/** @import { Ink } from '../../kit/chartink.js' */
/** @import { AnsweredFlow, Disc, Look, ShownFlow } from './types.d.ts' */
/** @import { Globe } from './places.js' */

const TRAIL = 20;
const SHADES = 4;
const NUMBERED = 24;

/** In pixels, and towards the viewer. */
/** @typedef {[x: number, y: number, near: number]} Spot */
/** @typedef {ShownFlow & { answer: AnsweredFlow }} DrawnFlow */
/** @typedef {{ shown: DrawnFlow, frame: Disc, dims: number, ink: Ink }} Drawing */

export class DotPicture {
  /** @type {Spot[]}  where each point was drawn */
  screen = [];
  /** What is drawn now: nothing is before the first `draw`. */
  now = /** @type {Drawing} */ ({});

  /**
   * @param {object} given
   * @param {CanvasRenderingContext2D} given.pen
   * @param {Globe} given.globe
   * @param {number} given.which  0 or 1, the loss whose points these are
   */
  constructor({ pen, globe, which }) {
    this.pen = pen;
    this.globe = globe;
    this.which = which;
  }

  /**
   * shown: of Dots.draw(); frame: {x, y, r} in pixels; points: of the moment; seen: what look()
   * makes of them; ink: the colours of the theme.
   * @param {Drawing} look
   * @param {Float32Array} points
   * @param {Look} seen
   */
  draw(look, points, seen) {
    this.now = look;
    this.trails();
    this.dots(points, seen);
  }

  /**
   * [x, y, towards the viewer] on the screen of the point at an offset.
   * @param {ArrayLike<number>} points
   * @param {number} at
   * @returns {Spot}
   */
  see(points, at) {
    const { frame, dims } = this.now;
    if (dims === 2) return [frame.x + frame.r * points[at], frame.y - frame.r * points[at + 1], 1];
    const [right, up, near] = this.globe.see([points[at], points[at + 1], points[at + 2]]);
    return [frame.x + frame.r * right, frame.y - frame.r * up, near];
  }

  /** @param {number} item */
  colour(item) {
    const { ink, shown } = this.now;
    const { answer, lit, theme } = shown;
    const many = Math.max(...answer.items) >= CLASSES[theme].length;
    if (many) return item === lit ? CLASSES[theme][0] : mix(ink.paper, ink.ink, 0.5);
    return CLASSES[theme][item];
  }

  // The last frames, fading with age; what has not moved draws nothing.
  trails() {
    const { pen } = this;
    const { shown, dims } = this.now;
    const { arrays, n_frames: nFrames, n_points: n, items } = shown.answer;
    const now = Math.min(nFrames - 1, Math.floor(shown.at));
    const start = this.which * nFrames;
    pen.lineCap = 'round';
    pen.lineWidth = 2;
    for (let shade = 0; shade < SHADES; shade += 1) {
      const from = Math.max(0, now - TRAIL + (shade * TRAIL) / SHADES);
      const to = Math.max(0, now - TRAIL + ((shade + 1) * TRAIL) / SHADES);
      if (to <= from) continue;
      /** @type {Map<string, Path2D>} */
      const paths = new Map();
      for (let p = 0; p < n; p += 1) {
        if (shown.lit !== null && items[p] !== shown.lit) continue;
        /** @type {Spot | null} */
        let before = null;
        for (let f = from; f <= to; f += 1) {
          const here = this.see(arrays.places, ((start + f) * n + p) * dims);
          if (before && here[2] > 0 && before[2] > 0) {
            if (Math.abs(here[0] - before[0]) + Math.abs(here[1] - before[1]) < 0.35) continue;
            const colour = this.colour(items[p]);
            const path = paths.get(colour) ?? new Path2D();
            paths.set(colour, path);
            path.moveTo(before[0], before[1]);
            if (dims === 2 && Math.abs(here[0] - before[0]) + Math.abs(here[1] - before[1]) > 8)
              this.arc(path, before, here);
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

  /**
   * A long step lies on the rim, not across.
   * @param {Path2D} path
   * @param {Spot} from
   * @param {Spot} to
   */
  arc(path, from, to) {
    const { frame } = this.now;
    const [a, b] = [from, to].map(([x, y]) => Math.atan2(y - frame.y, x - frame.x));
    const turn = Math.atan2(Math.sin(b - a), Math.cos(b - a));
    path.arc(frame.x, frame.y, frame.r, a, a + turn, turn < 0);
  }

  /**
   * @param {Float32Array} points
   * @param {Look} seen
   */
  dots(points, seen) {
    const { pen } = this;
    const { shown, dims, ink } = this.now;
    const { items, n_points: n } = shown.answer;
    const radius = n <= NUMBERED ? 8.5 : n <= 32 ? 5.2 : 4.2;
    this.screen = Array.from({ length: n }, (_, p) => this.see(points, p * dims));
    this.joins();
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
      pen.fillStyle = n <= NUMBERED ? ink.paper : this.colour(items[p]);
      pen.fill();
      pen.lineWidth = lit ? 2 : 1.4;
      pen.strokeStyle = lit ? ink.ink : ink.paper;
      if (n <= NUMBERED) this.number(x, y, items[p], near);
      pen.stroke();
    }
    pen.globalAlpha = 1;
    this.counts(seen, radius);
  }

  /**
   * Few points say which item they are, in a ring of its colour.
   * @param {number} x
   * @param {number} y
   * @param {number} item
   * @param {number} near
   */
  number(x, y, item, near) {
    const { pen } = this;
    const { ink } = this.now;
    const size = near < 0 ? 0.75 : 1;
    pen.lineWidth = 2.8 * size;
    pen.strokeStyle = this.colour(item);
    pen.fillStyle = ink.ink;
    pen.font = `600 ${12 * size}px system-ui, sans-serif`;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillText(String(item + 1), x, y + 0.5);
  }

  // Views of an item hang together by a thin line.
  joins() {
    const { pen } = this;
    const { shown } = this.now;
    const { items } = shown.answer;
    /** @type {Map<number, number>} */
    const first = new Map();
    pen.lineWidth = 1.2;
    items.forEach((item, p) => {
      const from = first.get(item);
      first.set(item, p);
      if (from === undefined) return;
      const [[x0, y0, a], [x1, y1, b]] = [this.screen[from], this.screen[p]];
      pen.globalAlpha =
        (a < 0 || b < 0 ? 0.2 : 0.6) * (shown.lit !== null && shown.lit !== item ? 0.4 : 1);
      pen.strokeStyle = this.colour(item);
      pen.beginPath();
      pen.moveTo(x0, y0);
      pen.lineTo(x1, y1);
      pen.stroke();
    });
    pen.globalAlpha = 1;
  }

  /**
   * How many items share a place, beside it.
   * @param {Look} look
   * @param {number} radius
   */
  counts({ places, centres }, radius) {
    const { pen } = this;
    const { frame, dims, ink } = this.now;
    pen.font = '600 12px system-ui, sans-serif';
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.fillStyle = ink.ink;
    for (const place of places) {
      if (place.length < 2) continue;
      const [x, y, near] = this.see(centres, place[0] * dims);
      if (near < 0) continue;
      const [dx, dy] = [x - frame.x, y - frame.y];
      const size = Math.hypot(dx, dy) || 1;
      const out = radius + 11;
      pen.fillText(`×${place.length}`, x + (out * dx) / size, y + (out * dy) / size);
    }
  }
}
