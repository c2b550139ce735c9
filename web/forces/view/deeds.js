// What a person does to the marks: moving, adding, duplicating and removing them, and what is said of it.

import { nameOf, SNAP } from './board.js';

export class Deeds {
  // done() after a mark has come or gone.
  constructor({ board, head, stages, done }) {
    this.board = board;
    this.head = head;
    this.stages = stages;
    this.done = done;
    this.touched = null;
  }

  move(mark, place) {
    this.touched = mark;
    this.board.move(mark, place);
  }

  // By degrees; with snap on, to the next multiple that way.
  nudge(mark, by) {
    const next = (value, step) => {
      if (!this.board.state.snap || !step) return value + step;
      return (
        SNAP * (step > 0 ? Math.floor(value / SNAP + 1e-6) + 1 : Math.ceil(value / SNAP - 1e-6) - 1)
      );
    };
    const [lon, lat] = this.board.place(mark);
    this.move(mark, [next(lon, by[0]), next(lat, by[1])]);
  }

  add(group) {
    const refused = this.board.add(group);
    this.head.say(refused);
    if (!refused)
      this.head.announce(
        `${nameOf(
          this.board
            .marks()
            .filter((id) => id[0] === group[0])
            .at(-1),
        )} added`,
      );
  }

  // 'remove' or 'duplicate'; the focus goes to a neighbour, or to the copy.
  act(what, mark) {
    const refused = what === 'remove' ? this.board.remove(mark) : this.board.duplicate(mark);
    this.head.say(refused);
    if (refused) return;
    this.done();
    this.head.announce(`${nameOf(mark)} ${what}d`);
    const stage = this.stages.find(({ node }) => node.contains(document.activeElement));
    if (!stage) return;
    const marks = this.board.marks().filter((id) => id[0] === mark[0]);
    const next =
      what === 'duplicate'
        ? marks.at(-1)
        : marks[Math.min(Number(mark.slice(1)), marks.length - 1)];
    requestAnimationFrame(() => stage.scene.focus(next));
  }
}
