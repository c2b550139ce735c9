// The socket of one view: it connects, comes back, and asks one question of a kind at a time.

import { Awake } from './awake.js';
import { setNames } from './language.js';

const BACKOFF = [300, 600, 1200, 2500, 5000];
const PATIENCE = 4000;
const REFUSAL = 1000; // who is turned away hears of it sooner
const AGAIN = 'It is being tried again.';

/**
 * The address of the socket of the app.
 * @param {string} base  the address of all that is the app's own
 */
export function socketUrl(base) {
  return `${base.replace(/^http/, 'ws')}/socket`;
}

/** Who opens a line to the app; in a frozen page (`web/frozen`) one that the file itself answers. */
export const lines = {
  /** @param {string} url */
  open: (url) => new WebSocket(url),
};

/** @typedef {{ kind: string, question: Message, patience: ReturnType<typeof setTimeout> | null }} Asked */

/** What is asked and heard is of many kinds: each view knows its own. */
/** @typedef {Record<string, any>} Message */

/**
 * A message with arrays: the length of its header, the header, the arrays. A header whose `arrays` is
 * [[name, length], ...] names the float32 arrays behind it, in order.
 * @param {ArrayBuffer} buffer
 * @returns {Message}
 */
export function decode(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const at = 4 + length;
  if (header.arrays) {
    let from = at;
    /** @type {Record<string, Float32Array>} */
    const arrays = {};
    for (const [name, size] of header.arrays) {
      arrays[name] = new Float32Array(buffer, from, size);
      from += 4 * size;
    }
    return { ...header, arrays };
  }
  if (header.type === 'frame') {
    const size = header.n * header.dims;
    return {
      ...header,
      xy: new Float32Array(buffer, at, size),
      agreement: header.agreement ? new Uint8Array(buffer, at + 4 * size, header.n) : null,
    };
  }
  return {
    ...header,
    weight: new Float32Array(buffer, at, header.n),
    pull: new Float32Array(buffer, at + 4 * header.n, header.n),
  };
}

/**
 * What a run or a comparison calls its classes, and those of what its images were made of; null where
 * a message is not about that.
 * @param {Message} message
 * @returns {string[] | null}
 */
function namesIn({ probes, class_names: classes = probes?.class_names }) {
  if (!classes) return null;
  const factors = Object.values(probes?.factors ?? {});
  return [...classes, ...factors.flatMap(({ names }) => names ?? [])];
}

export class Socket {
  tries = 0;
  id = 0;
  closed = false;
  skipping = false;
  /** @type {Message | null} */
  watching = null;
  /** @type {number | undefined} */
  timer = undefined;
  /** Why this is turned away for now, until it is let in. */
  /** @type {string | undefined} */
  full = undefined;
  /**
   * Questions under way by their ids: the newest of each kind, and those before it whose `patience` ran
   * out (it is null then).
   * @type {Map<number, Asked>}
   */
  asked = new Map();
  /** Questions that wait for the one before. */
  /** @type {Map<string, Message>} */
  waiting = new Map();

  /**
   * @param {string} url
   * @param {object} ears
   * @param {(message: any) => void} ears.hear  gets everything
   * @param {(lost: boolean, why?: string) => void} ears.lost  whether the connection is gone, and
   *   why it will not come back where it will not, or not yet
   */
  constructor(url, { hear, lost }) {
    this.url = url;
    this.hear = hear;
    this.lost = lost;
    this.ws = this.connect();
    this.awake = new Awake(() => this.again());
  }

  // What was open before the machine slept or lost its net may be dead without a word.
  again() {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.tries = 0;
    this.ws.close();
    this.connect();
  }

  connect() {
    const ws = lines.open(this.url);
    ws.binaryType = 'arraybuffer';
    this.ws = ws;
    ws.onopen = () => {
      this.tries = 0;
      // What was under way when the line went is asked again, but where it has been replaced.
      const again = new Map([...this.asked.values()].map(({ kind, question }) => [kind, question]));
      for (const [kind, question] of this.waiting) again.set(kind, question);
      this.dropAsked();
      this.skipping = false;
      if (this.full) this.timer = setTimeout(() => this.letIn(), REFUSAL);
      else this.lost(false);
      if (this.watching) this.watch(this.watching);
      for (const [kind, question] of again) this.ask(kind, question);
    };
    ws.onmessage = ({ data }) => {
      if (ws !== this.ws) return;
      let message;
      try {
        message = typeof data === 'string' ? JSON.parse(data) : decode(data);
      } catch {
        return;
      }
      this.receive(message);
    };
    ws.onclose = () => {
      if (this.closed || ws !== this.ws) return;
      clearTimeout(this.timer);
      if (!this.full) this.lost(true);
      this.timer = setTimeout(
        () => {
          if (!this.closed) this.connect();
        },
        BACKOFF[this.full ? BACKOFF.length - 1 : Math.min(this.tries, BACKOFF.length - 1)],
      );
      this.tries += 1;
    };
    return ws;
  }

