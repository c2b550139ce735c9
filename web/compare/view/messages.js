// What comes through the socket of a comparison, and which part of the view it is for.

import { show } from '../../kit/dom.js';
import { socketUrl } from '../../kit/socket.js';

/** @import { ComparisonMessage, ErrorMessage, MetricRow } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { Entry } from './entry.js' */

const SHOW = 250;

export class Messages {
  /** @param {Compare} look */
  constructor(look) {
    this.look = look;
  }

  /** @param {any} message  of any type */
  hear(message) {
    const { look } = this;
    /** @type {Record<string, () => void>} */
    const acts = {
      comparison: () => this.setAbout(message),
      state: () => look.states.set(message),
      rows: () => this.addRows(message),
      proof: () => look.proof.set(message, look.clouds.entries),
      seeds: () => look.states.setSeeds(message),
      answer: () =>
        message.what === 'moved' ? look.panels.moved.set(message) : look.query.answered(message),
      error: () => this.failed(message),
    };
    const act = acts[message.type];
    if (act && (look.about || ['comparison', 'error', 'state'].includes(message.type))) act();
  }

  /** @param {ComparisonMessage} about */
  setAbout(about) {
    const { look } = this;
    const same = look.about?.run === about.run;
    look.about = about;
    look.head.setRun(about);
    if (same) return;
    look.keepSpace();
    look.query.take(look.view, about.n);
    look.root.dataset.entries = String(about.entries.length);
    show(look.proof.node, !about.frozen);
    look.clouds.setEntries(about.entries, socketUrl(look.data.base));
    const { entries } = look.clouds;
    look.moment.begin(about);
    look.strips.setEntries(entries);
    look.strips.group.choose(look.view.group);
    look.panels.setRun(about, entries);
    look.clouds.watch(look.view);
    look.panels.show(look);
    if (look.states.newest) look.states.set(look.states.newest);
  }

  /**
   * An entry's own description is here: the first brings the images and the lenses.
   * @param {Entry} entry
   */
  ready(entry) {
    const { look } = this;
    if (entry !== look.clouds.entries[0]) return;
    if (entry.lenses) {
      look.strips.setLenses(entry.lenses, look.view.lens);
      return;
    }
    if (!entry.run) return;
    look.strips.setRun(entry.run);
    look.panels.setImages(entry.run);
    look.strips.setLenses(null, null);
    look.query.show();
  }

  /** @param {{ entry: string, rows: MetricRow[] }} message */
  addRows({ entry, rows }) {
    const { look } = this;
    look.clouds.entries.find(({ name }) => name === entry)?.addRows(rows);
    look.pace.soon('figures', SHOW, () => look.showFigures());
  }

  /** @param {ErrorMessage} message */
  failed({ kind, of, message }) {
    const { look } = this;
    if (of === 'control') look.transport.refuse(message);
    else if (kind === 'moved') look.panels.moved.setError(message);
    else if (kind) look.query.failed(message);
    else look.clouds.stage.setNotice(message);
  }
}
