// The foot of the table: what the marks add up to under both losses.

import { count, digits, el, setAttribute, setText, signed } from '../../kit/dom.js';

/** @import { Readings } from './types.d.ts' */

/** @type {[key: string, label: string, value: (reading: any) => number, text: (value: number) => string][]} */
const LINES = [
  ['loss', 'loss', (one) => one.total, digits],
  ['attraction', 'its attraction', (one) => one.attraction, digits],
  ['repulsion', 'its repulsion', (one) => one.repulsion, digits],
  ['pulled', 'pulls on positives, sum', (one) => sum(one.positives), signed],
  [
    'pushed',
    'pulls on negatives, sum',
    (one) => sum(one.negatives) + sum(one.synthetics ?? []),
    signed,
  ],
  ['effective', 'effective negatives', (one) => one.effective, digits],
];
const AFTER = 'repulsion';

/** @param {{ pull: number }[]} marks */
function sum(marks) {
  return marks.reduce((all, { pull }) => all + pull, 0);
}

export class Totals {
  constructor() {
    this.cells = new Map();
    this.scale = el('span', { role: 'cell' });
    const rows = LINES.flatMap(([key, label]) => {
      const cells = ['a', 'b'].map((side) => el('span', { class: side, role: 'cell' }));
      const name = el('span', { class: 'label', role: 'rowheader', text: label });
      this.cells.set(key, { name, cells, label });
      const row = el('div', { class: `total ${key}`, role: 'row' }, name, ...cells);
      return key === AFTER
        ? [row, el('div', { class: 'scale-text', role: 'row' }, this.scale)]
        : [row];
    });
    this.node = el('div', { class: 'totals', role: 'rowgroup', 'aria-label': 'Totals' }, ...rows);
  }

  /** @param {Pick<Readings, 'of' | 'scale'>} answer */
  set({ of: readings, scale }) {
    for (const [key, , value, text] of LINES) {
      const { cells } = this.cells.get(key);
      readings.forEach((one, side) => {
        const now = one ? value(one) : null;
        setText(cells[side], now === null ? '–' : text(tidy(now)));
        if (now !== null) setAttribute(cells[side], 'data-value', now);
      });
    }
    setText(this.scale, scale ?? '');
    const { name, label } = this.cells.get('effective');
    setText(
      name,
      `${label}, of ${[...new Set(readings.filter(Boolean).map((one) => count(one.n_negatives)))].join(' and ')}`,
    );
  }
}

/**
 * What is rounding is nothing.
 * @param {number} value
 */
function tidy(value) {
  return Math.abs(value) < 1e-12 ? 0 : value;
}
