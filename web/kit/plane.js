// The cloud in two dimensions on a plain canvas. Measured against plotly's scattergl it costs a
// fraction of the processor where there is no GPU, which is then the trainer's to use.

import { LEVELS, palette } from './colours.js';
import { SHAPES } from './shapes.js';

const REACH = 14;
const ROOM = 1; // layouts come in a square from -1 to 1; the circle needs a little more
const CIRCLE = 1.08;
const MARGIN = 12; // pixels around the cloud, so that no point is cut
const PATHS = SHAPES.map((path) => new Path2D(path));

export class Plane {
  // ranged(range or null) hears of zooming and moving by hand; `foot` is the room for a legend, in
  // pixels, below the cloud; `times` how many times larger than at a desk all is.
  constructor(node, { moved, sheet, ranged = null, foot = 0 }) {
    this.node = node;
    this.moved = moved;
    this.sheet = sheet;
    this.ranged = ranged;
    this.foot = foot;
    this.natural = false;
    this.magnified = false;
    this.times = 1;
    this.zoomed = false;
    this.range = null;
    this.scales = new Map();
    this.scaleKey = null;
    this.canvas = document.createElement('canvas');
    this.canvas.className = 'points';
    this.pen = this.canvas.getContext('2d');
    node.replaceChildren(this.canvas);
    this.listen();
  }

  // Asked for thousands of times a frame: measured once a draw.
  size() {
    return this.measured ?? this.measure();
  }

  measure() {
    this.measured = [this.node.clientWidth || 600, this.node.clientHeight || 400];
    return this.measured;
  }

  // The square that layouts come in, or while magnified what the points take up of it: equal scales
  // on both axes, in the middle.
  home() {
    const [width, height] = this.size();
    const reach = this.natural ? CIRCLE : ROOM;
    const [x0, x1, y0, y1] = (this.magnified && this.extent()) || [-reach, reach, -reach, reach];
    const [side, foot] = [
      MARGIN * this.times,
      MARGIN * this.times + Math.min(this.foot * this.times, height / 5),
    ];
    const perPixel = Math.max((x1 - x0) / (width - 2 * side), (y1 - y0) / (height - side - foot));
    const x = (x0 + x1) / 2;
    const y = (y0 + y1) / 2 - ((foot - side) / 2) * perPixel;
    const [w, h] = [(width * perPixel) / 2, (height * perPixel) / 2];
    return { x: [x - w, x + w], y: [y - h, y + h] };
  }

