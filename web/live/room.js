// The room the view takes: the rest of the window, or all of it while presenting.

import { el, segmented, setAttribute, show } from './elements.js';

// The view fills the window below whatever stands above it on the page.
export class Room {
  constructor(root) {
    this.root = root;
    this.fit = () => {
      const top = root.getBoundingClientRect().top;
      let box = root.parentElement;
      while (box && !(box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY))) box = box.parentElement;
      const above = Math.round(top + (box?.scrollTop ?? window.scrollY));
      if (above > 0 && above < window.innerHeight / 2) root.style.setProperty('--above', `${above}px`);
    };
    this.widths = () => {
      const width = root.clientWidth;
      setAttribute(root, 'data-width', width < 560 ? 'phone' : width < 760 ? 'narrow' : width < 980 ? 'middle' : 'wide');
    };
    this.watcher = new ResizeObserver(this.widths);
    this.watcher.observe(root);
    window.addEventListener('resize', this.fit);
    this.fit();
    this.widths();
    root.style.minHeight = '';
  }

  close() {
    this.watcher.disconnect();
    window.removeEventListener('resize', this.fit);
  }
}

const PANELS = [['cloud', 'cloud'], ['query', 'query'], ['numbers', 'numbers']];

// One panel large over the whole page, in the browser's top layer.
export class Present {
  constructor(root, { leave, panel, panels = PANELS }) {
    Object.assign(this, { root, leave, on: false });
    this.panels = segmented('Large panel', panels, panel);
    this.node = el('div', { class: 'present-bar', hidden: true }, this.panels,
      el('button', { type: 'button', class: 'quiet', text: 'leave presentation (Esc)', onclick: () => this.stop() }));
    this.key = (event) => { if (this.on && event.key === 'Escape') this.stop(); };
    window.addEventListener('keydown', this.key);
  }

  set(wanted, panel) {
    this.panels.choose(panel);
    setAttribute(this.root, 'data-panel', panel);
    if (!wanted) this.left = false;
    if (wanted && this.left) return;
    this.turn(wanted);
  }

  turn(on) {
    if (on === this.on) return;
    this.on = on;
    this.root.classList.toggle('presenting', on);
    show(this.node, on);
    this.quiet(on);
    if (on) {
      this.root.setAttribute('popover', 'manual');
      this.root.showPopover();
    } else {
      this.root.hidePopover();
      this.root.removeAttribute('popover');
    }
  }

  // What lies behind is out of reach of the keyboard too.
  quiet(on) {
    if (!on) {
      this.behind.forEach((node) => { node.inert = false; });
      return;
    }
    this.behind = [];
    for (let node = this.root; node.parentElement; node = node.parentElement) {
      this.behind.push(...[...node.parentElement.children].filter((other) => other !== node && other instanceof HTMLElement && !other.inert));
    }
    this.behind.forEach((node) => { node.inert = true; });
  }

  stop() {
    this.left = true;
    this.turn(false);
    this.leave();
  }

  close() {
    window.removeEventListener('keydown', this.key);
    if (this.on) this.turn(false);
  }
}
