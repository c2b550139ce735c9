// A chart: plotly draws axes, lines and areas; what moves with the hand or the moment lies over them and
// costs nothing. Its room stands before the library is there.

import { ChartMarks } from './chartmarks.js';
import { pictureOf, fileName, saveControl } from './chartsave.js';
import { inkOf } from './chartink.js';
import { el, setAttribute, setText, show } from './dom.js';
import { plotlyAtRest } from './plotly.js';
import { zoomOf } from './zoom.js';

/** @import { Interval } from './types.d.ts' */
/** @import { Figure, Paper } from './chartfigure.js' */

/** @typedef {(paper: Paper & { range: Interval | null }) => Figure} Build */

const REACH = 16; // px beside the axes that still count
const LEAST = [60, 40]; // px: no chart in less
const PICTURE = { width: 720, least: 340, most: 640 }; // px, of one that is saved
const LONGEST = 60; // ms of rest
const MISSING = 'This chart needs plotly.js, which did not load: reload the page.';
const UNSAVED = 'The picture could not be made; try the other format.';
const CONFIG = { displayModeBar: false, responsive: false, showTips: false, doubleClick: false };

let rest = 0; // until when no chart is drawn

export class Chart {
  /** The range of x that a person has zoomed to. */
  /** @type {Interval | null} */
  range = null;
  /** @type {Figure | null} */
  figure = null;
  /** @type {Build | null} */
  build = null;
  /** @type {string | null} */
  subject = null;
  /** @type {[number, number]} */
  size = [0, 0];
  area = { left: 0, right: 0, top: 0, base: 0 };
  waiting = false;

  /**
   * @param {object} given
   * @param {() => string} given.title  says what is seen, for the picture and the name of its file
   * @param {(x: number | null, y: number | null, event?: PointerEvent) => void} [given.pointed]  where the hand is, in the units of
   *   the axes; nulls where it is nowhere
   * @param {(x: number | null, y: number | null) => void} [given.picked]
   * @param {(range: Interval | null) => void} [given.ranged]  a person zooms; without it nobody can
   * @param {() => void} [given.drawn]  a figure stands: what lies over it is to be placed again
   * @param {boolean} [given.hovers]  plotly shows the values under the hand
   * @param {string} [given.wait]  said until it stands
   */
  constructor({ title, pointed, picked, ranged, drawn, hovers = false, wait = '' }) {
    this.title = title;
    this.ranged = ranged;
    this.drawn = drawn ?? (() => this.over.point(this.over.at));
    const coarse = window.matchMedia('(pointer: coarse)').matches; // there a drag scrolls the page
    this.zooms = Boolean(ranged) && !coarse;
    this.hovers = hovers;
    this.plot = el('div', { class: 'chart-plot', 'aria-hidden': 'true' });
    this.plot.classList.toggle('live', this.zooms || hovers);
    this.over = new ChartMarks(this);
    this.own = el('svg:g', {}); // what a view draws over its chart
    this.over.node.append(this.own);
    this.wait = el('p', { class: 'chart-wait', text: wait, hidden: !wait });
    this.whole = el('button', {
      type: 'button',
      class: 'chart-whole',
      text: 'show all',
      hidden: true,
      onclick: (/** @type {MouseEvent} */ event) => {
        event.stopPropagation();
        this.zoomTo(null, true);
      },
    });
    this.save = saveControl((format) => this.download(format));
    show(this.save, false);
    this.tools = el('div', { class: 'chart-tools' }, this.whole, this.save); // may stand elsewhere
    this.node = el('div', { class: 'chart' }, this.plot, this.over.node, this.wait, this.tools);
    if (pointed) {
      this.node.addEventListener('pointermove', (event) => pointed(...this.placeOf(event), event));
      this.node.addEventListener('pointerleave', () => pointed(null, null));
    }
    if (picked) this.node.addEventListener('click', (event) => picked(...this.placeOf(event)));
    this.watcher = new ResizeObserver(([{ contentRect }]) => {
      this.zoom = zoomOf(this.node);
      const { width, height } = contentRect;
      this.size = [Math.round(width / this.zoom), Math.round(height / this.zoom)];
      this.again();
    });
    this.watcher.observe(this.node);
  }

  /**
   * @param {MouseEvent} event
   * @returns {[number | null, number | null]}
   */
  placeOf(event) {
    if (!this.figure) return [null, null];
    const box = this.node.getBoundingClientRect();
    const shrunk = this.size[0] / box.width; // presented, it is drawn larger
    const { left, right, top, base } = this.area;
    const { x, y } = this.figure;
    /** @type {(value: number) => number} */
    const held = (value) => Math.max(0, Math.min(1, value));
    const px = (event.clientX - box.left) * shrunk;
    const py = (event.clientY - box.top) * shrunk;
    const isOff = px < left - REACH || px > right + REACH || py < top - REACH || py > base + REACH;
    if (isOff) return [null, null];
    const across = held((px - left) / (right - left));
    const up = held((base - py) / (base - top));
    return [x[0] + across * (x[1] - x[0]), y[0] + up * (y[1] - y[0])];
  }

  /** @param {number} value */
  px(value) {
    const { left, right } = this.area;
    const [low, high] = this.figure?.x ?? [0, 1];
    return left + ((right - left) * (value - low)) / (high - low || 1);
  }

