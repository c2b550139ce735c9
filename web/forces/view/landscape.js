// The landscape: what the loss, and the force, would be wherever the query stood. Python computes
// it; here it is asked for, drawn once round for each loss and as a heat map while a setting sweeps.

import { digits, el, segmented, setAttribute, setText, show, signed } from '../../kit/dom.js';
import { Course } from './course.js';
import { HeatMap } from './heat.js';
import { rowOf } from './heatfigure.js';
import { degrees, turned } from './places.js';
import { aloud, angleText, around, heading, overview, words } from './seen.js';
import { Sweep } from './sweep.js';
import { curveAt, heatOf, landscapeOf, sweptAt } from './swept.js';
import { paintOf, shades } from './terrain.js';

const BESIDE = 4;
const LOST = 6000; // ms after which an answer is not waited for any more

const bare = (places) => places.map(([lon, lat]) => [lon, lat]);

/** @type {[value: string, text: string, hint?: string][]} */
const SHOWN = [
  ['loss', 'loss'],
  ['force', 'force', 'How hard it turns the query'],
];
/** @type {[value: number, text: string, hint: string][]} */
const SIDES = [
  [0, 'A', 'Sweep a setting of loss A'],
  [1, 'B', 'Sweep a setting of loss B'],
];

export class Landscape {
  // lenses: as describe.lenses(); ask(question), set(change of the board).
  constructor({ lenses, ask, set }) {
    this.sweep = new Sweep(lenses);
    this.ask = ask;
    this.setBoard = set;
    this.answer = null;
    /** @type {ReturnType<typeof landscapeOf> | null} */
    this.of = null;
    this.asked = null;
    this.theme = 'light';
    this.ownScale = true;
    this.ground = [];
    this.whose = segmented('Whose setting is swept', SIDES, (which) =>
      set({ sweep: [which, this.sweep.fieldOf(which, this.sweep.now()[1])] }),
    );
    this.field = el('select', {
      'aria-label': 'Setting that is swept',
      onchange: () => set({ sweep: [this.sweep.now()[0], this.field.value] }),
    });
    this.shown = segmented('Shown', SHOWN, (shown) => set({ shown }));
    this.own = el('button', {
      type: 'button',
      class: 'toggle',
      'aria-pressed': 'true',
      text: 'each row its own scale',
      title: 'Colour each setting from its lowest to its highest, or all on one scale',
      onclick: () => {
        this.ownScale = !this.ownScale;
        this.redraw();
      },
    });
    this.title = el('h3', {});
    this.heat = new HeatMap({
      title: () => this.title.textContent,
      pointed: (place) => this.point(place),
      go: (place) => this.goTo(place),
      key: (event) => this.key(event),
    });
    this.bar = el('i', { 'aria-hidden': 'true' });
    this.ends = [el('span', {}), el('span', {})];
    this.contourKey = el('p', { class: 'contour-key' });
    this.readout = el('p', { class: 'heat-readout', 'aria-live': 'off' });
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.side = this.sidePanel();
    this.courses = [0, 1].map(
      (index) =>
        new Course({
          index,
          pointed: (angle) => this.point(angle === null ? null : { angle }),
          go: (angle) => this.goTo({ angle }),
        }),
    );
    this.feet = this.courses.map(({ node }) => node);
  }

  sidePanel() {
    const name = el('span', { text: 'sweep' });
    return el(
      'section',
      { class: 'landscape', 'aria-label': 'Landscape' },
      el('div', { class: 'line' }, el('label', { class: 'field' }, name, this.field), this.whose),
      el('div', { class: 'line' }, this.shown, this.own),
      el('div', { class: 'chart-head' }, this.title, this.heat.chart.tools),
      this.heat.node,
      el('div', { class: 'scale' }, this.ends[0], this.bar, this.ends[1]),
      this.contourKey,
      this.readout,
      this.error,
    );
  }

  set(board, theme) {
    this.board = board;
    this.sweep.board = board;
    if (board.mode !== 'landscape') return;
    const [which, field] = this.sweep.now();
    const specs = this.sweep.specs(which);
    const key = JSON.stringify([which, board.losses[which].name, specs.map(({ name }) => name)]);
    if (key !== this.listed) {
      this.listed = key;
      this.field.replaceChildren(
        ...specs.map(({ name, label, symbol }) =>
          el('option', { value: name, text: symbol ? `${label} (${symbol})` : label }),
        ),
      );
    }
    this.field.value = field;
    setAttribute(this.field, 'title', this.field.selectedOptions[0]?.text ?? null);
    this.whose.choose(which);
    this.shown.choose(board.shown);
    const fresh = this.theme !== theme || this.drawnAs !== board.shown;
    this.theme = theme;
    this.question();
    if (fresh) this.redraw();
    else this.follow();
  }

  // On the circle the landscape is the same wherever the query stands now.
  question() {
    const { surface, query, positives, negatives, losses, seed } = this.board;
    const question = {
      what: 'landscape',
      surface,
      query: query.slice(0, 2),
      positives: bare(positives),
      negatives: bare(negatives),
      losses,
      seed,
      sweep: this.sweep.now(),
    };
    const key = JSON.stringify(surface === 'circle' ? { ...question, query: 0 } : question);
    if (key === this.asked && (!this.since || performance.now() - this.since < LOST)) return;
    this.asked = key;
    this.since = performance.now();
    this.side.classList.add('stale');
    this.ask(question);
  }

