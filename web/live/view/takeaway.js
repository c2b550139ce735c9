// What one can take away of the live view: the cloud, the film of the run, its numbers, the citation.

import { fileName, saveMenu } from '../../kit/chartsave.js';
import { CITATION } from '../../kit/citation.js';
import { cloudPicture, photographed } from '../../kit/cloudpicture.js';
import { count } from '../../kit/dom.js';
import { csvText, savePicture } from '../../kit/picture.js';
import { saveFile, saveTable, saveText } from '../../kit/savefile.js';
import { gifOf } from './filmgif.js';
import { videoKind, videoOf } from './filmvideo.js';

/** @import { Frames } from '../../kit/frames.js' */
/** @import { View } from './live.js' */

/**
 * Every number of every moment, a row a step; empty where there was none yet.
 * @param {Frames} frames
 */
export function numbersText(frames) {
  const keys = [
    ...new Set(frames.steps.flatMap((_, i) => frames.at(i).numbers.map(({ key }) => key))),
  ];
  const seldom = keys.filter((key) => frames.isSeldom(key));
  const courses = new Map(keys.map((key) => [key, frames.series(key)]));
  const rows = frames.steps.map((step, i) => [
    step,
    ...keys.map((key) => courses.get(key)?.[i] ?? ''),
    ...seldom.map((key) =>
      (courses.get(key)?.[i] ?? null) === null ? '' : frames.measuredAt(step, key),
    ),
  ]);
  return csvText([['step', ...keys, ...seldom.map((key) => `${key}_measured_at`)], ...rows]);
}

/**
 * @param {View} look
 * @param {string} format
 */
async function saveCloud(look, format) {
  const { run, cloud, stage } = look;
  const { shown } = look.film;
  if (!run || !shown) return;
  const title = `${run.title}: step ${count(shown.step)}`;
  const note = stage.caption.textContent ?? '';
  const photo = shown.dims === 3 ? await photographed(cloud.plot) : null;
  const drawn = cloudPicture(cloud, title, note, photo);
  if (drawn) await savePicture(drawn, format, title);
}

/**
 * @param {View} look
 * @param {boolean} isGif
 */
async function saveFilm(look, isGif) {
  const { run, cloud, stage, theme, view } = look;
  const frames = look.film.frames.steps.map((_, i) => look.film.frames.at(i));
  const kind = isGif ? 'image/gif' : videoKind();
  if (!run || frames.length < 2) stage.setNotice('A film needs two moments or more.', true);
  else if (!kind) stage.setNotice('This browser records no video; save the GIF instead.', true);
  else if (frames[0].dims !== 2) stage.setNotice('A film is made of flat clouds alone.', true);
  else {
    const colour = ['weight', 'pull'].includes(view.colour) ? 'class' : view.colour;
    const say = (/** @type {string} */ text) => {
      if (look.run?.run === run.run) stage.setNotice(text, true); // else it is another's place
    };
    const progress = (/** @type {number} */ share) =>
      say(`Recording the film: ${Math.round(100 * share)} %`);
    const make = isGif ? gifOf : videoOf;
    try {
      const film = await make({ frames, run, colour, theme, cloud, progress });
      const ending = isGif ? 'gif' : kind.startsWith('video/mp4') ? 'mp4' : 'webm';
      saveFile(`${fileName(run.title)}.${ending}`, film);
    } finally {
      say('');
    }
  }
}

/** @param {View} look */
export function takeAway(look) {
  const name = () => fileName(look.run?.title ?? 'run');
  return saveMenu('Take away', [
    ['cloud, PNG', () => saveCloud(look, 'png')],
    ['cloud, SVG', () => saveCloud(look, 'svg')],
    ['film, video', () => saveFilm(look, false)],
    ['film, GIF', () => saveFilm(look, true)],
    ['numbers, CSV', () => saveTable(`${name()}-numbers.csv`, numbersText(look.film.frames))],
    ['citation, BibTeX', () => saveText('cacr-playground.bib', CITATION, 'text/x-bibtex')],
  ]);
}
