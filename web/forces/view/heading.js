// The head of the page: what is seen, what sets the losses apart, and the switches.

import { el, segmented, setAttribute, setText, show } from '../../kit/dom.js';
import { LOST } from '../../kit/head.js';
import { MOST } from './board.js';
import { vector } from './places.js';

/** @import { BoardState, Group, Mode, SetBoard, SurfaceName, Taken } from './types.d.ts' */

/** @type {[value: Mode, text: string, hint?: string][]} */
const MODES = [
  ['query', 'One query', 'Drag the points of one query and see what each loss makes of them'],
  ['landscape', 'Landscape', 'The loss and the force wherever the query could be'],
  ['flow', 'Flow', 'Many points, moved by nothing but the loss'],
];
/** @type {[value: SurfaceName, text: string, hint?: string][]} */
const SURFACES = [
  ['circle', 'circle', 'Points in two dimensions'],
  [
    'sphere',
    'sphere',
    'Points in three dimensions; drag the background to turn it, or hold Alt and press the arrow keys',
  ],
];
const TITLES = {
  query: 'What draws one query in, and what drives it away',
  landscape: 'Where the query would like to be',
  flow: 'Where points go when only the loss moves them',
};
const SEEN = {
  query:
    'The query’s own loss: its forces would move the query alone. Drag any mark, or walk it with the arrow keys.',
  landscape:
    'The query’s own loss, and the force on it, wherever it stood; the other marks stay where they are.',
  flow: 'Every point is a query, and the batch’s loss moves them all at once from the same start.',
};
/** @type {Group[]} */
const BOTH = ['positives', 'negatives'];
const SAID = 5000;
const ROUNDED = 0.02; // degrees that a place may lie elsewhere for what it is rounded to

/**
 * Degrees between two places.
 * @param {number[]} a
 * @param {number[]} b
 */
function between(a, b) {
  const [u, v] = [vector(a), vector(b)];
  const cosine = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  return (Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI;
}

/**
 * What a query of a run brought holds until a mark is moved, nearer to the query or farther from it:
 * to which side it lies is not of the run.
 * @param {Taken} taken
 * @param {BoardState} board
 */
export function takenText({ brief, moved, places }, board) {
  const still = BOTH.every((group) =>
    board[group].every((place) => {
      const was = places[group].find((one) => one[2] === place[2]);
      if (!was) return false;
      const turned = between(was, places.query) - between(place, board.query);
      return Math.abs(turned) < ROUNDED;
    }),
  );
  return still ? brief : moved;
}

export class Heading {
  /** @type {number | undefined} */
  timer = undefined;

  /**
   * @param {object} hand
   * @param {SetBoard} hand.set
   * @param {(group: Group) => void} hand.add
   */
  constructor({ set, add }) {
    this.title = el('h2');
    this.seen = el('p', { class: 'seen' });
    this.apart = el('p', { class: 'apart', 'data-testid': 'difference' });
    this.notice = el('p', { class: 'notice-line', role: 'status', hidden: true });
    this.live = el('p', { class: 'heard', 'aria-live': 'polite', 'data-testid': 'announced' });
    this.lost = el('p', {
      class: 'lost-line',
      role: 'status',
      hidden: true,
      text: LOST,
    });
    this.mode = segmented('What is shown', MODES, (mode) => set({ mode }));
    this.surface = segmented('Where the points are', SURFACES, (surface) => set({ surface }));
    this.snap = el('button', {
      type: 'button',
      class: 'toggle',
      text: 'snap',
      title: 'Marks keep to multiples of 15 degrees',
      onclick: () => set({ snap: this.snap.getAttribute('aria-pressed') !== 'true' }),
    });
    /**
     * @param {Group} group
     * @param {string} word
     */
    const more = (group, word) =>
      el(
        'button',
        {
          type: 'button',
          class: `toggle more ${group}`,
          'aria-label': `Add a ${word}`,
          title: `Add a ${word}, in the widest gap`,
          onclick: () => add(group),
        },
        el('i', { 'aria-hidden': 'true' }),
        `+ ${word}`,
      );
    this.positive = more('positives', 'positive');
    this.negative = more('negatives', 'negative');
    this.points = el('div', { class: 'controls' }, this.snap, this.positive, this.negative);
    this.shown = el('div', { class: 'controls' }, this.mode, this.surface);
    this.switches = el('div', { class: 'switches' }, this.shown, this.points);
    this.node = el(
      'header',
      { class: 'head' },
      el(
        'div',
        { class: 'about' },
        this.title,
        this.seen,
        el('div', { class: 'below' }, this.apart, this.notice, this.lost),
        this.live,
      ),
      this.switches,
    );
  }

  /**
   * apart: what sets the losses apart, or whether their values compare.
   * @param {BoardState} board
   * @param {string} apart
   * @param {Taken | null} taken
   */
  set(board, apart, taken) {
    setText(this.title, TITLES[board.mode]);
    setText(
      this.seen,
      taken && board.mode === 'query' ? takenText(taken, board) : SEEN[board.mode],
    );
    setAttribute(this.seen, 'title', this.seen.textContent);
    setText(this.apart, apart);
    setAttribute(this.apart, 'title', apart || null);
    this.mode.choose(board.mode);
    this.surface.choose(board.surface);
    setAttribute(this.snap, 'aria-pressed', String(board.snap));
    this.points.classList.toggle('away', board.mode === 'flow');
    /** @param {Group} group */
    const isFull = (group) => (board[group].length >= MOST[group] ? 'true' : null);
    setAttribute(this.positive, 'aria-disabled', isFull('positives'));
    setAttribute(this.negative, 'aria-disabled', isFull('negatives'));
  }

  /**
   * A sentence that answers what the reader just did, for a while or until another.
   * @param {string} text
   * @param {boolean} [stays]
   */
  say(text, stays = false) {
    clearTimeout(this.timer);
    setText(this.notice, text);
    show(this.notice, Boolean(text));
    show(this.apart, !text);
    if (text && !stays) this.timer = setTimeout(() => this.say(''), SAID);
  }

  /** @param {string} text */
  announce(text) {
    setText(this.live, text);
  }

  /**
   * @param {boolean} lost
   * @param {string} [why]
   */
  setLost(lost, why = LOST) {
    setText(this.lost, why);
    show(this.lost, lost);
  }

  close() {
    clearTimeout(this.timer);
  }
}
