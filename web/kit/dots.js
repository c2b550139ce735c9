// The points of a plane as small pictures, drawn once for each colour, size and shape.

import { palette } from './colours.js';
import { SHAPES } from './shapes.js';

/** @import { ColourScale, Theme } from './types.d.ts' */

const KEPT = 6; // pointing at images goes to and fro between two scales
const PATHS = SHAPES.map((path) => new Path2D(path));

export class Dots {
  constructor() {
    /** @type {Map<string, { dots: Map<string, ImageBitmap>, colours: string[] }>} */
    this.scales = new Map();
    /** @type {string | null} */
    this.key = null;
    /** @type {Map<string, ImageBitmap>} */
    this.dots = new Map();
    /** @type {string[]} */
    this.colours = [];
  }

  /**
   * The scale to draw on from now: colours and dots of the last few are kept.
   * @param {ColourScale} scale
   * @param {Theme} theme
   * @param {number} ratio  pixels of the screen for one of the page
   */
  use(scale, theme, ratio) {
    const key = `${theme}${ratio}${scale.join()}`;
    if (key === this.key) return;
    this.key = key;
    this.theme = theme;
    this.ratio = ratio;
    const known = this.scales.get(key) ?? { dots: new Map(), colours: palette(scale) };
    this.scales.delete(key);
    this.scales.set(key, known);
    const [oldest] = this.scales.keys();
    if (this.scales.size > KEPT) this.scales.delete(oldest);
    this.dots = known.dots;
    this.colours = known.colours;
  }

  /**
   * @param {number} level  index of its colour on the scale
   * @param {number} radius
   * @param {number} shape  index of SHAPES
   */
  dot(level, radius, shape) {
    const key = `${level} ${radius} ${shape}`;
    const found = this.dots.get(key) ?? this.drawn(level, radius, shape);
    this.dots.set(key, found);
    return found;
  }

  /**
   * @param {number} level
   * @param {number} radius
   * @param {number} shape
   */
  drawn(level, radius, shape) {
    const ratio = this.ratio ?? 1;
    const side = Math.ceil(((shape ? 3 : 2) * radius + 3) * ratio);
    const canvas = new OffscreenCanvas(side, side);
    const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
    pen.translate(side / 2, side / 2);
    pen.scale(ratio * radius, ratio * radius);
    pen.fillStyle = this.colours[level];
    pen.fill(PATHS[shape]);
    pen.lineWidth = 1 / radius;
    pen.strokeStyle = this.theme === 'dark' ? 'rgba(14,17,23,.75)' : 'rgba(255,255,255,.85)';
    pen.stroke(PATHS[shape]);
    return canvas.transferToImageBitmap();
  }
}
