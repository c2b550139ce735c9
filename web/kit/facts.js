// What a page knows at this moment, for a lesson that speaks of it: numbers that Python sent, by name.

/** @typedef {{ [name: string]: any }} Facts */

/** @type {Facts} */
let facts = {};
/** @typedef {(facts: Facts, found: Facts) => void} Listener  of all facts, and of those just said */

/** @type {Set<Listener>} */
const listeners = new Set();

/**
 * A view says what is so now; what it does not name stays as it was.
 * @param {Facts} found  with `page`; another page's take the place of all that was said before
 */
export function publish(found) {
  facts = found.page && found.page !== facts.page ? found : { ...facts, ...found };
  for (const listener of listeners) listener(facts, found);
}

/**
 * Hears of all facts now and whenever they change, until what it returns is called.
 * @param {Listener} listener
 */
export function subscribe(listener) {
  listeners.add(listener);
  listener(facts, facts);
  return () => listeners.delete(listener);
}
