// What differs between two settings of a view.

/**
 * The names whose values differ, lists and records by what is in them.
 * @template {object} T
 * @param {T} before
 * @param {T} after
 * @returns {Set<keyof T>}
 */
export function changes(before, after) {
  const names = /** @type {(keyof T)[]} */ ([...Object.keys(before), ...Object.keys(after)]);
  return new Set(
    names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])),
  );
}
