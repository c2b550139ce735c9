// The live view: one socket, one moment, and the panels that show it. It draws; it computes nothing.

import { Cloud } from '../../kit/cloud.js';
import { Head } from '../../kit/head.js';
import { mounting } from '../../kit/mount.js';
import { Film } from './film.js';
import { Inside } from './inside.js';
import { Numbers } from './numbers.js';
import { Painting } from './painting.js';
import { Query } from './query.js';
import { Questions } from './questions.js';
import { Present, Room } from '../../kit/room.js';
import { Scrubber } from '../../kit/scrubber.js';
import { Sharing } from '../../kit/shared.js';
import { plotlyOr } from '../../kit/plotly.js';
import { Stage } from '../../kit/stage.js';
import { takeAway } from './takeaway.js';
import { RunView } from '../../kit/view.js';

/** @import { LiveView } from './viewsettings.js' */
/** @import { PageData, Report, RunMessage, StateMessage } from '../../kit/types.d.ts' */

const LEGEND = 56; // pixels at the foot of the cloud
const NEWEST = Number.MAX_SAFE_INTEGER;
const MOVING = new Set(['waiting', 'running', 'paused']);

/** @extends {RunView<LiveView>} */
export class View extends RunView {
  /** @type {RunMessage | null} */
  run = null;
  probe = 0; // the image that is the query
  /** @type {string | null}  the run's state as Python believes it */
  believed = null;
  /** @type {string | null}  the view as Python last asked for it, as text */
  asked = null;
  film = new Film(this);
  questions = new Questions(this);
  painting = new Painting(this);
  numbers = new Numbers();
  head = new Head();
  inside = new Inside(this);
  sharing = new Sharing('live', this.film);

  /**
   * @param {HTMLElement} root
   * @param {PageData} data
   * @param {Report} report
   */
  constructor(root, data, report) {
    super(root, data, report);
    this.cloud = new Cloud({
      hovered: (index, pixel) => this.questions.hovered(index, pixel),
      picked: (index) => this.choose(index),
      plotly: () => plotlyOr((text) => this.stage.setNotice(text)),
      foot: LEGEND,
    });
    this.stage = new Stage(this.cloud, {
      set: (change) => this.set(change),
      isolate: (index, hold) => this.painting.isolate(index, hold),
    });
    this.scrubber = new Scrubber({
      moved: () => this.film.show(),
      held: (step) => this.set({ step }),
    });
    this.transport = this.transportOf(this.scrubber, () => this.inside.enter());
    this.query = new Query({
      choose: (probe) => this.choose(probe),
      turn: (view) => this.set({ view }),
      setGroup: (group) => this.set({ group }),
      setLens: (lens) => this.set({ lens }),
      adjusts: (on) => root.classList.toggle('adjusting', on),
      untrained: root.classList.contains('still'),
    });
    this.present = new Present(root, {
      leave: () => this.report.setTriggerValue('leave', true),
      panel: (panel) => this.set({ panel }),
      scaled: (times) => this.cloud.scale(times),
      bar: this.transport.node,
    });
    this.stage.node.append(this.transport.node);
    this.stage.zoom.before(takeAway(this));
    root.replaceChildren(
      this.head.node,
      this.present.node,
      this.stage.node,
      this.query.node,
      this.numbers.node,
      this.inside.node,
    );
    this.room = new Room(root);
    this.cloud.node.addEventListener('keydown', (event) => this.scrubber.key(event));
    this.take(data, true);
  }

  /**
   * New data of a rerun: only what differs has an effect.
   * @param {PageData} data
   * @param {Report} report
   */
  update(data, report) {
    const before = this.renewed(data, report);
    // What a person has just changed and Python does not know yet is not undone by an older rerun.
    if (JSON.stringify(data.view) !== this.asked && !this.pace.waits('report'))
      this.set(data.view, false);
    if (this.turned()) {
      this.inside.repaint();
      this.film.show();
    }
    this.take(data, before.run !== data.run);
  }

  /**
   * @param {PageData} data
   * @param {boolean} isOther  another run than before
   */
  take(data, isOther) {
    this.asked = JSON.stringify(data.view);
    this.present.set(data.present, this.view.panel);
    this.head.setInvite(data.example, data.invite);
    this.transport.setPage(data);
    if (!isOther) return;
    this.view.step = data.view.step ?? null;
    this.forgetRun();
    if (this.opened(this.head, this.stage.empty, 'No run yet')) this.watch();
  }

  forgetRun() {
    this.film.clear(); // first: nothing colours its last moment anew
    this.questions.forget();
    this.painting.forget();
    this.cloud.forget();
    this.run = null;
    this.believed = this.data.state ?? null;
    Object.assign(this.cloud.node.dataset, { run: this.data.run ?? '', step: '', state: '' });
    this.query.node.classList.add('waiting');
    this.stage.forget();
    this.head.clear();
    this.numbers.clear();
    this.inside.forget();
  }

