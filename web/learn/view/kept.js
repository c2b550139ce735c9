// The facts that a step's words and its why are said with: those of the moment, until a hand changes
// what they speak of. What was said stays as it was said.

import { filledOrNothing } from '../../kit/blanks.js';
import { allHold } from './conditions.js';

/** @import { Facts } from '../../kit/facts.js' */
/** @import { Condition } from './conditions.js' */
/** @import { Step } from './guidecard.js' */

export class Kept {
  /** @type {Facts | null} */
  words = null;
  /** @type {Facts | null} */
  why = null;
  /** Why is said with what it has, whatever comes. */
  isTold = false;

  /**
   * What was to be done is done: why speaks of the last moment at which it was so.
   * @param {Condition[]} check
   * @param {Facts} facts
   */
  follow(check, facts) {
    if (this.isTold) return;
    if (allHold(check, facts)) this.why = facts;
    else this.isTold = true;
  }

  /**
   * A hand is about to change the page.
   * @param {Step} step
   * @param {Facts} facts
   * @param {boolean} revealed  why has been told
   */
  keep({ words, question, why }, facts, revealed) {
    const isWhole =
      filledOrNothing(words, facts) && (!question || filledOrNothing(question, facts));
    if (isWhole) this.words ??= facts;
    if (!revealed || !filledOrNothing(why, this.why ?? facts)) return;
    this.why ??= facts;
    this.isTold = true;
  }
}