  answered(answer) {
    show(this.error, false);
    this.answer = answer;
    this.since = null;
    this.of = landscapeOf(answer, answer.question ?? this.board);
    this.side.classList.remove('stale');
    this.redraw();
  }

  failed(message) {
    setText(this.error, message);
    show(this.error, true);
  }

  redraw() {
    const { answer, board, theme } = this;
    if (!answer || !board) return;
    this.drawnAs = board.shown;
    const { shown } = board;
    this.ground = this.of.raw.map((one) => paintOf(one[shown], answer, shown, theme));
    setAttribute(this.own, 'aria-pressed', String(this.ownScale));
    const look = heatOf(answer, this.of.swept, { shown, ownScale: this.ownScale });
    const title = overview(answer, shown, look.lines[0]);
    setText(this.title, title);
    setAttribute(this.title, 'title', title);
    this.ends.forEach((end, i) => setText(end, look.ends[i]));
    this.contourKey.replaceChildren(
      ...look.lines.flatMap(({ kind, name }) => [
        el('i', { class: kind }),
        el('span', { text: name }),
      ]),
    );
    this.heat.draw({ ...look, theme });
    this.bar.style.background = `linear-gradient(90deg, ${[0, 24, 48, 72, 95].map((i) => shades(theme)[i]).join(',')})`;
    this.courses.forEach((course, i) =>
      course.draw({
        ...this.of.curves[i],
        isSigned: !answer.grid,
        shown,
        theme,
        title: heading(answer, this.of.curves[i], this.of.raw[i], shown),
        words: (angle, isQuery) => words(answer, this.of.curves[i], angle, isQuery),
      }),
    );
    this.follow();
  }

  // Where the query, the marks and the setting are now; nothing else is drawn again.
  follow() {
    const { answer, board } = this;
    if (!answer) return;
    const onSphere = board.surface === 'sphere' && this.of.circle;
    const query = onSphere ? 0 : turned(board.query[0]);
    const kinds = [
      ['positive', board.positives],
      ['negative', board.negatives],
    ];
    const marks = kinds.flatMap(([kind, places]) =>
      places.flatMap((place) => {
        if (!onSphere) return [{ kind, angle: turned(place[0]) }];
        const { angle, beside } = this.of.circle.along(place);
        return beside < BESIDE ? [{ kind, angle }] : [];
      }),
    );
    this.heat.mark({ query, setting: this.sweep.value(), marks });
    this.courses.forEach((course) => course.set(query));
    this.say(null);
  }

  /** @param {{ angle: number, row?: number } | null} place */
  point(place) {
    if (!this.answer) return;
    this.heat.point(place);
    this.courses.forEach((course) => course.point(place ? place.angle : null));
    this.say(place?.row === undefined ? null : place);
  }

  say(place) {
    const { answer } = this;
    const name = answer.field?.symbol || answer.field?.label || this.sweep.spec()?.symbol || '';
    const at = place ?? {
      angle: this.board.surface === 'sphere' ? 0 : turned(this.board.query[0]),
      row: rowOf(answer.settings, this.sweep.value()),
    };
    const setting = place ? answer.settings[Math.round(at.row)] : this.sweep.value();
    // At the query its own curve is exact; rows of the sweep are only near the setting.
    const isOwn = !place && !answer.grid;
    const { loss, force } = isOwn
      ? curveAt(this.of.curves[this.sweep.now()[0]], at.angle)
      : sweptAt(this.of.swept, at.angle, place ? Math.round(at.row) : at.row);
    const pull = answer.grid ? `force along it ${signed(force)}` : `force ${around(force)}`;
    const text = `${place ? 'at' : 'query at'} ${angleText(at.angle)}, ${name} ${digits(setting)}: loss ${digits(loss)}, ${pull}`;
    setText(this.readout, text);
    setAttribute(
      this.heat.node,
      'aria-label',
      `${this.title.textContent} ${aloud(text)}. Left and right move the query, up and down the setting.`,
    );
  }

  /**
   * A place on the heat map or on a curve: the query goes there, and the setting with it.
   * @param {{ angle: number, row?: number }} place
   */
  goTo({ angle, row }) {
    if (!this.answer) return;
    const onSphere = this.board.surface === 'sphere' && this.of.circle;
    const query = onSphere
      ? degrees(this.of.circle.place(angle))
      : [Number(turned(angle).toFixed(1)), 0];
    /** @type {{ query: number[], losses?: object[] }} */
    const change = {
      query: this.board.snap && !onSphere ? [turned(Math.round(query[0] / 15) * 15), 0] : query,
    };
    if (row !== undefined && this.sweep.spec())
      change.losses = this.sweep.with(this.answer.settings[Math.round(row)]);
    this.setBoard(change);
  }

  key(event) {
    const across = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!this.answer || !(across || up) || !this.sweep.spec()) return;
    event.preventDefault();
    setAttribute(this.readout, 'aria-live', 'polite');
    const by = event.shiftKey ? 5 * this.sweep.step() : this.sweep.step();
    const turn = this.board.snap || event.shiftKey ? 15 : 1;
    const angle = this.board.surface === 'sphere' ? 0 : this.board.query[0];
    if (up) this.setBoard({ losses: this.sweep.with(this.sweep.value() + up * by) });
    else this.goTo({ angle: angle + across * turn });
  }

  paints() {
    return this.ground;
  }

  close() {
    this.heat.close();
    this.courses.forEach((course) => course.close());
  }
}
