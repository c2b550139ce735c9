// What moved: the images whose neighbours differ most between two entries, or two moments of one.

import {
  count,
  el,
  fillRows,
  oneStop,
  setAttribute,
  setText,
  setThumb,
  show,
} from '../../kit/dom.js';
import { keptNote, keptText } from './words.js';

/** @import { ComparisonMessage, MovedAnswer, RunMessage, Sample } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { Entry } from './entry.js' */
/** @import { Trail } from './trails.js' */

/** @type {['gained', 'lost']} */
const SIDES = ['gained', 'lost'];
const SHOWN = 12;
const SIDE = 6;
const MOMENTS = 7;

function row() {
  const parts = {
    thumb: el('button', { type: 'button', class: 'thumb' }),
    name: el('b', { translate: 'no' }),
    bar: el('i', {}),
    overlap: el('small', {}),
    gained: el('span', { class: 'neighbours gained', 'data-said': 'new' }),
    lost: el('span', { class: 'neighbours lost', 'data-said': 'lost' }),
  };
  const node = el(
    'li',
    { class: 'moved-row' },
    parts.thumb,
    el(
      'span',
      { class: 'about-it' },
      parts.name,
      el('span', { class: 'overlap-bar' }, parts.bar),
      parts.overlap,
    ),
    parts.gained,
    parts.lost,
  );
  return Object.assign(node, { parts });
}

/**
 * @param {string} label
 * @param {() => void} changed
 */
function end(label, changed) {
  const entry = el('select', { 'aria-label': `${label}: entry`, onchange: changed });
  const at = el('span', { text: 'at' });
  const step = el('select', { 'aria-label': `${label}: moment`, onchange: changed });
  return {
    entry,
    at,
    step,
    node: el('div', { class: 'field' }, el('span', { text: label }), entry, at, step),
  };
}

export class Moved {
  /** @type {Compare | null} */
  look = null;
  /** @type {RunMessage | null} */
  run = null;
  /** What was asked last and which moments are offered, as text. */
  /** @type {string | null} */
  asked = null;
  /** @type {string | null} */
  offered = null;
  since = 0;

