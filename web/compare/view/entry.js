// One entry: its socket, its frames, its rows of numbers, and its cloud under a heading.

import { Cloud } from '../../kit/cloud.js';
import { byPull, byWeight, litBy, paint } from '../../kit/paints.js';
import { el, setAttribute, setText, setThumb, show } from '../../kit/dom.js';
import { Frames } from '../../kit/frames.js';
import { Socket } from '../../kit/socket.js';
import { badge, styleOf } from '../../kit/styles.js';
import { EntryFigures } from './entryfigures.js';
import { cloudText } from './words.js';

/** Images before they are described. */
const NOTHING = { n: 0, tile: 1, columns: 1, labels: [], class_names: [] };
const EARLY = new Set(['failed', 'lost', 'stopped']);
const OVER = new Set([...EARLY, 'finished']);
const ALARMS = ['uniformity', 'effective_rank']; // readings that say a cloud has collapsed
const ALARM = 22; // pixels for that at the foot of every cloud, so that all are of one size

/** @import { Box, EntryAbout, ErrorMessage, Frame, LensSpec, MetricRow, Point, RunMessage, Theme, Trails, Weights } from '../../kit/types.d.ts' */
/** @import { CompareView } from './viewsettings.js' */

/**
 * What the colours depend on.
 * @typedef {object} Look
 * @property {CompareView} view
 * @property {Theme} theme
 * @property {number | null} hover  the image under the hand
 * @property {number} probe  the query
 * @property {number | null} only  the class that is lit up alone
 * @property {(kind: string, of: number) => Weights[]} together  the answers of all entries
 */

/**
 * How a moment is drawn: anew though it is the same, in another layout than before.
 * @typedef {object} Showing
 * @property {boolean} fresh
 * @property {boolean} other
 * @property {Theme} theme
 * @property {(entry: Entry, frame: Frame) => Trails} trails
 */

/**
 * What the view hears of an entry.
 * @typedef {object} Hears
 * @property {(entry: Entry) => void} grew  frames have come
 * @property {(entry: Entry) => void} ready  it has been described
 * @property {(entry: Entry, probe: number | null, pixel: Point | null) => void} hovered
 * @property {(probe: number) => void} picked
 * @property {(name: string) => void} pin  it is to be the baseline
 * @property {(entry: Entry, range: Box | null) => void} ranged
 * @property {(entry: Entry, answer: Weights) => void} weighed
 * @property {(entry: Entry, message: ErrorMessage) => void} failed
 * @property {() => void} damaged  what of it cannot be read is known
 */

// How it was trained, in a line.
/** @param {EntryAbout} about */
function factsOf({ line, n_views: views, lr, host, loss }) {
  if (line) return line;
  const facts = [
    `${views} views`,
    `rate ${Number(lr.toPrecision(3))}`,
    host === 'batch' ? '' : host,
    loss.text,
  ];
  return facts.filter(Boolean).join(' · ');
}

export class Entry {
  frames = new Frames();
  /** Those of another space or layout, until they are whole. */
  /** @type {Frames | null} */
  coming = null;
  /** @type {MetricRow[]} */
  rows = [];
  ended = false;
  reason = '';
  /** What of its files cannot be read, a sentence each. */
  /** @type {string[]} */
  damage = [];
  state = '';
  /** @type {RunMessage | null} */
  run = null;
  /** @type {Frame | null} */
  frame = null;
  /** The newest weights of each kind of question. */
  /** @type {Record<string, Weights>} */
  answers = {};
  /** @type {LensSpec[] | undefined} */
  lenses = undefined;
  /** Points do not glide to the next moment: it is another layout. */
  jump = false;

  /**
   * @param {EntryAbout} about
   * @param {number} index
   * @param {object} given
   * @param {string} given.url  of the socket
   * @param {() => Promise<unknown>} given.plotly
   * @param {Hears} given.say
   */
  constructor(about, index, { url, plotly, say }) {
    this.about = about;
    this.index = index;
    this.say = say;
    this.name = about.name;
    this.cloud = new Cloud({
      hovered: (probe, pixel) => say.hovered(this, probe, pixel),
      picked: (probe) => say.picked(probe),
      plotly,
      ranged: (range) => say.ranged(this, range),
      foot: ALARM,
    });
    Object.assign(this.cloud.node.dataset, { entry: this.name, run: about.run });
    setAttribute(this.cloud.node, 'aria-label', `Cloud of ${about.label}`);
    this.mark = styleOf(index, 'light', about.mark).mark;
    this.figures = new EntryFigures(this, () => say.pin(this.name));
    this.text = el('p', { class: 'loss-text' });
    this.alarm = el('p', { class: 'alarm', role: 'status', hidden: true });
    this.peek = el('span', { class: 'peek thumb', hidden: true, 'aria-hidden': 'true' });
    setText(this.text, factsOf(about));
    setAttribute(this.text, 'title', factsOf(about));
    this.text.classList.toggle('labelled', Boolean(about.loss.labelled));
    this.node = el(
      'article',
      { class: 'tile-cloud', 'aria-label': about.label },
      el(
        'header',
        {},
        el(
          'h3',
          {},
          badge(this.mark),
          el('span', { class: 'label', text: about.label, title: about.label }),
          this.figures.pin,
        ),
        this.text,
        this.figures.node,
        this.figures.ending,
      ),
      el('div', { class: 'pane' }, this.cloud.node, this.alarm, this.peek),
    );
    this.socket = new Socket(url, { hear: (message) => this.hear(message), lost: () => {} });
  }

  /**
   * @param {string} space
   * @param {string} layout
   */
  watch(space, layout) {
    this.socket.watch({ run: this.about.run, space, layout, agreement: false });
  }

