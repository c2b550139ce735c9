// A loss written out and filled with the numbers of the scene: each term belongs to a mark.

import { el, setAttribute } from '../../kit/dom.js';
import { fillLines } from './lines.js';
import { bringIntoView, markOf } from './pointed.js';

/** @import { Reading } from './types.d.ts' */

const SYMBOLIC = new Set(['formula', 'weights', 'logits', 'definition']);

export class Formula {
  /** The mark under the pointer, and the one that is lit. */
  /** @type {string | null} */
  under = null;
  /** @type {string | null} */
  lit = null;
  /** @type {Reading | null} */
  reading = null;
  /** The terms of each mark. */
  /** @type {Map<string | null, HTMLElement[]>} */
  terms = new Map();

  /**
   * @param {object} given
   * @param {number} given.index  of the loss
   * @param {(mark: string | null) => void} given.light  what the pointer is on
   * @param {() => void} given.sized  it may be longer or shorter than before
   */
  constructor({ index, light, sized }) {
    this.index = index;
    this.light = light;
    this.sized = sized;
    this.head = el('div', { class: 'symbols' });
    this.lines = el('div', { class: 'lines' });
    this.text = el('div', {}, this.head, this.lines);
    this.page = el('div', { class: 'page', tabindex: 0, role: 'region' }, this.text);
    this.node = el('div', { class: 'formula filled' }, this.page);
    this.node.addEventListener('pointerover', (event) => this.over(markOf(event)));
    this.node.addEventListener('pointerleave', () => this.over(null));
    this.watcher = new ResizeObserver(() => this.sized());
    this.watcher.observe(this.text);
  }

  // What it needs to be read without scrolling, its own edges included.
  height() {
    return this.text.offsetHeight + this.node.offsetHeight - this.page.clientHeight;
  }

  /** @param {string | null} mark */
  over(mark) {
    if (mark === this.under) return;
    this.under = mark;
    this.light(mark);
  }

  /**
   * @param {Reading | null} reading
   * @param {string | null} [lit]
   */
  set(reading, lit = null) {
    if (reading && reading !== this.reading) {
      this.reading = reading;
      setAttribute(
        this.page,
        'aria-label',
        `Loss ${'AB'[this.index]}, ${reading.title ?? ''}, filled with the numbers of this scene`,
      );
      const symbols = reading.formula.filter((line) => SYMBOLIC.has(line.label));
      const filled = reading.formula.filter((line) => !SYMBOLIC.has(line.label));
      const rebuilt = [fillLines(this.head, symbols), fillLines(this.lines, filled)].some(Boolean);
      if (rebuilt) this.gather();
    }
    if (lit === this.lit) return;
    for (const node of this.terms.get(this.lit) ?? []) node.classList.remove('lit');
    for (const node of this.terms.get(lit) ?? []) node.classList.add('lit');
    this.lit = lit;
    if (lit && lit !== this.under) bringIntoView(this.page, this.terms.get(lit)?.[0]);
  }

  gather() {
    this.terms.clear();
    /** @type {NodeListOf<HTMLElement>} */
    const terms = this.node.querySelectorAll('.term[data-mark]');
    for (const node of terms) {
      const { mark = '' } = node.dataset;
      this.terms.set(mark, [...(this.terms.get(mark) ?? []), node]);
      node.classList.toggle('lit', mark === this.lit);
    }
  }

  close() {
    this.watcher.disconnect();
  }
}
