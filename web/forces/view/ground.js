// What the points lie on: the rim of the circle with its degrees, or the globe with its graticule.

import { mix } from '../../kit/colours.js';

/** @import { Ink } from '../../kit/chartink.js' */
/** @import { Disc } from './types.d.ts' */
/** @import { Globe } from './places.js' */

const DEGREE = Math.PI / 180;

export class Ground {
  /** The graticule of the globe as it is turned. */
  /** @type {{ key: string, path: Path2D } | null} */
  grid = null;

  /** @param {Globe} globe */
  constructor(globe) {
    this.globe = globe;
  }

  /**
   * frame: {x, y, r} in pixels; ink: the colours of the theme.
   * @param {CanvasRenderingContext2D} pen
   * @param {Disc} frame
   * @param {number} dims
   * @param {Ink} ink
   */
  draw(pen, frame, dims, ink) {
    const line = mix(ink.paper, ink.ink, 0.2);
    pen.lineWidth = 1;
    if (dims === 3) {
      pen.fillStyle = mix(ink.paper, ink.ink, 0.035);
      pen.beginPath();
      pen.arc(frame.x, frame.y, frame.r, 0, 2 * Math.PI);
      pen.fill();
      pen.strokeStyle = mix(ink.paper, ink.ink, 0.1);
      pen.stroke(this.graticule(frame));
    } else {
      pen.strokeStyle = line;
      pen.stroke(this.degrees(frame));
    }
    pen.strokeStyle = line;
    pen.lineWidth = 1.2;
    pen.beginPath();
    pen.arc(frame.x, frame.y, frame.r, 0, 2 * Math.PI);
    pen.stroke();
  }

  /**
   * A tick each 15 degrees, longer each 90.
   * @param {Disc} frame
   */
  degrees(frame) {
    const path = new Path2D();
    for (let lon = 0; lon < 360; lon += 15) {
      const [c, s, out] = [Math.cos(lon * DEGREE), Math.sin(lon * DEGREE), lon % 90 ? 4 : 8];
      path.moveTo(frame.x + (frame.r - out) * c, frame.y - (frame.r - out) * s);
      path.lineTo(frame.x + frame.r * c, frame.y - frame.r * s);
    }
    return path;
  }

  /**
   * Parallels and meridians of the near half, kept until the globe turns.
   * @param {Disc} frame
   */
  graticule(frame) {
    const key = `${this.globe.turn} ${this.globe.tilt} ${frame.x} ${frame.y} ${frame.r}`;
    if (this.grid?.key === key) return this.grid.path;
    const path = new Path2D();
    /** @param {(t: number) => number[]} place */
    const trace = (place) => {
      let open = false;
      for (let t = 0; t <= 360; t += 5) {
        const [right, up, near] = this.globe.see(place(t * DEGREE));
        if (near >= 0)
          path[open ? 'lineTo' : 'moveTo'](frame.x + frame.r * right, frame.y - frame.r * up);
        open = near >= 0;
      }
    };
    for (const lat of [-60, -30, 0, 30, 60]) {
      const [c, s] = [Math.cos(lat * DEGREE), Math.sin(lat * DEGREE)];
      trace((t) => [c * Math.cos(t), c * Math.sin(t), s]);
    }
    for (let lon = 0; lon < 180; lon += 30) {
      const [c, s] = [Math.cos(lon * DEGREE), Math.sin(lon * DEGREE)];
      trace((t) => [Math.cos(t) * c, Math.cos(t) * s, Math.sin(t)]);
    }
    this.grid = { key, path };
    return path;
  }
}
