// What stands where on the page: a column for each loss, and what is said beside them, by mode.

import { el, show } from '../../kit/dom.js';

export class Columns {
  // parts: the cards, stages and panels of the page, each with a node of its own.
  constructor({ cards, stages, formulas, table, notes, chord, flow, landscape }) {
    const beside = [table.node, chord.node, notes.node];
    this.homes = {
      query: [...formulas.map(({ node }) => node), ...beside],
      landscape: [...landscape.feet, landscape.side],
      flow: [...flow.stages, ...flow.feet, flow.side],
    };
    const place = (kind, index, ...nodes) =>
      el('div', { class: `${kind}-place place-${'ab'[index]}` }, room(...nodes));
    const columns = [0, 1].map((index) => [
      el('div', { class: `card-place place-${'ab'[index]}` }, cards[index].node),
      place('stage', index, stages[index].node, flow.stages[index]),
      place('foot', index, formulas[index].node, landscape.feet[index], flow.feet[index]),
    ]);
    this.feet = columns.map((nodes) => nodes[2]);
    const side = room(...beside, landscape.side, flow.side);
    this.nodes = [...columns.flat(), el('aside', { class: 'side-place' }, side)];
  }

  // The parts of one mode; stages and cards are of all.
  show(mode) {
    for (const [name, nodes] of Object.entries(this.homes))
      nodes.forEach((node) => show(node, name === mode));
  }
}

function room(...nodes) {
  return el('div', { class: 'room' }, ...nodes);
}
