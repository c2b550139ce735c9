// The sixth stage: where the loss would have the points go, and where the step takes them.

import { digits, el, fillRows, segmented, setAttribute, setText } from '../../kit/dom.js';
import { PairTable } from './insideupdate.js';

/** @import { InsideQueryAnswer } from '../../kit/messages.d.ts' */
/** @import { Update } from './insideupdate.js' */

const still = window.matchMedia('(prefers-reduced-motion: reduce)');
const TIMES = [1, 2, 5, 10, 20, 50];
const SEEN = 0.05; // of the picture's width that the middle point is to move
const REACH = 0.22; // of the picture that the query's pull is drawn as long as
const GLIDE = 1600;

/** @type {[value: string, text: string][]} */
const WHEN = [
  ['before', 'before the step'],
  ['after', 'after it'],
];

/** @typedef {{ x: number, y: number, half: number, times: number }} Frame */

/**
 * The middle and half the width of all places, and how many times as far their ways are drawn.
 * @param {Update} update
 * @returns {Frame}
 */
function frameOf({ arrays: { before, after }, flat }) {
  const xs = before.filter((_, i) => i % 2 === 0);
  const ys = before.filter((_, i) => i % 2 === 1);
  const span = (/** @type {Float32Array} */ all) => [Math.min(...all), Math.max(...all)];
  const [[left, right], [low, high]] = flat
    ? [
        [-1, 1],
        [-1, 1],
      ]
    : [span(xs), span(ys)];
  const half = (Math.max(right - left, high - low) / 2 || 1) * 1.14;
  const ways = [...xs].map((x, i) => Math.hypot(after[2 * i] - x, after[2 * i + 1] - ys[i]));
  const middle = ways.sort((a, b) => a - b)[Math.floor(ways.length / 2)] || 1;
  const wanted = (SEEN * 2 * half) / middle;
  const times = flat ? 1 : (TIMES.findLast((one) => one <= wanted) ?? 1);
  return { x: (left + right) / 2, y: (low + high) / 2, half, times };
}

export class InsideStep {
  /** @type {Update | null} */
  update = null;
  /** @type {Frame} */
  frame = { x: 0, y: 0, half: 1, times: 1 };
  query = 0;
  /** How far the points have gone, from 0 to 1. */
  gone = 0;
  running = 0;
  /** @type {Map<number, string>} */
  kinds = new Map();

  /** @param {(query: number) => void} choose */
  constructor(choose) {
    this.pick = choose;
    this.when = segmented('Places', WHEN, (when) => this.glide(when === 'after' ? 1 : 0));
    this.ring = el('svg:circle', { class: 'ring', cx: 0, cy: 0 });
    this.ways = el('svg:path', { class: 'ways' });
    this.dots = el('svg:g', { class: 'dots' });
    this.arrow = el('svg:path', { class: 'push' });
    this.way = el('svg:path', { class: 'way' });
    this.picture = el(
      'svg:svg',
      {
        viewBox: '-100 -100 200 200',
        role: 'img',
        'aria-label': 'Points before and after the step',
      },
      this.ring,
      this.ways,
      this.dots,
      this.arrow,
      this.way,
    );
    this.scale = el('p', { class: 'note' });
    this.norms = el('ul', { class: 'norms' });
    this.table = new PairTable('step', 'Distances of the query before and after the step', choose);
    this.node = el(
      'div',
      { class: 'inside-step' },
      el(
        'div',
        { class: 'plane-side' },
        this.when,
        this.picture,
        el(
          'p',
          { class: 'matrix-legend' },
          ...[
            ['query', 'the query'],
            ['positive', 'its positives'],
            ['negative', 'its heaviest negatives'],
            ['push', 'where the loss pulls it'],
            ['way', 'where the step takes it'],
          ].map(([kind, text]) => el('span', { 'data-kind': kind }, el('i', {}), text)),
        ),
        this.scale,
      ),
      el(
        'div',
        { class: 'step-side' },
        this.table.node,
        el('h4', { text: 'Length of the gradient, layer by layer' }),
        this.norms,
      ),
    );
    this.when.choose('before');
  }

  /** @param {Update} update */
  setUpdate(update) {
    this.update = update;
    this.frame = frameOf(update);
    const { times, half } = this.frame;
    setAttribute(this.ring, 'r', update.flat ? 100 / half : 0);
    const far = times > 1 ? `Ways are drawn ${times} times as long as they are. ` : '';
    setText(
      this.scale,
      `${far}The arrow of the pull shows its direction; its length is in the text.`,
    );
    const most = Math.max(...update.norms.map(({ norm }) => norm), 1e-12);
    const make = () => {
      const parts = { words: el('span', {}), value: el('b', {}), bar: el('i', {}) };
      return Object.assign(
        el('li', {}, parts.words, el('span', { class: 'bar' }, parts.bar), parts.value),
        { parts },
      );
    };
    fillRows(this.norms, update.norms, make, (node, { words, norm }, i) => {
      setText(node.parts.words, words);
      setText(node.parts.value, digits(norm));
      node.parts.bar.style.width = `${(100 * norm) / most}%`;
      node.style.setProperty('--i', String(6 * i));
    });
    this.draw();
  }

