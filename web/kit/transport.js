// The bar below the view: the run (Start, Pause, Resume, Step, Stop, Reset and its speed) and the
// film of it (the scrubber), wherever one stands and also while presenting.

import { el, icon, setAttribute, setText, show } from './dom.js';

const PATIENCE = 4000;
const ACTIVE = ['waiting', 'running', 'paused'];

// Each with its sign and what it does; Pause and Resume stand in one place, as one at most can act.
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

const NOT_NOW = {
  pause: 'No run is going on',
  resume: 'No run is paused, stopped or lost',
  step: 'No run is going on or paused',
  stop: 'No run is at work',
  reset: 'There is no run of your own yet',
};

export class Transport {
  // ask(act) is for the socket, tell(act, more) for the page: only the page knows the settings.
  constructor(scrubber, { ask, tell }) {
    this.scrubber = scrubber;
    this.ask = ask;
    this.tell = tell;
    this.run = null;
    this.own = false;
    this.state = null;
    this.step = 0;
    this.told = null;
    this.waits = null;
    this.refused = '';
    this.buttons = Object.fromEntries(
      Object.entries(ACTS).map(([act, [name, path]]) => [
        act,
        el(
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
        ),
      ]),
    );
    const { start, pause, resume, step, stop, reset } = this.buttons;
    this.speed = el('select', {
      'aria-label': 'Speed',
      title: 'How many updates the run makes',
      onchange: () => this.tell('speed', { speed: this.speed.value }),
    });
    this.acts = el(
      'div',
      { class: 'acts', role: 'group', 'aria-label': 'Run' },
      start,
      el('span', { class: 'place' }, pause, resume),
      step,
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

  // What the page tells of its settings, null where no run can be started, and of the run it shows.
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

  setState({ state, step }) {
    this.state = state;
    this.step = step;
    this.waits = null;
    this.update();
  }

  refuse(sentence) {
    this.refused = sentence;
    this.waits = null;
    this.update();
  }

  can(act) {
    const { own, told } = this;
    const state = own ? this.state : null;
    const settled = told?.problem === '';
    if (act === 'start')
      return settled && (!ACTIVE.includes(state) || (state === 'paused' && this.step === 0));
    if (act === 'reset') return settled && own;
    const of = {
      pause: ['running', 'waiting'],
      resume: ['paused', 'stopped', 'lost'],
      step: ['paused', 'running'],
      stop: ACTIVE,
    };
    return of[act].includes(state);
  }

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
  main() {
    return (
      ['pause', 'resume', 'start'].find(
        (act) => this.can(act) && (act !== 'resume' || this.state !== 'stopped'),
      ) ?? 'start'
    );
  }

  update() {
    const { buttons, told } = this;
    const main = this.main();
    const inside = this.acts.contains(document.activeElement) ? document.activeElement : null;
    for (const [act, button] of Object.entries(buttons)) {
      const can = this.can(act);
      button.classList.toggle('main', act === main);
      setAttribute(button, 'aria-busy', this.waits === act ? 'true' : null);
      setAttribute(button, 'title', can ? this.helpOf(act) : this.reasonOf(act));
      button.disabled = !can;
    }
    const resumes = this.can('resume');
    buttons.pause.classList.toggle('away', resumes);
    buttons.resume.classList.toggle('away', !resumes);
    // Who pressed a key does not lose the place in the page: the next thing to do has the focus.
    if (inside?.disabled) buttons[main].focus();
    const why =
      this.refused || (told?.problem ? `Start needs other settings: ${told.problem}` : '');
    setText(this.why, why);
    setAttribute(this.why, 'title', why);
    show(this.why, Boolean(why));
  }

  helpOf(act) {
    return ACTS[act][2] || (this.told?.help ?? '');
  }

  reasonOf(act) {
    const { told } = this;
    if (act === 'start' || (act === 'reset' && this.own)) {
      if (told?.problem) return told.problem;
      if (!told || told.problem === null) return 'The settings are being read';
      return 'The run is at work: stop it first';
    }
    return NOT_NOW[act];
  }

  close() {
    clearTimeout(this.timer);
  }
}
