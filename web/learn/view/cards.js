// The lessons as cards: what each teaches, how long it takes, how far one has come.

import { el } from '../../kit/dom.js';
import { translated, withName } from '../../kit/language.js';
import { allProgress } from './progress.js';

/** @import { Progress } from './progress.js' */

/**
 * @typedef {object} Lesson
 * @property {string} id
 * @property {string} title
 * @property {string} teaches
 * @property {number} minutes
 * @property {string} lang  empty for that of the page
 * @property {string[]} pages
 * @property {number} n
 * @property {boolean} own
 * @property {string[]} links
 * @property {[at: number, question: string][]} answers  what its steps answer
 */

/**
 * @param {Lesson} lesson
 * @param {Progress | undefined} was
 */
export function stageOf({ n }, was) {
  if (!was) return { at: 1, text: 'Begin', state: 'new' };
  const at = Math.max(1, Math.min(was.at, n));
  if (was.ended && at === 1) return { at: 1, text: 'Again', state: 'ended' };
  return { at, text: `Go on at step ${at}`, state: 'begun' };
}

/**
 * Python opens it in this session; with a key held, or from the menu, it is a link like any.
 * @param {HTMLElement} link
 * @param {() => void} open
 */
export function opens(link, open) {
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open();
  });
  return link;
}

/**
 * A sentence about a lesson, whose title stays as it is where it is the owner's.
 * @param {string} sentence  with {w} for the title
 * @param {{ title: string, own: boolean }} lesson
 */
export function named(sentence, { title, own }) {
  return withName(sentence, own ? title : translated(title));
}

/**
 * @param {Lesson} lesson
 * @param {Progress | undefined} was
 * @param {(lesson: string, at: number) => void} go
 */
function card(lesson, was, go) {
  const { at, text, state } = stageOf(lesson, was);
  const steps = Array.from({ length: lesson.n }, (_, i) =>
    el('i', { class: state === 'ended' || (was && i + 1 < at) ? 'passed' : '' }),
  );
  const link = el('a', {
    href: lesson.links[at - 1],
    'data-lesson': lesson.id,
    'aria-label': named(`${text}: {w}`, lesson),
    text,
  });
  opens(link, () => go(lesson.id, at));
  const pages = lesson.pages.map((page) => page[0].toUpperCase() + page.slice(1));
  const minutes = `${lesson.minutes} ${lesson.minutes === 1 ? 'minute' : 'minutes'}`;
  const meta = [minutes, ...pages, ...(lesson.own ? ['your own'] : [])];
  const lang = lesson.lang || null;
  return el(
    'li',
    { class: 'lesson', 'data-state': state },
    el('p', { class: 'meta', text: meta.join(' · ') }),
    el('h3', { lang, text: lesson.title }),
    el('p', { class: 'teaches', lang, text: lesson.teaches }),
    el(
      'div',
      { class: 'foot' },
      link,
      el('span', { class: 'steps', 'aria-hidden': 'true' }, ...steps),
      el('span', { class: 'done', text: state === 'ended' ? '✓ done' : '' }),
    ),
  );
}

/**
 * @param {Lesson[]} lessons
 * @param {(lesson: string, at: number) => void} go
 */
export function cards(lessons, go) {
  const progress = allProgress();
  return el(
    'ol',
    { class: 'lessons' },
    ...lessons.map((lesson) => card(lesson, progress[lesson.id], go)),
  );
}

/**
 * What one can answer after the lessons, each a link to the step that answers it.
 * @param {Lesson[]} lessons
 * @param {(lesson: string, at: number) => void} go
 */
export function questions(lessons, go) {
  const items = lessons.flatMap(({ id, lang, links, answers }) =>
    answers.map(([at, text]) => {
      const about = { 'data-answer': id, lang: lang || null, text };
      return el(
        'li',
        {},
        opens(el('a', { href: links[at - 1], ...about }), () => go(id, at)),
      );
    }),
  );
  return el('ul', { class: 'questions' }, ...items);
}
