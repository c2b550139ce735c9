// The teacher's menu of questions: those that the page makes ready, and one of the teacher's own.

import { el, fillRows, setText, show } from '../../kit/dom.js';
import { ownQuestion } from './ready.js';

/** @import { Ready } from './ready.js' */

export class AskMenu {
  /** @type {Ready[]} */
  ready = [];

  /** @param {(question: Ready) => void} pose */
  constructor(pose) {
    this.pose = pose;
    this.list = el('div', { class: 'ready', role: 'group', 'aria-label': 'Questions made ready' });
    this.none = el('p', {
      class: 'said',
      text: 'On the Live page, questions about the query shown stand here ready to be asked.',
    });
    this.text = el('input', {
      type: 'text',
      maxlength: 200,
      'aria-label': 'Your own question',
      placeholder: 'Which loss collapses first?',
    });
    this.lines = el('textarea', {
      rows: 3,
      'aria-label': 'Its answers, one a line',
      placeholder: 'an answer a line, two at least',
    });
    this.ask = el('button', {
      type: 'button',
      class: 'main',
      text: 'Ask',
      onclick: () => pose(ownQuestion(this.text.value, this.lines.value)),
    });
    this.node = el(
      'section',
      { class: 'card menu', 'aria-label': 'Ask the class', hidden: true },
      el('header', {}, el('h2', { tabindex: '-1', text: 'Ask the class' })),
      el(
        'div',
        { class: 'body' },
        this.list,
        this.none,
        el('p', { class: 'own', text: 'Or ask in words of your own' }),
        this.text,
        this.lines,
      ),
      el('footer', {}, this.ask),
    );
  }

  /** @param {Ready[]} ready */
  set(ready) {
    this.ready = ready;
    fillRows(
      this.list,
      ready,
      () => {
        const row = el('button', { type: 'button', class: 'line' });
        row.addEventListener('click', () => this.pose(this.ready[this.at(row)]));
        return row;
      },
      (row, { text, options }) => setText(row, `${text} (${options.length} images)`),
    );
    show(this.none, ready.length === 0);
  }

  /** @param {Element} row */
  at(row) {
    return [...this.list.children].indexOf(row);
  }

  focus() {
    this.node.querySelector('h2')?.focus({ preventScroll: true });
  }
}
