// The cloud in two dimensions on a plain canvas. Measured against plotly's scattergl it costs a
// fraction of the processor where there is no GPU, which is then the trainer's to use.

import { LEVELS } from './colours.js';
import { Dots } from './dots.js';
import { followHand } from './planehand.js';
import {
  bounded,
  extentOf,
  homeRange,
  nearestTo,
  pixelAt,
  relativeTo,
  scalesOf,
  within,
  zoomed,
} from './ranges.js';
import { sharpness } from './sharpness.js';

/** @import { Box, Paint, Point, Scene } from './types.d.ts' */
/** @import { Size } from './ranges.js' */
/** @import { Sized } from './sized.js' */

/** @typedef {{ picture: HTMLImageElement, tile: number, columns: number }} Sheet */

const REACH = 14;
const ROOM = 1; // layouts come in a square from -1 to 1; the circle needs a little more
const CIRCLE = 1.08;
const MARGIN = 12; // pixels around the cloud, so that no point is cut

export class Plane {
  natural = false;
  magnified = false;
  times = 1;
  zoomed = false;
  dots = new Dots();
  /** @type {Box | null} */
  range = null;
  /** @type {Scene | null} */
  scene = null;
  /** @type {number | null} */
  pending = null;
  /** @type {number | null} */
  homeScale = null;
  ratio = 1;

  /**
   * @param {HTMLElement} node
   * @param {object} given
   * @param {() => void} given.moved  places lie elsewhere on the screen than before
   * @param {() => Sheet | null} given.sheet
   * @param {Sized} given.room  the size of the node
   * @param {((range: Box | null) => void) | null} [given.ranged]  hears of zooming and moving by hand
   * @param {number} [given.foot]  room for a legend, in pixels, below the cloud
   */
  constructor(node, { moved, sheet, room, ranged = null, foot = 0 }) {
    this.node = node;
    this.moved = moved;
    this.sheet = sheet;
    this.room = room;
    this.ranged = ranged;
    this.foot = foot;
    this.canvas = document.createElement('canvas');
    this.canvas.className = 'points';
    this.pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
    node.replaceChildren(this.canvas);
    this.off = followHand(this);
  }

  /** @returns {Size} */
  size() {
    return [this.room.width || 600, this.room.height || 400];
  }

  // The square that layouts come in, or while magnified what the points take up of it.
  home() {
    const size = this.size();
    const reach = this.natural ? CIRCLE : ROOM;
    const side = MARGIN * this.times;
    const foot = side + Math.min(this.foot * this.times, size[1] / 5);
    const box = this.magnified ? this.extent() : null;
    return homeRange(box ?? [-reach, reach, -reach, reach], size, { side, foot });
  }

  // The box of the points drawn, null where they are in one place.
  extent() {
    return this.scene && !this.natural ? extentOf(this.scene.xy) : null;
  }

  // How many times larger than its spread the cloud is drawn.
  magnification() {
    const box = this.magnified ? this.extent() : null;
    return box ? (2 * ROOM) / Math.max(box[1] - box[0], box[3] - box[2]) : 1;
  }

  /** @param {boolean} on */
  magnify(on) {
    if (on === this.magnified) return;
    this.magnified = on;
    this.adopt(null);
  }

  /**
   * @param {number} n
   * @param {boolean} images
   */
  radius(n, images) {
    const [width, height] = this.size();
    const [room, k] = [Math.sqrt((width * height) / n), this.times];
    return images
      ? Math.max(7 * k, Math.min(17 * k, 0.34 * room))
      : Math.max(2.6 * k, Math.min(5.5 * k, 0.19 * Math.sqrt(k) * room));
  }

  // The canvas has as many pixels as the screen shows of it.
  fit() {
    const [width, height] = this.size();
    this.ratio = sharpness(2);
    const [w, h] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    this.pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.pen.clearRect(0, 0, width, height);
  }

