// Which view of which image of the batch is the query of the stages.

import { el, setText } from '../../kit/dom.js';
import { setPicture, partsOf } from './insideupdate.js';

/** @import { Update } from './insideupdate.js' */

export class InsidePick {
  /** @type {Update | null} */
  update = null;
  query = 0;

  /** @param {(query: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.big = el('span', { class: 'thumb big' });
    this.class = el('strong', { translate: 'no' });
    this.which = el('span', { class: 'which' });
    this.node = el(
      'div',
      { class: 'inside-pick' },
      this.big,
      el(
        'div',
        {},
        el('span', { class: 'note', text: 'the query' }),
        this.class,
        this.which,
        this.stepper('image', 0),
        this.stepper('view', 1),
      ),
    );
  }

  /**
   * @param {string} what
   * @param {0 | 1} of  the image, or the view
   */
  stepper(what, of) {
    const button = (
      /** @type {string} */ label,
      /** @type {string} */ text,
      /** @type {number} */ by,
    ) =>
      el('button', {
        type: 'button',
        class: 'icon',
        'aria-label': `${label} ${what}`,
        title: `${label} ${what}`,
        text,
        onclick: () => this.turn(of, by),
      });
    return el(
      'span',
      { class: 'stepper', role: 'group', 'aria-label': `Query ${what}` },
      button('Previous', '‹', -1),
      el('span', { text: what }),
      button('Next', '›', 1),
    );
  }

  /**
   * @param {0 | 1} of
   * @param {number} by
   */
  turn(of, by) {
    if (!this.update) return;
    const { n, views_each: views } = this.update.batch;
    let { item, view } = partsOf(this.update, this.query);
    if (of === 0) item = (item + by + n) % n;
    else view = (view + by + views) % views;
    this.choose(view * n + item);
  }

  /** @param {Update} update */
  setUpdate(update) {
    this.update = update;
  }

  /** @param {number} query */
  set(query) {
    if (!this.update) return;
    this.query = query;
    const { item, view } = partsOf(this.update, query);
    const { n, views_each: views, classes } = this.update.batch;
    setPicture(this.big, this.update, item, view);
    setText(this.class, classes[item]);
    setText(this.which, `image ${item + 1} of ${n}, view ${view + 1} of ${views}`);
  }
}
