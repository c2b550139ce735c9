// Which image is the query: its number, its five views, and the ways to choose another.

import { el, oneStop, setAttribute, setText, setThumb } from './dom.js';

/** @import { Pictures } from './types.d.ts' */

const VIEWS = 5;

export class QueryPick {
  /** @type {Pictures | null} */
  run = null;
  probe = 0;

  /**
   * @param {object} hand
   * @param {(probe: number) => void} hand.choose
   * @param {(view: number) => void} hand.turn
   * @param {(sentence: string) => void} hand.failed  why a number was not taken; empty where it was
   */
  constructor({ choose, turn, failed }) {
    this.choose = choose;
    this.failed = failed;
    this.number = el('input', {
      type: 'number',
      min: 0,
      step: 1,
      'aria-label': 'Query image number',
      onchange: () => this.entered(),
    });
    this.big = el('span', { class: 'thumb big', role: 'img' });
    this.class = el('strong', { translate: 'no' });
    this.thumbs = Array.from({ length: VIEWS }, (_, i) =>
      el('button', { type: 'button', class: 'thumb view', onclick: () => turn(i) }),
    );
    const views = { class: 'views', role: 'group', 'aria-label': 'Views of the query' };
    this.views = oneStop(el('div', views, ...this.thumbs), 'button');
    this.stepper = el(
      'span',
      { class: 'stepper' },
      this.step('Previous query', '‹', -1),
      this.number,
      this.step('Next query', '›', 1),
    );
  }

  /**
   * @param {string} label
   * @param {string} text
   * @param {number} by
   */
  step(label, text, by) {
    const onclick = () => this.next(by);
    const more = { 'aria-label': label, title: label, text, onclick };
    return el('button', { type: 'button', class: 'icon', ...more });
  }

  /** @param {number} by */
  next(by) {
    if (!this.run) return;
    const { n } = this.run.probes;
    this.choose((this.probe + by + n) % n);
  }

  entered() {
    const { value } = this.number;
    const n = this.run?.probes.n ?? 0;
    const wanted = Number(value);
    const fits = value !== '' && Number.isInteger(wanted) && wanted >= 0 && wanted < n;
    this.failed(
      fits ? '' : `The query is an image from 0 to ${n - 1}; ${value || 'nothing'} was given.`,
    );
    if (fits) this.choose(wanted);
  }

  /** @param {Pictures} run */
  setRun(run) {
    this.run = run;
    setAttribute(this.number, 'max', run.probes.n - 1);
  }

  /**
   * Shown at once, before the answer: the query itself is known here.
   * @param {number} probe
   * @param {number} view  the one that is the query
   * @param {boolean} [turned]  the large picture is of that view, not of the image
   */
  set(probe, view, turned = false) {
    if (!this.run) return;
    const { probes, sprites } = this.run;
    this.probe = probe;
    const name = probes.class_names[probes.labels[probe]] ?? '';
    const said = [`image ${probe}`, name, turned && `view ${view + 1}`].filter(Boolean).join(', ');
    setThumb(this.big, sprites, probes, probe, turned ? view : null);
    setAttribute(this.big, 'aria-label', said);
    setText(this.class, name);
    if (document.activeElement !== this.number) this.number.value = String(probe);
    this.thumbs.forEach((node, i) => {
      const isQuery = i === view;
      setThumb(node, sprites, probes, probe, i);
      setAttribute(node, 'aria-label', `view ${i + 1} of the query${isQuery ? ', the query' : ''}`);
      setAttribute(node, 'aria-pressed', String(isQuery));
      setAttribute(
        node,
        'title',
        `view ${i + 1}${isQuery ? ': the query' : ': take it as the query'}`,
      );
    });
    this.views.oneStop(this.thumbs[view]);
  }
}
