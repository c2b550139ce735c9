// The first stage: the images that the update is about.

import { el, fillRows, oneStop, setAttribute } from '../../kit/dom.js';
import { partsOf, setPicture } from './insideupdate.js';

/** @import { Update } from './insideupdate.js' */

export class InsideBatch {
  /** @type {Update | null} */
  update = null;

  /** @param {(query: number) => void} choose */
  constructor(choose) {
    this.pick = choose;
    this.node = oneStop(
      el('div', { class: 'inside-batch', role: 'group', 'aria-label': 'Images of the batch' }),
      'button',
    );
  }

  /** @param {Update} update */
  setUpdate(update) {
    this.update = update;
    const { index, classes } = update.batch;
    const make = () => el('button', { type: 'button', class: 'thumb' });
    fillRows(this.node, index, make, (button, number, item) => {
      setPicture(button, update, item);
      button.style.setProperty('--i', String(item));
      button.onclick = () => this.pick(item);
      const name = `image ${item + 1}: ${classes[item]}, number ${number} of the training images`;
      setAttribute(button, 'aria-label', name);
      setAttribute(button, 'title', name);
    });
    this.node.oneStop();
  }

  /** @param {number} query */
  choose(query) {
    if (!this.update) return;
    const { item } = partsOf(this.update, query);
    [...this.node.children].forEach((button, i) => {
      setAttribute(button, 'aria-pressed', String(i === item));
    });
  }

  setQuery() {}

  begin() {}

  rest() {}
}
