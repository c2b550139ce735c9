// Who is ahead: the numbers of both losses at the moment shown, and how each ended.

import { digits, el, setAttribute, setText, show } from '../../kit/dom.js';
import { degreesText, look } from './gaps.js';

/** @import { FlowReading } from '../../kit/messages.d.ts' */
/** @import { AnsweredFlow } from './types.d.ts' */

const LETTERS = ['A', 'B'];
const SLIGHT = 2e-3; // of the loss at the start

/**
 * What a loss is known to reach at best: its optimum or bound, else the lowest it came to.
 * @param {Pick<FlowReading, 'loss' | 'optimum'>} own
 */
export function goalOf({ loss, optimum }) {
  if (optimum && Number.isFinite(optimum.value))
    return { value: optimum.value, name: optimum.kind === 'bound' ? 'bound' : 'optimum' };
  return { value: Math.min(...loss), name: 'lowest here' };
}

/**
 * The share of its descent from start to end that a loss has made: comparable between losses.
 * Without gradient through its weights a loss may pass its end on the way: then it is all there.
 * One that ends no lower than it starts has none: null.
 * @param {Pick<FlowReading, 'loss'>} own
 * @param {number} frame
 */
export function descent({ loss }, frame) {
  const all = loss[0] - loss[loss.length - 1];
  return all < SLIGHT * Math.max(1e-3, Math.abs(loss[0]))
    ? null
    : Math.max(0, Math.min(1, (loss[0] - loss[frame]) / all));
}

/**
 * Why there is none.
 * @param {Pick<FlowReading, 'loss'>} own
 */
export function standing({ loss }) {
  return loss[0] - loss[loss.length - 1] < -SLIGHT * Math.max(1e-3, Math.abs(loss[0]))
    ? 'ends higher'
    : 'hardly any';
}

const ROWS = [
  ['loss', 'Each loss has its own scale'],
  [
    'at best',
    'The known optimum or lower bound of the loss, for this many items in this many dimensions; else the lowest it came to in this race',
  ],
  ['above it', 'How far the loss is above its best'],
  [
    'descent',
    'Share of its descent from the start to the end of this race: comparable between losses',
  ],
  ['alignment', 'Mean squared distance between views of an item'],
  ['uniformity', 'Of the first views, lower is more uniform'],
  [
    'at least',
    'The least uniformity that this many points can have in this many dimensions, where it is known',
  ],
  ['least gap', 'Angle between the two items nearest to each other'],
];

/** @param {number} i */
const letterOf = (i) => el('i', { class: 'flow-letter', text: LETTERS[i] });

/** @param {number | null} share */
const percent = (share) => (share === null ? null : `${Math.floor(100 * share + 1e-6)} %`);

export class Race {
  /** @type {AnsweredFlow | null} */
  answer = null;
  /** @type {ReturnType<typeof goalOf>[]} */
  goals = [];

  constructor() {
    this.title = el('h3', { 'data-testid': 'flow-ahead', text: 'Who is ahead' });
    this.heads = LETTERS.map(() => el('span', {}));
    this.cells = ROWS.map(() =>
      [0, 1].map(() => {
        const [name, value] = [el('small', {}), el('span', { text: '–' })];
        return { name, value, node: el('td', {}, name, value) };
      }),
    );
    this.rows = ROWS.map(([name, help], i) =>
      el(
        'tr',
        { title: help },
        el('th', { scope: 'row', text: name }),
        ...this.cells[i].map(({ node }) => node),
      ),
    );
    this.table = el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('td', {}),
          ...this.heads.map((head, i) => el('th', { scope: 'col' }, letterOf(i), head)),
        ),
      ),
      el('tbody', {}, ...this.rows),
    );
    this.endings = LETTERS.map(() => el('span', {}));
    this.node = el(
      'section',
      { class: 'flow-race', 'aria-label': 'Who is ahead' },
      this.title,
      this.table,
      ...this.endings.map((ending, i) =>
        el('p', { class: 'flow-ended', 'data-testid': `flow-ended-${i}` }, letterOf(i), ending),
      ),
    );
  }

  /** @param {AnsweredFlow} answer */
  setAnswer(answer) {
    this.answer = answer;
    this.goals = answer.of.map(goalOf);
    answer.of.forEach(({ title, ended, optimum }, i) => {
      setAttribute(this.cells[1][i].node, 'title', optimum?.text || null);
      setText(this.heads[i], title);
      setText(this.cells[1][i].name, this.goals[i].name);
      setText(this.endings[i], ended ?? '');
    });
    this.rows.forEach((row, i) =>
      show(row, ROWS[i][0] !== 'at least' || Number.isFinite(answer.least_uniformity)),
    );
  }

  /**
   * points: [places of A, places of B] at this frame.
   * @param {number} frame
   * @param {Float32Array[]} points
   */
  at(frame, points) {
    if (!this.answer) return;
    const { of, items, dims, least_uniformity: least } = this.answer;
    const ways = of.map((one) => descent(one, frame));
    of.forEach((one, i) => {
      const values = [
        digits(small(one.loss[frame])),
        digits(this.goals[i].value),
        digits(small(one.loss[frame] - this.goals[i].value)),
        percent(ways[i]) ?? standing(one),
        digits(Number(one.alignment[frame].toFixed(4))),
        digits(small(one.uniformity[frame])),
        digits(least),
        degreesText(look(points[i], items, dims).smallest),
      ];
      values.forEach((value, r) => setText(this.cells[r][i].value, value));
    });
    setText(this.title, headline(ways, of.map(standing)));
  }
}

/** @param {number} value */
function small(value) {
  return Math.abs(value) < 5e-5 ? 0 : value;
}

/**
 * ways: the shares of the descents; why: what is said of one that has none.
 * @param {(number | null)[]} ways
 * @param {string[]} why
 */
export function headline(ways, why) {
  const still = LETTERS.filter((_, i) => ways[i] === null);
  if (still.length) {
    const higher = LETTERS.filter((_, i) => ways[i] === null && why[i] === 'ends higher');
    if (higher.length) return `The loss of ${higher.join(' and ')} ends higher than it starts`;
    return `The loss of ${still.join(' and ')} hardly changes`;
  }
  const [a, b] = ways.map((one) => Math.floor(100 * (one ?? 0) + 1e-6));
  if (a === 0 && b === 0) return 'Both at the start';
  if (a === b) return a === 100 ? 'Both have come down' : `Level: both ${a} % down`;
  const first = a > b ? 0 : 1;
  return `${LETTERS[first]} is ahead: ${Math.max(a, b)} % down, ${LETTERS[1 - first]} ${Math.min(a, b)} %`;
}
