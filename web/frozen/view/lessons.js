// The lessons that speak of this run, a step at a time above the view, with the moment's own numbers.

import { filled } from '../../kit/blanks.js';
import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { subscribe } from '../../kit/facts.js';
import { translated, withName } from '../../kit/language.js';

/** @import { Facts } from '../../kit/facts.js' */

/** @typedef {{ text: string, when: any[] }} Choice */

/**
 * @typedef {object} Step
 * @property {Record<string, any>} view
 * @property {string} words
 * @property {string} question
 * @property {Choice[]} choices
 * @property {any[]} check
 * @property {string} why
 */

/** @typedef {{ id: string, title: string, teaches: string, lang: string, steps: Step[] }} Lesson */

export class Lessons {
  /** @type {Lesson | null} */
  lesson = null;
  at = 0;
  /** Which choice was taken at this step. */
  /** @type {number | null} */
  taken = null;
  /** @type {Facts} */
  facts = {};

  /**
   * @param {Lesson[]} lessons
   * @param {object} hand
   * @param {(view: Record<string, any>) => void} hand.look  shows the run so
   * @param {(lesson?: string, at?: string) => void} hand.say  keeps in the link which step is open
   * @param {(conditions: any[], facts: Facts) => boolean} hand.allHold
   */
  constructor(lessons, { look, say, allHold }) {
    this.lessons = lessons;
    this.look = look;
    this.say = say;
    this.allHold = allHold;
    this.select = el(
      'select',
      { 'aria-label': 'Lesson on this run', onchange: () => this.choose(this.select.value) },
      el('option', { value: '', text: `Lessons on this run (${lessons.length})` }),
      ...lessons.map(({ id, title, lang }) =>
        el('option', { value: id, lang: lang || null, text: title }),
      ),
    );
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
      el('button', { type: 'button', text, onclick });
    this.where = el('b', {});
    this.words = el('p', { role: 'status' });
    this.question = el('p', { class: 'question' });
    this.choices = el('div', { class: 'choices' });
    this.verdict = el('span', {});
    this.why = el('span', {});
    this.back = button('Back', () => this.go(this.at - 1));
    this.next = button('Next', () => this.go(this.at + 1));
    this.node = el(
      'section',
      { class: 'cacr-lesson', 'aria-label': 'Lesson', hidden: true },
      el(
        'div',
        { class: 'line' },
        this.where,
        this.back,
        this.next,
        button('Show its moment again', () => this.go(this.at)),
        button('Close', () => this.choose('')),
      ),
      this.words,
      this.question,
      this.choices,
      el('p', { class: 'why', role: 'status' }, this.verdict, this.why),
    );
    subscribe((facts) => {
      this.facts = facts;
      this.update();
    });
  }

  /**
   * @param {string} id  empty for none
   * @param {string} [at]  which of its steps, as a person counts them
   */
  choose(id, at = '1') {
    this.lesson = this.lessons.find((one) => one.id === id) ?? null;
    this.select.value = this.lesson ? id : '';
    show(this.node, this.lesson !== null);
    if (this.lesson) this.go((/^\d{1,3}$/.test(at) ? Number(at) : 1) - 1);
    else this.say();
    window.dispatchEvent(new Event('resize')); // the view takes the room that is left
  }

  /** @param {number} at */
  go(at) {
    const { lesson } = this;
    if (!lesson) return;
    this.at = Math.max(0, Math.min(at, lesson.steps.length - 1));
    this.taken = null;
    const { choices, view } = lesson.steps[this.at];
    const lang = lesson.lang || null;
    for (const node of [this.words, this.question, this.why]) setAttribute(node, 'lang', lang);
    this.choices.replaceChildren(
      ...choices.map(({ text }, i) =>
        el('button', {
          type: 'button',
          lang,
          text,
          'aria-pressed': 'false',
          onclick: () => this.take(i),
        }),
      ),
    );
    this.look(view);
    this.say(lesson.id, String(this.at + 1));
    this.update();
    window.dispatchEvent(new Event('resize'));
  }

  /** @param {number} i */
  take(i) {
    this.taken = i;
    this.update();
    window.dispatchEvent(new Event('resize'));
  }

  update() {
    const { lesson, at, facts, taken } = this;
    if (!lesson) return;
    const { words, question, choices, check, why } = lesson.steps[at];
    const title = lesson.lang ? lesson.title : translated(lesson.title);
    setText(this.where, withName(`{w}, ${at + 1} of ${lesson.steps.length}`, title));
    setText(this.words, filled(words, facts));
    setText(this.question, filled(question, facts));
    this.back.disabled = at === 0;
    this.next.disabled = at === lesson.steps.length - 1;
    [...this.choices.children].forEach((node, i) => {
      setText(node, filled(choices[i].text, facts));
      node.setAttribute('aria-pressed', String(i === taken));
    });
    const done = !check.length || this.allHold(check, facts);
    const said = (!choices.length || taken !== null) && done;
    const right = taken !== null && this.allHold(choices[taken].when, facts);
    const verdict = taken === null ? '' : right ? 'Right. ' : 'Not so. ';
    setText(this.verdict, verdict);
    setText(this.why, said ? filled(why, facts) : '');
  }
}
