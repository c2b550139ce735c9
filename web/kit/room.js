// The room the view takes: the rest of the window, or all of it while presenting.

import { el, segmented, setAttribute, show } from './dom.js';
import { Print } from './print.js';

// The view fills the window below whatever stands above it on the page.
export class Room {
  /**
   * @param {HTMLElement} root
   * @param {number} [narrow]  what has panels beside each other stacks them below this width
   */
  constructor(root, narrow = 760) {
    this.root = root;
    this.fit = () => {
      const top = root.getBoundingClientRect().top;
      let box = root.parentElement;
      while (
        box &&
        !(
          box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY)
        )
      )
        box = box.parentElement;
      const above = Math.round(top + (box?.scrollTop ?? window.scrollY));
      if (above > 0 && above < window.innerHeight / 2)
        root.style.setProperty('--above', `${above}px`);
    };
    this.widths = () => {
      const width = root.clientWidth;
      setAttribute(
        root,
        'data-width',
        width < 560 ? 'phone' : width < narrow ? 'narrow' : width < 980 ? 'middle' : 'wide',
      );
    };
    this.print = new Print(root);
    this.watcher = new ResizeObserver(this.widths);
    this.watcher.observe(root);
    window.addEventListener('resize', this.fit);
    this.fit();
    this.widths();
    root.style.minHeight = '';
  }

  close() {
    this.print.close();
    this.watcher.disconnect();
    window.removeEventListener('resize', this.fit);
  }
}

/** @typedef {[value: string, text: string, hint?: string][]} Options */

/** @type {Options} */
const PANELS = [
  ['cloud', 'cloud'],
  ['query', 'query'],
  ['numbers', 'numbers'],
];
const READ_AT = 1920 / 28; // what one points at in a room: 28 pixels of a window of 1920
const TEXT = 12; // and elsewhere
// A lesson and a class go on over a presentation; both raise themselves above it.
const ABOVE = '.st-key-cacr_over, .st-key-cacr_class';

/**
 * How many times larger than at a desk things are in a window of this size.
 * @param {number} width
 * @param {number} height
 */
function roomScale(width, height) {
  return Math.max(1.15, Math.min(width, (height * 16) / 9) / READ_AT / TEXT);
}

// One panel large over the whole page, in the browser's top layer, with the bar of the run below it.
export class Present {
  on = false;
  /**
   * The reader has left and pressed nothing since. A rerun that is asked for before the switch has
   * heard of it brings its old value back: nobody turned it on.
   */
  left = false;
  /** @type {HTMLElement[]} */
  inert = [];
  /** Where the bar stands while nothing is presented. */
  /** @type {HTMLElement | null} */
  home = null;

  /**
   * @param {HTMLElement} root
   * @param {object} hand
   * @param {() => void} hand.leave  the reader leaves
   * @param {(name: string) => void} hand.panel  another panel is chosen
   * @param {Options} [hand.panels]
   * @param {(times: number) => void} [hand.scaled]  how large what is drawn is to be
   * @param {HTMLElement | null} [hand.bar]  brought along while presenting, wherever it stands
   */
  constructor(root, { leave, panel, panels = PANELS, scaled = () => {}, bar = null }) {
    this.root = root;
    this.leave = leave;
    this.scaled = scaled;
    this.bar = bar;
    this.panels = segmented('Large panel', panels, panel);
    this.leaving = el('button', {
      type: 'button',
      class: 'quiet',
      text: 'leave presentation (Esc)',
      onclick: () => this.stop(),
    });
    this.node = el('div', { class: 'present-bar', hidden: true }, this.panels, this.leaving);
    /** @param {KeyboardEvent} event */
    this.key = (event) => {
      if (this.on && event.key === 'Escape' && !event.defaultPrevented) this.stop();
    };
    this.fit = () => {
      if (this.on) this.scale(roomScale(root.clientWidth, root.clientHeight));
    };
    window.addEventListener('keydown', this.key);
    window.addEventListener('resize', this.fit);
  }

  /**
   * @param {boolean} wanted
   * @param {string} panel
   */
  set(wanted, panel) {
    this.panels.choose(panel);
    setAttribute(this.root, 'data-panel', panel);
    if (wanted && this.left) this.leave();
    else this.turn(wanted);
  }

  /** @param {boolean} on */
  turn(on) {
    if (on === this.on) return;
    this.on = on;
    this.root.classList.toggle('presenting', on);
    show(this.node, on);
    if (on) {
      this.root.setAttribute('popover', 'manual');
      this.root.showPopover();
      this.fit();
      this.shut();
      /** @type {HTMLElement | null} */
      const chosen = this.panels.querySelector('[aria-checked="true"]');
      (chosen ?? this.leaving).focus();
    } else {
      this.open();
      this.root.hidePopover();
      this.root.removeAttribute('popover');
      this.scale(1);
    }
    if (!this.bar) return;
    if (on) {
      this.home = this.bar.parentElement;
      this.root.append(this.bar);
    } else this.home?.append(this.bar);
  }

  /** @param {number} times */
  scale(times) {
    this.root.style.setProperty('--room', times.toFixed(3));
    this.scaled(times);
  }

  // What lies behind is out of reach, as it is out of sight.
  shut() {
    /** @type {HTMLElement} */
    let node = this.root;
    while (node.parentElement && node !== document.body) {
      for (const other of node.parentElement.children) {
        const isDrawn = !other.matches(`script, style, link, ${ABOVE}, :has(${ABOVE})`);
        if (other instanceof HTMLElement && other !== node && !other.inert && isDrawn)
          this.inert.push(other);
      }
      node = node.parentElement;
    }
    for (const other of this.inert) other.inert = true;
  }

  open() {
    for (const node of this.inert) node.inert = false;
    this.inert = [];
  }

  stop() {
    this.left = true;
    const pressed = () => {
      this.left = false;
    };
    for (const name of ['pointerdown', 'keydown'])
      document.addEventListener(name, pressed, { capture: true, once: true });
    this.turn(false);
    this.leave();
  }

  close() {
    window.removeEventListener('keydown', this.key);
    window.removeEventListener('resize', this.fit);
    this.open();
    if (this.on) this.root.hidePopover();
  }
}
