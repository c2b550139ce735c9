// The curves: one series of all entries against steps, images seen or time, or its differences.

import { count, digits, el, fillRows, segmented, setAttribute, setText, show } from '../live/elements.js';
import { Chart, valueAt } from './chart.js';
import { badge, differenceText, styleOf, valueText } from './styles.js';

const AGAINST = { step: 'updates', images: 'images seen', seconds: 'seconds of training' };
const COMPANION = 66;

export class Curves {
  // set(change) alters the view; go(step) moves the scrubber.
  constructor({ set, go }) {
    Object.assign(this, { set, go, at: null, lines: [], entries: [] });
    this.series = el('select', { 'aria-label': 'Series to draw', onchange: () => set({ series: this.series.value }) });
    this.against = segmented('Draw against', [['step', 'updates'], ['images', 'images'], ['seconds', 'time']], (against) => set({ against }));
    this.difference = el('button', {
      type: 'button', class: 'toggle', 'aria-pressed': 'false', text: 'differences', title: 'Show each entry less the baseline',
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
    this.area = el('div', { class: 'chart-area', tabindex: '0', role: 'application', 'aria-roledescription': 'line chart', onkeydown: (event) => this.key(event), onblur: () => this.point(null) },
      this.chart.node, this.companion.node);
    this.node = el('div', { class: 'curves', 'data-testid': 'curves', 'data-series': '' },
      el('div', { class: 'line controls' }, this.series, this.against, this.difference), this.title, this.area, this.readout, this.note);
    this.watcher = new ResizeObserver(() => { if (this.look) this.show(this.look); });
    this.watcher.observe(this.area);
  }

  setRun(about, entries) {
    Object.assign(this, { about, entries, at: null, drawn: null });
    this.series.replaceChildren(...about.series.map(({ key, title }) => el('option', { value: key, text: title })));
  }

  x(entry, row) {
    const { against } = this.look.view;
    if (against === 'images') return row.step * entry.about.images_per_step;
    return against === 'seconds' ? row.seconds ?? null : row.step;
  }

  pointsOf(entry, key) {
    const points = [];
    for (const row of entry.rows) {
      const [x, y] = [this.x(entry, row), row[key]];
      if (x !== null && x !== undefined && Number.isFinite(y)) points.push([x, y, row.step]);
    }
    return points;
  }

  // Against the baseline at the same place of the axis, where both have been measured.
  linesOf(key, base) {
    const { theme, view } = this.look;
    const all = this.entries.map((entry) => ({
      ...styleOf(entry.index, theme, entry.about.mark), label: entry.about.label, base: entry === base, entry, points: this.pointsOf(entry, key),
    }));
    const pinned = all.find(({ entry }) => entry === base)?.points ?? [];
    if (!view.difference || !pinned.length) return all;
    const end = pinned[pinned.length - 1][0];
    return all.filter((line) => !line.base).map((line) => ({
      ...line, points: line.points.filter(([x]) => x <= end + 1e-9).map(([x, y, step]) => [x, y - (valueAt(pinned, x) ?? NaN), step]).filter(([, y]) => Number.isFinite(y)),
    }));
  }

  show(look) {
    this.look = look;
    const { view } = look;
    const spec = this.about.series.find(({ key }) => key === view.series) ?? this.about.series[0];
    if (!spec) return;
    const base = look.baseline();
    const [width, height] = [this.area.clientWidth, this.area.clientHeight];
    const key = JSON.stringify([spec.key, view.against, view.difference, base?.name, look.theme, width, height, ...this.entries.map(({ rows, state }) => `${rows.length} ${state}`)]);
    if (key === this.drawn) {
      this.point(this.at, true);
      return;
    }
    this.drawn = key;
    this.series.value = spec.key;
    this.against.choose(view.against);
    setAttribute(this.difference, 'aria-pressed', String(Boolean(view.difference)));
    setAttribute(this.node, 'data-series', spec.key);
    Object.assign(this, { spec, lines: this.linesOf(spec.key, base), base });
    if (width < 40 || height < 40) {
      this.drawn = null;
      return;
    }
    const xs = this.entries.flatMap((entry) => entry.rows.length ? [this.x(entry, entry.rows[entry.rows.length - 1])] : []).filter(Number.isFinite);
    const x = [0, Math.max(1e-9, ...xs)];
    const both = spec.key === 'loss' && this.about.series.some(({ key }) => key === 'gradient_norm');
    const foot = AGAINST[view.against];
    const own = both ? height - COMPANION : height;
    show(this.companion.node, both);
    this.chart.node.style.height = `${own}px`;
    const differs = view.difference && base;
    this.chart.draw({
      lines: this.lines, x, width, height: own, unit: spec.unit, foot,
      chance: differs || !Number.isFinite(spec.chance) ? NaN : spec.chance, zero: differs ? 0 : NaN,
      title: `${spec.unit === 'share' ? (differs ? 'percentage points' : '%') : ''}${differs ? ` against ${base.about.label}` : ''}`.trim(),
    });
    if (both) {
      this.companion.node.style.height = `${COMPANION}px`;
      this.companion.draw({ lines: this.linesOf('gradient_norm', base), x, width, height: COMPANION, unit: '', chance: NaN, zero: differs ? 0 : NaN, foot: '', title: 'norm of the gradient' });
    }
    setText(this.title, this.heading(spec, base));
    setText(this.note, this.caution(spec));
    this.point(this.at, true);
  }

  // States what is seen.
  heading(spec, base) {
    if (!spec.better) {
      const points = this.lines.length ? this.pointsOf(base, spec.key) : [];
      if (points.length < 2) return spec.title;
      const [first, now] = [points[0][1], points[points.length - 1][1]].map((value) => valueText(value, spec.unit, digits));
      return `${spec.title}: ${base.about.label} went from ${first} to ${now}`;
    }
    const last = this.entries.filter(({ ended, state }) => !ended || state === 'stopped').map((entry) => ({ entry, value: entry.value(spec.key, Infinity) })).filter(({ value }) => value !== null);
    if (last.length < 2) return spec.title;
    const order = [...last].sort((a, b) => b.value - a.value);
    const [first, second] = order;
    const best = spec.better === 'higher' ? first : order[order.length - 1];
    const next = spec.better === 'higher' ? second : order[order.length - 2];
    const gap = Math.abs(best.value - next.value);
    const by = spec.unit === 'share' ? `${(100 * gap).toFixed(1)} points` : digits(gap);
    return best.value === next.value ? `${spec.title}: level at ${valueText(best.value, spec.unit, digits)}`
      : `${spec.title}: ${best.entry.about.label} leads by ${by} in this one run`;
  }

  caution(spec) {
    const per = this.entries.map(({ about }) => about.images_per_step);
    const parts = [];
    if (spec.key === 'loss') parts.push('Losses of different formulas have different scales: compare courses, not heights.');
    if (new Set(per).size > 1) {
      const most = this.entries[per.indexOf(Math.max(...per))];
      parts.push(`${most.about.label} sees ${count(Math.max(...per))} images an update (${most.about.n_views} views), others ${count(Math.min(...per))}.`);
    }
    return parts.join(' ') || 'One run of each: repeat over seeds before believing a small difference.';
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

  point(x, keep = false) {
    if (!keep) this.at = x;
    if (!this.look || !this.spec) return;
    const at = this.at ?? this.now();
    const isHand = this.at !== null;
    this.chart.point(at, isHand);
    if (this.spec.key === 'loss') this.companion.point(at, isHand);
    const { view } = this.look;
    const place = at === null ? '' : view.against === 'seconds' ? `${digits(at)} s` : `${count(Math.round(at))} ${AGAINST[view.against]}`;
    setText(this.where, isHand ? place : place && `now: ${place}`);
    fillRows(this.values, this.lines, () => el('li', {}), (node, line) => {
      const value = at === null ? null : valueAt(line.points, at);
      const text = view.difference ? differenceText(value, this.spec.unit, digits) : valueText(value, this.spec.unit, digits);
      if (node.dataset.of !== line.entry.name) {
        node.dataset.of = line.entry.name;
        node.replaceChildren(badge(line.mark), el('b', {}), el('span', { text: line.label, title: line.label }));
      }
      setText(node.children[1], text);
    });
    setAttribute(this.area, 'aria-label', `${this.title.textContent}. ${place}: ${this.lines.map((line) => `${line.label} ${valueText(at === null ? null : valueAt(line.points, at), this.spec.unit, digits)}`).join(', ')}. Arrow keys move, Enter goes there.`);
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
      const next = turn > 0 ? points.find(([x]) => x > now + 1e-9) : [...points].reverse().find(([x]) => x < now - 1e-9);
      if (next) this.point(next[0]);
    } else if (event.key === 'Escape') this.point(null);
    else if (event.key === 'Enter') this.pick(this.at);
  }

  clear() {
    Object.assign(this, { look: null, at: null, spec: null, drawn: null, entries: [], lines: [] });
    this.chart.clear();
    this.companion.clear();
    for (const node of [this.title, this.where, this.note]) setText(node, ' ');
    this.values.replaceChildren();
  }

  close() {
    this.watcher.disconnect();
  }
}
