// The table of a query's pairs: positives, negatives and synthetics, heaviest first.

import { digits, el, fillRows, setAttribute, setText, signed } from '../../kit/dom.js';
import { nameOf, partsOf, setPicture } from './insideupdate.js';

/** @import { InsidePair, InsideQueryAnswer } from '../../kit/messages.d.ts' */
/** @import { Update } from './insideupdate.js' */

/** @typedef {'distance' | 'weight' | 'step'} Columns */
/** @typedef {[text: string, sign: number]} Cell  what it says, and above 0 for together, below for apart */

/** @type {Record<Columns, string[]>} */
const HEADS = {
  distance: ['distance d'],
  weight: ['d', 'weight', 'pull'],
  step: ['pull', 'd before', 'd after', 'd change'],
};
const KIND = { positive: '●', negative: '○', synthetic: '◇', queued: '▤' };
const FAR = 2; // a right angle: as long as a bar of a distance gets

/**
 * @param {Update} update
 * @param {InsidePair} pair
 * @param {Columns} columns  where there are many, the ring alone says that a class is the same
 */
function wordsOf(update, pair, columns) {
  const view = `view ${(pair.view ?? 0) + 1}`;
  if (pair.kind === 'queued') return 'a key of the queue';
  if (pair.kind === 'positive') return view;
  if (pair.kind === 'negative')
    return `${pair.class}, ${view}${pair.same_class && columns !== 'step' ? ', same class' : ''}`;
  const parents = pair.parents.map((sample) => update.batch.classes[partsOf(update, sample).item]);
  return parents.length ? `mixed of ${parents.join(' and ')}` : 'mixed of queued keys';
}

/**
 * @param {Columns} columns
 * @param {InsidePair} pair
 * @returns {Cell[]}
 */
function cellsOf(columns, { distance, weight, pull, after }) {
  if (columns === 'distance') return [[digits(distance), 0]];
  if (columns === 'weight')
    return [
      [digits(distance), 0],
      [digits(weight), 0],
      [signed(pull), pull],
    ];
  const change = after === null ? 0 : after - distance;
  return [
    [signed(pull), pull],
    [digits(distance), 0],
    [digits(after), 0],
    [after === null ? '–' : signed(change), -change],
  ];
}

/** @param {InsidePair} pair */
const sideOf = ({ kind }) => (kind === 'positive' ? 'pos' : 'neg');

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
    const hasBars = columns !== 'step';
    this.rest = el('p', { class: 'note' });
    this.node = el(
      'div',
      { class: 'pair-table' },
      el(
        'table',
        {},
        el('caption', { text: caption }),
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            el('th', { scope: 'col', text: 'pair' }),
            el('td', {}),
            ...HEADS[columns].map((text) => el('th', { scope: 'col', class: 'number', text })),
            hasBars ? el('td', { class: 'bar-cell' }) : null,
          ),
        ),
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
    const most = { pos: 1e-12, neg: 1e-12 };
    for (const pair of answer.pairs) most[sideOf(pair)] = Math.max(most[sideOf(pair)], pair.weight);
    const make = () => this.row();
    fillRows(this.body, answer.pairs, make, (node, pair, i) => {
      node.dataset.kind = pair.kind;
      node.style.setProperty('--i', String(i));
      const { sign, pictures, name, cells, bar } = node.parts;
      setText(sign, KIND[pair.kind]);
      setAttribute(sign, 'title', pair.kind);
      this.picture(pictures, update, pair);
      setText(name, wordsOf(update, pair, this.columns));
      cellsOf(this.columns, pair).forEach(([text, way], at) => {
        setText(cells[at], text);
        setAttribute(cells[at], 'data-sign', way > 0 ? 'in' : way < 0 ? 'out' : null);
      });
      const share =
        this.columns === 'distance' ? pair.distance / FAR : pair.weight / most[sideOf(pair)];
      bar.style.width = `${Math.round(100 * Math.min(1, share))}%`;
    });
    const { n, weight, pull } = answer.rest;
    const more =
      this.columns === 'weight' ? `, weight ${digits(weight)}, pulls ${signed(pull)}` : '';
    setText(this.rest, n ? `and ${n} more${more}` : '');
  }

  /**
   * What the pair is with: a view, which a click makes the query, or the parents of a mixed one.
   * @param {HTMLElement} place
   * @param {Update} update
   * @param {InsidePair} pair
   */
  picture(place, update, { item, view, parents, same_class: same }) {
    const { n } = update.batch;
    const samples = item === null ? parents : [(view ?? 0) * n + item];
    const make = () => el('button', { type: 'button', class: 'thumb small' });
    fillRows(place, samples, make, (thumb, sample) => {
      const of = partsOf(update, sample);
      setPicture(thumb, update, of.item, of.view);
      thumb.onclick = () => this.choose(sample);
      thumb.classList.toggle('half', item === null);
      thumb.classList.toggle('false-negative', same);
      const also = same ? ', of the same class,' : '';
      setAttribute(thumb, 'aria-label', `take ${nameOf(update, sample)}${also} as the query`);
    });
  }

  row() {
    const parts = {
      sign: el('span', { class: 'kind' }),
      pictures: el('span', { class: 'pictures' }),
      name: el('span', { class: 'name' }),
      cells: HEADS[this.columns].map(() => el('td', { class: 'number' })),
      bar: el('i', {}),
    };
    const hasBars = this.columns !== 'step';
    const node = el(
      'tr',
      {},
      el('td', {}, parts.sign, parts.pictures),
      el('td', {}, parts.name),
      ...parts.cells,
      hasBars ? el('td', {}, el('span', { class: 'bar' }, parts.bar)) : null,
    );
    return Object.assign(node, { parts });
  }
}
