// "Mix two negatives": where lambda puts the mix before and after normalising, how hard that is, and
// what its pull puts on the parents. All numbers come from Python, for 101 shares at once.

import { digits, el, fillRows, segmented, setAttribute, setText, show } from '../../kit/dom.js';
import { ChordChart } from './chordchart.js';
import { ChordNumbers } from './chordnumbers.js';
import { ChordPulls } from './chordpulls.js';
import { finite, gainOf, named } from './chordwords.js';
import { vector } from './places.js';

const LOST = 6000; // ms after which an answer is not waited for any more
/** @type {[value: number, text: string, hint: string][]} */
const SIDES = [
  [0, 'A', 'The pull under loss A'],
  [1, 'B', 'The pull under loss B'],
];

const dot = (a, b) => vector(a).reduce((sum, v, i) => sum + v * vector(b)[i], 0);

function foldButton(turn) {
  return el(
    'button',
    { type: 'button', class: 'fold', 'aria-expanded': 'false', onclick: turn },
    el('span', { class: 'diamond', 'aria-hidden': 'true' }),
    el('span', { text: 'Mix two negatives' }),
    el('i', { 'aria-hidden': 'true' }),
  );
}

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
  // ask(question) and set(change of the board); row() is what the scene draws.
  constructor({ ask, set }) {
    this.ask = ask;
    this.setBoard = set;
    this.answer = null;
    this.asked = null;
    this.which = 0;
    this.fold = foldButton(() => this.turn());
    this.invite = el('p', { class: 'note' });
    this.parents = [0, 1].map((side) =>
      el('select', {
        'aria-label': side ? 'Parent on the left, at share 0' : 'Parent on the right, at share 1',
        onchange: () => this.choose(side),
      }),
    );
    this.whose = segmented('Whose pull', SIDES, (which) => {
      this.which = which;
      this.set(this.board);
    });
    this.share = shareSlider((share) => this.mix(share));
    this.shown = el('output', {});
    this.title = el('h3', { 'aria-live': 'off' });
    this.chart = new ChordChart({
      mix: (share) => this.mix(share),
      title: () =>
        `Mixing ${this.board.chord.slice(0, 2).map(named).join(' and ')}. ${this.title.textContent}`,
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

  choose(side) {
    const chord = [...this.board.chord];
    chord[side] = Number(this.parents[side].value);
    this.setBoard({ chord });
  }

  mix(share) {
    const [a, b] = this.board.chord;
    this.setBoard({ chord: [a, b, Number(Math.max(0, Math.min(1, share)).toFixed(2))] });
  }

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
    if (!open) return;
    this.offer(negatives, chord);
    this.whose.choose(this.which);
    if (Number(this.share.value) !== chord[2]) this.share.value = chord[2];
    this.share.style.setProperty('--fill', `${100 * chord[2]}%`);
    setText(this.shown, `λ ${chord[2].toFixed(2)}`);
    this.question();
    this.draw();
  }

  // Every negative may be either parent.
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
    const { surface, query, positives, negatives, chord, losses } = this.board;
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

  failed(message) {
    setText(this.error, message);
    show(this.error, true);
  }

  answered(answer) {
    show(this.error, false);
    this.answer = answer;
    this.since = null;
    if (this.board?.chord) this.draw();
  }

  at() {
    return Math.round(this.board.chord[2] * (this.answer.shares.length - 1));
  }

  // The mix looked at, for the scene; null when there is none.
  row() {
    if (!this.answer || !this.board?.chord) return null;
    const i = this.at();
    return {
      before: this.answer.before[i],
      after: this.answer.after[i],
      parents: this.board.chord.slice(0, 2),
      share: this.board.chord[2],
    };
  }

  draw() {
    const { answer, board } = this;
    if (!answer || !board?.chord) return;
    const i = this.at();
    this.chart.draw(answer, board.chord[2], i);
    this.numbers.set(answer, board.surface, i);
    this.pulls.set(answer, board.chord, i);
    this.words(i);
  }

  words(i) {
    const {
      answer,
      board: { chord, negatives, losses },
    } = this;
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
