// The run so far as a video, made in the browser from the frames it has.

import { el } from '../../kit/dom.js';
import { translated } from '../../kit/language.js';
import { paint } from '../../kit/paints.js';
import { Plane } from '../../kit/plane.js';

/** @import { Frame, RunMessage, Theme } from '../../kit/types.d.ts' */
/** @import { Cloud } from '../../kit/cloud.js' */

const KINDS = ['video/webm;codecs=vp9', 'video/webm', 'video/mp4'];
const [WIDTH, HEIGHT, HEAD] = [960, 720, 48];
const RATE = 25; // pictures a second
const [SLOWEST, WHOLE, REST] = [0.4, 16, 1.2]; // seconds for a moment, for all, and for the last
const PAPER = { light: ['#ffffff', '#0d1014'], dark: ['#0e1117', '#e8e6e3'] };

/** What this browser can record; null where it cannot. */
export function videoKind() {
  if (!window.MediaRecorder || !HTMLCanvasElement.prototype.captureStream) return null;
  return KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) ?? null;
}

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

/**
 * @param {object} given
 * @param {Frame[]} given.frames  flat ones, in order
 * @param {RunMessage} given.run
 * @param {string} given.colour
 * @param {Theme} given.theme
 * @param {Cloud} given.cloud
 * @param {(share: number) => void} given.progress
 * @returns {Promise<Blob>}
 */
export async function videoOf({ frames, run, colour, theme, cloud, progress }) {
  const kind = videoKind() ?? '';
  const room = /** @type {any} */ ({ width: WIDTH, height: HEIGHT - HEAD });
  const plane = new Plane(el('div'), { moved: () => {}, sheet: () => cloud.picture, room });
  plane.natural = cloud.natural;
  plane.magnify(cloud.magnified);
  const canvas = el('canvas', { width: WIDTH, height: HEIGHT });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const [paper, ink] = PAPER[theme];
  const draw = (/** @type {Frame} */ frame, /** @type {Float32Array} */ xy) => {
    const colours = paint(colour, { probes: run.probes, frame, answer: null, theme });
    const { n } = frame;
    plane.draw({ xy, n, theme, paint: colours, images: cloud.images, ink: {} });
    pen.fillStyle = paper;
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    pen.drawImage(plane.canvas, 0, HEAD, WIDTH, HEIGHT - HEAD);
    pen.fillStyle = ink;
    pen.font = 'bold 20px Arial, Helvetica, sans-serif';
    const title = `${run.title}: step ${frame.step.toLocaleString('en')}`;
    pen.fillText(translated(title), 16, 32);
  };
  const each = Math.min(SLOWEST, WHOLE / frames.length);
  const seconds = each * (frames.length - 1) + REST;
  draw(frames[0], frames[0].xy);
  const recorder = new MediaRecorder(canvas.captureStream(RATE), {
    mimeType: kind,
    videoBitsPerSecond: 4e6,
  });
  /** @type {Blob[]} */
  const pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const ended = new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  recorder.start();
  const start = performance.now();
  await new Promise((/** @type {(value?: any) => void} */ resolve) => {
    const timer = setInterval(() => {
      const at = (performance.now() - start) / 1000;
      const index = Math.min(frames.length - 1, Math.floor(at / each));
      draw(
        frames[index],
        between(frames[index], frames[index + 1], Math.min(1, at / each - index)),
      );
      progress(Math.min(1, at / seconds));
      if (at < seconds) return;
      clearInterval(timer);
      resolve();
    }, 1000 / RATE);
  });
  recorder.stop();
  await ended;
  plane.purge();
  return new Blob(pieces, { type: kind });
}
