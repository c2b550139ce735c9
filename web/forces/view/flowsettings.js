// The settings of the flow: how many items and views, where they start, how far they go.

import { digits, el, segmented, setAttribute, setText } from '../../kit/dom.js';

/** @import { FlowState } from './types.d.ts' */

const RATES = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const [LEAST_ITEMS, MOST_ITEMS] = [3, 64];
const STEPS = { min: 50, max: 1000, step: 50 };
/** @typedef {{ min: number, max: number, step?: number, text?: (at: number) => string, label?: string }} Slider */

/** @type {[value: string, text: string, hint?: string][]} */
const STARTS = [
  ['random', 'random', 'Each item anywhere, by the seed'],
  [
    'polygon',
    'polygon',
    'Evenly spaced, with a small dent that heals or grows; on the sphere a spiral of evenly spread points',
  ],
  ['cluster', 'cluster', 'All items near one place'],
];

/**
 * @param {string} name
 * @param {string} help
 * @param {...Node} parts
 */
function row(name, help, ...parts) {
  return el(
    'label',
    { class: 'flow-row', title: help },
    el('span', { class: 'flow-name', text: name }),
    ...parts,
  );
}

/**
 * A slider over least..most with its value beside it; put(value) refills it unless it is held.
 * @param {string} name
 * @param {Slider} how
 * @param {(value: number) => void} changed
 */
function slider(name, { min, max, step = 1, text = digits, label = name }, changed) {
  const shown = el('output', {});
  const input = el('input', {
    type: 'range',
    min,
    max,
    step,
    'aria-label': label,
    'data-setting': name,
  });
  /** @param {number} at */
  const fill = (at) => {
    setText(shown, text(at));
    setAttribute(input, 'aria-valuetext', text(at));
    input.style.setProperty('--fill', `${(100 * (at - min)) / (max - min)}%`);
  };
  input.addEventListener('input', () => {
    fill(Number(input.value));
    changed(Number(input.value));
  });
  return {
    parts: [input, shown],
    put: (/** @type {number} */ at) => {
      if (Number(input.value) !== at) input.value = String(at);
      fill(at);
    },
  };
}

/** @param {() => void} roll */
function diceButton(roll) {
  return el(
    'button',
    {
      type: 'button',
      class: 'icon',
      'aria-label': 'Another seed',
      title: 'Another seed',
      'data-act': 'dice',
      onclick: roll,
    },
    el(
      'svg:svg',
      { viewBox: '0 0 16 16', 'aria-hidden': 'true' },
      el('svg:path', {
        'fill-rule': 'evenodd',
        d: 'M4 1.5h8A2.5 2.5 0 0 1 14.5 4v8a2.5 2.5 0 0 1-2.5 2.5H4A2.5 2.5 0 0 1 1.5 12V4A2.5 2.5 0 0 1 4 1.5zM4 3a1 1 0 0 0-1 1v8a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1V4a1 1 0 0 0-1-1z',
      }),
      ...[
        [5.4, 5.4],
        [10.6, 5.4],
        [8, 8],
        [5.4, 10.6],
        [10.6, 10.6],
      ].map(([cx, cy]) => el('svg:circle', { cx, cy, r: 1.2 })),
    ),
  );
}

export class FlowSettings {
  /** The rate where it is none of those of the slider. */
  /** @type {number | null} */
  own = null;

  /**
   * @param {object} hand
   * @param {(part: Partial<FlowState>, atOnce?: boolean) => void} hand.changed  what is clicked need
   *   not wait for a hand to rest
   */
  constructor({ changed }) {
    this.changed = changed;
    this.items = slider(
      'n_items',
      { min: LEAST_ITEMS, max: MOST_ITEMS, label: 'number of items', text: String },
      (value) => changed({ n_items: value }),
    );
    this.views = segmented(
      'Views of each item',
      [
        [2, '2'],
        [3, '3'],
        [4, '4'],
        [5, '5'],
      ],
      (value) => changed({ n_views: value }, true),
    );
    this.tied = el('input', {
      type: 'checkbox',
      'data-setting': 'tied',
      onchange: () => changed({ tied: this.tied.checked }, true),
    });
    this.start = segmented('Where the points start', STARTS, (value) =>
      changed({ start: value }, true),
    );
    this.seed = el('input', {
      type: 'number',
      min: 0,
      max: 999999,
      step: 1,
      'aria-label': 'seed of the start',
      'data-setting': 'seed',
      onchange: () => this.setSeed(Number(this.seed.value)),
    });
    this.dice = diceButton(() => this.setSeed(Math.floor(Math.random() * 10000)));
    this.steps = slider('n_steps', { ...STEPS, label: 'steps', text: String }, (value) =>
      changed({ n_steps: value }),
    );
    this.rate = this.rateSlider();
    this.node = this.rows();
  }

  rateSlider() {
    return slider(
      'rate',
      {
        min: 0,
        max: RATES.length - 1,
        label: 'rate: how far a step goes',
        text: (/** @type {number} */ at) => String(this.own ?? RATES[at]),
      },
      (at) => {
        this.own = null;
        this.changed({ rate: RATES[at] });
      },
    );
  }

  rows() {
    return el(
      'div',
      { class: 'flow-settings', role: 'group', 'aria-label': 'Settings of the flow' },
      row(
        'items',
        'More items leave smaller gaps: 360 degrees over their number where they are even',
        ...this.items.parts,
      ),
      el(
        'div',
        { class: 'flow-row' },
        el('span', { class: 'flow-name', text: 'views' }),
        this.views,
        el(
          'label',
          {
            class: 'flow-check',
            title: 'An item’s views move together, as if alignment were perfect',
          },
          this.tied,
          ' are one point',
        ),
      ),
      el(
        'div',
        { class: 'flow-row' },
        el('span', { class: 'flow-name', text: 'start' }),
        this.start,
      ),
      el(
        'div',
        { class: 'flow-row' },
        el('span', { class: 'flow-name', text: 'seed' }),
        this.seed,
        this.dice,
      ),
      row('steps', 'Longer runs come nearer to rest', ...this.steps.parts),
      row(
        'rate',
        'Larger goes farther in each step; a step that would overshoot is shortened',
        ...this.rate.parts,
      ),
    );
  }

  /** @param {number} value */
  setSeed(value) {
    const seed = Math.max(0, Math.min(999999, Math.round(value) || 0));
    this.seed.value = String(seed);
    this.changed({ seed }, true);
  }

  /** @param {FlowState} flow */
  set(flow) {
    this.items.put(flow.n_items);
    const tied = flow.tied || flow.n_views < 2;
    this.views.choose(Math.max(2, flow.n_views));
    if (this.tied.checked !== tied) this.tied.checked = tied;
    this.start.choose(flow.start);
    if (document.activeElement !== this.seed && Number(this.seed.value) !== flow.seed)
      this.seed.value = String(flow.seed);
    if (this.seed.value === '') this.seed.value = String(flow.seed);
    this.steps.put(flow.n_steps);
    const near = RATES.reduce(
      (best, rate, i) =>
        Math.abs(Math.log(rate / flow.rate)) < Math.abs(Math.log(RATES[best] / flow.rate))
          ? i
          : best,
      0,
    );
    this.own = RATES[near] === flow.rate ? null : Number(flow.rate.toPrecision(3));
    this.rate.put(near);
  }
}
