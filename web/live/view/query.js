// The query panel: one image, what pulls it in and what it pushes away, and through which lens.

import {
  count,
  digits,
  el,
  fillRows,
  oneStop,
  segmented,
  setAttribute,
  setText,
  setThumb,
  show,
  signed,
} from '../../kit/dom.js';
import { Lens } from '../../kit/lens.js';
import { ageText, setQueueLine, setSample } from '../../kit/queued.js';
import { Synthetics } from './synthetics.js';

function row() {
  const parts = {
    thumb: el('button', { type: 'button', class: 'thumb' }),
    name: el('span', { class: 'name' }),
    same: el('span', { class: 'same' }),
    bar: el('i', {}),
    weight: el('b', {}),
    pull: el('span', { class: 'pull' }),
    distance: el('span', { class: 'distance' }),
    rank: el('span', { class: 'rank' }),
  };
  const node = el(
    'li',
    { class: 'row' },
    parts.thumb,
    el(
      'span',
      { class: 'middle' },
      el('span', { class: 'names' }, parts.name, parts.same),
      el('span', { class: 'bar' }, parts.bar),
    ),
    parts.weight,
    el('span', { class: 'moves' }, parts.pull, parts.distance),
    parts.rank,
  );
  node.parts = parts;
  return node;
}

function setRank(node, was, now) {
  const known = was !== null && was !== undefined;
  const moved = known ? was - now : 0;
  setText(node, !known ? 'new' : moved > 0 ? `▲${moved}` : moved < 0 ? `▼${-moved}` : '=');
  setAttribute(node, 'data-moved', !known ? 'new' : Math.sign(moved));
  setAttribute(
    node,
    'title',
    !known ? 'not among the first before' : `was number ${was} one snapshot earlier`,
  );
}

function part(kind, title, symbol) {
  const list = oneStop(el('ul', { class: 'rows' }), 'button');
  const columns = el(
    'div',
    { class: 'columns', 'aria-hidden': 'true' },
    el('span', {}),
    el('span', { text: `weight ${symbol}` }),
    el('span', { text: 'pull, dist.' }),
    el('span', {}),
  );
  const extra = el('p', { class: 'note' });
  const node = el(
    'section',
    { class: `part ${kind}` },
    el(
      'h3',
      {},
      el('span', { class: 'arrow', 'aria-hidden': 'true', text: kind === 'pulled' ? '→' : '←' }),
      el('span', {}, title, el('span', { class: 'order', text: ', heaviest first' })),
    ),
    columns,
    list,
    extra,
  );
  return { node, list, extra };
}

function oathOf(trained, shown) {
  if (trained) return 'Labels entered the training of this run: its loss is told the classes.';
  if (shown) return 'Labels enter this lens, not the training of this run.';
  return 'Labels never enter training; they are shown here to check on it.';
}

function drawnBecause(labelled) {
  if (labelled) return "drawn in instead: they are of the query's class, which this loss is told.";
  return 'far enough to be drawn in instead: gradient goes through the weights.';
}

