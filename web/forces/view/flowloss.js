// The loss of a flow over its steps, beside what is known of it.

import { Chart } from '../../kit/chart.js';
import { digits, el, setAttribute, setText } from '../../kit/dom.js';
import { lossFigure } from './flowfigures.js';
import { tall } from './flowspark.js';
import { lossTitle } from './flowwords.js';

/** @import { FlowReading } from '../../kit/messages.d.ts' */
/** @import { LinePoint } from '../../kit/types.d.ts' */

const HEIGHT = 118;

export class FlowLoss {
  /** @type {(frame: number) => number} */
  stepOf = (frame) => frame;

  /**
   * @param {string} letter  of the loss
   * @param {(step: number) => void} go  moves the player
   */
  constructor(letter, go) {
    this.title = el('h3', {});
    this.value = el('b', {});
    this.chart = new Chart({
      title: () => `Loss ${letter}: ${this.title.textContent}`,
      pointed: (step, _, event) => {
        if (step !== null && event?.buttons === 1) go(step);
      },
      picked: (step) => step !== null && go(step),
      hovers: true,
    });
    this.node = this.chart.node;
    this.node.style.cssText = tall(HEIGHT);
    this.node.classList.add('flow-loss');
    this.node.addEventListener('pointerdown', (event) => {
      if (this.chart.figure) this.node.setPointerCapture(event.pointerId);
    });
  }

  /**
   * @param {FlowReading} own  what the answer says of one loss
   * @param {(frame: number) => number} stepOf
   */
  draw(own, stepOf) {
    this.stepOf = stepOf;
    setText(this.title, lossTitle(own));
    setAttribute(
      this.title,
      'title',
      `${own.optimum ? `${own.optimum.text}. ` : ''}Each loss has its own axis: their heights do not compare.`,
    );
    const points = own.loss.map(
      /** @returns {LinePoint} */
      (loss, i) => [stepOf(i), loss],
    );
    this.chart.draw((paper) => lossFigure(own, points, paper));
  }

  /**
   * @param {number} frame
   * @param {number} loss  there
   */
  at(frame, loss) {
    this.chart.over.point(this.stepOf(frame));
    setText(this.value, digits(loss));
  }

  close() {
    this.chart.close();
  }
}
