// Stands where the socket to the app would: takes the same questions, gives the same messages, from the
// file. It goes nowhere, so it is open from the beginning and never lost.

/**
 * What is watched through a line, and answers.
 * @typedef {object} Speaker
 * @property {(line: FrozenLine, asked: any) => void} watch
 * @property {(line: FrozenLine, asked: any) => Promise<object | ArrayBuffer>} answer
 */

/**
 * A message with arrays as bytes, as the app packs it.
 * @param {object} header
 * @param {Float32Array[]} arrays
 */
export function packed(header, arrays) {
  const encoder = new TextEncoder();
  const plain = encoder.encode(JSON.stringify(header)).length;
  const text = encoder.encode(JSON.stringify(header) + ' '.repeat((4 - ((4 + plain) % 4)) % 4));
  const size = arrays.reduce((sofar, { byteLength }) => sofar + byteLength, 4 + text.length);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = 4 + text.length;
  for (const { buffer, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer), at);
    at += byteLength;
  }
  return bytes.buffer;
}

export class FrozenLine {
  binaryType = 'arraybuffer';
  /** @type {number} */
  readyState = WebSocket.CONNECTING;
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {((event: { data: any }) => void) | null} */
  onmessage = null;
  /** @type {(() => void) | null} */
  onclose = null;

  /** @param {(run: string | undefined) => Speaker} speakerOf  by what is watched */
  constructor(speakerOf) {
    this.speakerOf = speakerOf;
    /** @type {Map<string | undefined, Speaker>} */
    this.speakers = new Map();
    this.speaker = this.of(undefined);
    queueMicrotask(() => {
      this.readyState = WebSocket.OPEN;
      this.onopen?.();
    });
  }

  /**
   * Who speaks of a run: one and the same for as long as the line stands.
   * @param {string | undefined} run
   */
  of(run) {
    const speaker = this.speakers.get(run) ?? this.speakerOf(run);
    this.speakers.set(run, speaker);
    return speaker;
  }

  /** @param {string} text */
  send(text) {
    const message = JSON.parse(text);
    if (message.type === 'watch') {
      this.speaker = this.of(message.run);
      this.speaker.watch(this, message);
    } else if (message.type === 'ask') this.answer(message);
    else this.say({ type: 'error', of: 'control', message: 'A frozen run is not trained on.' });
  }

  /** @param {object} message */
  say(message) {
    this.give(JSON.stringify(message));
  }

  /** @param {string | ArrayBuffer} data */
  give(data) {
    this.onmessage?.({ data });
  }

  /** @param {any} asked */
  async answer(asked) {
    const { id } = asked;
    try {
      const found = await this.speaker.answer(this, asked);
      if (found instanceof ArrayBuffer) this.give(found);
      else this.say({ ...found, id });
    } catch (error) {
      const why =
        error instanceof Refusal ? error.message : `This cannot be answered here: ${error}`;
      this.say({ type: 'error', id, message: why });
    }
  }

  // Who closes it hears of that later, as of a socket: by then another may stand in its place.
  close() {
    this.readyState = WebSocket.CLOSED;
    queueMicrotask(() => this.onclose?.());
  }
}

/** Why a question has no answer in the file, in a sentence for a person. */
export class Refusal extends Error {}
