// What a person does to the marks: moving, adding, duplicating and removing them, and what is said of it.

import { SNAP } from './board.js';
import { nameOf } from './marknames.js';

/** @import { Group } from './types.d.ts' */
/** @import { Board } from './board.js' */
/** @import { Heading } from './heading.js' */
/** @import { Stage } from './stage.js' */
/** @import { MarksTable } from './table.js' */

export class Deeds {
  /** The mark that was moved last. */
  /** @type {string | null} */
  touched = null;

  /**
   * @param {object} given
   * @param {Board} given.board
   * @param {Heading} given.head
   * @param {Stage[]} given.stages
   * @param {MarksTable} given.table
   * @param {() => void} given.done  after a mark has come or gone
   */
  constructor({ board, head, stages, table, done }) {
    this.board = board;
    this.head = head;
    this.stages = stages;
    this.table = table;
    this.done = done;
  }

  /**
   * @param {string} mark
   * @param {number[]} place
   */
  move(mark, place) {
    this.touched = mark;
    this.board.move(mark, place);
  }

  /**
   * By degrees; with snap on, to the next multiple that way.
   * @param {string} mark
   * @param {number[]} by
   */
  nudge(mark, by) {
    /**
     * @param {number} value
     * @param {number} step
     */
    const next = (value, step) => {
      if (!this.board.state.snap || !step) return value + step;
      return (
        SNAP * (step > 0 ? Math.floor(value / SNAP + 1e-6) + 1 : Math.ceil(value / SNAP - 1e-6) - 1)
      );
    };
    const [lon, lat] = this.board.place(mark);
    this.move(mark, [next(lon, by[0]), next(lat, by[1])]);
  }

  /** @param {Group} group */
  add(group) {
    const refused = this.board.add(group);
    this.head.say(refused);
    if (!refused)
      this.head.announce(
        `${nameOf(
          this.board
            .marks()
            .filter((id) => id[0] === group[0])
            .at(-1) ?? group[0],
        )} added`,
      );
  }

  /**
   * 'remove' or 'duplicate'; the focus goes to a neighbour, or to the copy.
   * @param {'remove' | 'duplicate'} what
   * @param {string} mark
   */
  act(what, mark) {
    const refused = what === 'remove' ? this.board.remove(mark) : this.board.duplicate(mark);
    this.head.say(refused);
    if (refused) return;
    this.done();
    this.head.announce(`${nameOf(mark)} ${what}d`);
    const { activeElement } = document;
    const stage = this.stages.find(({ node }) => node.contains(activeElement));
    const held = stage?.scene ?? (this.table.node.contains(activeElement) && this.table);
    if (!held) return;
    const marks = this.board.marks().filter((id) => id[0] === mark[0]);
    const next =
      what === 'duplicate'
        ? marks.at(-1)
        : marks[Math.min(Number(mark.slice(1)), marks.length - 1)];
    requestAnimationFrame(() => held.focus(next));
  }
}
