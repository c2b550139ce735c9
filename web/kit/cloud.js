// The cloud: which points to draw where, in what colour, at which moment, and what the hand does.

import { Plane } from './plane.js';
import { Sphere } from './sphere.js';
import { Marks } from './marks.js';
import { count, el, setText, show } from './dom.js';
import { CLASSES, INK } from './colours.js';

const GLIDE = 200;
const SLOW = 240;
const TRAIL = 6;
const still = window.matchMedia('(prefers-reduced-motion: reduce)');

export class Cloud {
  // hovered(index or null, pixel) and picked(index) tell the rest of the view what the hand does;
  // plotly() loads the library of the sphere; ranged is for planes that move together; foot is the
  // room of a legend over the cloud's foot, in pixels.
  constructor({ hovered, picked, plotly, ranged, foot }) {
    this.hovered = hovered;
    this.picked = picked;
    this.plotly = plotly;
    this.ranged = ranged;
    this.foot = foot;
    this.magnified = false;
    this.times = 1;
    this.lit = [];
    this.glides = true;
    this.picture = null;
    this.images = false;
    this.frames = 0;
    this.run = 0;
    this.frame = null;
    this.paint = null;
    this.at = null;
    this.plot = el('div', { class: 'plot' });
    this.under = el('canvas', { class: 'under', 'aria-hidden': 'true' });
    this.over = el('svg:svg', { class: 'over', 'aria-hidden': 'true' });
    this.told = el('p', { class: 'magnified', role: 'status', hidden: true });
    this.node = el(
      'div',
      {
        class: 'cloud',
        'data-testid': 'cloud',
        'data-frames': '0',
        'data-run': '',
        'data-step': '',
        'data-state': '',
        tabindex: '0',
        role: 'group',
        'aria-roledescription': 'cloud of images',
        'aria-label': 'cloud of images',
      },
      this.under,
      this.plot,
      this.over,
      this.told,
    );
    this.node.pointPosition = (i) => this.pixelOf(i);
    this.marks = new Marks(this.under, this.over);
    this.trails = { on: false, frames: [] };
    this.last = { drawn: 0, offered: 0 };
    this.listen();
    this.watcher = new ResizeObserver(() => {
      if (this.frame) this.refresh();
    });
    this.watcher.observe(this.node);
  }

  listen() {
    let down = null;
    this.node.addEventListener('pointermove', (event) => {
      if (event.buttons || event.pointerType === 'touch') return;
      this.point(this.pixel(event));
    });
    this.node.addEventListener('pointerleave', () => this.point(null));
    this.node.addEventListener(
      'pointerdown',
      (event) => {
        down = [event.clientX, event.clientY];
      },
      true,
    );
    // On the window: plotly covers the page while the button is down.
    this.up = (event) => {
      if (!down) return;
      const moved = Math.hypot(event.clientX - down[0], event.clientY - down[1]);
      down = null;
      if (moved > 4) return;
      // What is lit is what is meant, also where the cloud has moved on below a resting hand.
      const under = () => this.space?.pick(...this.pixel(event));
      const index =
        this.dims === 3
          ? this.over3
          : event.pointerType === 'touch'
            ? under()
            : (this.over2 ?? under());
      if (index !== null && index !== undefined) this.picked(index);
    };
    window.addEventListener('pointerup', this.up, true);
  }

