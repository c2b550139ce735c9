// The repeats: means with intervals over seeds, and differences that are named for what they are.

import { count, digits, el, setAttribute, setText, show } from '../../kit/dom.js';
import { badge, differenceText, valueText } from '../../kit/styles.js';
import { verdictText } from './words.js';

/** @import { Interval, Seeds as SeedsMessage, SeedsRow } from '../../kit/messages.d.ts' */
/** @import { ComparisonMessage, SeriesSpec } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { Entry } from './entry.js' */

const MOST = 4;

/**
 * @param {Interval} found
 * @param {string} span
 */
function rangeText({ n, low, high }, span) {
  if (n < 2) return 'one seed';
  return low === high ? `no spread between ${count(n)} seeds yet` : `${span}, ${count(n)} seeds`;
}

/**
 * @param {Interval} found
 * @param {string} unit
 */
function spanText({ low, high }, unit) {
  if (low === high) return ''; // one seed, or several that agree
  return `95 % interval ${differenceText(low, unit, digits)} to ${differenceText(high, unit, digits)}, in points`;
}

export class Seeds {
  /** @type {ComparisonMessage | null} */
  about = null;
  /** @type {Entry[]} */
  entries = [];
  /** @type {SeedsMessage | null} */
  message = null;
  /** The name of the entry that differences are from, as pinned; null before it is known. */
  /** @type {string | null} */
  baseline = null;

  constructor() {
    this.title = el('h4', {});
    this.done = el('i', {});
    this.meter = el(
      'span',
      { class: 'seeds-meter', role: 'progressbar', 'aria-label': 'Seeds done' },
      this.done,
    );
    this.table = el('table', {});
    this.sentence = el('p', { class: 'note' });
    this.looks = el('p', { class: 'note' });
    this.node = el(
      'div',
      { class: 'seeds', tabindex: 0 },
      this.title,
      this.meter,
      this.table,
      this.sentence,
      this.looks,
    );
  }

  /**
   * @param {ComparisonMessage} about
   * @param {Entry[]} entries
   */
  setRun(about, entries) {
    this.about = about;
    this.entries = entries;
    this.message = null;
    this.draw();
  }

  /** @param {SeedsMessage} message */
  set(message) {
    this.message = message;
    this.draw();
  }

  // The repeats are of the last step, whatever moment is shown; another baseline may be pinned.
  /** @param {Compare} look */
  show(look) {
    const name = look.baseline()?.name ?? null;
    if (name === this.baseline) return;
    this.baseline = name;
    this.draw();
  }

  mark() {}

  draw() {
    const { message, about } = this;
    const said = message?.against[this.baseline ?? ''] ?? message;
    const rows = said?.rows ?? [];
    const has = rows.length > 0;
    show(this.meter, Boolean(message && message.done < message.wanted));
    show(this.table, has);
    setText(this.looks, said?.looks ?? '');
    if (!message || !said || !has) {
      setText(
        this.title,
        message?.wanted
          ? `0 of ${count(message.wanted)} seeds done`
          : about?.frozen
            ? 'Checkpoints are not trained here: there are no seeds to repeat'
            : 'One seed is one draw of luck',
      );
      setText(this.sentence, message?.sentence || this.invite());
      this.table.replaceChildren();
      return;
    }
    setText(
      this.title,
      `${count(message.done)} of ${count(message.wanted)} seeds: mean, 95 % interval, and the difference from ${this.baselineLabel(message)}`,
    );
    setAttribute(this.meter, 'aria-valuenow', message.done);
    setAttribute(this.meter, 'aria-valuemax', message.wanted);
    this.done.style.width = `${(100 * message.done) / Math.max(1, message.wanted)}%`;
    const keys = (about?.series ?? [])
      .filter(({ key }) => rows.some(({ metrics }) => metrics?.[key]))
      .slice(0, MOST);
    this.table.replaceChildren(
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('td', {}),
          ...keys.map(({ title }) => el('th', { scope: 'col', text: title })),
        ),
      ),
      el('tbody', {}, ...rows.map((row) => this.row(row, keys))),
    );
    setText(this.sentence, said.sentence);
  }

  /** @param {SeedsMessage} message */
  baselineLabel({ baseline, against, rows }) {
    const pinned = this.baseline ?? '';
    const name = pinned in against ? pinned : baseline;
    return rows.find(({ entry }) => entry === name)?.label;
  }

  invite() {
    if (this.about?.frozen) return '';
    const own = this.about?.example
      ? 'Start it as your own, and when it has ended repeat it'
      : 'When it has ended, repeat it';
    return `${own} over seeds with the button in the sidebar: each accuracy gets a mean and an interval here, and a difference within noise is called that.`;
  }

  /**
   * @param {SeedsRow} row
   * @param {SeriesSpec[]} keys
   */
  row(row, keys) {
    const entry = this.entries.find(({ name }) => name === row.entry);
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, entry ? badge(entry.mark) : null, row.label),
      ...keys.map(({ key, unit }) => {
        const metric = row.metrics?.[key];
        if (!metric) return el('td', { text: '–' });
        const difference = row.differences?.[key];
        const [low, high] = [metric.low, metric.high].map((v) =>
          valueText(v, unit, digits).replace(' %', ''),
        );
        const range = rangeText(metric, `${low} to ${high}`);
        return el(
          'td',
          {},
          el('b', { text: valueText(metric.mean, unit, digits) }),
          el('small', { text: range }),
          difference
            ? el('span', {
                class: 'verdict',
                'data-stands': String(Boolean(difference.stands)),
                title: spanText(difference, unit),
                text: verdictText(difference, unit),
              })
            : null,
        );
      }),
    );
  }

  clear() {
    this.message = null;
    this.baseline = null;
    this.table.replaceChildren();
    for (const node of [this.title, this.sentence, this.looks]) setText(node, ' ');
  }
}
