// The live view: one socket, one moment, and the panels that show it. It draws; it computes nothing.

import { Cloud } from './cloud.js';
import { byPull, byWeight, paint, themeOf } from './colours.js';
import { el } from './elements.js';
import { Frames } from './frames.js';
import { Head } from './head.js';
import { Numbers } from './numbers.js';
import { Pace } from './pace.js';
import { Query } from './query.js';
import { Present, Room } from './room.js';
import { Scrubber } from './scrubber.js';
import { Socket } from './socket.js';
import { loadPlotly } from './sphere.js';
import { Stage } from './stage.js';
import { Transport } from './transport.js';

const VIEW = { colour: 'class', layout: 'umap', space: 'embeddings', trails: false, images: false, magnify: false, group: 'probes', lens: null, query: null, panel: 'cloud' };
const REPORT = 600;
const LEGEND = 56; // pixels at the foot of the cloud
const ASK = 200;
const SHOW = 180;
const MOVING = new Set(['waiting', 'running', 'paused']);
const views = new WeakMap();

class View {
  constructor(root, data, report) {
    Object.assign(this, { root, report, run: null, frames: new Frames(), answer: null, hover: null, only: { over: null, held: null }, queryView: 0, pace: new Pace() });
    this.view = { ...VIEW, ...data.view };
    this.cloud = new Cloud({
      hovered: (index, pixel) => this.hovered(index, pixel), picked: (index) => this.choose(index), plotly: () => this.plotly(), foot: LEGEND,
    });
    this.stage = new Stage(this.cloud, { set: (change) => this.set(change), isolate: (index, hold) => this.isolate(index, hold) });
    this.scrubber = new Scrubber({ moved: () => this.showFrame() });
    this.transport = new Transport(this.scrubber, {
      ask: (act) => this.socket?.control(act), tell: (act, more) => this.report.setTriggerValue('transport', { act, run: this.data.run, ...more }),
    });
    this.query = new Query({
      choose: (probe) => this.choose(probe), turn: (view) => { this.queryView = view; this.showQuery(); this.ask(); },
      setGroup: (group) => this.set({ group }), setLens: (lens) => this.set({ lens }),
    });
    this.numbers = new Numbers();
    this.head = new Head();
    this.present = new Present(root, { leave: () => this.leave(), panel: (panel) => this.set({ panel }) });
    this.stage.node.append(this.transport.node);
    root.replaceChildren(this.head.node, this.present.node, this.stage.node, this.query.node, this.numbers.node);
    this.room = new Room(root);
    this.cloud.node.addEventListener('keydown', (event) => this.key(event));
    this.update(data, report);
  }

  // New data of a rerun: only what differs has an effect.
  update(data, report) {
    this.report = report;
    const before = this.data;
    this.data = data;
    const asked = JSON.stringify(data.view);
    // What a person has just changed and Python does not know yet is not undone by an older rerun.
    if (before && asked !== this.asked && !this.pace.waits('report')) this.set(data.view, false);
    this.asked = asked;
    const theme = themeOf(this.root);
    if (theme !== this.theme) {
      this.theme = theme;
      this.root.dataset.theme = theme;
      this.showFrame();
    }
    this.present.set(data.present, this.view.panel);
    this.head.setInvite(data.example, data.invite);
    this.transport.setPage(data);
    if (before && before.run === data.run) return;
    this.forgetRun();
    if (data.run === null) {
      this.socket?.close();
      this.socket = null;
      this.stage.empty.replaceChildren(el('p', { text: data.invite }));
    } else {
      if (!this.socket) this.connect(data.base);
      this.watch();
    }
    this.stage.empty.hidden = data.run !== null;
    this.root.classList.toggle('no-run', data.run === null);
  }

  plotly() {
    return loadPlotly(this.data.base).catch(() => this.stage.setNotice('The sphere needs its drawing library, which could not be loaded; reload the page.'));
  }

  connect(base) {
    const url = `${window.location.protocol === 'https:' ? 'wss' : 'ws'}://${window.location.host}${base}/socket`;
    this.socket = new Socket(url, { hear: (message) => this.hear(message), lost: (lost) => this.lost(lost) });
  }

  forgetRun() {
    Object.assign(this, { run: null, answer: null, hover: null, believed: this.data.state ?? null, started: false });
    Object.assign(this.cloud.node.dataset, { run: this.data.run ?? '', step: '', state: '' });
    this.query.node.classList.add('waiting');
    this.stage.node.classList.add('waiting');
    this.head.clear();
    this.numbers.clear();
    this.frames = new Frames();
    this.scrubber.close();
    this.scrubber.setFrames(this.frames, { keep: false });
  }

