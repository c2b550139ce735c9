// The guide over a page: what to look at, a question before it is answered, what to do, and why.

import { filled } from '../../kit/blanks.js';
import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { subscribe } from '../../kit/facts.js';
import { themeOf } from '../../kit/colours.js';
import { mounting } from '../../kit/mount.js';
import { allHold } from './conditions.js';
import { bestCorner } from './corner.js';
import { keepProgress } from './progress.js';
import { Ring } from './ring.js';

/** @import { Report } from '../../kit/types.d.ts' */
/** @import { Facts } from '../../kit/facts.js' */
/** @import { Condition } from './conditions.js' */

/** @typedef {{ text: string, when: Condition[] }} Choice */

/**
 * @typedef {object} Step
 * @property {string} page
 * @property {string[]} places
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
 * @property {string} lang
 * @property {number} at
 * @property {number} n
 * @property {string} page
 * @property {Step} step
 */

const PAGES = { live: 'Live', compare: 'Compare', forces: 'Forces', checkpoints: 'Checkpoints' };
const REFILL = 150;

/** @param {HTMLElement} node  shown over everything, where the browser can */
function raise(node) {
  if (!('showPopover' in node)) return;
  node.popover = 'manual';
  if (node.isConnected && !node.matches(':popover-open')) node.showPopover();
}

export class Guide {
  /** @type {Facts} */
  facts = {};
  /** The choice that was made, by its place. */
  /** @type {number | null} */
  chosen = null;
  /** The check was seen to fail: from now on it may be met. */
  failed = false;
  met = false;
  told = false;
  key = '';
  refilled = 0;

  /**
   * @param {HTMLElement} root
   * @param {Told} data
   * @param {Report} report
   */
  constructor(root, data, report) {
    this.root = root;
    this.report = report;
    this.data = data;
    this.build();
    this.ring = new Ring(() => this.stand());
    root.replaceChildren(this.ring.node, this.node);
    this.onkey = (/** @type {KeyboardEvent} */ event) => this.press(event);
    window.addEventListener('keydown', this.onkey);
    this.sized = new ResizeObserver(() => this.stand());
    this.sized.observe(this.node);
    this.update(data, report);
    this.unsubscribe = subscribe((facts) => this.hear(facts));
  }

