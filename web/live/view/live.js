// The live view: one socket, one moment, and the panels that show it. It draws; it computes nothing.

import { Cloud } from '../../kit/cloud.js';
import { themeOf } from '../../kit/colours.js';
import { count, el, setAttribute, setText } from '../../kit/dom.js';
import { Frames } from '../../kit/frames.js';
import { Head } from '../../kit/head.js';
import { mounting } from '../../kit/mount.js';
import { Numbers } from './numbers.js';
import { Pace } from '../../kit/pace.js';
import { Painting } from './painting.js';
import { Query } from './query.js';
import { Questions } from './questions.js';
import { Present, Room } from '../../kit/room.js';
import { Scrubber } from '../../kit/scrubber.js';
import { Socket } from '../../kit/socket.js';
import { loadPlotly } from '../../kit/sphere.js';
import { seen, Stage } from '../../kit/stage.js';
import { Transport } from '../../kit/transport.js';

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
  panel: 'cloud',
};
const REPORT = 600;
const LEGEND = 56; // pixels at the foot of the cloud
const COURSES = 180;
const NEWEST = Number.MAX_SAFE_INTEGER;
const MOVING = new Set(['waiting', 'running', 'paused']);
const still = window.matchMedia('(prefers-reduced-motion: reduce)');

class View {
  constructor(root, data, report) {
    this.root = root;
    this.report = report;
    this.run = null;
    this.frames = new Frames();
    this.series = 0;
    this.pace = new Pace();
    this.view = { ...VIEW, ...data.view };
    this.questions = new Questions(this);
    this.painting = new Painting(this);
    this.cloud = new Cloud({
      hovered: (index, pixel) => this.questions.hovered(index, pixel),
      picked: (index) => this.choose(index),
      plotly: () => this.plotly(),
      foot: LEGEND,
    });
    this.stage = new Stage(this.cloud, {
      set: (change) => this.set(change),
      isolate: (index, hold) => this.painting.isolate(index, hold),
    });
    this.scrubber = new Scrubber({
      moved: () => this.showFrame(),
      held: (step) => this.set({ step }),
    });
    this.transport = new Transport(this.scrubber, {
      ask: (act) => this.socket?.control(act),
      tell: (act, more) =>
        this.report.setTriggerValue('transport', { act, run: this.data.run, ...more }),
    });
    this.query = new Query({
      choose: (probe) => this.choose(probe),
      turn: (view) => this.set({ view }),
      setGroup: (group) => this.set({ group }),
      setLens: (lens) => this.set({ lens }),
      adjusts: (on) => root.classList.toggle('adjusting', on),
    });
    this.numbers = new Numbers();
    this.head = new Head();
    this.present = new Present(root, {
      leave: () => this.report.setTriggerValue('leave', true),
      panel: (panel) => this.set({ panel }),
      scaled: (times) => this.cloud.scale(times),
      bar: this.transport.node,
    });
    this.stage.node.append(this.transport.node);
    root.replaceChildren(
      this.head.node,
      this.present.node,
      this.stage.node,
      this.query.node,
      this.numbers.node,
    );
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
    this.view.step = data.view.step ?? null;
    this.forgetRun();
    if (data.run === null) {
      this.socket?.close();
      this.socket = null;
      setText(this.head.title, 'No run yet');
      this.stage.empty.replaceChildren(el('p', { text: data.invite }));
    } else {
      if (!this.socket) this.connect(data.base);
      this.watch();
    }
    this.stage.empty.hidden = data.run !== null;
    this.root.classList.toggle('no-run', data.run === null);
  }

  plotly() {
    return loadPlotly(this.data.base).catch(() =>
      this.stage.setNotice(
        'The sphere needs its drawing library, which could not be loaded; reload the page.',
      ),
    );
  }

  connect(base) {
    const url = `${window.location.protocol === 'https:' ? 'wss' : 'ws'}://${window.location.host}${base}/socket`;
    this.socket = new Socket(url, {
      hear: (message) => this.hear(message),
      lost: (lost) => this.lost(lost),
    });
  }

  forgetRun() {
    this.questions.forget();
    this.cloud.forget();
    this.run = null;
    this.shown = null;
    this.unkept = null;
    this.believed = this.data.state ?? null;
    this.started = false;
    Object.assign(this.cloud.node.dataset, { run: this.data.run ?? '', step: '', state: '' });
    this.query.node.classList.add('waiting');
    this.stage.node.classList.add('waiting');
    this.head.clear();
    this.numbers.clear();
    this.frames = new Frames();
    this.scrubber.setFrames(this.frames, { held: this.view.step });
  }

  // A recorded run plays by itself, unless a moment of it is asked for or nothing is to move.
  playsByItself() {
    return this.data.example && this.view.step === null && !still.matches;
  }

