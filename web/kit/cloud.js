// The cloud: which points to draw where, in what colour, at which moment, and what the hand does.

import { Plane } from './plane.js';
import { Sphere } from './sphere.js';
import { Glide } from './glide.js';
import { Marks } from './marks.js';
import { Redraw } from './redraw.js';
import { onSharpness } from './sharpness.js';
import { sizeOf } from './sized.js';
import { CloudHand, cloudNode } from './cloudhand.js';
import { count, el, setText, show } from './dom.js';
import { INK } from './colours.js';

/** @import { Box, Company, Frame, Paint, Pictures, Point, Scene, Theme, Trails } from './types.d.ts' */
/** @import { Sheet } from './plane.js' */

const still = window.matchMedia('(prefers-reduced-motion: reduce)');

export class Cloud {
  magnified = false;
  times = 1;
  glides = true;
  /** @type {Sheet | null} */
  picture = null;
  /** The address of the sheet that was asked for last. */
  /** @type {string | null} */
  sheet = null;
  images = false;
  frames = 0;
  /** Counts the runs; which of them the frame is of, as it stays until the next one's first. */
  run = 0;
  of = 0;
  /** @type {2 | 3 | undefined} */
  dims = undefined;
  /** @type {Plane | Sphere | null} */
  space = null;
  /** @type {Frame | null} */
  frame = null;
  /** @type {Paint | null} */
  paint = null;
  /** @type {Theme} */
  theme = 'light';
  natural = false;
  /** @type {Float32Array | null} */
  at = null;
  gliding = new Glide();
  /** @type {Trails} */
  trails = { on: false, frames: [] };

  /**
   * @param {object} told
   * @param {(index: number | null, pixel: Point | null) => void} told.hovered
   * @param {(index: number) => void} told.picked
   * @param {() => Promise<unknown>} told.plotly  loads the library of the sphere
   * @param {(range: Box | null) => void} [told.ranged]  for planes that move together
   * @param {number} [told.foot]  the room of a legend over the cloud's foot, in pixels
   */
  constructor({ hovered, picked, plotly, ranged, foot }) {
    this.plotly = plotly;
    this.ranged = ranged;
    this.foot = foot;
    this.plot = el('div', { class: 'plot' });
    this.under = el('canvas', { class: 'under', 'aria-hidden': 'true' });
    this.over = el('svg:svg', { class: 'over', 'aria-hidden': 'true' });
    this.told = el('p', { class: 'magnified', role: 'status', hidden: true });
    const layers = [this.under, this.plot, this.over, this.told];
    this.node = cloudNode(layers, (i) => this.pixelOf(i));
    this.marks = new Marks(this.under, this.over);
    this.hand = new CloudHand(this, hovered, picked);
    this.drawing = new Redraw({
      isReady: () => this.isReady(),
      isMoving: () => this.gliding.from !== null,
      draw: (isNew) => this.draw(isNew),
      recolour: () => this.recolour(),
    });
    const again = () => {
      if (this.frame) this.refresh();
    };
    this.size = sizeOf(this.node, again);
    this.unhear = onSharpness(again);
  }

  /** The flat cloud, null where there is none or it is on the sphere. */
  get plane() {
    return this.space instanceof Plane ? this.space : null;
  }

  /** @param {number} index */
  pixelOf(index) {
    if (!this.at || this.dims !== 2) return this.hand.pointer;
    return this.plane?.place(this.at[2 * index], this.at[2 * index + 1]) ?? null;
  }

  /**
   * How many points lie in a box of pixels, null where that cannot be told.
   * @param {[left: number, top: number, right: number, bottom: number]} box
   */
  covered([left, top, right, bottom]) {
    if (!this.at || !this.plane?.window()) return null;
    let found = 0;
    for (let i = 0; i < this.at.length / 2; i += 1) {
      const [x, y] = this.pixelOf(i) ?? [NaN, NaN];
      if (x > left && x < right && y > top && y < bottom) found += 1;
    }
    return found;
  }

  /** @param {2 | 3} dims */
  use(dims) {
    if (this.dims === dims) return;
    this.space?.purge();
    this.dims = dims;
    this.hand.over = null;
    const moved = () => this.drawMarks(true);
    this.space =
      dims === 3
        ? new Sphere(this.plot, {
            moved,
            hovered: (/** @type {number | null} */ index) => this.hand.light(index),
          })
        : new Plane(this.plot, {
            moved,
            sheet: () => this.picture,
            room: this.size,
            ranged: this.ranged,
            foot: this.foot,
          });
    this.plane?.magnify(this.magnified);
    this.space.times = this.times;
    this.node.dataset.dims = String(dims);
    if (dims === 3) this.plotly().then(() => this.refresh());
    if (this.marks.given) this.setMarks(this.marks.given);
  }

