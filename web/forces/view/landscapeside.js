// What stands beside the curves of a landscape: its controls, and its map with all that is said of it.

import { el } from '../../kit/dom.js';

/** @import { Landscape } from './landscape.js' */

/** @param {Landscape} landscape */
export function landscapeSide({ field, whose, shown, own, title, heat, ends, bar, ...said }) {
  const name = el('span', { text: 'sweep' });
  return el(
    'section',
    { class: 'landscape', 'aria-label': 'Landscape' },
    el('div', { class: 'line' }, el('label', { class: 'field' }, name, field), whose),
    el('div', { class: 'line' }, shown, own),
    el('div', { class: 'chart-head' }, title, heat.chart.tools),
    heat.node,
    el('div', { class: 'scale' }, ends[0], bar, ends[1]),
    said.contourKey,
    said.readout,
    said.error,
  );
}
