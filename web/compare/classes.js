// Accuracy class by class, each with its chance level and its number of images, head and tail apart.

import { count, el, fillRows, setAttribute, setText, show } from '../live/elements.js';
import { badge, markPath, styleOf } from './styles.js';
import { rowAt } from './together.js';

const WIDTH = 100;

function row() {
  const parts = { name: el('b', {}), trained: el('span', { class: 'images' }), plot: el('span', { class: 'dots' }), best: el('span', { class: 'best' }) };
  const node = el('li', { class: 'class-row', tabindex: '0' }, parts.name, parts.trained, parts.plot, parts.best);
  node.parts = parts;
  return node;
}

export class Classes {
  constructor() {
    this.title = el('h4', {});
    this.key = el('p', { class: 'class-key' });
    this.list = el('ul', { class: 'class-list' });
    this.note = el('p', { class: 'note' });
    this.columns = el('p', { class: 'class-columns', 'aria-hidden': 'true' }, el('span', { text: 'class' }), el('span', { text: 'trained on' }),
      el('span', { class: 'scale' }, el('i', { text: '0 %' }), el('i', { text: '50' }), el('i', { text: '100 %' })), el('span', { text: 'spread' }));
    this.node = el('div', { class: 'classes' }, this.title, this.key, this.columns, this.list, this.note);
  }

  setRun(about, entries) {
    Object.assign(this, { about, entries });
    this.key.replaceChildren(...entries.map((entry) => el('span', {}, badge(entry.mark), entry.about.label)));
  }

  // Groups first, then classes; classes with the fewest images last where training was uneven.
  rows() {
    const { class_names: names, head = [], tail = [], train_per_class: trained, held_out: held } = this.about;
    const sum = (of) => (trained ? of.reduce((all, k) => all + trained[k], 0) : null);
    const tested = (of) => (held?.per_class?.length ? of.reduce((all, k) => all + held.per_class[k], 0) : null);
    const groups = head.length && tail.length ? [
      { key: 'head_accuracy', name: 'head', group: head, trained: sum(head), tested: tested(head), title: head.map((k) => names[k]).join(', ') },
      { key: 'tail_accuracy', name: 'tail', group: tail, trained: sum(tail), tested: tested(tail), title: tail.map((k) => names[k]).join(', ') },
    ] : [];
    const order = names.map((_, k) => k);
    if (groups.length) order.sort((a, b) => trained[b] - trained[a]);
    return [...groups, ...order.map((k) => ({ key: `class_accuracy_${k}`, name: names[k], trained: trained?.[k] ?? null, tested: held?.per_class?.[k] ?? null, title: names[k] }))];
  }

  show(look) {
    if (!this.entries) return;
    const step = look.step ?? Infinity;
    const rows = this.entries.map((entry) => rowAt(entry.rows, step, 'class_accuracy_0'));
    const known = rows.some(Boolean);
    setText(this.title, known ? this.heading(rows) : 'Accuracy class by class comes with the next measurement');
    show(this.columns, known);
    const { chance } = this.about;
    fillRows(this.list, known ? this.rows() : [], row, (node, spec) => {
      const { parts } = node;
      const values = this.entries.map((entry, i) => ({ entry, value: rows[i]?.[spec.key] ?? null })).filter(({ value }) => Number.isFinite(value));
      setText(parts.name, spec.name);
      setText(parts.trained, spec.trained === null ? '' : count(spec.trained));
      node.classList.toggle('group', Boolean(spec.group));
      const key = JSON.stringify([look.theme, spec.key, ...values.map(({ value }) => value)]);
      if (node.dataset.key === key) return;
      node.dataset.key = key;
      const said = values.map(({ entry, value }) => `${entry.about.label} ${(100 * value).toFixed(1)} %`).join(', ');
      const text = `${spec.title}: ${said}; chance ${(100 * chance).toFixed(1)} %${spec.tested === null ? '' : `; ${count(spec.tested)} held-out images`}${spec.trained === null ? '' : `, ${count(spec.trained)} trained on`}`;
      setAttribute(node, 'aria-label', text);
      setAttribute(node, 'title', text);
      const low = Math.min(...values.map(({ value }) => value));
      const high = Math.max(...values.map(({ value }) => value));
      setText(parts.best, values.length > 1 ? `${(100 * (high - low)).toFixed(0)} points` : '');
      parts.plot.replaceChildren(this.range(low, high), this.tick(chance), ...values.map(({ entry, value }) => this.dot(entry, value, look.theme)));
    });
    const { held_out: held, train_per_class: trained } = this.about;
    setText(this.note, known ? `${held?.n ? `Held-out accuracy of 10 neighbours on ${count(held.n)} images, as many of each class` : 'Held-out accuracy of 10 neighbours'}; the tick is chance, ${(100 * chance).toFixed(1)} %; measured at step ${count(rows.find(Boolean).step)}.${trained ? '' : ' Classes were trained on in equal numbers.'}` : '');
  }

  heading(rows) {
    const tail = this.entries.map((entry, i) => ({ label: entry.about.label, value: rows[i]?.tail_accuracy ?? null })).filter(({ value }) => Number.isFinite(value));
    if (tail.length > 1) {
      const best = tail.reduce((a, b) => (b.value > a.value ? b : a));
      if (tail.every(({ value }) => value === best.value)) return `On the rare classes all score ${(100 * best.value).toFixed(1)} %`;
      return `On the rare classes ${best.label} is best in this run, ${(100 * best.value).toFixed(1)} %`;
    }
    const names = this.about.class_names;
    const spread = names.map((name, k) => {
      const values = rows.map((one) => one?.[`class_accuracy_${k}`]).filter(Number.isFinite);
      return { name, by: values.length ? Math.max(...values) - Math.min(...values) : 0 };
    });
    const most = spread.reduce((a, b) => (b.by > a.by ? b : a));
    if (most.by < 0.005) return 'The entries do not differ on any class yet';
    return `The entries differ most on ${/^\d/.test(most.name) ? 'class ' : ''}${most.name}, by ${(100 * most.by).toFixed(0)} points`;
  }

  at(share) {
    return `${Math.max(0, Math.min(WIDTH, WIDTH * share))}%`;
  }

  range(low, high) {
    const line = el('i', { class: 'range' });
    line.style.left = this.at(low);
    line.style.width = this.at(high - low);
    return line;
  }

  tick(chance) {
    const line = el('i', { class: 'chance' });
    line.style.left = this.at(chance);
    return line;
  }

  dot(entry, value, theme) {
    const { mark, colour } = styleOf(entry.index, theme, entry.about.mark);
    const dot = el('svg:svg', { class: 'dot', viewBox: '-7 -7 14 14' }, el('svg:path', { d: markPath(mark, 4.6), fill: colour }));
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
