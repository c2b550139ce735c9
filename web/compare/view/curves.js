// The curves: one series of all entries against steps, images seen or time, or its differences.

import { el, isShortcut, segmented, setAttribute, setText, show } from '../../kit/dom.js';
import { CurveCharts } from './curvecharts.js';
import { axisValue, differences, linesOf, reaching } from './curvelines.js';
import { curveNote, curveTitle, placeText, valueAtText } from './curvewords.js';
import { Readout } from './readout.js';

/** @import { ComparisonMessage, MetricRow, SeriesSpec } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { EntryLine } from './curvelines.js' */
/** @import { Entry } from './entry.js' */

/** @type {[value: string, text: string][]} */
const AGAINST = [
  ['step', 'updates'],
  ['images', 'images'],
  ['seconds', 'time'],
];
export class Curves {
  /** The place under the hand on the axis, null where it is nowhere. */
  /** @type {number | null} */
  at = null;
  /** @type {EntryLine[]} */
  lines = [];
  /** @type {EntryLine[]} */
  measured = [];
  /** @type {Entry[]} */
  entries = [];
  /** @type {Compare | null} */
  look = null;
  /** @type {ComparisonMessage | null} */
  about = null;
  /** @type {SeriesSpec | null} */
  spec = null;
  /** @type {Entry | null} */
  base = null;
  /** What is drawn, as text. */
  /** @type {string | null} */
  drawn = null;

