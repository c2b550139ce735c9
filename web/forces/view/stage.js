// A scene with what is said around it: the force in numbers, the scale, and what the lit mark is.

import { digits, el, setAttribute, setText } from '../../kit/dom.js';
import { ARROW, BAR, LINE } from './scales.js';
import { Scene } from './scene.js';
import { lineOn, turnText } from './say.js';

/** @import { Acts, BoardState, Reading, SceneLook, Tops } from './types.d.ts' */

/** @type {Record<string, string>} */
const TURNS = { counterclockwise: '↺', clockwise: '↻' };

/**
 * @param {string} kind
 * @param {string} label
 * @param {string} title
 */
function strength(kind, label, title) {
  const value = el('b', { text: '–' });
  const turn = el('i', { text: '' });
  const sign = el(
    'svg:svg',
    { viewBox: '0 0 22 10', 'aria-hidden': 'true' },
    el('svg:path', {
      d: kind === 'resultant' ? 'M0 2.5H11V0L22 5L11 10V7.5H0Z' : 'M0 3.2H13V.5L22 5L13 9.5V6.8H0Z',
    }),
  );
  return {
    node: el(
      'span',
      { class: `strength ${kind}`, title },
      sign,
      el('span', { class: 'name', text: label }),
      value,
      turn,
    ),
    value,
    turn,
  };
}

/**
 * A sample as long as it is in the scene.
 * @param {string} kind
 * @param {string} label
 * @param {string} title
 * @param {number} length
 * @param {Element} shape
 */
function scale(kind, label, title, length, shape) {
  const sample = el(
    'svg:svg',
    {
      class: kind,
      viewBox: `0 0 ${length} 10`,
      style: `width:calc(${length}px*var(--k));height:calc(10px*var(--k))`,
      'aria-hidden': 'true',
    },
    shape,
  );
  const text = el('span', { text: '–' });
  return {
    node: el(
      'span',
      { class: 'scale-part', title },
      sample,
      el('span', { class: 'name', text: label }),
      text,
    ),
    text,
  };
}

/** @param {number | null} [width] */
const bar = (width = null) =>
  el('svg:line', { x1: 0, x2: BAR, y1: 5, y2: 5, 'stroke-width': width });

// The force on the query and what it is the sum of.
function strengths() {
  return {
    attraction: strength(
      'attraction',
      'attraction',
      'All arrows of the positives together: pull times direction, added',
    ),
    repulsion: strength(
      'repulsion',
      'repulsion',
      'All arrows of the negatives and synthetics together',
    ),
    resultant: strength(
      'resultant',
      'together',
      'The force on the query: where this loss drives it, and how hard',
    ),
  };
}

// How long or wide each thing is drawn.
function scales() {
  return {
    positive: scale(
      'positive',
      'weight',
      'A bar this long: what the loss attends to, of 1 among the positives',
      BAR,
      bar(),
    ),
    negative: scale(
      'negative',
      'weight',
      'A bar this long: what the loss attends to, of 1 among the negatives and synthetics',
      BAR,
      bar(),
    ),
    pull: scale(
      'pull',
      'pull',
      'A line this wide: the pull between the query and a mark. Heads half-way face each other: drawn together; turn away: pushed apart',
      BAR,
      bar(LINE),
    ),
    arrow: scale(
      'arrow',
      'force',
      'An arrow this long: pull times the sine of the angle, the part that can move the query',
      ARROW,
      el('svg:path', { d: `M0 3H${ARROW - 9}V.5L${ARROW} 5L${ARROW - 9} 9.5V7H0Z` }),
    ),
  };
}

/** @type {['attraction', 'repulsion', 'resultant']} */
const FORCES = ['attraction', 'repulsion', 'resultant'];

/**
 * Along the circle, counterclockwise; null on the sphere.
 * @param {Reading} reading
 * @param {number[]} arrow
 */
function along({ surface, tangent }, arrow) {
  return surface === 'circle' ? arrow[0] * tangent[0] + arrow[1] * tangent[1] : null;
}

export class Stage {
  /**
   * @param {number} index
   * @param {Acts} acts
   */
  constructor(index, acts) {
    const letter = 'AB'[index];
    this.scene = new Scene({ ...acts, name: `Marks under loss ${letter}` });
    this.strengths = strengths();
    this.scales = scales();
    /** @param {Record<string, { node: HTMLElement }>} all */
    const parts = (all) => Object.values(all).map(({ node }) => node);
    this.force = el('p', { class: 'force' }, ...parts(this.strengths));
    this.legend = el('p', { class: 'scales' }, ...parts(this.scales));
    this.caption = el('p', { class: 'caption' });
    this.node = el(
      'section',
      {
        class: 'stage scene-stage waiting',
        'data-index': index,
        'aria-label': `Scene under loss ${letter}`,
      },
      this.force,
      this.scene.node,
      this.legend,
      this.caption,
    );
  }

  /**
   * @param {BoardState} board
   * @param {Reading | null} reading
   * @param {SceneLook} view
   */
  set(board, reading, view) {
    this.scene.set(board, reading, view);
    this.node.classList.toggle('waiting', !reading);
    this.setForce(reading);
    if (view.scales) this.setScales(view.scales);
    const text = view.lit ? lineOn(reading, view.lit) : '';
    setText(this.caption, text);
    setAttribute(this.caption, 'title', text || null);
  }

  /** @param {Reading | null} reading */
  setForce(reading) {
    for (const name of FORCES) {
      const { node, value, turn } = this.strengths[name];
      const arrow = reading && reading.resultant[name === 'resultant' ? 'arrow' : name];
      const size = arrow ? Math.hypot(...arrow) : null;
      setText(value, short(size));
      const way = arrow && size !== null && size >= 5e-7 ? turnText(along(reading, arrow)) : '';
      setText(turn, TURNS[way] ?? '');
      setAttribute(node, 'data-value', size);
    }
  }

  /** @param {Tops} top */
  setScales(top) {
    const { positive, negative, pull, arrow } = this.scales;
    setText(positive.text, `= ${tidy(top.positive)}`);
    setText(negative.text, `= ${tidy(top.negative)}`);
    setText(pull.text, `= ${tidy(top.pull)}`);
    setText(arrow.text, `= ${tidy(top.arrow)}`);
  }

  close() {
    this.scene.close();
  }
}

/**
 * Five characters at most: the line keeps its place while the numbers run.
 * @param {number | null} size
 */
function short(size) {
  if (size === null) return '–';
  if (size < 5e-7) return '0';
  if (size < 5e-4) return '<.001';
  return size < 1 ? size.toFixed(3) : digits(size);
}

/** @param {number} value */
function tidy(value) {
  return `${Number(value.toPrecision(2))}`;
}
