// "Mix two negatives": where lambda puts the mix before and after normalising, how hard that is, and
// what its pull puts on the parents. All numbers come from Python, for 101 shares at once.

import {
  digits,
  el,
  fillRows,
  segmented,
  setAttribute,
  setText,
  show,
  signed,
} from '../../kit/dom.js';
import { ticks } from '../../kit/axes.js';
import { vector } from './places.js';
import { zoomOf } from './zoom.js';

const ROOM = { left: 38, right: 12, top: 10, bottom: 8 };
const HEIGHT = 98;
const ALIKE = 1e-4;
const LOST = 6000; // ms after which an answer is not waited for any more

const finite = (value) => value !== null && Number.isFinite(value);
const dot = (a, b) => vector(a).reduce((sum, v, i) => sum + v * vector(b)[i], 0);
const named = (index) => `negative ${index + 1}`;

// Similarity on round bounds that hold still: quarters, at least half a unit apart.
function boundsOf(values) {
  const known = values.filter(finite);
  let [low, high] = [
    Math.floor(4 * Math.min(...known) - 1e-6) / 4,
    Math.ceil(4 * Math.max(...known) + 1e-6) / 4,
  ];
  if (high - low < 0.5) [low, high] = high >= 1 ? [high - 0.5, high] : [low, low + 0.5];
  return [Math.max(-1.02, low), Math.min(1.02, high)];
}

// How hard a mix is beside its parents, by cosines with the query; nothing where there is no mix.
export function verdictOf(after, { a, b }) {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  if (!finite(after)) return '';
  if (after > high + ALIKE) return 'harder than both parents';
  if (after < low - ALIKE) return 'easier than both parents';
  if (high - low < ALIKE) return 'as hard as its parents';
  if (after > high - ALIKE) return 'like its harder parent';
  return after < low + ALIKE ? 'like its easier parent' : 'between its parents';
}

export function gainOf(before, after) {
  if (!finite(after)) return 'Here the parents cancel each other';
  if (Math.abs(after - before) < ALIKE) return 'Normalising hardly changes this mix';
  return `Normalising makes this mix ${after > before ? 'harder' : 'easier'}`;
}

function pullRow() {
  const parts = { name: el('span', {}), bar: el('i', {}), number: el('b', {}) };
  const meter = el('span', { class: 'meter' }, parts.bar);
  return Object.assign(el('li', {}, parts.name, meter, parts.number), { parts });
}

export class Chord {
  // ask(question) and set(change of the board); row() is what the scene draws.
  constructor({ ask, set }) {
    this.ask = ask;
    this.setBoard = set;
    this.answer = null;
    this.asked = null;
    this.which = 0;
    this.fold = el(
      'button',
      { type: 'button', class: 'fold', 'aria-expanded': 'false', onclick: () => this.turn() },
      el('span', { class: 'diamond', 'aria-hidden': 'true' }),
      el('span', { text: 'Mix two negatives' }),
      el('i', { 'aria-hidden': 'true' }),
    );
    this.invite = el('p', { class: 'note' });
    this.parents = [0, 1].map((side) =>
      el('select', {
        'aria-label': side ? 'Parent on the left, at share 0' : 'Parent on the right, at share 1',
        onchange: () => this.choose(side),
      }),
    );
    this.whose = segmented(
      'Whose pull',
      [
        [0, 'A', 'The pull under loss A'],
        [1, 'B', 'The pull under loss B'],
      ],
      (which) => {
        this.which = which;
        this.set(this.board);
      },
    );
    this.share = el('input', {
      type: 'range',
      min: 0,
      max: 1,
      step: 0.01,
      class: 'share',
      'aria-label': 'Lambda, the share of the parent on the right',
      oninput: () => this.mix(Number(this.share.value)),
    });
    this.shown = el('output', {});
    this.title = el('h3', { 'aria-live': 'off' });
    this.svg = el('svg:svg', { class: 'chord-chart', 'aria-hidden': 'true' });
    const drag = (event) => {
      if (event.buttons & 1 && this.x)
        this.mix(this.x.of((event.clientX - this.svg.getBoundingClientRect().left) / this.zoom));
    };
    this.svg.addEventListener('pointerdown', (event) => {
      this.svg.setPointerCapture(event.pointerId);
      drag(event);
    });
    this.svg.addEventListener('pointermove', drag);
    this.numbers = el('p', { class: 'numbers' });
    this.before = el('b', {});
    this.after = el('b', {});
    this.verdict = el('span', {});
    this.place = el('span', {});
    this.numbers.append(
      el('i', { class: 'dash', 'aria-hidden': 'true' }),
      'mixed, not normalised: ',
      this.before,
      el('br', {}),
      el('i', { class: 'solid', 'aria-hidden': 'true' }),
      this.place,
      this.after,
      this.verdict,
    );
    this.what = el('span', { class: 'what' });
    this.pulls = el('ul', { class: 'pulls' });
    this.sentence = el('p', { class: 'note' });
    this.note = el('p', { class: 'note' });
    this.body = el(
      'div',
      { class: 'chord-body' },
      this.title,
      this.svg,
      this.share,
      el('div', { class: 'line mix-ends' }, this.parents[1], this.shown, this.parents[0]),
      this.numbers,
      el('div', { class: 'line' }, this.what, this.whose),
      this.pulls,
      this.sentence,
      this.note,
    );
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.node = el(
      'section',
      { class: 'chord-panel', 'aria-label': 'Mix two negatives', 'data-testid': 'chord' },
      this.fold,
      this.invite,
      this.body,
      this.error,
    );
    this.zoom = 1;
    this.watcher = new ResizeObserver(() => {
      this.zoom = zoomOf(this.node);
      this.draw();
    });
    this.watcher.observe(this.node);
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
    this.whose.choose(this.which);
    if (Number(this.share.value) !== chord[2]) this.share.value = chord[2];
    this.share.style.setProperty('--fill', `${100 * chord[2]}%`);
    setText(this.shown, `λ ${chord[2].toFixed(2)}`);
    this.question();
    this.draw();
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
    const width = this.svg.clientWidth / this.zoom;
    if (width < 80) return;
    const { left, right, top, bottom } = ROOM;
    const [w, h] = [width - left - right, HEIGHT - top - bottom];
    const { shares, similarity_before: before, similarity_after: after } = answer;
    const bounds = boundsOf([...before, ...after]);
    const px = (share) => left + w * share;
    const py = (v) => top + (h * (bounds[1] - v)) / (bounds[1] - bounds[0]);
    this.x = { of: (pixel) => (pixel - left) / w };
    setAttribute(this.svg, 'viewBox', `0 0 ${width} ${HEIGHT}`);
    const path = (values) =>
      values.reduce(
        (d, v, i) =>
          finite(v)
            ? `${d}${d && finite(values[i - 1]) ? 'L' : 'M'}${px(shares[i]).toFixed(1)} ${py(v).toFixed(1)}`
            : d,
        '',
      );
    const parts = [];
    for (const tick of ticks(bounds[0], bounds[1], 4)) {
      const y = py(tick).toFixed(1);
      parts.push(
        el('svg:line', {
          class: tick === 0 ? 'zero' : 'grid',
          x1: left,
          x2: left + w,
          y1: y,
          y2: y,
        }),
        el('svg:text', {
          class: 'tick',
          x: left - 7,
          y: Number(y) + 4,
          'text-anchor': 'end',
          text: String(Number(tick.toPrecision(4))).replace('-', '−'),
        }),
      );
    }
    const share = board.chord[2];
    const i = this.at();
    const gone = after.findIndex((v) => !finite(v));
    if (gone >= 0)
      parts.push(
        el('svg:text', {
          class: 'gap',
          x: px(shares[gone]) + 6,
          y: top + h - 5,
          text: 'no mix here',
        }),
      );
    const x = px(share).toFixed(1);
    parts.push(
      el('svg:line', { class: 'cursor', x1: x, x2: x, y1: top - 4, y2: top + h + 3 }),
      el('svg:path', { class: 'mixed', d: path(before) }),
      el('svg:path', { class: 'normalised', d: path(after) }),
      ...[0, 1].map((end) =>
        el('svg:circle', {
          class: 'parent',
          cx: px(end),
          cy: py(before[end ? before.length - 1 : 0]).toFixed(1),
          r: 4,
        }),
      ),
      el('svg:circle', { class: 'mixed-dot', cx: x, cy: py(before[i]).toFixed(1), r: 3 }),
    );
    if (finite(after[i]))
      parts.push(
        el('svg:path', {
          class: 'mix-diamond',
          d: 'M0 -6.5L6.5 0L0 6.5L-6.5 0Z',
          transform: `translate(${x} ${py(after[i]).toFixed(1)})`,
        }),
      );
    this.svg.replaceChildren(...parts);
    this.words(i);
  }

