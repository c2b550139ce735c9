// What a word means, where it stands: one bubble for the page, by hover, focus and touch.

import { filledOrNothing } from './blanks.js';
import { el, setAttribute, setText } from './dom.js';
import { subscribe } from './facts.js';

/** @import { Facts } from './facts.js' */

/** @typedef {{ id: string, name: string, words: string, at: string[], now: string }} Term */

const [WAIT, STAYS] = [250, 200]; // ms until it comes; and until it goes, where the hand may be on its way to it
const MARK = '[data-term]';

/** @type {Term[] | null} */
let known = null;
/** @type {Facts} */
let facts = {};
/** @type {HTMLElement | null} */
let bubble = null;
/** @type {Element | null} */
let over = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** The table came with the page. */
function terms() {
  if (known) return known;
  const table = document.getElementById('cacr-glossary');
  known = /** @type {Term[]} */ (table ? JSON.parse(table.textContent ?? '[]') : []);
  return known;
}

/** @param {string} key  of a number */
export function termOf(key) {
  return terms().find(({ at }) => at.includes(key))?.id ?? null;
}

/** @param {Term} term */
function sentence({ words, now }) {
  return [words, now && filledOrNothing(now, facts)].filter(Boolean).join(' ');
}

/** What is read out where the word has the focus: it stands in the page, unseen. */
function described(/** @type {Term} */ term) {
  const id = `cacr-term-${term.id}`;
  if (!document.getElementById(id))
    document.body.append(el('span', { id, hidden: true, text: term.words }));
  return id;
}

function hide() {
  clearTimeout(timer);
  over = null;
  bubble?.remove();
  bubble = null;
}

/** @param {Element} node */
function showAt(node) {
  clearTimeout(timer);
  const term = terms().find(({ id }) => id === node.getAttribute('data-term'));
  if (!term || !node.isConnected) {
    hide();
    return;
  }
  over = node;
  bubble ??= el('div', { class: 'cacr-bubble', role: 'tooltip' });
  bubble.replaceChildren(el('b', { text: term.name }), el('span', { text: sentence(term) }));
  const host = node.closest('[data-mounted]') ?? document.body;
  host.append(bubble);
  const [box, width, height] = [
    node.getBoundingClientRect(),
    bubble.offsetWidth,
    bubble.offsetHeight,
  ];
  const left = Math.max(8, Math.min(box.left, window.innerWidth - width - 8));
  const above = box.top - height - 6;
  bubble.style.left = `${Math.round(left)}px`;
  bubble.style.top = `${Math.round(above > 4 ? above : box.bottom + 6)}px`;
}

/**
 * The word that the hand is over, or whose bubble it is over.
 * @param {EventTarget | null} target
 */
function markOf(target) {
  if (target instanceof Node && bubble?.contains(target)) return over;
  return target instanceof Element ? target.closest(MARK) : null;
}

let listening = false;

function listen() {
  if (listening) return;
  listening = true;
  subscribe((now) => {
    facts = now;
  });
  document.addEventListener('pointerover', ({ target }) => {
    clearTimeout(timer);
    const node = markOf(target);
    if (node === over) return;
    timer = node ? setTimeout(() => showAt(node), WAIT) : setTimeout(hide, STAYS);
  });
  document.addEventListener('focusin', ({ target }) => {
    const node =
      markOf(target) ??
      (target instanceof Element ? target.querySelector(`:scope > ${MARK}`) : null);
    if (node && target instanceof Element && target.matches(':focus-visible')) showAt(node);
    else hide();
  });
  document.addEventListener('click', ({ target }) => {
    const node = markOf(target);
    if (node) showAt(node);
    else hide();
  });
  document.addEventListener('scroll', hide, { capture: true, passive: true });
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || !bubble) return;
      hide();
      event.stopPropagation();
      event.preventDefault();
    },
    { capture: true },
  );
}

/**
 * Marks a word of the page as one of the table; `reader` is what a person who listens has the focus on.
 * @param {Element} node
 * @param {string | null} id
 * @param {Element} [reader]
 */
export function explain(node, id, reader = node) {
  const term = terms().find((one) => one.id === id);
  setAttribute(node, 'data-term', term?.id ?? null);
  setAttribute(reader, 'aria-describedby', term ? described(term) : null);
  if (term) listen();
}

/**
 * A word with its meaning, a stop of its own.
 * @param {string} id
 * @param {string} text
 */
export function word(id, text) {
  const node = el('button', { type: 'button', class: 'word' });
  setText(node, text);
  explain(node, id);
  return node;
}
