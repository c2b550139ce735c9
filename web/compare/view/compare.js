// The compare view: a few clouds, one moment, one query. It draws; it computes nothing.

import { publish } from '../../kit/facts.js';
import { Head } from '../../kit/head.js';
import { mounting } from '../../kit/mount.js';
import { Present, Room } from '../../kit/room.js';
import { plotlyOr } from '../../kit/plotly.js';
import { RunView } from '../../kit/view.js';
import { Clouds } from './clouds.js';
import { ofEntries } from './facts.js';
import { Messages } from './messages.js';
import { Moment } from './moment.js';
import { Panels } from './panels.js';
import { Proof } from './proof.js';
import { Query } from './query.js';
import { StateReports } from './statereports.js';
import { takeAway } from './takeaway.js';

/** @type {[value: string, text: string][]} */
const LARGE = [
  ['clouds', 'clouds'],
  ['query', 'one image'],
  ['curves', 'curves'],
];
const STACKED = 900; // pixels: narrower, a strip's words and its curve do not fit beside the panels
const ASK = 300;
const SHOW = 250;

/** @import { ComparisonMessage, PageData, Report } from '../../kit/types.d.ts' */
/** @import { CompareView } from './viewsettings.js' */

/** @extends {RunView<CompareView>} */
export class Compare extends RunView {
  /** @type {ComparisonMessage | null} */
  about = null;
  states = new StateReports(this);
  messages = new Messages(this);
  head = new Head();
  proof = new Proof();

  /**
   * @param {HTMLElement} root
   * @param {PageData} data
   * @param {Report} report
   */
  constructor(root, data, report) {
    super(root, data, report);
    this.head.node.insertBefore(this.proof.node, this.head.lost);
    this.moment = new Moment({
      look: () => this,
      show: () => this.showMoment(),
      held: (step) => this.held(step),
    });
    this.transport = this.transportOf(this.moment.scrubber);
    this.clouds = new Clouds({
      look: () => this,
      set: (change) => this.set(change),
      picked: (probe) => this.query.choose(probe),
      grew: () => this.pace.soon('grew', 30, () => this.moment.grew()),
      ready: (entry) => this.messages.ready(entry),
      plotly: () => plotlyOr((text) => this.clouds.stage.setNotice(text)),
    });
    this.query = new Query({ look: () => this, set: (change) => this.set(change) });
    this.strips = this.query.strips;
    this.panels = new Panels({
      set: (change) => this.set(change),
      ask: (question) => this.socket?.ask('moved', question),
      light: (probe) => this.clouds.light(probe),
      choose: (probe) => this.query.choose(probe),
      go: (step) => this.moment.go(step),
      trail: (trail) => this.clouds.setTrail(trail),
    });
    this.clouds.stage.tools.append(takeAway(this));
    this.clouds.stage.node.append(this.transport.node);
    this.present = new Present(root, {
      leave: () => this.report.setTriggerValue('leave', true),
      panel: (large) => this.set({ large }),
      panels: LARGE,
      scaled: (times) => this.clouds.scale(times),
      bar: this.transport.node,
    });
    root.replaceChildren(
      this.head.node,
      this.present.node,
      this.clouds.stage.node,
      this.strips.node,
      this.strips.lens.fields,
      this.panels.node,
    );
    this.room = new Room(root, STACKED);
    this.clouds.node.addEventListener('keydown', (event) => this.moment.key(event));
    this.take(data, true);
  }

  /**
   * New data of a rerun: only what differs has an effect.
   * @param {PageData} data
   * @param {Report} report
   */
  update(data, report) {
    const before = this.renewed(data, report);
    const isOther = before.run !== data.run;
    // what a person has just changed and Python does not know yet is not undone by an older rerun
    const told = this.pace.waits('report') ? this.view : data.view;
    const { step, baseline } = data.view;
    if (isOther) this.altered({ ...told, step: step ?? null, baseline: baseline ?? null });
    else if (JSON.stringify(data.view) !== JSON.stringify(before.view)) this.set(told, false);
    if (this.turned()) this.showMoment(true);
    this.take(data, isOther);
  }

