// What the views of the pages share: the theme, the socket and its loss, what Python is told, the end.

import { changes } from './changes.js';
import { themeOf } from './colours.js';
import { el, setText, show } from './dom.js';
import { Pace } from './pace.js';
import { Socket, socketUrl } from './socket.js';
import { Transport } from './transport.js';

/** @import { Head } from './head.js' */
/** @import { Scrubber } from './scrubber.js' */
/** @import { Message } from './socket.js' */
/** @import { PageData, Report, Theme } from './types.d.ts' */

const REPORT = 600;

/** @template {{ base: string }} D  what a rerun of the page's script hands over */
export class PageView {
  /** @type {Socket | null} */
  socket = null;
  pace = new Pace();

  /**
   * @param {HTMLElement} root
   * @param {D} data
   * @param {Report} report
   */
  constructor(root, data, report) {
    this.root = root;
    this.data = data;
    this.report = report;
    /** @type {Theme} */
    this.theme = themeOf(root);
    root.dataset.theme = this.theme;
  }

  /**
   * New data of a rerun; what was there before.
   * @param {D} data
   * @param {Report} report
   */
  renewed(data, report) {
    const before = this.data;
    this.data = data;
    this.report = report;
    return before;
  }

  // Whether the page has turned light or dark since this was last asked.
  turned() {
    const theme = themeOf(this.root);
    if (theme === this.theme) return false;
    this.root.dataset.theme = this.theme = theme;
    return true;
  }

  /**
   * The socket, opened once.
   * @param {{ setLost: (lost: boolean, why?: string) => void }} head  where its loss is said
   */
  connected(head) {
    this.socket ??= new Socket(socketUrl(this.data.base), {
      hear: (message) => this.hear(message),
      lost: (lost, why) => {
        head.setLost(lost, why);
        this.root.classList.toggle('lost', lost);
      },
    });
    return this.socket;
  }

  disconnect() {
    this.socket?.close();
    this.socket = null;
  }

  /** @param {Message} message  of any type: each view knows its own */
  // eslint-disable-next-line no-unused-vars
  hear(message) {}

  /** @param {{ close: () => void }[]} parts  what the view is made of */
  closeWith(...parts) {
    this.disconnect();
    for (const part of [this.pace, ...parts]) part.close();
  }
}

/**
 * A view of a run or of a comparison.
 * @template {Record<string, any>} V  how it is looked at
 * @extends {PageView<PageData>}
 */
export class RunView extends PageView {
  /**
   * @param {HTMLElement} root
   * @param {PageData} data
   * @param {Report} report
   */
  constructor(root, data, report) {
    super(root, data, report);
    this.view = /** @type {V} */ ({ ...data.view });
  }

  /**
   * Looks at it another way; what it was, and what differs.
   * @param {Partial<V>} change
   */
  altered(change) {
    const before = this.view;
    this.view = { ...before, ...change };
    return { before, changed: changes(before, this.view) };
  }

  /**
   * The bar below the view.
   * @param {Scrubber} scrubber
   * @param {(() => void) | null} [inside]  opens the update of the moment
   */
  transportOf(scrubber, inside = null) {
    return new Transport(scrubber, {
      ask: (act) => this.socket?.control(act, this.data.transport?.token),
      tell: (act, more) =>
        this.report.setTriggerValue('transport', { act, run: this.data.run, ...more }),
      inside,
    });
  }

  /**
   * The socket for the run that the page shows, or null and an invitation where it shows none.
   * @param {Head} head
   * @param {HTMLElement} empty  what stands in a run's place
   * @param {string} title
   */
  opened(head, empty, title) {
    const isEmpty = this.data.run === null;
    this.root.classList.toggle('no-run', isEmpty);
    show(empty, isEmpty);
    if (!isEmpty) return this.connected(head);
    setText(head.title, title);
    empty.replaceChildren(el('p', { text: this.data.invite }));
    this.disconnect();
    return null;
  }

  // Python hears how it is looked at once the hand rests.
  tell() {
    this.pace.rested('report', REPORT, () => this.report.setStateValue('view', { ...this.view }));
  }
}