  /**
   * A new moment. Points glide to it when moments come slowly.
   * @param {Frame} frame
   * @param {{ paint: Paint, theme: Theme, trails: Trails, jump?: boolean }} look  `jump` is for
   *   another layout
   */
  show(frame, { paint, theme, trails, jump = false }) {
    const slow = this.gliding.isSlow();
    const before = this.frame;
    const other = !before || before.n !== frame.n || before.dims !== frame.dims || jump;
    if (other) this.at = null; // nothing leaves from there, however long this one waits to be drawn
    this.use(/** @type {2 | 3} */ (frame.dims));
    const glides = !other && slow && this.glides && !still.matches && frame !== before;
    this.gliding.begin(glides ? this.at : null);
    this.natural = frame.layout === 'natural';
    if (this.plane) this.plane.natural = this.natural;
    this.frame = frame;
    this.of = this.run;
    this.paint = paint;
    this.theme = theme;
    this.trails = trails;
    this.refresh();
  }

  refresh() {
    this.drawing.all();
  }

  /** @param {Paint} paint */
  repaint(paint) {
    this.paint = paint;
    this.drawing.colours();
  }

  isReady() {
    const hidden = !this.size.width || (this.dims === 3 && !window.Plotly);
    return Boolean(this.frame && this.paint && !hidden);
  }

  /**
   * @param {Frame} frame
   * @param {Paint} paint
   * @returns {Scene}
   */
  scene(frame, paint) {
    const { theme, images } = this;
    return { xy: this.at ?? frame.xy, paint, theme, ink: INK[theme], n: frame.n, images };
  }

  /** @param {boolean} isNew */
  async draw(isNew) {
    const { frame, paint, of } = this;
    if (!frame || !paint) return;
    this.at = this.gliding.places(frame.xy);
    await this.space?.draw(this.scene(frame, paint));
    this.node.dataset.coloured = String(paint.of ?? '');
    if (this.magnified) this.tellMagnified();
    if (isNew && of === this.run && !this.drawing.gone) {
      this.frames += 1;
      this.node.dataset.frames = String(this.frames);
      this.node.dataset.step = String(frame.step);
    }
    this.hand.keep();
  }

  async recolour() {
    const { frame, paint } = this;
    if (!frame || !paint) return;
    await this.space?.recolour(this.scene(frame, paint));
    this.node.dataset.coloured = String(paint.of ?? '');
  }

  // Another run is to come: what is being drawn of the last one does not count any more.
  forget() {
    this.run += 1;
    this.gliding.from = null;
    this.hand.forget();
    this.unmark();
    this.drawing.forget();
  }

  // Whether the frame is of the run that is looked at, not of the one before it.
  get isCurrent() {
    return this.of === this.run;
  }

  /**
   * The sprite sheet, once it is here; another run's leaves at once, and comes no more.
   * @param {Pictures} run
   */
  setSheet({ sprites, probes }) {
    const picture = new Image();
    if (this.sheet !== sprites.probes) this.picture = null;
    this.sheet = sprites.probes;
    picture.onload = () => {
      if (this.sheet !== sprites.probes) return;
      this.picture = { picture, tile: probes.tile, columns: probes.columns };
      if (this.images) this.refresh();
    };
    picture.src = sprites.probes;
  }

  /** @param {boolean} on */
  setImages(on) {
    if (on === this.images) return;
    this.images = on;
    this.node.classList.toggle('of-images', on);
    this.refresh();
  }

  /** @param {Company<any>} given  the query may be an index; negatives are */
  setMarks(given) {
    this.marks.given = given;
    if (this.space instanceof Sphere) this.space.setMarks(given);
    this.drawMarks();
  }

  // Marks that have a place have it in one layout of one run.
  unmark() {
    this.marks.given = null;
    if (this.space instanceof Sphere) this.space.marks = null;
    this.drawMarks();
  }

  drawMarks(all = false) {
    const { at, plane, frame, theme, trails } = this;
    if (!at || !plane || !frame) {
      this.marks.clear();
      return;
    }
    this.marks.draw(plane, { at, frame, over: this.hand.over });
    if (all) this.marks.drawUnder(plane, { circle: this.natural, at, trails, theme });
  }

  /**
   * Rings around images that are pointed at elsewhere.
   * @param {number[]} indices
   */
  light(indices) {
    if (this.marks.lit.join() === indices.join()) return;
    this.marks.lit = indices;
    this.drawMarks();
  }

  /** @param {number} factor */
  zoom(factor) {
    this.space?.zoom(factor);
  }

  /**
   * Marks so many times larger than at a desk.
   * @param {number} times
   */
  scale(times) {
    this.times = times;
    this.marks.times = times;
    if (this.space) this.space.times = times;
    if (this.frame) this.refresh();
  }

  /**
   * A flat cloud as large as its panel, whatever its spread; says how many times it is enlarged.
   * @param {boolean} on
   */
  magnify(on) {
    if (on === this.magnified) return;
    this.magnified = on;
    this.plane?.magnify(on);
    this.tellMagnified();
  }

  tellMagnified() {
    show(this.told, this.magnified && this.dims === 2 && !this.natural);
    const times = this.plane?.magnification() ?? 1;
    const size = times >= 9.5 ? count(Math.round(times)) : times.toFixed(1);
    setText(
      this.told,
      times < 1.05
        ? 'as large as its spread'
        : `magnified ${size} times: its size says nothing here`,
    );
  }

  reset() {
    this.space?.reset();
  }

  close() {
    this.drawing.gone = true;
    this.size.close();
    this.unhear();
    this.hand.close();
    this.space?.purge();
  }
}
