// What a point's colour means: each way to colour gives values in [0, 1], a scale and a legend.

import { CLASSES, INK } from './colours.js';

/** @import { ColourScale, Factor, Frame, Paint, Probes, Theme, Weights } from './types.d.ts' */

const EDGE = 0.03;
const NEIGHBOURS = 10; // that an image may agree with, where there are so many others

/**
 * The lowest end of every scale is the colour of points that take no part.
 * @param {string} none
 * @param {string[]} colours
 * @returns {ColourScale}
 */
function scaleOf(none, colours) {
  /** @type {ColourScale} */
  const stops = colours.map((colour, i) => [
    EDGE + ((1 - EDGE) * i) / (colours.length - 1),
    colour,
  ]);
  return [[0, none], [EDGE - 0.001, none], ...stops];
}

/**
 * @param {string} none
 * @param {string[]} colours
 * @returns {ColourScale}
 */
function stepsOf(none, colours) {
  /** @type {ColourScale} */
  const edges = colours.flatMap((colour, i) => [
    [EDGE + ((1 - EDGE) * i) / colours.length, colour],
    [EDGE + ((1 - EDGE) * (i + 1)) / colours.length, colour],
  ]);
  return [[0, none], [EDGE, none], ...edges];
}

/** @param {number} t */
const inside = (t) => EDGE + (1 - EDGE) * Math.min(1, Math.max(0.002, t));

/**
 * @param {number[]} values
 * @param {string[]} names
 * @param {Theme} theme
 * @param {number | null} only  the class that is lit up alone
 * @returns {Paint}
 */
function byClass(values, names, theme, only) {
  const hues = CLASSES[theme];
  const many = names.length > hues.length;
  const colours = many ? [INK[theme].none, hues[0]] : names.map((_, i) => hues[i]);
  /** @param {number} label */
  const place = (label) => {
    if (label < 0) return 0; // without a label: takes no part
    if (many) return label === only ? inside(0.75) : inside(0.25);
    if (only !== null && label !== only) return 0;
    return inside((label + 0.5) / colours.length);
  };
  return {
    values: Float32Array.from(values, place),
    scale: stepsOf(INK[theme].none, colours),
    shapes: many ? null : values.map((label) => Math.max(0, label)),
    legend: many
      ? { kind: 'text', text: `${names.length} classes: point at an image to light up its class` }
      : { kind: 'classes', names, colours, only },
  };
}

/**
 * @param {string} name
 * @param {Factor} factor
 * @param {Theme} theme
 * @param {number | null} only
 * @returns {Paint}
 */
function byFactor(name, factor, theme, only) {
  if (factor.kind === 'class') return byClass(factor.values, factor.names, theme, only);
  if (factor.kind === 'circular') {
    const light = theme === 'light' ? 46 : 62;
    const wheel = Array.from({ length: 13 }, (_, i) => `hsl(${(i * 30) % 360},72%,${light}%)`);
    return {
      values: Float32Array.from(factor.values, inside),
      scale: scaleOf(INK[theme].none, wheel),
      legend: { kind: 'ramp', colours: wheel, ticks: ['', name, ''] },
    };
  }
  const low = Math.min(...factor.values);
  const high = Math.max(...factor.values);
  const ends = [INK[theme].numberLow, INK[theme].numberHigh];
  return {
    values: Float32Array.from(factor.values, (v) => inside((v - low) / (high - low || 1))),
    scale: scaleOf(INK[theme].none, ends),
    legend: { kind: 'ramp', colours: ends, ticks: [`small ${name}`, '', 'large'] },
  };
}

/**
 * @param {Uint8Array} agreement
 * @param {number[]} labels
 * @param {Theme} theme
 * @returns {Paint}
 */
function byAgreement(agreement, labels, theme) {
  const ends = [INK[theme].agreeLow, INK[theme].agreeHigh];
  const most = Math.min(NEIGHBOURS, labels.length - 1);
  return {
    values: Float32Array.from(agreement, (v, i) => (labels[i] < 0 ? 0 : inside(v / 255))),
    scale: scaleOf(INK[theme].none, ends),
    legend: {
      kind: 'ramp',
      colours: ends,
      ticks: [`0 of ${most} neighbours`, 'share its class', String(most)],
    },
  };
}

/**
 * Whether neighbours can agree: where all images are of one class they could not do else.
 * @param {Probes} probes
 */
const canAgree = ({ class_names: names }) => names.length > 1;

/** @param {number} value */
function times(value) {
  return `${Number(value.toPrecision(2))}×`;
}

/**
 * Multiples of the uniform share: from the background to deep blue, on a log scale when few images
 * carry most of the weight; heavier points are larger, too.
 * @param {Pick<Weights, 'weight'>} answer
 * @param {Theme} theme
 * @param {Pick<Weights, 'weight'>[]} [all]  answers that share one scale
 * @returns {Paint}
 */
