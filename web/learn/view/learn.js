// The Learn page: lessons first, then the article, the words, and what a teacher may do with links.

import { el } from '../../kit/dom.js';
import { mounting } from '../../kit/mount.js';
import { article } from './article.js';
import { cards, opens, questions } from './cards.js';

/** @import { Report } from '../../kit/types.d.ts' */
/** @import { Lesson } from './cards.js' */
/** @import { Section } from './article.js' */

/** @typedef {{ name: string, words: string }} Named */

/**
 * @typedef {object} Told
 * @property {Lesson[]} lessons
 * @property {string[]} wrong
 * @property {Section[]} article
 * @property {{ id: string, name: string, words: string }[]} terms
 * @property {{ page: string, parts: Named[], more: string[] }[]} places
 */

/** @type {Record<string, string>} */
const PARTS = {
  asked: 'What you can answer then',
  article: 'From contrastive learning to two papers',
  words: 'The words',
  teach: 'To teach with it',
};

const TEACHING = [
  [
    'A lesson of your own',
    'A lesson is a text file (TOML): title, steps, and for each step a page, the state that a link to it has, the part to look at, words, a question, what to do, and why. Copy one of the folder lessons/, change it, put it into a folder and name that in CACR_LESSONS; it appears above, in any language. A wrong file is named here, with the step and what is wrong.',
  ],
  [
    'A link that opens a lesson',
    'Every address takes lesson=NAME and at=STEP beside what it says itself: that step then stands over the page. The name is that of the file.',
  ],
  [
    'A page with less on it',
    'hide= takes parts away by the names below, several with commas between: hide=sidebar,marks. Nothing of it is gone for good: take hide= out of the address.',
  ],
  [
    'A page in a frame',
    'embed=1 shows the panel alone, with a link back, for an iframe in a page of yours: <iframe src="…/forces?preset=synthetic&embed=1" height="640"></iframe>. Other sites must be allowed by whoever runs the app.',
  ],
];

class Learn {
  /**
   * @param {HTMLElement} root
   * @param {Told} data
   * @param {Report} report
   */
  constructor(root, data, report) {
    this.root = root;
    this.report = report;
    this.data = data;
    this.key = '';
    this.update(data, report);
  }

  /**
   * @param {Told} data
   * @param {Report} report
   */
  update(data, report) {
    this.report = report;
    this.data = data;
    const key = JSON.stringify(data);
    if (key === this.key) return; // figures that run are left alone
    this.key = key;
    this.draw();
  }

  draw() {
    const { lessons, wrong, terms, places } = this.data;
    const go = (/** @type {string} */ lesson, /** @type {number} */ at) =>
      this.report.setTriggerValue('go', { lesson, at, page: 'learn', solved: false });
    const minutes = lessons.reduce((sum, one) => sum + one.minutes, 0);
    this.root.replaceChildren(
      el(
        'header',
        { class: 'welcome' },
        el('h2', { text: 'Learn what pulls and what pushes' }),
        el('p', {
          text: `${lessons.length} lessons of a few minutes each (${minutes} in all) lead through the real pages: say what you expect, try it, and see why, from the numbers of the moment. Begin with the first; each can stand alone.`,
        }),
        el(
          'nav',
          { 'aria-label': 'On this page' },
          ...['asked', 'article', 'words', 'teach'].map((kind) =>
            el('a', {
              href: `#${kind}`,
              text: PARTS[kind],
              onclick: (/** @type {Event} */ event) => this.scroll(event, kind),
            }),
          ),
        ),
      ),
      ...(wrong.length
        ? [el('ul', { class: 'wrong', role: 'alert' }, ...wrong.map((text) => el('li', { text })))]
        : []),
      el('section', { 'aria-label': 'Lessons' }, cards(lessons, go)),
      this.part('asked', questions(lessons, go)),
      this.part('article', ...article(this.data.article, (id) => this.lessonLink(id, go))),
      this.part(
        'words',
        el(
          'dl',
          {},
          ...terms.map(({ id, name, words }) =>
            el('div', { id: `word-${id}` }, el('dt', { text: name }), el('dd', { text: words })),
          ),
        ),
      ),
      this.part('teach', ...this.teaching(places)),
    );
  }

  /**
   * @param {string} kind
   * @param {...HTMLElement} nodes
   */
  part(kind, ...nodes) {
    const title = PARTS[kind];
    const head = el('h2', { text: title, tabindex: '-1' });
    return el('section', { class: kind, 'aria-label': title }, head, ...nodes);
  }

  /**
   * @param {Event} event
   * @param {string} kind
   */
  scroll(event, kind) {
    event.preventDefault(); // the address is Python's to write
    const head = /** @type {HTMLElement} */ (this.root.querySelector(`.${kind} > h2`));
    head.focus({ preventScroll: true });
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    head.scrollIntoView({ behavior: still ? 'auto' : 'smooth' });
  }

  /**
   * @param {string} id
   * @param {(lesson: string, at: number) => void} go
   */
  lessonLink(id, go) {
    const lesson = this.data.lessons.find((one) => one.id === id);
    if (!lesson) return null;
    const { lang, links, title } = lesson;
    const link = el('a', { href: links[0], lang: lang || null, text: title });
    opens(link, () => go(id, 1));
    return el('p', { class: 'to-lesson' }, 'Lesson: ', link);
  }

  /** @param {Told['places']} places */
  teaching(places) {
    const row = (/** @type {Named} */ { name, words }) =>
      el('li', {}, el('code', { text: name }), ` ${words}`);
    return [
      ...TEACHING.map(([title, text]) =>
        el('section', {}, el('h3', { text: title }), el('p', { text })),
      ),
      ...places.map(({ page, parts, more }) =>
        el(
          'details',
          {},
          el('summary', { text: `Names of parts: ${page}` }),
          el('ul', {}, ...parts.map(row), ...more.map((text) => el('li', { text }))),
        ),
      ),
    ];
  }

  close() {
    this.root.replaceChildren();
  }
}

export const mount = mounting('[data-learn-root]', (...given) => new Learn(...given));
