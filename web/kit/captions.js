// What is said of a cloud: how it is laid out, how far that can be trusted, what its colours are of.

import { count } from './dom.js';

/** @import { Frame, Probes } from './types.d.ts' */

/** Where no process lays out what is shown, none follows. */
export const layouts = { follow: true };

/** @param {number | null | undefined} trust */
function trustWords(trust) {
  if (trust === null || trust === undefined) return 'how far to trust it is not measured yet';
  const how =
    trust >= 0.95
      ? 'neighbourhoods as in the original space'
      : trust >= 0.87
        ? 'neighbourhoods mostly as in the original space'
        : trust >= 0.75
          ? 'neighbourhoods roughly as in the original space'
          : 'neighbourhoods often unlike the original space';
  return `trustworthiness ${trust.toFixed(2)}: ${how}; distances between clusters may mislead`;
}

/**
 * @param {Pick<Frame, 'layout' | 'dims' | 'step' | 'of' | 'trust'>} frame
 * @param {string} wanted  the layout that was asked for
 */
export function caption(frame, wanted) {
  if (frame.layout === 'natural') {
    return frame.dims === 2
      ? 'The circle itself: the head has two dimensions, so nothing is projected and every distance is true'
      : 'The sphere itself: the head has three dimensions, so nothing is projected; drag to turn it';
  }
  const name = frame.layout.toUpperCase();
  const of = frame.of && frame.of.step !== frame.step ? ` of step ${count(frame.of.step)}` : '';
  const later = layouts.follow ? ' for now, UMAP follows' : ' (no UMAP had been made of it)';
  const soon = wanted === 'umap' && frame.layout === 'pca' ? later : '';
  return `${name}${of}${soon}, ${trustWords(frame.trust)}`;
}

/**
 * What the cloud shows, in words.
 * @param {Pick<Frame, 'layout' | 'dims' | 'step' | 'spread'>} frame
 * @param {{ probes: Pick<Probes, 'class_names' | 'n'> }} run
 * @param {{ colour: string, probe: number, name: string | null }} look  `name` is the query's class
 */
export function seen(frame, run, { colour, probe, name }) {
  const { class_names: names, n } = run.probes;
  const where =
    frame.layout === 'natural'
      ? frame.dims === 2
        ? 'on the circle'
        : 'on the sphere'
      : `laid out by ${frame.layout.toUpperCase()}`;
  /** @type {Record<string, string>} */
  const meanings = {
    weight: 'their weight for the query',
    pull: 'their pull for the query',
    ...(names.length > 1 ? { agreement: 'how many neighbours share their class' } : {}),
  };
  const by = colour.startsWith('factor:') ? colour.slice(7) : (meanings[colour] ?? 'class');
  return (
    `Cloud of ${count(n)} images${names.length > 1 ? ` of ${names.length} classes` : ''} at step ${count(frame.step)}, ${where}, coloured by ${by}. ` +
    `They lie ${Math.round(100 * frame.spread)} % as far apart as images spread evenly over the sphere. The query is image ${probe}${name ? `, ${name}` : ''}.`
  );
}
