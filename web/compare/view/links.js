// The lines between two strips: the same sample joined, so that changes of rank are seen.

import { el, setAttribute, setText } from '../../kit/dom.js';
import { NEGATIVES } from './strip.js';
import { levelText } from './words.js';

/** @import { Strip } from './strip.js' */

/** @typedef {'positive' | 'negative'} Kind */

/** @type {Record<number, number>} */
const GAPS = { 2: 72, 3: 46 };
const BEND = 0.55;

/**
 * The room between two strips: fewer strips lie further apart.
 * @param {number} strips
 */
export function gapOf(strips) {
  return GAPS[strips] ?? 32;
}

/**
 * @param {number} x1
 * @param {number} x2
 * @param {number} height
 */
function curve(x1, x2, height) {
  return `M${x1} 0C${x1} ${height * BEND} ${x2} ${height * (1 - BEND)} ${x2} ${height}`;
}

export class Links {
  /**
   * @param {Strip} above
   * @param {Strip} below
   */
  constructor(above, below) {
    this.above = above;
    this.below = below;
    this.lines = el('svg:svg', { class: 'lines', 'aria-hidden': 'true' });
    this.common = el('p', { class: 'common' });
    this.level = el('p', { class: 'level' });
    this.node = el('div', { class: 'links' }, this.lines, this.level, this.common);
  }

  /**
   * `place(kind, i)` is the middle of the i-th thumbnail in pixels.
   * @param {(kind: Kind, i: number) => number} place
   * @param {number} gap
   */
  draw(place, gap) {
    const [a, b] = [this.above.answer, this.below.answer];
    if (!a || !b) return;
    /** @type {SVGElement[]} */
    const parts = [];
    /** @type {(kind: Kind, i: number, j: number, key: string) => void} */
    const join = (kind, i, j, key) => {
      const moved = Math.abs(i - j);
      parts.push(
        el('svg:path', {
          class: `link ${kind}${moved > 2 ? ' far' : moved ? '' : ' same'}`,
          'data-key': key,
          d: curve(place(kind, i), place(kind, j), gap),
        }),
      );
    };
    const even = [a, b].some(
      ({ positives }) =>
        positives.length > 1 &&
        (positives[0].weight ?? NaN) < 1.001 * (positives[positives.length - 1].weight ?? NaN),
    );
    (even ? [] : a.positives).forEach((one, i) => {
      const j = b.positives.findIndex(({ view }) => view === one.view);
      if (j >= 0) join('positive', i, j, `view ${one.view}`);
    });
    const level = [this.above, this.below].filter(({ answer }) => !answer?.in_order);
    if (level.length) {
      const text = levelText(level.map(({ entry }) => entry.about.label));
      this.level.style.left = `${place('negative', 0) - 8}px`;
      this.finish(parts, null, text);
      return;
    }
    const at = new Map(b.negatives.map(({ key }, j) => [key, j]));
    const kept = new Set();
    a.negatives.slice(0, NEGATIVES).forEach(({ key, ranks, queued }, i) => {
      if (queued) return; // the other entry has no such sample
      const j = at.get(key);
      if (j !== undefined) {
        kept.add(key);
        join('negative', i, j, String(key));
      } else parts.push(...this.stub(place('negative', i), ranks?.[b.name], key, 0));
    });
    b.negatives.slice(0, NEGATIVES).forEach(({ key, ranks, queued }, j) => {
      if (!queued && !kept.has(key))
        parts.push(...this.stub(place('negative', j), ranks?.[a.name], key, gap));
    });
    this.finish(parts, b.agreement?.[a.name] ?? a.agreement?.[b.name] ?? null);
  }

  /**
   * @param {Node[]} parts
   * @param {number | null} share
   * @param {string} [level]  why no lines can be drawn
   */
  finish(parts, share, level = '') {
    this.lines.replaceChildren(...parts);
    setText(this.level, level);
    setAttribute(this.level, 'title', level || null);
    setText(this.common, share === null ? '' : `${Math.round(100 * share)} % in common`);
    setAttribute(
      this.common,
      'title',
      `Share of the 100 heaviest negatives, or of all where there are fewer, that ${this.above.entry.about.label} and ${this.below.entry.about.label} have in common`,
    );
  }

  /**
   * A sample that only one of the two has among its first: a short line, and its rank in the other.
   * @param {number} x
   * @param {number | undefined} rank
   * @param {string | number | undefined} key
   * @param {number} from
   */
  stub(x, rank, key, from) {
    const way = from ? -1 : 1;
    const line = el('svg:path', {
      class: 'stub',
      'data-key': String(key),
      d: `M${x} ${from}v${way * 4}`,
    });
    if (!rank) return [line];
    const text = el('svg:text', {
      class: 'rank',
      'data-key': String(key),
      x,
      y: from ? from - 6 : 13,
      text: shortRank(rank),
    });
    return [line, text];
  }

  /** @param {string | null} key */
  mark(key) {
    this.lines.classList.toggle('marking', key !== null);
    for (const part of this.lines.children)
      part.classList.toggle('marked', key !== null && part.getAttribute('data-key') === key);
  }
}

/** @param {number} rank */
function shortRank(rank) {
  if (rank < 1000) return String(rank);
  return `${(rank / 1000).toFixed(rank < 9950 ? 1 : 0)}k`;
}