  // The frame that is looked at is sent before the others: of the moment shown, held, or the newest.
  watch() {
    const { space, layout, colour } = this.view;
    const first = this.film.playsByItself() ? 0 : NEWEST;
    const step = this.film.shown?.step ?? this.view.step ?? first;
    this.socket?.watch({
      run: this.data.run,
      space,
      layout,
      agreement: colour === 'agreement',
      step,
    });
  }

  /**
   * @override
   * @param {any} message  of any type
   */
  hear(message) {
    if (message.type === 'frame') this.film.add(message);
    else if (message.type === 'run') this.setRun(message);
    else if (message.type === 'lenses') this.setLenses(message);
    else if (message.type === 'state') this.setState(message);
    else if (message.type === 'weights') this.questions.weighed(message);
    else if (message.type === 'answer') this.questions.answered(message);
    else if (message.type === 'error') this.questions.failed(message);
  }

  /**
   * The run again means its frames in another space or layout: each takes the place of the one of its
   * step, and the moment stays.
   * @param {RunMessage} run
   */
  setRun(run) {
    if (!run.has_features && this.view.space === 'features') {
      this.set({ space: 'embeddings' }); // recordings hold no features
      return;
    }
    const same = this.run?.run === run.run;
    this.run = run;
    this.head.setRun(run);
    this.film.begin(run);
    this.stage.setRun(run);
    this.stage.update(this.view, run);
    this.cloud.node.dataset.run = run.run;
    this.cloud.setSheet(run);
    this.cloud.setImages(Boolean(this.view.images));
    this.cloud.magnify(Boolean(this.view.magnify));
    if (same) return;
    const { query } = this.view;
    this.probe = query !== null && query >= 0 && query < run.n ? query : 0;
    this.query.setRun(run, this.view.lens);
    this.query.group.choose(this.view.group);
    this.showQuery();
  }

  /** @param {Pick<RunMessage, 'lenses' | 'own_lens'>} message */
  setLenses({ lenses, own_lens }) {
    if (!this.run) return;
    Object.assign(this.run, { lenses, own_lens });
    this.query.lens.setRun(this.run, this.view.lens);
  }

  /** @param {StateMessage} message */
  setState(message) {
    this.head.setState(message);
    this.transport.setState(message);
    this.inside.setState(message);
    this.scrubber.setRunning(MOVING.has(message.state), message.state === 'running');
    this.cloud.node.dataset.state = message.state;
    if (!this.run && MOVING.has(message.state)) this.stage.setNotice(''); // it is gone on with
    this.believed ??= message.state;
    if (message.state !== this.believed && this.data.run) {
      this.believed = message.state;
      const { state, step, reason } = message;
      this.report.setStateValue('state', { run: this.data.run, state, step, reason });
    }
  }

  showQuery() {
    if (!this.run) return;
    this.query.setQuery(this.probe, this.view.view);
    this.query.stale(true);
  }

  /** @param {number} probe */
  choose(probe) {
    this.probe = probe;
    this.set({ query: probe, view: 0 });
  }

  /**
   * A change of the view, by a person (told to Python once the hand rests) or from Python.
   * @param {Partial<LiveView>} change
   * @param {boolean} [tell]
   */
  set(change, tell = true) {
    const { before, changed } = this.altered(change);
    if (!changed.size) return;
    /** @param {(keyof LiveView)[]} names */
    const differs = (...names) => names.some((name) => changed.has(name));
    this.stage.update(this.view, this.run);
    const agreement =
      differs('colour') && [before, this.view].some(({ colour }) => colour === 'agreement');
    const early = differs('step') && !this.run; // no frame has been sent: another is to be first
    if (differs('space', 'layout') || agreement || early) this.watch();
    if (differs('images')) this.cloud.setImages(Boolean(this.view.images));
    if (differs('magnify')) this.cloud.magnify(Boolean(this.view.magnify));
    if (differs('colour')) this.painting.forget();
    if (differs('panel')) this.present.set(this.data.present, this.view.panel);
    if (!tell && differs('step')) this.scrubber.hold(this.view.step);
    if (!tell && this.run) {
      this.query.lens.take(this.view.lens);
      const { query } = this.view;
      if (differs('query') && query !== null && query < this.run.n) this.probe = query;
    }
    if (differs('group')) this.query.group.choose(this.view.group);
    if (differs('group', 'lens', 'query', 'view')) this.showQuery();
    changed.delete('step');
    if (this.film.shown && changed.size) this.film.show();
    if (tell) this.tell();
  }

  close() {
    const { scrubber, sharing, transport, present, room, cloud, inside } = this;
    this.closeWith(scrubber, sharing, transport, present, room, cloud, inside);
  }
}

export const mount = mounting('[data-live-root]', (...given) => new View(...given));
