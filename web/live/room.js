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

// One panel large over the whole page, in the browser's top layer.
export class Present {
  constructor(root, { leave, panel }) {
    Object.assign(this, { root, leave, on: false });
    this.panels = segmented('Large panel', [['cloud', 'cloud'], ['query', 'query'], ['numbers', 'numbers']], panel);
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
    if (on) {
      this.root.setAttribute('popover', 'manual');
      this.root.showPopover();
    } else {
      this.root.hidePopover();
      this.root.removeAttribute('popover');
    }
  }

  stop() {
    this.left = true;
    this.turn(false);
    this.leave();
  }

  close() {
    window.removeEventListener('keydown', this.key);
    if (this.on) this.root.hidePopover();
  }
}
