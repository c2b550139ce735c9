// The pictures of a film of the run: the flat cloud at a moment, or on the way to the next.

import { el } from '../../kit/dom.js';
import { translated } from '../../kit/language.js';
import { paint } from '../../kit/paints.js';
import { Plane } from '../../kit/plane.js';

/** @import { Frame, RunMessage, Theme } from '../../kit/types.d.ts' */
/** @import { Cloud } from '../../kit/cloud.js' */

/**
 * What a film is made of.
 * @typedef {object} Filmed
 * @property {Frame[]} frames  flat ones, in order
 * @property {RunMessage} run
 * @property {string} colour
 * @property {Theme} theme
 * @property {Cloud} cloud
 * @property {(share: number) => void} progress
 */

const PAPER = { light: ['#ffffff', '#0d1014'], dark: ['#0e1117', '#e8e6e3'] };
const HEAD = 1 / 15; // of the height, for the title

/**
 * Places between two moments that can be joined, else those of the first.
 * @param {Frame} from
 * @param {Frame | undefined} to
 * @param {number} share
 */
function between(from, to, share) {
  const joined = to && to.layout === from.layout && to.dims === from.dims && to.n === from.n;
  return joined ? from.xy.map((one, i) => one + (to.xy[i] - one) * share) : from.xy;
}

export class FilmPictures {
  /**
   * @param {Filmed} filmed
   * @param {number} width
   * @param {number} height
   * @param {boolean} isRead  pixel by pixel
   */
  constructor({ frames, run, colour, theme, cloud }, width, height, isRead) {
    this.frames = frames;
    this.run = run;
    this.colour = colour;
    this.theme = theme;
    this.images = cloud.images;
    this.head = Math.round(HEAD * height);
    const room = /** @type {any} */ ({ width, height: height - this.head });
    const { picture } = cloud; // of this run: another may be opened while the film is made
    this.plane = new Plane(el('div'), { moved: () => {}, sheet: () => picture, room });
    this.plane.natural = cloud.natural;
    this.plane.magnify(cloud.magnified);
    this.canvas = el('canvas', { width, height });
    this.pen = /** @type {CanvasRenderingContext2D} */ (
      this.canvas.getContext('2d', { willReadFrequently: isRead })
    );
  }

  /**
   * @param {number} index  of the moment
   * @param {number} [share]  of the way to the next
   */
  draw(index, share = 0) {
    const { frames, run, colour, theme, images, plane, pen, head } = this;
    const { width, height } = this.canvas;
    const frame = frames[index];
    const colours = paint(colour, { probes: run.probes, frame, answer: null, theme });
    const xy = between(frame, frames[index + 1], share);
    plane.draw({ xy, n: frame.n, theme, paint: colours, images, ink: {} });
    [pen.fillStyle] = PAPER[theme];
    pen.fillRect(0, 0, width, height);
    pen.drawImage(plane.canvas, 0, head, width, height - head);
    [, pen.fillStyle] = PAPER[theme];
    pen.font = `bold ${Math.round(0.42 * head)}px Arial, Helvetica, sans-serif`;
    const title = `${run.title}: step ${frame.step.toLocaleString('en')}`;
    pen.fillText(translated(title), head / 3, head * 0.67);
  }

  end() {
    this.plane.purge();
  }
}