  // Nobody turns this away any longer.
  letIn() {
    if (!this.full) return;
    clearTimeout(this.timer);
    this.full = undefined;
    this.lost(false);
  }

  open() {
    return this.ws.readyState === WebSocket.OPEN;
  }

  /** @param {Message} what  the run, and how it is to be looked at */
  watch(what) {
    this.watching = what;
    this.dropAsked();
    this.waiting.clear();
    if (!this.open()) return;
    this.skipping = true;
    this.ws.send(JSON.stringify({ type: 'watch', ...what }));
  }

  dropAsked() {
    for (const { patience } of this.asked.values()) clearTimeout(patience ?? undefined);
    this.asked.clear();
  }

  /**
   * A newer question of the same kind replaces one that still waits; the answer to the one under way
   * is passed on all the same, so that a moving hand sees colours move. What waits is asked once that
   * answer is there, or has been waited for long enough; it is passed on however late, unless a newer
   * one was there before.
   * @param {string} kind
   * @param {Message} question
   */
  ask(kind, question) {
    const isUnderWay = [...this.asked.values()].some((one) => one.kind === kind && one.patience);
    if (!this.open() || isUnderWay) {
      this.waiting.set(kind, question);
      return;
    }
    this.waiting.delete(kind);
    this.id += 1;
    /** @type {Asked} */
    const under = { kind, question, patience: null };
    under.patience = setTimeout(() => {
      under.patience = null;
      this.askWaiting(kind);
    }, PATIENCE);
    this.asked.set(this.id, under);
    this.ws.send(JSON.stringify({ type: 'ask', id: this.id, ...question }));
  }

  /** @param {string} kind */
  askWaiting(kind) {
    const next = this.waiting.get(kind);
    if (next) this.ask(kind, next);
  }

  /**
   * Asks the run that is watched for something.
   * @param {string} act  pause, resume, step or stop
   * @param {string} [token]  says who asks
   */
  control(act, token) {
    if (this.open())
      this.ws.send(JSON.stringify({ type: 'control', act, run: this.watching?.run, token }));
    else
      this.hear({
        type: 'error',
        of: 'control',
        message: 'The connection is lost; it is being tried again.',
      });
  }

  /**
   * Said now, or not at all where there is no connection.
   * @param {Message} message
   */
  say(message) {
    if (this.open()) this.ws.send(JSON.stringify(message));
  }

  /** @param {string} kind */
  forget(kind) {
    this.waiting.delete(kind);
  }

  /** @param {Message} message */
  receive(message) {
    if (message.type === 'refused') {
      const why = message.again ? `${message.message} ${AGAIN}` : message.message;
      if (!message.again) this.close();
      if (why !== this.full) this.lost(true, why);
      if (message.again) this.full = why;
      return;
    }
    this.letIn();
    // What belongs to a run, space or layout that has been left is on its way still.
    const of = this.watching ?? {};
    if (message.run !== undefined && message.run !== of.run) return;
    const names = namesIn(message);
    if (names) setNames(this, names); // till now those of before, which was seen still
    if (message.type === 'run') {
      if (['space', 'layout', 'agreement'].some((part) => message[part] !== of[part])) return;
      this.skipping = false;
    }
    if (message.type === 'frame' && this.skipping) return;
    if (message.id === undefined || message.id === null) {
      this.hear(message);
      return;
    }
    const answered = this.asked.get(message.id);
    if (!answered) return;
    const { kind, question } = answered;
    for (const [id, one] of this.asked)
      if (one.kind === kind && id <= message.id) {
        clearTimeout(one.patience ?? undefined);
        this.asked.delete(id);
      }
    try {
      this.hear({ ...message, kind, question });
    } finally {
      this.askWaiting(kind);
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.dropAsked();
    this.awake.close();
    setNames(this, []);
    this.ws.onmessage = null;
    this.ws.close();
  }
}
