// The query panel: one image, what pulls it in and what it pushes away, and through which lens.

import { count, el, fillRows, segmented, setText, show } from '../../kit/dom.js';
import { Lens } from '../../kit/lens.js';
import { QueryPick } from '../../kit/querypick.js';
import { Counted } from './counted.js';
import { part, row, setRow } from './queryrow.js';
import { Synthetics } from './synthetics.js';

/** @import { LensValue, QueryAnswer, RunMessage, Sample } from '../../kit/types.d.ts' */

/** @type {[value: string, text: string][]} */
const GROUPS = [
  ['probes', 'all probes'],
  ['batch', 'training-sized'],
];
const [POSITIVES, NEGATIVES] = [4, 12]; // rows that are there before the first answer
const ROW = 36;

/**
 * @param {boolean} trained
 * @param {boolean} shown
 */
function oathOf(trained, shown) {
  if (trained) return 'Labels entered the training of this run: its loss is told the classes.';
  if (shown) return 'Labels enter this lens, not the training of this run.';
  return 'Labels never enter training; they are shown here to check on it.';
}

/**
 * How many negatives are drawn in, and why where the loss says so of itself.
 * @param {Pick<QueryAnswer, 'n_attracted' | 'n_negatives' | 'loss'>} answer
 */
export function drawnIn({ n_attracted: n, n_negatives, loss }) {
  if (!n) return '';
  const some = `${count(n)} of ${count(n_negatives)} negatives ${n === 1 ? 'is' : 'are'}`;
  if (loss.labelled)
    return n === 1
      ? `${some} drawn in instead: it is of the query's class, which this loss is told.`
      : `${some} drawn in instead: they are of the query's class, which this loss is told.`;
  if (loss.draws_far_in)
    return `${some} far enough to be drawn in instead: gradient goes through the weights.`;
  return `${some} drawn in instead.`;
}

/**
 * Of which moment an answer is, where the one asked about has been thinned out.
 * @param {Pick<QueryAnswer, 'step' | 'question'>} answer
 */
export function ofEarlier({ step, question }) {
  if (step === question.step) return '';
  return `Step ${count(question.step)} is not kept: this is step ${count(step)}, the nearest before it`;
}

export class Query {
  /** @type {RunMessage | null} */
  run = null;

  labelled = false;

  /**
   * What a person did.
   * @param {object} hand
   * @param {(probe: number) => void} hand.choose
   * @param {(view: number) => void} hand.turn
   * @param {(group: string) => void} hand.setGroup
   * @param {(lens: LensValue | null) => void} hand.setLens
   * @param {(on: boolean) => void} hand.adjusts  the lens's settings stand beside the lists and want
   *   room
   * @param {boolean} [hand.untrained]  no loss of this app trained what is shown, so none is its own
   */
  constructor({ choose, turn, setGroup, setLens, adjusts, untrained = false }) {
    this.choose = choose;
    this.turn = turn;
    this.pick = new QueryPick({ choose, turn, failed: (text) => this.setError(text) });
    this.class = this.pick.class;
    this.reading = el('p', { class: 'reading', role: 'status' });
    this.early = el('p', { class: 'note early', hidden: true });
    this.group = segmented('Group the weights are over', GROUPS, setGroup);
    this.groupText = el('p', { class: 'note' });
    this.lens = new Lens({
      ...(untrained ? { own: '', back: 'back to the first' } : {}),
      changed: setLens,
      opened: (on) => {
        adjusts(on);
        if (on) this.showLists();
      },
    });
    this.pulled = part('pulled', 'Positives', 'π⁺');
    this.pushed = part('pushed', 'Negatives', 'π⁻');
    this.counted = new Counted();
    this.synthetics = new Synthetics();
    this.clamp = el('p', { class: 'note clamp', hidden: true });
    this.oath = el('p', { class: 'note oath', text: oathOf(false, false) });
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    const body = el(
      'div',
      { class: 'body' },
      this.self(),
      this.pulled.node,
      this.pushed.node,
      this.counted.node,
      this.synthetics.node,
      this.clamp,
      this.oath,
    );
    this.node = el('section', { class: 'query', 'aria-label': 'The query' }, body);
    this.node.classList.add('waiting');
    fillRows(this.pulled.list, Array(POSITIVES).fill(0), row, () => {});
    fillRows(this.pushed.list, Array(NEGATIVES).fill(0), row, () => {});
  }

