// The repeats: means with intervals over seeds, and differences that are named for what they are.

import { count, digits, el, setAttribute, setText, show } from '../live/elements.js';
import { badge, differenceText, valueText } from './styles.js';

const MOST = 4;

export class Seeds {
  constructor() {
    this.title = el('h4', {});
    this.meter = el('span', { class: 'seeds-meter', role: 'progressbar', 'aria-label': 'Seeds done' }, el('i', {}));
    this.table = el('table', {});
    this.sentence = el('p', { class: 'note' });
    this.node = el('div', { class: 'seeds' }, this.title, this.meter, this.table, this.sentence);
  }

  setRun(about, entries) {
    Object.assign(this, { about, entries, message: null });
    this.draw();
  }

  set(message) {
    this.message = message;
    this.draw();
  }

  show() {}

  draw() {
    const { message } = this;
    const has = Boolean(message?.rows?.length);
    show(this.meter, Boolean(message && message.done < message.wanted));
    if (!has) {
      setText(this.title, message?.wanted ? `0 of ${count(message.wanted)} seeds done` : 'One seed is one draw of luck');
      setText(this.sentence, message?.sentence || 'Repeat the comparison over seeds, and each figure gets a mean and an interval here; a difference within noise is called that. The button is in the sidebar.');
      this.table.replaceChildren();
      return;
    }
    setText(this.title, `${count(message.done)} of ${count(message.wanted)} seeds: mean, 95 % interval, and the difference from the baseline`);
    setAttribute(this.meter, 'aria-valuenow', message.done);
    setAttribute(this.meter, 'aria-valuemax', message.wanted);
    this.meter.firstChild.style.width = `${(100 * message.done) / Math.max(1, message.wanted)}%`;
    const keys = this.about.series.filter(({ key }) => message.rows.some(({ metrics }) => metrics?.[key])).slice(0, MOST);
    this.table.replaceChildren(
      el('thead', {}, el('tr', {}, el('th', { scope: 'col', text: '' }), ...keys.map(({ title, better }) => el('th', { scope: 'col', text: title, title: better ? `${better} is better` : null })))),
      el('tbody', {}, ...message.rows.map((row) => this.row(row, keys))));
    setText(this.sentence, message.sentence);
  }

  row(row, keys) {
    const entry = this.entries.find(({ name }) => name === row.entry);
    return el('tr', {}, el('th', { scope: 'row' }, entry ? badge(entry.mark) : null, row.label), ...keys.map(({ key, unit }) => {
      const metric = row.metrics?.[key];
      if (!metric) return el('td', { text: '–' });
      const difference = row.differences?.[key];
      const [low, high] = [metric.low, metric.high].map((v) => valueText(v, unit, digits).replace(' %', ''));
      const range = metric.n < 2 ? 'one seed' : `${low} to ${high}, n ${metric.n}`;
      return el('td', {}, el('b', { text: valueText(metric.mean, unit, digits) }), el('small', { text: range }),
        difference ? el('span', { class: 'verdict', 'data-noise': String(/noise|too few/.test(difference.verdict)), title: `${differenceText(difference.low, unit, digits)} to ${differenceText(difference.high, unit, digits)}`, text: `${differenceText(difference.mean, unit, digits)}: ${difference.verdict}` }) : null);
    }));
  }

  clear() {
    this.message = null;
    this.table.replaceChildren();
    setText(this.title, ' ');
    setText(this.sentence, ' ');
  }
}