export function byWeight(answer, theme, all = [answer]) {
  let high = 1;
  let low = 1;
  for (const { weight } of all) {
    for (const w of weight) {
      if (w > high) high = w;
      if (w < low && w > 0) low = w;
    }
  }
  const log = high > 5;
  low = Math.max(low, high / 1000, 0.01);
  const hasLess = all.some(({ weight }) => weight.some((w) => w < low));
  const [a, b] = log ? [Math.log(low), Math.log(high)] : [0, high];
  /** @param {number} w */
  const place = (w) => ((log ? Math.log(Math.max(w, low)) : w) - a) / (b - a || 1);
  const ends = [INK[theme].low, INK[theme].repulsion, INK[theme].high];
  const taking = Float32Array.from(answer.weight, (w) => (Number.isNaN(w) ? -1 : place(w)));
  const one = place(1);
  return {
    values: taking.map((t) => (t < 0 ? 0 : inside(t))),
    sizes: taking.map((t) => (t < 0 ? 0.7 : 0.7 + 0.75 * t * t)),
    scale: scaleOf(INK[theme].none, ends),
    legend: {
      kind: 'ramp',
      colours: ends,
      title: 'weight as a negative, × uniform',
      ticks: [log ? `${hasLess ? '≤ ' : ''}${times(low)}` : '0×', '', times(high)],
      mark: one > 0.12 && one < 0.85 ? [one, '1×'] : null,
      note: log ? 'log scale' : '',
    },
  };
}

/**
 * Warm draws in, cool pushes away; the square root keeps the small ones visible.
 * @param {Pick<Weights, 'weight' | 'pull'>} answer
 * @param {Theme} theme
 * @param {Pick<Weights, 'pull'>[]} [all]  answers that share one scale
 * @returns {Paint}
 */
export function byPull(answer, theme, all = [answer]) {
  let most = 0;
  for (const { pull } of all) for (const p of pull) if (Math.abs(p) > most) most = Math.abs(p);
  const colours = [INK[theme].repulsion, INK[theme].middle, INK[theme].attraction];
  /** @param {number} p */
  const root = (p) => Math.sign(p) * Math.sqrt(Math.abs(p) / (most || 1));
  const out = Float32Array.from(answer.pull, (p, i) =>
    Number.isNaN(answer.weight[i]) ? NaN : root(p),
  );
  const end = Number(most.toPrecision(2));
  return {
    values: out.map((t) => (Number.isNaN(t) ? 0 : inside((t + 1) / 2))),
    sizes: out.map((t) => (Number.isNaN(t) ? 0.7 : 0.7 + 0.7 * t * t)),
    scale: scaleOf(INK[theme].none, colours),
    legend: {
      kind: 'ramp',
      colours,
      title: 'pull towards the query',
      ticks: [`−${end} pushed`, '0', `drawn in +${end}`],
      note: 'square-root scale',
    },
  };
}

/**
 * @param {string} colour  "class", "agreement", "weight", "pull" or "factor:NAME"
 * @param {object} of
 * @param {Probes} of.probes
 * @param {Pick<Frame, 'agreement'> | null} of.frame
 * @param {Pick<Weights, 'weight' | 'pull'> | null} of.answer
 * @param {Theme} of.theme
 * @param {number | null} [of.only]  the class that is lit up alone
 * @returns {Paint}
 */
export function paint(colour, { probes, frame, answer, theme, only = null }) {
  if (answer && colour === 'weight') return byWeight(answer, theme);
  if (answer && colour === 'pull') return byPull(answer, theme);
  if (colour === 'agreement' && frame?.agreement && canAgree(probes))
    return byAgreement(frame.agreement, probes.labels, theme); // else it is on its way
  const factor = colour.startsWith('factor:') ? probes.factors?.[colour.slice(7)] : null;
  if (factor) return byFactor(colour.slice(7), factor, theme, only);
  return byClass(probes.labels, probes.class_names, theme, only);
}

/**
 * What tells classes apart in a colour, null where it is of something else.
 * @param {string} colour
 * @param {Probes} probes
 */
function classesOf(colour, { labels, class_names: names, factors }) {
  if (colour === 'class') return { values: labels, names };
  const factor = colour.startsWith('factor:') ? factors?.[colour.slice(7)] : null;
  return factor?.kind === 'class' ? factor : null;
}

/**
 * The class that an image lights up alone where there are more classes than colours, else null.
 * @param {string} colour
 * @param {Probes} probes
 * @param {number} index
 */
export function litBy(colour, probes, index) {
  const classes = classesOf(colour, probes);
  const many = classes !== null && classes.names.length > CLASSES.light.length;
  return many ? classes.values[index] : null;
}

/**
 * The ways to colour, as value and name.
 * @param {Probes} probes
 * @returns {[string, string][]}
 */
export function colourOptions(probes) {
  /** @type {[string, string][]} */
  const factors = Object.keys(probes.factors ?? {}).map((name) => [`factor:${name}`, name]);
  /** @type {[string, string][]} */
  const offered = canAgree(probes) ? [['agreement', 'neighbours agree']] : [];
  return [
    ['class', 'class'],
    ...factors,
    ['weight', 'weight for the query'],
    ['pull', 'pull for the query'],
    ...offered,
  ];
}
