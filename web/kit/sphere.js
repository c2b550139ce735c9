// The cloud on the sphere itself: scatter3d, with the query's marks as traces of the same scene.

import { LEVELS, palette } from './colours.js';
import { sharpness } from './sharpness.js';
import { CROSS, SYMBOLS } from './shapes.js';

/** @import { Company, Scene, Theme } from './types.d.ts' */

/** A place on the sphere; null begins another line. */
/** @typedef {number[] | null} Place */

/** Of plotly, which carries no types of its own here. */
/** @typedef {Record<string, any>} Trace */

const CONFIG = {
  displayModeBar: false,
  responsive: false,
  scrollZoom: true,
  showTips: false,
  doubleClick: false,
};
const HOME = { eye: { x: 1.25, y: 1.05, z: 0.75 } };
const [NEAREST, FARTHEST] = [0.1, 10]; // of the way to the eye at home

/**
 * @param {Place[]} points
 * @returns {Record<'x' | 'y' | 'z', (number | null)[]>}
 */
function axes(points) {
  /** @param {number} at */
  const axis = (at) => points.map((p) => (p ? p[at] : null));
  return { x: axis(0), y: axis(1), z: axis(2) };
}

// Meridians and circles of latitude.
function wires() {
  /** @type {Place[]} */
  const places = [];
  for (let k = 0; k < 6; k += 1) {
    for (let i = 0; i <= 48; i += 1) {
      const t = (i * Math.PI) / 24;
      places.push([
        Math.cos(t) * Math.cos((k * Math.PI) / 6),
        Math.cos(t) * Math.sin((k * Math.PI) / 6),
        Math.sin(t),
      ]);
    }
    places.push(null);
  }
  for (const h of [-0.5, 0, 0.5]) {
    for (let i = 0; i <= 48; i += 1) {
      const [t, r] = [(i * Math.PI) / 24, Math.sqrt(1 - h * h)];
      places.push([r * Math.cos(t), r * Math.sin(t), h]);
    }
    places.push(null);
  }
  return axes(places);
}

export class Sphere {
  revision = 0;
  times = 1;
  drawn = false;
  ratio = 1;
  grid = wires();
  /** @type {Company | null} */
  marks = null;
  /** @type {Scene | null} */
  scene = null;

  /**
   * @param {HTMLElement} node
   * @param {object} told
   * @param {() => void} told.moved
   * @param {(index: number | null) => void} told.hovered
   */
  constructor(node, { moved, hovered }) {
    this.node = node;
    this.moved = moved;
    this.hovered = hovered;
  }

  /**
   * The query, its positives and its synthetic negatives; always the same five traces.
   * @param {Record<string, string>} ink
   * @returns {Trace[]}
   */
  markTraces(ink) {
    const { query: given, positives = [], synthetics = [] } = this.marks ?? {};
    const query = Array.isArray(given) ? given : null;
    const lines = query ? positives.flatMap((p) => [query, p, null]) : [];
    const dashes = synthetics.flatMap(({ xy, parents }) => parents.flatMap((p) => [xy, p, null]));
    /** @type {(points: Place[], symbol: string, color: string, size: number) => Trace} */
    const marks = (points, symbol, color, size) => ({
      type: 'scatter3d',
      mode: 'markers',
      hoverinfo: 'skip',
      ...axes(points),
      marker: { symbol, color, size: size * this.times, line: { width: this.times, color } },
    });
    /** @type {(points: Place[], color: string, dash: string, width: number) => Trace} */
    const line = (points, color, dash, width) => ({
      type: 'scatter3d',
      mode: 'lines',
      hoverinfo: 'skip',
      ...axes(points),
      line: { color, dash, width: width * this.times },
    });
    return [
      line(lines, ink.attraction, 'solid', 4),
      marks(positives, 'circle', ink.attraction, 6),
      line(dashes, ink.synthetic, 'dash', 2),
      marks(
        synthetics.map((s) => s.xy),
        'diamond-open',
        ink.synthetic,
        6,
      ),
      this.ringed(marks(query ? [query, query] : [], 'cross', ink.ink, 8)),
    ];
  }

  /**
   * A mark twice in one place as a mark in a ring: classes have crosses, too.
   * @param {Trace} trace
   * @returns {Trace}
   */
  ringed(trace) {
    const { symbol, size } = trace.marker;
    return {
      ...trace,
      marker: { ...trace.marker, symbol: [symbol, 'circle-open'], size: [size, 3 * size] },
    };
  }

