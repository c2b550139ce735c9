// What comes through the socket of the forces page, and which part of the view it is for.

/** @import { Forces } from './forces.js' */
/** @import { Answer, Refused } from './types.d.ts' */

export class Messages {
  /** @param {Forces} look */
  constructor(look) {
    this.look = look;
  }

  /** @param {any} message  of any type */
  hear(message) {
    if (message.type === 'error') this.failed(message);
    else if (message.type === 'answer') this.answered(message);
  }

  /** @param {Answer} answer */
  answered(answer) {
    const { look } = this;
    if (answer.what === 'forces') {
      look.take(answer);
      return;
    }
    if (answer.what === 'chord') {
      look.chord.answered(answer);
      look.stages.forEach(({ scene }) => scene.setChord(answer));
      return;
    }
    if (answer.what === 'landscape') look.landscape.answered(answer);
    else look.flow.answered(answer);
    look.soon();
  }

  /** @param {Refused} refused */
  failed({ kind = '', message, lens, line, at }) {
    const { landscape, chord, flow, cards, head, root } = this.look;
    /** @type {Record<string, { failed: (message: string, kind: string) => void }>} */
    const parts = { landscape, chord, flow, stability: flow };
    const part = parts[kind];
    if (kind === 'forces' && (lens === 0 || lens === 1)) cards[lens].setError(message, line, at);
    else if (part) part.failed(message, kind);
    else head.say(message, true);
    if (kind === 'forces') root.classList.add('stale');
  }
}
