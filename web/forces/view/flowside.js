// What stands beside the stages of a flow, and the button that lets the points go.

import { el } from '../../kit/dom.js';

/** @param {() => void} send */
export function releaseButton(send) {
  return el('button', {
    type: 'button',
    class: 'flow-release',
    'data-act': 'release',
    text: 'Release',
    title: 'Let the points go from their start, under both losses',
    onclick: send,
  });
}

/**
 * The numbers of the player are told here, too.
 * @param {...HTMLElement} parts
 */
export function flowSide(...parts) {
  return el(
    'div',
    {
      class: 'flow-side',
      'data-testid': 'flow',
      'data-frame': '0',
      'data-n-frames': '0',
      'data-playing': 'false',
      'data-plays': '0',
    },
    ...parts,
  );
}
