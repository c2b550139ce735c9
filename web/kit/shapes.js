// A shape for each class, so that colour is never the only way to tell them apart.

// Outlines about the origin, all of about the area of the circle of radius 1, as SVG paths.
export const SHAPES = [
  'M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z',
  'M-.89-.89h1.78v1.78h-1.78z',
  'M0-1.25 1.2.85h-2.4z',
  'M0-1.28 1.28 0 0 1.28-1.28 0z',
  'M-.4-1.25h.8v.85h.85v.8h-.85v.85h-.8v-.85h-.85v-.8h.85z',
  'M0 1.25-1.2-.85h2.4z',
  'M-1.12 0-.56-.97h1.12l.56.97-.56.97h-1.12z',
  'M-.88-1.32 0-.44.88-1.32 1.32-.88.44 0 1.32.88.88 1.32 0 .44-.88 1.32-1.32.88-.44 0-1.32-.88z',
  'M-1.5-.52h3v1.04h-3z',
  'M-.52-1.5h1.04v3h-1.04z',
];

// What plotly has for points of the sphere, in the same order as far as it goes. Its own x is a
// character that many fonts lack, so that one is drawn as text.
export const CROSS = '×';
export const SYMBOLS = [
  'circle',
  'square',
  'diamond-open',
  'diamond',
  'cross',
  'square-open',
  'circle-open',
  CROSS,
  'circle',
  'square',
];

// How those look: the outline, and whether it is hollow.
/** @type {Record<string, number>} */
const SHAPE_OF = { circle: 0, square: 1, diamond: 3, cross: 4, [CROSS]: 7 };
export const SOLIDS = SYMBOLS.map((symbol) => {
  const [name, hollow] = symbol.split('-');
  return {
    path: SHAPES[SHAPE_OF[name]],
    hollow: Boolean(hollow),
  };
});
