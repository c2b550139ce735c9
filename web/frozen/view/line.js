// Stands where the socket to the app would: takes the same questions, gives the same messages, from the
// file. It goes nowhere, so it is open from the beginning and never lost.

import { query, weights } from './answers.js';

/** @import { Recording } from './recording.js' */

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

/** @param {ArrayBuffer} message */
function headerOf(message) {
  const length = new DataView(message).getUint32(0, true);
  return JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, length)));
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
  series = '';
  /** Counts what was watched: frames of what has been left are not sent any more. */
  watched = 0;

  /** @param {Recording} recording */
  constructor(recording) {
    this.recording = recording;
    queueMicrotask(() => {
      this.readyState = WebSocket.OPEN;
      this.onopen?.();
    });
  }

  /** @param {string} text */
  send(text) {
    const message = JSON.parse(text);
    if (message.type === 'watch') this.watch(message);
    else if (message.type === 'ask') this.answer(message);
    else this.say({ type: 'error', of: 'control', message: 'A frozen run is not trained on.' });
  }

  /** @param {object} message */
  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** @param {any} asked */
  async watch({ space, layout, agreement, step }) {
    this.watched += 1;
    const now = this.watched;
    const { recording } = this;
    const { run, state, series } = recording.about;
    const natural = run.natural && space === 'embeddings';
    const wanted = `${space}-${natural ? 'natural' : layout}`;
    this.series = series.includes(wanted) ? wanted : series[0];
    const at = step === null || step === undefined ? null : recording.nearest(step);
    const [frames, places] = [recording.frames(this.series), recording.places(this.series, 0)];
    const messages = await frames;
    await places;
    if (now !== this.watched) return;
    this.say({ ...run, space, layout, agreement, at });
    this.say(state);
    const first = messages.find((message) => headerOf(message).step === at);
    for (const data of [first, ...messages.filter((message) => message !== first)])
      if (data) this.onmessage?.({ data });
    const { offered } = await recording.lenses();
    if (now !== this.watched) return;
    this.say({ type: 'lenses', run: run.run, lenses: offered, own_lens: run.own_lens });
  }

  /** @param {any} asked */
  async answer(asked) {
    const { id, what } = asked;
    try {
      if (what === 'weights') {
        const { header, arrays } = await weights(this.recording, asked, this.series);
        this.onmessage?.({ data: packed({ ...header, id }, arrays) });
      } else this.say({ ...(await query(this.recording, asked, this.series)), id });
    } catch (error) {
      this.say({ type: 'error', id, message: `This cannot be answered here: ${error}` });
    }
  }

  close() {
    this.readyState = WebSocket.CLOSED;
    this.onclose?.();
  }
}
