// The flow: the same points under two losses, from one start, played side by side.

import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { Pace } from '../../kit/pace.js';
import { Dots } from './dots.js';
import { FlowCharts } from './flowcharts.js';
import { FlowSettings } from './flowsettings.js';
import { flowSide, releaseButton } from './flowside.js';
import { Globe } from './places.js';
import { Player, movesLittle } from './player.js';
import { Race } from './race.js';
import { Steadiness } from './steadiness.js';

/** @import { Theme } from '../../kit/types.d.ts' */
/** @import { AnsweredFlow, AnsweredStability, BoardState, OfferedLoss, SetBoard } from './types.d.ts' */

const REST = 300;
const CURVE_REST = 500;
const TOLD = 90;
const PATIENCE = 8000;

// What the answer depends on, and so when it is out of date.
/** @param {Pick<BoardState, 'surface' | 'losses' | 'flow'>} board */
function questionOf({ surface, losses, flow }) {
  return { what: 'flow', surface, losses, flow };
}

export class Flow {
  /** @type {BoardState | null} */
  board = null;
  /** @type {AnsweredFlow | null} */
  answer = null;
  /** What was asked, what waits for the hand to rest and what is shown, as text. */
  /** @type {string | null} */
  asked = null;
  /** @type {string | null} */
  resting = null;
  /** @type {string | null} */
  shownKey = null;
  /** @type {number | null}  the item under the hand */
  lit = null;
  /** When the numbers were written last. */
  told = 0;
  atOnce = false;
  /** The answer that is waited for was asked for by *Release*. */
  released = false;
  /** @type {{ key: string, at: number } | null}  the curve of steadiness that is asked for */
  under = null;
  /** @type {Set<string>} */
  refused = new Set();

  /**
   * @param {object} given
   * @param {(question: { what: string }) => void} given.ask
   * @param {SetBoard} given.set
   * @param {OfferedLoss[]} [given.lenses]
   * @param {Theme} [given.theme]
   * @param {Globe} [given.globe]
   */
  constructor({ ask, set, lenses = [], theme = 'light', globe = new Globe() }) {
    this.ask = ask;
    this.change = set;
    this.theme = theme;
    this.pace = new Pace();
    this.globe = globe;
    this.player = new Player({ shown: (at, settled) => this.show(at, settled) });
    const hand = {
      globe: this.globe,
      light: (/** @type {number | null} */ item) => this.light(item),
      turned: () => this.paint(),
      key: (/** @type {KeyboardEvent} */ event) => {
        this.player.key(event);
      },
    };
    this.dots = [0, 1].map((which) => new Dots({ which, ...hand }));
    this.charts = [0, 1].map(
      (which) => new FlowCharts({ which, go: (frame) => this.player.go(frame) }),
    );
    this.settings = new FlowSettings({
      changed: (part, atOnce = false) => {
        this.atOnce = atOnce;
        if (this.board) this.change({ flow: { ...this.board.flow, ...part } });
      },
    });
    this.race = new Race();
    this.steadiness = new Steadiness(lenses);
    this.release = releaseButton(() => this.send(true));
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.player.row.prepend(this.release);
    const told = el('div', { class: 'flow-told' }, this.race.node, this.steadiness.node);
    this.side = flowSide(this.player.node, this.error, this.settings.node, told);
    this.stages = this.dots.map(({ node }) => node);
    this.feet = this.charts.map(({ node }) => node);
    this.onkey = (/** @type {KeyboardEvent} */ event) => this.pageKey(event);
    document.addEventListener('keydown', this.onkey);
    this.watcher = new ResizeObserver(([entry]) => this.sized(entry.contentRect.width));
    this.watcher.observe(this.side);
  }

  /**
   * @param {BoardState} board
   * @param {Theme} [theme]
   */
  set(board, theme = this.theme) {
    const other = theme !== this.theme || board.surface !== this.board?.surface;
    if (theme !== this.theme) for (const chart of this.charts) chart.inkAgain();
    this.board = board;
    this.theme = theme;
    if (board.mode !== 'flow') {
      this.rest();
      return;
    }
    this.settings.set(board.flow);
    this.steadiness.set(board);
    const key = JSON.stringify(questionOf(board));
    if (key !== this.asked && key !== this.resting) {
      this.resting = key;
      if (this.asked === null) this.send(true);
      else this.pace.rested('ask', this.atOnce ? 0 : REST, () => this.send(false));
      this.atOnce = false;
    }
    this.stale();
    if (other) this.paint();
    this.askSteadiness();
  }

  /** @param {number} width */
  sized(width) {
    this.side.classList.toggle('flow-wide', width > 560);
    this.side.classList.toggle('flow-slim', width < 282);
    if (!width) this.rest();
    else if (this.board) this.steadiness.set(this.board);
  }

  // Asked by hand the same question is played again at once, without a wait.
  /** @param {boolean} byHand */
  send(byHand) {
    if (!this.board) return;
    const question = questionOf(this.board);
    const key = JSON.stringify(question);
    if (byHand && this.answer && key === this.shownKey) {
      this.play(true);
      return;
    }
    if (!byHand && key === this.asked) return; // released before the hand had rested
    this.released = byHand && this.asked !== null;
    this.asked = key;
    this.resting = null;
    show(this.error, false);
    this.wait(true);
    this.ask(question);
  }