export class Query {
  // choose(probe), turn(view), setGroup(group), setLens(lens) are what a person did; adjusts(on) is
  // told when the lens's settings stand beside the lists and want room.
  constructor({ choose, turn, setGroup, setLens, adjusts }) {
    Object.assign(this, { choose, turn });
    const step = (label, sign, by) =>
      el('button', {
        type: 'button',
        class: 'icon',
        'aria-label': label,
        title: label,
        text: sign,
        onclick: () => this.choose(this.next(by)),
      });
    this.number = el('input', {
      type: 'number',
      min: 0,
      step: 1,
      'aria-label': 'Query image number',
      onchange: () => this.typed(),
    });
    this.big = el('span', { class: 'thumb big', role: 'img' });
    this.views = oneStop(
      el('div', { class: 'views', role: 'group', 'aria-label': 'Views of the query' }),
      'button',
    );
    this.class = el('strong', {});
    this.reading = el('p', { class: 'reading', role: 'status' });
    this.group = segmented(
      'Group the weights are over',
      [
        ['probes', 'all probes'],
        ['batch', 'training-sized'],
      ],
      setGroup,
    );
    this.groupText = el('p', { class: 'note' });
    this.lens = new Lens({
      changed: setLens,
      opened: (on) => {
        adjusts(on);
        if (on) this.showLists();
      },
    });
    this.pulled = part('pulled', 'Positives', 'π⁺');
    this.pushed = part('pushed', 'Negatives', 'π⁻');
    this.counted = [el('b', {}), el('span', {}), el('small', {})];
    this.effective = el('p', { class: 'effective' }, ...this.counted);
    this.meter = el('span', { class: 'meter', 'aria-hidden': 'true' }, el('i', {}));
    this.sums = el('p', { class: 'note' });
    this.meaning = el(
      'details',
      { class: 'meaning', hidden: true },
      el('summary', { text: 'what the weights mean' }),
      el('p', { class: 'note' }),
    );
    this.queued = el('p', { class: 'note queue-line', hidden: true });
    this.synthetics = new Synthetics();
    this.clamp = el('p', { class: 'note clamp', hidden: true });
    this.oath = el('p', { class: 'note oath', text: oathOf(false, false) });
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.body = el(
      'div',
      { class: 'body' },
      el(
        'div',
        { class: 'self' },
        el(
          'div',
          { class: 'hero' },
          this.big,
          el(
            'div',
            { class: 'beside' },
            el(
              'div',
              { class: 'line' },
              this.class,
              el(
                'span',
                { class: 'stepper' },
                step('Previous query', '‹', -1),
                this.number,
                step('Next query', '›', 1),
              ),
            ),
            this.reading,
          ),
        ),
        this.views,
        this.error,
        this.lens.node,
        el('div', { class: 'group' }, this.group, this.groupText),
      ),
      this.pulled.node,
      this.pushed.node,
      this.effectiveLine(),
      this.synthetics.node,
      this.clamp,
      this.oath,
    );
    this.node = el('section', { class: 'query', 'aria-label': 'The query' }, this.body);
    this.node.classList.add('waiting');
    for (let i = 0; i < 5; i += 1) {
      this.views.append(
        el('button', { type: 'button', class: 'thumb view', onclick: () => this.turn(i) }),
      );
    }
    this.views.oneStop();
    fillRows(this.pulled.list, Array(4).fill(0), row, () => {});
    fillRows(this.pushed.list, Array(12).fill(0), row, () => {});
  }

  // The lists come into sight where they are below the edge of the panel.
  showLists() {
    const [panel, list] = [
      this.node.getBoundingClientRect(),
      this.pushed.list.getBoundingClientRect(),
    ];
    if (list.top + 3 * 36 > panel.bottom)
      this.node.scrollTop += this.pulled.node.getBoundingClientRect().top - panel.top - 8;
  }

  effectiveLine() {
    return el(
      'div',
      { class: 'part effective-part' },
      this.effective,
      this.meter,
      this.sums,
      this.meaning,
      this.queued,
    );
  }

  next(by) {
    const { n } = this.run.probes;
    return (this.probe + by + n) % n;
  }

  typed() {
    const wanted = Number(this.number.value);
    const fits = Number.isInteger(wanted) && wanted >= 0 && wanted < (this.run?.probes.n ?? 0);
    this.setError(
      fits
        ? ''
        : `The query is an image from 0 to ${this.run.probes.n - 1}; ${this.number.value || 'nothing'} was given.`,
    );
    if (fits) this.choose(wanted);
  }

  setRun(run, lens) {
    this.run = run;
    setAttribute(this.number, 'max', run.probes.n - 1);
    this.lens.setRun(run, lens);
    this.lens.setText(run.loss.text);
    this.swear(run.loss.labelled, run.loss.labelled);
    setText(this.groupText, `of ${count(run.batch.items)} items`);
  }

  // Shown at once, before the answer: the query itself is known here.
  setQuery(probe, view) {
    const { probes, sprites } = this.run;
    this.probe = probe;
    const name = probes.class_names[probes.labels[probe]] ?? '';
    setThumb(this.big, sprites, probes, probe);
    setAttribute(this.big, 'aria-label', `image ${probe}, ${name}`);
    setText(this.class, name);
    if (document.activeElement !== this.number) this.number.value = probe;
    [...this.views.children].forEach((node, i) => {
      setThumb(node, sprites, probes, probe, i);
      setAttribute(
        node,
        'aria-label',
        `view ${i + 1} of the query${i === view ? ', the query' : ''}`,
      );
      setAttribute(node, 'aria-pressed', String(i === view));
      setAttribute(
        node,
        'title',
        `view ${i + 1}${i === view ? ': the query' : ': take it as the query'}`,
      );
    });
  }

