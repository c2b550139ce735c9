// The charts under one stage: its loss beside what is known of it, alignment, uniformity, nearest angles.

import { el } from '../../kit/dom.js';
import { zoomOf } from '../../kit/zoom.js';
import { FlowBars } from './flowbars.js';
import { FlowLoss } from './flowloss.js';
import { Spark } from './flowspark.js';
import { alignmentTitle, uniformityTitle } from './flowwords.js';

/** @import { AnsweredFlow } from './types.d.ts' */

const ALIGNMENT =
  'Mean squared distance between views of an item; same range for both losses, the other loss in grey.';
const UNIFORMITY =
  'Log of the mean Gaussian potential, lower is more uniform; same range for both losses, the other loss in grey.';

export class FlowCharts {
  /** @type {AnsweredFlow | null} */
  answer = null;
  frame = 0;

  /**
   * @param {object} given
   * @param {number} given.which  of the losses
   * @param {(frame: number) => void} given.go  moves the player
   */
  constructor({ which, go }) {
    this.which = which;
    this.loss = new FlowLoss('AB'[which], (step) => {
      const last = (this.answer?.n_frames ?? 1) - 1;
      go(Math.round((step / Math.max(1, this.loss.stepOf(last))) * last));
    });
    this.sparks = [new Spark('alignment', ALIGNMENT), new Spark('uniformity', UNIFORMITY)];
    this.bars = new FlowBars(which);
    this.node = el(
      'div',
      { class: 'flow-foot', 'data-testid': `flow-foot-${which}` },
      el('div', { class: 'flow-title' }, this.loss.title, this.loss.value, this.loss.chart.tools),
      this.loss.node,
      el(
        'div',
        { class: 'flow-lower' },
        el('div', { class: 'flow-sparks' }, ...this.sparks.map(({ node }) => node)),
        this.bars.node,
      ),
    );
    this.watcher = new ResizeObserver(() => this.drawSparks());
    this.watcher.observe(this.node);
  }

  /**
   * @param {AnsweredFlow} answer
   * @param {(frame: number) => number} stepOf
   */
  setAnswer(answer, stepOf) {
    this.answer = answer;
    this.frame = 0;
    this.bars.setAnswer(answer);
    this.loss.draw(answer.of[this.which], stepOf);
    this.drawSparks();
    this.at(0);
  }

  drawSparks() {
    const { answer, which } = this;
    if (!answer || this.node.clientWidth < 60) return;
    const zoom = zoomOf(this.node);
    const [own, other] = [answer.of[which], answer.of[1 - which]];
    const tied = answer.n_points === Math.max(...answer.items) + 1;
    const [alignment, uniformity] = this.sparks;
    alignment.draw(alignmentTitle(own.alignment, tied), own.alignment, other.alignment, zoom);
    uniformity.draw(uniformityTitle(own.uniformity), own.uniformity, other.uniformity, zoom);
    for (const spark of this.sparks) spark.at(this.frame);
  }

  /**
   * @param {number} frame
   * @param {boolean} [told]  time to draw the bars again, too
   */
  at(frame, told = true) {
    this.frame = frame;
    if (!this.answer) return;
    const near = Math.round(frame);
    this.loss.at(frame, this.answer.of[this.which].loss[near]);
    for (const spark of this.sparks) if (spark.values) spark.at(frame);
    if (told) this.bars.at(near);
  }

  // In the colours of another theme; what is out of sight is drawn as it comes back.
  inkAgain() {
    this.loss.chart.again();
    this.bars.chart.again();
  }

  close() {
    this.watcher.disconnect();
    for (const part of [this.loss, this.bars]) part.close();
  }
}
