// What the stages of an update share: the update itself, its pictures, and the table of a query's pairs.

import { digits, el, fillRows, setAttribute, setText, setThumb, signed } from '../../kit/dom.js';

/** @import { InsideAnswer, InsidePair, InsideQueryAnswer } from '../../kit/messages.d.ts' */
/** @import { Theme } from '../../kit/types.d.ts' */

/**
 * An update with its arrays, by name.
 * @typedef {Omit<InsideAnswer, 'arrays'> & { arrays: Record<string, Float32Array> }} Update
 */

/**
 * One of the six stages.
 * @typedef {object} Stage
 * @property {HTMLElement} node
 * @property {(update: Update, theme: Theme) => void} setUpdate
 * @property {(query: number) => void} choose  another sample is the query, its answer on the way
 * @property {(answer: InsideQueryAnswer) => void} setQuery
 * @property {() => void} begin  it is shown from now on
 * @property {() => void} rest  it is not
 */

/**
 * The picture of an image of the batch, or of one of its views.
 * @param {HTMLElement} node
 * @param {Update} update
 * @param {number} item
 * @param {number | null} [view]
 */
export function setPicture(node, { batch }, item, view = null) {
  const { n, columns, tile, images, views } = batch;
  const probes = { n, columns, tile, labels: [], class_names: [] };
  setThumb(node, { probes: images, views }, probes, item, view);
}

/**
 * Which image and which view a sample is.
 * @param {Update} update
 * @param {number} sample
 */
export function partsOf({ batch }, sample) {
  return { item: sample % batch.n, view: Math.floor(sample / batch.n) };
}

/**
 * @param {Update} update
 * @param {number} sample
 */
export function nameOf(update, sample) {
  const { item, view } = partsOf(update, sample);
  return `image ${item + 1} (${update.batch.classes[item]}), view ${view + 1}`;
}

/** @typedef {'distance' | 'weight' | 'step'} Columns */

/** @type {Record<Columns, string[]>} */
const HEADS = {
  distance: ['', 'pair', 'distance d', ''],
  weight: ['', 'pair', 'd', 'weight', 'pull', ''],
  step: ['', 'pair', 'd before', 'd after', 'change', ''],
};
const KIND = { positive: '●', negative: '○', synthetic: '◇', queued: '▤' };

/**
 * @param {Update} update
 * @param {InsidePair} pair
 */
function wordsOf(update, pair) {
  if (pair.kind === 'synthetic') {
    const parents = pair.parents.map((sample) => {
      const { item, view } = partsOf(update, sample);
      return `${item + 1}, view ${view + 1}`;
    });
    return parents.length ? `mixed of image ${parents.join(' and ')}` : 'mixed of queued keys';
  }
  if (pair.kind === 'queued') return 'a key of the queue';
  const view = `view ${(pair.view ?? 0) + 1}`;
  return pair.kind === 'positive' ? view : `${pair.class}, ${view}`;
}

/**
 * @param {Columns} columns
 * @param {InsidePair} pair
 */
function numbersOf(columns, { distance, weight, pull, after }) {
  if (columns === 'distance') return [digits(distance)];
  if (columns === 'weight') return [digits(distance), digits(weight), signed(pull)];
  const change = after === null ? '–' : signed(after - distance);
  return [digits(distance), digits(after), change];
}

/** The pairs of a query: positives, negatives and synthetics, heaviest first. */
export class PairTable {
  /**
   * @param {Columns} columns
   * @param {string} caption
   * @param {(query: number) => void} choose
   */
  constructor(columns, caption, choose) {
    this.columns = columns;
    this.choose = choose;
    this.body = el('tbody', {});
    const heads = HEADS[columns].map((text, i) =>
      text || i === 0
        ? el('th', { scope: 'col', class: i > 1 ? 'number' : null, text: text || 'kind' })
        : el('td', {}),
    );
    this.rest = el('p', { class: 'note' });
    this.node = el(
      'div',
      { class: 'pair-table' },
      el(
        'table',
        {},
        el('caption', { text: caption }),
        el('thead', {}, el('tr', {}, ...heads)),
        this.body,
      ),
      this.rest,
    );
  }

  /**
   * @param {Update} update
   * @param {InsideQueryAnswer} answer
   */
  set(update, answer) {
    const size = (/** @type {InsidePair} */ pair) =>
      this.columns === 'weight' ? pair.weight : pair.distance;
    const most = { positive: 1e-12, other: 1e-12 };
    for (const pair of answer.pairs) {
      const side = pair.kind === 'positive' ? 'positive' : 'other';
      most[side] = Math.max(most[side], size(pair));
    }
    fillRows(
      this.body,
      answer.pairs,
      () => this.row(),
      (node, pair, i) => {
        node.dataset.kind = pair.kind;
        node.style.setProperty('--i', String(i));
        const { thumb, name, numbers, bar, sign } = node.parts;
        const isSample = pair.item !== null && pair.view !== null;
        setText(sign, KIND[pair.kind]);
        setAttribute(sign, 'title', pair.kind);
        thumb.classList.toggle('none', !isSample);
        thumb.disabled = !isSample;
        if (isSample && pair.item !== null && pair.view !== null) {
          setPicture(thumb, update, pair.item, pair.view);
          const query = pair.view * update.batch.n + pair.item;
          thumb.onclick = () => this.choose(query);
          setAttribute(thumb, 'aria-label', `take ${nameOf(update, query)} as the query`);
        } else {
          thumb.style.backgroundImage = '';
          delete thumb.dataset.tile;
          setAttribute(thumb, 'aria-label', 'no picture');
        }
        thumb.classList.toggle('false-negative', pair.same_class);
        setText(name, wordsOf(update, pair) + (pair.same_class ? ', same class' : ''));
        const found = numbersOf(this.columns, pair);
        numbers.forEach((cell, at) => setText(cell, found[at]));
        const last = numbers[numbers.length - 1];
        const moves =
          this.columns === 'step' ? -(pair.after ?? pair.distance) + pair.distance : pair.pull;
        if (this.columns !== 'distance') setAttribute(last, 'data-sign', moves > 0 ? 'in' : 'out');
        const whole = most[pair.kind === 'positive' ? 'positive' : 'other'];
        const share = this.columns === 'distance' ? pair.distance / 2 : size(pair) / whole;
        bar.style.width = `${Math.round(100 * Math.min(1, share))}%`;
      },
    );
    const { rest } = answer;
    const weighed = `, weight ${digits(rest.weight)}, pulls ${signed(rest.pull)} together`;
    setText(
      this.rest,
      rest.n ? `and ${rest.n} more${this.columns === 'weight' ? weighed : ''}` : '',
    );
  }

  row() {
    const parts = {
      sign: el('span', { class: 'kind' }),
      thumb: el('button', { type: 'button', class: 'thumb small' }),
      name: el('span', { class: 'name' }),
      numbers: numbersOf(this.columns, {
        kind: 'negative',
        item: 0,
        view: 0,
        class: '',
        same_class: false,
        parents: [],
        distance: 0,
        weight: 0,
        pull: 0,
        after: 0,
      }).map(() => el('td', { class: 'number' })),
      bar: el('i', {}),
    };
    const node = el(
      'tr',
      {},
      el('td', {}, parts.sign, parts.thumb),
      el('td', {}, parts.name),
      ...parts.numbers,
      el('td', { class: 'bar-cell' }, el('span', { class: 'bar' }, parts.bar)),
    );
    return Object.assign(node, { parts });
  }
}
