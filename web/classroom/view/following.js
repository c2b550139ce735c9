// What a follower's page does next to show what the teacher looks at; pure, so that tests can walk it.

/** @import { Place, Seen } from '../../kit/messages.d.ts' */

/** @typedef {Place & { lesson: string }} There  its address is of the page alone, as in `Here` */

/**
 * @typedef {object} Here
 * @property {string} page
 * @property {string} address  what the page's own address says
 * @property {string} lesson  the lesson under way and its step, empty where none is
 * @property {Seen | null} seen  what its view shows, null where none is open
 */

// Pages whose moment is in their address alone: they have no view that could be set.
const BY_ADDRESS = new Set(['checkpoints', 'learn']);
const MOST_TRIES = 3;
const CARRIED = ['lesson', 'at', 'hide', 'lang', 'embed']; // beside what an address says of its page

/**
 * What an address says of its page.
 * @param {string} query
 */
export function ownAddress(query) {
  const params = new URLSearchParams(query);
  for (const name of CARRIED) params.delete(name);
  return params.toString();
}

/**
 * The step of a lesson that an address names; empty where it names none.
 * @param {string} query
 */
export function lessonIn(query) {
  const params = new URLSearchParams(query);
  const lesson = params.get('lesson');
  return lesson === null ? '' : `${lesson} ${params.get('at') ?? 1}`;
}

/** @param {Seen} seen */
const told = ({ run, view }) => JSON.stringify([run, view]);

export class Following {
  /** What the teacher shows, as it was last taken. */
  taken = '';
  /** What the view showed right after that. */
  left = '';
  /** Of a page without a view: its address as it was brought here, null on the way. */
  /** @type {string | null} */
  arrived = null;
  /** The step of a lesson that it was brought to, null on the way. */
  /** @type {string | null} */
  lesson = null;
  went = '';
  /** The address that it was brought from. */
  from = '';
  tries = 0;

  /** From now on what the teacher shows counts again, whatever was looked at meanwhile. */
  begin() {
    this.forget();
    Object.assign(this, { went: '', from: '', tries: 0 });
  }

  forget() {
    Object.assign(this, { taken: '', left: '', arrived: null, lesson: null });
  }

  /**
   * What is shown has changed by nobody's hand, as when a script has come to its view late: the view
   * is set again, a page without one stands as it is, and a lesson is brought to its step again.
   * @param {Here} here
   */
  settle({ page, address }) {
    this.lesson = null;
    if (BY_ADDRESS.has(page)) this.arrived = address;
    else Object.assign(this, { taken: '', left: '' });
  }

  /**
   * Whether what is shown has changed since it was the teacher's.
   * @param {Here} here
   */
  strayed({ page, address, lesson, seen }) {
    if (this.lesson !== null && lesson !== this.lesson) return true;
    if (BY_ADDRESS.has(page)) return this.arrived !== null && address !== this.arrived;
    return this.left !== '' && seen !== null && told(seen) !== this.left;
  }

  /**
   * `go` opens the teacher's page anew, `take` sets the view; null where nothing is to be done.
   * @param {There} place
   * @param {Here} here
   * @returns {'go' | 'take' | null}
   */
  next(place, here) {
    if (place.page !== here.page) return this.go(`${place.page}`, here);
    if (place.lesson !== here.lesson) return this.go(`${place.page} ${place.lesson}`, here);
    this.lesson = here.lesson;
    if (BY_ADDRESS.has(place.page)) return this.nextByAddress(place, here);
    if (!here.seen || !place.seen) return null;
    if (place.seen.run !== here.seen.run) return this.go(`${place.page} ${place.seen.run}`, here);
    this.tries = 0;
    return JSON.stringify(place.seen) === this.taken ? null : 'take';
  }

  /**
   * @param {There} place
   * @param {Here} here
   */
  nextByAddress(place, here) {
    const key = `${place.page}?${place.address}`;
    const stays = this.went !== key || this.from === here.address; // a rerun was cut off, say
    if (stays && here.address !== place.address) return this.go(key, here);
    this.went = key;
    this.arrived ??= here.address;
    return null;
  }

  /**
   * Where it cannot be brought after a few tries, it is not tried again until that is elsewhere.
   * @param {string} key
   * @param {Here} here
   */
  go(key, { address }) {
    this.tries = key === this.went ? this.tries + 1 : 1;
    if (this.tries > MOST_TRIES) return null;
    this.forget();
    Object.assign(this, { went: key, from: address });
    return /** @type {const} */ ('go');
  }

  /**
   * The view has been set.
   * @param {There} place
   * @param {Seen} seen  what it shows now
   */
  took(place, seen) {
    this.taken = JSON.stringify(place.seen);
    this.left = told(seen);
  }
}
