// The figures over a cloud: what its entry scores at the moment shown, and against which baseline.

import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { rowAt } from '../../kit/points.js';
import { figures, figureTitles } from './words.js';

/** @import { Entry } from './entry.js' */

export class EntryFigures {
  /**
   * @param {Entry} entry
   * @param {() => void} pinned  it is to be the baseline
   */
  constructor(entry, pinned) {
    this.entry = entry;
    this.pin = el('button', { type: 'button', class: 'pin', onclick: pinned });
    this.parts = {
      accuracy: el('b', {}),
      what: el('small', {}),
      difference: el('em', { hidden: true }),
      loss: el('span', { class: 'loss' }),
      gradient: el('span', { class: 'gradient' }),
    };
    this.node = el('p', { class: 'figures' }, ...Object.values(this.parts));
    this.ending = el('p', { class: 'ending', role: 'status', hidden: true });
  }

  /**
   * Accuracy with its difference from the baseline, loss and gradient, as they were at a step.
   * @param {number} step
   * @param {Entry | null} baseline
   */
  set(step, baseline) {
    this.setEnding(step);
    const { about, rows } = this.entry;
    const row = rowAt(rows, step, 'knn_features');
    const base =
      baseline && baseline !== this.entry ? rowAt(baseline.rows, step, 'knn_features') : null;
    const { accuracy, what, difference, loss, gradient } = figures(
      row,
      base,
      rowAt(rows, step),
      step,
    );
    const { parts } = this;
    const titles = figureTitles(row, baseline?.about.label ?? '', Boolean(about.line));
    setText(parts.accuracy, accuracy);
    setText(parts.what, what);
    setAttribute(parts.what, 'title', titles.accuracy);
    show(parts.difference, Boolean(difference));
    setText(parts.difference, difference);
    setAttribute(parts.difference, 'title', titles.difference);
    setText(parts.loss, `loss ${loss}`);
    setText(parts.gradient, about.line ? '' : `gradient ${gradient}`);
    setAttribute(parts.gradient, 'title', 'norm of the gradient of the loss in the weights');
    const isBase = baseline === this.entry;
    setText(this.pin, isBase ? 'baseline' : 'pin');
    setAttribute(
      this.pin,
      'title',
      isBase ? 'Differences are from this entry' : 'Show differences from this entry',
    );
    setAttribute(this.pin, 'aria-pressed', String(isBase));
    setAttribute(
      this.pin,
      'aria-label',
      isBase ? `${about.label} is the baseline` : `Take ${about.label} as the baseline`,
    );
  }

  /**
   * After its last snapshot an entry that failed says why, in place of figures.
   * @param {number} step
   */
  setEnding(step) {
    const over = !this.entry.isAt(step);
    this.entry.node.classList.toggle('ended', over);
    show(this.ending, over);
    show(this.node, !over);
    setText(this.ending, over ? this.entry.reason : '');
    setAttribute(this.ending, 'title', over ? this.entry.reason : null);
  }
}