  /** @param {any} message */
  hear(message) {
    if (message.type === 'run') {
      const isNew = this.run === null;
      this.run = message;
      this.coming = new Frames();
      if (!isNew) return;
      this.cloud.setSheet(message);
      this.say.ready(this);
    } else if (message.type === 'lenses') {
      this.lenses = message.lenses;
      this.say.ready(this);
    } else if (message.type === 'frame' && this.run) {
      (this.coming ?? this.frames).add(message);
      this.say.grew(this);
    } else if (message.type === 'weights') {
      this.answers[message.kind] = message;
      this.say.weighed(this, message);
    } else if (message.type === 'state') {
      this.damage = message.damage ?? [];
      this.say.damaged();
    } else if (message.type === 'error' && message.kind) this.say.failed(this, message);
  }

  // Whether it is over and has no frame to show, as none of its snapshots can be read.
  get isEmpty() {
    const frames = this.frames.size || this.coming?.size;
    return OVER.has(this.state) && this.about.last === null && !frames;
  }

  // Whether the frames that are coming reach as far as those there are, or as the run did at first.
  get isWhole() {
    if (!this.coming || this.isEmpty) return true;
    const last = this.frames.size ? this.frames.last.step : (this.about.last ?? 0);
    return this.coming.size > 0 && this.coming.last.step >= last;
  }

  // Frames of another space or layout take the place of the ones shown.
  turn() {
    if (!this.coming) return;
    this.frames = this.coming;
    this.coming = null;
    this.frame = null;
    this.jump = true;
  }

  // It has ended where it did so alone: what stops all of them holds nobody back.
  /** @param {Pick<import('../../kit/messages.d.ts').EntryState, 'reason' | 'alone'> & { state: string }} state */
  setState({ state, reason, alone = false }) {
    this.state = state;
    this.ended = alone && EARLY.has(state);
    this.reason = this.ended ? reason || 'stopped by itself' : '';
    this.cloud.node.dataset.state = state;
  }

  // Rows that come again are those that count: a run that was gone on with, or a new connection.
  /** @param {MetricRow[]} rows */
  addRows(rows) {
    if (!rows.length) return;
    this.rows = [...this.rows.filter(({ step }) => step < rows[0].step), ...rows];
  }

  // How the points are coloured: by the image under the hand, by the query, or by what they are.
  /** @param {Look} look */
  colours({ view, theme, hover, probe, only, together }) {
    const by = view.colour === 'pull' ? byPull : byWeight;
    const probes = this.run?.probes ?? NOTHING;
    const lit = hover === null ? null : litBy(view.colour, probes, hover);
    const own = this.answers.hover;
    if (hover !== null && own?.probe === hover && lit === null)
      return { ...by(own, theme, together('hover', hover)), of: hover };
    const mine = this.answers.paint;
    const answer = mine?.probe === probe ? mine : null;
    if (answer && ['weight', 'pull'].includes(view.colour))
      return by(answer, theme, together('paint', probe));
    return paint(view.colour, {
      probes,
      frame: this.frame,
      answer: null,
      theme,
      only: only ?? lit,
    });
  }

  /**
   * The frame at or just before a step. Draws only when it is another, or when asked anew.
   * @param {number} step
   * @param {Look} look
   * @param {Showing} how
   */
  showAt(step, look, { fresh, theme, trails, other }) {
    if (!this.run || !this.frames.size) return null;
    const frame = this.frames.at(this.frames.indexOf(step));
    const same = frame === this.frame && !fresh;
    this.frame = frame;
    const colours = this.colours(look);
    if (!same) {
      this.tell(frame);
      this.cloud.show(frame, {
        paint: colours,
        theme,
        trails: trails(this, frame),
        jump: this.jump || other,
      });
      this.jump = false;
    }
    return colours;
  }

  // The cloud in words: how far its images lie apart, and whether they have collapsed.
  /** @param {Frame} frame */
  tell({ step, n, spread, numbers }) {
    const reading = numbers.find(({ key, level }) => level === 'warn' && ALARMS.includes(key));
    show(this.alarm, Boolean(reading));
    setText(this.alarm, reading ? `⚠ ${reading.sentence?.split(/[:,.]/)[0]}` : '');
    setAttribute(this.alarm, 'title', reading?.sentence ?? null);
    const { label, line } = this.about;
    setAttribute(
      this.cloud.node,
      'aria-label',
      cloudText(label, line ? null : step, n, spread), // a checkpoint is of no step
    );
  }

  /** @param {Look} look */
  repaint(look) {
    if (!this.frame) return null;
    const colours = this.colours(look);
    this.cloud.repaint(colours);
    return colours;
  }

  /**
   * The image pointed at elsewhere: a ring about it here, and itself beside the ring.
   * @param {number | null} probe
   * @param {boolean} isHere
   */
  point(probe, isHere) {
    this.cloud.light(probe === null || isHere ? [] : [probe]);
    this.cloud.node.dataset.over = String(probe ?? '');
    const pixel = probe === null || isHere ? null : this.cloud.pixelOf(probe);
    show(this.peek, Boolean(pixel));
    if (!pixel || probe === null || !this.run) return;
    setThumb(this.peek, this.run.sprites, this.run.probes, probe);
    const { width } = this.cloud.size;
    const side = pixel[0] > width - 70 ? -58 : 16;
    this.peek.style.transform = `translate(${Math.round(pixel[0] + side)}px, ${Math.round(Math.max(2, pixel[1] - 21))}px)`;
  }

  // Whether it had not ended alone before a step.
  /** @param {number} step */
  isAt(step) {
    return !this.ended || step <= (this.rows[this.rows.length - 1]?.step ?? -1);
  }

  close() {
    this.socket.close();
    this.cloud.close();
  }
}