  /**
   * @param {PageData} data
   * @param {boolean} isOther  another comparison than before
   */
  take(data, isOther) {
    this.head.setInvite(data.example, data.invite);
    this.transport.setPage(data);
    this.present.set(data.present, this.view.large);
    if (!isOther) return;
    this.forget();
    const socket = this.opened(this.head, this.clouds.stage.empty, 'Compare');
    socket?.watch({ run: data.run });
  }

  /**
   * @override
   * @param {any} message  of any type
   */
  hear(message) {
    this.messages.hear(message);
  }

  get probe() {
    return this.query.probe;
  }

  get queryView() {
    return this.query.turned;
  }

  get step() {
    return this.moment.step;
  }

  get moving() {
    return this.states.moving;
  }

  forget() {
    this.about = null;
    this.states.clear(this.data.state ?? null);
    this.head.clear();
    this.proof.clear();
    this.strips.clear();
    this.panels.clear();
    this.clouds.setEntries([], '');
    this.clouds.setHeld('');
    this.moment.clear();
  }

  baseline() {
    const { entries } = this.clouds;
    return (
      entries.find(({ name }) => name === this.view.baseline) ??
      entries.find(({ name }) => name === this.about?.baseline) ??
      entries[0] ??
      null
    );
  }

  // Recordings hold no features: what was looked at in them is looked at in the embeddings.
  keepSpace() {
    if (this.view.space !== 'features' || (this.about?.has_features ?? true)) return;
    this.altered({ space: 'embeddings' });
    this.tell();
  }

  // Clouds, header, figures and panels change to a moment together; the strips follow their answer.
  showMoment(fresh = false) {
    const step = this.about && this.moment.take();
    if (step === null) return;
    this.clouds.show(step, fresh);
    this.clouds.setHeld(this.moment.missed);
    this.showFigures(true);
    this.ask();
  }

  // `soon` draws anew what has grown a little later; what is said of the moment changes at once.
  showFigures(soon = false) {
    if (!this.about) return;
    const base = this.baseline();
    const { step } = this;
    if (step !== null) {
      const { colour, panel, series } = this.view;
      const facts = { step, colour, panel, series, query: this.probe };
      publish({ page: 'compare', ...facts, ...ofEntries(this.clouds.entries, step) });
      this.head.setStep(step);
      for (const entry of this.clouds.entries) entry.figures.set(step, base);
      this.clouds.setCaption(this.view.layout);
    }
    this.panels.mark(this);
    if (soon) this.pace.soon('figures', SHOW, () => this.panels.show(this));
    else this.panels.show(this);
  }

  /** @param {number | null} step */
  held(step) {
    this.altered({ step });
    this.tell();
  }

  ask() {
    if (this.step === null || !this.socket) return;
    this.clouds.hand.ask();
    this.pace.soon('strips', this.moment.moves ? ASK : 0, () => this.query.ask());
  }

  /**
   * A change of the view, by a person (told to Python once the hand rests) or from Python.
   * @param {Partial<CompareView>} change
   * @param {boolean} [tell]
   */
  set(change, tell = true) {
    const { before, changed } = this.altered(change);
    if (!changed.size) return;
    this.keepSpace();
    /** @param {(keyof CompareView)[]} names */
    const differs = (...names) => names.some((name) => changed.has(name));
    if (!tell) {
      this.strips.lens.take(this.view.lens);
      if (this.about && differs('query', 'view')) this.query.take(this.view, this.about.n);
      if (differs('step')) this.moment.scrubber.hold(this.view.step);
    }
    this.clouds.update(before);
    if (differs('large')) this.present.set(this.data.present, this.view.large);
    if (differs('group')) this.strips.group.choose(this.view.group);
    if (differs('group', 'lens', 'query', 'view')) this.query.show();
    if (differs('colour', 'lens', 'group', 'query', 'view', 'trails', 'panel', 'step'))
      this.showMoment(true);
    this.showFigures();
    if (tell) this.tell();
  }

  close() {
    const { moment, transport, present, room, clouds, strips, panels, proof } = this;
    this.closeWith(moment, transport, present, room, clouds, strips, panels, proof);
  }
}

export const mount = mounting('[data-compare-root]', (...given) => new Compare(...given));