  /** @param {Scene} scene */
  async draw(scene) {
    const { xy, paint, theme, n, images } = scene;
    this.scene = scene;
    this.fit();
    this.dots.use(paint.scale, theme, this.ratio);
    const range = this.zoomed && this.range ? this.range : this.setRange(this.home());
    const [width, height] = this.size();
    const [sx, sy] = scalesOf(range, [width, height]);
    const grown = Math.sqrt(sx / (this.homeScale ?? sx));
    const base = this.radius(n, images) * (this.zoomed ? Math.min(2.4, Math.max(1, grown)) : 1);
    if (!this.zoomed) this.homeScale = sx;
    const sheet = images ? this.sheet() : null;
    for (const i of this.order(scene)) {
      const [x, y] = [(xy[2 * i] - range.x[0]) * sx, height - (xy[2 * i + 1] - range.y[0]) * sy];
      if (x < -40 || y < -40 || x > width + 40 || y > height + 40 || Number.isNaN(x)) continue;
      const level = Math.min(LEVELS - 1, Math.max(0, Math.round(paint.values[i] * (LEVELS - 1))));
      const r = base * (paint.sizes ? paint.sizes[i] : 1);
      if (sheet) this.image(sheet, i, x, y, r, this.dots.colours[level]);
      else {
        const dot = this.dots.dot(level, Math.round(r * 2) / 2, paint.shapes?.[i] ?? 0);
        const side = dot.width / this.ratio;
        this.pen.drawImage(dot, x - side / 2, y - side / 2, side, side);
      }
    }
    this.moved();
  }

  /**
   * Where sizes differ, the heavy ones lie on top.
   * @param {{ n: number, paint: Paint }} scene
   */
  order({ n, paint: { sizes } }) {
    const all = Array.from({ length: n }, (_, i) => i);
    return sizes ? all.sort((a, b) => sizes[a] - sizes[b]) : all;
  }

  /**
   * The image itself as the mark, in a frame of the point's colour.
   * @param {Sheet} sheet
   * @param {number} i
   * @param {number} x
   * @param {number} y
   * @param {number} r
   * @param {string} colour
   */
  image({ picture, tile, columns }, i, x, y, r, colour) {
    const { pen } = this;
    const [left, top] = [(i % columns) * tile, Math.floor(i / columns) * tile];
    pen.fillStyle = colour;
    pen.fillRect(x - r - 2, y - r - 2, 2 * r + 4, 2 * r + 4);
    pen.drawImage(picture, left, top, tile, tile, x - r, y - r, 2 * r, 2 * r);
  }

  /** @param {Scene} scene */
  recolour(scene) {
    return this.draw(scene);
  }

  /** @param {Box} range */
  setRange(range) {
    this.range = range;
    this.node.dataset.window = [...range.x, ...range.y].map((v) => v.toPrecision(5)).join(' ');
    return range;
  }

  window() {
    return this.range;
  }

  /**
   * From data to pixels of the node, with the axes as they are on the screen now.
   * @param {number} x
   * @param {number} y
   * @returns {Point | null}
   */
  place(x, y) {
    return this.range && pixelAt(this.range, this.size(), x, y);
  }

  /**
   * The nearest point to a pixel, if it is near enough to be meant.
   * @param {number} px
   * @param {number} py
   */
  pick(px, py) {
    if (!this.scene || !this.range) return null;
    const xy = this.scene.xy.subarray(0, 2 * this.scene.n);
    return nearestTo(xy, this.range, this.size(), [px, py], REACH * this.times);
  }

  /** @param {Box} range */
  look(range) {
    this.adopt(range);
    this.ranged?.(relativeTo(range, this.home()));
  }

  /** @param {Box | null} shares  in units of the home range; null shows everything again */
  adoptRelative(shares) {
    this.adopt(shares && within(shares, this.home()));
  }

  /** @param {Box | null} range  from elsewhere; null shows everything again */
  adopt(range) {
    this.zoomed = range !== null;
    if (range) this.setRange(range);
    this.again();
  }

  again() {
    if (this.pending || !this.scene) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = null;
      if (this.scene) this.draw(this.scene);
    });
  }

  /**
   * @param {number} factor
   * @param {number} [fx]
   * @param {number} [fy]
   */
  zoom(factor, fx = 0.5, fy = 0.5) {
    if (!this.range) return;
    const [{ x }, { x: home }] = [this.range, this.home()];
    const by = bounded(factor, (x[1] - x[0]) / (home[1] - home[0]));
    this.look(zoomed(this.range, by, fx, fy));
  }

  reset() {
    this.adopt(null);
    this.ranged?.(null);
  }

  purge() {
    this.off.abort();
    if (this.pending) cancelAnimationFrame(this.pending);
    this.scene = null;
    this.canvas.remove();
  }
}