  watch() {
    const { space, layout, colour } = this.view;
    this.socket?.watch({ run: this.data.run, space, layout, agreement: colour === 'agreement' });
  }

  lost(lost) {
    this.head.setLost(lost);
    this.root.classList.toggle('lost', lost);
  }

  hear(message) {
    if (message.type === 'frame') this.addFrame(message);
    else if (message.type === 'run') this.setRun(message);
    else if (message.type === 'lenses') this.setLenses(message);
    else if (message.type === 'state') this.setState(message);
    else if (message.type === 'weights') this.weighed(message);
    else if (message.type === 'answer') this.answered(message);
    else if (message.type === 'error') this.failed(message);
  }

  setRun(run) {
    const same = this.run?.run === run.run;
    this.run = run;
    this.jump = true;
    this.frames = new Frames();
    this.scrubber.setFrames(this.frames, { keep: same });
    this.scrubber.loop = run.example;
    this.head.setRun(run);
    this.stage.setNotice('');
    this.stage.setRun(run);
    this.stage.update(this.view, run);
    this.cloud.node.dataset.run = run.run;
    this.cloud.setSheet(run.sprites, run.probes);
    this.cloud.setImages(Boolean(this.view.images));
    this.cloud.magnify(Boolean(this.view.magnify));
    if (same) return;
    const { query } = this.view;
    this.probe = Number.isInteger(query) && query >= 0 && query < run.n ? query : 0;
    this.query.setRun(run, this.view.lens);
    this.query.group.choose(this.view.group);
    this.showQuery();
  }

  setLenses({ lenses, own_lens }) {
    if (!this.run) return;
    Object.assign(this.run, { lenses, own_lens });
    this.query.lens.setRun(this.run, this.view.lens);
  }

  setState(message) {
    this.head.setState(message);
    this.transport.setState(message);
    this.scrubber.setRunning(MOVING.has(message.state));
    this.cloud.node.dataset.state = message.state;
    this.believed ??= message.state;
    if (message.state !== this.believed && this.data.run) {
      this.believed = message.state;
      const { state, step, reason } = message;
      this.report.setStateValue('state', { run: this.data.run, state, step, reason });
    }
  }

  addFrame(frame) {
    if (!this.run) return;
    this.frames.add(frame);
    this.scrubber.grew();
    if (this.data.example && !this.started && this.frames.size >= 2) {
      this.started = true;
      this.scrubber.start(0);
      return;
    }
    const now = this.scrubber.frame;
    if (now === frame || now !== this.shown) this.showFrame();
  }

  // Draws the scrubber's moment. The numbers follow a little slower than the points.
  showFrame() {
    const frame = this.scrubber.frame;
    if (!frame || !this.run) return;
    this.stage.node.classList.remove('waiting');
    const other = this.shown && (this.shown.space !== frame.space || this.shown.layout !== frame.layout);
    this.shown = frame;
    const before = this.view.trails ? this.frames.before(frame, 5) : [];
    const trails = { on: this.view.trails, frames: before, labels: this.run.probes.labels, names: this.run.probes.class_names };
    const colours = this.colours();
    this.cloud.show(frame, { paint: colours, theme: this.theme, trails, jump: this.jump || other });
    this.jump = false;
    this.stage.setLegend(colours.legend);
    this.pace.soon('numbers', SHOW, () => {
      if (!this.shown || !this.run) return;
      this.numbers.set(this.shown, this.frames, this.scrubber.index);
      this.head.setStep(this.shown.step);
      this.stage.setCaption(this.shown, this.view.layout);
      this.cloud.node.setAttribute('aria-label', `Cloud of ${this.run.n} images at step ${this.shown.step}, query image ${this.probe}, ${this.query.class.textContent}`);
    });
    this.ask();
  }

  colours() {
    const { run, shown: frame, theme } = this;
    const only = this.only.over ?? this.only.held;
    if (this.hover?.answer) {
      const { answer, index: of } = this.hover;
      return { ...(this.view.colour === 'pull' ? byPull(answer, theme) : byWeight(answer, theme)), of };
    }
    const mine = this.weightsOfQuery?.probe === this.probe ? this.weightsOfQuery : null;
    return paint(this.view.colour, { probes: run.probes, frame, answer: mine, theme, only: only ?? (this.hover && run.probes.class_names.length > 10 ? run.probes.labels[this.hover.index] : null) });
  }

  recolour() {
    if (!this.shown) return;
    const colours = this.colours();
    this.cloud.repaint(colours);
    this.stage.setLegend(colours.legend);
  }

  question(what, probe, view) {
    const { group, lens } = this.view;
    return { what, step: this.shown.step, probe, view, group, lens };
  }

