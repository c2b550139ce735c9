// The second stage: the views of the query's image, and those of all others.

import { el, fillRows, oneStop, setAttribute, setText } from '../../kit/dom.js';
import { nameOf, partsOf, setPicture } from './insideupdate.js';

/** @import { Update } from './insideupdate.js' */

export class InsideViews {
  /** @type {Update | null} */
  update = null;

  /** @param {(query: number) => void} choose */
  constructor(choose) {
    this.pick = choose;
    this.image = el('span', { class: 'thumb huge' });
    this.own = oneStop(
      el('div', { class: 'own-views', role: 'group', 'aria-label': 'Views of the query’s image' }),
      'button',
    );
    this.all = oneStop(
      el('div', { class: 'all-views', role: 'group', 'aria-label': 'Views of the whole batch' }),
      'button',
    );
    this.name = el('figcaption', {});
    this.node = el(
      'div',
      { class: 'inside-views' },
      el(
        'div',
        { class: 'from-image' },
        el('figure', {}, this.image, this.name),
        el('span', { class: 'leads', 'aria-hidden': 'true', text: '→' }),
        this.own,
      ),
      this.all,
    );
  }

  /** @param {Update} update */
  setUpdate(update) {
    this.update = update;
    const { index, views_each: n } = update.batch;
    fillRows(
      this.all,
      index,
      () => this.block(),
      (block, _, item) => {
        block.style.setProperty('--i', String(item));
        fillRows(
          block,
          Array(n).fill(0),
          () => el('span', { class: 'thumb' }),
          (node, __, view) => setPicture(node, update, item, view),
        );
        block.onclick = () => this.pick(item);
        setAttribute(
          block,
          'aria-label',
          `${n} views of image ${item + 1}, ${update.batch.classes[item]}`,
        );
      },
    );
    this.all.oneStop();
  }

  block() {
    return el('button', { type: 'button', class: 'view-block' });
  }

  /** @param {number} query */
  choose(query) {
    const { update } = this;
    if (!update) return;
    const { item, view } = partsOf(update, query);
    const { views_each: n, n: items, classes } = update.batch;
    setPicture(this.image, update, item);
    setText(this.name, `image ${item + 1}, ${classes[item]}`);
    fillRows(
      this.own,
      Array(n).fill(0),
      () => el('button', { type: 'button', class: 'thumb huge' }),
      (node, _, at) => {
        setPicture(node, update, item, at);
        node.style.setProperty('--i', String(8 * at));
        node.onclick = () => this.pick(at * items + item);
        setAttribute(node, 'aria-pressed', String(at === view));
        setAttribute(node, 'aria-label', nameOf(update, at * items + item));
      },
    );
    this.own.oneStop();
    [...this.all.children].forEach((block, i) => {
      setAttribute(block, 'aria-pressed', String(i === item));
    });
  }

  setQuery() {}

  begin() {}

  rest() {}
}
