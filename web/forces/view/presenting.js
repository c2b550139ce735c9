// The page in front of a class: over the whole window, as large as the window allows, one part large.

import { setText } from '../../kit/dom.js';
import { Present } from '../../kit/room.js';

/** @import { Mode } from './types.d.ts' */

/** @type {[value: string, text: string, hint?: string][]} */
const PANELS = [
  ['scene', 'points'],
  ['foot', 'formula'],
  ['side', 'table'],
];
const CALLED = {
  query: ['points', 'formula', 'table'],
  landscape: ['points', 'curves', 'map'],
  flow: ['points', 'charts', 'race'],
};
const ROOM = [1040, 584]; // units across and down: at 1920 x 1080 a unit is 1.85 pixels
const LARGER = 1.12; // what is written beside the points

export class Presenting {
  /** @type {Mode} */
  mode = 'query';

  /**
   * @param {HTMLElement} root
   * @param {object} given
   * @param {() => void} given.leave
   * @param {HTMLElement[]} given.feet  what is written below the points, and beside them when it is
   *   the large part
   */
  constructor(root, { leave, feet }) {
    this.root = root;
    this.feet = feet;
    this.panel = 'scene';
    this.present = new Present(root, {
      leave: () => {
        this.fit();
        leave();
      },
      panels: PANELS,
      panel: (panel) => this.choose(panel),
    });
    this.node = this.present.node;
    this.fit = this.fit.bind(this);
    window.addEventListener('resize', this.fit);
  }

  /**
   * @param {boolean} wanted
   * @param {Mode} mode
   */
  set(wanted, mode) {
    this.mode = mode;
    const names = CALLED[mode];
    [...this.present.panels.children].forEach((button, i) => setText(button, names[i]));
    this.present.set(wanted, this.panel);
    this.fit();
  }

  /** @param {string} panel */
  choose(panel) {
    this.panel = panel;
    this.present.set(this.present.on, panel);
    this.fit();
  }

  fit() {
    const { on } = this.present;
    const k = on
      ? Math.max(1, Math.min(window.innerWidth / ROOM[0], window.innerHeight / ROOM[1]))
      : null;
    /**
     * @param {HTMLElement} node
     * @param {number | null} value
     */
    const put = (node, value) =>
      value ? node.style.setProperty('--k', value.toFixed(3)) : node.style.removeProperty('--k');
    put(this.root, k);
    this.feet.forEach((node) => put(node, k && k * LARGER));
  }

  close() {
    window.removeEventListener('resize', this.fit);
    this.present.close();
  }
}
