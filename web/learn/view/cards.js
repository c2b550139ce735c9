// The lessons as cards: what each teaches, how long it takes, how far one has come.

import { el } from '../../kit/dom.js';
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
    'aria-label': `${text}: ${lesson.title}`,
    text,
  });
  opens(link, () => go(lesson.id, at));
  const pages = lesson.pages.map((page) => page[0].toUpperCase() + page.slice(1));
  const meta = [`${lesson.minutes} minutes`, ...pages, ...(lesson.own ? ['your own'] : [])];
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
    answers.map(([at, text]) =>
      el(
        'li',
        { lang: lang || null },
        opens(el('a', { href: links[at - 1], 'data-answer': id, text }), () => go(id, at)),
      ),
    ),
  );
  return el('ul', { class: 'questions' }, ...items);
}
