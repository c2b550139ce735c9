// What a point's colour means: each way to colour gives values in [0, 1], a scale and a legend.

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

const EDGE = 0.03;
export const LEVELS = 256;

function rgb(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

export function mix(a, b, share) {
  const [x, y] = [rgb(a), rgb(b)];
  return `rgb(${x.map((c, i) => Math.round(c + (y[i] - c) * share)).join(',')})`;
}

// The lowest end of every scale is the colour of points that take no part.
function scaleOf(none, colours) {
  const stops = colours.map((colour, i) => [
    EDGE + ((1 - EDGE) * i) / (colours.length - 1),
    colour,
  ]);
  return [[0, none], [EDGE - 0.001, none], ...stops];
}

function stepsOf(none, colours) {
  const edges = colours.flatMap((colour, i) => [
    [EDGE + ((1 - EDGE) * i) / colours.length, colour],
    [EDGE + ((1 - EDGE) * (i + 1)) / colours.length, colour],
  ]);
  return [[0, none], [EDGE, none], ...edges];
}

// The colours of a scale, evenly spaced: read off a gradient the browser has drawn.
export function palette(scale) {
  const canvas = document.createElement('canvas');
  canvas.width = LEVELS;
  canvas.height = 1;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
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

const inside = (t) => EDGE + (1 - EDGE) * Math.min(1, Math.max(0.002, t));

function byClass(values, names, theme, only) {
  const hues = CLASSES[theme];
  const many = names.length > hues.length;
  const colours = many ? [INK[theme].none, hues[0]] : names.map((_, i) => hues[i]);
  const place = (label) => {
    if (many) return label === only ? inside(0.75) : inside(0.25);
    return only !== null && label !== only ? 0 : inside((label + 0.5) / colours.length);
  };
  return {
    values: Float32Array.from(values, place),
    scale: stepsOf(INK[theme].none, colours),
    shapes: many ? null : values,
    legend: many
      ? { kind: 'text', text: `${names.length} classes: point at an image to light up its class` }
      : { kind: 'classes', names, colours, only },
  };
}

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

function byAgreement(frame, theme) {
  const ends = [INK[theme].agreeLow, INK[theme].agreeHigh];
  return {
    values: Float32Array.from(frame.agreement, (v) => inside(v / 255)),
    scale: scaleOf(INK[theme].none, ends),
    legend: { kind: 'ramp', colours: ends, ticks: ['0 of 10 neighbours', 'share its class', '10'] },
  };
}

function times(value) {
  return `${Number(value.toPrecision(2))}×`;
}

// Multiples of the uniform share: from the background to deep blue, on a log scale when few
// images carry most of the weight; heavier points are larger, too. `all` share one scale.
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
  const [a, b] = log ? [Math.log(low), Math.log(high)] : [0, high];
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
      ticks: [times(log ? low : 0), '', times(high)],
      mark: one > 0.12 && one < 0.85 ? [one, '1×'] : null,
      note: log ? 'log scale' : '',
    },
  };
}

// Warm draws in, cool pushes away; the square root keeps the small ones visible.
export function byPull(answer, theme, all = [answer]) {
  let most = 0;
  for (const { pull } of all) for (const p of pull) if (Math.abs(p) > most) most = Math.abs(p);
  const colours = [INK[theme].repulsion, INK[theme].middle, INK[theme].attraction];
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

// `colour` is "class", "agreement", "weight", "pull" or "factor:NAME".
export function paint(colour, { probes, frame, answer, theme, only = null }) {
  if (answer && colour === 'weight') return byWeight(answer, theme);
  if (answer && colour === 'pull') return byPull(answer, theme);
  if (colour === 'agreement' && frame.agreement) return byAgreement(frame, theme); // else it is on its way
  const factor = colour.startsWith('factor:') && probes.factors[colour.slice(7)];
  if (factor) return byFactor(colour.slice(7), factor, theme, only);
  return byClass(probes.labels, probes.class_names, theme, only);
}

export function colourOptions(probes) {
  return [
    ['class', 'class'],
    ...Object.keys(probes.factors ?? {}).map((name) => [`factor:${name}`, name]),
    ['weight', 'weight for the query'],
    ['pull', 'pull for the query'],
    ['agreement', 'neighbours agree'],
  ];
}

function channel(text) {
  const numbers = text.match(/[\d.]+/g)?.map(Number) ?? [255, 255, 255];
  return 0.299 * numbers[0] + 0.587 * numbers[1] + 0.114 * numbers[2];
}

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
