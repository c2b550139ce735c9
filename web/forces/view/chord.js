// "Mix two negatives": where lambda puts the mix before and after normalising, how hard that is, and
// what its pull puts on the parents. All numbers come from Python, for 101 shares at once.

import { digits, el, fillRows, segmented, setAttribute, setText, show } from '../../kit/dom.js';
import { ChordChart } from './chordchart.js';
import { ChordNumbers } from './chordnumbers.js';
import { ChordPulls } from './chordpulls.js';
import { finite, gainOf, named } from './chordwords.js';
import { vector } from './places.js';

/** @import { AnsweredChord, BoardState, Place, SetBoard } from './types.d.ts' */

/** @type {[0, 1]} */
const SIDE_NUMBERS = [0, 1];
const LOST = 6000; // ms after which an answer is not waited for any more
/** @type {[value: number, text: string, hint: string][]} */
const SIDES = [
  [0, 'A', 'The pull under loss A'],
  [1, 'B', 'The pull under loss B'],
];

/**
 * @param {Place} a
 * @param {Place} b
 */
const dot = (a, b) => vector(a).reduce((sum, v, i) => sum + v * vector(b)[i], 0);

/** @param {() => void} turn */
function foldButton(turn) {
  return el(
    'button',
    { type: 'button', class: 'fold', 'aria-expanded': 'false', onclick: turn },
    el('span', { class: 'diamond', 'aria-hidden': 'true' }),
    el('span', { text: 'Mix two negatives' }),
    el('i', { 'aria-hidden': 'true' }),
  );
}

/** @param {(share: number) => void} mix */
function shareSlider(mix) {
  const slider = el('input', {
    type: 'range',
    min: 0,
    max: 1,
    step: 0.01,
    class: 'share',
    'aria-label': 'Lambda, the share of the parent on the right',
    oninput: () => mix(Number(slider.value)),
  });
  return slider;
}

export class Chord {
  /** @type {AnsweredChord | null} */
  answer = null;
  /** What was asked last, as text, and when while it is not answered. */
  /** @type {string | null} */
  asked = null;
  /** @type {number | null} */
  since = null;
  /** The loss whose pull is shown. */
  which = 0;
  /** @type {BoardState | null} */
  board = null;

  /**
   * @param {object} hand
   * @param {(question: { what: string }) => void} hand.ask
   * @param {SetBoard} hand.set
   */
  constructor({ ask, set }) {
    this.ask = ask;
    this.setBoard = set;
    this.fold = foldButton(() => this.turn());
    this.invite = el('p', { class: 'note' });
    this.parents = SIDE_NUMBERS.map((side) =>
      el('select', {
        'aria-label': side ? 'Parent on the left, at share 0' : 'Parent on the right, at share 1',
        onchange: () => this.choose(side),
      }),
    );
    this.whose = segmented('Whose pull', SIDES, (which) => {
      this.which = which;
      if (this.board) this.set(this.board);
    });
    this.share = shareSlider((share) => this.mix(share));
    this.shown = el('output', {});
    this.title = el('h3', { 'aria-live': 'off' });
    this.chart = new ChordChart({
      mix: (share) => this.mix(share),
      title: () =>
        `Mixing ${this.chord.slice(0, 2).map(named).join(' and ')}. ${this.title.textContent}`,
    });
    this.numbers = new ChordNumbers();
    this.what = el('span', { class: 'what' });
    this.pulls = new ChordPulls();
    this.sentence = el('p', { class: 'note' });
    this.note = el('p', { class: 'note' });
    this.body = this.unfolded();
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.node = el(
      'section',
      { class: 'chord-panel', 'aria-label': 'Mix two negatives', 'data-testid': 'chord' },
      this.fold,
      this.invite,
      this.body,
      this.error,
    );
  }

  get chord() {
    return this.board?.chord ?? [0, 0, 0.5];
  }

  // What the fold opens to.
  unfolded() {
    return el(
      'div',
      { class: 'chord-body' },
      el('div', { class: 'chart-head' }, this.title, this.chart.chart.tools),
      this.chart.node,
      this.share,
      el('div', { class: 'line mix-ends' }, this.parents[1], this.shown, this.parents[0]),
      this.numbers.node,
      el('div', { class: 'line' }, this.what, this.whose),
      this.pulls.node,
      this.sentence,
      this.note,
    );
  }

  // Opening takes the two nearest negatives; closing takes the chord off the page.
  turn() {
    if (!this.board) return;
    const { chord, negatives, query } = this.board;
    if (chord) this.setBoard({ chord: null });
    else if (negatives.length > 1) {
      const [a, b] = negatives
        .map((place, i) => [dot(place, query), i])
        .sort((x, y) => y[0] - x[0])
        .map(([, i]) => i);
      this.setBoard({ chord: [a, b, 0.5] });
    }
  }