  ask() {
    if (!this.shown || !this.socket) return;
    if (this.hover) this.socket.ask('hover', this.question('weights', this.hover.index, 0));
    if (['weight', 'pull'].includes(this.view.colour)) this.socket.ask('paint', this.question('weights', this.probe, this.queryView));
    this.pace.soon('query', ASK, () => {
      if (this.shown && this.socket) this.socket.ask('query', this.question('query', this.probe, this.queryView));
    });
  }

  hovered(index, pixel) {
    if (this.hover?.index !== index) {
      this.cloud.node.dataset.over = index ?? '';
      this.hover = index === null ? null : { index };
      if (index === null) {
        this.socket?.forget('hover');
        this.recolour();
      } else this.socket?.ask('hover', this.question('weights', index, 0));
    }
    if (this.run) this.stage.setCard(index, pixel, this.hover?.answer);
  }

  weighed(answer) {
    if (answer.kind === 'hover') {
      if (this.hover?.index !== answer.probe) return;
      this.hover.answer = answer;
      this.stage.setCard(answer.probe, this.cloud.pixelOf(answer.probe), answer);
    } else this.weightsOfQuery = answer;
    this.recolour();
  }

  answered(answer) {
    if (answer.question.probe !== this.probe) return;
    this.query.set(answer);
    const dims = answer.query.xy?.length;
    if (dims !== this.shown?.dims) return;
    const found = answer.synthetics?.items ?? [];
    this.cloud.setMarks({
      query: answer.query.xy, positives: answer.positives.map(({ xy }) => xy).filter(Boolean),
      synthetics: found.map(({ xy, parents }) => ({ xy, parents: parents.map((parent) => parent.xy) })).filter(({ xy, parents }) => xy && parents.every(Boolean)),
      negatives: answer.negatives.slice(0, 5).filter(({ queued }) => !queued).map(({ probe }) => probe),
    });
  }

  failed({ kind, of, message }) {
    if (of === 'control') this.transport.refuse(message);
    else if (kind === 'hover') this.stage.setNotice(message);
    else if (kind && this.view.lens) this.query.lens.setError(message);
    else if (kind) this.query.setError(message);
    else this.stage.setNotice(message);
  }

  showQuery() {
    if (!this.run) return;
    this.query.setQuery(this.probe, this.queryView);
    this.query.stale(true);
  }

  choose(probe) {
    this.probe = probe;
    this.queryView = 0;
    this.showQuery();
    this.set({ query: probe });
  }

  isolate(index, hold) {
    if (hold) this.only.held = this.only.held === index ? null : index;
    else this.only.over = index;
    this.recolour();
  }

  // A change of the view, by a person (told to Python once the hand rests) or from Python.
  set(change, tell = true) {
    const before = this.view;
    this.view = { ...before, ...change };
    if (JSON.stringify(before) === JSON.stringify(this.view)) return;
    const differs = (name) => JSON.stringify(before[name]) !== JSON.stringify(this.view[name]);
    this.stage.update(this.view, this.run);
    const agreement = [before, this.view].some(({ colour }) => colour === 'agreement') && differs('colour');
    if (differs('space') || differs('layout') || agreement) this.watch();
    if (differs('images')) this.cloud.setImages(Boolean(this.view.images));
    if (differs('magnify')) this.cloud.magnify(Boolean(this.view.magnify));
    if (differs('colour')) this.only = { over: null, held: null };
    if (differs('panel')) this.present.set(this.data.present, this.view.panel);
    if (!tell && this.run) {
      this.query.lens.take(this.view.lens);
      if (differs('query') && this.view.query !== null && this.view.query < this.run.n) this.probe = this.view.query;
    }
    if (differs('group')) this.query.group.choose(this.view.group);
    if (differs('group') || differs('lens') || differs('query')) this.showQuery();
    if (this.shown) this.showFrame();
    if (!tell) return;
    this.pace.rested('report', REPORT, () => this.report.setStateValue('view', { ...this.view }));
  }

  key(event) {
    if (event.key === ' ') {
      event.preventDefault();
      this.scrubber.toggle();
    } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      event.preventDefault();
      this.scrubber.go(this.scrubber.index + (event.key === 'ArrowRight' ? 1 : -1));
    }
  }

  leave() {
    this.report.setTriggerValue('leave', true);
  }

  close() {
    this.pace.close();
    this.socket?.close();
    this.scrubber.close();
    this.transport.close();
    this.present.close();
    this.room.close();
    this.cloud.close();
  }
}

// Called by Streamlit for every rerun with new data; the view of an element is made once.
export function mount(parent, data, report) {
  const root = parent.querySelector('[data-live-root]');
  const found = views.get(root);
  if (found) found.update(data, report);
  else views.set(root, new View(root, data, report));
  return () => {
    views.get(root)?.close();
    views.delete(root);
  };
}
