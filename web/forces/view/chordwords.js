// What is said of a mix: how hard it is beside its parents, and what normalising does to it.

const ALIKE = 1e-4;

export const finite = (value) => value !== null && Number.isFinite(value);
export const named = (index) => `negative ${index + 1}`;

// How hard a mix is beside its parents, by cosines with the query; nothing where there is no mix.
export function verdictOf(after, { a, b }) {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  if (!finite(after)) return '';
  if (after > high + ALIKE) return 'harder than both parents';
  if (after < low - ALIKE) return 'easier than both parents';
  if (high - low < ALIKE) return 'as hard as its parents';
  if (after > high - ALIKE) return 'like its harder parent';
  return after < low + ALIKE ? 'like its easier parent' : 'between its parents';
}

export function gainOf(before, after) {
  if (!finite(after)) return 'Here the parents cancel each other';
  if (Math.abs(after - before) < ALIKE) return 'Normalising hardly changes this mix';
  return `Normalising makes this mix ${after > before ? 'harder' : 'easier'}`;
}
