// What a view lets a class see of it: how it is looked at, and how it is to be.

/** @typedef {{ run: string | null, view: Record<string, any>, moment: number | null }} Seen */

/**
 * @typedef {object} Look
 * @property {() => Seen} seen  what is shown now; a moment of null follows the newest
 * @property {(seen: Seen) => void} showSeen  shows it so; Python hears at most what it needs to train with it
 */

/** @type {Sharing | null} */
let open = null;

// A view that has just been made is the one that is shared, until it is closed.
export class Sharing {
  /**
   * @param {string} page
   * @param {Look} look
   */
  constructor(page, look) {
    this.page = page;
    this.look = look;
    open = this;
  }

  close() {
    if (open === this) open = null;
  }
}

/** The view that is open, null where the page has none. */
export function shared() {
  return open;
}
