// What Streamlit writes of a page, in the page's language: its widgets know no table of ours. Its texts
// are changed where they stand, in the moment they come and before they are painted.

import { inLines, translated } from './language.js';

const ALONE = 'script, style, noscript, textarea, code, pre, [contenteditable], [translate=no]';
const BROKEN = 'text[data-unformatted*="<br>"]';
const READ = ['title', 'aria-label', 'alt', 'placeholder'];

/**
 * A title that plotly broke into lines: whole, then broken again into as many.
 * @param {Element} title
 */
function translateBroken(title) {
  const lines = [...title.querySelectorAll('.line')];
  const english = lines.map((line) => line.textContent ?? '');
  const whole = english.filter(Boolean).join(' ');
  const made = translated(whole);
  if (made === whole) return;
  const broken = inLines(made, english);
  lines.forEach((line, i) => {
    const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    let left = broken[i];
    for (let next = walk.nextNode(); next; next = walk.nextNode())
      if (next instanceof Text && next.data) {
        next.data = left;
        left = '';
      }
  });
}

/** @param {Text} text */
function translateText(text) {
  if (!text.isConnected || text.parentElement?.closest(ALONE)) return;
  const broken = text.parentElement?.closest(BROKEN);
  if (broken) {
    translateBroken(broken);
    return;
  }
  const made = translated(text.data);
  if (made !== text.data) text.data = made;
}

/** @param {Element} node */
function translateRead(node) {
  if (node.matches('[translate=no]')) return;
  for (const name of READ) {
    const value = node.getAttribute(name);
    const made = translated(value);
    if (made && made !== value) node.setAttribute(name, made);
  }
}

/** @param {Node} node */
function translateAll(node) {
  if (node instanceof Text) translateText(node);
  if (!(node instanceof Element)) return;
  translateRead(node);
  const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let next = walk.nextNode(); next; next = walk.nextNode())
    if (next instanceof Text) translateText(next);
    else translateRead(/** @type {Element} */ (next));
}

new MutationObserver((changes) => {
  for (const { type, target, addedNodes } of changes)
    if (type === 'childList') addedNodes.forEach(translateAll);
    else if (target instanceof Text) translateText(target);
    else if (target instanceof Element) translateRead(target);
}).observe(document.documentElement, {
  subtree: true,
  childList: true,
  characterData: true,
  attributes: true,
  attributeFilter: READ,
});
translateAll(document.documentElement); // its title, too