  // The box of the points drawn, null where they are in one place.
  extent() {
    const { xy } = this.scene ?? {};
    if (!xy || this.natural) return null;
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < xy.length; i += 2) {
      const [x, y] = [xy[i], xy[i + 1]];
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      if (y > y1) y1 = y;
    }
    return x1 - x0 + y1 - y0 > 1e-9 ? [x0, x1, y0, y1] : null;
  }

  // How many times larger than its spread the cloud is drawn.
  magnification() {
    const box = this.magnified && this.extent();
    return box ? (2 * ROOM) / Math.max(box[1] - box[0], box[3] - box[2]) : 1;
  }

  magnify(on) {
    if (on === this.magnified) return;
    this.magnified = on;
    this.adopt(null);
  }

  // Colours and dots of a scale are kept: pointing at images goes to and fro between two scales.
  take(key, scale) {
    const known = this.scales.get(key) ?? { dots: new Map(), colours: palette(scale) };
    this.scales.delete(key);
    this.scales.set(key, known);
    if (this.scales.size > 6) this.scales.delete(this.scales.keys().next().value);
    Object.assign(this, known);
  }

  dot(level, radius, theme, shape) {
    const key = `${level} ${radius} ${shape}`;
    let dot = this.dots.get(key);
    if (!dot) {
      const ratio = this.ratio;
      const side = Math.ceil(((shape ? 3 : 2) * radius + 3) * ratio);
      const canvas = new OffscreenCanvas(side, side);
      const pen = canvas.getContext('2d');
      pen.translate(side / 2, side / 2);
      pen.scale(ratio * radius, ratio * radius);
      pen.fillStyle = this.colours[level];
      pen.fill(PATHS[shape]);
      pen.lineWidth = 1 / radius;
      pen.strokeStyle = theme === 'dark' ? 'rgba(14,17,23,.75)' : 'rgba(255,255,255,.85)';
      pen.stroke(PATHS[shape]);
      dot = canvas.transferToImageBitmap();
      this.dots.set(key, dot);
    }
    return dot;
  }

  radius(n, images) {
    const [width, height] = this.size();
    const [room, k] = [Math.sqrt((width * height) / n), this.times];
    return images
      ? Math.max(7 * k, Math.min(17 * k, 0.34 * room))
      : Math.max(2.6 * k, Math.min(5.5 * k, 0.19 * Math.sqrt(k) * room));
  }

  async draw(scene) {
    const { xy, paint, theme, n, images } = scene;
    this.scene = scene;
    const [width, height] = this.measure();
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    if (
      this.canvas.width !== Math.round(width * this.ratio) ||
      this.canvas.height !== Math.round(height * this.ratio)
    ) {
      this.canvas.width = Math.round(width * this.ratio);
      this.canvas.height = Math.round(height * this.ratio);
      this.scaleKey = null;
    }
    const key = `${theme}${this.ratio}${paint.scale.join()}`;
    if (key !== this.scaleKey) {
      this.scaleKey = key;
      this.take(key, paint.scale);
    }
    if (!this.zoomed || !this.range) this.setRange(this.home());
    const { range, pen } = this;
    const [sx, sy] = [width / (range.x[1] - range.x[0]), height / (range.y[1] - range.y[0])];
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const base =
      this.radius(n, images) *
      (this.zoomed ? Math.min(2.4, Math.max(1, Math.sqrt(sx / (this.homeScale ?? sx)))) : 1);
    if (!this.zoomed) this.homeScale = sx;
    const sheet = images ? this.sheet() : null;
    for (const i of this.order(scene)) {
      const [x, y] = [(xy[2 * i] - range.x[0]) * sx, height - (xy[2 * i + 1] - range.y[0]) * sy];
      if (x < -40 || y < -40 || x > width + 40 || y > height + 40 || Number.isNaN(x)) continue;
      const level = Math.min(LEVELS - 1, Math.max(0, Math.round(paint.values[i] * (LEVELS - 1))));
      const r = base * (paint.sizes ? paint.sizes[i] : 1);
      if (sheet) this.image(sheet, i, x, y, r, this.colours[level]);
      else {
        const dot = this.dot(level, Math.round(r * 2) / 2, theme, paint.shapes?.[i] ?? 0);
        const side = dot.width / this.ratio;
        pen.drawImage(dot, x - side / 2, y - side / 2, side, side);
      }
    }
    this.moved();
  }

  // Where sizes differ, the heavy ones lie on top.
  order({ n, paint }) {
    const all = Array.from({ length: n }, (_, i) => i);
    return paint.sizes ? all.sort((a, b) => paint.sizes[a] - paint.sizes[b]) : all;
  }

  // The image itself as the mark, in a frame of the point's colour.
  image({ picture, tile, columns }, i, x, y, r, colour) {
    const { pen } = this;
    pen.fillStyle = colour;
    pen.fillRect(x - r - 2, y - r - 2, 2 * r + 4, 2 * r + 4);
    pen.drawImage(
      picture,
      (i % columns) * tile,
      Math.floor(i / columns) * tile,
      tile,
      tile,
      x - r,
      y - r,
      2 * r,
      2 * r,
    );
  }

  recolour(scene) {
    return this.draw(scene);
  }

  setRange(range) {
    this.range = range;
    this.node.dataset.window = [...range.x, ...range.y].map((v) => v.toPrecision(5)).join(' ');
  }

  window() {
    return this.range;
  }

  // From data to pixels of the node, with the axes as they are on the screen now.
  place(x, y) {
    const { range } = this;
    if (!range) return null;
    const [width, height] = this.size();
    return [
      ((x - range.x[0]) / (range.x[1] - range.x[0])) * width,
      (1 - (y - range.y[0]) / (range.y[1] - range.y[0])) * height,
    ];
  }

  // The nearest point to a pixel, if it is near enough to be meant.
  pick(px, py) {
    const { range } = this;
    if (!this.scene || !range) return null;
    const { xy, n } = this.scene;
    const [width, height] = this.size();
    const [sx, sy] = [width / (range.x[1] - range.x[0]), height / (range.y[1] - range.y[0])];
    const [x0, y0] = [range.x[0] + px / sx, range.y[0] + (height - py) / sy];
    let best = null;
    let nearest = (REACH * this.times) ** 2;
    for (let i = 0; i < n; i += 1) {
      const far = ((xy[2 * i] - x0) * sx) ** 2 + ((xy[2 * i + 1] - y0) * sy) ** 2;
      if (far < nearest) [best, nearest] = [i, far];
    }
    return best;
  }

  // Drag moves, the wheel zooms about the pointer, a double click shows everything again.
  listen() {
    this.off = new AbortController();
    const { signal } = this.off;
    let last = null;
    this.node.addEventListener(
      'pointerdown',
      (event) => {
        if (event.button === 0 && event.pointerType !== 'touch')
          last = [event.clientX, event.clientY];
      },
      { signal },
    );
    window.addEventListener(
      'pointermove',
      (event) => {
        if (!last || !this.range) return;
        const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
        if (!this.dragging && Math.hypot(dx, dy) < 4) return;
        this.dragging = true;
        last = [event.clientX, event.clientY];
        const [width, height] = this.size();
        const { x, y } = this.range;
        const [mx, my] = [(dx * (x[1] - x[0])) / width, (dy * (y[1] - y[0])) / height];
        this.look({ x: [x[0] - mx, x[1] - mx], y: [y[0] + my, y[1] + my] });
      },
      { signal },
    );
    window.addEventListener(
      'pointerup',
      () => {
        last = null;
        this.dragging = false;
      },
      { signal },
    );
    this.node.addEventListener(
      'wheel',
      (event) => {
        const roomy = ['wide', 'middle'].includes(this.node.closest('[data-width]')?.dataset.width);
        if (!this.range || !(roomy || event.ctrlKey)) return;
        event.preventDefault();
        const box = this.node.getBoundingClientRect();
        this.zoom(
          1.0016 ** event.deltaY,
          (event.clientX - box.left) / box.width,
          (event.clientY - box.top) / box.height,
        );
      },
      { signal, passive: false },
    );
    this.node.addEventListener('dblclick', () => this.reset(), { signal });
  }

  look(range) {
    this.adopt(range);
    this.ranged?.(this.relative(range));
  }

  // A range in units of the home range, in which planes of other sizes and magnifications share it.
  relative({ x, y }) {
    const home = this.home();
    const share = (span, [from, to]) => span.map((v) => (v - from) / (to - from));
    return { x: share(x, home.x), y: share(y, home.y) };
  }

  adoptRelative(shares) {
    const home = this.home();
    const span = (share, [from, to]) => share.map((v) => from + v * (to - from));
    this.adopt(shares && { x: span(shares.x, home.x), y: span(shares.y, home.y) });
  }

  // A range from elsewhere; null shows everything again.
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

  zoom(factor, fx = 0.5, fy = 0.5) {
    if (!this.range) return;
    const about = ([a, b], f) => [
      a + (b - a) * f * (1 - factor),
      b - (b - a) * (1 - f) * (1 - factor),
    ];
    this.look({ x: about(this.range.x, fx), y: about(this.range.y, 1 - fy) });
  }

  reset() {
    this.adopt(null);
    this.ranged?.(null);
  }

  purge() {
    this.off.abort();
    cancelAnimationFrame(this.pending);
    this.scene = null;
    this.canvas.remove();
  }
}