  /** @param {boolean} on  an answer is waited for */
  wait(on) {
    setAttribute(this.release, 'aria-busy', on ? 'true' : null);
    for (const dots of this.dots) dots.wait(on);
  }

  // Nothing plays and nothing is asked while it is out of sight.
  rest() {
    if (this.player.playing) this.player.go(this.player.frame);
    this.pace.close();
    this.resting = null;
    this.under = null;
  }

  /** @param {AnsweredFlow | AnsweredStability} answer */
  answered(answer) {
    if (answer.what === 'stability') this.steady(answer);
    else if (answer.what === 'flow') this.take(answer);
  }

  /** @param {AnsweredFlow} answer */
  take(answer) {
    const key = answer.question ? JSON.stringify(questionOf(answer.question)) : this.asked;
    if (key === this.asked) this.wait(false);
    this.answer = answer;
    this.shownKey = key;
    this.lit = null;
    show(this.error, false);
    this.player.setFrames(answer.n_frames, (answer.question ?? this.board)?.flow.n_steps ?? 0);
    this.race.setAnswer(answer);
    this.charts.forEach((chart) => chart.setAnswer(answer, this.player.stepOf));
    this.stale();
    this.play(this.released);
    this.askSteadiness();
  }

  /** @param {boolean} byHand  a person released them; who asked for less motion sees nothing unasked */
  play(byHand) {
    this.player.put(0, true);
    if ((byHand || !movesLittle()) && this.board?.mode === 'flow') this.player.start(0);
  }

  /**
   * @param {string} message
   * @param {string} [kind]
   */
  failed(message, kind = 'flow') {
    if (kind === 'stability') {
      if (this.under) this.refused.add(this.under.key);
      this.under = null;
      this.askSteadiness();
      return;
    }
    this.wait(false);
    setText(this.error, message);
    show(this.error, true);
  }

  // One curve at a time, after the flow itself.
  askSteadiness() {
    if (!this.board || this.board.mode !== 'flow' || !this.answer) return;
    if (this.under && performance.now() - this.under.at < PATIENCE) return;
    const next = this.steadiness.wanted(this.board).find(({ key }) => !this.refused.has(key));
    this.under = next ? { key: next.key, at: performance.now() } : null;
    if (!next) return;
    this.pace.rested('stability', CURVE_REST, () => this.ask(next.question));
  }

  /** @param {AnsweredStability} answer */
  steady(answer) {
    const key = answer.question
      ? this.steadiness.keyOf(answer.question.loss, answer.question)
      : this.under?.key;
    if (key) this.steadiness.answered(key, answer);
    this.under = null;
    if (this.board) this.steadiness.set(this.board);
    this.askSteadiness();
  }

  // What is shown belongs to settings that have been left.
  stale() {
    const { answer, board } = this;
    const is = answer && board && this.shownKey !== JSON.stringify(questionOf(board));
    for (const node of [...this.stages, ...this.feet, this.race.node])
      node.classList.toggle('flow-stale', Boolean(is));
    for (const node of [...this.feet, this.race.node])
      node.classList.toggle('flow-waiting', this.answer === null);
  }

  /**
   * @param {number} at
   * @param {boolean} settled
   */
  show(at, settled) {
    const { side, player } = this;
    setAttribute(side, 'data-frame', player.frame);
    setAttribute(side, 'data-n-frames', player.n);
    setAttribute(side, 'data-playing', String(player.playing && !settled));
    setAttribute(side, 'data-plays', player.rate);
    const now = performance.now();
    for (const { text } of this.dots) setAttribute(text, 'aria-live', settled ? 'polite' : 'off');
    const due = settled || now - this.told > TOLD;
    this.paint(due);
    const { answer } = this;
    if (!answer) return;
    for (const chart of this.charts) chart.at(due ? player.frame : at, due);
    if (!due) return;
    this.told = now;
    this.race.at(
      player.frame,
      this.dots.map((dots) => dots.points(answer, player.frame)),
    );
  }

  /** @param {boolean} [told] */
  paint(told = true) {
    if (!this.board) return;
    const shown = {
      answer: this.answer,
      at: this.player.at,
      lit: this.lit,
      theme: this.theme,
      surface: this.board.surface,
    };
    for (const dots of this.dots) dots.draw(shown, told);
  }

  /** @param {number | null} item */
  light(item) {
    if (item === this.lit) return;
    this.lit = item;
    this.paint();
  }

  // With nothing else focused the page's keys are the player's.
  /** @param {KeyboardEvent} event */
  pageKey(event) {
    if (
      event.target !== document.body ||
      this.board?.mode !== 'flow' ||
      !this.side.isConnected ||
      this.side.offsetParent === null
    )
      return;
    this.player.key(event);
  }

  close() {
    this.player.close();
    this.pace.close();
    this.watcher.disconnect();
    document.removeEventListener('keydown', this.onkey);
    for (const part of [...this.dots, ...this.charts, this.steadiness]) part.close();
  }
}
