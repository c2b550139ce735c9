// What the live view asks about a query or about the image under the hand, and what it does with the
// answers: colours, the query panel, and the marks over the cloud.

import { count } from '../../kit/dom.js';
import { publish } from '../../kit/facts.js';
import { ofAnswer } from './facts.js';

const ASK = 200;

/** @import { ErrorMessage, Point, QueryAnswer, Question, Weights } from '../../kit/types.d.ts' */
/** @import { View } from './live.js' */

export class Questions {
  /** The image under the hand, and its weights once they are here. */
  /** @type {{ index: number, answer?: Weights } | null} */
  hover = null;
  /** The weights of the query, where the cloud is coloured by them. */
  /** @type {Weights | null} */
  painted = null;

  /** Why the image under the hand was refused, while it stands over the cloud. */
  refused = '';

  /** @param {View} look */
  constructor(look) {
    this.look = look;
  }

  forget() {
    this.hover = null;
    this.painted = null;
  }

  /**
   * @param {string} what
   * @param {number} probe
   * @param {number} view
   * @returns {Question}
   */
  about(what, probe, view) {
    const { group, lens } = this.look.view;
    const step = this.look.film.shown?.step ?? 0;
    return { what, step, probe, view, group, lens };
  }

  // Everything that is looked at, about the moment that is shown.
  ask() {
    const { look } = this;
    if (!look.film.shown || !look.socket) return;
    const { colour, view } = look.view;
    if (this.hover) look.socket.ask('hover', this.about('weights', this.hover.index, 0));
    if (['weight', 'pull'].includes(colour))
      look.socket.ask('paint', this.about('weights', look.probe, view));
    look.pace.soon('query', ASK, () => {
      if (look.film.shown && look.socket)
        look.socket.ask('query', this.about('query', look.probe, look.view.view));
    });
  }

  /**
   * @param {number | null} index
   * @param {Point | null} pixel
   */
  hovered(index, pixel) {
    const { look } = this;
    if (this.hover?.index !== index) {
      look.cloud.node.dataset.over = String(index ?? '');
      this.hover = index === null ? null : { index };
      publish({ page: 'live', hovered: index });
      if (index === null) {
        this.calm();
        look.socket?.forget('hover');
        look.painting.again();
      } else if (look.film.shown) look.socket?.ask('hover', this.about('weights', index, 0));
    }
    if (look.run) look.stage.setCard(index, pixel, this.hover?.answer);
  }

  /** @param {Weights} answer */
  weighed(answer) {
    const { look } = this;
    const { question } = answer;
    if (answer.step !== question.step) {
      const said = `Step ${count(question.step)} is not kept, so there are no weights of it.`;
      if (answer.kind === 'hover') this.unweighed(answer.probe, said);
      else this.uncoloured(answer.kind);
      return;
    }
    if (answer.kind === 'hover') {
      if (!this.hover || this.hover.index !== answer.probe) return;
      this.calm();
      this.hover.answer = answer;
      look.stage.setCard(answer.probe, look.cloud.pixelOf(answer.probe), answer);
    } else this.painted = answer;
    look.painting.again();
  }

  // The weights that the cloud is coloured by, where it is by those of the query.
  ofQuery() {
    return this.painted?.probe === this.look.probe ? this.painted : null;
  }

  /** @param {any} answer  of any question but of weights */
  answered(answer) {
    if (answer.what === 'query') this.queried(answer);
    else this.look.inside.hear(answer);
  }

  /** @param {QueryAnswer} answer */
  queried(answer) {
    const { look } = this;
    const { question } = answer;
    if (question.probe !== look.probe || question.view !== look.view.view) return;
    look.query.set(answer);
    publish({ page: 'live', ...ofAnswer(answer) });
    look.query.stale(question.step !== look.film.shown?.step);
    const { shown, series } = look.film;
    if (answer.step !== question.step) {
      look.cloud.unmark(); // those of the step asked about are not known
      return;
    }
    const { xy: place } = answer.query;
    // Places in another space or layout than the frame that is drawn still are not drawn over it.
    if (shown?.series !== series || (place && place.length !== shown.dims)) return;
    const negatives = answer.negatives
      .slice(0, 5)
      .filter(({ queued }) => !queued)
      .map(({ probe }) => probe);
    if (!place) {
      look.cloud.setMarks({ query: question.probe, negatives }); // where images alone have places
      return;
    }
    const found = answer.synthetics?.items ?? [];
    look.cloud.setMarks({
      query: place,
      positives: answer.positives.map(({ xy }) => xy).filter(Boolean),
      synthetics: found
        .map(({ xy, parents }) => ({ xy, parents: parents.map((parent) => parent?.xy) }))
        .filter(({ xy, parents }) => xy && parents.every(Boolean)),
      negatives,
    });
  }

  /** @param {ErrorMessage} message */
  failed({ kind, of, message, question }) {
    const { look } = this;
    if (of === 'control') {
      look.transport.refuse(message);
      look.inside.goesOn();
    } else if (kind === 'inside' || kind === 'inside_query') look.inside.fail(message);
    else if (kind === 'hover') this.unweighed(question?.probe, message);
    else if (kind) {
      this.uncoloured(kind);
      (look.view.lens ? look.query.lens : look.query).setError(message);
    } else look.stage.setNotice(message);
  }

  /**
   * What was answered before is of another loss or moment: it does not stand for what was refused.
   * @param {string} kind
   */
  uncoloured(kind) {
    const { look } = this;
    if (kind === 'query') look.cloud.unmark();
    if (kind !== 'paint') return;
    this.painted = null;
    look.painting.again();
  }

  /**
   * The image under the hand has no weights, if it is that one still.
   * @param {number | undefined} probe
   * @param {string} message
   */
  unweighed(probe, message) {
    const { hover, look } = this;
    if (!hover || hover.index !== probe) return;
    this.hover = { index: hover.index };
    look.painting.again();
    look.stage.setNotice((this.refused = message));
  }

  // What was refused under the hand is not said any longer than it is so.
  calm() {
    const { stage } = this.look;
    if (this.refused && stage.said === this.refused) stage.setNotice('');
    this.refused = '';
  }
}
