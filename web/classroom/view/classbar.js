// The bar of a class above the page: what the teacher shows goes out, what a follower sees comes in.

import { themeOf } from '../../kit/colours.js';
import { publish, subscribe } from '../../kit/facts.js';
import { mounting } from '../../kit/mount.js';
import { shared } from '../../kit/shared.js';
import { Socket, socketUrl } from '../../kit/socket.js';
import { BarLine } from './barline.js';
import { Following, lessonIn, ownAddress } from './following.js';
import { readyQuestions } from './ready.js';
import { TopLayer } from './toplayer.js';

/** @import { Class, Place } from '../../kit/messages.d.ts' */
/** @import { There } from './following.js' */
/** @import { Ready } from './ready.js' */
/** @import { Report } from '../../kit/types.d.ts' */
/** @import { Facts } from '../../kit/facts.js' */

const LOOK = 120; // milliseconds between looks at what is shown
const AGAIN = 2000; // the teacher's place is said again: the script may have come to the page later
const SETTLE = 400; // a page of another run waits for the script of the teacher to have said so
const PATIENCE = 4000; // for the script of a follower to bring them
const SPREAD = 1500;
const BY_HAND = 3000; // after a touch of the page, a change is taken for that of a person
const TOUCHES = ['pointerdown', 'keydown', 'input'];
const KEPT = 'cacr-class-follows';

/**
 * @typedef {object} BarData
 * @property {string} base
 * @property {string} token
 * @property {boolean} teaches
 * @property {Place['page']} page
 * @property {string} lang  that the address names, empty where it names none
 * @property {boolean} may_start  whether followers may start runs, as the script knew it
 * @property {number} brought  counts how often the script has brought a follower elsewhere
 */

// Of this tab, where the browser keeps anything at all; else of this page alone.
const wish = {
  read() {
    try {
      return sessionStorage.getItem(KEPT);
    } catch {
      return null;
    }
  },
  /** @param {string} text */
  write(text) {
    try {
      sessionStorage.setItem(KEPT, text);
    } catch {
      // it is forgotten with the page
    }
  },
};

export class ClassBar {
  follows = wish.read() !== 'no';
  following = new Following();
  /** @type {There | null} */
  place = null;
  /** @type {Class | null} */
  standing = null;
  /** @type {Facts} */
  facts = {};
  /** Why the connection will not come back, where it will not. */
  /** @type {string | undefined} */
  refused = undefined;
  said = '';
  saidAt = 0;
  /** When the script was asked to bring, 0 where it was not. */
  asked = 0;
  since = 0;
  /** A question is on its way to the class. */
  poses = false;
  /** A tab of the teacher's in the background takes no seat: what it tells brings nobody away. */
  isUnseen = false;
  /** When a person last touched the page, and when the view was last set. */
  touched = 0;
  took = 0;
  /** Whether runs may be started, as the script was last told. */
  /** @type {boolean | null} */
  told = null;
  toldAt = 0;
  /** @type {number | undefined} */
  telling = undefined;

  /**
   * @param {HTMLElement} root
   * @param {BarData} data
   * @param {Report} report
   */
  constructor(root, data, report) {
    this.root = root;
    this.data = data;
    this.report = report;
    this.line = new BarLine({
      follow: () => this.follow(true),
      choose: (option) => this.say('choose', { number: this.standing?.asked?.number, option }),
      close: (gone) => this.say('close', { gone }),
      pose: (question) => this.pose(question),
      allow: (start) => this.say('allow', { start }),
      ready: () => readyQuestions(this.facts, shared()?.look.seen().run ?? null),
    });
    this.topLayer = new TopLayer(root);
    root.replaceChildren(this.line.node, this.line.menu.node, this.line.card.node);
    this.socket = new Socket(socketUrl(data.base), {
      hear: (message) => this.hear(message),
      lost: (lost, why) => {
        this.refused = why;
        this.line.setLost(lost, why);
        if (!lost) this.attend();
      },
    });
    this.unsubscribe = subscribe((facts) => {
      this.facts = facts;
    });
    this.ontouch = () => {
      this.touched = Date.now();
    };
    for (const name of TOUCHES) window.addEventListener(name, this.ontouch, { capture: true });
    this.timer = setInterval(() => this.look(), LOOK);
    this.update(data, report);
  }

  /**
   * @param {BarData} data
   * @param {Report} report
   */
  update(data, report) {
    const before = this.data;
    Object.assign(this, { data, report });
    this.root.dataset.theme = themeOf(this.root);
    const isBrought = data.brought !== before.brought;
    if (isBrought) {
      if (this.touched <= this.asked) this.touched = 0; // a later touch is of what was brought
      this.asked = 0;
    }
    if (data.may_start !== before.may_start) this.told = null;
    if (data.page !== before.page && !isBrought && !data.teaches) this.follow(false);
    if (data.page !== before.page || data.token !== before.token) this.attend();
    this.show();
  }

