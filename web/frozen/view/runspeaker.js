// A run of the file as it is watched: what it is, its frames, and what is asked of its queries.

import { query, weights } from './answers.js';
import { packed } from './line.js';

/** @import { FrozenLine } from './line.js' */
/** @import { Recording } from './recording.js' */

/** @param {ArrayBuffer} message */
function headerOf(message) {
  const length = new DataView(message).getUint32(0, true);
  return JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, length)));
}

export class RunSpeaker {
  series = '';
  /** Counts what was watched: frames of what has been left are not sent any more. */
  watched = 0;

  /** @param {Recording} recording */
  constructor(recording) {
    this.recording = recording;
  }

  /**
   * @param {FrozenLine} line
   * @param {any} asked
   */
  async watch(line, { space, layout, agreement, step }) {
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
    line.say({ ...run, space, layout, agreement, asked: step ?? null, at });
    line.say(state);
    const first = messages.find((message) => headerOf(message).step === at);
    for (const data of [first, ...messages.filter((message) => message !== first)])
      if (data) line.give(data);
    const { offered } = await recording.lenses();
    if (now !== this.watched) return;
    line.say({ type: 'lenses', run: run.run, lenses: offered, own_lens: run.own_lens });
  }

  /**
   * @param {FrozenLine} _line
   * @param {any} asked
   */
  async answer(_line, asked) {
    if (asked.what !== 'weights') return query(this.recording, asked, this.series);
    const { header, arrays } = await weights(this.recording, asked, this.series);
    return packed({ ...header, id: asked.id }, arrays);
  }
}
