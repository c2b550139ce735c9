// Whether the regular polygon holds: how fast a dent in it grows, against the sharpness of a loss.

import { Chart } from '../../kit/chart.js';
import { digits, el, setAttribute, setText, show } from '../../kit/dom.js';
import { keeperOf, numberOf, numbersOf, withNumber } from './names.js';
import { between, steadyFigure } from './steadyfigure.js';
import { tall } from './flowspark.js';

/** @import { AnsweredStability, BoardState, FlowState, Loss, OfferedLoss, Swept } from './types.d.ts' */

export const [LEAST_ITEMS, MOST_ITEMS] = [3, 24];
const HEIGHT = 104;

/**
 * The setting of a loss of the board that is swept, from where to where, of names of a person's own
 * the first; null where none is a number. lenses: as describe.lenses() has them.
 * @param {Loss} loss
 * @param {OfferedLoss[]} lenses
 * @returns {Swept | null}
 */
export function sweepOf(loss, lenses) {
  const lens = lenses.find(({ name }) => name === loss.name);
  const [first] = numbersOf(loss, lens);
  const keeper = keeperOf(lens);
  const named = keeper?.names && first && { field: first.name, ...keeper.names.sweep };
  const sweep = keeper ? named : lens?.sweep;
  if (!sweep) return null;
  const { field, least, most } = sweep;
  const { label = field, symbol = '' } =
    numbersOf(loss, lens).find(({ name }) => name === field) ?? {};
  const now = Number(numberOf(loss, lens, field));
  return {
    field,
    symbol: symbol || label,
    now,
    least: Math.min(least, now),
    most: Math.max(most, now),
  };
}

/** @param {Pick<FlowState, 'n_items'>} flow  whose polygon has corners enough, and few enough to show */
const isPolygon = ({ n_items: n }) => n >= LEAST_ITEMS && n <= MOST_ITEMS;

/**
 * {what: 'stability'} for a loss of the board, all settings but the swept one as they are.
 * @param {Loss} loss
 * @param {Pick<Swept, 'field' | 'least' | 'most'>} sweep
 * @param {Pick<FlowState, 'n_items' | 'n_views'>} flow
 */
export function steadinessQuestion(loss, { field, least, most }, { n_items, n_views }) {
  return { what: 'stability', n_items, n_views, loss, field, least, most, n: 41 };
}

/**
 * Of the polygon at a setting: by the crossings, which lie between the values looked at.
 * @param {Pick<AnsweredStability, 'values' | 'growth' | 'crossings' | 'nothing'>} answer
 * @param {number} now
 */
export function stateOf({ values, growth, crossings, nothing }, now) {
  if (Math.abs(between(values, growth, now)) <= nothing) return 'is indifferent';
  const turning = growth.find((speed) => Math.abs(speed) > nothing) ?? 0;
  const turns = crossings.filter((crossing) => crossing < now).length;
  return turning > 0 === (turns % 2 === 0) ? 'breaks' : 'holds';
}

class One {
  mark = () => {};

  /** @param {number} which  of the losses */
  constructor(which) {
    this.title = el('h4');
    this.chart = new Chart({
      title: () => `Loss ${'AB'[which]}: the regular polygon ${this.title.textContent}`,
      drawn: () => this.mark(),
      hovers: true,
    });
    this.chart.node.style.cssText = tall(HEIGHT);
    const letter = el('i', { class: 'flow-letter', text: 'AB'[which] });
    this.node = el(
      'div',
      {
        'data-testid': `flow-steady-${which}`,
        role: 'group',
      },
      el('div', { class: 'flow-steady-title' }, letter, this.title, this.chart.tools),
      this.chart.node,
    );
    this.wait(true);
  }

  /**
   * Nothing is known of the loss as it is now: what was said of another is not said of it.
   * @param {boolean} canSweep  it has a setting to sweep, so that an answer will come
   */
  wait(canSweep) {
    if (!canSweep) {
      this.mark = () => {};
      this.chart.clear();
    }
    setText(this.title, canSweep ? 'not known yet' : 'no setting to sweep');
    setAttribute(this.title, 'title', null);
    const why = canSweep ? 'is not known yet' : 'is not shown: this loss has no setting to sweep';
    setAttribute(this.node, 'aria-label', `Whether the regular polygon holds ${why}`);
  }

