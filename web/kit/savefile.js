// A file that is made in the page and put where the browser puts downloads.

import { el } from './dom.js';

const MARK = '\uFEFF'; // without it Excel takes UTF-8 for letters of its own
const PATIENCE = 10_000; // ms that a slow disk has

/**
 * @param {string} name
 * @param {Blob} content
 */
export function saveFile(name, content) {
  const href = URL.createObjectURL(content);
  el('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), PATIENCE);
}

/**
 * @param {string} name
 * @param {string} text  as of `csvText`
 */
export function saveTable(name, text) {
  saveText(name, `${MARK}${text}`, 'text/csv');
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} type
 */
export function saveText(name, text, type) {
  saveFile(name, new Blob([text], { type: `${type};charset=utf-8` }));
}