  /**
   * @param {object} hand
   * @param {(question: object) => void} hand.ask
   * @param {(probe: number | null) => void} hand.light
   * @param {(probe: number) => void} hand.choose
   * @param {(trail: Trail | null) => void} hand.trail
   */
  constructor({ ask, light, choose, trail }) {
    this.askFor = ask;
    this.light = light;
    this.choose = choose;
    this.trail = trail;
    this.from = end('from', () => this.chosen());
    this.to = end('to', () => this.chosen());
    this.reading = el('p', { class: 'reading' });
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    const list = { class: 'moved-list', 'aria-label': 'Images whose neighbours differ most' };
    this.list = oneStop(el('ul', list), 'button');
    this.columns = el(
      'p',
      { class: 'moved-columns', 'aria-hidden': 'true' },
      el('span', { text: 'image, neighbours kept' }),
      el('span', { text: 'new neighbours' }),
      el('span', { text: 'neighbours lost' }),
    );
    this.note = el('p', { class: 'note' });
    this.node = el(
      'div',
      { class: 'moved' },
      el('div', { class: 'controls' }, this.from.node, this.to.node),
      this.reading,
      this.error,
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
    this.asked = null;
    for (const one of [this.from, this.to])
      one.entry.replaceChildren(
        ...entries.map(({ name, about: { label } }) => el('option', { value: name, text: label })),
      );
    this.from.entry.value = about.baseline ?? entries[0].name;
    this.to.entry.value = entries.find(({ name }) => name !== this.from.entry.value)?.name ?? '';
    for (const { at, step } of [this.from, this.to]) {
      step.replaceChildren(el('option', { value: 'now', text: 'moment shown' }));
      for (const node of [at, step]) show(node, !about.frozen); // checkpoints have no moments
    }
  }

  /** @param {RunMessage} run */
  setImages(run) {
    this.run = run;
  }

  /**
   * Some moments to choose from; the list grows with the run and keeps what is chosen.
   * @param {number[]} steps
   */
  offer(steps) {
    const picks = [
      ...new Set(
        Array.from(
          { length: MOMENTS },
          (_, i) => steps[Math.round(((steps.length - 1) * i) / (MOMENTS - 1))],
        ),
      ),
    ].filter((step) => step !== undefined);
    const key = picks.join();
    if (key === this.offered) return;
    this.offered = key;
    for (const { step } of [this.from, this.to]) {
      if (document.activeElement === step) continue;
      const had = step.value;
      const all =
        had !== 'now' && !picks.includes(Number(had))
          ? [Number(had), ...picks].sort((a, b) => a - b)
          : picks;
      step.replaceChildren(
        el('option', { value: 'now', text: 'moment shown' }),
        ...all.map((at) => el('option', { value: String(at), text: `step ${count(at)}` })),
      );
      step.value = had;
    }
  }

  chosen() {
    if (this.look) this.show(this.look);
  }

  /** @param {Compare} look */
  show(look) {
    this.look = look;
    const { step: shown } = look;
    if (!this.run || shown === null) return;
    this.offer(look.clouds.together.steps);
    const [from, to] = [this.from, this.to].map(({ entry, step }) => ({
      entry: entry.value,
      step: step.value === 'now' ? shown : Number(step.value),
    }));
    const same = from.entry === to.entry && from.step === to.step;
    if (same) {
      this.setError('Both ends are the same: choose another entry or another moment.');
      return;
    }
    const question = { what: 'moved', from, to, space: look.view.space };
    const key = JSON.stringify(question);
    if (key === this.asked) return;
    this.asked = key;
    this.since = from.entry === to.entry ? Math.min(from.step, to.step) : 0;
    this.node.classList.add('stale');
    this.askFor(question);
  }

  /** @param {Compare} look */
  mark(look) {
    this.show(look);
  }

  /** @param {string} text */
  setError(text) {
    setText(this.error, text);
    show(this.error, Boolean(text));
    if (text) this.asked = null;
  }

  /** @param {MovedAnswer} answer */
  set(answer) {
    if (!this.run) return;
    this.setError('');
    this.node.classList.remove('stale');
    setText(this.reading, answer.reading);
    const { run } = this;
    const items = answer.items.slice(0, SHOWN);
    fillRows(this.list, items, row, (node, item) => {
      const { parts } = node;
      setThumb(parts.thumb, run.sprites, run.probes, item.probe);
      setText(parts.name, item.class);
      const kept = keptText(item.overlap, answer.k);
      parts.bar.style.width = `${100 * item.overlap}%`;
      setText(parts.overlap, kept);
      setAttribute(
        parts.thumb,
        'aria-label',
        `image ${item.probe}, ${item.class}: ${kept} neighbours kept; take it as the query`,
      );
      setAttribute(
        parts.thumb,
        'title',
        `image ${item.probe}, ${item.class}: take it as the query`,
      );
      parts.thumb.onclick = () => this.choose(item.probe);
      node.onpointerenter = parts.thumb.onfocus = () => this.light(item.probe);
      node.onpointerleave = parts.thumb.onblur = () => this.light(null);
      for (const side of SIDES) this.fill(parts[side], run, item[side], side);
    });
    this.list.oneStop();
    show(this.columns, items.length > 0);
    setText(this.note, items.length ? keptNote(answer, SIDE) : '');
    if (this.node.hidden) return;
    this.trail({ probes: items.map(({ probe }) => probe), since: this.since });
  }

  /**
   * @param {Element} side
   * @param {RunMessage} run
   * @param {Sample[]} items
   * @param {string} kind
   */
  fill(side, { probes, sprites }, items, kind) {
    fillRows(
      side,
      items.slice(0, SIDE),
      () => el('span', { class: 'thumb small', role: 'img' }),
      (node, item) => {
        setThumb(node, sprites, probes, item.probe ?? 0);
        node.classList.toggle('alike', Boolean(item.same_class));
        setAttribute(
          node,
          'aria-label',
          `${kind}: ${item.class}${item.same_class ? ', same class' : ''}`,
        );
        setAttribute(
          node,
          'title',
          `image ${item.probe}, ${item.class}${item.same_class ? ', same class' : ''}`,
        );
      },
    );
  }

  clear() {
    this.look = null;
    this.run = null;
    this.asked = null;
    this.offered = null;
    setText(this.reading, ' ');
    setText(this.note, ' ');
    this.list.replaceChildren();
  }
}
