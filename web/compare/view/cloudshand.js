// One hand over several clouds: what is pointed at in one is lit in all, on one scale of colours.

/** @import { Point, Question, Weights } from '../../kit/types.d.ts' */
/** @import { Clouds } from './clouds.js' */
/** @import { Entry } from './entry.js' */

const PATIENCE = 140;

export class CloudsHand {
  /** The image under the hand, and the entry that it is pointed at in. */
  /** @type {{ probe: number, entry: Entry } | null} */
  hover = null;
  /** @type {number | undefined} */
  timer = undefined;

  /** @param {Clouds} clouds */
  constructor(clouds) {
    this.clouds = clouds;
  }

  /**
   * @param {number} probe
   * @param {number} view
   * @returns {Question}
   */
  question(probe, view) {
    const look = this.clouds.look();
    const { group, lens } = look.view;
    return { what: 'weights', step: look.step ?? 0, probe, view, group, lens };
  }

  // Everything that is looked at, about the moment that is shown.
  ask() {
    const { view, probe, queryView } = this.clouds.look();
    for (const { socket } of this.clouds.entries) {
      if (this.hover) socket.ask('hover', this.question(this.hover.probe, 0));
      if (['weight', 'pull'].includes(view.colour))
        socket.ask('paint', this.question(probe, queryView));
    }
  }

  /**
   * @param {Entry} entry
   * @param {number | null} probe
   * @param {Point | null} pixel
   */
  hovered(entry, probe, pixel) {
    const { hover } = this;
    const moved = hover?.probe !== probe || (probe !== null && hover?.entry !== entry);
    if (probe === null && !hover) return;
    if (moved) {
      this.hover = probe === null ? null : { probe, entry };
      for (const one of this.clouds.entries) {
        one.point(probe, one === entry);
        if (probe === null) {
          one.socket.forget('hover');
          delete one.answers.hover;
        } else one.socket.ask('hover', this.question(probe, 0));
      }
      clearTimeout(this.timer);
      if (probe === null) this.repaint();
      else this.timer = setTimeout(() => this.repaint(), PATIENCE);
    }
    this.card(entry, probe, pixel);
  }

  /**
   * All are recoloured together, on one scale; one that does not answer is not waited for long.
   * @param {Weights} answer
   */
  weighed(answer) {
    const { hover } = this;
    if (answer.kind === 'hover' && hover?.probe !== answer.probe) return;
    const wanted = answer.kind === 'hover' ? hover?.probe : this.clouds.look().probe;
    const asked = this.clouds.entries.filter(({ frames }) => frames.size);
    if (!asked.every(({ answers }) => answers[answer.kind]?.probe === wanted)) return;
    clearTimeout(this.timer);
    this.repaint();
    if (hover) this.card(hover.entry, hover.probe, hover.entry.cloud.pixelOf(hover.probe));
  }

  repaint() {
    const { entries, stage } = this.clouds;
    const context = this.clouds.context();
    const legends = entries.map((entry) => entry.repaint(context)?.legend ?? null);
    const last = legends.findLast((legend) => legend !== null);
    if (last) stage.setLegend(last);
  }

  /**
   * The card of the image under the hand, within the whole row.
   * @param {Entry} entry
   * @param {number | null} probe
   * @param {Point | null} pixel
   */
  card(entry, probe, pixel) {
    const { node, stage } = this.clouds;
    if (!entry.run) return;
    if (probe === null || !pixel) {
      stage.setCard(null);
      return;
    }
    const [mine, all] = [entry.cloud.node.getBoundingClientRect(), node.getBoundingClientRect()];
    const left = mine.left - all.left;
    stage.run = entry.run;
    stage.setCard(probe, [pixel[0] + left, pixel[1] + mine.top - all.top], entry.answers.hover, [
      left,
      left + mine.width,
    ]);
  }

  close() {
    clearTimeout(this.timer);
  }
}
