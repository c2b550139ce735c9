// The guide over a page: which step a lesson is at, what the student has done, and when why is told.

import { factsIn, filledOrNothing } from '../../kit/blanks.js';
import { themeOf } from '../../kit/colours.js';
import { show } from '../../kit/dom.js';
import { subscribe } from '../../kit/facts.js';
import { mounting } from '../../kit/mount.js';
import { allHold, factsOf, holds } from './conditions.js';
import { GuideCard } from './guidecard.js';
import { Kept } from './kept.js';
import { keepProgress } from './progress.js';
import { Ring } from './ring.js';
import { Settling } from './settling.js';

/** @import { Report } from '../../kit/types.d.ts' */
/** @import { Facts } from '../../kit/facts.js' */
/** @import { Told } from './guidecard.js' */

const REFILL = 150;
const REVEAL = 300;
const TOUCHES = ['pointerdown', 'keydown'];
const REST = 700; // a view tells Python of a change after this: it must not come after the step

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
  /** The words, and then why, have been read out, once their numbers were there. */
  said = false;
  explained = false;
  settling = new Settling();
  /** Facts that were there when the step's state was asked for, and were not said since. */
  /** @type {Set<string>} */
  older = new Set();
  /** The step's state is that of an address, which the page may have told before this was there. */
  isFirst = false;
  kept = new Kept();
  /** A hand was on the page since the step began, or since why was told. */
  touched = false;
  key = '';
  refilled = 0;
  /** When the page last said something. */
  heard = 0;

  /**
   * @param {HTMLElement} root
   * @param {Told} data
   * @param {Report} report
   */
  constructor(root, data, report) {
    this.root = root;
    this.report = report;
    this.data = data;
    this.ring = new Ring((boxes) => this.card?.stand(boxes));
    this.card = new GuideCard({
      go: (by, solved) => this.go(this.data.at + by, solved),
      after: () => this.goAfter(),
      leave: () => this.stop(),
      choose: (index) => {
        this.chosen = index;
        this.refill();
      },
      fold: (on) => show(this.ring.node, !on),
    });
    root.replaceChildren(this.ring.node, this.card.node);
    this.onkey = (/** @type {KeyboardEvent} */ event) => this.press(event);
    this.ontoggle = (/** @type {Event} */ event) => this.rise(event);
    this.onback = () => this.followAddress();
    this.ontouch = (/** @type {Event} */ event) => this.touch(event);
    for (const name of TOUCHES) window.addEventListener(name, this.ontouch, { capture: true });
    window.addEventListener('keydown', this.onkey);
    window.addEventListener('popstate', this.onback);
    document.addEventListener('toggle', this.ontoggle, { capture: true });
    this.sized = new ResizeObserver(() => this.card.stand(this.ring.boxes));
    this.sized.observe(this.card.node);
    this.unsubscribe = subscribe((facts, found) => this.hear(facts, found)); // of before, at first
    this.update(data, report);
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
    const isFirst = !this.key;
    this.key = key;
    if (data.error) this.card.setError(data.error);
    else {
      if (isNew) this.begin(isFirst);
      this.card.set(data);
      this.refill();
    }
    const isHere = !data.error && data.page === data.step.page;
    this.ring.set(isHere ? data.step.places : [], isHere ? data.step.otherwise : []);
    raise(this.ring.node);
    raise(this.card.node);
    this.card.stand(this.ring.boxes);
    if (isNew) this.open();
  }

  /** @param {boolean} isFirst */
  begin(isFirst) {
    const { data, facts } = this;
    const { lesson, at, step } = data;
    Object.assign(this, {
      chosen: null,
      failed: step.already,
      met: false,
      told: false,
      said: false,
      explained: false,
      touched: false,
      kept: new Kept(),
    });
    if (step.state !== null || facts.page !== step.page) {
      this.settling.begin(Date.now());
      this.isFirst = isFirst;
      this.older = new Set(Object.keys(facts).filter((name) => (facts[name] ?? null) !== null));
    }
    if (isFirst || step.state === null) this.look();
    this.card.begin(this.data);
    keepProgress(lesson, (was) => ({ ...was, at }));
  }

  open() {
    if (document.activeElement === document.body || this.card.hasFocus) this.card.focus();
    setTimeout(() => this.ring.reveal(), REVEAL);
  }

  /**
   * The check is seen to fail, if it does: a page may say nothing before what is done changes it.
   * @param {boolean} [settled]  whatever is there is of the step's state, or is what a hand finds
   */
  look(settled = Date.now() >= this.settling.at) {
    const { check, page } = this.data.step;
    const fails = check.some(
      (one) => !holds(one, this.facts) && (settled || !this.areOld(factsOf([one]))),
    );
    if (this.facts.page === page && fails) this.failed = true;
  }

  /**
   * @param {Facts} facts
   * @param {Facts} found  of these, those that were just said
   */
  hear(facts, found) {
    if (facts.page !== this.facts.page) this.older.clear();
    for (const name of Object.keys(found)) this.older.delete(name);
    this.facts = facts;
    const now = Date.now();
    this.heard = now;
    if (!this.waits) this.settling.hear(now);
    this.refillAt(this.refilled + REFILL);
    if (this.data.error) return;
    const { check, page } = this.data.step;
    if (!check.length || facts.page !== page) return;
    if (this.met) this.kept.follow(check, facts);
    else if (!allHold(check, facts)) this.look();
    else if (this.failed && (now >= this.settling.at || !this.areOld(factsOf(check)))) {
      this.met = true;
      this.kept.follow(check, facts);
      this.settling.begin(now); // other facts of that moment are on their way
      this.settling.hear(now);
      this.refill();
    }
  }

  /** @param {string[]} names  of facts: whether some may be of another state still */
  areOld(names) {
    return names.some((name) => this.older.has(name));
  }

  // What the step speaks of has not all been told since its state was asked for.
  get waits() {
    if (this.data.error) return false;
    const { check, choices, words, question, why } = this.data.step;
    const conditions = [...check, ...choices.flatMap(({ when }) => when)];
    return this.areOld([words, question, why].flatMap(factsIn).concat(factsOf(conditions)));
  }

  /** @param {number} time */
  refillAt(time) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refill(), Math.max(0, time - Date.now()));
  }

  get revealed() {
    const { step } = this.data;
    const answered = !step.question || this.chosen !== null;
    return Boolean(step.why) && answered && (!step.check.length || this.met);
  }

  refill() {
    if (this.data.error) return;
    this.refilled = Date.now();
    const { at, lesson, step } = this.data;
    const { chosen, met, revealed } = this;
    this.card.fill(step, this.saidWith, { chosen, met, revealed });
    if (revealed && !this.told) {
      this.told = true;
      this.touched = false;
      this.card.reveal();
      keepProgress(lesson, (was) => ({ ...was, done: [...new Set([...was.done, at])] }));
    }
    if (this.refilled < this.settling.at) this.refillAt(this.settling.at);
    else {
      // All is of the step's state where it was told, and where the page was opened in it.
      const isTold = this.settling.heard < Infinity && !this.waits;
      if (this.isFirst || isTold) this.older.clear();
      this.look();
      if (this.touched) this.keep();
      this.speak();
    }
  }

  get saidWith() {
    // what another page knew is not said of this one
    const facts = this.facts.page === this.data.step.page ? this.facts : {};
    return { words: this.kept.words ?? facts, why: this.kept.why ?? facts };
  }

  /** @param {Event} event  of a hand, before the page has it */
  touch({ target }) {
    if (this.data.error || (target instanceof Node && this.root.contains(target))) return;
    this.touched = true;
    this.look(true);
    if (Date.now() >= this.settling.at) this.keep();
  }

  keep() {
    const { step } = this.data;
    if (this.facts.page === step.page) this.kept.keep(step, this.facts, this.older, this.revealed);
  }

  // To who listens, once each and not corrected: it waits for the numbers.
  speak() {
    const { words, question, choices, why, page } = this.data.step;
    const facts = this.saidWith;
    const texts = [words, question].map((text) => filledOrNothing(text, facts.words));
    if (!this.said && texts[0] && Boolean(texts[1]) === Boolean(question)) {
      this.said = true;
      this.card.say('', ...texts);
      this.ring.reveal(); // the page has its height now
    }
    const isJudged = facts.why.page === page || choices.every(({ when }) => !when.length);
    if (!this.revealed || this.explained || !isJudged || !filledOrNothing(why, facts.why)) return;
    this.explained = true;
    this.card.explain();
  }

  /**
   * @param {number} at
   * @param {boolean} [solved]
   */
  go(at, solved = false) {
    const { lesson, n, page } = this.data;
    if (at > n) {
      this.end();
      this.stop();
      return;
    }
    if (solved) {
      this.failed = true;
      if (Date.now() >= this.settling.at) this.keep();
    }
    this.send({ lesson, at, page, solved });
  }

  // To the lesson after this one.
  goAfter() {
    const { following } = this.data;
    if (!following) return;
    this.end();
    this.send({ lesson: following.lesson, at: 1, page: '', solved: false });
  }

  end() {
    keepProgress(this.data.lesson, (was) => ({ ...was, at: 1, ended: true }));
  }

  /** @param {{ lesson: string, at: number, page: string, solved: boolean }} asked */
  send(asked) {
    clearTimeout(this.going);
    const wait = Date.now() - this.heard < REST ? REST : 0;
    this.going = setTimeout(() => this.report.setTriggerValue('go', asked), wait);
  }

  stop() {
    this.close();
    this.report.setTriggerValue('leave', true);
  }

  /**
   * Escape anywhere comes here; Escape here leaves.
   * @param {KeyboardEvent} event
   */
  press(event) {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    if (this.card.hasFocus) this.stop();
    else this.card.focus();
  }

  // Back and Forward of the browser lead to the step of that address, in its state.
  followAddress() {
    const params = new URLSearchParams(window.location.search);
    const [lesson, at] = [params.get('lesson'), Number(params.get('at') ?? 1)];
    if (!lesson) this.stop();
    else if (lesson !== this.data.lesson || at !== this.data.at)
      this.send({ lesson, at, page: '', solved: false });
  }

  /**
   * What covers the page from now on, such as a presentation, does not cover the guide.
   * @param {any} event  of an element of the top layer
   */
  rise({ target, newState }) {
    if (newState !== 'open' || !(target instanceof Node) || this.root.contains(target)) return;
    for (const node of [this.ring.node, this.card.node])
      if (node.matches(':popover-open')) {
        node.hidePopover();
        node.showPopover();
      }
  }

  close() {
    this.unsubscribe?.();
    this.sized.disconnect();
    clearTimeout(this.timer);
    clearTimeout(this.going);
    for (const name of TOUCHES) window.removeEventListener(name, this.ontouch, { capture: true });
    window.removeEventListener('keydown', this.onkey);
    window.removeEventListener('popstate', this.onback);
    document.removeEventListener('toggle', this.ontoggle, { capture: true });
    this.ring.close();
    this.card.close();
  }
}

export const mount = mounting('[data-guide-root]', (...given) => new Guide(...given));
