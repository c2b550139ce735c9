// The page of frozen scenes: the forces view, and the scenes to choose from with what to watch.

import { el, setText } from '../../kit/dom.js';
import { parts, write } from './link.js';
import { canOpen, show } from './page.js';
import { SceneSpeaker } from './scenespeaker.js';
import { jsonPart } from './store.js';

/** @import { Mount } from './page.js' */

/** @typedef {{ title: string, watch: string[], board: any }} Told */

/**
 * @param {Mount} mount  of the app's view
 * @param {import('./scenespeaker.js').Vector} vector
 */
export async function open(mount, vector) {
  if (!canOpen()) return;
  const { scenes, lenses } = await jsonPart('about');
  const names = Object.keys(scenes);
  const asked = () => {
    const { scene = '' } = parts();
    return Object.hasOwn(scenes, scene) ? scene : names[0];
  };
  const speaker = new SceneSpeaker(asked(), vector);
  const page = {
    board: scenes[speaker.scene].board,
    revision: 1,
    lenses,
    taken: null,
    present: false,
  };
  const { look, button } = show({ mount, speakerOf: () => speaker, page });
  const watch = el('p', { class: 'cacr-watch', role: 'status' });
  const tell = () => {
    setText(watch, scenes[speaker.scene].watch.join(' '));
    window.dispatchEvent(new Event('resize')); // the view takes the room that is left
  };
  const again = (/** @type {string} */ name) => {
    speaker.scene = name;
    page.revision += 1;
    tell();
    look({ board: scenes[name].board, revision: page.revision });
  };
  const select = el(
    'select',
    {
      'aria-label': 'Scene',
      onchange: () => {
        again(select.value);
        write({ scene: select.value });
      },
    },
    ...names.map((name) => el('option', { value: name, text: scenes[name].title })),
  );
  select.value = speaker.scene;
  document.querySelector('main')?.before(watch);
  tell();
  const back = el('button', {
    type: 'button',
    text: 'as it opens',
    title: 'Put all marks and settings back',
    onclick: () => again(speaker.scene),
  });
  button.before(...(names.length > 1 ? [select] : []), back);
  window.addEventListener('hashchange', () => {
    select.value = asked();
    again(select.value);
  });
}
