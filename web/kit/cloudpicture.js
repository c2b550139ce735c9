// The flat cloud as a picture that stands alone: with its title, what its colours mean, and its marks.

import { lengthOf, wrapped } from './chartsave.js';
import { LEVELS, palette } from './colours.js';
import { el } from './dom.js';
import { named, translated } from './language.js';
import { markOf } from './legend.js';
import { copied, FONT, PAPER } from './picture.js';
import { SHAPES } from './shapes.js';

/** @import { Cloud } from './cloud.js' */
/** @import { Legend } from './types.d.ts' */

const [EDGE, LINE] = [14, 18];
const [LETTER, MARK, GAP] = [7.2, 16, 10]; // px of the legend; the mark is with its room
const SMALL = { size: 11, letter: 6.8, line: 14 }; // of the note at the foot

/** @param {Cloud} cloud */
function dots(cloud) {
  const { plane, paint, at, theme } = cloud;
  if (!plane || !paint || !at || !cloud.frame) return [];
  if (cloud.images) {
    const [width, height] = plane.size();
    return [el('svg:image', { href: plane.canvas.toDataURL(), width, height })];
  }
  const colours = palette(paint.scale);
  const radius = plane.radius(cloud.frame.n, false);
  const rim = theme === 'dark' ? '#0e1117' : '#ffffff';
  return plane.order({ n: cloud.frame.n, paint }).flatMap((i) => {
    const place = plane.place(at[2 * i], at[2 * i + 1]);
    if (!place || Number.isNaN(place[0])) return [];
    const level = Math.min(LEVELS - 1, Math.max(0, Math.round(paint.values[i] * (LEVELS - 1))));
    const r = radius * (paint.sizes ? paint.sizes[i] : 1);
    return el('svg:path', {
      d: SHAPES[(paint.shapes?.[i] ?? 0) % SHAPES.length],
      transform: `translate(${place[0].toFixed(1)} ${place[1].toFixed(1)}) scale(${r.toFixed(2)})`,
      fill: colours[level],
      stroke: rim,
      'stroke-width': (0.7 / r).toFixed(3),
    });
  });
}

/**
 * Where names and their marks stand, in as many rows as they need.
 * @param {string[]} names
 * @param {number} width
 */
function inRows(names, width) {
  let [x, row] = [0, 0];
  return names.map((name) => {
    const wide = MARK + LETTER * lengthOf(named(name)) + GAP;
    if (x > 0 && x + wide > width) [x, row] = [0, row + 1];
    const place = { name, x, y: LINE * row };
    x += wide;
    return place;
  });
}

/**
 * What the colours mean, and the height of the last line of it.
 * @param {Legend} legend
 * @param {number} width
 * @param {string} ink
 * @param {boolean} round  of points on the sphere
 * @returns {{ parts: Element[], base: number }}
 */
function meaning(legend, width, ink, round) {
  /** @type {(words: string, x: number, anchor?: string, y?: number, translate?: 'no') => Element} */
  const text = (words, x, anchor = 'start', y = 34, translate) =>
    el('svg:text', {
      ...{ x, y, fill: ink, translate, 'font-size': 12, 'text-anchor': anchor },
      text: words,
    });
  const lines = (/** @type {string} */ words, /** @type {number} */ y) =>
    wrapped(translated(words), width, LETTER).map((line, i) =>
      text(line, 0, 'start', y + LINE * i),
    );
  if (legend.kind === 'text') {
    const parts = lines(legend.text, 34);
    return { parts, base: 34 + LINE * (parts.length - 1) };
  }
  if (legend.kind === 'classes') {
    const places = inRows(legend.names, width);
    const parts = places.flatMap(({ name, x, y }, i) => [
      el('svg:path', {
        ...markOf(legend.colours[i % legend.colours.length], i, round),
        transform: `translate(${6 + x} ${30 + y}) scale(5)`,
      }),
      text(name, MARK + x, 'start', 34 + y, 'no'),
    ]);
    return { parts, base: 34 + (places.at(-1)?.y ?? 0) };
  }
  const ramp = el(
    'svg:linearGradient',
    { id: 'ramp' },
    ...legend.colours.map((colour, i) =>
      el('svg:stop', { offset: i / (legend.colours.length - 1), 'stop-color': colour }),
    ),
  );
  const side = Math.min(300, width);
  const [low, middle, high] = legend.ticks;
  const title = lines(
    [legend.title, legend.note && `(${legend.note})`].filter(Boolean).join(' '),
    10,
  );
  const top = LINE * Math.max(0, title.length - 1);
  const parts = [
    el('svg:defs', {}, ramp),
    el('svg:rect', { y: top + 16, width: side, height: 7, rx: 3, fill: 'url(#ramp)' }),
    ...title,
    text(low, 0, 'start', top + 38),
    text(middle, side / 2, 'middle', top + 38),
    text(high, side, 'end', top + 38),
  ];
  return { parts, base: top + 38 };
}

