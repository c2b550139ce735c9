// The board: all that the page shows. The browser holds it; Python hears of it once the hand rests.

import { Sharing } from '../../kit/shared.js';
import { kindOf, spotOf } from './marknames.js';
import { degrees, turned, vector } from './places.js';

/** @import { BoardState, ForcesData, Group, Place, SurfaceName } from './types.d.ts' */

export const MOST = { positives: 8, negatives: 24 };
export const SNAP = 15;
const REST = 600;
const FOLLOWED = { rest: 1500, spread: 3000 }; // a class's scripts do not all run at once
const BESIDE = 8;
const HIGH = 45; // of latitude: nearer a pole meridians are close
const NEAR = 60;
/** @param {number} value */
const round = (value) => Math.round(value * 100) / 100;
/**
 * @param {number[]} a
 * @param {number[]} b
 */
const cosine = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
/**
 * @template {object} T
 * @param {T} of
 */
const keysOf = (of) => /** @type {(keyof T)[]} */ (Object.keys(of));
/**
 * @param {unknown} a
 * @param {unknown} b
 */
const alike = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/**
 * @param {Place} a
 * @param {Place} b
 */
function angleBetween(a, b) {
  return Math.acos(Math.max(-1, Math.min(1, cosine(vector(a), vector(b))))) * (180 / Math.PI);
}

/**
 * @param {SurfaceName} surface
 * @returns {Place[]}
 */
function candidates(surface) {
  if (surface === 'circle') return Array.from({ length: 72 }, (_, i) => [turned(5 * i), 0]);
  return Array.from({ length: 300 }, (_, i) =>
    degrees([
      Math.sqrt(1 - ((i + 0.5) / 150 - 1) ** 2) * Math.cos(2.399963 * i),
      Math.sqrt(1 - ((i + 0.5) / 150 - 1) ** 2) * Math.sin(2.399963 * i),
      (i + 0.5) / 150 - 1,
    ]),
  );
}

/** @typedef {Pick<BoardState, 'query' | 'positives' | 'negatives'>} Flat */

export class Board {
  /** Python's, from the first `take`. */
  state = /** @type {BoardState} */ ({});
  /** @type {number | null} */
  revision = null;
  /** @type {number | undefined} */
  timer = undefined;
  /** What was on the sphere, and what became of it on the circle. */
  /** @type {{ was: BoardState, flat: Flat } | null} */
  round = null;

  /**
   * @param {object} hand
   * @param {(before: BoardState) => void} hand.changed  after every change
   * @param {(state: BoardState) => void} hand.report  once nothing has changed for a while
   */
  constructor({ changed, report }) {
    this.changed = changed;
    this.report = report;
    this.sharing = new Sharing('forces', this);
  }

  /**
   * Python's board counts when Python has replaced it; says whether it did.
   * @param {Pick<ForcesData, 'board' | 'revision'>} data
   */
  take({ board, revision }) {
    if (this.revision === revision) return false;
    this.revision = revision;
    this.state = { ...board };
    this.round = null;
    clearTimeout(this.timer);
    return true;
  }

  // What a class sees.
  seen() {
    return { run: null, view: { board: this.state }, moment: null };
  }

  // As a class's teacher has it; Python, which trains with what is shown, hears of it later.
  /** @param {import('../../kit/shared.js').Seen} seen */
  showSeen({ view }) {
    const before = this.state;
    if (alike(before, view.board)) return;
    this.state = { ...view.board };
    this.round = null;
    this.changed(before);
    this.tell(FOLLOWED.rest + FOLLOWED.spread * Math.random());
  }