  /** @param {number} query */
  choose(query) {
    this.query = query;
    this.kinds = new Map();
    this.draw();
  }

  /** @param {InsideQueryAnswer} answer */
  setQuery(answer) {
    const { update } = this;
    if (!update) return;
    this.table.set(update, answer);
    this.kinds = new Map(
      answer.pairs
        .filter(({ item }) => item !== null)
        .map(({ item, view, kind }) => [(view ?? 0) * update.batch.n + (item ?? 0), kind]),
    );
    this.draw();
  }

  /**
   * A place on the picture, so far along its way.
   * @param {number} sample
   * @param {number} gone
   */
  place(sample, gone) {
    const { x, y, half, times } = this.frame;
    const { before, after } = /** @type {Update} */ (this.update).arrays;
    const at = (/** @type {number} */ i) => before[i] + times * gone * (after[i] - before[i]);
    return [(100 * (at(2 * sample) - x)) / half, (-100 * (at(2 * sample + 1) - y)) / half];
  }

  draw() {
    const { update, query } = this;
    if (!update) return;
    const samples = Array.from({ length: update.arrays.before.length / 2 }, (_, i) => i);
    fillRows(
      this.dots,
      samples,
      () => el('svg:circle', {}),
      (dot, sample) => {
        const [x, y] = this.place(sample, this.gone);
        const kind = sample === query ? 'query' : (this.kinds.get(sample) ?? 'other');
        setAttribute(dot, 'cx', x.toFixed(2));
        setAttribute(dot, 'cy', y.toFixed(2));
        setAttribute(dot, 'r', kind === 'query' ? 3.4 : kind === 'other' ? 1.2 : 2.2);
        setAttribute(dot, 'data-kind', kind);
      },
    );
    const line = (/** @type {number} */ sample) => {
      const [[a, b], [c, d]] = [this.place(sample, 0), this.place(sample, 1)];
      return `M${a.toFixed(2)} ${b.toFixed(2)}L${c.toFixed(2)} ${d.toFixed(2)}`;
    };
    setAttribute(this.ways, 'd', samples.map(line).join(''));
    const [from, to] = [this.place(query, 0), this.place(query, 1)];
    setAttribute(this.way, 'd', arrowPath(from, to));
    const [dx, dy] = [update.arrays.push[2 * query], -update.arrays.push[2 * query + 1]];
    const long = Math.hypot(dx, dy) || 1;
    const tip = [from[0] + (200 * REACH * dx) / long, from[1] + (200 * REACH * dy) / long];
    setAttribute(this.arrow, 'd', arrowPath(from, tip));
  }

  /** @param {number} to */
  glide(to) {
    cancelAnimationFrame(this.running);
    this.when.choose(to ? 'after' : 'before');
    const [from, began] = [this.gone, performance.now()];
    const move = () => {
      const t = still.matches ? 1 : Math.min(1, (performance.now() - began) / GLIDE);
      this.gone = from + (to - from) * t * t * (3 - 2 * t);
      this.draw();
      if (t < 1) this.running = requestAnimationFrame(move);
    };
    move();
  }

  begin() {
    cancelAnimationFrame(this.running);
    this.gone = 0;
    this.when.choose('before');
    this.draw();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.glide(1), still.matches ? 0 : 1800);
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  later = undefined;

  rest() {
    clearTimeout(this.later);
    cancelAnimationFrame(this.running);
  }
}

/**
 * A line with a head at its end.
 * @param {number[]} from
 * @param {number[]} to
 */
function arrowPath([a, b], [c, d]) {
  const [dx, dy] = [c - a, d - b];
  const long = Math.hypot(dx, dy);
  if (long < 0.5) return '';
  const [ux, uy] = [dx / long, dy / long];
  const head = Math.min(5, 0.4 * long);
  /** @type {(side: number) => string} */
  const wing = (side) =>
    `${(c - head * ux + 0.55 * side * head * uy).toFixed(2)} ${(d - head * uy - 0.55 * side * head * ux).toFixed(2)}`;
  return `M${a.toFixed(2)} ${b.toFixed(2)}L${c.toFixed(2)} ${d.toFixed(2)}M${wing(1)}L${c.toFixed(2)} ${d.toFixed(2)}L${wing(-1)}`;
}