/** A cloud in space as it is seen now, as an image. */
/** @typedef {{ href: string, width: number, height: number }} Photo */

/**
 * @param {HTMLElement} plot  that plotly drew
 * @returns {Promise<Photo>}
 */
export async function photographed(plot) {
  const size = { width: plot.clientWidth, height: plot.clientHeight };
  const href = await window.Plotly.toImage(plot, { format: 'png', scale: 2, ...size });
  return { href, ...size };
}

/**
 * The cloud as it stands in the picture: its size, and marks.
 * @param {Cloud} cloud
 * @param {Photo | null} photo
 */
function seen(cloud, photo) {
  const { plane, over, under } = cloud;
  if (photo) {
    const { width, height } = photo;
    return { width, height, marks: [el('svg:image', photo)] };
  }
  if (!plane) return null;
  const [width, height] = plane.size();
  const below = under.width ? [el('svg:image', { href: under.toDataURL(), width, height })] : [];
  return { width, height, marks: [...below, ...dots(cloud), ...copied(over)] };
}

/**
 * The picture, and its size in pixels of the page; null while there is no cloud.
 * @param {Cloud} cloud
 * @param {string} title
 * @param {string} note  how it is laid out
 * @param {Photo | null} [photo]  of a cloud that is not flat
 */
export function cloudPicture(cloud, title, note, photo = null) {
  const { paint, theme } = cloud;
  const shown = seen(cloud, photo);
  if (!shown || !paint) return null;
  const { width, height, marks } = shown;
  const lines = wrapped(translated(title), width);
  const head = EDGE + LINE * lines.length;
  const [paper, ink, soft] = PAPER[theme];
  const { parts, base } = meaning(paint.legend, width - 2 * EDGE, soft, photo !== null);
  const magnified = cloud.told?.hidden === false ? (cloud.told.textContent ?? '') : '';
  const told = [note, magnified].filter(Boolean).map((one) => translated(one));
  const notes = wrapped(told.join('; '), width, SMALL.letter);
  const foot = base + EDGE + SMALL.line * notes.length + EDGE;
  const size = { width, height: height + head + foot };
  const at = (/** @type {number} */ x, /** @type {number} */ y) => `translate(${x} ${y})`;
  const picture = el(
    'svg:svg',
    {
      ...size,
      viewBox: `0 0 ${size.width} ${size.height}`,
      'font-family': FONT,
      xmlns: 'http://www.w3.org/2000/svg',
    },
    el('svg:rect', { ...size, fill: paper }),
    ...lines.map((text, i) =>
      el('svg:text', {
        x: EDGE,
        y: EDGE + LINE * i + 8,
        fill: ink,
        'font-size': 14,
        'font-weight': 'bold',
        text,
      }),
    ),
    el(
      'svg:svg', // what lies outside is cut, as it is by the cloud's own edge
      { y: head, width, height, overflow: 'hidden' },
      ...marks,
    ),
    el(
      'svg:g',
      { transform: at(EDGE, head + height) },
      ...parts,
      ...notes.map((text, i) =>
        el('svg:text', {
          y: base + EDGE + SMALL.line * (i + 1) - 4,
          fill: soft,
          'font-size': SMALL.size,
          text,
        }),
      ),
    ),
  );
  return { picture, ...size };
}
