// The compare view: a few clouds, one moment, one query. It draws; it computes nothing.

import { themeOf } from '../../kit/colours.js';
import { el, setText, show } from '../../kit/dom.js';
import { Head } from '../../kit/head.js';
import { mounting } from '../../kit/mount.js';
import { Pace } from '../../kit/pace.js';
import { Present, Room } from '../../kit/room.js';
import { Socket } from '../../kit/socket.js';
import { loadPlotly } from '../../kit/sphere.js';
import { Transport } from '../../kit/transport.js';
import { Clouds } from './clouds.js';
import { Moment } from './moment.js';
import { Panels } from './panels.js';
import { Proof } from './proof.js';
import { Query } from './query.js';

const VIEW = {
  colour: 'class',
  layout: 'umap',
  space: 'embeddings',
  trails: false,
  images: false,
  magnify: false,
  group: 'probes',
  lens: null,
  query: null,
  view: 0,
  step: null,
  series: 'knn_features',
  against: 'step',
  difference: false,
  baseline: null,
  panel: 'curves',
  large: 'clouds',
};
const LARGE = [
  ['clouds', 'clouds'],
  ['query', 'one image'],
  ['curves', 'curves'],
];
const REPORT = 600;
const ASK = 300;
const SHOW = 250;
const MOVING = new Set(['waiting', 'running', 'paused']);