  // The frame that is looked at is sent before the others: of the moment shown, held, or the newest.
  watch() {
    const { space, layout, colour } = this.view;
    const step = this.shown?.step ?? this.view.step ?? (this.playsByItself() ? 0 : NEWEST);
    this.socket?.watch({
      run: this.data.run,
      space,
      layout,
      agreement: colour === 'agreement',
      step,
    });
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
    else if (message.type === 'weights') this.questions.weighed(message);
    else if (message.type === 'answer') this.questions.answered(message);
    else if (message.type === 'error') this.questions.failed(message);
  }

  // The run again means its frames in another space or layout: each takes the place of the one of
  // its step, and the moment stays.
  setRun(run) {
    const same = this.run?.run === run.run;
    this.run = run;
    this.series += 1;
    this.scrubber.loop = run.example;
    this.head.setRun(run);
    this.stage.setNotice('');
    if (!same && this.view.step !== null && run.at !== null && run.at !== this.view.step) {
      this.stage.setNotice(
        `Step ${count(this.view.step)} is not kept: this is step ${count(run.at)}, the nearest before it`,
        true,
      );
      this.unkept = run.at;
      this.scrubber.hold(run.at);
    }
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
    frame.series = this.series;
    this.frames.add(frame);
    this.scrubber.grew();
    if (!this.started && this.frames.size >= 2) {
      this.started = true;
      if (this.playsByItself()) {
        this.scrubber.start(0);
        return;
      }
    }
    const now = this.scrubber.frame;
    if (now === frame || now !== this.shown) this.showFrame();
    else
      this.pace.soon('courses', COURSES, () => {
        if (this.shown) this.numbers.set(this.shown, this.frames, this.scrubber.index);
      });
  }

  // Draws the scrubber's moment: cloud, head, caption and numbers are of one step, always.
  showFrame() {
    const frame = this.scrubber.frame;
    if (!frame || !this.run) return;
    this.stage.node.classList.remove('waiting');
    const before = this.shown;
    const jump = !before || before.space !== frame.space || before.layout !== frame.layout;
    this.shown = frame;
    const earlier = this.view.trails ? this.frames.before(frame, 5) : [];
    const trails = {
      on: this.view.trails,
      frames: earlier,
      labels: this.run.probes.labels,
      names: this.run.probes.class_names,
    };
    const colours = this.painting.colours();
    this.cloud.show(frame, { paint: colours, theme: this.theme, trails, jump });
    this.stage.setLegend(colours.legend);
    this.numbers.set(frame, this.frames, this.scrubber.index);
    this.head.setStep(frame.step);
    this.head.setDiagnosis(frame.diagnosis);
    this.stage.setCaption(frame, this.view.layout);
    setAttribute(
      this.cloud.node,
      'aria-label',
      seen(frame, this.run, {
        colour: this.view.colour,
        probe: this.probe,
        name: this.query.class.textContent,
      }),
    );
    if (before?.step !== frame.step) this.query.stale(true);
    if (this.unkept !== null && this.unkept !== frame.step) {
      this.unkept = null;
      this.stage.setNotice('');
    }
    this.questions.ask();
  }

  showQuery() {
    if (!this.run) return;
    this.query.setQuery(this.probe, this.view.view);
    this.query.stale(true);
  }

  choose(probe) {
    this.probe = probe;
    this.set({ query: probe, view: 0 });
  }

  // A change of the view, by a person (told to Python once the hand rests) or from Python.
  set(change, tell = true) {
    const before = this.view;
    this.view = { ...before, ...change };
    if (JSON.stringify(before) === JSON.stringify(this.view)) return;
    const differs = (name) => JSON.stringify(before[name]) !== JSON.stringify(this.view[name]);
    this.stage.update(this.view, this.run);
    const agreement =
      [before, this.view].some(({ colour }) => colour === 'agreement') && differs('colour');
    if (differs('space') || differs('layout') || agreement) this.watch();
    if (differs('images')) this.cloud.setImages(Boolean(this.view.images));
    if (differs('magnify')) this.cloud.magnify(Boolean(this.view.magnify));
    if (differs('colour')) this.painting.forget();
    if (differs('panel')) this.present.set(this.data.present, this.view.panel);
    if (!tell && differs('step')) this.scrubber.hold(this.view.step);
    if (!tell && this.run) {
      this.query.lens.take(this.view.lens);
      if (differs('query') && this.view.query !== null && this.view.query < this.run.n)
        this.probe = this.view.query;
    }
    if (differs('group')) this.query.group.choose(this.view.group);
    if (['group', 'lens', 'query', 'view'].some(differs)) this.showQuery();
    const moves = Object.keys(this.view).some((name) => name !== 'step' && differs(name));
    if (this.shown && moves) this.showFrame();
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

export const mount = mounting('[data-live-root]', (...given) => new View(...given));
