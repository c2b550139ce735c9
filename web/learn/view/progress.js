// How far a person has come in each lesson; kept by the browser alone.

const KEY = 'cacr-lessons';

/** @typedef {{ at: number, done: number[], ended?: boolean }} Progress */

/** @returns {Record<string, Progress>} */
export function allProgress() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof found === 'object' && found !== null ? found : {};
  } catch {
    return {}; // a browser that keeps nothing, or something else under this name
  }
}

/**
 * @param {string} lesson
 * @param {(was: Progress) => Progress} change
 */
export function keepProgress(lesson, change) {
  const all = allProgress();
  const was = all[lesson];
  const known = { at: 1, done: [], ...(typeof was === 'object' ? was : {}) };
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...all, [lesson]: change(known) }));
  } catch {
    // kept nowhere: the lesson goes on all the same
  }
}
