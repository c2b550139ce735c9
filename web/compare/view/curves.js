// The curves: one series of all entries against steps, images seen or time, or its differences.

import { el, fillRows, segmented, setAttribute, setText, show } from '../../kit/dom.js';
import { Chart } from '../../kit/chart.js';
import { pointAt } from './points.js';
import { badge, styleOf } from '../../kit/styles.js';
import { AXES, curveNote, curveTitle, placeText, valueAtText } from './words.js';

const COMPANION = 66;

export class Curves {
  // set(change) alters the view; go(step) moves the scrubber.
  constructor({ set, go }) {
    this.set = set;
    this.go = go;
    this.at = null;
    this.lines = [];
    this.entries = [];
    this.series = el('select', {
      'aria-label': 'Series to draw',
      onchange: () => set({ series: this.series.value }),
    });
    this.against = segmented(
      'Draw against',
      [
        ['step', 'updates'],
        ['images', 'images'],
        ['seconds', 'time'],
      ],
      (against) => set({ against }),
    );
    this.difference = el('button', {
      type: 'button',
      class: 'toggle',
      'aria-pressed': 'false',
      text: 'differences',
      title: 'Show each entry less the baseline',
      onclick: () => set({ difference: this.difference.getAttribute('aria-pressed') !== 'true' }),
    });
    const hand = { pointed: (x) => this.point(x), picked: (x) => this.pick(x) };
    this.chart = new Chart(hand);
    this.companion = new Chart(hand);
    this.companion.node.classList.add('companion');
    this.title = el('h4', {});
    this.where = el('span', { class: 'where' });
    this.values = el('ul', { class: 'values' });
    this.readout = el('div', { class: 'readout', 'aria-live': 'off' }, this.where, this.values);
    this.note = el('p', { class: 'note' });
    this.area = el(
      'div',
      {
        class: 'chart-area',
        tabindex: '0',
        role: 'application',
        'aria-roledescription': 'line chart',
        onkeydown: (event) => this.key(event),
        onblur: () => this.point(null),
      },
      this.chart.node,
      this.companion.node,
    );
    this.node = el(
      'div',
      { class: 'curves', 'data-testid': 'curves', 'data-series': '' },
      el('div', { class: 'line controls' }, this.series, this.against, this.difference),
      this.title,
      this.area,
      this.readout,
      this.note,
    );
    this.watcher = new ResizeObserver(() => {
      if (this.look) this.show(this.look);
    });
    this.watcher.observe(this.area);
  }

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

  x(entry, row) {
    const { against } = this.look.view;
    if (against === 'images') return row.step * entry.about.images_per_step;
    return against === 'seconds' ? (row.seconds ?? null) : row.step;
  }

  pointsOf(entry, key) {
    const points = [];
    for (const row of entry.rows) {
      const [x, y] = [this.x(entry, row), row[key]];
      if (x !== null && x !== undefined && Number.isFinite(y)) points.push([x, y, row.step]);
    }
    return points;
  }

  linesOf(key, base) {
    const { theme } = this.look;
    return this.entries.map((entry) => ({
      ...styleOf(entry.index, theme, entry.about.mark),
      entry,
      label: entry.about.label,
      images: entry.about.images_per_step,
      base: entry === base,
      ended: entry.ended,
      points: this.pointsOf(entry, key),
    }));
  }

  // Less the baseline at the same place of the axis, where both have been measured.
  differences(lines) {
    const pinned = lines.find(({ base }) => base)?.points ?? [];
    if (!this.look.view.difference || !pinned.length) return lines;
    const end = pinned[pinned.length - 1][0];
    return lines
      .filter((line) => !line.base)
      .map((line) => ({
        ...line,
        points: line.points
          .filter(([x]) => x <= end + 1e-9)
          .map(([x, y, step]) => [x, y - (pointAt(pinned, x)?.[1] ?? NaN), step])
          .filter(([, y]) => Number.isFinite(y)),
      }));
  }

