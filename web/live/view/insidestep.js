// The sixth stage: where the loss would have the points go, and where the step takes them.

import { digits, el, fillRows, segmented, setAttribute, setText } from '../../kit/dom.js';
import { arrowPath, frameOf } from './insideframe.js';
import { PairTable } from './insidepairs.js';
import { nameOf, partsOf, setPicture } from './insideupdate.js';

/** @import { InsidePair, InsideQueryAnswer } from '../../kit/messages.d.ts' */
/** @import { Frame } from './insideframe.js' */
/** @import { Update } from './insideupdate.js' */

const still = window.matchMedia('(prefers-reduced-motion: reduce)');
const REACH = 0.22; // of the picture that the query's pull is drawn as long as
const GLIDE = 1600;
const NEAR = 8; // of the picture's 200, within which a point is under the hand

/** @type {[value: string, text: string][]} */
const WHEN = [
  ['before', 'before the step'],
  ['after', 'after it'],
];

export class InsideStep {
  /** @type {Update | null} */
  update = null;
  /** @type {Frame} */
  frame = { x: 0, y: 0, half: 1, times: 1 };
  query = 0;
  /** How far the points have gone, from 0 to 1. */
  gone = 0;
  running = 0;
  /** The listed pairs that are with a view, by its number. */
  /** @type {Map<number, InsidePair>} */
  pairs = new Map();

  /** @param {(query: number) => void} choose */
  constructor(choose) {
    this.pick = choose;
    this.when = segmented('Places', WHEN, (when) => this.glide(when === 'after' ? 1 : 0));
    this.ring = el('svg:circle', { class: 'ring', cx: 0, cy: 0 });
    this.ways = el('svg:path', { class: 'ways' });
    this.pulls = el('svg:g', { class: 'pulls' });
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
      this.pulls,
      this.dots,
      this.arrow,
      this.way,
    );
    this.spot = el('svg:circle', { class: 'pointed-dot', r: 0 });
    this.picture.append(this.spot);
    this.thumb = el('span', { class: 'thumb' });
    this.named = el('p', { class: 'pair-named' });
    this.picture.addEventListener('pointermove', (event) => this.point(this.nearest(event)));
    this.picture.addEventListener('pointerleave', () => this.point(null));
    this.picture.addEventListener('click', (event) => {
      const sample = this.nearest(event);
      if (sample !== null) this.pick(sample);
    });
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
        el('div', { class: 'pointed' }, this.thumb, this.named),
        el(
          'p',
          { class: 'matrix-legend' },
          ...[
            ['query', 'the query'],
            ['positive', 'its positives'],
            ['negative', 'its heaviest negatives'],
            ['in', 'pulls together'],
            ['out', 'pushes apart, thick is hard'],
            ['push', 'where all of it pulls the query'],
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
    this.pairs = new Map();
    this.draw();
    this.point(null);
  }

  /** @param {InsideQueryAnswer} answer */
  setQuery(answer) {
    const { update } = this;
    if (!update) return;
    this.table.set(update, answer);
    this.pairs = new Map();
    for (const pair of answer.pairs)
      if (pair.item !== null) this.pairs.set((pair.view ?? 0) * update.batch.n + pair.item, pair);
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
        const kind = sample === query ? 'query' : (this.pairs.get(sample)?.kind ?? 'other');
        setAttribute(dot, 'cx', x.toFixed(2));
        setAttribute(dot, 'cy', y.toFixed(2));
        setAttribute(dot, 'r', kind === 'query' ? 3.4 : kind === 'other' ? 1.2 : 2.2);
        setAttribute(dot, 'data-kind', kind);
      },
    );
    this.drawPulls();
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

  // From the query to each listed pair, the thicker the harder the pull; its colour says which way.
  drawPulls() {
    const [x, y] = this.place(this.query, this.gone);
    const most = Math.max(...[...this.pairs.values()].map(({ pull }) => Math.abs(pull)), 1e-12);
    const make = () => el('svg:line', {});
    fillRows(this.pulls, [...this.pairs], make, (node, [sample, { pull }]) => {
      const [a, b] = this.place(sample, this.gone);
      const ends = { x1: x, y1: y, x2: a, y2: b };
      for (const [name, value] of Object.entries(ends)) setAttribute(node, name, value.toFixed(2));
      setAttribute(node, 'data-sign', pull > 0 ? 'in' : 'out');
      setAttribute(node, 'stroke-width', (0.25 + 2 * Math.sqrt(Math.abs(pull) / most)).toFixed(2));
    });
  }

  /**
   * The sample nearest to the hand, where one is near.
   * @param {MouseEvent} event
   */
  nearest({ clientX, clientY }) {
    const box = this.picture.getBoundingClientRect();
    const [x, y] = [
      ((clientX - box.left) / box.width) * 200 - 100,
      ((clientY - box.top) / box.height) * 200 - 100,
    ];
    let [found, least] = [/** @type {number | null} */ (null), NEAR];
    for (let sample = 0; sample < this.dots.children.length; sample += 1) {
      const [a, b] = this.place(sample, this.gone);
      const far = Math.hypot(a - x, b - y);
      if (far < least) [found, least] = [sample, far];
    }
    return found;
  }

  /** @param {number | null} sample */
  point(sample) {
    const { update } = this;
    if (!update) return;
    const shown = sample ?? this.query;
    const { item, view } = partsOf(update, shown);
    setPicture(this.thumb, update, item, view);
    setText(
      this.named,
      shown === this.query ? `${nameOf(update, shown)}, the query` : nameOf(update, shown),
    );
    const [x, y] = this.place(shown, this.gone);
    setAttribute(this.spot, 'cx', x.toFixed(2));
    setAttribute(this.spot, 'cy', y.toFixed(2));
    setAttribute(this.spot, 'r', sample === null ? 0 : 4.6);
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