  words(i) {
    const {
      answer,
      board: { chord, negatives, losses, surface },
    } = this;
    const [before, after] = [answer.similarity_before[i], answer.similarity_after[i]];
    const verdict = verdictOf(after, answer.parents);
    const tidy = (value) => digits(Math.abs(value) < 1e-9 ? 0 : value);
    setText(this.before, tidy(before));
    setText(this.place, surface === 'sphere' ? 'on the sphere: ' : 'on the circle: ');
    setText(this.after, finite(after) ? tidy(after) : 'no place');
    setText(this.verdict, verdict ? `, ${verdict}` : '');
    setText(this.title, gainOf(before, after));
    const pull = answer.pull ?? answer.pulls;
    // Credits run away where opposite parents nearly cancel: those bars are cut at the end.
    const credits = answer.credits
      .flat()
      .filter(finite)
      .map(Math.abs)
      .sort((x, y) => x - y);
    const most = Math.max(
      ...pull.filter(finite).map(Math.abs),
      credits[Math.floor(0.9 * credits.length)] ?? 0,
      1e-9,
    );
    const rows = [
      ['on the mix', pull[i]],
      [`on ${named(chord[1])}`, answer.credits[i][1]],
      [`on ${named(chord[0])}`, answer.credits[i][0]],
    ];
    fillRows(this.pulls, rows, pullRow, ({ parts: { name, bar, number } }, [label, value]) => {
      setText(name, label);
      setText(number, finite(value) ? signed(Math.abs(value) < 1e-9 ? 0 : value) : '–');
      const length = finite(value) ? (50 * Math.min(Math.abs(value), most)) / most : 0;
      bar.className = value > 0 ? 'together' : 'apart';
      Object.assign(bar.style, {
        width: `${length.toFixed(1)}%`,
        left: value > 0 ? '50%' : `${(50 - length).toFixed(1)}%`,
      });
    });
    setText(
      this.sentence,
      Array.isArray(answer.sentence) ? (answer.sentence[i] ?? '') : (answer.sentence ?? ''),
    );
    const cosine = dot(negatives[chord[0]], negatives[chord[1]]);
    setText(
      this.what,
      losses[this.which].n_synthetic
        ? 'pull on it, credited to its parents'
        : 'pull it would get, and the credits',
    );
    setAttribute(
      this.what,
      'title',
      losses[this.which].n_synthetic
        ? null
        : `Loss ${'AB'[this.which]} mixes no synthetics now: this is what one would do`,
    );
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
    this.watcher.disconnect();
  }
}