  /**
   * @param {string} type
   * @param {object} more
   */
  say(type, more) {
    this.line.setLost(!this.socket.open(), this.refused);
    this.socket.say({ type, token: this.data.token, ...more });
  }

  attend() {
    const { page, teaches } = this.data;
    this.isUnseen = teaches && document.hidden;
    // it is said when the connection is there, and when the teacher looks at the tab
    if (!this.socket.open() || this.isUnseen) return;
    this.say('attend', { page, follows: this.follows && !teaches });
  }

  /** @param {Ready} question  one at a time: another would take its place */
  pose(question) {
    if (this.poses) return;
    this.poses = true;
    this.say('pose', question);
  }

  /** @param {boolean} follows */
  follow(follows) {
    this.follows = follows;
    wish.write(follows ? 'yes' : 'no');
    this.asked = 0;
    if (follows) {
      this.following.begin();
      this.touched = 0;
    }
    this.attend();
    this.show();
  }

  /** @param {any} message  of any type */
  hear(message) {
    if (message.type === 'place') {
      const { address } = message;
      this.place = { ...message, address: ownAddress(address), lesson: lessonIn(address) };
      if (!this.data.teaches) this.keepUp();
    } else if (message.type === 'class') {
      const { asked } = message;
      const before = this.standing?.asked;
      if (asked?.number !== before?.number || asked?.is_open !== before?.is_open)
        this.line.setError('');
      this.poses = false;
      this.standing = message;
      this.tellScript(message.may_start);
      this.show();
    } else if (message.type === 'error') {
      this.poses = false;
      this.line.setError(message.message);
    }
  }

  /**
   * What followers may do has changed: their scripts run again, not all at once.
   * @param {boolean} may
   */
  tellScript(may) {
    const now = Date.now();
    if (this.data.teaches || may === this.data.may_start) return;
    if (may === this.told && now - this.toldAt < 2 * PATIENCE) return;
    this.told = may;
    this.toldAt = now;
    clearTimeout(this.telling);
    const wait = Math.random() * SPREAD;
    this.telling = setTimeout(() => this.report.setTriggerValue('may_start', true), wait);
  }

  look() {
    this.topLayer.look();
    if (this.isUnseen && !document.hidden) this.attend();
    if (this.standing) this.tellScript(this.standing.may_start); // again, where a run was cut off
    if (this.data.teaches) this.lead();
    else this.keepUp();
  }

  // What the teacher's view shows, as soon as it is otherwise.
  lead() {
    const open = shared();
    if (!open || open.page !== this.data.page || document.hidden) return;
    const text = JSON.stringify(open.look.seen());
    const now = Date.now();
    if (text === this.said && now - this.saidAt < AGAIN) return;
    this.said = text;
    this.saidAt = now;
    this.socket.say({
      type: 'lead',
      token: this.data.token,
      page: this.data.page,
      ...JSON.parse(text),
    });
  }

  keepUp() {
    const { following, place, data } = this;
    const now = Date.now();
    if (!this.follows || !place || (this.asked && now - this.asked < PATIENCE)) return;
    const open = shared();
    const { search } = window.location;
    const look = open?.page === data.page ? open.look : null;
    const at = {
      page: data.page,
      address: ownAddress(search),
      lesson: lessonIn(search),
      seen: look?.seen() ?? null,
    };
    if (following.strayed(at)) {
      if (this.touched && (this.touched > this.took || now - this.touched < BY_HAND)) {
        this.follow(false);
        return;
      }
      following.settle(at);
    }
    const isElsewhere = place.page === data.page && place.seen?.run !== at.seen?.run;
    if (!isElsewhere) this.since = 0;
    else if (at.seen && now - (this.since ||= now) < SETTLE) return;
    const next = following.next(place, at);
    if (next === 'go') {
      this.asked = now;
      this.report.setTriggerValue('follow', true);
    } else if (next === 'take' && look && place.seen) {
      look.showSeen(place.seen);
      following.took(place, look.seen());
      this.took = now;
    }
  }

  show() {
    const { data, follows, standing } = this;
    this.line.set(standing, { ...data, follows });
    if (standing && data.page === 'class') {
      const { n, following } = standing;
      publish({ page: 'class', n, following });
    }
    const asks = standing?.asked?.is_open && standing.asked.sheet ? 'images' : 'nothing';
    this.root.dataset.asks = asks;
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.telling);
    for (const name of TOUCHES) window.removeEventListener(name, this.ontouch, { capture: true });
    this.unsubscribe();
    this.socket.close();
    this.topLayer.close();
    this.line.close();
  }
}

export const mount = mounting('[data-classbar-root]', (...given) => new ClassBar(...given));
