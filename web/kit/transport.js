// The bar below the view: the run (Start, Pause, Resume, Step, Stop, Reset and its speed) and the
// film of it (the scrubber), wherever one stands and also while presenting.

import { el, icon, setAttribute, setText, show } from './dom.js';

const PATIENCE = 4000;
const ACTIVE = ['waiting', 'running', 'paused'];

// Each with its sign and what it does; Pause and Resume stand in one place, as one at most can act.
/** @import { PageData, TransportData } from './types.d.ts' */
/** @import { Scrubber } from './scrubber.js' */

/** @typedef {'start' | 'pause' | 'resume' | 'step' | 'stop' | 'reset'} Act */

/** @type {Record<Act, [name: string, path: string, help: string]>} */
const ACTS = {
  start: ['Start', 'M4 2.6v10.8L13 8z', ''],
  pause: ['Pause', 'M3.6 3h3v10h-3zM9.4 3h3v10h-3z', 'Hold the run; Resume goes on with it'],
  resume: ['Resume', 'M3 3h2.2v10H3zM7 3v10l7-5z', 'Go on with the run from where it stands'],
  step: ['Step', 'M4 3v10l6.4-5zM10.8 3H13v10h-2.2z', 'One update, then wait'],
  stop: ['Stop', 'M3.4 3.4h9.2v9.2H3.4z', 'End the run and keep its weights'],
  reset: [
    'Reset',
    'M8 2.6a5.4 5.4 0 1 1-5.2 4h1.9A3.6 3.6 0 1 0 8 4.4v2.2L4.4 3.5 8 .4z',
    'Step 0 again with the same first weights and the settings beside, waiting',
  ],
};

const INSIDE =
  'M7 2.4a4.6 4.6 0 1 1-2.9 8.2l-2.6 2.6-1-1 2.6-2.6A4.6 4.6 0 0 1 7 2.4m0 1.5a3.1 3.1 0 1 0 0 6.2 3.1 3.1 0 0 0 0-6.2';

/** @type {Record<string, string>} */
const NOT_NOW = {
  pause: 'No run is going on',
  resume: 'No run is paused, stopped, lost or failed',
  step: 'No run is going on or paused',
  stop: 'No run is at work',
  reset: 'There is no run of your own yet',
};

export class Transport {
  /** @type {string | null} */
  run = null;
  own = false;
  /** @type {string | null} */
  state = null;
  step = 0;
  /** @type {TransportData | null | undefined} */
  told = null;
  /** What is being done. */
  /** @type {Act | null} */
  waits = null;
  refused = '';
  /** @type {number | undefined} */
  timer = undefined;

  /**
   * @param {Scrubber} scrubber
   * @param {object} hand
   * @param {(act: string) => void} hand.ask  for the socket
   * @param {(act: string, more?: object) => void} hand.tell  for the page, which knows the settings
   * @param {(() => void) | null} [hand.inside]  opens the update of the moment, where a view can
   */
  constructor(scrubber, { ask, tell, inside = null }) {
    this.scrubber = scrubber;
    this.ask = ask;
    this.tell = tell;
    this.buttons = {
      start: this.button('start'),
      pause: this.button('pause'),
      resume: this.button('resume'),
      step: this.button('step'),
      stop: this.button('stop'),
      reset: this.button('reset'),
    };
    const { start, pause, resume, step, stop, reset } = this.buttons;
    this.speed = el('select', {
      'aria-label': 'Speed',
      title: 'How many updates the run makes',
      onchange: () => this.tell('speed', { speed: this.speed.value }),
    });
    this.inside = inside && this.opener(inside);
    this.acts = el(
      'div',
      { class: 'acts', role: 'group', 'aria-label': 'Run' },
      start,
      el('span', { class: 'place' }, pause, resume),
      step,
      this.inside,
      stop,
      reset,
      this.speed,
    );
    this.why = el('p', { class: 'why', role: 'status', hidden: true });
    this.node = el(
      'div',
      { class: 'transport', role: 'group', 'aria-label': 'Run and time' },
      scrubber.slider,
      this.acts,
      scrubber.node,
      this.why,
    );
    this.update();
  }

  /** @param {() => void} open */
  opener(open) {
    return el(
      'button',
      {
        type: 'button',
        class: 'act inside-act',
        'aria-label': 'Inside one update',
        title: 'One update in six stages, by hand or in slow motion; a run at work is paused first',
        onclick: open,
      },
      icon(INSIDE),
      el('span', { class: 'name', 'aria-hidden': 'true', text: 'Inside' }),
    );
  }

  /** @param {Act} act */
  button(act) {
    const [name, path] = ACTS[act];
    return el(
      'button',
      {
        type: 'button',
        class: 'act',
        'aria-label': name,
        'data-act': act,
        onclick: () => this.press(act),
      },
      icon(path),
      el('span', { class: 'name', 'aria-hidden': 'true', text: name }),
    );
  }

