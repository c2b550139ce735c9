// From which parents a synthetic is made, and what each is credited with, in the columns of the pulls.

import { el, fillRows, setAttribute, setText } from '../../kit/dom.js';
import { short, shortSigned } from './shortnumber.js';

/** @import { AnyMark } from './types.d.ts' */

// Mixings of one parent that add something to it: no copies.
/** @type {Record<string, string>} */
const ADDED = { noise_injected: 'with noise', adversarial: 'moved by signs' };

/**
 * What a synthetic has of its parent i, in words.
 * @param {Pick<AnyMark, 'coefficient' | 'parents' | 'kind'>} mark
 * @param {number} i
 */
export function partText({ coefficient = null, parents = [], kind = '' }, i) {
  const whom = parents[i] < 0 ? 'the query' : `negative ${parents[i] + 1}`;
  if (coefficient === null) return `a share by dimension of ${whom}`;
  const share = i ? 1 - coefficient : coefficient;
  if (share !== 1) return `${short(share)} of ${whom}`;
  return ADDED[kind] ? `${whom} ${ADDED[kind]}` : `a copy of ${whom}`;
}

function creditLine() {
  return el(
    'div',
    {},
    el('span', { class: 'from' }),
    ...['a', 'b'].map((side) => el('span', { class: `credit ${side}` })),
  );
}

export class MixLines {
  constructor() {
    this.node = el('div', { class: 'mix-line', role: 'cell' });
  }

  /**
   * told: the synthetic under either loss, null where it has none.
   * @param {(AnyMark | null)[]} told
   */
  set(told) {
    const known = told.flatMap((one) => one ?? []);
    // the share of parent 0 is the coefficient: at 0 it has none, and at 1 the other has none
    const parts = known.length
      ? [0, 1].filter((i) => !known.every(({ coefficient }) => coefficient === i))
      : [];
    fillRows(this.node, parts, creditLine, (line, i) => {
      const texts = [...new Set(known.map((one) => partText(one, i)))];
      const both = texts.length > 1;
      const text = both ? `A ${texts[0]}, B ${texts[1].replace('of negative ', 'of ')}` : texts[0];
      setText(line.children[0], text);
      setAttribute(line.children[0], 'title', both ? text : null); // the column may cut it
      told.forEach((one, side) => {
        const credit = one?.credits?.[i] ?? null;
        const cell = line.children[1 + side];
        setText(cell, credit === null ? '–' : shortSigned(credit));
        setAttribute(cell, 'data-sign', !credit ? null : credit > 0 ? 'in' : 'out');
      });
    });
  }
}
