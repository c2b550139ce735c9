// The frozen page: puts one of the app's views before what the file holds, and keeps the moment in the link.

import { layouts } from '../../kit/captions.js';
import { setText } from '../../kit/dom.js';
import { translated } from '../../kit/language.js';
import { source } from '../../kit/plotly.js';
import { lines } from '../../kit/socket.js';
import { FrozenLine } from './line.js';
import { linkOf, parts, viewOf, write } from './link.js';
import { hasPart, queuedImages, urlOf } from './store.js';

/** @import { Speaker } from './line.js' */

/** @typedef {(parent: any, data: any, report: any) => unknown} Mount */

const REPORT = 600; // milliseconds after which a view tells how a person looks at it (`kit/view.js`)
const DARK = window.matchMedia('(prefers-color-scheme: dark)');

/** Whether the browser can unpack the file; it says so where it cannot. */
export function canOpen() {
  try {
    return Boolean(new DecompressionStream('deflate-raw')); // some know it without this kind
  } catch {
    const main = /** @type {HTMLElement} */ (document.querySelector('main'));
    setText(main, 'This browser cannot unpack the file; open it in one of 2023 or later.');
    return false;
  }
}

/** The probes' pictures and those of their views, as addresses within the page. */
export async function spritesOf() {
  const [probes, ...views] = await Promise.all([
    urlOf('probes', 'image/webp'),
    ...[0, 1, 2, 3, 4].map((view) => urlOf(`views-${view}`, 'image/webp')),
  ]);
  if (!hasPart('queued-images')) return { probes, views };
  const url = hasPart('queued') ? await urlOf('queued', 'image/webp') : '';
  return { probes, views, queued: { ...(await queuedImages()), url } };
}

/** The library that charts and spheres are drawn with, where the file has it. */
function library() {
  source.url = () =>
    hasPart('plotly')
      ? urlOf('plotly', 'text/javascript')
      : Promise.reject(new Error('The file has no charts.'));
}

/** The button that turns the page light or dark. */
/** @param {() => void} again */
function themes(again) {
  const button = /** @type {HTMLElement} */ (document.querySelector('[data-turn-theme]'));
  const turn = (/** @type {boolean} */ dark) => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    setText(button, dark ? 'light page' : 'dark page');
  };
  turn(DARK.matches);
  DARK.addEventListener('change', () => {
    turn(DARK.matches);
    again();
  });
  button.addEventListener('click', () => {
    turn(document.documentElement.dataset.theme !== 'dark');
    again();
  });
  return button;
}

/**
 * Draws the view. What it returns: `look` gives it other data, `turn` shows it another way, `recall`
 * as a link says, `say` keeps more in the link, where a text of undefined leaves one out.
 * @param {object} given
 * @param {Mount} given.mount  of the app's view
 * @param {(run: string | undefined) => Speaker} given.speakerOf
 * @param {Record<string, any>} given.page  what Python tells the view in the app
 * @param {Record<string, any>} [given.first]  of the view that it opens on, where the link says nothing
 */
export function show({ mount, speakerOf, page, first = {} }) {
  library();
  document.title = translated(document.title);
  layouts.follow = false;
  lines.open = () => /** @type {any} */ (new FrozenLine(speakerOf));
  const { view: usual, choices = {}, ...told } = page;
  /** @type {Record<string, any>} */
  const data = { ...told, base: 'frozen:' };
  if (usual) data.view = viewOf(parts(), { ...usual, ...first }, choices);
  /** @type {Record<string, string>} */
  const kept = {};
  let turnedAt = -Infinity;
  const report = {
    /** @type {(name: string, value: any) => void} */
    setStateValue: () => {},
    setTriggerValue: () => {},
  };
  const again = () => mount(document.body, { ...data }, report);
  const link = () => write({ ...kept, ...linkOf(data.view, usual, choices) });
  // As a rerun would: the view is told how Python has it now.
  const rerun = (/** @type {any} */ view) => {
    data.view = view;
    again();
  };
  report.setStateValue = (name, value) => {
    if (name !== 'view') return;
    const { view: wanted } = data;
    rerun(value);
    // what a person did before it was turned is told late, and until then the view keeps to it
    if (performance.now() - turnedAt < REPORT) rerun(wanted);
    link();
  };
  const turn = (/** @type {any} */ view) => {
    turnedAt = performance.now();
    rerun(view);
  };
  const button = themes(again);
  if (usual) window.addEventListener('hashchange', () => turn(viewOf(parts(), usual, choices)));
  again();
  return {
    button,
    /** @param {Record<string, any>} change */
    look: (change) => {
      Object.assign(data, change);
      again();
    },
    /** @param {Record<string, any>} change  of the usual view */
    turn: (change) => {
      turn({ ...usual, ...change });
      link();
    },
    /** @param {Record<string, string>} said  by a link, if it says anything of the view */
    recall: (said) => {
      if (!Object.keys(choices).some((key) => key in said)) return;
      turn(viewOf(said, usual, choices));
      link();
    },
    /** @param {Record<string, string | undefined>} more */
    say: (more) => {
      for (const [name, text] of Object.entries(more))
        if (text === undefined) delete kept[name];
        else kept[name] = text;
      link();
    },
  };
}