  show(look) {
    this.look = look;
    const { view } = look;
    const spec = this.about.series.find(({ key }) => key === view.series) ?? this.about.series[0];
    if (!spec) return;
    const base = look.baseline();
    const [width, height] = [this.area.clientWidth, this.area.clientHeight];
    const key = JSON.stringify([
      spec.key,
      view.against,
      view.difference,
      base?.name,
      look.theme,
      width,
      height,
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
    const measured = this.linesOf(spec.key, base);
    this.spec = spec;
    this.measured = measured;
    this.lines = this.differences(measured);
    this.base = base;
    if (width < 40 || height < 40) {
      this.drawn = null;
      return;
    }
    this.draw(width, height);
    setText(this.note, curveNote(spec, measured, this.frame()));
    this.point(this.at, true);
  }

  mark(look) {
    if (!this.look) return;
    this.look = look;
    this.point(this.at, true);
  }

  // What the sentences need to know beside the lines.
  frame() {
    const { frozen, scale, even_spread: even } = this.about;
    return { against: this.look.view.against, frozen, scale, even, moving: this.look.moving };
  }

  draw(width, height) {
    const {
      spec,
      base,
      look: { view },
    } = this;
    const xs = this.entries
      .flatMap((entry) =>
        entry.rows.length ? [this.x(entry, entry.rows[entry.rows.length - 1])] : [],
      )
      .filter(Number.isFinite);
    const x = [0, Math.max(1e-9, ...xs)];
    const both =
      spec.key === 'loss' && this.about.series.some(({ key }) => key === 'gradient_norm');
    const own = both ? height - COMPANION : height;
    const differs = Boolean(view.difference && base && this.lines !== this.measured);
    show(this.companion.node, both);
    this.chart.node.style.height = `${own}px`;
    this.chart.draw({
      lines: this.lines,
      x,
      width,
      height: own,
      unit: spec.unit,
      foot: this.about.frozen ? '' : AXES[view.against],
      levels: differs ? [] : this.levels(),
      zero: differs ? 0 : NaN,
      title:
        `${spec.unit === 'share' ? (differs ? 'percentage points' : '%') : ''}${differs ? ` against ${base.about.label}` : ''}`.trim(),
    });
    if (!both) return;
    this.companion.node.style.height = `${COMPANION}px`;
    this.companion.draw({
      lines: this.differences(this.linesOf('gradient_norm', base)),
      x,
      width,
      height: COMPANION,
      unit: '',
      zero: differs ? 0 : NaN,
      foot: '',
      title: 'norm of the gradient',
    });
  }

  // What an accuracy is to be held against: guessing, and the encoder that all started from.
  levels() {
    const {
      spec,
      about: { frozen, even_spread: even },
    } = this;
    if (spec.key === 'uniformity') return [{ value: even, name: 'most even' }];
    if (spec.key === 'own_class_share')
      return [{ value: this.mean('own_class_even'), name: 'even weights' }];
    if (spec.kind !== 'accuracy') return [];
    const first = this.measured.flatMap(({ points }) => points.filter(([, , step]) => step === 0));
    return [
      { value: spec.chance ?? NaN, name: 'chance' },
      { value: frozen ? NaN : (first[0]?.[1] ?? NaN), name: 'untrained' },
    ];
  }

  // Of a number that hardly changes, over the rows of the baseline.
  mean(key) {
    const values = this.pointsOf(this.base, key).map(([, value]) => value);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  // Where the moment shown lies on the axis of the baseline.
  now() {
    const { step, view } = this.look;
    if (step === null) return null;
    const entry = this.base ?? this.entries[0];
    if (view.against === 'step') return step;
    const row = [...entry.rows].reverse().find((one) => one.step <= step);
    return row ? this.x(entry, row) : null;
  }

  // The title and the read-out are of the place under the hand, else of the moment shown.
  point(x, keep = false) {
    if (!keep) this.at = x;
    if (!this.look || !this.spec) return;
    const at = this.at ?? this.now();
    const isHand = this.at !== null;
    this.chart.point(at, isHand);
    if (this.spec.key === 'loss') this.companion.point(at, isHand);
    const {
      view: { against, difference },
    } = this.look;
    const { text, measured } = placeText(at, against, this.lines);
    setText(
      this.title,
      at === null ? this.spec.title : curveTitle(this.spec, this.measured, at, this.frame()),
    );
    setText(this.where, this.about.frozen ? '' : text);
    const own = {
      difference: difference && this.lines !== this.measured,
      unit: this.spec.unit,
      against,
    };
    fillRows(
      this.values,
      this.lines,
      () => el('li', {}),
      (node, line) => {
        if (node.dataset.of !== line.entry.name) {
          node.dataset.of = line.entry.name;
          node.replaceChildren(
            badge(line.mark),
            el('b', {}),
            el('span', { text: line.label, title: line.label }),
          );
        }
        setText(node.children[1], valueAtText(line, at, measured, own));
      },
    );
    const said = this.lines
      .map((line) => `${line.label} ${valueAtText(line, at, measured, own)}`)
      .join(', ');
    setAttribute(
      this.area,
      'aria-label',
      `${this.spec.title}. ${this.title.textContent}. ${text}: ${said}. Arrow keys move, Enter goes there.`,
    );
  }

  pick(x) {
    if (x === null || !this.look) return;
    const entry = this.base ?? this.entries[0];
    const row = [...entry.rows].reverse().find((one) => this.x(entry, one) <= x + 1e-9);
    if (row) this.go(row.step);
  }

  key(event) {
    const turn = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const points = (this.lines.find(({ base }) => base) ?? this.lines[0])?.points ?? [];
    if (turn && points.length) {
      event.preventDefault();
      setAttribute(this.readout, 'aria-live', 'polite');
      const now = this.at ?? this.now() ?? 0;
      const next =
        turn > 0
          ? points.find(([x]) => x > now + 1e-9)
          : [...points].reverse().find(([x]) => x < now - 1e-9);
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
    this.chart.clear();
    this.companion.clear();
    for (const node of [this.title, this.where, this.note]) setText(node, ' ');
    this.values.replaceChildren();
  }

  close() {
    this.watcher.disconnect();
  }
}