  /**
   * How the points look: by a symbol each where classes are told apart, one of them a character.
   * @param {Scene} scene
   * @returns {Trace}
   */
  looks({ paint, n }) {
    const size = (n > 1200 ? 3 : 4.5) * this.times;
    const marker = {
      color: paint.values,
      cmin: 0,
      cmax: 1,
      colorscale: paint.scale,
      opacity: 1,
      line: { width: 0 },
    };
    const symbols = paint.shapes?.map((shape) => SYMBOLS[shape] ?? 'circle');
    if (!symbols)
      return { mode: 'markers', text: '', marker: { ...marker, symbol: 'circle', size } };
    const colours = palette(paint.scale);
    return {
      mode: 'markers+text',
      text: symbols.map((symbol) => (symbol === CROSS ? CROSS : '')),
      textposition: 'middle center',
      textfont: {
        size: 3.6 * size,
        color: Array.from(paint.values, (v) => colours[Math.round(v * (LEVELS - 1))]),
      },
      marker: {
        ...marker,
        symbol: symbols.map((symbol) => (symbol === CROSS ? 'circle' : symbol)),
        size: symbols.map((symbol) => (symbol === CROSS ? 0 : 2 * size)),
      }, // plotly halves them where they differ
    };
  }

  /** @param {Scene} scene */
  async draw(scene) {
    this.scene = scene;
    const { xy, ink, n } = scene;
    /** @param {number} at */
    const axis = (at) => Float32Array.from({ length: n }, (_, i) => xy[3 * i + at]);
    const traces = [
      {
        type: 'scatter3d',
        x: axis(0),
        y: axis(1),
        z: axis(2),
        hoverinfo: 'none',
        ...this.looks(scene),
      },
      {
        type: 'scatter3d',
        mode: 'lines',
        hoverinfo: 'skip',
        ...this.grid,
        line: { color: ink.none, width: 1 },
        opacity: 0.6,
      },
      ...this.markTraces(ink),
    ];
    const hidden = { visible: false, range: [-1.05, 1.05], autorange: false, showspikes: false };
    this.revision += 1;
    const ratio = Math.max(1, sharpness(2));
    const camera = this.camera() ?? HOME;
    if (ratio !== this.ratio) this.purge(); // what is plotted keeps its pixels
    this.ratio = ratio;
    const config = { ...CONFIG, plotGlPixelRatio: ratio };
    const layout = {
      width: this.node.clientWidth || 600,
      height: this.node.clientHeight || 400,
      datarevision: this.revision,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: 'rgba(0,0,0,0)',
      showlegend: false,
      uirevision: 'live',
      hovermode: 'closest',
      scene: {
        xaxis: hidden,
        yaxis: hidden,
        zaxis: hidden,
        aspectmode: 'cube',
        camera,
        dragmode: 'turntable',
        uirevision: 'live',
        bgcolor: 'rgba(0,0,0,0)',
      },
    };
    if (!this.drawn) {
      await window.Plotly.newPlot(this.node, traces, layout, config);
      const plot = /** @type {any} */ (this.node); // plotly gives it `on` and its layout
      plot.on('plotly_hover', (/** @type {{ points: Trace[] }} */ { points }) => {
        if (points[0].curveNumber === 0) this.hovered(points[0].pointNumber);
      });
      plot.on('plotly_unhover', () => this.hovered(null));
      this.drawn = true;
    } else {
      await window.Plotly.react(this.node, traces, layout, config);
    }
    this.moved();
  }

  /** @param {Scene} scene */
  async recolour(scene) {
    if (!this.drawn) return;
    this.scene = scene;
    const { mode, text, textfont, marker } = this.looks(scene);
    await window.Plotly.restyle(
      this.node,
      { mode, text: [text], textfont: [textfont], marker: [marker] },
      [0],
    );
  }

  /** @param {Company} marks */
  setMarks(marks) {
    this.marks = marks;
    if (this.drawn && this.scene) return this.draw(this.scene);
    return null;
  }

  /** @param {number} factor */
  zoom(factor) {
    const eye = this.camera()?.eye;
    if (!eye) return;
    const far = Math.hypot(eye.x, eye.y, eye.z) / Math.hypot(HOME.eye.x, HOME.eye.y, HOME.eye.z);
    const by = Math.min(FARTHEST, Math.max(NEAREST, far * factor)) / far;
    window.Plotly.relayout(this.node, {
      'scene.camera.eye': { x: eye.x * by, y: eye.y * by, z: eye.z * by },
    });
  }

  // As a hand has left it; null before anything is drawn.
  camera() {
    const plot = /** @type {any} */ (this.node);
    return (this.drawn && plot._fullLayout.scene?._scene?.getCamera()) || null;
  }

  reset() {
    if (this.drawn) window.Plotly.relayout(this.node, { 'scene.camera': HOME });
  }

  purge() {
    if (this.drawn) window.Plotly.purge(this.node);
    this.drawn = false;
  }
}