  /**
   * Once nothing has changed for so many milliseconds.
   * @param {number} rest
   */
  tell(rest) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.report({ ...this.state }), rest);
  }

  /**
   * Says whether anything is different now.
   * @param {Partial<BoardState>} change
   */
  set(change) {
    const before = this.state;
    const next = { ...before, ...change };
    if (keysOf(change).every((key) => alike(before[key], next[key]))) return false;
    this.state = next;
    if (next.surface !== before.surface) this.flatten(before);
    this.changed(before);
    this.tell(REST);
    return true;
  }

  /**
   * On the circle marks keep their distance to the query, and so their weights; back on the sphere,
   * those that stayed are where they were.
   * @param {BoardState} before
   */
  flatten(before) {
    if (this.state.surface === 'circle') {
      const [lon] = before.query;
      /**
       * @param {Place} place
       * @returns {Place}
       */
      const beside = (place) => [
        round(
          turned(lon + (turned(place[0] - lon) < 0 ? -1 : 1) * angleBetween(before.query, place)),
        ),
        0,
        ...place.slice(2),
      ];
      const flat = {
        query: [lon, 0],
        positives: before.positives.map(beside),
        negatives: before.negatives.map(beside),
      };
      this.round = { was: before, flat };
      Object.assign(this.state, flat);
    } else if (this.round) {
      const { was, flat } = this.round;
      const { query, positives, negatives } = was;
      if (keysOf(flat).every((part) => alike(flat[part], this.state[part])))
        Object.assign(this.state, { query, positives, negatives });
    }
  }

  /** @param {string} mark */
  place(mark) {
    const spot = spotOf(mark);
    return spot ? this.state[spot.group][spot.index] : this.state.query;
  }

  // What Python is asked about: places without their images.
  question() {
    const { surface, query, positives, negatives, losses, seed } = this.state;
    /** @param {Place[]} list */
    const places = (list) => list.map(([lon, lat]) => [lon, lat]);
    return {
      surface,
      query: query.slice(0, 2),
      positives: places(positives),
      negatives: places(negatives),
      losses,
      seed,
    };
  }

  marks() {
    /**
     * @param {string} letter
     * @param {Place[]} list
     */
    const ids = (letter, list) => list.map((_, i) => `${letter}${i}`);
    return ['q', ...ids('p', this.state.positives), ...ids('n', this.state.negatives)];
  }

  /**
   * @param {string} mark
   * @param {number[]} place
   */
  move(mark, [lon, lat]) {
    /** @param {number} value */
    const step = (value) => (this.state.snap ? SNAP * Math.round(value / SNAP) : round(value));
    const place = [
      round(turned(step(lon))),
      this.state.surface === 'circle' ? 0 : Math.max(-90, Math.min(90, step(lat))),
    ];
    const spot = spotOf(mark);
    if (!spot) return this.set({ query: place });
    const list = [...this.state[spot.group]];
    if (!list[spot.index]) return false;
    list[spot.index] = [...place, ...list[spot.index].slice(2)];
    return this.set({ [spot.group]: list });
  }

  /**
   * Each of these says in a sentence why it did not happen, else nothing.
   * @param {Group} group
   */
  add(group) {
    const list = this.state[group];
    if (list.length >= MOST[group]) return this.full(group);
    const [query, ...others] = [
      this.state.query,
      ...this.state.positives,
      ...this.state.negatives,
    ].map((place) => vector(place));
    /** @type {{ place: Place, nearest: number } | null} */
    let best = null;
    for (const place of candidates(this.state.surface)) {
      const at = vector(place);
      if (group === 'positives' && cosine(at, query) < Math.cos((NEAR * Math.PI) / 180)) continue;
      const nearest = Math.max(cosine(at, query), ...others.map((other) => cosine(at, other)));
      if (!best || nearest < best.nearest - 1e-9) best = { place, nearest };
    }
    const free = best?.place ?? query;
    this.set({
      [group]: [
        ...list,
        free.map(this.state.snap ? (value) => SNAP * Math.round(value / SNAP) : round),
      ],
    });
    return '';
  }

  /** @param {string} mark */
  duplicate(mark) {
    const spot = spotOf(mark);
    if (!spot) return 'There is one query; positives and negatives can be duplicated.';
    const list = this.state[spot.group];
    if (list.length >= MOST[spot.group]) return this.full(spot.group);
    const [lon, lat, ...image] = list[spot.index];
    const by = this.state.snap ? SNAP : BESIDE;
    const beside =
      Math.abs(lat) > HIGH
        ? [lon, round(lat - Math.sign(lat) * by)]
        : [round(turned(lon + by)), lat];
    this.set({ [spot.group]: [...list, [...beside, ...image]] });
    return '';
  }

  /** @param {string} mark */
  remove(mark) {
    const spot = spotOf(mark);
    if (!spot) return 'The query stays: without it there is nothing to pull or push.';
    const list = this.state[spot.group];
    if (list.length <= 1) return `The last ${kindOf(mark)} stays: the loss needs at least one.`;
    /** @type {Partial<BoardState>} */
    const change = { [spot.group]: list.filter((_, i) => i !== spot.index) };
    const { chord } = this.state;
    if (chord && spot.group === 'negatives') {
      const [a, b, share] = chord;
      /** @param {number} i */
      const after = (i) => (i > spot.index ? i - 1 : i);
      change.chord = a === spot.index || b === spot.index ? null : [after(a), after(b), share];
    }
    this.set(change);
    return '';
  }

  /** @param {Group} group */
  full(group) {
    return `A scene holds at most ${MOST[group]} ${group}; remove one to add another.`;
  }

  close() {
    this.sharing.close();
    clearTimeout(this.timer);
  }
}
