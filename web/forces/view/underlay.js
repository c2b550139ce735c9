// What the landscape paints under a scene: a ring on the circle, the whole surface of the sphere.

import { hiddenPenOf, penOf } from './pens.js';
import { degrees } from './places.js';
import { Sphere } from './sphere.js';
import { sharpness } from '../../kit/sharpness.js';

/** @import { Circle } from './circle.js' */
/** @import { Globe } from './places.js' */
/** @import { Grid, GroundPaint } from './types.d.ts' */

const BAND = 20;

/**
 * @param {(value: number) => string} colours
 * @param {number} value
 */
function css(colours, value) {
  return Number.isFinite(value) ? colours(value) : 'transparent';
}

const FINE = 4;

/**
 * A table of values as pixels, made by the canvas itself (any CSS colour will do) and smoothed by
 * it; a column more on either side, as it goes all round.
 * @param {ArrayLike<number>} values
 * @param {(value: number) => string} colours
 * @param {number} columns
 * @param {number} rows
 */
function sheetOf(values, colours, columns, rows) {
  const table = new OffscreenCanvas(columns + 2, rows);
  const pen = hiddenPenOf(table);
  for (let row = 0; row < rows; row += 1) {
    for (let column = -1; column <= columns; column += 1) {
      pen.fillStyle = css(colours, values[row * columns + ((column + columns) % columns)]);
      pen.fillRect(column + 1, row, 1, 1);
    }
  }
  const [width, height] = [FINE * (columns + 2), FINE * rows];
  const fine = hiddenPenOf(new OffscreenCanvas(width, height), { willReadFrequently: true });
  fine.drawImage(table, 0, 0, width, height);
  return new Uint32Array(fine.getImageData(0, 0, width, height).data.buffer);
}

let looked = { key: '', places: new Uint32Array() };

/**
 * Each pixel of the near half -> the pixel of the sheet under it; both scenes ask for the same.
 * @param {Globe} globe
 * @param {number} size
 * @param {Grid} grid
 */
function lookup(globe, size, { lons, lats }) {
  const [columns, rows] = [lons.length, lats.length];
  const key = [globe.turn, globe.tilt, size, columns, rows].join(' ');
  if (looked.key === key) return looked.places;
  const places = new Uint32Array(4 * size * size);
  const [west, south] = [lons[0], lats[0]];
  const [wide, high] = [columns / 360, (rows - 1) / (lats[rows - 1] - south || 1)];
  const across = FINE * (columns + 2);
  for (let py = 0; py < 2 * size; py += 1) {
    for (let px = 0; px < 2 * size; px += 1) {
      const [lon, lat] = degrees(globe.under([(px + 0.5 - size) / size, (size - py - 0.5) / size]));
      const column = Math.floor(FINE * (((((lon - west) % 360) + 360) % 360) * wide + 1.5));
      const row = Math.min(
        FINE * rows - 1,
        Math.max(0, Math.floor(FINE * ((lat - south) * high + 0.5))),
      );
      places[py * 2 * size + px] = row * across + column;
    }
  }
  looked = { key, places };
  return places;
}

export class Underlay {
  /** The near half of the sphere, drawn small. */
  small = new OffscreenCanvas(1, 1);

  /** @type {GroundPaint | null} */
  paint = null;
  /** What is drawn, as text: empty where nothing is, null where it is to be drawn anew. */
  /** @type {string | null} */
  drawn = null;
  /** The paint of a sphere as pixels. */
  /** @type {Uint32Array | null} */
  sheet = null;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = penOf(canvas);
  }

  /**
   * paint: {values, colours: value -> CSS colour} with {angles} round the circle or {grid: {lons,
   * lats}}, lat by lat.
   * @param {GroundPaint | null} paint
   */
  set(paint) {
    if (paint === this.paint) return;
    this.paint = paint;
    this.drawn = null;
    this.sheet = null;
  }

  /**
   * In the units of the scene, which are drawn zoom times as large.
   * @param {Circle | Sphere} surface
   * @param {number} width
   * @param {number} height
   * @param {number} zoom
   */
  draw(surface, width, height, zoom) {
    const ratio = zoom * sharpness(2);
    const size = `${width} ${height} ${ratio}`;
    const key = this.paint ? `${surface.name} ${size} ${surface.turned ?? ''}` : '';
    if (key === this.drawn) return;
    this.drawn = key;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h)
      Object.assign(this.canvas, { width: w, height: h });
    const { pen, paint } = this;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, w, h);
    if (!paint || Boolean(paint.grid) !== surface instanceof Sphere) return;
    pen.setTransform(ratio, 0, 0, ratio, (ratio * width) / 2, (ratio * height) / 2);
    if (surface instanceof Sphere) this.ball(paint, surface);
    else this.ring(paint, surface);
  }

  /**
   * @param {GroundPaint} paint
   * @param {Circle} surface
   */
  ring({ values, colours, angles }, { radius }) {
    const { pen } = this;
    const half = 0.75 / values.length;
    pen.lineWidth = BAND;
    values.forEach((value, i) => {
      pen.strokeStyle = css(colours, value);
      pen.beginPath();
      const turn = (angles?.[i] ?? (360 * i) / values.length) / 360;
      pen.arc(0, 0, radius, -2 * Math.PI * (turn + half), -2 * Math.PI * (turn - half));
      pen.stroke();
    });
  }

  /**
   * Half as fine as the screen and drawn smoothly: what is painted changes slowly, the globe turns
   * fast.
   * @param {GroundPaint} paint
   * @param {Sphere} surface
   */
  ball({ values, colours, grid }, { radius, globe }) {
    const { pen } = this;
    if (!grid) return;
    const sheet = (this.sheet ??= sheetOf(values, colours, grid.lons.length, grid.lats.length));
    const size = Math.round(radius / 2);
    const places = lookup(globe, size, grid);
    const image = new ImageData(2 * size, 2 * size);
    const words = new Uint32Array(image.data.buffer);
    for (let i = 0; i < words.length; i += 1) words[i] = sheet[places[i]];
    if (this.small.width !== 2 * size)
      Object.assign(this.small, { width: 2 * size, height: 2 * size });
    hiddenPenOf(this.small).putImageData(image, 0, 0);
    pen.save();
    pen.beginPath();
    pen.arc(0, 0, radius, 0, 2 * Math.PI);
    pen.clip();
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(this.small, -radius, -radius, 2 * radius, 2 * radius);
    pen.restore();
  }
}
