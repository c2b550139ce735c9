// The landscape: what the loss, and the force, would be wherever the query stood. Python computes
// it; here it is asked for, drawn once round for each loss and as a heat map while a setting sweeps.

import { digits, el, segmented, setAttribute, setText, show, signed } from '../../kit/dom.js';
import { Course, aloud, angleText } from './course.js';
import {
  alongGrid,
  arrange,
  extent,
  fromLeft,
  greatCircle,
  isFlat,
  paintOf,
  rests,
  shades,
  valleys,
  valueAt,
} from './terrain.js';
import { HeatMap, rowOf } from './heat.js';
import { around, heading, overview, words } from './seen.js';
import { degrees, turned } from './places.js';
import { numberOf, numbersOf, withNumber } from './names.js';

const BESIDE = 4;
const LOST = 6000; // ms after which an answer is not waited for any more

const bare = (places) => places.map(([lon, lat]) => [lon, lat]);

export class Landscape {
  // lenses: as describe.lenses(); ask(question), set(change of the board), plotly() -> Promise.
  constructor({ lenses, ask, set, plotly }) {
    this.lenses = lenses ?? [];
    this.ask = ask;
    this.setBoard = set;
    this.answer = null;
    this.asked = null;
    this.theme = 'light';
    this.ownScale = true;
    this.ground = [];
    this.whose = segmented(
      'Whose setting is swept',
      [
        [0, 'A', 'Sweep a setting of loss A'],
        [1, 'B', 'Sweep a setting of loss B'],
      ],
      (which) => set({ sweep: [which, this.fieldOf(which, this.sweep()[1])] }),
    );
    this.field = el('select', {
      'aria-label': 'Setting that is swept',
      onchange: () => set({ sweep: [this.sweep()[0], this.field.value] }),
    });
    this.shown = segmented(
      'Shown',
      [
        ['loss', 'loss'],
        ['force', 'force', 'How hard it turns the query'],
      ],
      (shown) => set({ shown }),
    );
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
      plotly,
      pointed: (place) => this.point(place),
      go: (place) => this.goTo(place),
      key: (event) => this.key(event),
    });
    this.bar = el('i', { 'aria-hidden': 'true' });
    this.ends = [el('span', {}), el('span', {})];
    this.contourKey = el('p', { class: 'contour-key' });
    this.readout = el('p', { class: 'heat-readout', 'aria-live': 'off' });
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.side = el(
      'section',
      { class: 'landscape', 'aria-label': 'Landscape' },
      el(
        'div',
        { class: 'line' },
        el('label', { class: 'field' }, el('span', { text: 'sweep' }), this.field),
        this.whose,
      ),
      el('div', { class: 'line' }, this.shown, this.own),
      this.title,
      this.heat.node,
      el('div', { class: 'scale' }, this.ends[0], this.bar, this.ends[1]),
      this.contourKey,
      this.readout,
      this.error,
    );
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

  lens(which) {
    return this.lenses.find(({ name }) => name === this.board.losses[which].name);
  }

  specs(which) {
    return numbersOf(this.board.losses[which], this.lens(which));
  }

  // The wanted setting if that loss has it, else its usual one; Python refuses what is no number.
  fieldOf(which, wanted) {
    const names = this.specs(which).map(({ name }) => name);
    return (
      [wanted, this.lens(which)?.sweep?.field].find((name) => names.includes(name)) ??
      names[0] ??
      wanted
    );
  }

  sweep() {
    const [which, wanted] = this.board.sweep ?? [0, null];
    return [which, this.fieldOf(which, wanted)];
  }

  spec() {
    const [which, field] = this.sweep();
    return this.specs(which).find(({ name }) => name === field);
  }

  set(board, theme) {
    this.board = board;
    if (board.mode !== 'landscape') return;
    const [which, field] = this.sweep();
    const names = this.specs(which).map(({ name }) => name);
    const key = JSON.stringify([which, board.losses[which].name, names]);
    if (key !== this.listed) {
      this.listed = key;
      this.field.replaceChildren(
        ...this.specs(which).map(({ name, label, symbol }) =>
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
      sweep: this.sweep(),
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
    const { arrays, grid } = answer;
    const half = arrays.loss.length / 2;
    const of = (name, i) => arrays[name].subarray(i * half, (i + 1) * half);
    this.raw = [0, 1].map((i) => ({ loss: of('loss', i), force: of('force', i) }));
    const question = answer.question ?? this.board;
    const n = arrays.swept_loss.length / answer.settings.length;
    const { angles, order } = fromLeft(
      answer.along ??
        (grid ? Array.from({ length: n }, (_, i) => (i * 360) / n - 180) : answer.angles),
    );
    this.circle = grid ? greatCircle(question.query, question.negatives, question.positives) : null;
    const along = (values) =>
      grid ? alongGrid(grid, values, this.circle, angles) : arrange(values, order);
    this.curves = this.raw.map((one) => {
      const [loss, force] = [along(one.loss), along(one.force)];
      return {
        angles,
        loss,
        force,
        valleys: valleys(angles, loss),
        rests: grid ? [] : rests(angles, force),
      };
    });
    const rows = (name) =>
      answer.settings.map((_, r) => arrange(arrays[name].subarray(r * n, (r + 1) * n), order));
    this.swept = { angles, loss: rows('swept_loss'), force: rows('swept_force') };
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
    this.ground = this.raw.map((one) => paintOf(one[shown], answer, shown, theme));
    setAttribute(this.own, 'aria-pressed', String(this.ownScale));
    const look = this.heatLook(shown);
    const title = overview(
      answer,
      shown,
      look.lines.find(({ kind }) => kind === 'rest'),
    );
    setText(this.title, title);
    setAttribute(this.title, 'title', title);
    this.heat.draw(look);
    this.bar.style.background = `linear-gradient(90deg, ${[0, 24, 48, 72, 95].map((i) => shades(theme)[i]).join(',')})`;
    this.courses.forEach((course, i) =>
      course.draw({
        ...this.curves[i],
        isSigned: !answer.grid,
        shown,
        theme,
        title: heading(answer, this.curves[i], this.raw[i], shown),
        words: (angle, isQuery) => words(answer, this.curves[i], angle, isQuery),
      }),
    );
    this.follow();
  }

  heatLook(shown) {
    const { answer, swept, theme } = this;
    const rows = shown === 'force' ? swept.force.map((row) => row.map(Math.abs)) : swept.loss;
    const extents = rows.map((row) => (shown === 'force' ? [0, extent(row)[1]] : extent(row)));
    const [least, most] = [
      Math.min(...extents.map(([low]) => low)),
      Math.max(...extents.map(([, high]) => high)),
    ];
    const shares = rows.map((row, i) => {
      const [low, high] = this.ownScale ? extents[i] : [least, most];
      return isFlat(low, high) ? row.map(() => 0) : row.map((v) => (v - low) / (high - low));
    });
    const what = shown === 'force' ? 'force' : 'loss';
    setText(this.ends[0], this.ownScale ? (shown === 'force' ? 'none' : 'lowest') : digits(least));
    setText(
      this.ends[1],
      this.ownScale
        ? `${shown === 'force' ? 'strongest' : 'highest'} ${what} of its row`
        : `${what} ${digits(most)}`,
    );
    const isForce = shown === 'force';
    const found = isForce ? swept.force.map((row) => rests(swept.angles, row)) : null;
    /** @type {[kind: string, at: (row: number) => { angle: number }[]][]} */
    const kinds = isForce
      ? [
          ['edge', (i) => found[i].filter(({ stable }) => !stable)],
          ['rest', (i) => found[i].filter(({ stable }) => stable)],
        ]
      : [['rest', (i) => valleys(swept.angles, swept.loss[i])]];
    this.contourKey.replaceChildren(
      ...(isForce
        ? [
            el('i', { class: 'rest' }),
            el('span', { text: answer.grid ? 'balanced along it' : 'comes to rest' }),
            el('i', { class: 'edge' }),
            el('span', { text: 'stands on edge' }),
          ]
        : [el('i', { class: 'rest' }), el('span', { text: 'a valley of the loss' })]),
    );
    return {
      rows: shares,
      angles: swept.angles,
      settings: answer.settings,
      theme,
      foot: answer.grid ? 'degrees from the query, to its nearest negative' : "the query's angle",
      lines: kinds.map(([kind, at]) => ({
        kind,
        rows: shares.map((_, i) => at(i).map(({ angle }) => angle)),
      })),
    };
  }

  // Where the query, the marks and the setting are now; nothing else is drawn again.
  follow() {
    const { answer, board } = this;
    if (!answer) return;
    const onSphere = board.surface === 'sphere' && this.circle;
    const query = onSphere ? 0 : turned(board.query[0]);
    const kinds = [
      ['positive', board.positives],
      ['negative', board.negatives],
    ];
    const marks = kinds.flatMap(([kind, places]) =>
      places.flatMap((place) => {
        if (!onSphere) return [{ kind, angle: turned(place[0]) }];
        const { angle, beside } = this.circle.along(place);
        return beside < BESIDE ? [{ kind, angle }] : [];
      }),
    );
    this.heat.mark({ query, setting: this.setting(), marks });
    this.courses.forEach((course) => course.set(query));
    this.say(null);
  }

  setting() {
    const [which, field] = this.sweep();
    const now = numberOf(this.board.losses[which], this.lens(which), field);
    return Number(now ?? this.spec()?.default);
  }

  /** @param {{ angle: number, row?: number } | null} place */
  point(place) {
    if (!this.answer) return;
    this.heat.point(place);
    this.courses.forEach((course) => course.point(place ? place.angle : null));
    this.say(place?.row === undefined ? null : place);
  }

  say(place) {
    const { answer, swept } = this;
    const name = answer.field?.symbol || answer.field?.label || this.spec()?.symbol || '';
    const at = place ?? {
      angle: this.board.surface === 'sphere' ? 0 : turned(this.board.query[0]),
      row: rowOf(answer.settings, this.setting()),
    };
    const row = Math.round(at.row);
    const [low, high] = [Math.floor(at.row), Math.ceil(at.row)];
    const between = (what) =>
      [low, high].map((r) => valueAt(swept.angles, swept[what][r], at.angle));
    const value = (what) =>
      place
        ? valueAt(swept.angles, swept[what][row], at.angle)
        : between(what)[0] + (at.row - low) * (between(what)[1] - between(what)[0]);
    // At the query its own curve is exact; rows of the sweep are only near the setting.
    const [curve, isOwn] = [this.curves[this.sweep()[0]], !place && !answer.grid];
    const [loss, force] = isOwn
      ? [valueAt(curve.angles, curve.loss, at.angle), valueAt(curve.angles, curve.force, at.angle)]
      : [value('loss'), value('force')];
    const text = `${place ? 'at' : 'query at'} ${angleText(at.angle)}, ${name} ${digits(place ? answer.settings[row] : this.setting())}: loss ${digits(loss)}, ${this.forceWords(force)}`;
    setText(this.readout, text);
    setAttribute(
      this.heat.node,
      'aria-label',
      `${this.title.textContent} ${aloud(text)}. Left and right move the query, up and down the setting.`,
    );
  }

  // On the sphere a swept force is the part along the great circle, where Python gives it a sign.
  forceWords(force) {
    if (!this.answer.grid) return `force ${around(force)}`;
    return `force along it ${signed(force)}`;
  }

  /**
   * A place on the heat map or on a curve: the query goes there, and the setting with it.
   * @param {{ angle: number, row?: number }} place
   */
  goTo({ angle, row }) {
    if (!this.answer) return;
    const onSphere = this.board.surface === 'sphere' && this.circle;
    const query = onSphere
      ? degrees(this.circle.place(angle))
      : [Number(turned(angle).toFixed(1)), 0];
    /** @type {{ query: number[], losses?: object[] }} */
    const change = {
      query: this.board.snap && !onSphere ? [turned(Math.round(query[0] / 15) * 15), 0] : query,
    };
    if (row !== undefined && this.spec())
      change.losses = this.withSetting(this.answer.settings[Math.round(row)]);
    this.setBoard(change);
  }

  withSetting(value) {
    const [which, field] = this.sweep();
    const { min, max, step } = this.spec();
    const fine = step ?? (max - min) / 100;
    const next = Math.max(min, Math.min(max, min + Math.round((value - min) / fine) * fine));
    const now = Number(next.toPrecision(8));
    return this.board.losses.map((loss, i) =>
      i === which ? withNumber(loss, this.lens(which), field, now) : loss,
    );
  }

  key(event) {
    const across = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!this.answer || !(across || up) || !this.spec()) return;
    event.preventDefault();
    setAttribute(this.readout, 'aria-live', 'polite');
    const far = event.shiftKey ? 15 : 1;
    const { min, max, step } = this.spec();
    if (up)
      this.setBoard({
        losses: this.withSetting(
          this.setting() + up * (event.shiftKey ? 5 : 1) * (step ?? (max - min) / 100),
        ),
      });
    else
      this.goTo({
        angle:
          (this.board.surface === 'sphere' ? 0 : this.board.query[0]) +
          across * (this.board.snap ? 15 : far),
      });
  }

  paints() {
    return this.ground;
  }

  close() {
    this.heat.close();
    this.courses.forEach((course) => course.close());
  }
}
