// What data are called stays as it is on a page in another language.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';

const TABLE = { table: 'Tabelle', unlabelled: 'ohne Klasse', 'Light up {w} alone': '{w} allein' };
globalThis.document.getElementById = (id) =>
  id === 'cacr-language' ? { textContent: JSON.stringify(TABLE) } : null;
for (const name of ['addEventListener', 'removeEventListener'])
  globalThis.document[name] ??= () => {};
globalThis.window.removeEventListener ??= () => {};
globalThis.WebSocket = { OPEN: 1 };
const { el, setAttribute, setText } = await import('../../web/kit/dom.js');
const { Legend } = await import('../../web/kit/legend.js');
const { lines, Socket } = await import('../../web/kit/socket.js');

test('a class called like a word of ours keeps its name where it is shown and spoken of', (t) => {
  lines.open = () => ({ readyState: 1, send: () => {}, close: () => {} });
  const socket = new Socket('ws://here', { hear: () => {}, lost: () => {} });
  t.after(() => socket.close());
  const factors = { ground: { kind: 'class', names: ['unlabelled one'] } };
  socket.receive({ type: 'run', probes: { class_names: ['table', 'cat'], factors } });
  const name = el('b', { translate: 'no', text: 'table', title: 'table' });
  assert.deepEqual([name.textContent, name.attributes.title], ['table', 'table']);
  setText(name, 'unlabelled'); // no name of data
  assert.equal(name.textContent, 'ohne Klasse');
  setText(name, 'table');
  setAttribute(name, 'aria-label', 'table');
  assert.deepEqual([name.textContent, name.attributes['aria-label']], ['table', 'table']);
  assert.equal(el('b', { text: 'table' }).textContent, 'Tabelle');
  const legend = new Legend(() => {});
  legend.set({ kind: 'classes', names: ['table'], colours: ['#111111'], only: null }, false);
  const [chip] = legend.node.children;
  assert.equal(chip.attributes.title, 'table allein');
  assert.equal(chip.children[1].textContent, 'table');
  const alone = () => el('b', { title: 'Light up table alone' }).attributes.title;
  const other = new Socket('ws://here', { hear: () => {}, lost: () => {} });
  other.receive({ type: 'comparison', class_names: ['table'] });
  socket.watch({ run: 'of cats' });
  socket.receive({ type: 'run', run: 'of cats', probes: { class_names: ['cat'] } });
  assert.equal(alone(), 'table allein'); // it is seen in another view
  other.close();
  assert.equal(alone(), 'Tabelle allein');
});
