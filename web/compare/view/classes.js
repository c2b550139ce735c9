// Accuracy class by class, each with its chance level and its number of images, head and tail apart.

import { count, el, fillRows, setAttribute, setText, show } from '../../kit/dom.js';
import { rowAt } from '../../kit/points.js';
import { badge, markPath, styleOf } from '../../kit/styles.js';
import { classesMissing, classesNote, classesTitle } from './words.js';

/** @import { ComparisonMessage, MetricRow, Theme } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { Entry } from './entry.js' */

/** @typedef {ReturnType<typeof row>} Row */

/**
 * A class or a group of classes.
 * @typedef {object} Spec
 * @property {string} key  of its accuracy
 * @property {string} name
 * @property {string} title
 * @property {number | null} trained  how many images were trained on
 * @property {number | null} tested
 * @property {number[]} [group]
 */

function row() {
  const parts = {
    name: el('b', { 'aria-hidden': 'true', translate: 'no' }),
    trained: el('span', { class: 'images', 'aria-hidden': 'true' }),
    plot: el('span', { class: 'dots', 'aria-hidden': 'true' }),
    best: el('span', { class: 'best', 'aria-hidden': 'true' }),
    said: el('span', { class: 'unseen' }),
  };
  const node = el('li', { class: 'class-row' }, ...Object.values(parts));
  return Object.assign(node, { parts });
}

/**
 * The first class with an accuracy, by which rows that have them are found: without held-out images
 * a class has none.
 * @param {ComparisonMessage} about
 * @param {Entry[]} entries
 */
function firstScored({ class_names: names, most_classes: most }, entries) {
  const keys = names.slice(0, most).map((_, k) => `class_accuracy_${k}`);
  /** @param {string} key */
  const isThere = (key) =>
    entries.some(({ rows }) => rows.some((one) => Number.isFinite(one[key])));
  return keys.find(isThere) ?? 'class_accuracy_0';
}

export class Classes {
  /** @type {ComparisonMessage | null} */
  about = null;
  /** @type {Entry[] | null} */
  entries = null;

