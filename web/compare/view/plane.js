// Alignment against uniformity: every entry's path over time, and where it stands at the moment.

import { digits, el, isShortcut, setAttribute, setText } from '../../kit/dom.js';
import { Chart } from '../../kit/chart.js';
import { note } from '../../kit/chartfigure.js';
import { linesFigure } from '../../kit/chartlines.js';
import { styleOf } from '../../kit/styles.js';
import { reaching } from './curvelines.js';
import { Readout } from './readout.js';
import { planeNote, planeTitle, stepText } from './words.js';

/** @import { Drawing } from '../../kit/chartlines.js' */
/** @import { ComparisonMessage, Line, LinePoint, Theme } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { Entry } from './entry.js' */

/** @typedef {Line & { entry: Entry, mark: string }} EntryPath */

const NEAR = 18;

export class Plane {
  /** The step that is pointed at. */
  /** @type {number | null} */
  at = null;
  /** @type {ComparisonMessage | null} */
  about = null;
  /** @type {Entry[]} */
  entries = [];
  /** @type {EntryPath[]} */
  lines = [];
  /** @type {Compare | null} */
  look = null;
  /** What is drawn, as text. */
  /** @type {string | null} */
  drawn = null;

  /**
   * @param {object} hand
   * @param {(step: number) => void} hand.go  moves the scrubber
   */
  constructor({ go }) {
    this.go = go;
    this.title = el('h4', {});
    this.chart = new Chart({
      pointed: (x, y) => this.point(this.near(x, y)),
      picked: (x, y) => this.pick(this.near(x, y)),
      title: () => `Alignment and uniformity: ${this.title.textContent}`,
      drawn: () => this.point(this.at),
    });
    this.area = el(
      'div',
      {
        class: 'chart-area',
        tabindex: '0',
        role: 'application',
        'aria-roledescription': 'plane of two measures',
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.press(event),
        onblur: () => this.point(null),
      },
      this.chart.node,
    );
    this.readout = new Readout();
    this.note = el('p', { class: 'note' });
    this.node = el(
      'div',
      { class: 'plane', 'data-testid': 'plane' },
      this.title,
      this.area,
      this.readout.node,
      this.note,
    );
  }

  /**
   * @param {ComparisonMessage} about
   * @param {Entry[]} entries
   */
  setRun(about, entries) {
    this.about = about;
    this.entries = entries;
    this.at = null;
    this.drawn = null;
    setText(this.note, planeNote(about));
  }

  /**
   * @param {Theme} theme
   * @returns {EntryPath[]}
   */
  linesOf(theme) {
    return this.entries.map((entry) => ({
      ...styleOf(entry.index, theme, entry.about.mark),
      entry,
      label: entry.about.label,
      points: entry.rows
        .filter((row) => Number.isFinite(row.alignment) && Number.isFinite(row.uniformity))
        .map(
          /** @returns {LinePoint} */
          (row) => [row.alignment ?? NaN, row.uniformity ?? NaN, row.step],
        ),
    }));
  }

  /** @param {Compare} look */
  show(look) {
    this.look = look;
    const key = JSON.stringify([
      look.theme,
      look.baseline()?.name,
      ...this.entries.map(({ rows }) => rows.length),
    ]);
    if (key !== this.drawn) {
      this.drawn = key;
      this.lines = this.linesOf(look.theme).map((line) => ({
        ...line,
        base: line.entry === look.baseline(),
      }));
      this.draw();
    }
    this.point(this.at);
  }

  /** @param {Compare} look */
  mark(look) {
    if (!this.look) return;
    this.look = look;
    this.point(this.at);
  }

