// What a chart says of the place under the hand, else of the moment shown: a value for each entry.

import { el, fillRows, setAttribute, setText } from '../../kit/dom.js';
import { badge } from '../../kit/styles.js';

/** @typedef {{ name: string, label: string, mark: string, text: string }} Value */

function row() {
  const parts = { badge: el('span', {}), text: el('b', {}), label: el('span', {}) };
  return Object.assign(el('li', {}, parts.badge, parts.text, parts.label), { parts });
}

export class Readout {
  constructor() {
    this.where = el('span', { class: 'where' });
    this.values = el('ul', { class: 'values' });
    this.node = el('div', { class: 'readout', 'aria-live': 'off' }, this.where, this.values);
  }

  // From now on it is read aloud: keys move the place.
  speak() {
    setAttribute(this.node, 'aria-live', 'polite');
  }

  /**
   * @param {string} where
   * @param {Value[]} values
   */
  set(where, values) {
    setText(this.where, where);
    fillRows(this.values, values, row, (node, { name, label, mark, text }) => {
      const { parts } = node;
      if (node.dataset.of !== name) {
        node.dataset.of = name;
        const sign = badge(mark);
        parts.badge.replaceWith(sign);
        Object.assign(parts, { badge: sign });
        setText(parts.label, label);
        setAttribute(parts.label, 'title', label);
      }
      setText(parts.text, text);
    });
  }

  clear() {
    setText(this.where, ' ');
    this.values.replaceChildren();
  }
}
