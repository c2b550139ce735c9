// A loss written out and filled with the numbers of the scene: each term belongs to a mark.

import { el, fillRows, setAttribute, setText, show } from '../live/elements.js';
import { nameOf } from './board.js';
import { bringIntoView } from './table.js';

const SYMBOLIC = new Set(['formula', 'weights', 'logits', 'definition']);
const MANY = 5;

// Neighbouring tokens of one mark are a term.
function termsOf(tokens) {
  const terms = [];
  for (const token of tokens) {
    const last = terms.at(-1);
    const part = token.mark ? `mark ${token.mark}` : 'plain';
    const leads = token.mark && (token.t === '+' || token.t === '−') && !token.role;
    if (last?.part === part && token.mark && !leads) last.tokens.push(token);
    else if (last?.part === part && !token.mark) last.tokens.push(token);
    else terms.push({ part, mark: token.mark ?? null, tokens: [token] });
  }
  return terms;
}

function shapeOf(line) {
  return line.tokens.map(({ mark, role, up, low, t }) => `${mark ?? ''}.${role ?? t}.${up ? 1 : 0}${low ? 1 : 0}`).join(' ');
}

function leaf(token) {
  const node = el('span', { class: token.role ?? (/^[a-zΣ]/.test(token.t) ? 'word' : token.t === '(' || token.t === ')' ? 'bracket' : 'sign') });
  node.head = node.appendChild(document.createTextNode(''));
  if (token.low) node.low = node.appendChild(el('sub', {}));
  if (token.up) node.up = node.appendChild(el('sup', {}));
  return node;
}

function refill(node, token) {
  if (node.head.data !== token.t) node.head.data = token.t;
  if (token.low) setText(node.low, token.low);
  if (token.up) setText(node.up, token.up);
}

export class Formula {
  // light(mark or null) is what the pointer is on.
  constructor({ light }) {
    this.light = light;
    this.head = el('div', { class: 'symbols' });
    this.lines = el('div', { class: 'lines' });
    this.notes = el('ul', { class: 'notes' });
    this.whose = el('b', {});
    this.ways = el('div', {});
    this.detail = el('div', { class: 'detail', 'aria-hidden': 'true' }, this.whose, this.ways);
    this.page = el('div', { class: 'page', tabindex: 0, role: 'region' }, this.head, this.lines);
    this.node = el('section', { class: 'formula' }, this.page, el('div', { class: 'why' }, this.detail, this.notes));
    this.terms = new Map();
    this.node.addEventListener('pointerover', (event) => this.over(event.target.closest('[data-mark]')?.dataset.mark ?? null));
    this.node.addEventListener('pointerleave', () => this.over(null));
  }

  over(mark) {
    if (mark === this.under) return;
    this.under = mark;
    this.light(mark);
  }

  set(reading, lit = null) {
    if (reading && reading !== this.reading) {
      this.reading = reading;
      setAttribute(this.page, 'aria-label', `${reading.title ?? 'The loss'}, filled with the numbers of this scene`);
      const symbols = reading.formula.filter((line) => SYMBOLIC.has(line.label));
      const filled = reading.formula.filter((line) => !SYMBOLIC.has(line.label));
      const stale = [this.fill(this.head, symbols), this.fill(this.lines, filled)].some(Boolean);
      if (stale) this.gather();
      fillRows(this.notes, reading.notes ?? [], () => el('li', {}), (node, text) => setText(node, text));
      this.explain(lit);
    }
    if (lit !== this.lit) {
      for (const node of this.terms.get(this.lit) ?? []) node.classList.remove('lit');
      for (const node of this.terms.get(lit) ?? []) node.classList.add('lit');
      this.lit = lit;
      this.explain(lit);
      if (lit && lit !== this.under) bringIntoView(this.page, this.terms.get(lit)?.[0]);
    }
  }

  // Rebuilds only a line whose signs are others than before; else only the numbers change.
  fill(list, lines) {
    let rebuilt = list.children.length !== lines.length;
    fillRows(list, lines, () => el('div', { class: 'formula-line' }), (node, line) => {
      const shape = shapeOf(line);
      if (node.shape !== shape) {
        this.build(node, line);
        node.shape = shape;
        rebuilt = true;
      }
      setAttribute(node, 'data-label', line.label);
      setText(node.label, line.label);
      line.tokens.forEach((token, i) => refill(node.leaves[i], token));
    });
    return rebuilt;
  }

  build(node, line) {
    const cut = line.tokens.findLastIndex((token) => token.role === 'total') - 1;
    const tokens = cut >= 0 ? line.tokens.slice(0, cut) : line.tokens;
    node.leaves = [];
    const make = (token) => {
      const made = leaf(token);
      node.leaves.push(made);
      return made;
    };
    const terms = termsOf(tokens);
    const owned = terms.filter(({ mark }) => mark).length;
    const single = terms.every(({ mark, tokens: own }) => !mark || own.filter(({ role }) => role).length < 2);
    const body = el('span', { class: `terms${single ? ' single' : ''}` },
      ...terms.map(({ mark, tokens: own }) => el('span', { class: mark ? `term ${mark[0]}` : 'plain', 'data-mark': mark }, ...own.flatMap((token) => (mark || !'+−/·'.includes(token.t) ? [make(token)] : [el('wbr'), make(token)])))));
    const sum = cut >= 0 ? el('span', { class: 'sum' }, ...line.tokens.slice(cut).map(make)) : null;
    node.classList.toggle('long', owned >= MANY);
    node.label = el('span', { class: 'label' });
    node.replaceChildren(...[node.label, body, sum].filter(Boolean));
  }

  gather() {
    this.terms.clear();
    for (const node of this.node.querySelectorAll('.term[data-mark]')) {
      const { mark } = node.dataset;
      if (!this.terms.has(mark)) this.terms.set(mark, []);
      this.terms.get(mark).push(node);
      node.classList.toggle('lit', mark === this.lit);
    }
  }

  // How the lit mark comes by its weight and its pull, where the answer tells.
  explain(lit) {
    const lines = this.reading?.detail?.[lit] ?? [];
    setText(this.whose, lines.length ? nameOf(lit) : '');
    this.fill(this.ways, lines);
    show(this.detail, lines.length > 0);
    this.notes.classList.toggle('behind', lines.length > 0);
  }
}
