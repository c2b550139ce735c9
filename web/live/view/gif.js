// Pictures as one GIF, which slides and pages play where no video does: each with the 256 colours it has
// most of, packed by LZW.

const [CLEAR, END, MOST] = [256, 257, 4096]; // codes of LZW behind the 256 colours
const COLOURS = 256;
const CELLS = 32 ** 3; // colours that differ by less than 8 of 256 count as one

/**
 * The colours of a picture, those it has most of, and which of them each pixel is nearest to.
 * @param {Uint8ClampedArray} rgba
 */
function coloursOf(rgba) {
  const counts = new Float64Array(CELLS);
  const sums = new Float64Array(3 * CELLS);
  const n = rgba.length / 4;
  const cells = new Uint16Array(n);
  for (let i = 0; i < n; i += 1) {
    const [r, g, b] = [rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]];
    const cell = ((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3);
    cells[i] = cell;
    counts[cell] += 1;
    sums[3 * cell] += r;
    sums[3 * cell + 1] += g;
    sums[3 * cell + 2] += b;
  }
  const there = [...counts.keys()].filter((cell) => counts[cell]);
  there.sort((a, b) => counts[b] - counts[a] || a - b);
  const table = new Uint8Array(3 * COLOURS);
  const mean = (/** @type {number} */ cell, /** @type {number} */ c) =>
    Math.round(sums[3 * cell + c] / counts[cell]);
  const kept = Math.min(COLOURS, there.length);
  const nearest = new Uint8Array(CELLS);
  there.forEach((cell, rank) => {
    const own = [mean(cell, 0), mean(cell, 1), mean(cell, 2)];
    if (rank < kept) {
      table.set(own, 3 * rank);
      nearest[cell] = rank;
      return;
    }
    let least = Infinity;
    for (let i = 0; i < kept; i += 1) {
      const away = own.reduce((sum, one, c) => sum + (one - table[3 * i + c]) ** 2, 0);
      if (away < least) [least, nearest[cell]] = [away, i];
    }
  });
  return { table, pixels: cells.map((cell) => nearest[cell]) };
}

/**
 * Numbers below 256, packed by LZW in blocks as a GIF has them.
 * @param {ArrayLike<number>} pixels
 */
function packed(pixels) {
  const bytes = new Uint8Array(2 * pixels.length + 16);
  const follows = new Uint16Array(MOST * COLOURS); // the code of a code with one more colour
  let [at, held, bits, size, next] = [0, 0, 0, 9, END + 1];
  const put = (/** @type {number} */ code) => {
    held |= code << bits;
    for (bits += size; bits >= 8; bits -= 8) {
      bytes[at] = held & 255;
      at += 1;
      held >>>= 8;
    }
  };
  put(CLEAR);
  let code = pixels[0];
  for (let i = 1; i < pixels.length; i += 1) {
    const place = code * COLOURS + pixels[i];
    if (follows[place]) {
      code = follows[place];
    } else {
      put(code);
      if (next === MOST) {
        put(CLEAR);
        follows.fill(0);
        [size, next] = [9, END + 1];
      } else {
        if (next === 1 << size) size += 1;
        follows[place] = next;
        next += 1;
      }
      code = pixels[i];
    }
  }
  put(code);
  put(END);
  if (bits > 0) bytes[at] = held;
  const whole = bytes.subarray(0, at + Number(bits > 0));
  const blocks = [];
  for (let from = 0; from < whole.length; from += 255) {
    const block = whole.subarray(from, from + 255);
    blocks.push(Uint8Array.of(block.length), block);
  }
  return [...blocks, Uint8Array.of(0)];
}

/** @param {number} number */
const word = (number) => [number & 255, number >> 8];

export class Gif {
  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.size = [...word(width), ...word(height)];
    const again = [0x21, 0xff, 11, ...new TextEncoder().encode('NETSCAPE2.0'), 3, 1, 0, 0, 0];
    const head = [...new TextEncoder().encode('GIF89a'), ...this.size, 0x70, 0, 0, ...again];
    /** @type {Uint8Array[]} */
    this.parts = [Uint8Array.from(head)];
  }

  /**
   * @param {Uint8ClampedArray} rgba  row by row
   * @param {number} seconds  that it is shown
   */
  add(rgba, seconds) {
    const { table, pixels } = coloursOf(rgba);
    const shown = [0x21, 0xf9, 4, 4, ...word(Math.round(100 * seconds)), 0, 0];
    const place = [0x2c, 0, 0, 0, 0, ...this.size, 0x87];
    this.parts.push(Uint8Array.from([...shown, ...place]), table, Uint8Array.of(8));
    this.parts.push(...packed(pixels));
  }

  /** @returns {Blob} */
  done() {
    const parts = /** @type {BlobPart[]} */ ([...this.parts, Uint8Array.of(0x3b)]);
    return new Blob(parts, { type: 'image/gif' });
  }
}