  build() {
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, kind = '') =>
      el('button', { type: 'button', class: kind, text, onclick });
    this.title = el('h2', { tabindex: '-1' });
    this.count = el('span', { class: 'count' });
    this.words = el('p', { class: 'words' });
    this.elsewhere = button('', () => this.go(this.data.at), 'quiet');
    this.question = el('p', { class: 'question', id: 'cacr-guide-question' });
    this.choices = el('div', {
      class: 'choices',
      role: 'group',
      'aria-labelledby': 'cacr-guide-question',
    });
    this.todo = el('p', { class: 'todo' });
    this.solve = button('Show me', () => this.go(this.data.at, true), 'quiet');
    this.verdict = el('p', { class: 'verdict' });
    this.why = el('p', { class: 'why' });
    this.heard = el('p', { class: 'heard', 'aria-live': 'polite' });
    this.back = button('Back', () => this.go(this.data.at - 1));
    this.next = button('Next', () => this.go(this.data.at + 1), 'main');
    this.leave = button('Leave', () => this.stop(), 'quiet');
    this.fold = el('button', {
      type: 'button',
      class: 'icon',
      'aria-expanded': 'true',
      'aria-label': 'Fold the guide',
      title: 'Fold the guide',
      text: '–',
      onclick: () => this.setFolded(!this.node.classList.contains('folded')),
    });
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
    );
    this.node = el(
      'section',
      { class: 'guide', 'aria-label': 'Lesson' },
      el('header', {}, this.title, this.count, this.fold),
      this.body,
      el('footer', {}, this.leave, el('span', { class: 'gap' }), this.back, this.next),
      this.heard,
    );
  }

  /**
   * @param {Told} data
   * @param {Report} report
   */
  update(data, report) {
    this.report = report;
    this.data = data;
    this.root.dataset.theme = themeOf(this.root);
    const key = `${data.error ?? ''} ${data.lesson} ${data.at}`;
    const isNew = key !== this.key;
    this.key = key;
    if (data.error) this.setError(data.error);
    else this.setStep(isNew);
    raise(this.ring.node);
    raise(this.node);
    this.stand();
    if (isNew) this.open();
  }

  /** @param {string} text */
  setError(text) {
    setText(this.title, 'This lesson cannot be opened');
    setText(this.words, text);
    for (const node of [this.question, this.choices, this.todo, this.solve, this.verdict, this.why])
      show(node, false);
    for (const node of [this.elsewhere, this.back, this.next, this.count]) show(node, false);
    this.ring.set([]);
  }

  /** @param {boolean} isNew  another step than before */
  setStep(isNew) {
    const { step, title, at, n, page, lang } = this.data;
    if (isNew) {
      Object.assign(this, { chosen: null, failed: step.already, met: false, told: false });
      this.choices.replaceChildren(
        ...step.choices.map(({ text }, i) =>
          el('button', { type: 'button', text, onclick: () => this.choose(i) }),
        ),
      );
      keepProgress(this.data.lesson, (was) => ({ ...was, at, ended: was.ended ?? false }));
    }
    setText(this.title, title);
    setText(this.count, `${at} of ${n}`);
    setAttribute(this.count, 'aria-label', `step ${at} of ${n}`);
    for (const node of [this.title, this.body]) setAttribute(node, 'lang', lang);
    const here = page === step.page;
    show(this.elsewhere, !here);
    setText(
      this.elsewhere,
      `This step is on the ${PAGES[/** @type {'live'} */ (step.page)]} page: go there`,
    );
    show(this.question, Boolean(step.question));
    show(this.choices, Boolean(step.question));
    setText(this.question, step.question);
    this.back.disabled = at <= 1;
    setText(this.next, at < n ? 'Next' : 'Done');
    this.ring.set(here ? step.places : []);
    this.refill();
  }

  open() {
    setText(this.heard, '');
    if (document.activeElement === document.body || this.node.contains(document.activeElement))
      this.title.focus({ preventScroll: true });
    setTimeout(() => this.ring.reveal(), 300);
    const { step } = this.data;
    if (!this.data.error)
      setText(
        this.heard,
        [filled(step.words, this.facts), step.question].filter(Boolean).join(' '),
      );
  }

  /** @param {Facts} facts */
  hear(facts) {
    this.facts = facts;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refill(), Math.max(0, this.refilled + REFILL - Date.now()));
    if (this.data.error) return;
    const { check, page } = this.data.step;
    if (!check.length || this.met || facts.page !== page) return;
    const now = allHold(check, facts);
    if (!now) this.failed = true;
    else if (this.failed) {
      this.met = true;
      this.refill();
    }
  }

  /** @param {number} index */
  choose(index) {
    this.chosen = index;
    this.refill();
  }

  get revealed() {
    const { step } = this.data;
    const answered = !step.question || this.chosen !== null;
    return Boolean(step.why) && answered && (!step.check.length || this.met);
  }

  // Words with the numbers of this moment.
  refill() {
    if (this.data.error) return;
    this.refilled = Date.now();
    const { step } = this.data;
    const { facts, chosen, revealed } = this;
    setText(this.words, filled(step.words, facts));
    show(this.todo, step.check.length > 0);
    setText(this.todo, this.met ? '✓ done' : '○ to do on the page');
    this.todo.classList.toggle('met', this.met);
    show(this.solve, step.solved && step.check.length > 0 && !this.met);
    const right = step.choices.map(({ when }) => when.length > 0 && allHold(when, facts));
    [...this.choices.children].forEach((node, i) => {
      setAttribute(node, 'aria-pressed', String(i === chosen));
      setAttribute(node, 'data-right', revealed ? String(right[i]) : null);
    });
    show(this.verdict, revealed && chosen !== null);
    const verdict = chosen !== null && right[chosen] ? '✓ As you said.' : '✗ Not as you said.';
    setText(this.verdict, right.some(Boolean) ? verdict : '');
    show(this.why, revealed);
    setText(this.why, revealed ? filled(step.why, facts) : '');
    if (revealed && !this.told) this.reveal();
  }

  reveal() {
    this.told = true;
    const { at, lesson } = this.data;
    setText(this.heard, `${this.verdict.textContent} ${this.why.textContent}`);
    keepProgress(lesson, (was) => ({ ...was, done: [...new Set([...was.done, at])] }));
    this.body.scrollTop = this.body.scrollHeight;
  }

  /**
   * @param {number} at
   * @param {boolean} [solved]
   */
  go(at, solved = false) {
    const { lesson, n, page } = this.data;
    if (at > n) {
      keepProgress(lesson, (was) => ({ ...was, at: 1, ended: true }));
      this.stop();
      return;
    }
    if (solved) this.failed = true;
    this.report.setTriggerValue('go', { lesson, at, page, solved });
  }

  stop() {
    this.close();
    this.report.setTriggerValue('leave', true);
  }

  /** @param {boolean} on */
  setFolded(on) {
    this.node.classList.toggle('folded', on);
    setAttribute(this.fold, 'aria-expanded', String(!on));
    const label = on ? 'Unfold the guide' : 'Fold the guide';
    setAttribute(this.fold, 'aria-label', label);
    setAttribute(this.fold, 'title', label);
    setText(this.fold, on ? '+' : '–');
    show(this.ring.node, !on);
    this.stand();
  }

  // Escape anywhere comes here; Escape here leaves.
  press(/** @type {KeyboardEvent} */ event) {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    if (this.node.contains(document.activeElement)) this.stop();
    else this.title.focus({ preventScroll: true });
  }

  stand() {
    const { offsetWidth: width, offsetHeight: height } = this.node;
    if (!width) return;
    const { innerWidth, innerHeight } = window;
    const screen = { width: innerWidth, height: innerHeight };
    const { left, top } = bestCorner({ width, height }, screen, this.ring.boxes);
    this.node.style.setProperty('left', `${Math.round(left)}px`);
    this.node.style.setProperty('top', `${Math.round(top)}px`);
  }

  close() {
    this.unsubscribe?.();
    this.sized.disconnect();
    clearTimeout(this.timer);
    window.removeEventListener('keydown', this.onkey);
    this.ring.close();
    this.node.remove();
  }
}

export const mount = mounting('[data-guide-root]', (...given) => new Guide(...given));
