// The forces view: one board, two losses, and what each makes of it. It draws; it computes no loss.

import { setAttribute, show } from '../../kit/dom.js';
import { publish } from '../../kit/facts.js';
import { mounting } from '../../kit/mount.js';
import { Room } from '../../kit/room.js';
import { PageView } from '../../kit/view.js';
import { Board } from './board.js';
import { Chord } from './chord.js';
import { Columns } from './columns.js';
import { Deeds } from './deeds.js';
import { counted, ofAnswer } from './facts.js';
import { Flow } from './flow.js';
import { Feet } from './feet.js';
import { Formula } from './formula.js';
import { Heading } from './heading.js';
import { Landscape } from './landscape.js';
import { LossCard } from './losscard.js';
import { Messages } from './messages.js';
import { Notes } from './notes.js';
import { Globe } from './places.js';
import { Presenting } from './presenting.js';
import { announcement, difference } from './say.js';
import { readingsOf, Scales } from './scales.js';
import { Stage } from './stage.js';
import { MarksTable } from './table.js';
import { takeAway } from './takeaway.js';

/** @import { Report } from '../../kit/types.d.ts' */
/** @import { Acts, AnsweredForces, BoardState, ForcesData, Loss, Mode, Readings } from './types.d.ts' */

const SETTLE = 600;

/** @extends {PageView<ForcesData>} */
export class Forces extends PageView {
  answers = 0;
  /** @type {Readings | null} */
  answer = null;
  /** @type {Readings | null}  the answer that is drawn */
  drawn = null;
  /** @type {string | null}  the marks that are lit and selected */
  lit = null;
  /** @type {string | null} */
  selected = null;
  /** @type {number | null}  the next drawing */
  frame = null;
  asked = false;
  /** @type {string | null}  what was asked last, as text */
  question = null;
  messages = new Messages(this);
  /** @type {Mode | null} */
  mode = null;

  /**
   * @param {HTMLElement} root
   * @param {ForcesData} data
   * @param {Report} report
   */
  constructor(root, data, report) {
    super(root, data, report);
    this.board = new Board({
      changed: (before) => this.show(before),
      report: (board) => this.report.setStateValue('board', board),
    });
    this.scales = new Scales();
    this.globe = new Globe();
    this.board.take(data);
    const { lenses } = data;
    const set = (/** @type {Partial<BoardState>} */ change) => {
      this.board.set(change);
    };
    const ask = (/** @type {{ what: string }} */ question) =>
      this.socket?.ask(question.what, question);
    const light = (/** @type {string | null} */ mark) => this.light(mark);
    const select = (/** @type {string | null} */ mark) => this.select(mark);
    /** @type {Acts['act']} */
    const act = (what, mark) => this.deeds.act(what, mark);
    this.head = new Heading({ set, add: (group) => this.deeds.add(group) });
    this.cards = [0, 1].map(
      (index) => new LossCard({ index, lenses, changed: (lens) => this.setLens(index, lens) }),
    );
    /** @type {Acts} */
    const hand = {
      globe: this.globe,
      light,
      select,
      act,
      turned: () => this.soon(),
      moved: (mark, place) => this.deeds.move(mark, place),
      nudged: (mark, by) => this.deeds.nudge(mark, by),
    };
    this.stages = [0, 1].map((index) => new Stage(index, hand));
    this.table = new MarksTable({ light, select, act });
    this.deeds = new Deeds({
      board: this.board,
      head: this.head,
      stages: this.stages,
      table: this.table,
      done: () => Object.assign(this, { lit: null, selected: null }),
    });
    this.formulas = [0, 1].map(
      (index) => new Formula({ index, light, sized: () => this.feet?.fit() }),
    );
    this.notes = new Notes();
    this.landscape = new Landscape({ lenses, ask, set });
    this.chord = new Chord({ ask, set });
    this.flow = new Flow({ lenses, ask, set, theme: this.theme, globe: this.globe });
    this.head.shown.append(takeAway(this));
    this.columns = new Columns(this);
    this.presenting = new Presenting(root, {
      leave: () => this.report.setTriggerValue('leave', true),
      feet: this.columns.feet,
    });
    root.replaceChildren(this.presenting.node, this.head.node, ...this.columns.nodes);
    setAttribute(root, 'data-testid', 'forces');
    this.room = new Room(root, 860);
    this.feet = new Feet(root, this.formulas);
    this.update(data, report);
  }

  /**
   * New data of a rerun: only what differs has an effect.
   * @param {ForcesData} data
   * @param {Report} report
   */
  update(data, report) {
    this.renewed(data, report);
    this.turned();
    const before = this.board.state;
    const replaced = this.board.take(data);
    setAttribute(this.root, 'data-revision', data.revision);
    this.presenting.set(data.present, this.board.state.mode);
    this.connected(this.head);
    if (replaced || !this.asked) {
      this.question = null;
      this.globe.face(this.board.state.query);
      this.show(before);
    } else this.soon();
  }

