// What there is to draw in a scene: the marks of the board, and the synthetics that a loss makes.

import { vector } from './places.js';

/** @import { BoardState, Group, Item, Reading } from './types.d.ts' */

/**
 * Everything there is to draw, in the order of the layers.
 * @param {BoardState} board
 * @param {Reading | null} reading
 * @returns {Item[]}
 */
export function itemsOf(board, reading) {
  /** @type {(group: Group, letter: string) => Item[]} */
  const list = (group, letter) =>
    board[group].map((place, i) => ({
      id: `${letter}${i}`,
      group,
      place,
      v: vector(place),
      at: reading?.[group][i] ?? null,
    }));
  /** @type {Item[]} */
  const synthetics = (reading?.synthetics ?? []).map((at, i) => ({
    id: `s${i}`,
    group: 'synthetics',
    v: at.place,
    at,
  }));
  return [
    ...synthetics,
    ...list('negatives', 'n'),
    ...list('positives', 'p'),
    { id: 'q', group: 'query', place: board.query, v: vector(board.query), at: null },
  ];
}