  draw() {
    const { even_spread: even = null, frozen } = this.about ?? {};
    const all = this.lines.flatMap(({ points }) => points);
    const most = Math.max(1, ...all.map(([x]) => x));
    const least = Math.min(even ?? -1, ...all.map(([, y]) => y));
    const start = this.lines.find(({ points }) => points[0]?.[2] === 0)?.points[0];
    const under = { yanchor: 'top', yshift: -4 };
    /** @type {Drawing} */
    const drawing = {
      lines: this.lines,
      names: false,
      thick: 1.4,
      x: [0, 1.04 * most],
      y: [1.06 * least, -0.1 * least],
      levels: [{ value: even ?? NaN, name: 'most even possible' }],
      foot: '← closer views of one image: alignment',
      title: 'uniformity: lower is spread more evenly ↓',
      annotations: [
        note({ x: 0, y: 0, yanchor: 'bottom', xshift: 2, text: 'all images in one place' }),
        ...(start && !frozen
          ? [note({ ...under, x: start[0], y: start[1], xanchor: 'right', text: 'untrained' })]
          : []),
      ],
    };
    this.chart.draw((paper) => linesFigure(drawing, paper));
  }

  /**
   * Where each entry stands at a step.
   * @param {number} step
   * @returns {{ line: EntryPath, point: LinePoint }[]}
   */
  standing(step) {
    return this.lines.flatMap((line) => {
      const point = line.points.findLast(([, , at = 0]) => at <= step);
      return point ? [{ line, point }] : [];
    });
  }

  /**
   * The step of the snapshot drawn nearest to the hand.
   * @param {number | null} x
   * @param {number | null} y
   */
  near(x, y) {
    if (x === null || y === null) return null;
    const { chart } = this;
    /** @type {number | null} */
    let best = null;
    let least = NEAR ** 2;
    for (const { points } of this.lines) {
      for (const [a, b, step = null] of points) {
        const far = (chart.px(a) - chart.px(x)) ** 2 + (chart.py(b) - chart.py(y)) ** 2;
        if (far < least) [best, least] = [step, far];
      }
    }
    return best;
  }

  /**
   * At the hand's step, else at the moment shown.
   * @param {number | null} step
   */
  point(step) {
    this.at = step;
    if (!this.look) return;
    const now = step ?? this.look.step;
    if (now === null) return;
    const found = this.standing(now);
    this.chart.over.mark(found, 'present');
    const told = found
      .filter(({ line }) => line.entry.isAt(now))
      .map(({ line, point: [alignment, uniformity] }) => ({
        label: line.label,
        alignment,
        uniformity,
      }));
    setText(this.title, planeTitle(told, now, this.about?.frozen));
    /** @param {{ point: LinePoint }} one */
    const text = ({ point: [x, y, at = now] }) =>
      `${digits(x)}, ${digits(y)}${at < now ? ` (at ${at})` : ''}`;
    const values = found.map(({ line, point }) => ({
      name: line.entry.name,
      label: line.label,
      mark: line.mark,
      text: text({ point }),
    }));
    const what = 'alignment, uniformity';
    this.readout.set(this.about?.frozen ? what : `${stepText(now)}: ${what}`, values);
    setAttribute(
      this.area,
      'aria-label',
      `Alignment and uniformity. ${this.title.textContent}. Values: ${values.map((one) => `${one.label} ${one.text}`).join('; ')}. Arrow keys move, Enter goes there.`,
    );
  }

  /** @param {number | null} step */
  pick(step) {
    if (step !== null) this.go(step);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (isShortcut(event)) return;
    const turn = Number(event.key === 'ArrowRight') - Number(event.key === 'ArrowLeft');
    if (turn && this.look) {
      event.preventDefault();
      this.readout.speak();
      const { rows } = reaching(this.entries, 'step', Infinity); // the one that got farthest
      const steps = rows.map(({ step }) => step);
      const now = this.at ?? this.look.step ?? 0;
      const next =
        turn > 0 ? steps.find((step) => step > now) : steps.findLast((step) => step < now);
      if (next !== undefined) this.point(next);
    } else if (event.key === 'Escape') this.point(null);
    else if (event.key === 'Enter') this.pick(this.at);
  }

  clear() {
    this.look = null;
    this.at = null;
    this.drawn = null;
    this.entries = [];
    this.lines = [];
    this.chart.clear();
    for (const node of [this.title, this.note]) setText(node, ' ');
    this.readout.clear();
  }

  close() {
    this.chart.close();
  }
}