  /**
   * @param {number} index
   * @param {Loss} lens
   */
  setLens(index, lens) {
    this.cards[index].setError('');
    this.board.set({ losses: this.board.state.losses.map((old, i) => (i === index ? lens : old)) });
  }

  // After every change, by a person here or by Python.
  /** @param {BoardState} before */
  show(before) {
    const board = this.board.state;
    if (before.surface !== board.surface) {
      this.answer = null;
      this.globe.face(board.query);
      this.stages.forEach(({ scene }) => scene.setChord(null));
    }
    this.asked = true;
    this.cards.forEach((card, i) => card.set(board.losses[i]));
    // in a flow nothing is asked: what changed there is asked about on the way back
    const isKnown = this.answer && this.question === JSON.stringify(this.board.question());
    if (board.mode !== 'flow' && !isKnown) this.ask();
    this.soon();
  }

  ask() {
    const question = this.board.question();
    this.question = JSON.stringify(question);
    this.socket?.ask('forces', {
      what: 'forces',
      ...question,
      detail: this.lit && this.lit !== 'q' ? this.lit : '',
    });
  }

  /**
   * @override
   * @param {any} message  of any type
   */
  hear(message) {
    this.messages.hear(message);
  }

  /** @param {AnsweredForces} answer */
  take(answer) {
    if (answer.question.surface !== this.board.state.surface) return;
    this.answer = readingsOf(answer);
    this.scales.follow(this.answer.of);
    this.cards.forEach((card, i) => card.read(answer.of[i], answer.question.losses[i]));
    publish({ page: 'forces', ...ofAnswer(this.answer) });
    if (this.root.classList.contains('stale')) {
      this.root.classList.remove('stale');
      this.head.say('');
    }
    this.draw();
    this.pace.rested('settle', SETTLE, () => this.settle());
  }

  settle() {
    if (!this.answer) return;
    this.scales.settle(this.answer.of);
    this.stages.forEach(({ scene }) => scene.relabel());
    const { touched } = this.deeds;
    if (touched)
      this.head.announce(announcement(this.answer, touched, this.board.place(touched) ?? [0, 0]));
    this.deeds.touched = null;
    this.soon();
  }

  // One drawing a frame, whatever has changed.
  soon() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  // An answer is drawn at once, in time for the next frame; everything else by the frame.
  draw() {
    this.cancel();
    const { answer, theme, lit, selected } = this;
    const { taken } = this.data;
    const board = this.board.state;
    const scales = this.scales.now();
    const view = { lit, selected, theme, taken, scales };
    if (this.mode !== board.mode) this.setMode(board.mode);
    this.head.set(board, this.apart(board), taken);
    if (board.mode === 'flow') this.flow.set(board, theme);
    else {
      this.stages.forEach((stage, i) => stage.set(board, answer?.of[i] ?? null, view));
      if (board.mode === 'landscape') this.showLandscape(board);
      else {
        this.formulas.forEach((formula, i) => formula.set(answer?.of[i] ?? null, lit));
        this.table.set(board, answer, { lit, selected, taken });
        this.notes.set(answer, lit);
        this.chord.set(board);
      }
    }
    setAttribute(this.root, 'data-answers', this.answers);
    if (this.drawn !== answer && answer) {
      this.drawn = answer;
      this.answers += 1;
      setAttribute(this.root, 'data-answers', this.answers);
    }
    if (this.scales.moving()) this.soon();
  }

  cancel() {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
  }

  /** @param {BoardState} board */
  apart({ mode }) {
    return mode === 'query' ? difference(this.answer) : (this[mode].answer?.scale ?? '');
  }

  /** @param {Mode} mode */
  setMode(mode) {
    this.mode = mode;
    publish({ page: 'forces', mode });
    setAttribute(this.root, 'data-mode', mode);
    this.presenting.set(this.data.present, mode);
    this.columns.show(mode);
    for (const part of [this.flow, this.landscape]) part.set(this.board.state, this.theme);
    this.stages.forEach(({ node, scene }) => {
      show(node, mode !== 'flow');
      if (mode !== 'landscape') scene.setGround(null);
    });
  }

  /** @param {BoardState} board */
  showLandscape(board) {
    this.landscape.set(board, this.theme);
    const paints = this.landscape.paints();
    this.stages.forEach(({ scene }, i) => scene.setGround(paints[i] ?? null));
  }

  /** @param {string | null} mark */
  light(mark) {
    if (mark === this.lit) return;
    this.lit = mark;
    publish({ page: 'forces', lit: counted(mark) });
    if (mark && mark !== 'q' && this.board.state.mode === 'query') this.ask();
    this.soon();
  }

  /** @param {string | null} mark */
  select(mark) {
    if (mark === this.selected) return;
    this.selected = mark;
    publish({ page: 'forces', selected: counted(mark) });
    this.soon();
  }

  close() {
    this.cancel();
    const { board, room, presenting, head, flow, landscape, chord, formulas, stages } = this;
    this.closeWith(board, room, presenting, head, flow, landscape, chord, ...formulas, ...stages);
  }
}

export const mount = mounting('[data-forces-root]', (...given) => new Forces(...given));
