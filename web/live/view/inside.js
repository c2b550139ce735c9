// Inside one update: six stages from the batch to the step, walked by hand or in slow motion.

import { el, isShortcut, setAttribute, setText, show } from '../../kit/dom.js';
import { publish } from '../../kit/facts.js';
import { InsideBatch } from './insidebatch.js';
import { InsideLayers } from './insidelayers.js';
import { InsideLoss } from './insideloss.js';
import { InsideMatrix } from './insidematrix.js';
import { InsidePick } from './insidepick.js';
import { InsideStep } from './insidestep.js';
import { InsideViews } from './insideviews.js';
import { InsideWalk } from './insidewalk.js';

/** @import { InsideQueryAnswer } from '../../kit/messages.d.ts' */
/** @import { StateMessage } from '../../kit/types.d.ts' */
/** @import { View } from './live.js' */
/** @import { Stage, Update } from './insideupdate.js' */

export class Inside {
  query = 0;
  /** @type {Update | null} */
  update = null;
  /** @type {InsideQueryAnswer | null} */
  answer = null;

  /** The run is being paused; then its next update is opened. */
  pausing = false;

  /** @param {View} look */
  constructor(look) {
    this.look = look;
    this.pick = new InsidePick((query) => this.choose(query));
    const choose = (/** @type {number} */ query) => this.choose(query);
    /** @type {Stage[]} */
    this.stages = [
      new InsideBatch(choose),
      new InsideViews(choose),
      new InsideLayers(),
      new InsideMatrix(choose),
      new InsideLoss(choose),
      new InsideStep(choose),
    ];
    this.title = el('h3', { text: 'Inside one update' });
    this.which = el('select', {
      'aria-label': 'Update to open',
      title: 'Those whose state the run has kept',
      onchange: () => this.open(Number(this.which.value)),
    });
    this.agreement = el('p', { class: 'agreement', role: 'status' });
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.make = el('button', {
      type: 'button',
      class: 'toggle',
      text: 'make this update',
      hidden: true,
      title: 'What Step does; then what the run recorded of it is here',
      onclick: () => look.transport.press('step'),
    });
    this.walk = new InsideWalk(() => this.show());
    this.words = el('p', { class: 'stage-words', 'aria-live': 'polite' });
    this.more = el('p', { class: 'stage-words more' });
    this.place = el('div', { class: 'inside-place' });
    this.node = this.built();
    this.node.addEventListener('keydown', (event) => this.key(event));
  }

  built() {
    const close = el('button', {
      type: 'button',
      class: 'quiet',
      text: 'close (Esc)',
      onclick: () => this.close(),
    });
    return el(
      'section',
      { class: 'inside', 'aria-label': 'Inside one update', tabindex: -1, hidden: true },
      el('div', { class: 'inside-head' }, this.title, this.which, this.agreement, this.make, close),
      this.walk.node,
      this.error,
      el(
        'div',
        { class: 'inside-body' },
        el('div', { class: 'inside-side' }, this.pick.node, this.words, this.more),
        this.place,
      ),
    );
  }

  get on() {
    return !this.node.hidden;
  }

  // A person asks for it: a run at work is paused first, so that its next update stands still.
  enter() {
    const { look } = this;
    if (look.scrubber.playing) look.scrubber.toggle();
    this.pausing = look.transport.state === 'running' && look.transport.can('pause');
    if (this.pausing) {
      setText(this.agreement, 'The run is being held …');
      look.transport.press('pause');
    } else this.open(this.moment());
    this.uncover();
  }

  // The run could not be held: then what can be opened as it goes on is.
  goesOn() {
    if (!this.pausing) return;
    this.pausing = false;
    this.open(this.moment());
  }

  moment() {
    const { film, scrubber, transport } = this.look;
    const isNewest = scrubber.live && transport.own;
    return isNewest ? transport.step : (film.shown?.step ?? 0);
  }

  uncover() {
    if (this.on) return;
    this.opener = document.activeElement;
    this.cover(true);
    this.node.focus();
  }

  /** @param {boolean} on */
  cover(on) {
    show(this.node, on);
    this.publish();
    this.look.root.classList.toggle('looks-inside', on);
    for (const other of this.look.root.children)
      if (
        other instanceof HTMLElement &&
        other !== this.node &&
        !other.matches('.head, .present-bar, .transport')
      )
        other.inert = on;
  }

