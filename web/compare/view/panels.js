// The panel of five tabs: curves, the plane of two measures, what moved, classes, seeds.

import { el, isShortcut, setAttribute, show } from '../../kit/dom.js';
import { Classes } from './classes.js';
import { Curves } from './curves.js';
import { Moved } from './moved.js';
import { Plane } from './plane.js';
import { Seeds } from './seeds.js';

/** @import { ComparisonMessage, RunMessage } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { Entry } from './entry.js' */
/** @import { Trail } from './trails.js' */

/** @typedef {'curves' | 'plane' | 'moved' | 'classes' | 'seeds'} Tab */

/** @type {[name: Tab, text: string][]} */
const TABS = [
  ['curves', 'Curves'],
  ['plane', 'Plane'],
  ['moved', 'What moved'],
  ['classes', 'Classes'],
  ['seeds', 'Seeds'],
];

export class Panels {
  known = false;
  /** @type {Tab | null} */
  panel = null;

  /**
   * @param {object} hand
   * @param {(change: object) => void} hand.set  alters the view
   * @param {(question: object) => void} hand.ask
   * @param {(probe: number | null) => void} hand.light
   * @param {(probe: number) => void} hand.choose
   * @param {(step: number) => void} hand.go  moves the scrubber
   * @param {(trail: Trail | null) => void} hand.trail
   */
  constructor({ set, ask, light, choose, go, trail }) {
    this.trail = trail;
    this.curves = new Curves({ set, go });
    this.plane = new Plane({ go });
    this.moved = new Moved({ ask, light, choose, trail });
    this.classes = new Classes();
    this.seeds = new Seeds();
    this.tabs = TABS.map(([name, text]) =>
      el('button', {
        type: 'button',
        role: 'tab',
        id: `cacr-tab-${name}`,
        'aria-controls': `cacr-panel-${name}`,
        text,
        onclick: () => set({ panel: name }),
      }),
    );
    this.bar = el(
      'div',
      {
        class: 'tabs',
        role: 'tablist',
        'aria-label': 'More on the comparison',
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          const turn = Number(event.key === 'ArrowRight') - Number(event.key === 'ArrowLeft');
          if (!turn || isShortcut(event)) return;
          event.preventDefault();
          const next =
            (TABS.findIndex(([name]) => name === this.panel) + turn + TABS.length) % TABS.length;
          this.tabs[next].focus();
          set({ panel: TABS[next][0] });
        },
      },
      ...this.tabs,
    );
    this.node = el(
      'section',
      { class: 'panels', 'aria-label': 'Curves and tables' },
      this.bar,
      ...TABS.map(([name]) => {
        const { node } = this[name];
        setAttribute(node, 'role', 'tabpanel');
        setAttribute(node, 'id', `cacr-panel-${name}`);
        setAttribute(node, 'aria-labelledby', `cacr-tab-${name}`);
        show(node, false);
        return node;
      }),
    );
  }

  /**
   * @param {ComparisonMessage} about
   * @param {Entry[]} entries
   */
  setRun(about, entries) {
    for (const [name] of TABS) this[name].setRun(about, entries);
    this.known = true;
  }

  /** @param {RunMessage} run */
  setImages(run) {
    this.moved.setImages(run);
  }

  /**
   * Draws the open tab only.
   * @param {Compare} look
   */
  show(look) {
    const { panel } = look.view;
    const now = TABS.find(([name]) => name === panel)?.[0] ?? 'curves';
    if (now !== this.panel) {
      if (this.panel === 'moved') this.trail(null);
      this.panel = now;
      TABS.forEach(([name], i) => {
        show(this[name].node, name === now);
        setAttribute(this.tabs[i], 'aria-selected', String(name === now));
        this.tabs[i].tabIndex = name === now ? 0 : -1;
      });
    }
    if (this.known) this[now].show(look);
  }

  /**
   * Another moment in the open tab.
   * @param {Compare} look
   */
  mark(look) {
    if (this.known && this.panel) this[this.panel].mark(look);
  }

  clear() {
    this.known = false;
    for (const [name] of TABS) this[name].clear();
  }

  close() {
    this.curves.close();
    this.plane.close();
  }
}