  /** @param {0 | 1} side */
  choose(side) {
    const chord = [...this.chord];
    chord[side] = Number(this.parents[side].value);
    this.setBoard({ chord });
  }

  /** @param {number} share */
  mix(share) {
    const [a, b] = this.chord;
    this.setBoard({ chord: [a, b, Number(Math.max(0, Math.min(1, share)).toFixed(2))] });
  }

  /** @param {BoardState} board */
  set(board) {
    this.board = board;
    const { chord, negatives } = board;
    const few = negatives.length < 2;
    const open = Boolean(chord) && !few;
    setAttribute(this.fold, 'aria-expanded', String(open));
    this.fold.disabled = few;
    show(this.body, open);
    show(this.invite, !open);
    setText(
      this.invite,
      few
        ? 'A mix needs two negatives: add one.'
        : 'See where a synthetic negative lands, how hard it is, and whom its pull is credited to.',
    );
    if (!open || !chord) return;
    this.offer(negatives, chord);
    this.whose.choose(this.which);
    if (Number(this.share.value) !== chord[2]) this.share.value = String(chord[2]);
    this.share.style.setProperty('--fill', `${100 * chord[2]}%`);
    setText(this.shown, `λ ${chord[2].toFixed(2)}`);
    this.question();
    this.draw();
  }

  /**
   * Every negative may be either parent.
   * @param {Place[]} negatives
   * @param {number[]} chord
   */
  offer(negatives, chord) {
    const options = negatives.map((_, i) => named(i));
    this.parents.forEach((select, side) => {
      fillRows(
        select,
        options,
        () => el('option', {}),
        (node, text, i) => {
          setText(node, text);
          node.value = String(i);
        },
      );
      select.value = String(chord[side]);
    });
  }

  question() {
    const { surface, query, positives, negatives, losses, chord } = this.board ?? {};
    if (!query || !positives || !negatives || !losses || !chord) return;
    /** @param {Place[]} places */
    const bare = (places) => places.map(([lon, lat]) => [lon, lat]);
    const question = {
      what: 'chord',
      surface,
      query: query.slice(0, 2),
      negatives: bare(negatives),
      positives: bare(positives),
      chord: [chord[0], chord[1], 0.5],
      loss: losses[this.which],
    };
    const key = JSON.stringify(question);
    if (key === this.asked && (!this.since || performance.now() - this.since < LOST)) return;
    this.asked = key;
    this.since = performance.now();
    this.ask(question);
  }

  /** @param {string} message */
  failed(message) {
    setText(this.error, message);
    show(this.error, true);
  }

  /** @param {AnsweredChord} answer */
  answered(answer) {
    show(this.error, false);
    this.answer = answer;
    this.since = null;
    if (this.board?.chord) this.draw();
  }

  /** @param {AnsweredChord} answer */
  at({ shares }) {
    return Math.round(this.chord[2] * (shares.length - 1));
  }

  draw() {
    const { answer, board } = this;
    if (!answer || !board?.chord) return;
    const i = this.at(answer);
    this.chart.draw(answer, board.chord[2], i);
    this.numbers.set(answer, board.surface, i);
    this.pulls.set(answer, board.chord, i);
    this.words(answer, board, board.chord, i);
  }

  /**
   * @param {AnsweredChord} answer
   * @param {BoardState} board
   * @param {number[]} chord
   * @param {number} i
   */
  words(answer, { negatives, losses }, chord, i) {
    const [before, after] = [answer.similarity_before[i], answer.similarity_after[i]];
    setText(this.title, gainOf(before, after));
    setText(this.sentence, answer.sentence ?? '');
    const mixes = losses[this.which].n_synthetic;
    setText(
      this.what,
      mixes ? 'pull on it, credited to its parents' : 'pull it would get, and the credits',
    );
    setAttribute(
      this.what,
      'title',
      mixes ? null : `Loss ${'AB'[this.which]} mixes no synthetics now: this is what one would do`,
    );
    const cosine = dot(negatives[chord[0]], negatives[chord[1]]);
    setText(
      this.note,
      chord[0] !== chord[1] && cosine > 1 - 1e-9
        ? 'Both parents are at one place: every mix is a copy of them.'
        : '',
    );
    show(this.note, Boolean(this.note.textContent));
    show(this.sentence, Boolean(this.sentence.textContent));
    setAttribute(
      this.share,
      'aria-valuetext',
      `${chord[2].toFixed(2)} of ${named(chord[0])}; mixed ${digits(before)}, normalised ${finite(after) ? digits(after) : 'nowhere'}`,
    );
  }

  close() {
    this.chart.close();
  }
}
