// The run so far as a GIF, made in the browser from the frames it has: for slides that play no video.

import { FilmPictures } from './filmpictures.js';
import { Gif } from './gif.js';

/** @import { Filmed } from './filmpictures.js' */

const [WIDTH, HEIGHT] = [640, 480];
const [MOST, SMOOTH] = [80, 4]; // pictures in all, and of each moment
const [SLOWEST, WHOLE, REST] = [0.4, 16, 1.6]; // seconds for a moment, for all, and for the last

/**
 * @param {Filmed} filmed
 * @returns {Promise<Blob>}
 */
export async function gifOf(filmed) {
  const every = Math.ceil(filmed.frames.length / MOST);
  const last = filmed.frames.length - 1;
  const frames = filmed.frames.filter((_, i) => i % every === 0 || i === last);
  const pictures = new FilmPictures({ ...filmed, frames }, WIDTH, HEIGHT, true);
  const each = Math.max(1, Math.min(SMOOTH, Math.floor(MOST / frames.length)));
  const seconds = Math.min(SLOWEST, WHOLE / frames.length) / each;
  const gif = new Gif(WIDTH, HEIGHT);
  for (let i = 0; i < frames.length; i += 1) {
    const isLast = i === frames.length - 1;
    for (let part = 0; part < (isLast ? 1 : each); part += 1) {
      pictures.draw(i, part / each);
      const { data } = pictures.pen.getImageData(0, 0, WIDTH, HEIGHT);
      gif.add(data, isLast ? REST : seconds);
    }
    filmed.progress((i + 1) / frames.length);
    await new Promise((resolve) => {
      setTimeout(resolve); // the page is not held up meanwhile
    });
  }
  pictures.end();
  return gif.done();
}