  // Whether labels entered the training of the run, and whether they enter the loss shown.
  swear(trained, shown) {
    this.labelled = Boolean(shown);
    setText(this.oath, oathOf(trained, shown));
    this.oath.classList.toggle('labelled', Boolean(trained || shown));
  }

  stale(on) {
    this.node.classList.toggle('stale', on);
  }

  setError(text) {
    setText(this.error, text);
    show(this.error, Boolean(text));
  }

  set(answer) {
    this.node.classList.remove('waiting');
    this.stale(false);
    this.setError('');
    this.lens.setError('');
    setText(this.reading, answer.reading ?? '');
    this.lens.setText(answer.loss.text);
    this.swear(this.run.loss.labelled, answer.loss.labelled);
    setText(this.groupText, answer.group.text);
    this.group.choose(answer.group.kind);
    this.fill(this.pulled.list, answer.positives, answer.query, 1);
    this.fill(this.pushed.list, answer.negatives, answer.query, -1);
    const [all, some] = [answer.n_negatives, answer.n_attracted];
    setText(
      this.pushed.extra,
      some > 0
        ? `${count(some)} of ${count(all)} negatives are ${drawnBecause(answer.loss.labelled)}`
        : '',
    );
    const counted = [
      digits(answer.effective),
      ` of ${count(all)} negatives count effectively `,
      `entropy ${digits(answer.entropy)} of 1`,
    ];
    counted.forEach((text, i) => setText(this.counted[i], text));
    this.meter.firstChild.style.width = `${Math.min(100, Math.max(0.5, (100 * answer.effective) / all))}%`;
    setText(this.sums, answer.sums ?? '');
    setText(this.meaning.lastChild, answer.loss.meaning ?? '');
    show(this.meaning, Boolean(answer.loss.meaning));
    setQueueLine(this.queued, answer);
    this.synthetics.set(answer.synthetics, this.run);
    show(this.clamp, Boolean(answer.clamp));
    if (answer.clamp) setText(this.clamp, `Debiasing clamp active for ${answer.clamp.text}.`);
  }

  fill(list, items, query, kind) {
    const most = Math.max(...items.map((item) => item.weight), 1e-12);
    fillRows(list, items, row, (node, item, i) => {
      const { parts } = node;
      const probe = item.probe ?? query.probe;
      const name = kind > 0 ? `view ${item.view + 1}` : item.class;
      setSample(parts.thumb, this.run, item, probe);
      parts.thumb.onclick = () =>
        kind > 0 ? this.turn(item.view) : item.queued || this.choose(probe);
      setAttribute(
        parts.thumb,
        'aria-label',
        kind > 0
          ? `take view ${item.view + 1} as the query`
          : item.queued
            ? `training image ${item.item}, ${name}, ${ageText(item.age)}`
            : `take image ${probe}, ${name}, as the query`,
      );
      setAttribute(
        parts.thumb,
        'title',
        kind > 0 ? name : item.queued ? ageText(item.age) : `image ${probe}, view ${item.view + 1}`,
      );
      setText(parts.name, name);
      parts.thumb.classList.toggle('false-negative', Boolean(item.same_class));
      setText(parts.same, item.same_class ? 'same class' : '');
      const known = this.labelled ? 'a positive, as this loss is told' : 'a false negative';
      setAttribute(parts.same, 'title', item.same_class ? `same class: ${known}` : null);
      parts.bar.style.width = `${(100 * item.weight) / most}%`;
      setText(parts.weight, digits(item.weight));
      setAttribute(
        parts.weight,
        'title',
        item.times_uniform ? `${digits(item.times_uniform)} times the uniform share` : null,
      );
      setText(parts.pull, signed(item.pull));
      setAttribute(parts.pull, 'data-sign', item.pull > 0 ? 'in' : 'out');
      setText(parts.distance, digits(item.distance));
      setRank(parts.rank, item.was, i + 1);
      if (item.queued) {
        setText(parts.rank, '');
        setAttribute(parts.rank, 'title', null);
        setAttribute(parts.rank, 'data-moved', 0);
      }
    });
    list.oneStop();
  }
}
