// Beside the table: what is worth noticing under either loss, or how the lit mark comes by its numbers.

import { el, fillRows, setAttribute, setText, show } from '../../kit/dom.js';
import { nameOf } from './marknames.js';
import { fillLines } from './lines.js';

/** @import { Reading, Readings } from './types.d.ts' */

/**
 * Sentences of both losses in their order, those that hold for both once: [[letters, text]].
 * @param {string[][]} told
 * @returns {[string, string][]}
 */
export function shared([a, b]) {
  const told = [
    ...a.map((text, at) => ({ at, text, letters: b.includes(text) ? 'A B' : 'A' })),
    ...b.map((text, at) => ({ at, text, letters: 'B' })).filter(({ text }) => !a.includes(text)),
  ];
  return told.sort((x, y) => x.at - y.at).map(({ letters, text }) => [letters, text]);
}

function row() {
  const parts = { letters: el('i', { class: 'letter' }), text: el('span', {}) };
  return Object.assign(el('li', {}, parts.letters, parts.text), { parts });
}

export class Notes {
  /** @type {Readings | null} */
  answer = null;
  /** @type {string | null} */
  lit = null;

  constructor() {
    this.title = el('h3', { text: 'Worth noticing' });
    this.list = el('ul', {});
    this.ways = [0, 1].map((side) => {
      const lines = el('div', {});
      const letter = el('i', { class: 'letter', text: 'AB'[side] });
      return { lines, node: el('div', { class: 'way' }, letter, lines) };
    });
    this.detail = el(
      'div',
      { class: 'detail', hidden: true },
      ...this.ways.map(({ node }) => node),
    );
    this.node = el(
      'section',
      { class: 'notes filled', 'aria-label': 'Worth noticing' },
      this.title,
      this.list,
      this.detail,
    );
  }

  /**
   * @param {Readings | null} answer
   * @param {string | null} [lit]
   */
  set(answer, lit = null) {
    if (!answer || (answer === this.answer && lit === this.lit)) return;
    const fresh = answer !== this.answer;
    this.answer = answer;
    this.lit = lit;
    if (fresh) this.fill(answer.of);
    this.explain(answer.of, lit);
  }

  /** @param {Reading[]} readings */
  fill(readings) {
    const told = readings.map(({ notes, sums }) => [...(notes ?? []), ...(sums ? [sums] : [])]);
    fillRows(this.list, shared(told), row, ({ parts }, [letters, text]) => {
      setText(parts.letters, letters);
      setAttribute(
        parts.letters,
        'title',
        letters === 'A B' ? 'Under both losses' : `Under loss ${letters}`,
      );
      setText(parts.text, text);
    });
  }

  /**
   * How the lit mark comes by its weight and its pull, where the answer tells.
   * @param {Reading[]} readings
   * @param {string | null} lit
   */
  explain(readings, lit) {
    const told = readings.map((reading) => (lit && reading.detail?.[lit]) || []);
    const some = told.some((lines) => lines.length);
    setText(
      this.title,
      some && lit ? `How ${nameOf(lit)} comes by its weight and pull` : 'Worth noticing',
    );
    told.forEach((lines, side) => {
      fillLines(this.ways[side].lines, lines);
      show(this.ways[side].node, lines.length > 0);
    });
    show(this.detail, some);
    show(this.list, !some);
  }
}
