// What is said of a mix: how hard it is beside its parents, and what normalising does to it.

const ALIKE = 1e-4;

/**
 * @param {unknown} value
 * @returns {value is number}
 */
export const finite = (value) => value !== null && Number.isFinite(value);
/** @param {number} index */
export const named = (index) => `negative ${index + 1}`;

/**
 * How hard a mix is beside its parents, by cosines with the query; nothing where there is no mix.
 * @param {number | null} after
 * @param {{ a: number, b: number }} parents
 */
export function verdictOf(after, { a, b }) {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  if (!finite(after)) return '';
  if (after > high + ALIKE) return 'harder than both parents';
  if (after < low - ALIKE) return 'easier than both parents';
  if (high - low < ALIKE) return 'as hard as its parents';
  if (after > high - ALIKE) return 'like its harder parent';
  return after < low + ALIKE ? 'like its easier parent' : 'between its parents';
}

/**
 * @param {number} before
 * @param {number | null} after
 */
export function gainOf(before, after) {
  if (!finite(after)) return 'Here the parents cancel each other';
  if (Math.abs(after - before) < ALIKE) return 'Normalising hardly changes this mix';
  return `Normalising makes this mix ${after > before ? 'harder' : 'easier'}`;
}

/**
 * A place of a mix; opposite parents leave one share none.
 * @param {(number | null)[] | null | undefined} place
 */
export function placed(place) {
  return place?.every((value) => value !== null) ? /** @type {number[]} */ (place) : null;
}
