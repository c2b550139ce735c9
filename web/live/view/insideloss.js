// The fifth stage: weights and pulls of the query's pairs, and its loss filled with them.

import { el, fillRows, setText } from '../../kit/dom.js';
import { PairTable } from './insidepairs.js';

/** @import { InsideQueryAnswer } from '../../kit/messages.d.ts' */
/** @import { Update } from './insideupdate.js' */

/** @typedef {{ label: string, tokens: Record<string, any>[] }} FormulaLine */

/** @type {Record<string, string>} */
const SIDE = { p: 'positive', n: 'negative', s: 'synthetic' };

/** @param {Record<string, any>} token */
function tokenNode({ t, up, low, mark, role }) {
  const node = el('span', {
    class: role ?? 'sign',
    'data-kind': mark ? SIDE[mark[0]] : null,
    text: t,
  });
  if (low) node.append(el('sub', { text: low }));
  if (up) node.append(el('sup', { text: up }));
  return node;
}

export class InsideLoss {
  /** @type {Update | null} */
  update = null;

  /** @param {(query: number) => void} choose */
  constructor(choose) {
    this.table = new PairTable(
      'weight',
      'Pairs of the query, heaviest first; bars compare weights of a side',
      choose,
    );
    this.title = el('h4', {});
    this.lines = el('div', { class: 'formula-lines' });
    this.batch = el('p', { class: 'note' });
    this.node = el(
      'div',
      { class: 'inside-loss' },
      el('div', { class: 'filled-loss' }, this.title, this.lines, this.batch),
      this.table.node,
    );
  }

  /** @param {Update} update */
  setUpdate(update) {
    this.update = update;
    setText(this.title, `${update.loss.text}, for this query alone`);
    setText(
      this.batch,
      'Pull: above 0 the step wants the two nearer, below 0 farther apart. It is twice the derivative of the loss by their distance, as large as this query counts for itself.',
    );
  }

  choose() {}

  /** @param {InsideQueryAnswer} answer */
  setQuery(answer) {
    if (!this.update) return;
    this.table.set(this.update, answer);
    const make = () => {
      const parts = { label: el('span', { class: 'label' }), body: el('span', { class: 'terms' }) };
      return Object.assign(el('div', { class: 'line' }, parts.label, parts.body), { parts });
    };
    const lines = /** @type {FormulaLine[]} */ (answer.formula);
    fillRows(this.lines, lines, make, (node, line, i) => {
      node.style.setProperty('--i', String(14 * i));
      setText(node.parts.label, line.label);
      node.parts.body.replaceChildren(...line.tokens.flatMap((token) => [tokenNode(token), ' ']));
    });
  }

  begin() {}

  rest() {}
}
