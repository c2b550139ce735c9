// plotly.js is no module and weighs 5 MB: fetched once, and only where something is drawn with it.

import { el } from './dom.js';

const FOLDER = '../../plotly'; // beside the folder of the modules
const PATIENCE = 2000; // ms until a page that never rests gets its charts all the same

/** @type {Promise<void> | null} */
let loading = null;

/** Where the library is; in a frozen page (`web/frozen`) within the file itself. */
export const source = {
  url: async () => new URL(`${FOLDER}/plotly.min.js`, import.meta.url).href,
};

/** At once: something waits for it. */
export function loadPlotly() {
  loading ??= fetched().catch((error) => {
    loading = null; // it may be asked for again
    throw error;
  });
  return loading;
}

async function fetched() {
  if (window.Plotly) return;
  const src = await source.url();
  await new Promise((/** @type {(value?: any) => void} */ resolve, reject) => {
    document.head.append(el('script', { src, onload: resolve, onerror: reject }));
  });
}

/** Once the page rests: what is drawn by hand comes first. */
export async function plotlyAtRest() {
  if (window.Plotly || loading) return loadPlotly();
  await new Promise((resolve) => {
    if (window.requestIdleCallback) window.requestIdleCallback(resolve, { timeout: PATIENCE });
    else setTimeout(resolve, 200);
  });
  return loadPlotly();
}

/**
 * The library, or a sentence where it cannot be loaded.
 * @param {(sentence: string) => void} failed
 */
export function plotlyOr(failed) {
  return loadPlotly().catch(() =>
    failed('The sphere needs its drawing library, which could not be loaded; reload the page.'),
  );
}
