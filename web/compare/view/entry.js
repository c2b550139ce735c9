// One entry: its socket, its frames, its rows of numbers, and its cloud under a heading.

import { Cloud } from '../../kit/cloud.js';
import { byPull, byWeight, paint } from '../../kit/colours.js';
import { count, el, setAttribute, setText, setThumb, show } from '../../kit/dom.js';
import { Frames } from '../../kit/frames.js';
import { Socket } from '../../kit/socket.js';
import { rowAt } from './points.js';
import { badge, styleOf } from '../../kit/styles.js';
import { cloudText, figures } from './words.js';

const EARLY = new Set(['failed', 'lost', 'stopped']);
const ALARMS = ['uniformity', 'effective_rank']; // readings that say a cloud has collapsed

export class Entry {
  // `say` holds what the view wants to hear: grew, ready, weighed, hovered, picked, pin, ranged.
  constructor(about, index, { url, plotly, say }) {
    Object.assign(this, {
      about,
      index,
      say,
      name: about.name,
      frames: new Frames(),
      coming: null,
      rows: [],
      ended: false,
      reason: '',
      run: null,
      frame: null,
    });
    this.forget();
    this.cloud = new Cloud({
      hovered: (probe, pixel) => say.hovered(this, probe, pixel),
      picked: (probe) => say.picked(probe),
      plotly,
      ranged: (range) => say.ranged(this, range),
    });
    Object.assign(this.cloud.node.dataset, { entry: this.name, run: about.run });
    setAttribute(this.cloud.node, 'aria-label', `Cloud of ${about.label}`);
    this.mark = styleOf(index, 'light', about.mark).mark;
    this.pin = el('button', { type: 'button', class: 'pin', onclick: () => say.pin(this.name) });
    this.text = el('p', { class: 'loss-text' });
    this.parts = {
      accuracy: el('b', {}),
      what: el('small', {}),
      difference: el('em', { hidden: true }),
      loss: el('span', { class: 'loss' }),
      gradient: el('span', { class: 'gradient' }),
    };
    this.figures = el('p', { class: 'figures' }, ...Object.values(this.parts));
    this.ending = el('p', { class: 'ending', role: 'status', hidden: true });
    this.alarm = el('p', { class: 'alarm', role: 'status', hidden: true });
    this.peek = el('span', { class: 'peek thumb', hidden: true, 'aria-hidden': 'true' });
    const facts = about.line
      ? [about.line]
      : [
          `${about.n_views} views`,
          `rate ${Number(about.lr.toPrecision(3))}`,
          about.host === 'batch' ? '' : about.host,
          about.loss.text,
        ];
    this.text.textContent = facts.filter(Boolean).join(', ');
    this.text.title = this.text.textContent;
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
          this.pin,
        ),
        this.text,
        this.figures,
        this.ending,
      ),
      el('div', { class: 'pane' }, this.cloud.node, this.alarm, this.peek),
    );
    this.socket = new Socket(url, { hear: (message) => this.hear(message), lost: () => {} });
  }

  forget() {
    this.answers = {};
  }

  watch(space, layout) {
    this.socket.watch({ run: this.about.run, space, layout, agreement: false });
  }

  hear(message) {
    if (message.type === 'run') {
      const isNew = this.run === null;
      this.run = message;
      this.coming = new Frames();
      if (!isNew) return;
      this.cloud.setSheet(message.sprites, message.probes);
      this.say.ready(this);
    } else if (message.type === 'lenses') {
      Object.assign(this, { lenses: message.lenses });
      this.say.ready(this);
    } else if (message.type === 'frame' && this.run) {
      (this.coming ?? this.frames).add(message);
      this.say.grew(this);
    } else if (message.type === 'weights') {
      this.answers[message.kind] = message;
      this.say.weighed(this, message);
    } else if (message.type === 'error' && message.kind) this.say.failed?.(this, message);
  }

  // Whether the frames that are coming reach as far as those there are, or as the run did at first.
  get isWhole() {
    const last = this.frames.size ? this.frames.last.step : this.about.last;
    if (!this.coming || (this.ended && !last && !this.coming.size)) return true;
    return this.coming.size > 0 && this.coming.last.step >= last;
  }

  // Frames of another space or layout take the place of the ones shown.
  turn() {
    if (!this.coming) return;
    Object.assign(this, { frames: this.coming, coming: null, frame: null, jump: true });
  }

  setState({ state, reason }) {
    this.state = state;
    this.ended = EARLY.has(state);
    this.reason = ['failed', 'lost'].includes(state) ? reason || 'stopped by itself' : '';
    this.cloud.node.dataset.state = state;
  }

  // Rows that come again are those that count: a run that was gone on with, or a new connection.
  addRows(rows) {
    if (!rows.length) return;
    this.rows = [...this.rows.filter(({ step }) => step < rows[0].step), ...rows];
  }

  // How the points are coloured: by the image under the hand, by the query, or by what they are.
  colours({ view, theme, hover, probe, only, together }) {
    const by = view.colour === 'pull' ? byPull : byWeight;
    const own = this.answers.hover;
    if (hover !== null && own?.probe === hover)
      return { ...by(own, theme, together('hover', hover)), of: hover };
    const mine = this.answers.paint;
    const answer = mine?.probe === probe ? mine : null;
    if (answer && ['weight', 'pull'].includes(view.colour))
      return by(answer, theme, together('paint', probe));
    const { probes } = this.run;
    const few = probes.class_names.length <= 10 || hover === null;
    return paint(view.colour, {
      probes,
      frame: this.frame,
      answer: null,
      theme,
      only: only ?? (few ? null : probes.labels[hover]),
    });
  }

  // The frame at or just before a step. Draws only when it is another, or when asked anew.
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
  tell({ step, n, spread, numbers }) {
    const reading = numbers.find(({ key, level }) => level === 'warn' && ALARMS.includes(key));
    show(this.alarm, Boolean(reading));
    setText(this.alarm, reading ? `⚠ ${reading.sentence.split(/[:,.]/)[0]}` : '');
    setAttribute(this.alarm, 'title', reading?.sentence ?? null);
    setAttribute(this.cloud.node, 'aria-label', cloudText(this.about.label, step, n, spread));
  }

  repaint(look) {
    if (!this.frame) return null;
    const colours = this.colours(look);
    this.cloud.repaint(colours);
    return colours;
  }

  // The image pointed at elsewhere: a ring about it here, and itself beside the ring.
  point(probe, isHere) {
    this.cloud.light(probe === null || isHere ? [] : [probe]);
    this.cloud.node.dataset.over = probe ?? '';
    const pixel = probe === null || isHere ? null : this.cloud.pixelOf(probe);
    show(this.peek, Boolean(pixel));
    if (!pixel) return;
    setThumb(this.peek, this.run.sprites, this.run.probes, probe);
    const width = this.cloud.node.clientWidth;
    const side = pixel[0] > width - 70 ? -58 : 16;
    this.peek.style.transform = `translate(${Math.round(pixel[0] + side)}px, ${Math.round(Math.max(2, pixel[1] - 21))}px)`;
  }

  // Accuracy with its difference from the baseline, loss and gradient, as they were at a step.
  setFigures(step, baseline) {
    this.setEnding(step);
    const row = rowAt(this.rows, step, 'knn_features');
    const base = baseline && baseline !== this ? rowAt(baseline.rows, step, 'knn_features') : null;
    const { accuracy, what, difference, loss, gradient } = figures(
      row,
      base,
      rowAt(this.rows, step),
      step,
    );
    const { parts } = this;
    setText(parts.accuracy, accuracy);
    setText(parts.what, what);
    setAttribute(
      parts.what,
      'title',
      row && `accuracy of 10 neighbours on held-out images, measured at step ${count(row.step)}`,
    );
    show(parts.difference, Boolean(difference));
    setText(parts.difference, difference);
    setAttribute(
      parts.difference,
      'title',
      difference && `against ${baseline.about.label}, in percentage points, in this one run`,
    );
    setText(parts.loss, `loss ${loss}`);
    setText(parts.gradient, this.about.line ? '' : `gradient ${gradient}`);
    setAttribute(parts.gradient, 'title', 'norm of the gradient of the loss in the weights');
    const isBase = baseline === this;
    setText(this.pin, isBase ? 'baseline' : 'pin');
    setAttribute(
      this.pin,
      'title',
      isBase ? 'Differences are from this entry' : 'Show differences from this entry',
    );
    setAttribute(this.pin, 'aria-pressed', String(isBase));
    setAttribute(
      this.pin,
      'aria-label',
      isBase ? `${this.about.label} is the baseline` : `Take ${this.about.label} as the baseline`,
    );
  }

  // Whether it had not ended alone before a step.
  isAt(step) {
    return !this.reason || step <= (this.rows[this.rows.length - 1]?.step ?? -1);
  }

  // After its last snapshot an entry that failed says why, in place of figures.
  setEnding(step) {
    const over = !this.isAt(step);
    this.node.classList.toggle('ended', over);
    show(this.ending, over);
    show(this.figures, !over);
    setText(this.ending, over ? this.reason : '');
    setAttribute(this.ending, 'title', over ? this.reason : null);
  }

  close() {
    this.socket.close();
    this.cloud.close();
  }
}
