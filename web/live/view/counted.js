// How many of a query's negatives count: the effective number, and what it comes from.

import { count, digits, el, setText, show } from '../../kit/dom.js';
import { word } from '../../kit/explain.js';
import { setQueueLine } from '../../kit/queued.js';

/** @import { QueryAnswer } from '../../kit/types.d.ts' */

export class Counted {
  constructor() {
    this.number = el('b', {});
    this.all = el('span', {});
    this.effectively = word('effective', 'count effectively');
    this.entropy = el('small', {});
    this.fill = el('i', {});
    this.sums = el('p', { class: 'note' });
    this.words = el('p', { class: 'note' });
    this.meaning = el(
      'details',
      { class: 'meaning', hidden: true },
      el('summary', { text: 'what the weights mean' }),
      this.words,
    );
    this.queued = el('p', { class: 'note queue-line', hidden: true });
    this.node = el(
      'div',
      { class: 'part effective-part' },
      el('p', { class: 'effective' }, this.number, this.all, this.effectively, ' ', this.entropy),
      el('span', { class: 'meter', 'aria-hidden': 'true' }, this.fill),
      this.sums,
      this.meaning,
      this.queued,
    );
  }

  /** @param {QueryAnswer} answer */
  set(answer) {
    const { effective, n_negatives: all, loss } = answer;
    setText(this.number, digits(effective));
    setText(this.all, ` of ${count(all)} negatives `);
    setText(this.entropy, `entropy ${digits(answer.entropy)} of 1`);
    this.fill.style.width = `${Math.min(100, Math.max(0.5, (100 * effective) / all))}%`;
    setText(this.sums, answer.sums ?? '');
    setText(this.words, loss.meaning ?? '');
    show(this.meaning, Boolean(loss.meaning));
    setQueueLine(this.queued, answer);
  }
}
