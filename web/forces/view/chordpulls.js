// What a mix is pulled with, and what of it is credited to either parent, as bars about a middle.

import { el, fillRows, setText, signed } from '../../kit/dom.js';
import { finite, named } from './chordwords.js';

/** @import { AnsweredChord } from './types.d.ts' */

function pullRow() {
  const parts = { name: el('span', {}), bar: el('i', {}), number: el('b', {}) };
  const meter = el('span', { class: 'meter' }, parts.bar);
  return Object.assign(el('li', {}, parts.name, meter, parts.number), { parts });
}

/**
 * The longest bar, of all shares. Credits run away where opposite parents nearly cancel: those bars
 * are cut at the end.
 * @param {(number | null)[]} pull
 * @param {(number | null)[][]} credits
 */
function longest(pull, credits) {
  const sizes = credits
    .flat()
    .filter(finite)
    .map(Math.abs)
    .sort((x, y) => x - y);
  return Math.max(
    ...pull.filter(finite).map(Math.abs),
    sizes[Math.floor(0.9 * sizes.length)] ?? 0,
    1e-9,
  );
}

export class ChordPulls {
  constructor() {
    this.node = el('ul', { class: 'pulls' });
  }

  /**
   * i: which of the answer's shares is looked at.
   * @param {AnsweredChord} answer
   * @param {number[]} chord
   * @param {number} i
   */
  set({ pull, credits }, [first, second], i) {
    const most = longest(pull, credits);
    /** @type {[label: string, value: number | null][]} */
    const rows = [
      ['on the mix', pull[i]],
      [`on ${named(second)}`, credits[i][1]],
      [`on ${named(first)}`, credits[i][0]],
    ];
    fillRows(this.node, rows, pullRow, ({ parts: { name, bar, number } }, [label, value]) => {
      setText(name, label);
      setText(number, finite(value) ? signed(Math.abs(value) < 1e-9 ? 0 : value) : '–');
      const isTogether = finite(value) && value > 0;
      const length = finite(value) ? (50 * Math.min(Math.abs(value), most)) / most : 0;
      bar.className = isTogether ? 'together' : 'apart';
      Object.assign(bar.style, {
        width: `${length.toFixed(1)}%`,
        left: isTogether ? '50%' : `${(50 - length).toFixed(1)}%`,
      });
    });
  }
}
