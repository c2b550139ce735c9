// As much of a page as the modules need to be made: elements that keep what they are told.

import { mock } from 'node:test';

class Style {
  /** @param {string} name @param {string} value */
  setProperty(name, value) {
    Object.assign(this, { [name]: value });
  }
}

class Element {
  constructor(tag) {
    this.tagName = tag.toUpperCase();
    this.children = [];
    this.attributes = {};
    this.dataset = {};
    this.style = new Style();
    this.classes = new Set();
    this.listeners = {};
    this.textContent = '';
    this.value = '';
    this.classList = {
      add: (name) => this.classes.add(name),
      remove: (name) => this.classes.delete(name),
      toggle: (name, on) => (on ? this.classes.add(name) : this.classes.delete(name)),
    };
  }

  get firstChild() {
    return this.children[0] ?? null;
  }

  append(...nodes) {
    this.children.push(...nodes);
  }

  replaceChildren(...nodes) {
    this.children = nodes;
  }

  setAttribute(name, value) {
    this.attributes[name] = String(value);
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  removeAttribute(name) {
    delete this.attributes[name];
  }

  toggleAttribute(name, on) {
    if (on) this.attributes[name] = '';
    else delete this.attributes[name];
  }

  addEventListener(name, listener) {
    this.listeners[name] = listener;
  }

  querySelectorAll() {
    return [];
  }

  after() {}
}

class Text {}

class Path2D {}

class ResizeObserver {
  observe() {}

  disconnect() {}
}

Object.assign(globalThis, {
  Element,
  HTMLElement: Element,
  HTMLButtonElement: Element,
  Text,
  Path2D,
  ResizeObserver,
  document: {
    createElement: (tag) => new Element(tag),
    createElementNS: (_space, tag) => new Element(tag),
  },
  window: {
    matchMedia: () => ({ matches: false, addEventListener: () => {} }),
    addEventListener: () => {},
    devicePixelRatio: 1,
  },
});

/**
 * A clock that stands until it is moved: `tick(ms)` runs what falls due, and frames of the screen come
 * when `frame()` is called.
 */
export function clock() {
  let now = 1000;
  let waiting = [];
  mock.timers.enable({ apis: ['setTimeout'] });
  mock.method(performance, 'now', () => now);
  globalThis.requestAnimationFrame = (act) => waiting.push(act);
  globalThis.cancelAnimationFrame = () => {
    waiting = [];
  };
  return {
    tick(ms) {
      for (let i = 0; i < ms; i += 1) {
        now += 1;
        mock.timers.tick(1);
      }
    },
    async frame() {
      const due = waiting;
      waiting = [];
      for (const act of due) await act(now);
    },
    stop() {
      mock.timers.reset();
      mock.restoreAll();
    },
  };
}
