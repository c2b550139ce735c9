// The bubble of a word stays while the hand is on its way to it and over it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clock } from './page.js';

const listeners = {};
const found = globalThis.document;
found.addEventListener = (name, listener) => (listeners[name] = listener);
const table = [
  { id: 'query', name: 'Query', words: 'The image that is compared.', at: [], now: '' },
];
found.getElementById = (id) =>
  id === 'cacr-glossary' ? { textContent: JSON.stringify(table) } : null;
globalThis.Node = globalThis.Element;
const body = found.createElement('body');
found.body = body;
Object.assign(globalThis.window, { innerWidth: 800 });
Object.assign(globalThis.Element.prototype, {
  isConnected: true,
  offsetWidth: 100,
  offsetHeight: 40,
  closest(selector) {
    return selector === '[data-term]' && 'data-term' in this.attributes ? this : null;
  },
  getBoundingClientRect: () => ({ left: 0, top: 100, bottom: 120 }),
  contains(node) {
    return node === this || this.children.some((one) => one.contains?.(node));
  },
  remove() {
    body.children = body.children.filter((one) => one !== this);
  },
});
const { explain } = await import('../../web/kit/explain.js');
const bubble = () => body.children.find(({ attributes }) => attributes.role === 'tooltip');

test('a bubble can be come to and read under the hand, and goes by Escape or a while after', (t) => {
  const time = clock();
  t.after(time.stop);
  const node = found.createElement('b');
  const elsewhere = found.createElement('p');
  explain(node, 'query');
  const over = (target) => listeners.pointerover({ target });
  over(node);
  time.tick(100);
  over(elsewhere); // only passing
  time.tick(1000);
  assert.equal(bubble(), undefined);
  over(node);
  time.tick(260);
  assert.ok(bubble());
  over(elsewhere); // between the word and its bubble
  time.tick(150);
  over(bubble().children[1]);
  time.tick(2000);
  assert.ok(bubble());
  listeners.click({ target: bubble() });
  assert.ok(bubble());
  over(elsewhere);
  time.tick(210);
  assert.equal(bubble(), undefined);
  over(node);
  time.tick(260);
  listeners.keydown({ key: 'Escape', stopPropagation: () => {}, preventDefault: () => {} });
  assert.equal(bubble(), undefined);
});
