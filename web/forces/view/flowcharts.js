// The charts under one stage: its loss beside what is known of it, alignment, uniformity, nearest angles.

import { el } from '../../kit/dom.js';
import { FlowBars } from './flowbars.js';
import { FlowLoss } from './flowloss.js';
import { Spark } from './flowspark.js';
import { alignmentTitle, uniformityTitle } from './flowwords.js';
import { zoomOf } from './zoom.js';

const ALIGNMENT =
  'Mean squared distance between views of an item; same range for both losses, the other loss in grey.';
const UNIFORMITY =
  'Log of the mean Gaussian potential, lower is more uniform; same range for both losses, the other loss in grey.';

export class FlowCharts {
  /** @type {any} */
  answer = null;
  /** @type {(frame: number) => number} */
  stepOf = (frame) => frame;
  /** The width that is drawn. */
  /** @type {number | null} */
  drawn = null;
  frame = 0;

  /**
   * @param {object} given
   * @param {number} given.which  of the losses
   * @param {(frame: number) => void} given.go  moves the player
   */
  constructor({ which, go }) {
    this.which = which;
    this.loss = new FlowLoss((share) => {
      if (this.answer) go(Math.round(share * (this.answer.n_frames - 1)));
    });
    this.sparks = [new Spark('alignment', ALIGNMENT), new Spark('uniformity', UNIFORMITY)];
    this.bars = new FlowBars(which);
    this.node = el(
      'div',
      { class: 'flow-foot', 'data-testid': `flow-foot-${which}` },
      el('div', { class: 'flow-title' }, this.loss.title, this.loss.value),
      this.loss.svg,
      el(
        'div',
        { class: 'flow-lower' },
        el('div', { class: 'flow-sparks' }, ...this.sparks.map(({ node }) => node)),
        this.bars.node,
      ),
    );
    this.watcher = new ResizeObserver(() => {
      if (this.answer) this.draw();
    });
    this.watcher.observe(this.node);
  }

  /**
   * @param {any} answer
   * @param {(frame: number) => number} stepOf
   */
  setAnswer(answer, stepOf) {
    this.answer = answer;
    this.stepOf = stepOf;
    this.drawn = null;
    this.frame = 0;
    this.draw();
  }

  draw() {
    const { answer, which } = this;
    const zoom = zoomOf(this.node);
    const width = Math.round(this.loss.svg.getBoundingClientRect().width / zoom);
    if (width < 60 || this.drawn === width) return;
    this.drawn = width;
    const [own, other] = [answer.of[which], answer.of[1 - which]];
    const tied = answer.n_points === Math.max(...answer.items) + 1;
    const [alignment, uniformity] = this.sparks;
    this.loss.draw(own, width, zoom, this.stepOf);
    alignment.draw(alignmentTitle(own.alignment, tied), own.alignment, other.alignment, zoom);
    uniformity.draw(uniformityTitle(own.uniformity), own.uniformity, other.uniformity, zoom);
    this.bars.draw(answer, Math.round(this.bars.node.clientWidth / zoom));
    this.at(this.frame);
  }

  /** @param {number} frame */
  at(frame) {
    this.frame = frame;
    if (!this.drawn) return;
    const near = Math.round(frame);
    this.loss.at(frame, this.answer.of[this.which].loss[near]);
    for (const spark of this.sparks) spark.at(frame);
    this.bars.at(near);
  }

  close() {
    this.watcher.disconnect();
  }
}