  /**
   * @param {object} hand
   * @param {(change: object) => void} hand.set  alters the view
   * @param {(step: number) => void} hand.go  moves the scrubber
   */
  constructor({ set, go }) {
    this.set = set;
    this.go = go;
    this.series = el('select', {
      'aria-label': 'Series to draw',
      onchange: () => set({ series: this.series.value }),
    });
    this.against = segmented('Draw against', AGAINST, (against) => set({ against }));
    this.difference = el('button', {
      type: 'button',
      class: 'toggle',
      'aria-pressed': 'false',
      text: 'differences',
      title: 'Show each entry less the baseline',
      onclick: () => set({ difference: this.difference.getAttribute('aria-pressed') !== 'true' }),
    });
    const hand = {
      title: (/** @type {string} */ key) => this.pictureTitle(key),
      pointed: (/** @type {number | null} */ x) => this.point(x),
      picked: (/** @type {number | null} */ x) => this.pick(x),
    };
    this.charts = new CurveCharts(hand);
    this.title = el('h4', {});
    this.readout = new Readout();
    this.note = el('p', { class: 'note' });
    this.area = el(
      'div',
      {
        class: 'chart-area',
        tabindex: '0',
        role: 'application',
        'aria-roledescription': 'line chart',
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
        onblur: () => this.point(null),
      },
      ...this.charts.nodes,
    );
    this.node = el(
      'div',
      { class: 'curves', 'data-testid': 'curves', 'data-series': '' },
      el('div', { class: 'line controls' }, this.series, this.against, this.difference),
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
    this.series.replaceChildren(
      ...about.series.map(({ key, title }) => el('option', { value: key, text: title })),
    );
    show(this.against, !about.frozen);
    show(this.difference, !about.frozen);
  }

  /**
   * @param {Entry} entry
   * @param {MetricRow} row
   */
  x(entry, row) {
    return axisValue(entry, row, this.look?.view.against ?? 'step');
  }

  /**
   * @param {Compare} look
   * @param {string} key
   */
  linesOf(look, key) {
    const { against } = look.view;
    return linesOf(this.entries, key, { against, theme: look.theme, base: this.base });
  }

  /** @param {Compare} look */
  show(look) {
    this.look = look;
    const { view } = look;
    const series = this.about?.series ?? [];
    const spec = series.find(({ key: one }) => one === view.series) ?? series[0];
    if (!spec) return;
    const base = look.baseline();
    const key = JSON.stringify([
      spec.key,
      view.against,
      view.difference,
      base?.name,
      look.theme,
      ...this.entries.map(({ rows, state }) => `${rows.length} ${state}`),
    ]);
    if (key === this.drawn) {
      this.point(this.at, true);
      return;
    }
    this.drawn = key;
    this.series.value = spec.key;
    this.against.choose(view.against);
    setAttribute(this.difference, 'aria-pressed', String(Boolean(view.difference)));
    setAttribute(this.node, 'data-series', spec.key);
    this.spec = spec;
    this.base = base;
    this.measured = this.linesOf(look, spec.key);
    this.lines = view.difference ? differences(this.measured, view.against) : this.measured;
    this.charts.draw(this, look, spec);
    setText(this.note, curveNote(spec, this.measured, this.frame(look)));
    this.point(this.at, true);
  }

  /** @param {Compare} look */
  mark(look) {
    if (!this.look) return;
    this.look = look;
    this.point(this.at, true);
  }

  /**
   * What the sentences need to know beside the lines.
   * @param {Compare} look
   */
  frame(look) {
    const { frozen, scale, even_spread: even } = this.about ?? {};
    const interpolated = this.lines.some((line) => line.interpolated);
    return { against: look.view.against, frozen, scale, even, moving: look.moving, interpolated };
  }

  /**
   * By which entry a place of an axis is told, the baseline as far as it got.
   * @param {string} against
   * @param {number} x
   */
  leader(against, x) {
    const others = this.entries.filter((entry) => entry !== this.base);
    return reaching(this.base ? [this.base, ...others] : others, against, x);
  }

  /**
   * Where the moment shown lies on the axis of the baseline.
   * @param {Compare} look
   */
  now({ step, view }) {
    if (step === null) return null;
    if (view.against === 'step') return step;
    const entry = this.leader('step', step);
    const row = entry.rows.findLast((one) => one.step <= step);
    return row ? this.x(entry, row) : null;
  }

  /**
   * The title and the read-out are of the place under the hand, else of the moment shown.
   * @param {number | null} x
   * @param {boolean} [keep]  the hand is where it was
   */
  point(x, keep = false) {
    if (!keep) this.at = x;
    const { look, spec } = this;
    if (!look || !spec) return;
    const at = this.at ?? this.now(look);
    this.charts.point(spec, at, this.at !== null);
    const { against } = look.view;
    const { text, measured } = placeText(at, against, this.lines);
    const title = this.titleOf(spec, this.measured, at);
    setText(this.title, title);
    const own = { difference: this.lines !== this.measured, unit: spec.unit, against };
    const values = this.lines.map((line) => ({
      name: line.entry.name,
      label: line.label,
      mark: line.mark,
      text: valueAtText(line, at, measured, own),
    }));
    this.readout.set(this.about?.frozen ? '' : text, values);
    const said = values.map((one) => `${one.label} ${one.text}`).join('; ');
    const where = text ? `Values, ${text}` : 'Values';
    setAttribute(
      this.area,
      'aria-label',
      `${spec.title}. ${title}. ${where}: ${said}. Arrow keys move, Enter goes there.`,
    );
  }

  /**
   * What is seen of a series at a place of the axis.
   * @param {SeriesSpec} spec
   * @param {EntryLine[]} lines  as they were measured
   * @param {number | null} at
   */
  titleOf(spec, lines, at) {
    if (at === null || !this.look) return spec.title;
    return curveTitle(spec, lines, at, this.frame(this.look));
  }

  /**
   * The title of a saved picture. That on the page may leave out of what series it speaks: the menu
   * above it says so.
   * @param {string} key  of the series
   */
  pictureTitle(key) {
    const { look } = this;
    const spec = this.about?.series.find((one) => one.key === key);
    if (!look || !spec) return '';
    const told = this.titleOf(spec, this.linesOf(look, key), this.at ?? this.now(look));
    return told.startsWith(spec.title) ? told : `${spec.title}. ${told}`;
  }

  /** @param {number | null} x */
  pick(x) {
    if (x === null || !this.look) return;
    const entry = this.leader(this.look.view.against, x);
    const row = entry.rows.findLast((one) => (this.x(entry, one) ?? Infinity) <= x + 1e-9);
    if (row) this.go(row.step);
  }

  /**
   * The points that the arrow keys step along: those of the baseline, and beyond its end those of
   * the line that reaches farthest.
   * @param {number} now
   * @param {number} turn
   */
  pointsPast(now, turn) {
    const [first, ...others] = [...this.lines].sort((a, b) => Number(b.base) - Number(a.base));
    /** @param {EntryLine} line */
    const end = ({ points }) => points[points.length - 1]?.[0] ?? -Infinity;
    if (end(first) >= now + turn * 1e-9) return first.points;
    return others.reduce((a, b) => (end(b) > end(a) ? b : a), first).points;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (isShortcut(event)) return;
    const turn = Number(event.key === 'ArrowRight') - Number(event.key === 'ArrowLeft');
    if (turn && this.lines.some(({ points }) => points.length)) {
      event.preventDefault();
      this.readout.speak();
      const now = this.at ?? (this.look && this.now(this.look)) ?? 0;
      const points = this.pointsPast(now, turn);
      const next =
        turn > 0 ? points.find(([x]) => x > now + 1e-9) : points.findLast(([x]) => x < now - 1e-9);
      if (next) this.point(next[0]);
    } else if (event.key === 'Escape') this.point(null);
    else if (event.key === 'Enter') this.pick(this.at);
  }

  clear() {
    this.look = null;
    this.at = null;
    this.spec = null;
    this.drawn = null;
    this.entries = [];
    this.lines = [];
    this.charts.clear();
    for (const node of [this.title, this.note]) setText(node, ' ');
    this.readout.clear();
  }

  close() {
    this.charts.close();
  }
}
