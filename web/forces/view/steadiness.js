// Whether the regular polygon holds: how fast a dent in it grows, against the sharpness of a loss.

import { span, ticks } from '../../kit/axes.js';
import { digits, el, setAttribute, setText, show } from '../../kit/dom.js';
import { keeperOf, numberOf, numbersOf, withNumber } from './names.js';
import { zoomOf } from './zoom.js';

export const MOST_ITEMS = 24;
const HEIGHT = 104;
const [LEFT, RIGHT, TOP, FOOT] = [34, 6, 8, 20];

// The setting of a loss of the board that is swept, from where to where, of names of a person's own
// the first; null where none is a number. lenses: as describe.lenses() has them.
export function sweepOf(loss, lenses) {
  const lens = lenses.find(({ name }) => name === loss.name);
  const [first] = numbersOf(loss, lens);
  const keeper = keeperOf(lens);
  const sweep = keeper ? first && { field: first.name, ...keeper.names.sweep } : lens?.sweep;
  if (!sweep) return null;
  const { field, least, most } = sweep;
  const { label, symbol } = numbersOf(loss, lens).find(({ name }) => name === field);
  const now = numberOf(loss, lens, field);
  return {
    field,
    symbol: symbol || label,
    now,
    least: Math.min(least, now),
    most: Math.max(most, now),
  };
}

// {what: 'stability'} for a loss of the board, all settings but the swept one as they are.
export function steadinessQuestion(loss, { field, least, most }, { n_items, n_views }) {
  return { what: 'stability', n_items, n_views, loss, field, least, most, n: 41 };
}

function between(values, growth, x) {
  const i = values.findIndex((value) => value >= x);
  if (i < 0) return growth[growth.length - 1];
  if (i === 0) return growth[0];
  const share = (x - values[i - 1]) / (values[i] - values[i - 1] || 1);
  return growth[i - 1] + share * (growth[i] - growth[i - 1]);
}

// Of the polygon at a setting: by the crossings, which lie between the values looked at.
export function stateOf({ values, growth, crossings, nothing }, now) {
  if (Math.abs(between(values, growth, now)) <= nothing) return 'is indifferent';
  const turning = growth.find((speed) => Math.abs(speed) > nothing);
  const turns = crossings.filter((crossing) => crossing < now).length;
  return turning > 0 === (turns % 2 === 0) ? 'breaks' : 'holds';
}

class One {
  constructor(which) {
    this.title = el('h4', { text: 'not known yet' });
    this.svg = el('svg:svg', {
      style: `height:calc(${HEIGHT}px*var(--k))`,
      role: 'img',
      'aria-label': 'Whether the regular polygon holds is not known yet',
    });
    this.node = el(
      'div',
      { 'data-testid': `flow-steady-${which}` },
      el(
        'div',
        { class: 'flow-steady-title' },
        el('i', { class: 'flow-letter', text: 'AB'[which] }),
        this.title,
      ),
      this.svg,
    );
  }

