// What stands where on the page: a column for each loss, and what is said beside them, by mode.

import { el, show } from '../../kit/dom.js';

/** @import { Mode } from './types.d.ts' */

/** @typedef {{ node: HTMLElement }} Noded */

/**
 * @typedef {object} Parts
 * @property {Noded[]} cards
 * @property {Noded[]} stages
 * @property {Noded[]} formulas
 * @property {Noded} table
 * @property {Noded} notes
 * @property {Noded} chord
 * @property {{ stages: HTMLElement[], feet: HTMLElement[], side: HTMLElement }} flow
 * @property {{ feet: HTMLElement[], side: HTMLElement }} landscape
 */

/** @type {[0, 1]} */
const SIDES = [0, 1];

export class Columns {
  /** @param {Parts} parts  the cards, stages and panels of the page */
  constructor({ cards, stages, formulas, table, notes, chord, flow, landscape }) {
    const beside = [table.node, chord.node, notes.node];
    this.homes = {
      query: [...formulas.map(({ node }) => node), ...beside],
      landscape: [...landscape.feet, landscape.side],
      flow: [...flow.stages, ...flow.feet, flow.side],
    };
    /**
     * @param {string} kind
     * @param {0 | 1} index
     * @param {...HTMLElement} nodes
     */
    const place = (kind, index, ...nodes) =>
      el('div', { class: `${kind}-place place-${'ab'[index]}` }, room(...nodes));
    const columns = SIDES.map((index) => [
      el('div', { class: `card-place place-${'ab'[index]}` }, cards[index].node),
      place('stage', index, stages[index].node, flow.stages[index]),
      place('foot', index, formulas[index].node, landscape.feet[index], flow.feet[index]),
    ]);
    this.feet = columns.map((nodes) => nodes[2]);
    const side = room(...beside, landscape.side, flow.side);
    this.nodes = [...columns.flat(), el('aside', { class: 'side-place' }, side)];
  }

  /**
   * The parts of one mode; stages and cards are of all.
   * @param {Mode} mode
   */
  show(mode) {
    for (const [name, nodes] of Object.entries(this.homes))
      nodes.forEach((node) => show(node, name === mode));
  }
}

/** @param {...HTMLElement} nodes */
function room(...nodes) {
  return el('div', { class: 'room' }, ...nodes);
}
