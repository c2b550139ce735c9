// The frozen page: puts the app's own view before what the file holds, and keeps the moment in the link.

import { lines } from '../../kit/socket.js';
import { el } from '../../kit/dom.js';
import { FrozenLine } from './line.js';
import { Recording } from './recording.js';
import { Lessons } from './lessons.js';
import { hasPart, jsonPart, urlOf } from './store.js';

const DARK = window.matchMedia('(prefers-color-scheme: dark)');

/** @param {Record<string, any>} view */
function linkOf(view) {
  const named = Object.entries(view).filter(([key, value]) => key !== 'lens' && value !== null);
  return `#${new URLSearchParams(named.map(([key, value]) => [key, String(value)]))}`;
}

/**
 * The view that the link names, and the usual one in what it does not.
 * @param {Record<string, any>} usual
 */
function viewOf(usual) {
  const named = Object.fromEntries(new URLSearchParams(window.location.hash.slice(1)));
  const view = { ...usual };
  for (const key of Object.keys(usual)) {
    const text = named[key];
    if (text === undefined) continue;
    if (typeof usual[key] === 'boolean') view[key] = text === 'true';
    else if (['query', 'view', 'step'].includes(key)) {
      if (/^\d{1,8}$/.test(text)) view[key] = Number(text);
    } else if (key !== 'lens') view[key] = text.slice(0, 80);
  }
  return view;
}

/** The spheres' library, where the file needs it. */
async function library() {
  if (!hasPart('plotly')) return;
  const src = await urlOf('plotly', 'text/javascript');
  await new Promise((resolve, reject) => {
    document.head.append(el('script', { src, onload: resolve, onerror: reject }));
  });
}

/**
 * @param {(parent: any, data: any, report: any) => unknown} mount  of the app's view
 * @param {(conditions: any[], facts: object) => boolean} allHold  of the app's lessons
 */
export async function open(mount, allHold) {
  if (!('DecompressionStream' in window)) {
    const main = /** @type {HTMLElement} */ (document.querySelector('main'));
    main.textContent = 'This browser cannot unpack the file; open it in one of 2023 or later.';
    return;
  }
  const about = await jsonPart('about');
  const [probes, ...views] = await Promise.all([
    urlOf('probes', 'image/webp'),
    ...[0, 1, 2, 3, 4].map((view) => urlOf(`views-${view}`, 'image/webp')),
    library(),
  ]);
  about.run.sprites = { probes, views: views.filter(Boolean) };
  const recording = new Recording(about);
  lines.open = () => /** @type {any} */ (new FrozenLine(recording));
  const data = { ...about.page, view: viewOf(about.page.view), base: 'frozen:' };
  const report = {
    /** @type {(name: string, value: any) => void} */
    setStateValue: (name, value) => {
      if (name === 'view') window.history.replaceState(null, '', linkOf(value));
    },
    setTriggerValue: () => {},
  };
  const again = () => mount(document.body, { ...data }, report);
  const theme = /** @type {HTMLElement} */ (document.querySelector('[data-turn-theme]'));
  const turn = (/** @type {boolean} */ dark) => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    theme.textContent = dark ? 'light page' : 'dark page';
  };
  turn(DARK.matches);
  DARK.addEventListener('change', () => {
    turn(DARK.matches);
    again();
  });
  theme.addEventListener('click', () => {
    turn(document.documentElement.dataset.theme !== 'dark');
    again();
  });
  window.addEventListener('hashchange', () => {
    data.view = viewOf(about.page.view);
    again();
  });
  const asked = new URLSearchParams(window.location.hash.slice(1)).get('lesson');
  again();
  if (!about.lessons.length) return;
  const lessons = new Lessons(about.lessons, {
    look: (view) => {
      data.view = { ...about.page.view, ...view };
      again();
    },
    allHold,
  });
  theme.before(lessons.select);
  document.querySelector('main')?.before(lessons.node);
  if (asked) lessons.choose(asked);
}
