// The run so far as a video, made in the browser from the frames it has.

import { FilmPictures } from './filmpictures.js';

/** @import { Filmed } from './filmpictures.js' */

const KINDS = ['video/webm;codecs=vp9', 'video/webm', 'video/mp4'];
const [WIDTH, HEIGHT] = [960, 720];
const RATE = 25; // pictures a second
const [SLOWEST, WHOLE, REST] = [0.4, 16, 1.2]; // seconds for a moment, for all, and for the last

/** What this browser can record; null where it cannot. */
export function videoKind() {
  if (!window.MediaRecorder || !HTMLCanvasElement.prototype.captureStream) return null;
  return KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) ?? null;
}

/**
 * @param {Filmed} filmed
 * @returns {Promise<Blob>}
 */
export async function videoOf(filmed) {
  const { frames, progress } = filmed;
  const kind = videoKind() ?? '';
  const pictures = new FilmPictures(filmed, WIDTH, HEIGHT, false);
  const each = Math.min(SLOWEST, WHOLE / frames.length);
  const seconds = each * (frames.length - 1) + REST;
  pictures.draw(0);
  const recorder = new MediaRecorder(pictures.canvas.captureStream(RATE), {
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
      pictures.draw(index, Math.min(1, at / each - index));
      progress(Math.min(1, at / seconds));
      if (at < seconds) return;
      clearInterval(timer);
      resolve();
    }, 1000 / RATE);
  });
  recorder.stop();
  await ended;
  pictures.end();
  return new Blob(pieces, { type: kind });
}
