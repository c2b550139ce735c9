// Beside the table: what is worth noticing under either loss, or how the lit mark comes by its numbers.

import { el, fillRows, setAttribute, setText, show } from '../../kit/dom.js';
import { nameOf } from './board.js';
import { fillLines } from './lines.js';

// Sentences of both losses in their order, those that hold for both once: [[letters, text]].
export function shared([a, b]) {
  const told = [
    ...a.map((text, at) => ({ at, text, letters: b.includes(text) ? 'A B' : 'A' })),
    ...b.map((text, at) => ({ at, text, letters: 'B' })).filter(({ text }) => !a.includes(text)),
  ];
  return told.sort((x, y) => x.at - y.at).map(({ letters, text }) => [letters, text]);
}

export class Notes {
  constructor() {
    this.title = el('h3', { text: 'Worth noticing' });
    this.list = el('ul', {});
    this.ways = [0, 1].map(() => el('div', {}));
    this.detail = el(
      'div',
      { class: 'detail', hidden: true },
      ...this.ways.map((way, side) =>
        el('div', { class: 'way' }, el('i', { class: 'letter', text: 'AB'[side] }), way),
      ),
    );
    this.node = el(
      'section',
      { class: 'notes filled', 'aria-label': 'Worth noticing' },
      this.title,
      this.list,
      this.detail,
    );
  }

  set(answer, lit = null) {
    if (!answer || (answer === this.answer && lit === this.lit)) return;
    const fresh = answer !== this.answer;
    this.answer = answer;
    this.lit = lit;
    if (fresh) this.fill(answer.of);
    this.explain(answer.of, lit);
  }

  fill(readings) {
    const told = readings.map(({ notes, sums }) => [...(notes ?? []), ...(sums ? [sums] : [])]);
    fillRows(
      this.list,
      shared(told),
      () => el('li', {}, el('i', { class: 'letter' }), el('span', {})),
      (node, [letters, text]) => {
        setText(node.firstChild, letters);
        setAttribute(
          node.firstChild,
          'title',
          letters === 'A B' ? 'Under both losses' : `Under loss ${letters}`,
        );
        setText(node.lastChild, text);
      },
    );
  }

  // How the lit mark comes by its weight and its pull, where the answer tells.
  explain(readings, lit) {
    const told = readings.map((reading) => reading.detail?.[lit] ?? []);
    const some = told.some((lines) => lines.length);
    setText(
      this.title,
      some ? `How ${nameOf(lit)} comes by its weight and pull` : 'Worth noticing',
    );
    told.forEach((lines, side) => {
      fillLines(this.ways[side], lines);
      show(this.ways[side].parentNode, lines.length > 0);
    });
    show(this.detail, some);
    show(this.list, !some);
  }
}
