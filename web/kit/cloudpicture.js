// The flat cloud as a picture that stands alone: with its title, what its colours mean, and its marks.

import { wrapped } from './chartsave.js';
import { LEVELS, palette } from './colours.js';
import { el } from './dom.js';
import { translated } from './language.js';
import { copied, FONT, PAPER } from './picture.js';
import { SHAPES } from './shapes.js';

/** @import { Cloud } from './cloud.js' */
/** @import { Legend } from './types.d.ts' */

const [EDGE, LINE, FOOT] = [14, 18, 72];

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
 * @param {Legend} legend
 * @param {number} width
 * @param {string} ink
 */
function meaning(legend, width, ink) {
  const text = (/** @type {string} */ words, /** @type {number} */ x, anchor = 'start', y = 34) =>
    el('svg:text', { x, y, fill: ink, 'font-size': 12, 'text-anchor': anchor, text: words });
  if (legend.kind === 'text') return [text(legend.text, 0)];
  if (legend.kind === 'classes') {
    const step = Math.min(110, width / Math.max(1, legend.names.length));
    return legend.names.flatMap((name, i) => [
      el('svg:path', {
        d: SHAPES[i % SHAPES.length],
        transform: `translate(${6 + i * step} 30) scale(5)`,
        fill: legend.colours[i % legend.colours.length],
      }),
      text(name, 16 + i * step),
    ]);
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
  return [
    el('svg:defs', {}, ramp),
    el('svg:rect', { y: 16, width: side, height: 7, rx: 3, fill: 'url(#ramp)' }),
    text(
      [legend.title, legend.note && `(${legend.note})`].filter(Boolean).join(' '),
      0,
      'start',
      10,
    ),
    text(low, 0, 'start', 38),
    text(middle, side / 2, 'middle', 38),
    text(high, side, 'end', 38),
  ];
}

/**
 * The picture, and its size in pixels of the page; null for a cloud that is not flat.
 * @param {Cloud} cloud
 * @param {string} title
 * @param {string} note  how it is laid out
 */
export function cloudPicture(cloud, title, note) {
  const { plane, paint, theme } = cloud;
  if (!plane || !paint) return null;
  const [width, height] = plane.size();
  const lines = wrapped(translated(title), width);
  const head = EDGE + LINE * lines.length;
  const [paper, ink, soft] = PAPER[theme];
  const size = { width, height: height + head + FOOT };
  const at = (/** @type {number} */ x, /** @type {number} */ y) => `translate(${x} ${y})`;
  const under = cloud.under.width
    ? [el('svg:image', { href: cloud.under.toDataURL(), width, height })]
    : [];
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
    el('svg:g', { transform: at(0, head) }, ...under, ...dots(cloud), ...copied(cloud.over)),
    el(
      'svg:g',
      { transform: at(EDGE, head + height) },
      ...meaning(paint.legend, width - 2 * EDGE, soft),
      el('svg:text', { y: 60, fill: soft, 'font-size': 11, text: note }),
    ),
  );
  return { picture, ...size };
}