  draw(answer, { symbol, now, least, most }, width) {
    const { values, growth, crossings } = answer;
    const here = between(values, growth, now);
    setText(this.title, `${stateOf(answer, now)} at ${symbol} ${digits(now)}`);
    setAttribute(this.title, 'title', answer.sentence ?? '');
    setAttribute(this.svg, 'viewBox', `0 0 ${width} ${HEIGHT}`);
    setAttribute(this.svg, 'aria-label', answer.sentence ?? this.title.textContent);
    const [lowest, highest] = span([{ points: values.map((x, i) => [x, growth[i]]) }], [0]);
    const [low, high] = [Math.min(lowest, -0.22 * highest), Math.max(highest, -0.22 * lowest)]; // room on both sides of zero
    const [edge, base] = [width - RIGHT, HEIGHT - FOOT];
    const px = (v) => LEFT + ((edge - LEFT) * (v - least)) / (most - least || 1);
    const py = (v) =>
      TOP + (base - TOP) * (1 - (Math.min(high, Math.max(low, v)) - low) / (high - low));
    const zero = py(0);
    /** @type {Element[]} */
    const parts = [
      el('svg:rect', {
        class: 'flow-breaks',
        x: LEFT,
        y: TOP,
        width: edge - LEFT,
        height: Math.max(0, zero - TOP),
      }),
    ];
    for (const tick of ticks(low, high, 3))
      parts.push(
        el('svg:text', {
          class: 'flow-tick',
          x: LEFT - 4,
          y: py(tick) + 4,
          'text-anchor': 'end',
          text: String(Number(tick.toPrecision(3))).replace('-', '−'),
        }),
      );
    for (const tick of ticks(least, most, 3)) {
      const x = px(tick);
      parts.push(
        el('svg:text', {
          class: 'flow-tick',
          x: x.toFixed(1),
          y: HEIGHT - 6,
          'text-anchor': x > edge - 10 ? 'end' : x < LEFT + 6 ? 'start' : 'middle',
          text: String(Number(tick.toPrecision(3))),
        }),
      );
    }
    parts.push(el('svg:line', { class: 'flow-zero', x1: LEFT, x2: edge, y1: zero, y2: zero }));
    // Each text where neither the curve nor another text is; y is its baseline.
    const taken = [];
    const isFree = ([x, y, wide]) =>
      values.every(
        (v, i) => px(v) < x - 4 || px(v) > x + wide + 4 || Math.abs(py(growth[i]) - (y - 4)) > 9,
      );
    const write = (kind, text, places) => {
      const inside = places.filter(
        ([x, y, wide]) =>
          x >= LEFT &&
          x + wide <= edge + 4 &&
          y > TOP + 8 &&
          y < base &&
          taken.every(([tx, ty, tw]) => Math.abs(ty - y) > 11 || x > tx + tw || tx > x + wide),
      );
      const at = inside.find(isFree) ?? inside[0];
      if (!at) return '';
      taken.push(at);
      const [x, y, wide, isLeft] = at;
      return el('svg:text', {
        class: kind,
        x: (isLeft ? x + wide : x).toFixed(1),
        y: y.toFixed(1),
        'text-anchor': isLeft ? 'end' : null,
        text,
      });
    };
    const words = [];
    for (const crossing of crossings) {
      const [x, text] = [px(crossing), `${symbol} ${digits(crossing)}`];
      const wide = 6.8 * text.length;
      words.push(
        write(
          'flow-crossing-text',
          text,
          [base - 3, zero - 6, zero + 14, zero - 20, TOP + 12].flatMap((y) => [
            [x + 5, y, wide],
            [x - 5 - wide, y, wide, true],
          ]),
        ),
      );
    }
    const along = (y) =>
      [
        LEFT + 4,
        edge - 40,
        LEFT + 0.4 * (edge - LEFT),
        LEFT + 0.22 * (edge - LEFT),
        LEFT + 0.6 * (edge - LEFT),
      ].map((x) => [x, y, 36]);
    if (zero - TOP > 14) words.push(write('flow-word', 'breaks', along(zero - 4)));
    if (base - zero > 14) words.push(write('flow-word', 'holds', along(zero + 12)));
    parts.push(
      el('svg:path', {
        class: 'flow-line',
        d: values
          .map((x, i) => `${i ? 'L' : 'M'}${px(x).toFixed(1)} ${py(growth[i]).toFixed(1)}`)
          .join(''),
      }),
    );
    parts.push(
      el('svg:line', { class: 'flow-now', x1: px(now), x2: px(now), y1: TOP, y2: base }),
      el('svg:circle', { class: 'flow-dot', r: 3.8, cx: px(now), cy: py(here) }),
    );
    for (const crossing of crossings) {
      const x = px(crossing);
      parts.push(
        el('svg:line', { class: 'flow-drop', x1: x, x2: x, y1: zero, y2: base }),
        el('svg:circle', { class: 'flow-crossing', r: 3, cx: x, cy: zero }),
      );
    }
    this.svg.replaceChildren(...parts, ...words);
  }
}

// The question, or its answer where both losses agree at their settings now.
export function titleOf(answers, sweeps) {
  const states = answers.map((answer, i) => answer && stateOf(answer, sweeps[i].now));
  const [a, b] = states;
  return a && a === b && a !== 'is indifferent'
    ? `The regular polygon ${a} under both`
    : 'Does the regular polygon hold?';
}

export class Steadiness {
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
    this.known = new Map();
  }

  // The same curve serves every value of the swept setting; null where none can be swept.
  keyOf(loss, { n_items, n_views }) {
    const sweep = sweepOf(loss, this.lenses);
    if (!sweep) return null;
    const { field, least, most } = sweep;
    const lens = this.lenses.find(({ name }) => name === loss.name);
    const rest = withNumber(loss, lens, field, null);
    return JSON.stringify([rest, n_items, n_views, least, most]);
  }

  answered(key, answer) {
    this.known.set(key, answer);
    if (this.known.size > 60) this.known.delete(this.known.keys().next().value);
  }

  // The losses that still need an answer: [[key, question], ...].
  wanted({ surface, losses, flow }) {
    if (surface !== 'circle' || flow.n_items > MOST_ITEMS) return [];
    return losses
      .map((loss) => [this.keyOf(loss, flow), loss, sweepOf(loss, this.lenses)])
      .filter(([, , sweep]) => sweep)
      .map(([key, loss, sweep]) => [key, steadinessQuestion(loss, sweep, flow)])
      .filter(([key]) => !this.known.has(key));
  }

  set({ surface, losses, flow }) {
    show(this.node, surface === 'circle');
    const few = flow.n_items <= MOST_ITEMS;
    show(this.pair, few);
    const tied = flow.tied ? '' : ', their views as one point';
    setText(
      this.note,
      few
        ? `How fast a small dent in ${flow.n_items} evenly spaced items grows${tied}; below the line it heals.`
        : `Shown for up to ${MOST_ITEMS} items.`,
    );
    if (surface !== 'circle' || !few) return;
    const width = Math.floor(this.pair.clientWidth / zoomOf(this.pair) / 2) - 5;
    if (width < 60) return;
    const answers = losses.map((loss) => this.known.get(this.keyOf(loss, flow)));
    const sweeps = losses.map((loss) => sweepOf(loss, this.lenses));
    setText(this.title, titleOf(answers, sweeps));
    answers.forEach((answer, i) => {
      this.charts[i].node.classList.toggle('flow-waits', !answer);
      if (answer) this.charts[i].draw(answer, sweeps[i], width);
    });
  }
}