  /**
   * What the page tells of its settings, null where no run can be started, and of the run it shows.
   * @param {Pick<PageData, 'run' | 'example' | 'transport' | 'refusal' | 'state'>} page
   */
  setPage({ run, example, transport, refusal, state }) {
    if (run !== this.run) {
      this.run = run;
      this.state = state ?? null;
      this.step = 0;
      this.waits = null;
      this.refused = '';
    }
    if (refusal) {
      this.refused = refusal;
      this.waits = null;
    }
    this.own = run !== null && !example;
    this.told = transport;
    show(this.acts, transport !== null && transport !== undefined);
    if (transport && this.speed.options.length !== transport.speeds.length) {
      this.speed.replaceChildren(
        ...transport.speeds.map(([value, text]) => el('option', { value, text })),
      );
    }
    if (transport) this.speed.value = transport.speed;
    this.update();
  }

  /** @param {{ state: string, step: number }} message */
  setState({ state, step }) {
    if (this.state !== null && state !== this.state) this.refused = ''; // of the state before
    this.state = state;
    this.step = step;
    this.waits = null;
    this.update();
  }

  /** @param {string} sentence */
  refuse(sentence) {
    this.refused = sentence;
    this.waits = null;
    this.update();
  }

  /** @param {Act} act */
  can(act) {
    const { own, told } = this;
    const state = (own ? this.state : null) ?? '';
    const settled = told?.problem === '';
    const isFresh = state === 'paused' && this.step === 0;
    if (act === 'start')
      return settled && (Boolean(told?.theirs) || !ACTIVE.includes(state) || isFresh);
    if (act === 'reset') return settled && own && !told?.theirs;
    const of = {
      pause: ['running', 'waiting'],
      resume: ['paused', 'stopped', 'lost', 'failed'],
      step: ['paused', 'running'],
      stop: ACTIVE,
    };
    if (told?.theirs) return false;
    return of[act].includes(state);
  }

  /** @param {Act} act */
  press(act) {
    if (this.waits === act) return; // what is being done already
    this.refused = '';
    if (act === 'start' || act === 'reset') this.tell(act);
    else this.ask(act);
    if (act !== 'step') {
      this.waits = act;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        this.waits = null;
        this.update();
      }, PATIENCE);
    }
    this.update();
  }

  // What a newcomer needs next: to start, then to hold, then to go on.
  /** @returns {Act} */
  main() {
    /** @type {Act[]} */
    const next = ['pause', 'resume', 'start'];
    const over = this.state === 'stopped' || this.state === 'failed';
    return next.find((act) => this.can(act) && !(act === 'resume' && over)) ?? 'start';
  }

  update() {
    const { buttons, told } = this;
    const main = this.main();
    const inside = Object.values(buttons).find((button) => button === document.activeElement);
    const acts = /** @type {Act[]} */ (Object.keys(buttons));
    for (const act of acts) {
      const button = buttons[act];
      const can = this.can(act);
      button.classList.toggle('main', act === main);
      setAttribute(button, 'aria-busy', this.waits === act ? 'true' : null);
      setAttribute(button, 'title', can ? this.helpOf(act) : this.reasonOf(act));
      button.disabled = !can;
    }
    if (this.inside) this.inside.disabled = this.run === null;
    this.speed.disabled = Boolean(told?.theirs) && ACTIVE.includes(this.state ?? '');
    const resumes = this.can('resume');
    buttons.pause.classList.toggle('away', resumes);
    buttons.resume.classList.toggle('away', !resumes);
    // Who pressed a key does not lose the place in the page: the next thing to do has the focus.
    const next = [main, ...acts].find((act) => this.can(act));
    if (inside?.disabled) (next ? buttons[next] : this.scrubber.slider).focus();
    // who may not start runs at all has no settings to mend; why is said by the button
    const mends = told?.problem && !told.onlooker;
    const why = this.refused || (mends ? `Start needs other settings: ${told.problem}` : '');
    setText(this.why, why);
    setAttribute(this.why, 'title', why);
    show(this.why, Boolean(why));
  }

  /** @param {Act} act */
  helpOf(act) {
    return ACTS[act][2] || (this.told?.help ?? '');
  }

  /** @param {Act} act */
  reasonOf(act) {
    const { told } = this;
    if (act === 'start' || (act === 'reset' && this.own && !told?.theirs)) {
      if (told?.problem) return told.problem;
      if (!told || told.problem === null) return 'The settings are being read';
      return 'The run is at work: stop it first';
    }
    return told?.theirs || NOT_NOW[act];
  }

  close() {
    clearTimeout(this.timer);
  }
}
