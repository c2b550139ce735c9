// The cosines of a mix with the query, before and after normalising, and how hard that makes it.

import { digits, el, setText } from '../../kit/dom.js';
import { finite, verdictOf } from './chordwords.js';

/** @import { AnsweredChord, SurfaceName } from './types.d.ts' */

/**
 * What is rounding is nothing.
 * @param {number} value
 */
function tidy(value) {
  return digits(Math.abs(value) < 1e-9 ? 0 : value);
}

export class ChordNumbers {
  constructor() {
    this.before = el('b', {});
    this.after = el('b', {});
    this.verdict = el('span', {});
    this.place = el('span', {});
    this.node = el(
      'p',
      { class: 'numbers' },
      el('i', { class: 'dash', 'aria-hidden': 'true' }),
      'mixed, not normalised: ',
      this.before,
      el('br', {}),
      el('i', { class: 'solid', 'aria-hidden': 'true' }),
      this.place,
      this.after,
      this.verdict,
    );
  }

  /**
   * i: which of the answer's shares is looked at.
   * @param {AnsweredChord} answer
   * @param {SurfaceName} surface
   * @param {number} i
   */
  set({ similarity_before: before, similarity_after: after, parents }, surface, i) {
    const verdict = verdictOf(after[i], parents);
    setText(this.before, tidy(before[i]));
    setText(this.place, surface === 'sphere' ? 'on the sphere: ' : 'on the circle: ');
    setText(this.after, finite(after[i]) ? tidy(after[i]) : 'no place');
    setText(this.verdict, verdict ? `, ${verdict}` : '');
  }
}