class Compare {
  constructor(root, data, report) {
    this.root = root;
    this.report = report;
    this.about = null;
    this.early = null;
    this.pace = new Pace();
    this.view = { ...VIEW, ...data.view };
    this.head = new Head();
    this.proof = new Proof();
    this.head.node.insertBefore(this.proof.node, this.head.lost);
    this.moment = new Moment({
      look: () => this,
      show: () => this.showMoment(),
      held: (step) => this.held(step),
    });
    this.transport = new Transport(this.moment.scrubber, {
      ask: (act) => this.socket?.control(act),
      tell: (act, more) =>
        this.report.setTriggerValue('transport', { act, run: this.data.run, ...more }),
    });
    this.clouds = new Clouds({
      look: () => this,
      set: (change) => this.set(change),
      picked: (probe) => this.query.choose(probe),
      grew: () => this.pace.soon('grew', 30, () => this.moment.grew()),
      ready: (entry) => this.ready(entry),
      plotly: () => this.plotly(),
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
    this.room = new Room(root);
    this.clouds.node.addEventListener('keydown', (event) => this.moment.key(event));
    this.update(data, report);
  }

  // New data of a rerun: only what differs has an effect.
  update(data, report) {
    this.report = report;
    const before = this.data;
    this.data = data;
    const other = !before || before.run !== data.run;
    // what a person has just changed and Python does not know yet is not undone by an older rerun
    const told = this.pace.waits('report') ? this.view : data.view;
    if (other) this.view = { ...this.view, ...told, step: data.view.step ?? null };
    else if (JSON.stringify(data.view) !== JSON.stringify(before.view)) this.set(told, false);
    const theme = themeOf(this.root);
    if (theme !== this.theme) {
      this.theme = theme;
      this.root.dataset.theme = theme;
      this.showMoment(true);
    }
    this.head.setInvite(data.example, data.invite);
    this.transport.setPage(data);
    this.present.set(data.present, this.view.large);
    if (!other) return;
    this.forget();
    const empty = data.run === null;
    this.root.classList.toggle('no-run', empty);
    const { stage } = this.clouds;
    show(stage.empty, empty);
    if (!empty) {
      this.socket ??= new Socket(this.url(), {
        hear: (message) => this.hear(message),
        lost: (lost) => this.lost(lost),
      });
      this.socket.watch({ run: data.run });
      return;
    }
    setText(this.head.title, 'Compare');
    this.socket?.close();
    this.socket = null;
    stage.empty.replaceChildren(el('p', { text: data.invite }));
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
    return MOVING.has(this.early?.state ?? this.believed);
  }

  url() {
    const { protocol, host } = window.location;
    return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${this.data.base}/socket`;
  }

  plotly() {
    return loadPlotly(this.data.base).catch(() =>
      this.clouds.stage.setNotice(
        'The sphere needs its drawing library, which could not be loaded; reload the page.',
      ),
    );
  }

  forget() {
    this.about = null;
    this.early = null;
    this.believed = this.data.state ?? null;
    this.head.clear();
    this.proof.clear();
    this.strips.clear();
    this.panels.clear();
    this.clouds.setEntries([], null);
    this.clouds.setHeld('');
    this.moment.clear();
  }

  lost(lost) {
    this.head.setLost(lost);
    this.root.classList.toggle('lost', lost);
  }

  hear(message) {
    const act = {
      comparison: () => this.setAbout(message),
      state: () => this.setState(message),
      rows: () => this.addRows(message),
      proof: () => this.proof.set(message, this.clouds.entries),
      seeds: () => this.setSeeds(message),
      answer: () =>
        message.what === 'moved' ? this.panels.moved.set(message) : this.query.answered(message),
      error: () => this.failed(message),
    }[message.type];
    if (act && (this.about || ['comparison', 'error', 'state'].includes(message.type))) act();
  }

  setAbout(about) {
    const same = this.about?.run === about.run;
    this.about = about;
    this.head.setRun(about);
    if (same) return;
    this.query.take(this.view, about.n);
    this.root.dataset.entries = about.entries.length;
    show(this.proof.node, !about.frozen);
    this.clouds.setEntries(about.entries, this.url());
    const { entries } = this.clouds;
    this.moment.begin(about);
    this.strips.setEntries(entries);
    this.strips.group.choose(this.view.group);
    this.panels.setRun(about, entries);
    this.clouds.watch(this.view);
    this.panels.show(this);
    if (this.early) this.setState(this.early);
  }

  // An entry's own description is here: the first brings the images and the lenses.
  ready(entry) {
    if (entry !== this.clouds.entries[0]) return;
    if (entry.lenses) {
      this.strips.setLenses(entry.lenses, this.view.lens);
      return;
    }
    this.strips.setRun(entry.run);
    this.panels.setImages(entry.run);
    this.strips.setLenses(null, null);
    this.query.show();
  }

  setState(message) {
    this.early = message;
    if (!this.about) return;
    this.head.setState(message);
    this.transport.setState(message);
    this.moment.scrubber.setRunning(this.moving);
    this.clouds.setGliding(message.state !== 'running');
    for (const entry of this.clouds.entries)
      entry.setState(message.entries?.[entry.name] ?? message);
    this.moment.grew();
    this.believed ??= message.state;
    if (message.state === this.believed) return;
    this.believed = message.state;
    this.report.setStateValue('state', {
      run: this.data.run,
      state: message.state,
      step: message.step,
      reason: message.reason,
    });
  }

  // The sidebar's buttons for repeats follow their state.
  setSeeds(message) {
    this.panels.seeds.set(message);
    const before = this.repeats;
    this.repeats = message.state;
    if (before === undefined || before === message.state) return;
    this.report.setStateValue('state', {
      run: this.data.run,
      state: this.believed,
      repeats: message.state,
    });
  }

  addRows({ entry, rows }) {
    this.clouds.entries.find(({ name }) => name === entry)?.addRows(rows);
    this.pace.soon('figures', SHOW, () => this.showFigures());
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

  // Clouds, header, figures and panels change to a moment together; the strips follow their answer.
  showMoment(fresh = false) {
    if (!this.about || this.moment.take() === null) return;
    this.clouds.show(this.step, fresh);
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
      this.head.setStep(step);
      for (const entry of this.clouds.entries) entry.setFigures(step, base);
      this.clouds.setCaption(this.view.layout);
    }
    this.panels.mark(this);
    if (soon) this.pace.soon('figures', SHOW, () => this.panels.show(this));
    else this.panels.show(this);
  }

  held(step) {
    this.view = { ...this.view, step };
    this.tell();
  }

  ask() {
    if (this.step === null || !this.socket) return;
    this.clouds.ask();
    this.pace.soon('strips', this.moment.moves ? ASK : 0, () => this.query.ask());
  }

  failed({ kind, of, message }) {
    if (of === 'control') this.transport.refuse(message);
    else if (kind === 'moved') this.panels.moved.setError(message);
    else if (kind) this.query.failed(message);
    else this.clouds.stage.setNotice(message);
  }

  // A change of the view, by a person (told to Python once the hand rests) or from Python.
  set(change, tell = true) {
    const before = this.view;
    this.view = { ...before, ...change };
    const differs = (...names) =>
      names.some((name) => JSON.stringify(before[name]) !== JSON.stringify(this.view[name]));
    if (!differs(...Object.keys(this.view))) return;
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

  tell() {
    this.pace.rested('report', REPORT, () => this.report.setStateValue('view', { ...this.view }));
  }

  close() {
    this.pace.close();
    this.socket?.close();
    for (const part of [
      this.moment,
      this.transport,
      this.present,
      this.room,
      this.clouds,
      this.strips,
      this.panels,
      this.proof,
    ])
      part.close();
  }
}

export const mount = mounting('[data-compare-root]', (...given) => new Compare(...given));
