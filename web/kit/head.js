// The line above the panels: which run, what is seen, where it stands.

import { count, el, setAttribute, setText, show } from './dom.js';

/** @import { StateMessage, Titled } from './types.d.ts' */

/** @type {Record<string, [sign: string, word: string]>} */
const STATES = {
  waiting: ['◌', 'waiting'],
  running: ['●', 'training'],
  paused: ['❚❚', 'paused'],
  stopped: ['■', 'stopped'],
  finished: ['✓', 'finished'],
  failed: ['!', 'failed'],
  lost: ['?', 'worker lost'],
};

export const LOST = 'connection lost, trying again';
const INSTEAD = 'This is a recorded one.'; // ends why what the address names is not shown

/**
 * A recorded run is of its own images, whatever ones are chosen beside it.
 * @param {Titled} run
 */
function titleOf({ title, example, dataset }) {
  const images = dataset.charAt(0).toUpperCase() + dataset.slice(1);
  return example && title.endsWith(', recorded') ? `${title} on ${images}` : title;
}

export class Head {
  invite = '';
  /** Why this run is shown instead of the one that was asked for. */
  instead = '';
  seenText = '';
  diagnosis = '';
  end = '';
  /** What of the run's files cannot be read. */
  damage = '';
  example = false;

  constructor() {
    this.title = el('h2', { text: 'Live' });
    this.seen = el('p', { class: 'seen', text: ' ' });
    this.sign = el('i', { 'aria-hidden': 'true' });
    this.word = el('span', {});
    this.state = el('span', { class: 'state', role: 'status', hidden: true }, this.sign, this.word);
    this.step = el('b', { text: '–' });
    this.of = el('span', {});
    this.speed = el('span', {});
    this.device = el('span', {});
    this.lost = el('p', {
      class: 'lost-line',
      role: 'status',
      hidden: true,
      text: LOST,
    });
    this.facts = el(
      'p',
      { class: 'facts' },
      this.state,
      el('span', { class: 'at' }, 'step ', this.step, this.of),
      this.speed,
      this.device,
    );
    this.what = el('span', {});
    this.trouble = el(
      'p',
      { class: 'seen', role: 'alert', hidden: true },
      el('span', { 'aria-hidden': 'true', text: '⚠ ' }),
      this.what,
    );
    this.node = el(
      'header',
      { class: 'head' },
      el('div', { class: 'about' }, this.title, this.seen, this.trouble),
      this.lost,
      this.facts,
    );
  }

  /**
   * @param {boolean} example
   * @param {string} invite
   */
  setInvite(example, invite) {
    const refused = example && invite.endsWith(INSTEAD);
    this.instead = refused ? invite : '';
    this.invite = example && !refused ? invite : '';
  }

  // A run that has been asked for and is not there yet.
  clear() {
    setText(this.title, 'Opening a run');
    this.seenText = '';
    setText(this.seen, ' ');
    show(this.trouble, false);
    show(this.seen, true);
    show(this.state, false);
    setText(this.step, '–');
    for (const fact of [this.of, this.speed, this.device]) setText(fact, '');
    this.example = false;
  }

  /** @param {Titled} run */
  setRun(run) {
    this.diagnosis = '';
    this.end = '';
    this.damage = '';
    this.warn();
    setText(this.title, titleOf(run));
    const natural = run.natural && run.space !== 'features';
    const surface = run.dims === 2 ? 'on the circle' : 'on the sphere';
    const what = natural ? surface : 'by what the network sees in them';
    this.seenText =
      this.invite || `${count(run.n)} images of ${run.dataset}, arranged ${what}: near means alike`;
    setText(this.seen, this.seenText);
    setAttribute(this.seen, 'title', this.seen.textContent);
    setText(this.of, run.n_steps ? ` of ${count(run.n_steps)}` : '');
    setText(this.device, run.device ?? '');
    this.example = run.example;
    this.node.classList.toggle('example', Boolean(run.example));
  }

  /** @param {StateMessage} message */
  setState({ state, reason, steps_per_second, damage }) {
    setText(this.speed, steps_per_second ? `${steps_per_second.toPrecision(3)} updates/s` : '');
    const [sign, word] = STATES[state] ?? ['', state];
    show(this.state, true);
    setAttribute(this.state, 'data-state', this.example ? 'recorded' : state);
    setText(this.sign, this.example ? '⟲' : sign);
    setText(this.word, this.example ? 'recorded run' : word);
    setAttribute(this.state, 'title', reason || null);
    setText(this.seen, state === 'waiting' && reason ? reason : this.seenText || reason);
    this.end = ['failed', 'lost'].includes(state) ? reason : '';
    this.setDamage(damage ?? []);
  }

  /**
   * What of the files cannot be read, a sentence each.
   * @param {string[]} sentences
   */
  setDamage(sentences) {
    this.damage = sentences.join(' ');
    this.warn();
  }

  /**
   * What is wrong at the moment shown.
   * @param {string} text
   */
  setDiagnosis(text) {
    this.diagnosis = text;
    this.warn();
  }

  warn() {
    const parts = [this.instead, this.end, this.diagnosis, this.damage];
    const trouble = parts.filter(Boolean).join(' ');
    this.node.classList.toggle('trouble', Boolean(trouble));
    setText(this.what, trouble);
    show(this.trouble, Boolean(trouble));
    show(this.seen, !trouble);
  }

  /** @param {number} step */
  setStep(step) {
    setText(this.step, count(step));
  }

  /** @param {boolean} lost */
  setLost(lost, why = LOST) {
    setText(this.lost, why);
    show(this.lost, lost);
  }
}
