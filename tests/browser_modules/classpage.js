// A page with the bar of a class on it, as much as the bar needs beside its elements.

import './page.js';

const { document, window, Element } = globalThis;
const listens = { addEventListener() {}, removeEventListener() {} };
Object.assign(document, listens, {
  baseURI: 'http://lab/',
  querySelector: () => null,
  documentElement: new Element('html'),
});
document.documentElement.style.removeProperty = () => {};
Object.assign(window, listens, { location: { search: '' } });
Object.assign(globalThis, { getComputedStyle: () => ({ color: 'rgb(255, 255, 255)' }) });
Object.assign(Element.prototype, {
  hasAttribute(name) {
    return this.getAttribute(name) !== null;
  },
  contains(node) {
    return node === this || this.children.some((child) => child.contains?.(node));
  },
  querySelector: () => null,
  remove() {},
  select() {},
  focus() {
    document.activeElement = this;
  },
});
Object.defineProperty(Element.prototype, 'firstElementChild', {
  get() {
    return this.children[0];
  },
});
globalThis.WebSocket = { OPEN: 1 };
