// The chord between two negatives: where each share puts their mix, before and after normalising.

import { el, setAttribute, show } from '../../kit/dom.js';
import { placed } from './chordwords.js';

/** @import { Circle } from './circle.js' */
/** @import { Sphere } from './sphere.js' */
/** @import { AnsweredChord } from './types.d.ts' */

/**
 * @param {Element} node
 * @param {Record<string, string | number | null | false>} values
 */
const put = (node, values) =>
  Object.entries(values).forEach(([name, value]) => setAttribute(node, name, value));

export class Chordline {
  constructor() {
    this.before = el('svg:path', { class: 'mix-before' });
    this.after = el('svg:path', { class: 'mix-after' });
    this.drop = el('svg:path', { class: 'mix-drop' });
    this.dot = el('svg:circle', { class: 'mix-dot', r: 3 });
    this.diamond = el('svg:path', { class: 'mix-diamond', d: 'M0 -7L7 0L0 7L-7 0Z' });
    this.node = el(
      'svg:g',
      { class: 'chordline', 'aria-hidden': 'true', hidden: true },
      this.after,
      this.before,
      this.drop,
      this.dot,
      this.diamond,
    );
  }

  /**
   * answer: {shares, before, after} of the board's chord [a, b, share], or null for none; opposite
   * parents leave one share no place.
   * @param {Circle | Sphere} surface
   * @param {AnsweredChord | null} answer
   * @param {number[] | null} chord
   */
  set(surface, answer, chord) {
    const on = answer && chord && answer.question.surface === surface.name;
    show(this.node, Boolean(on));
    if (!on) return;
    /** @param {(number | null)[][]} places */
    const trail = (places) =>
      places
        .map((place, i) => {
          const known = placed(place);
          if (!known) return '';
          const { x, y } = surface.see(known);
          return `${placed(places[i - 1]) ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
        })
        .join('');
    put(this.before, { d: trail(answer.before) });
    put(this.after, { d: trail(answer.after) });
    const at = answer.shares.reduce(
      (best, share, i) =>
        Math.abs(share - chord[2]) < Math.abs(answer.shares[best] - chord[2]) ? i : best,
      0,
    );
    const from = surface.see(answer.before[at]);
    const after = placed(answer.after[at]);
    const to = after ? surface.see(after) : from;
    show(this.diamond, after !== null);
    put(this.drop, {
      d: `M${from.x.toFixed(1)} ${from.y.toFixed(1)}L${to.x.toFixed(1)} ${to.y.toFixed(1)}`,
    });
    put(this.dot, { cx: from.x.toFixed(1), cy: from.y.toFixed(1) });
    put(this.diamond, { transform: `translate(${to.x.toFixed(1)} ${to.y.toFixed(1)})` });
  }
}