  constructor() {
    this.title = el('h4', {});
    this.key = el('p', { class: 'mark-key' });
    this.list = el('ul', {
      class: 'class-list',
      tabindex: '0',
      role: 'list',
      'aria-label': 'Accuracy class by class',
    });
    this.note = el('p', { class: 'note' });
    this.trained = el('span', {});
    this.columns = el(
      'p',
      { class: 'class-columns', 'aria-hidden': 'true' },
      el('span', { text: 'class' }),
      this.trained,
      el(
        'span',
        { class: 'scale' },
        el('i', { text: '0 %' }),
        el('i', { text: '50' }),
        el('i', { text: '100 %' }),
      ),
      el('span', { text: 'spread' }),
    );
    this.node = el(
      'div',
      { class: 'classes' },
      this.title,
      this.key,
      this.columns,
      this.list,
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
    setText(this.trained, about.train_per_class ? 'trained on' : '');
    /** @param {string} name */
    const sign = (name) => el('span', {}, el('i', { class: name, 'aria-hidden': 'true' }), name);
    this.key.replaceChildren(
      ...entries.map((entry) => el('span', {}, badge(entry.mark), entry.about.label)),
      sign('chance'),
      about.frozen ? '' : sign('untrained'),
    );
  }

  // Groups first, then classes; classes with the fewest images last where training was uneven.
  /** @param {ComparisonMessage} about */
  rows(about) {
    const {
      class_names: names,
      head = [],
      tail = [],
      train_per_class: trained,
      held_out: held,
    } = about;
    /** @type {(of: number[]) => number | null} */
    const sum = (of) => (trained ? of.reduce((all, k) => all + trained[k], 0) : null);
    const each = held?.per_class ?? [];
    /** @type {(of: number[]) => number | null} */
    const tested = (of) => (each.length ? of.reduce((all, k) => all + each[k], 0) : null);
    /** @type {Spec[]} */
    const groups =
      head.length && tail.length
        ? [
            {
              key: 'head_accuracy',
              name: 'frequent',
              group: head,
              trained: sum(head),
              tested: tested(head),
              title: `frequent: ${head.map((k) => names[k]).join(', ')}`,
            },
            {
              key: 'tail_accuracy',
              name: 'rare',
              group: tail,
              trained: sum(tail),
              tested: tested(tail),
              title: `rare: ${tail.map((k) => names[k]).join(', ')}`,
            },
          ]
        : [];
    const order = names.map((_, k) => k);
    if (groups.length && trained) order.sort((a, b) => trained[b] - trained[a]);
    return [
      ...groups,
      ...order.map((k) => ({
        key: `class_accuracy_${k}`,
        name: names[k],
        trained: trained?.[k] ?? null,
        tested: held?.per_class?.[k] ?? null,
        title: names[k],
      })),
    ];
  }

  /** @param {Compare} look */
  show(look) {
    const { about, entries } = this;
    if (!about || !entries) return;
    const step = look.step ?? Infinity;
    const scored = firstScored(about, entries);
    const found = entries
      .filter((entry) => entry.isAt(step))
      .flatMap((entry) => {
        const one = rowAt(entry.rows, step, scored);
        return one ? [{ entry, label: entry.about.label, row: one }] : [];
      });
    const known = found.length > 0;
    const first = entries.flatMap(
      ({ rows }) => rows.find((one) => Number.isFinite(one[scored]))?.step ?? [],
    );
    setText(
      this.title,
      known
        ? classesTitle(about, found)
        : classesMissing(about, first.length ? Math.min(...first) : null, step, look.moving),
    );
    show(this.columns, known);
    show(this.key, known);
    show(this.list, known);
    setText(this.note, known ? classesNote(about, found, step) : '');
    const untrained = about.frozen ? null : rowAt(entries[0].rows, 0, scored);
    fillRows(this.list, known ? this.rows(about) : [], row, (node, spec) =>
      this.fill(node, spec, found, untrained?.[spec.key] ?? null, look.theme),
    );
  }

  /** @param {Compare} look */
  mark(look) {
    this.show(look);
  }

  /**
   * @param {Row} node
   * @param {Spec} spec
   * @param {{ entry: Entry, row: MetricRow }[]} found
   * @param {number | null} untrained
   * @param {Theme} theme
   */
  fill(node, spec, found, untrained, theme) {
    const { parts } = node;
    const { chance = NaN } = this.about ?? {};
    const values = found
      .map(({ entry, row: one }) => ({ entry, value: one[spec.key] ?? NaN }))
      .filter(({ value }) => Number.isFinite(value));
    setText(parts.name, spec.name);
    setText(parts.trained, spec.trained === null ? '' : count(spec.trained));
    node.classList.toggle('group', Boolean(spec.group));
    const key = JSON.stringify([theme, spec.key, untrained, ...values.map(({ value }) => value)]);
    if (node.dataset.key === key) return;
    node.dataset.key = key;
    const said = [
      ...values.map(({ entry, value }) => `${entry.about.label} ${(100 * value).toFixed(1)} %`),
      `chance ${(100 * chance).toFixed(1)} %`,
      untrained === null ? '' : `untrained ${(100 * untrained).toFixed(1)} %`,
      spec.tested === null
        ? ''
        : `${count(spec.tested)} held-out image${spec.tested === 1 ? '' : 's'}`,
      spec.trained === null ? '' : `${count(spec.trained)} trained on`,
    ]
      .filter(Boolean)
      .join(' · ');
    setText(parts.said, `${spec.title}: ${said}`);
    setAttribute(node, 'title', `${spec.title}: ${said}`);
    const low = Math.min(...values.map(({ value }) => value));
    const high = Math.max(...values.map(({ value }) => value));
    setText(parts.best, values.length > 1 ? `${(100 * (high - low)).toFixed(1)} points` : '');
    parts.plot.replaceChildren(
      this.range(low, high),
      this.tick('chance', chance),
      untrained === null ? '' : this.tick('untrained', untrained),
      ...values.map(({ entry, value }) => this.dot(entry, value, theme)),
    );
  }

  /** @param {number} share */
  at(share) {
    return `${Math.max(0, Math.min(100, 100 * share))}%`;
  }

  /**
   * @param {number} low
   * @param {number} high
   */
  range(low, high) {
    const line = el('i', { class: 'range' });
    line.style.left = this.at(low);
    line.style.width = this.at(high - low);
    return line;
  }

  /**
   * @param {string} name
   * @param {number} value
   */
  tick(name, value) {
    const line = el('i', { class: name });
    line.style.left = this.at(value);
    return line;
  }

  /**
   * @param {Entry} entry
   * @param {number} value
   * @param {Theme} theme
   */
  dot(entry, value, theme) {
    const { mark, colour } = styleOf(entry.index, theme, entry.about.mark);
    const dot = el(
      'svg:svg',
      { class: 'dot', viewBox: '-7 -7 14 14' },
      el('svg:path', { d: markPath(mark, 4.6), fill: colour }),
    );
    dot.style.left = this.at(value);
    return dot;
  }

  clear() {
    this.entries = null;
    setText(this.title, ' ');
    setText(this.note, ' ');
    this.list.replaceChildren();
  }
}
