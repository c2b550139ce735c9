// The page of a frozen run: the live view, and the lessons that speak of the run.

import { canOpen, show, spritesOf } from './page.js';
import { Lessons } from './lessons.js';
import { Recording } from './recording.js';
import { RunSpeaker } from './runspeaker.js';
import { jsonPart } from './store.js';

/** @import { Mount } from './page.js' */

/**
 * @param {Mount} mount  of the app's view
 * @param {(conditions: any[], facts: object) => boolean} allHold  of the app's lessons
 */
export async function open(mount, allHold) {
  if (!canOpen()) return;
  const about = await jsonPart('about');
  about.run.sprites = await spritesOf();
  const recording = new Recording(about);
  const asked = new URLSearchParams(window.location.hash.slice(1)).get('lesson');
  const speakerOf = () => new RunSpeaker(recording);
  const { look, usual, button } = show({ mount, speakerOf, page: about.page });
  if (!about.lessons.length) return;
  const lessons = new Lessons(about.lessons, {
    look: (view) => look({ view: { ...usual, ...view } }),
    allHold,
  });
  button.before(lessons.select);
  document.querySelector('main')?.before(lessons.node);
  if (asked) lessons.choose(asked);
}