  /**
   * @param {AnsweredStability} answer
   * @param {Swept} sweep
   */
  draw(answer, sweep) {
    setText(this.title, `${stateOf(answer, sweep.now)} at ${sweep.symbol} ${digits(sweep.now)}`);
    setAttribute(this.title, 'title', answer.sentence ?? '');
    setAttribute(this.node, 'aria-label', answer.sentence ?? this.title.textContent);
    /** @type {import('../../kit/chartmarks.js').Marked} */
    const here = {
      line: { label: '', points: [], mark: 'circle' },
      point: [sweep.now, between(answer.values, answer.growth, sweep.now)],
    };
    this.mark = () => {
      this.chart.over.point(sweep.now);
      this.chart.over.mark([here], 'on');
    };
    this.chart.draw((paper) => steadyFigure(answer, sweep, paper));
  }
}

/**
 * The question, or its answer where both losses agree at their settings now.
 * @param {(AnsweredStability | null | undefined)[]} answers
 * @param {(Swept | null)[]} sweeps
 */
export function titleOf(answers, sweeps) {
  const states = answers.map((answer, i) => answer && stateOf(answer, sweeps[i]?.now ?? NaN));
  const [a, b] = states;
  return a && a === b && a !== 'is indifferent'
    ? `The regular polygon ${a} under both`
    : 'Does the regular polygon hold?';
}

export class Steadiness {
  /** Curves by their questions. */
  /** @type {Map<string, AnsweredStability>} */
  known = new Map();

  /** @param {OfferedLoss[]} lenses */
  constructor(lenses) {
    this.lenses = lenses;
    this.title = el('h3', {
      text: 'Does the regular polygon hold?',
      title:
        'How fast a small dent in the regular polygon grows, per unit of the flow’s time; below zero it heals',
    });
    this.charts = [new One(0), new One(1)];
    this.pair = el('div', { class: 'flow-steady-pair' }, ...this.charts.map(({ node }) => node));
    this.note = el('p', { class: 'flow-note' });
    this.node = el(
      'section',
      {
        class: 'flow-steady',
        'data-testid': 'flow-steady',
        'aria-label': 'Does the regular polygon hold',
      },
      this.title,
      this.pair,
      this.note,
    );
  }

  /**
   * The same curve serves every value of the swept setting; null where none can be swept.
   * @param {Loss} loss
   * @param {Pick<FlowState, 'n_items' | 'n_views'>} flow
   */
  keyOf(loss, { n_items, n_views }) {
    const sweep = sweepOf(loss, this.lenses);
    if (!sweep) return null;
    const { field, least, most } = sweep;
    const lens = this.lenses.find(({ name }) => name === loss.name);
    const rest = withNumber(loss, lens, field, 0);
    return JSON.stringify([rest, n_items, n_views, least, most]);
  }

  /**
   * @param {string} key
   * @param {AnsweredStability} answer
   */
  answered(key, answer) {
    this.known.set(key, answer);
    const [oldest] = this.known.keys();
    if (this.known.size > 60) this.known.delete(oldest);
  }

  /**
   * The losses that still need an answer: [[key, question], ...].
   * @param {BoardState} board
   */
  wanted({ surface, losses, flow }) {
    if (surface !== 'circle' || !isPolygon(flow)) return [];
    return losses.flatMap((loss) => {
      const [key, sweep] = [this.keyOf(loss, flow), sweepOf(loss, this.lenses)];
      if (key === null || !sweep || this.known.has(key)) return [];
      return [{ key, question: steadinessQuestion(loss, sweep, flow) }];
    });
  }

  /** @param {BoardState} board */
  set({ surface, losses, flow }) {
    show(this.node, surface === 'circle');
    const few = isPolygon(flow);
    show(this.pair, few);
    const tied = flow.tied ? '' : ', their views as one point';
    setText(
      this.note,
      few
        ? `How fast a small dent in ${flow.n_items} evenly spaced items grows${tied}; below the line it heals.`
        : `Shown for ${LEAST_ITEMS} to ${MOST_ITEMS} items.`,
    );
    if (surface !== 'circle' || !few) return;
    const answers = losses.map((loss) => this.known.get(this.keyOf(loss, flow) ?? ''));
    const sweeps = losses.map((loss) => sweepOf(loss, this.lenses));
    setText(this.title, titleOf(answers, sweeps));
    answers.forEach((answer, i) => {
      this.charts[i].node.classList.toggle('flow-waits', !answer);
      const sweep = sweeps[i];
      if (answer && sweep) this.charts[i].draw(answer, sweep);
      else this.charts[i].wait(sweep !== null);
    });
  }

  close() {
    for (const { chart } of this.charts) chart.close();
  }
}