  /**
   * Asks for the update from a step, or the nearest that can be opened.
   * @param {number} step
   */
  open(step) {
    this.fail('');
    this.node.classList.add('waiting');
    const isThere = this.look.run !== null; // else the answer waits for it
    setText(this.agreement, isThere ? 'The update is being made again …' : 'Opening a run');
    this.askUpdate(step);
  }

  /** @param {number} step */
  askUpdate(step) {
    this.look.socket?.ask('inside', { what: 'inside', step });
  }

  /**
   * @param {number} step
   * @param {number} query
   */
  askQuery(step, query) {
    this.look.socket?.ask('inside_query', { what: 'inside_query', step, query });
  }

  close() {
    if (!this.on) return;
    this.walk.pause();
    this.pausing = false;
    this.cover(false);
    for (const stage of this.stages) stage.rest();
    if (this.opener instanceof HTMLElement) this.opener.focus();
  }

  // Another run: nothing of the one before is left.
  forget() {
    this.close();
    this.update = this.answer = null;
    this.query = 0;
    this.place.replaceChildren();
  }

  /** @param {any} message */
  hear(message) {
    if (message.what === 'inside') this.set(message);
    else this.setQuery(message);
  }

  /** @param {StateMessage} state */
  setState({ state, step }) {
    if (!this.on) return;
    if (this.pausing && state !== 'running') {
      this.pausing = false;
      this.open(step);
    } else if (this.update && !this.update.made && step > this.update.step)
      this.open(this.update.step);
    this.offer();
  }

  // Whether the run can be asked for the update that is shown.
  offer() {
    const can = this.look.transport.can('step');
    show(this.make, Boolean(can && this.update && !this.update.made));
  }

  /** @param {Update} update */
  set(update) {
    this.node.classList.remove('waiting');
    this.fail('');
    const same = this.update?.step === update.step;
    this.update = update;
    const { steps, step, n_steps: last } = update;
    this.which.replaceChildren(
      ...steps.map((one) => el('option', { value: one, text: `${one + 1} of ${last}` })),
    );
    this.which.value = String(step);
    setText(this.agreement, update.agreement);
    setAttribute(this.agreement, 'data-made', String(update.made));
    const n = update.batch.n * update.batch.views_each;
    if (this.query >= n) this.query = 0;
    this.pick.setUpdate(update);
    for (const stage of this.stages) stage.setUpdate(update, this.look.theme);
    if (!same || !this.answer) this.answer = null;
    this.choose(this.query);
    this.show();
    this.offer();
  }

  /** @param {InsideQueryAnswer} answer */
  setQuery(answer) {
    if (!this.update || answer.step !== this.update.step || answer.query !== this.query) return;
    this.answer = answer;
    this.node.classList.remove('asking');
    this.stages[this.walk.at].setQuery(answer);
    this.tell();
  }

  /** @param {string} sentence */
  fail(sentence) {
    setText(this.error, sentence);
    show(this.error, Boolean(sentence));
    if (!sentence) return;
    this.node.classList.remove('waiting', 'asking');
    setText(this.agreement, this.update?.agreement ?? '');
  }

  // In other colours.
  repaint() {
    if (this.update) for (const stage of this.stages) stage.setUpdate(this.update, this.look.theme);
    if (this.on) this.show();
  }

  /** @param {number} query */
  choose(query) {
    if (!this.update) return;
    this.query = query;
    this.pick.set(query);
    for (const stage of this.stages) stage.choose(query);
    this.node.classList.add('asking');
    this.askQuery(this.update.step, query);
  }

  // Which stage is looked at, from 1; 0 while none is.
  publish() {
    publish({ page: 'live', inside: { stage: this.on && this.update ? this.walk.at + 1 : 0 } });
  }

  show() {
    const stage = this.stages[this.walk.at];
    this.publish();
    this.node.dataset.stage = String(this.walk.at + 1);
    this.node.classList.toggle('plays', this.walk.playing);
    if (this.place.firstChild !== stage.node) {
      this.stages.forEach((one) => one.rest());
      this.place.replaceChildren(stage.node);
    }
    if (this.answer) stage.setQuery(this.answer);
    stage.begin();
    this.tell();
  }

  tell() {
    const key = String(this.walk.at + 1);
    setText(this.words, this.update?.said[key] ?? '');
    setText(this.more, this.answer?.said[key] ?? '');
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.defaultPrevented || isShortcut(event)) return;
    const { target, key } = event;
    if (key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!by) return;
    event.preventDefault();
    this.walk.turn(by);
  }
}
