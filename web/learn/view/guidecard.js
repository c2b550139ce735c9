// The card of the guide: a step's words, its question with choices, what is to do, and why.

import { filled } from '../../kit/blanks.js';
import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { named } from './cards.js';
import { allHold } from './conditions.js';
import { bestCorner } from './corner.js';

/** @import { Facts } from '../../kit/facts.js' */
/** @import { Condition } from './conditions.js' */
/** @import { Box } from './boxes.js' */

/** @typedef {{ text: string, when: Condition[] }} Choice */

/**
 * @typedef {object} Step
 * @property {string} page
 * @property {string | null} state  null where the page stays as it is
 * @property {string[]} places
 * @property {string[]} otherwise  what is pointed at while none of the places is there
 * @property {string} words
 * @property {string} question
 * @property {Choice[]} choices
 * @property {Condition[]} check
 * @property {boolean} already
 * @property {boolean} solved
 * @property {string} why
 */

/**
 * @typedef {object} Told
 * @property {string} [error]
 * @property {string} lesson
 * @property {string} title
 * @property {string} lang  empty for that of the page
 * @property {number} at
 * @property {number} n
 * @property {string} page
 * @property {Step} step
 * @property {{ lesson: string, title: string, own: boolean } | null} following  the next lesson, at
 *   the last step
 */

/** @type {Record<string, string>} */
const PAGES = { live: 'Live', compare: 'Compare', forces: 'Forces', checkpoints: 'Checkpoints' };

/** @type {(text: string, onclick: () => void, kind?: string) => HTMLButtonElement} */
const button = (text, onclick, kind = '') =>
  el('button', { type: 'button', class: kind, text, onclick });

export class GuideCard {
  /**
   * @param {object} hand
   * @param {(by: number, solved?: boolean) => void} hand.go  so many steps on
   * @param {() => void} hand.after  to the next lesson
   * @param {() => void} hand.leave
   * @param {(index: number) => void} hand.choose
   * @param {(folded: boolean) => void} hand.fold
   */
  constructor({ go, after, leave, choose, fold }) {
    this.choose = choose;
    this.folded = fold;
    this.title = el('h2', { tabindex: '-1' });
    this.count = el('span', { class: 'count' });
    this.words = el('p', { class: 'words' });
    this.elsewhere = button('', () => go(0), 'quiet');
    this.question = el('p', { class: 'question', id: 'cacr-guide-question' });
    const asked = { class: 'choices', role: 'group', 'aria-labelledby': 'cacr-guide-question' };
    this.choices = el('div', asked);
    this.todo = el('p', { class: 'todo' });
    this.solve = button('Show me', () => go(0, true), 'quiet');
    this.verdict = el('p', { class: 'verdict' });
    this.why = el('p', { class: 'why' });
    this.after = button('', after, 'quiet after');
    this.judged = el('span', {});
    this.heard = el('span', {});
    this.back = button('Back', () => go(-1));
    this.next = button('Next', () => go(1), 'main');
    this.fold = button('–', () => this.setFolded(!this.node.classList.contains('folded')), 'icon');
    this.body = el(
      'div',
      { class: 'body' },
      this.words,
      this.elsewhere,
      this.question,
      this.choices,
      el('div', { class: 'line' }, this.todo, this.solve),
      this.verdict,
      this.why,
      this.after,
    );
    const foot = [button('Leave', leave, 'quiet'), el('span', { class: 'gap' })];
    this.node = el(
      'section',
      { class: 'guide', 'aria-label': 'Lesson' },
      el('header', {}, this.title, this.count, this.fold),
      this.body,
      el('footer', {}, ...foot, this.back, this.next),
      el('p', { class: 'heard', 'aria-live': 'polite' }, this.judged, ' ', this.heard),
    );
    this.body.addEventListener('scroll', () => this.tellMore(), { passive: true });
    this.setFolded(false);
  }

  // Where there is more of the words than is in sight.
  tellMore() {
    const { scrollTop, clientHeight, scrollHeight } = this.body;
    const isMore = { above: scrollTop > 2, below: scrollTop + clientHeight < scrollHeight - 2 };
    const names = Object.entries(isMore).filter(([, is]) => is);
    setAttribute(this.body, 'data-more', names.map(([name]) => name).join(' ') || null);
  }