  // The query itself, and what it is looked at through.
  self() {
    const { big, class: name, stepper, views } = this.pick;
    return el(
      'div',
      { class: 'self' },
      el(
        'div',
        { class: 'hero' },
        big,
        el('div', { class: 'beside' }, el('div', { class: 'line' }, name, stepper), this.reading),
      ),
      this.early,
      views,
      this.error,
      this.lens.node,
      el('div', { class: 'group' }, this.group, this.groupText),
    );
  }

  // The lists come into sight where they are below the edge of the panel.
  showLists() {
    const [panel, list] = [
      this.node.getBoundingClientRect(),
      this.pushed.list.getBoundingClientRect(),
    ];
    if (list.top + 3 * ROW > panel.bottom)
      this.node.scrollTop += this.pulled.node.getBoundingClientRect().top - panel.top - 8;
  }

  /**
   * @param {RunMessage} run
   * @param {LensValue | null} lens
   */
  setRun(run, lens) {
    this.run = run;
    this.pick.setRun(run);
    this.lens.setRun(run, lens);
    this.lens.setText(run.loss.text);
    this.swear(Boolean(run.loss.labelled), Boolean(run.loss.labelled));
    setText(this.groupText, `of ${count(run.batch.items)} items`);
  }

  /**
   * @param {number} probe
   * @param {number} view
   */
  setQuery(probe, view) {
    this.pick.set(probe, view);
  }

  /**
   * Whether labels entered the training of the run, and whether they enter the loss shown.
   * @param {boolean} trained
   * @param {boolean} shown
   */
  swear(trained, shown) {
    this.labelled = shown;
    setText(this.oath, oathOf(trained, shown));
    this.oath.classList.toggle('labelled', trained || shown);
  }

  /** @param {boolean} on */
  stale(on) {
    this.node.classList.toggle('stale', on);
  }

  /** @param {string} text */
  setError(text) {
    setText(this.error, text);
    show(this.error, Boolean(text));
  }

  /** @param {QueryAnswer} answer */
  set(answer) {
    this.node.classList.remove('waiting');
    this.stale(false);
    this.setError('');
    this.lens.setError('');
    setText(this.reading, answer.reading ?? '');
    setText(this.early, ofEarlier(answer));
    show(this.early, answer.step !== answer.question.step);
    this.lens.setText(answer.loss.text);
    this.swear(Boolean(this.run?.loss.labelled), Boolean(answer.loss.labelled));
    setText(this.groupText, answer.group.text);
    this.group.choose(answer.group.kind);
    this.fill(this.pulled.list, answer.positives, answer, true);
    this.fill(this.pushed.list, answer.negatives, answer, false);
    setText(this.pushed.extra, drawnIn(answer));
    this.counted.set(answer);
    if (this.run) this.synthetics.set(answer.synthetics, this.run);
    show(this.clamp, Boolean(answer.clamp));
    if (answer.clamp) setText(this.clamp, `Debiasing clamp active for ${answer.clamp.text}.`);
  }

  /**
   * @param {ReturnType<typeof part>['list']} list
   * @param {Sample[]} items
   * @param {QueryAnswer} answer
   * @param {boolean} positive
   */
  fill(list, items, { query, previous_step }, positive) {
    const { run } = this;
    if (!run) return;
    const most = Math.max(...items.map(({ weight }) => weight ?? 0), 1e-12);
    fillRows(list, items, row, (node, item) => {
      const probe = item.probe ?? query.probe ?? 0;
      const act = () => {
        if (positive) this.turn(item.view ?? 0);
        else if (!item.queued) this.choose(probe);
      };
      const { labelled } = this;
      const rank = previous_step === null ? null : (item.rank ?? null);
      setRow(node, item, { run, probe, positive, labelled, most, rank, act });
    });
    list.oneStop();
  }
}
