// The card of a question to the class: its options as images or words, with counts once they are told.

import { el, fillRows, setAttribute, setText, setThumb, show } from '../../kit/dom.js';
import { withName } from '../../kit/language.js';
import { isTyped, named, turnout } from './words.js';

/** @import { Asked, Class, Picture } from '../../kit/messages.d.ts' */

/** @type {(text: string, onclick: () => void, kind?: string) => HTMLButtonElement} */
const button = (text, onclick, kind = '') =>
  el('button', { type: 'button', class: kind, text, onclick });

/**
 * @param {HTMLElement} node
 * @param {string} base
 * @param {Asked} asked
 * @param {Picture} picture
 */
function draw(node, base, { sheet }, { probe, view }) {
  if (!sheet) return;
  const at = `${base}/runs/${encodeURIComponent(sheet.run)}`;
  const views = Array.from({ length: 5 }, (_, i) => `${at}/views-${i}.webp`);
  const probes = { n: sheet.n, columns: sheet.columns, tile: 0, labels: [], class_names: [] };
  setThumb(node, { probes: `${at}/probes.webp`, views }, probes, probe, view);
}

export class QuestionCard {
  /** @type {Asked | null} */
  asked = null;
  teaches = false;
  base = '';

  /**
   * @param {object} hand
   * @param {(option: number) => void} hand.choose
   * @param {(gone: boolean) => void} hand.close  of the teacher
   * @param {() => void} hand.fold
   */
  constructor({ choose, close, fold }) {
    this.choose = choose;
    this.text = el('h2', { tabindex: '-1' });
    this.fold = button('×', fold, 'icon');
    setAttribute(this.fold, 'aria-label', 'Fold the question away');
    this.image = el('span', { class: 'thumb' });
    this.about = el(
      'p',
      { class: 'about' },
      this.image,
      el('span', { text: 'the query of the question' }),
    );
    this.options = el('div', { class: 'options', role: 'group', 'aria-label': 'Answers' });
    this.said = el('p', { class: 'said', 'aria-live': 'polite' });
    this.shut = button('Close and show the answers', () => close(false), 'main');
    this.remove = button('Take it away', () => close(true));
    this.foot = el('footer', {}, this.shut, this.remove);
    this.node = el(
      'section',
      { class: 'card question', 'aria-label': 'Question to the class', hidden: true },
      el('header', {}, this.text, this.fold),
      el('div', { class: 'body' }, this.about, this.options, this.said),
      this.foot,
    );
  }

  /**
   * @param {Class} standing
   * @param {{ base: string, teaches: boolean }} who
   */
  set({ asked }, { base, teaches }) {
    Object.assign(this, { asked, base, teaches });
    if (!asked) return;
    setAttribute(this.text, 'lang', isTyped(asked) ? '' : null);
    setText(this.text, asked.text);
    show(this.about, asked.about !== null);
    if (asked.about) draw(this.image, base, asked, asked.about);
    this.options.classList.toggle('pictures', asked.sheet !== null);
    fillRows(
      this.options,
      asked.options,
      () => this.option(),
      (row, _, index) => this.fill(row, index),
    );
    setText(this.said, teaches ? turnout(asked, true) : this.wordsOf(asked));
    show(this.foot, teaches);
    if (document.activeElement === this.shut && !asked.is_open) this.remove.focus();
    show(this.shut, asked.is_open);
    setAttribute(this.node, 'data-open', String(asked.is_open));
  }

  /** @param {Asked} asked */
  wordsOf(asked) {
    if (!asked.is_open) return turnout(asked);
    if (asked.yours === null) return 'Choose one. Nobody sees who chose what.';
    return 'Your answer is in. You may change it until the question is closed.';
  }

  option() {
    const row = el(
      'button',
      { type: 'button', class: 'option', onclick: () => this.press(row) },
      el('span', { class: 'thumb', 'aria-hidden': 'true' }),
      el('span', { class: 'label', 'aria-hidden': 'true' }),
      el('span', { class: 'bar', 'aria-hidden': 'true' }, el('i', {})),
      el('b', { class: 'count', 'aria-hidden': 'true' }),
    );
    return row;
  }

  /** @param {HTMLButtonElement} row */
  press(row) {
    if (!this.teaches && this.asked?.is_open) this.choose([...this.options.children].indexOf(row));
  }

  /**
   * @param {HTMLButtonElement} row
   * @param {number} index
   */
  fill(row, index) {
    const asked = /** @type {Asked} */ (this.asked);
    const { label, picture } = asked.options[index];
    const [thumb, text, bar, number] = /** @type {HTMLElement[]} */ ([...row.children]);
    show(thumb, picture !== null);
    if (picture) draw(thumb, this.base, asked, picture);
    show(text, label !== '');
    for (const node of [row, text]) setAttribute(node, 'lang', isTyped(asked) ? '' : null);
    setText(text, label);
    const counts = asked.counts ?? [];
    const most = Math.max(1, ...counts);
    show(bar, asked.counts !== null);
    show(number, asked.counts !== null);
    const fill = /** @type {HTMLElement} */ (bar.firstElementChild);
    fill.style.setProperty('--share', String((counts[index] ?? 0) / most));
    setText(number, `${counts[index] ?? 0}${asked.right === index ? ' ✓' : ''}`);
    const said = isTyped(asked) ? withName(named(asked, index, '{w}'), label) : named(asked, index);
    setAttribute(row, 'aria-label', said);
    setAttribute(row, 'aria-pressed', String(asked.yours === index));
    setAttribute(row, 'data-right', asked.right === null ? null : String(asked.right === index));
    setAttribute(row, 'aria-disabled', this.teaches || !asked.is_open ? 'true' : null);
  }
}
