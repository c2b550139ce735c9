// The page of a frozen comparison: each entry is a run of the file, and one speaks of all at once.

import { canOpen, show, spritesOf } from './page.js';
import { ComparisonSpeaker } from './comparisonspeaker.js';
import { Recording } from './recording.js';
import { RunSpeaker } from './runspeaker.js';
import { jsonPart } from './store.js';

/** @import { Mount } from './page.js' */

/** @param {Mount} mount  of the app's view */
export async function open(mount) {
  if (!canOpen()) return;
  const about = await jsonPart('about');
  const sprites = await spritesOf();
  about.comparison.sprites = sprites;
  /** @type {Record<string, Recording>} */
  const entries = {};
  for (const { name } of about.comparison.entries) {
    const told = await jsonPart(`${name}/about`);
    told.run.sprites = sprites;
    entries[name] = new Recording(told, `${name}/`);
  }
  const together = new ComparisonSpeaker(about, entries);
  /** @type {Record<string, string>} */
  const names = Object.fromEntries(
    Object.entries(entries).map(([name, { about: told }]) => [told.run.run, name]),
  );
  const speakerOf = (/** @type {string | undefined} */ run = '') =>
    Object.hasOwn(names, run) ? new RunSpeaker(entries[names[run]]) : together;
  show({ mount, speakerOf, page: about.page });
}