  /** @param {string} text */
  setError(text) {
    this.setLanguage('');
    setText(this.title, 'This lesson cannot be opened');
    setText(this.words, text);
    const { question, choices, todo, solve, verdict, why, elsewhere, after } = this;
    const { back, next, count } = this;
    for (const node of [question, choices, todo, solve, verdict, why, elsewhere, after])
      show(node, false);
    for (const node of [back, next, count]) show(node, false);
  }

  /** @param {Told} told  of another step than before */
  begin({ step }) {
    this.choices.replaceChildren(...step.choices.map((_, i) => button('', () => this.choose(i))));
    this.body.scrollTop = 0;
  }

  /** @param {Told} told */
  set({ step, title, at, n, page, lang, following }) {
    this.setLanguage(lang);
    setText(this.title, title);
    setText(this.count, `${at} of ${n}`);
    setAttribute(this.count, 'aria-label', `step ${at} of ${n}`);
    show(this.elsewhere, page !== step.page);
    setText(this.elsewhere, `This step is on the ${PAGES[step.page]} page: go there`);
    show(this.question, Boolean(step.question));
    show(this.choices, Boolean(step.question));
    this.back.disabled = at <= 1;
    show(this.after, Boolean(following));
    setText(this.after, following ? named('Next lesson: {w}', following) : '');
    setText(this.next, at < n ? 'Next' : 'Done');
  }

  /** @param {string} lang  of what the lesson itself says; empty for that of the page */
  setLanguage(lang) {
    const { title, words, question, choices, why, heard } = this;
    for (const node of [title, words, question, ...choices.children, why, heard])
      setAttribute(node, 'lang', lang || null);
  }

  /**
   * Words with the numbers of a moment.
   * @param {Step} step
   * @param {{ words: Facts, why: Facts }} facts
   * @param {object} so
   * @param {number | null} so.chosen
   * @param {boolean} so.met
   * @param {boolean} so.revealed
   */
  fill(step, facts, { chosen, met, revealed }) {
    setText(this.words, filled(step.words, facts.words));
    setText(this.question, filled(step.question, facts.words));
    show(this.todo, step.check.length > 0);
    setText(this.todo, met ? '✓ done' : '○ to do on the page');
    this.todo.classList.toggle('met', met);
    show(this.solve, step.solved && step.check.length > 0 && !met);
    const right = step.choices.map(({ when }) => when.length > 0 && allHold(when, facts.why));
    [...this.choices.children].forEach((node, i) => {
      setText(node, filled(step.choices[i].text, facts.words));
      setAttribute(node, 'aria-pressed', String(i === chosen));
      setAttribute(node, 'data-right', revealed ? String(right[i]) : null);
    });
    show(this.verdict, revealed && chosen !== null);
    const verdict = chosen !== null && right[chosen] ? '✓ As you said.' : '✗ Not as you said.';
    setText(this.verdict, right.some(Boolean) ? verdict : '');
    show(this.why, revealed);
    setText(this.why, revealed ? filled(step.why, facts.why) : '');
  }

  /**
   * For who listens.
   * @param {string} verdict  in words of the page
   * @param {string[]} texts  of the lesson
   */
  say(verdict, ...texts) {
    setText(this.judged, verdict);
    setText(this.heard, texts.filter(Boolean).join(' '));
  }

  reveal() {
    this.body.scrollTop = this.body.scrollHeight;
    this.tellMore();
  }

  explain() {
    this.say(this.verdict.textContent ?? '', this.why.textContent ?? '');
  }

  /** @param {boolean} on */
  setFolded(on) {
    this.node.classList.toggle('folded', on);
    setAttribute(this.fold, 'aria-expanded', String(!on));
    const label = on ? 'Unfold the guide' : 'Fold the guide';
    setAttribute(this.fold, 'aria-label', label);
    setAttribute(this.fold, 'title', label);
    setText(this.fold, on ? '+' : '–');
    this.folded(on);
  }

  get hasFocus() {
    return this.node.contains(document.activeElement);
  }

  focus() {
    this.title.focus({ preventScroll: true });
  }

  close() {
    this.node.remove();
  }

  /** @param {Box[]} boxes  not to be covered */
  stand(boxes) {
    const { offsetWidth: width, offsetHeight: height } = this.node;
    if (!width) return;
    this.tellMore();
    const screen = { width: window.innerWidth, height: window.innerHeight };
    const { left, top } = bestCorner({ width, height }, screen, boxes);
    this.node.style.setProperty('left', `${Math.round(left)}px`);
    this.node.style.setProperty('top', `${Math.round(top)}px`);
  }
}
