// The facts that a step's words and its why are said with: those of the moment, until a hand changes
// what they speak of. What was said stays as it was said.

import { factsIn, filledOrNothing } from '../../kit/blanks.js';
import { allHold, factsOf } from './conditions.js';

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
   * @param {Set<string>} older  of the facts, those that are not of the step's state: none is kept
   * @param {boolean} revealed  why has been told
   */
  keep({ words, question, choices, why }, facts, older, revealed) {
    /** @param {string} text */
    const isWhole = (text) =>
      filledOrNothing(text, facts) && !factsIn(text).some((name) => older.has(name));
    if (isWhole(words) && (!question || isWhole(question))) this.words ??= facts;
    if (!revealed || !(this.why ? filledOrNothing(why, this.why) : isWhole(why))) return;
    if (!this.why && factsOf(choices.flatMap(({ when }) => when)).some((name) => older.has(name)))
      return;
    this.why ??= facts;
    this.isTold = true;
  }
}
