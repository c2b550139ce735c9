// The article: an idea a section, with the app itself as its figure.

import { el } from '../../kit/dom.js';

/** @typedef {{ frame: string, link: string, height: number, caption: string }} Figure */
/** @typedef {{ title: string, text: string, lesson: string, source: string, figure: Figure | null }} Section */

const SEEN = 500; // milliseconds on the screen before a figure is fetched
const STRESSED = /(\*[^*]+\*|`[^`]+`)/;

/** @param {string} text  *stressed* and `code` among plain words */
export function prose(text) {
  return text
    .split(STRESSED)
    .filter(Boolean)
    .map((part) => {
      if (part.length > 2 && part[0] === '*') return el('em', { text: part.slice(1, -1) });
      if (part.length > 2 && part[0] === '`') return el('code', { text: part.slice(1, -1) });
      return part;
    });
}

/**
 * Opens a figure once it has stood on the screen for a moment, unless data are to be saved.
 * @param {HTMLElement} place
 * @param {() => void} open
 */
function whenSeen(place, open) {
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (navigator);
  if (connection?.saveData) return;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const watcher = new IntersectionObserver(
    ([{ isIntersecting }]) => {
      clearTimeout(timer);
      if (!isIntersecting) return;
      timer = setTimeout(() => {
        watcher.disconnect();
        if (place.isConnected) open();
      }, SEEN);
    },
    { threshold: 0.4 },
  );
  watcher.observe(place);
}

/**
 * A figure is a page of the app, fetched when it is looked at.
 * @param {Figure} figure
 * @param {string} title
 */
function figureOf({ frame, link, height, caption }, title) {
  const place = el('div', { class: 'live-figure' });
  place.style.setProperty('height', `${height}px`);
  const open = () =>
    place.replaceChildren(el('iframe', { src: frame, title: `Live figure: ${title}` }));
  place.append(el('button', { type: 'button', text: 'Show the live figure', onclick: open }));
  whenSeen(place, open);
  return el(
    'figure',
    {},
    place,
    el('figcaption', {}, caption, ' ', el('a', { href: link, text: 'Open it whole' }), '.'),
  );
}

/**
 * @param {Section[]} sections
 * @param {(id: string) => HTMLElement | null} lessonLink
 */
export function article(sections, lessonLink) {
  return sections.map(({ title, text, lesson, source, figure }) =>
    el(
      'section',
      { class: 'idea' },
      el(
        'div',
        { class: 'said' },
        el('h3', { text: title }),
        el('p', {}, ...prose(text)),
        source ? el('p', { class: 'source', text: `Figures from ${source}.` }) : null,
        lesson ? lessonLink(lesson) : null,
      ),
      figure ? figureOf(figure, title) : null,
    ),
  );
}