  /**
   * @param {number} value  held to the range
   * @param {'y' | 'y2'} [which]  of the upright axes
   */
  py(value, which = 'y') {
    const { top, base } = this.area;
    const [low, high] = this.figure?.[which] ?? [0, 1];
    const [from, to] = this.figure?.layout[which === 'y' ? 'yaxis' : 'yaxis2'].domain ?? [0, 1];
    const held = Math.min(Math.max(low, high), Math.max(Math.min(low, high), value));
    return base - (base - top) * (from + ((to - from) * (held - low)) / (high - low || 1));
  }

  /**
   * @param {Build} build
   * @param {string} [subject]  a zoom holds for as long as it is the same
   */
  draw(build, subject = '') {
    this.build = build;
    if (subject !== this.subject) this.zoomTo(null);
    this.subject = subject;
    this.again();
  }

  // At most one drawing a frame, of the newest.
  again() {
    const [width, height] = this.size;
    if (this.waiting || !this.build || width < LEAST[0] || height < LEAST[1]) return;
    this.waiting = true;
    this.next();
  }

  // The hand comes first: as long as one chart was drawn, all charts rest.
  next() {
    const pause = rest - performance.now();
    if (pause > 0) setTimeout(() => this.next(), pause);
    else requestAnimationFrame(() => (rest > performance.now() ? this.next() : this.inFrame()));
  }

  async inFrame() {
    try {
      if (!window.Plotly) {
        await plotlyAtRest();
        await new Promise(requestAnimationFrame); // what moves goes on between the two long tasks
      }
    } catch {
      setText(this.wait, MISSING);
      show(this.wait, true);
      return;
    } finally {
      this.waiting = false;
    }
    await this.now();
  }

  async now() {
    const [width, height] = this.size;
    if (!this.build || width < LEAST[0] || height < LEAST[1]) return;
    const began = performance.now();
    const figure = this.build({ width, height, ink: inkOf(this.node), range: this.range });
    const { margin, xaxis } = figure.layout;
    if (this.zooms && this.isPlain()) {
      figure.layout.dragmode = 'zoom';
      figure.layout.xaxis = { ...xaxis, fixedrange: false };
    }
    if (this.hovers) figure.layout.hovermode = 'x unified';
    const config = { ...CONFIG, staticPlot: !(this.zooms || this.hovers) };
    this.figure = figure;
    this.area = {
      left: margin.l,
      right: width - margin.r,
      top: margin.t,
      base: height - margin.b,
    };
    const isFirst = !this.plot.hasChildNodes();
    await window.Plotly.react(this.plot, figure.data, figure.layout, config);
    if (isFirst && this.zooms) this.listen();
    show(this.wait, false);
    show(this.save, true);
    setAttribute(this.over.node, 'viewBox', `0 0 ${width} ${height}`);
    this.drawn();
    const took = performance.now() - began;
    rest = performance.now() + Math.min(took, LONGEST);
    this.node.dataset.drawn = String(Number(this.node.dataset.drawn ?? 0) + 1);
    this.node.dataset.took = took.toFixed(1);
  }

  /** Plotly knows where the hand is unless the page enlarges it by `zoom`. */
  isPlain() {
    const width = this.node.getBoundingClientRect().width / (this.zoom ?? 1);
    return Math.abs(width - this.size[0]) < 2;
  }

  listen() {
    const plot = /** @type {any} */ (this.plot); // plotly gives it `on`
    plot.on('plotly_relayout', (/** @type {Record<string, number>} */ change) => {
      const range = [change['xaxis.range[0]'], change['xaxis.range[1]']];
      if (range.every(Number.isFinite)) this.zoomTo(/** @type {Interval} */ (range), true);
    });
  }

  /**
   * @param {Interval | null} range
   * @param {boolean} [byHand]
   */
  zoomTo(range, byHand = false) {
    if (String(range) === String(this.range)) return;
    this.range = range;
    show(this.whole, range !== null);
    this.again();
    if (byHand) this.ranged?.(range);
  }

  /** @param {string} format */
  async download(format) {
    if (!this.build) return;
    const [width, height] = this.size;
    const tall = Math.max(PICTURE.least, Math.min(PICTURE.most, (PICTURE.width * height) / width));
    const ink = inkOf(this.node);
    const paper = { width: PICTURE.width, height: Math.round(tall), ink, range: this.range };
    const title = this.title();
    const picture = pictureOf(this.build(paper), this.over, title, ink);
    const sizes = { width: picture.layout.width, height: picture.layout.height, scale: 2 };
    try {
      await window.Plotly.downloadImage(picture, { format, filename: fileName(title), ...sizes });
      show(this.wait, false);
    } catch {
      setText(this.wait, UNSAVED);
      show(this.wait, true);
    }
  }

  clear() {
    this.build = null;
    this.figure = null;
    this.zoomTo(null);
    if (this.plot.hasChildNodes()) window.Plotly.purge(this.plot);
    this.plot.replaceChildren();
    this.over.point(null);
    this.own.replaceChildren();
    show(this.save, false);
  }

  close() {
    this.watcher.disconnect();
    this.clear();
  }
}
