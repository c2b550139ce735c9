// The page of a frozen run: the live view, and the lessons that speak of the run.

import { parts } from './link.js';
import { canOpen, show, spritesOf } from './page.js';
import { Lessons } from './lessons.js';
import { Recording } from './recording.js';
import { RunSpeaker } from './runspeaker.js';
import { jsonPart } from './store.js';

/** @import { Lesson } from './lessons.js' */
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
  const asked = parts();
  // at once, as a step's view is: a moment that is asked for while it opens is not come to
  const told = about.lessons.find((/** @type {Lesson} */ one) => one.id === asked.lesson);
  const first = told?.steps[Number(asked.at ?? 1) - 1]?.view ?? {};
  const speakerOf = () => new RunSpeaker(recording);
  const { turn, recall, say, button } = show({ mount, speakerOf, page: about.page, first });
  if (!about.lessons.length) return;
  const lessons = new Lessons(about.lessons, {
    look: turn,
    say: (lesson, step) => say({ lesson, at: step }),
    allHold,
  });
  button.before(lessons.select);
  document.querySelector('main')?.before(lessons.node);
  const hear = (/** @type {Record<string, string>} */ said) => {
    if (!said.lesson && !lessons.lesson) return;
    lessons.choose(said.lesson ?? '', said.at);
    recall(said); // what a person changed since the step was shown
  };
  hear(asked);
  window.addEventListener('hashchange', () => hear(parts()));
}
