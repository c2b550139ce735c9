// What one can take away of a comparison: its clouds side by side, the numbers of all entries, the citation.

import { fileName, saveMenu } from '../../kit/chartsave.js';
import { CITATION } from '../../kit/citation.js';
import { cloudPicture, photographed } from '../../kit/cloudpicture.js';
import { count } from '../../kit/dom.js';
import { beside, csvText, savePicture } from '../../kit/picture.js';
import { saveTable, saveText } from '../../kit/savefile.js';

/** @import { Compare } from './compare.js' */

/**
 * Every number of every entry, a row a step.
 * @param {{ about: { label: string }, rows: Record<string, any>[] }[]} entries
 */
export function numbersText(entries) {
  const keys = [...new Set(entries.flatMap(({ rows }) => rows.flatMap((row) => Object.keys(row))))];
  const named = keys.filter((key) => key !== 'step');
  return csvText([
    ['entry', 'step', ...named],
    ...entries.flatMap(({ about, rows }) =>
      rows.map((row) => [about.label, row.step, ...named.map((key) => row[key] ?? '')]),
    ),
  ]);
}

/**
 * What stands above one cloud: also its step, where it has none at the moment shown.
 * @param {string} label
 * @param {number} own  the step of its cloud
 * @param {number} step
 */
export function cloudTitle(label, own, step) {
  return own === step ? label : `${label}: step ${count(own)}`;
}

/**
 * What stands above all of them.
 * @param {{ title: string, frozen?: boolean }} about
 * @param {number} step
 */
export function pictureTitle({ title, frozen }, step) {
  return frozen ? title : `${title}: step ${count(step)}`;
}

/**
 * @param {Compare} look
 * @param {string} format
 */
async function saveClouds({ clouds, about, step, theme }, format) {
  if (!about || step === null) return;
  const note = clouds.stage.caption.textContent ?? '';
  const drawn = await Promise.all(
    clouds.entries.map(async ({ cloud, frame, about: { label } }) => {
      if (!frame) return null;
      const photo = frame.dims === 3 ? await photographed(cloud.plot) : null;
      return cloudPicture(cloud, cloudTitle(label, frame.step, step), note, photo);
    }),
  );
  const pictures = drawn.filter((one) => one !== null);
  if (!pictures.length) return;
  const title = pictureTitle(about, step);
  await savePicture(beside(pictures, title, theme), format, title);
}

/** @param {Compare} look */
export function takeAway(look) {
  return saveMenu('Take away', [
    ['clouds, PNG', () => saveClouds(look, 'png')],
    ['clouds, SVG', () => saveClouds(look, 'svg')],
    [
      'numbers, CSV',
      () => {
        const name = fileName(look.about?.title ?? 'comparison');
        saveTable(`${name}-numbers.csv`, numbersText(look.clouds.entries));
      },
    ],
    ['citation, BibTeX', () => saveText('cacr-playground.bib', CITATION, 'text/x-bibtex')],
  ]);
}
