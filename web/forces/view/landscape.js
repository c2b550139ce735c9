// The landscape: what the loss, and the force, would be wherever the query stood. Python computes
// it; here it is asked for, drawn once round for each loss and as a heat map while a setting sweeps.

import {
  digits,
  el,
  isShortcut,
  segmented,
  setAttribute,
  setText,
  show,
  signed,
} from '../../kit/dom.js';
import { SNAP } from './board.js';
import { Course } from './course.js';
import { HeatMap } from './heat.js';
import { rowOf } from './heatfigure.js';
import { degrees, turned } from './places.js';
import { aloud, angleText, around, capital, heading, overview, words } from './seen.js';
import { landscapeSide } from './landscapeside.js';
import { Sweep } from './sweep.js';
import { curveAt, heatOf, landscapeOf, questionOf, sweptAt } from './swept.js';
import { paintOf, shades } from './terrain.js';

/** @import { Theme } from '../../kit/types.d.ts' */
/** @import { AnsweredLandscape, BoardState, GroundPaint, OfferedLoss, Place, SetBoard, Shown } from './types.d.ts' */

const BESIDE = 4;
const LOST = 6000; // ms after which an answer is not waited for any more

/** @type {[value: Shown, text: string, hint?: string][]} */
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
  /** @type {BoardState | null} */
  board = null;
  /** @type {AnsweredLandscape | null} */
  answer = null;
  /** @type {ReturnType<typeof landscapeOf> | null} */
  of = null;
  /** @type {string | null}  what was asked last and which settings are listed, as text */
  asked = null;
  /** @type {string | null} */
  listed = null;
  /** @type {number | null}  when it was asked, while it is not answered */
  since = null;
  /** @type {Theme} */
  theme = 'light';
  /** @type {Shown | null} */
  drawnAs = null;
  ownScale = true;
  /** @type {GroundPaint[]} */
  ground = [];

  /**
   * @param {object} given
   * @param {OfferedLoss[]} given.lenses
   * @param {(question: { what: string }) => void} given.ask
   * @param {SetBoard} given.set
   */
  constructor({ lenses, ask, set }) {
    this.sweep = new Sweep(lenses);
    this.ask = ask;
    this.setBoard = set;
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
      title: () => this.title.textContent ?? '',
      pointed: (place) => this.point(place),
      go: (place) => this.goTo(place),
      key: (event) => this.key(event),
    });
    this.bar = el('i', { 'aria-hidden': 'true' });
    this.ends = [el('span', {}), el('span', {})];
    this.contourKey = el('p', { class: 'contour-key' });
    this.readout = el('p', { class: 'heat-readout', 'aria-live': 'off' });
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.side = landscapeSide(this);
    this.courses = [0, 1].map(
      (index) =>
        new Course({
          index,
          pointed: (angle) => this.point(angle === null ? null : { angle }),
          go: (angle) => this.goTo({ angle }),
          turnOf: (event) => this.turnOf(event),
        }),
    );
    this.feet = this.courses.map(({ node }) => node);
  }

  /**
   * @param {BoardState} board
   * @param {Theme} theme
   */
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
    if (!this.board) return;
    const question = questionOf(this.board, this.sweep.now());
    const key = JSON.stringify(
      question.surface === 'circle' ? { ...question, query: 0 } : question,
    );
    if (key === this.asked && (!this.since || performance.now() - this.since < LOST)) return;
    this.asked = key;
    this.since = performance.now();
    this.side.classList.add('stale');
    this.ask(question);
  }

  /** @param {AnsweredLandscape} answer */
  answered(answer) {
    show(this.error, false);
    this.answer = answer;
    this.since = null;
    const question = answer.question ?? this.board;
    if (question) this.of = landscapeOf(answer, question);
    this.side.classList.remove('stale');
    this.redraw();
  }

  /** @param {string} message */
  failed(message) {
    setText(this.error, message);
    show(this.error, true);
  }

  redraw() {
    const { answer, board, theme, of } = this;
    if (!answer || !board || !of) return;
    this.drawnAs = board.shown;
    const { shown } = board;
    this.ground = of.raw.map((one) => paintOf(one[shown], answer, shown, theme));
    setAttribute(this.own, 'aria-pressed', String(this.ownScale));
    const look = heatOf(answer, of.swept, { shown, ownScale: this.ownScale });
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
        ...of.curves[i],
        isSigned: !answer.grid,
        shown,
        theme,
        title: heading(answer, of.curves[i], of.raw[i], shown),
        words: (/** @type {number} */ angle, /** @type {boolean} */ isQuery) =>
          words(answer, of.curves[i], angle, isQuery),
      }),
    );
    this.follow();
  }

  // Where the query, the marks and the setting are now; nothing else is drawn again.
  follow() {
    const { answer, board, of } = this;
    if (!answer || !board || !of) return;
    const circle = board.surface === 'sphere' ? of.circle : null;
    const query = circle ? 0 : turned(board.query[0]);
    /** @type {[kind: string, places: Place[]][]} */
    const kinds = [
      ['positive', board.positives],
      ['negative', board.negatives],
    ];
    const marks = kinds.flatMap(([kind, places]) =>
      places.flatMap((place) => {
        if (!circle) return [{ kind, angle: turned(place[0]) }];
        const { angle, beside } = circle.along(place);
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

  /** @param {{ angle: number, row?: number } | null} place */
  say(place) {
    const { answer, board, of } = this;
    if (!answer || !board || !of) return;
    const name = answer.field?.symbol || answer.field?.label || this.sweep.spec()?.symbol || '';
    /** @type {{ angle: number, row?: number }} */
    const { angle, row = 0 } = place ?? {
      angle: board.surface === 'sphere' ? 0 : turned(board.query[0]),
      row: rowOf(answer.settings, this.sweep.value()),
    };
    const setting = place ? answer.settings[Math.round(row)] : this.sweep.value();
    if (!Number.isFinite(setting)) {
      setText(this.readout, ''); // the loss has no number any more, and Python says so
      setAttribute(this.heat.node, 'aria-label', this.title.textContent);
      return;
    }
    // At the query its own curve is exact; rows of the sweep are only near the setting.
    const isOwn = !place && !answer.grid;
    const { loss, force } = isOwn
      ? curveAt(of.curves[this.sweep.now()[0]], angle)
      : sweptAt(of.swept, angle, place ? Math.round(row) : row);
    const pull = answer.grid ? `force along it ${signed(force)}` : `force ${around(force)}`;
    const text = `${place ? 'at' : 'query at'} ${angleText(angle)}, ${name} ${digits(setting)}: loss ${digits(loss)}, ${pull}`;
    setText(this.readout, text);
    setAttribute(
      this.heat.node,
      'aria-label',
      `${this.title.textContent}. ${capital(aloud(text))}. Left and right move the query, up and down the setting.`,
    );
  }

  // A place on the heat map or on a curve: the query goes there, and the setting with it.
  /** @param {{ angle: number, row?: number }} place */
  goTo({ angle, row }) {
    const { answer, board, of } = this;
    if (!answer || !board || !of) return;
    const circle = board.surface === 'sphere' ? of.circle : null;
    const query = circle ? degrees(circle.place(angle)) : [Number(turned(angle).toFixed(1)), 0];
    /** @type {Partial<BoardState>} */
    const change = {
      query: board.snap && !circle ? [turned(Math.round(query[0] / SNAP) * SNAP), 0] : query,
    };
    if (row !== undefined && this.sweep.spec())
      change.losses = this.sweep.with(answer.settings[Math.round(row)]);
    this.setBoard(change);
  }

  /**
   * By how many degrees an arrow key turns the query.
   * @param {KeyboardEvent} event
   */
  turnOf({ shiftKey }) {
    return this.board?.snap || shiftKey ? SNAP : 1;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (isShortcut(event)) return;
    const across = Number(event.key === 'ArrowRight') - Number(event.key === 'ArrowLeft');
    const up = Number(event.key === 'ArrowUp') - Number(event.key === 'ArrowDown');
    const { board } = this;
    if (!this.answer || !board || !(across || up) || !this.sweep.spec()) return;
    event.preventDefault();
    setAttribute(this.readout, 'aria-live', 'polite');
    const by = event.shiftKey ? 5 * this.sweep.step() : this.sweep.step();
    const angle = board.surface === 'sphere' ? 0 : board.query[0];
    if (up) this.setBoard({ losses: this.sweep.with(this.sweep.value() + up * by) });
    else this.goTo({ angle: angle + across * this.turnOf(event) });
  }

  paints() {
    return this.ground;
  }

  close() {
    this.heat.close();
    this.courses.forEach((course) => course.close());
  }
}
