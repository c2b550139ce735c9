// The colours of both themes, and how scales are read off them.

/** @import { ColourScale, Theme } from './types.d.ts' */

/** @type {Record<Theme, Record<string, string>>} */
export const INK = {
  light: {
    ink: '#111111',
    attraction: '#D55E00',
    repulsion: '#0072B2',
    synthetic: '#7B3FA0',
    warning: '#B00020',
    none: '#D5D8DC',
    paper: '#FFFFFF',
    low: '#DFE9F1',
    high: '#00568A',
    agreeLow: '#E3D9C6',
    agreeHigh: '#0E7C66',
    middle: '#D9D9D9',
    numberLow: '#E2DFCF',
    numberHigh: '#5F6B1F',
  },
  dark: {
    ink: '#FFFFFF',
    attraction: '#F0894A',
    repulsion: '#56B4E9',
    synthetic: '#C39BD3',
    warning: '#FF6B6B',
    none: '#3A4048',
    paper: '#0E1117',
    low: '#26323D',
    high: '#8FD3FF',
    agreeLow: '#4A4234',
    agreeHigh: '#4FD6B5',
    middle: '#4A4F57',
    numberLow: '#3D3F33',
    numberHigh: '#D6E07A',
  },
};

// Ten hues that keep clear of the warm, cool and purple of attraction, repulsion and synthetics. Of
// the first eight any two differ by 11 (CIEDE2000), to people who see no red, green or blue as well.
/** @type {Record<Theme, string[]>} */
export const CLASSES = {
  light: [
    '#13968C',
    '#DAA620',
    '#CF5981',
    '#7C8A22',
    '#4560BC',
    '#926A51',
    '#6DC083',
    '#8F90C7',
    '#59656F',
    '#E08FA0',
  ],
  dark: [
    '#2AB6A8',
    '#EBC049',
    '#FF73A6',
    '#8AA007',
    '#4B80D6',
    '#C2926F',
    '#90E5A0',
    '#AFAFEA',
    '#98A5B0',
    '#F2A9B7',
  ],
};

export const LEVELS = 256;

/** @param {string} colour  #rrggbb */
function rgb(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/**
 * @param {string} a
 * @param {string} b
 * @param {number} share  of b
 */
export function mix(a, b, share) {
  const [x, y] = [rgb(a), rgb(b)];
  return `rgb(${x.map((c, i) => Math.round(c + (y[i] - c) * share)).join(',')})`;
}

/**
 * The colours of a scale, evenly spaced: read off a gradient the browser has drawn.
 * @param {ColourScale} scale
 */
export function palette(scale) {
  const canvas = document.createElement('canvas');
  canvas.width = LEVELS;
  canvas.height = 1;
  const pen = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext('2d', { willReadFrequently: true })
  );
  const gradient = pen.createLinearGradient(0.5, 0, LEVELS - 0.5, 0);
  for (const [at, colour] of scale) gradient.addColorStop(Math.min(1, Math.max(0, at)), colour);
  pen.fillStyle = gradient;
  pen.fillRect(0, 0, LEVELS, 1);
  const { data } = pen.getImageData(0, 0, LEVELS, 1);
  return Array.from(
    { length: LEVELS },
    (_, i) => `rgb(${data[4 * i]},${data[4 * i + 1]},${data[4 * i + 2]})`,
  );
}

/**
 * How light a colour is, from 0 to 255.
 * @param {string} text  as the browser writes it
 */
function channel(text) {
  const numbers = text.match(/[\d.]+/g)?.map(Number) ?? [255, 255, 255];
  return 0.299 * numbers[0] + 0.587 * numbers[1] + 0.114 * numbers[2];
}

/**
 * @param {Element} node
 * @returns {Theme}
 */
export function themeOf(node) {
  const probe = document.createElement('span');
  const forced = window.matchMedia('(forced-colors: active)').matches;
  probe.style.forcedColorAdjust = 'none';
  probe.style.color = forced ? 'Canvas' : 'var(--st-background-color, #fff)';
  node.append(probe);
  const theme = channel(getComputedStyle(probe).color) < 128 ? 'dark' : 'light';
  probe.remove();
  return theme;
}
