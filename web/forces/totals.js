// The foot of the table: what the marks add up to under both losses.

import { count, digits, el, setAttribute, setText, signed } from '../live/elements.js';

const LINES = [
  ['loss', 'loss', (one) => one.total, digits],
  ['attraction', 'its attraction', (one) => one.attraction, digits],
  ['repulsion', 'its repulsion', (one) => one.repulsion, digits],
  ['pulled', 'pull of the positives', (one) => sum(one.positives), signed],
  ['pushed', 'pull of the negatives', (one) => sum(one.negatives) + sum(one.synthetics ?? []), signed],
  ['effective', 'effective negatives', (one) => one.effective, digits],
];

function sum(marks) {
  return marks.reduce((all, { pull }) => all + pull, 0);
}

export class Totals {
  constructor() {
    this.cells = new Map();
    this.node = el('div', { class: 'totals', role: 'rowgroup', 'aria-label': 'Totals' }, ...LINES.map(([key, label]) => {
      const cells = ['a', 'b'].map((side) => el('span', { class: side, role: 'cell' }));
      const name = el('span', { class: 'label', role: 'rowheader', text: label });
      this.cells.set(key, { name, cells, label });
      return el('div', { class: `total ${key}`, role: 'row' }, name, ...cells);
    }));
  }

  set(readings) {
    for (const [key, , value, text] of LINES) {
      const { cells } = this.cells.get(key);
      readings.forEach((one, side) => {
        const now = one ? value(one) : null;
        setText(cells[side], now === null ? '–' : text(now));
        if (now !== null) setAttribute(cells[side], 'data-value', now);
      });
    }
    const { name, label } = this.cells.get('effective');
    setText(name, `${label}, of ${[...new Set(readings.filter(Boolean).map((one) => count(one.n_negatives)))].join(' and ')}`);
  }
}
