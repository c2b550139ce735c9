// What stands in the bar of a class: words, buttons, and the two cards that they open.

import { el, icon, setAttribute, setText, show } from '../../kit/dom.js';
import { translated, withName } from '../../kit/language.js';
import { AskMenu } from './askmenu.js';
import { QuestionCard } from './questioncard.js';
import { attendance, isTyped } from './words.js';

/** @import { Class } from '../../kit/messages.d.ts' */
/** @import { BarData } from './classbar.js' */
/** @import { Ready } from './ready.js' */

const SCREEN = 'M2 3h12v8H2zM6 13h4v1.4H6z';
const LOST = 'The connection to the class is lost; it is being tried again.';

export class BarLine {
  teaches = false;
  /** The question whose card was folded away, or unfolded by itself. */
  seen = 0;

  /**
   * @param {object} hand
   * @param {() => void} hand.follow
   * @param {(option: number) => void} hand.choose
   * @param {(gone: boolean) => void} hand.close
   * @param {(question: Ready) => void} hand.pose
   * @param {(start: boolean) => void} hand.allow
   * @param {() => Ready[]} hand.ready
   */
  constructor({ follow, choose, close, pose, allow, ready }) {
    this.ready = ready;
    this.card = new QuestionCard({ choose, close, fold: () => this.showCard(false) });
    this.menu = new AskMenu((question) => {
      pose(question);
    });
    this.title = el('b', { class: 'title', tabindex: '-1' });
    this.words = el('span', { class: 'words', role: 'status' });
    this.follow = el('button', {
      type: 'button',
      class: 'main',
      text: 'Follow the teacher',
      onclick: follow,
    });
    this.question = el('button', {
      type: 'button',
      class: 'question-button',
      'aria-expanded': 'false',
      text: 'Question',
      onclick: () => this.press(),
    });
    this.may = el('input', {
      type: 'checkbox',
      onchange: () => allow(this.may.checked),
    });
    this.allow = el(
      'label',
      { class: 'allow' },
      this.may,
      el('span', { text: 'Followers may start runs' }),
    );
    this.screen = el(
      'a',
      { class: 'screen', target: '_blank', rel: 'noopener' },
      icon(SCREEN),
      el('span', { text: 'Address and QR code' }),
    );
    this.error = el('span', { class: 'error', role: 'alert', hidden: true });
    this.node = el(
      'div',
      { class: 'class-bar', role: 'region', 'aria-label': 'Class' },
      this.title,
      this.words,
      this.error,
      el('span', { class: 'gap' }),
      this.allow,
      this.screen,
      this.question,
      this.follow,
    );
    /** @param {KeyboardEvent} event */
    this.key = (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      const open = [this.menu.node, this.card.node].some((node) =>
        node.contains(document.activeElement),
      );
      if (!open) return;
      event.preventDefault();
      this.showMenu(false);
      this.showCard(false);
    };
    // before a presentation below, which leaves by the same key
    window.addEventListener('keydown', this.key, { capture: true });
  }

  press() {
    const { asked } = this.card;
    if (asked) this.showCard(this.card.node.hasAttribute('hidden'));
    else this.showMenu(this.menu.node.hasAttribute('hidden'));
  }

  /**
   * @param {Class | null} standing
   * @param {BarData & { follows: boolean }} who
   */
  set(standing, who) {
    const { teaches, follows, page, lang } = who;
    this.teaches = teaches;
    setAttribute(this.node, 'data-role', teaches ? 'teacher' : 'follower');
    setText(this.title, teaches ? 'Your class' : 'Class');
    show(this.allow, teaches);
    show(this.screen, teaches && page !== 'class');
    const screen = new URL('class', document.baseURI);
    if (lang) screen.searchParams.set('lang', lang);
    setAttribute(this.screen, 'href', screen.href);
    show(this.follow, !teaches && !follows);
    const asked = standing?.asked ?? null;
    show(this.question, teaches || asked !== null);
    setText(this.question, asked || !teaches ? 'Question' : 'Ask the class');
    if (!standing) return;
    this.card.set(standing, who);
    setText(this.words, teaches ? attendance(standing) : this.wordsOf(standing, follows));
    this.may.checked = standing.may_start;
    if (!asked) {
      this.seen = 0; // a server that starts anew counts from 1 again
      this.showCard(false);
    } else if (asked.number !== this.seen) {
      this.seen = asked.number;
      this.showMenu(false);
      this.showCard(true);
    }
  }

  /**
   * @param {Class} standing
   * @param {boolean} follows
   */
  wordsOf(standing, follows) {
    const { asked } = standing;
    if (asked?.is_open && asked.yours === null) {
      const text = isTyped(asked) ? asked.text : translated(asked.text);
      return withName('The teacher asks: {w}', text);
    }
    const own = standing.may_start ? ' You may start runs of your own.' : '';
    if (!follows) return `You look around on your own.${own}`;
    if (!standing.is_led) return 'The teacher has not opened a page yet.';
    return `You see what the teacher shows; look around as you like.${own}`;
  }

  /** @param {boolean} on */
  showCard(on) {
    this.showOf(this.card.node, on);
  }

  /** @param {boolean} on */
  showMenu(on) {
    if (on) this.menu.set(this.ready());
    this.showOf(this.menu.node, on);
    if (on) this.menu.focus();
  }

  /**
   * Where the focus is in what is folded away, it stays in the bar.
   * @param {HTMLElement} node
   * @param {boolean} on
   */
  showOf(node, on) {
    const isLeft = !on && node.contains(document.activeElement);
    show(node, on);
    this.tellOpen();
    if (isLeft) (this.question.hasAttribute('hidden') ? this.title : this.question).focus();
  }

  // The button opens one card or the other, and says whether either is.
  tellOpen() {
    const isOpen = [this.menu.node, this.card.node].some((node) => !node.hasAttribute('hidden'));
    setAttribute(this.question, 'aria-expanded', String(isOpen));
  }

  /**
   * @param {boolean} lost
   * @param {string} [why]
   */
  setLost(lost, why = LOST) {
    this.setError(lost ? why : '');
  }

  /** @param {string} text */
  setError(text) {
    setText(this.error, text);
    show(this.error, text !== '');
  }

  close() {
    window.removeEventListener('keydown', this.key, { capture: true });
  }
}
