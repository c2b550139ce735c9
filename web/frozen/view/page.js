// The frozen page: puts one of the app's views before what the file holds, and keeps the moment in the link.

import { layouts } from '../../kit/captions.js';
import { setText } from '../../kit/dom.js';
import { translated } from '../../kit/language.js';
import { source } from '../../kit/plotly.js';
import { lines } from '../../kit/socket.js';
import { FrozenLine } from './line.js';
import { hasPart, queuedImages, urlOf } from './store.js';

/** @import { Speaker } from './line.js' */

/** @typedef {(parent: any, data: any, report: any) => unknown} Mount */

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
 * Draws the view; what it returns shows it another way.
 * @param {object} given
 * @param {Mount} given.mount  of the app's view
 * @param {(run: string | undefined) => Speaker} given.speakerOf
 * @param {Record<string, any>} given.page  what Python tells the view in the app
 */
export function show({ mount, speakerOf, page }) {
  library();
  document.title = translated(document.title);
  layouts.follow = false;
  lines.open = () => /** @type {any} */ (new FrozenLine(speakerOf));
  const usual = page.view;
  /** @type {Record<string, any>} */
  const data = { ...page, base: 'frozen:' };
  if (usual) data.view = viewOf(usual);
  const report = {
    /** @type {(name: string, value: any) => void} */
    setStateValue: (name, value) => {
      if (name === 'view') window.history.replaceState(null, '', linkOf(value));
    },
    setTriggerValue: () => {},
  };
  const again = () => mount(document.body, { ...data }, report);
  const button = themes(again);
  if (usual)
    window.addEventListener('hashchange', () => {
      data.view = viewOf(usual);
      again();
    });
  again();
  /** @param {Record<string, any>} change */
  const look = (change) => {
    Object.assign(data, change);
    again();
  };
  return { look, usual, button };
}