  pixel(event) {
    const box = this.node.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  point(pixel) {
    this.pointer = pixel;
    if (!this.space) return;
    if (this.dims === 3) {
      if (!pixel && this.over3 !== null) this.hover3(null);
      return;
    }
    const index = pixel ? this.space.pick(...pixel) : null;
    if (index === this.over2 && index === null) return;
    this.over2 = index;
    this.hovered(index, index === null ? null : this.pixelOf(index));
    this.drawMarks();
  }

  hover3(index) {
    this.over3 = index;
    this.hovered(index, this.pointer);
  }

  pixelOf(index) {
    if (!this.at || this.dims !== 2) return this.pointer;
    const place = this.space?.place(this.at[2 * index], this.at[2 * index + 1]);
    return place ?? null;
  }

  // How many points lie in a box of pixels, null where that cannot be told.
  covered([left, top, right, bottom]) {
    if (!this.at || this.dims !== 2 || !this.space?.window()) return null;
    let found = 0;
    for (let i = 0; i < this.at.length; i += 2) {
      const [x, y] = this.space.place(this.at[i], this.at[i + 1]);
      if (x > left && x < right && y > top && y < bottom) found += 1;
    }
    return found;
  }

  use(dims) {
    if (this.dims === dims) return;
    this.space?.purge();
    this.dims = dims;
    this.over2 = null;
    this.over3 = null;
    const moved = () => this.drawMarks(true);
    this.space =
      dims === 3
        ? new Sphere(this.plot, { moved, hovered: (index) => this.hover3(index) })
        : new Plane(this.plot, {
            moved,
            sheet: () => this.sheet(),
            ranged: this.ranged,
            foot: this.foot,
          });
    this.space.magnify?.(this.magnified);
    this.space.times = this.times;
    this.node.dataset.dims = dims;
    if (dims === 3) this.plotly().then(() => this.refresh());
    if (this.given) this.setMarks(this.given);
  }

  // A new moment. Points glide to it when moments come slowly; `jump` is for another layout.
  show(frame, { paint, theme, trails, jump = false }) {
    const now = performance.now();
    const slow = now - this.last.offered > SLOW;
    this.last.offered = now;
    const continuous =
      this.frame && this.frame.n === frame.n && this.frame.dims === frame.dims && !jump;
    this.use(frame.dims);
    this.from =
      continuous && slow && this.glides && this.at && !still.matches && frame !== this.frame
        ? Float32Array.from(this.at)
        : null;
    this.start = now;
    this.natural = frame.layout === 'natural';
    this.space.natural = this.natural;
    this.frame = frame;
    this.paint = paint;
    this.theme = theme;
    this.trails = trails;
    this.fresh = true;
    this.schedule();
  }

  refresh() {
    this.start = this.start ?? 0;
    this.fresh = true;
    this.schedule();
  }

  repaint(paint) {
    this.paint = paint;
    this.recolouring = true;
    this.schedule();
  }

  schedule() {
    if (this.ticking || this.gone) return;
    this.ticking = true;
    requestAnimationFrame(() => this.tick());
  }

  scene() {
    return {
      xy: this.at,
      paint: this.paint,
      theme: this.theme,
      ink: INK[this.theme],
      n: this.frame.n,
      images: this.images,
    };
  }

  // One drawing at a time; whatever came meanwhile is drawn by the next one.
  async tick() {
    if (this.gone || !this.frame || !this.node.clientWidth || (this.dims === 3 && !window.Plotly)) {
      this.ticking = false;
      return;
    }
    const share = this.from ? Math.min(1, (performance.now() - this.start) / GLIDE) : 1;
    const moving = this.fresh || this.from;
    const counted = this.fresh;
    this.fresh = false;
    if (moving) {
      const to = this.frame.xy;
      if (this.from) {
        const soft = 1 - (1 - share) ** 3;
        this.at = to.map((v, i) => this.from[i] + (v - this.from[i]) * soft);
      } else this.at = to;
      if (share === 1) this.from = null;
      this.recolouring = false;
      const { of } = this.paint;
      const { run } = this;
      await this.space.draw(this.scene());
      this.node.dataset.coloured = of ?? '';
      if (this.magnified) this.tellMagnified();
      if (counted && run === this.run && !this.gone) {
        this.frames += 1;
        this.node.dataset.frames = this.frames;
        this.node.dataset.step = this.frame.step;
      }
      // A resting hand keeps its image while the cloud moves on below it.
      if (this.pointer && this.dims === 2 && Number.isInteger(this.over2))
        this.hovered(this.over2, this.pixelOf(this.over2));
    } else if (this.recolouring) {
      this.recolouring = false;
      const { of } = this.paint;
      await this.space.recolour(this.scene());
      this.node.dataset.coloured = of ?? '';
    }
    this.ticking = false;
    if (this.fresh || this.from || this.recolouring) this.schedule();
  }

  // Another run is to come: what is being drawn of the last one does not count any more.
  forget() {
    this.run += 1;
    this.fresh = false;
    this.from = null;
    this.recolouring = false;
  }

  // The sprite sheet, once it is here.
  setSheet(sprites, probes) {
    const picture = new Image();
    picture.onload = () => {
      this.picture = { picture, tile: probes.tile, columns: probes.columns };
      if (this.images) this.refresh();
    };
    picture.src = sprites.probes;
  }

  sheet() {
    return this.picture;
  }

  setImages(on) {
    if (on === this.images) return;
    this.images = on;
    this.refresh();
  }

  setMarks(given) {
    this.given = given;
    this.marks.set(given);
    if (this.dims === 3) this.space.setMarks(given);
    this.drawMarks();
  }

  drawMarks(all = false) {
    if (this.dims !== 2 || !this.at || !this.space) {
      this.over.replaceChildren();
      return;
    }
    const { over2: i } = this;
    const xy = (index) => [this.at[2 * index], this.at[2 * index + 1]];
    const rings = [...(i === null || i === undefined ? [] : [i]), ...this.lit].filter(
      (k) => k < this.frame.n,
    );
    if (this.given) {
      const { query, negatives = [] } = this.given;
      this.marks.set({
        ...this.given,
        query: Number.isInteger(query) ? xy(query) : query,
        negatives: negatives.filter((k) => k < this.frame.n).map(xy),
      });
    }
    if (this.space.window()) this.marks.drawOver(this.space, rings.map(xy));
    if (!all) return;
    const frames = this.trails.on ? this.trails.frames.slice(0, TRAIL) : [];
    this.marks.drawUnder(this.space, {
      circle: this.natural,
      theme: this.theme,
      colours: this.groups(),
      trails: frames.length ? [this.at, ...frames.map((frame) => frame.xy)] : [],
    });
  }

  // Rings around images that are pointed at elsewhere.
  light(indices) {
    if (this.lit.join() === indices.join()) return;
    this.lit = indices;
    this.drawMarks();
  }

  // Trails in the colours of the classes, when there are few enough; of some images only where said.
  groups() {
    const { labels, names, only } = this.trails;
    if (!this.trails.on || !labels) return [];
    const palette = CLASSES[this.theme];
    const drawn = only ?? labels.map((_, i) => i);
    if (names.length > palette.length) return [[null, drawn]];
    const groups = names.map((_, k) => [palette[k], []]);
    for (const i of drawn) groups[labels[i]][1].push(i);
    return groups;
  }

  zoom(factor) {
    this.space?.zoom(factor);
  }

  // Marks so many times larger than at a desk.
  scale(times) {
    this.times = times;
    this.marks.times = times;
    if (this.space) this.space.times = times;
    if (this.frame) this.refresh();
  }

  // A flat cloud as large as its panel, whatever its spread; says how many times it is enlarged.
  magnify(on) {
    if (on === this.magnified) return;
    this.magnified = on;
    this.space?.magnify?.(on);
    this.tellMagnified();
  }

  tellMagnified() {
    show(this.told, this.magnified && this.dims === 2 && !this.natural);
    const times = this.space?.magnification?.() ?? 1;
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
    this.gone = true;
    this.watcher.disconnect();
    window.removeEventListener('pointerup', this.up, true);
    this.space?.purge();
  }
}
