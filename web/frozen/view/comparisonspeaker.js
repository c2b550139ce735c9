// What all entries of a frozen comparison say together: rows, proof, one query under each, who moved.

import { Refusal } from './line.js';
import { movedBetween } from './moved.js';
import { jsonPart } from './store.js';
import { strips } from './strips.js';

/** @import { FrozenLine } from './line.js' */
/** @import { Recording } from './recording.js' */

const ELSEWHERE = 'These two moments are not in the file; choose others.';
const UNSEEN = 'This was recorded without features; choose embeddings.';

/**
 * @typedef {object} Compared
 * @property {any} comparison  the `comparison` message
 * @property {object[]} news  what is told once: rows, proof, seeds, state
 * @property {Record<string, string>} labels  of the entries, by name
 */

export class ComparisonSpeaker {
  /** @type {Promise<any> | undefined} */
  neighbours = undefined;

  /**
   * @param {Compared} about
   * @param {Record<string, Recording>} entries
   */
  constructor(about, entries) {
    this.about = about;
    this.entries = entries;
  }

  /** @param {FrozenLine} line */
  watch(line) {
    line.say(this.about.comparison);
    for (const message of this.about.news) line.say(message);
  }

  /**
   * @param {FrozenLine} _line
   * @param {any} asked
   */
  async answer(_line, asked) {
    const { comparison, labels } = this.about;
    if (asked.what === 'strips') return strips(asked, this.entries, labels);
    this.neighbours ??= jsonPart('moved');
    const found = movedBetween(asked, await this.neighbours, comparison.probes);
    if (!found) throw new Refusal(asked.space === 'features' ? UNSEEN : ELSEWHERE);
    return found;
  }
}
