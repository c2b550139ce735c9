// A figure that is saved from a page in another language says what the page does.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';

const TABLE = {
  'Every layer of A is most like its own in B':
    'Jede Schicht von A ist ihrer eigenen in B am ähnlichsten',
  layer: 'Schicht',
};
globalThis.document.getElementById = (id) =>
  id === 'cacr-language' ? { textContent: JSON.stringify(TABLE) } : null;
const { Saves } = await import('../../web/checkpoints/view/figure.js');

test('a title in lines is looked up whole and broken again into as many', async () => {
  const saved = [];
  globalThis.window.Plotly = { downloadImage: async (figure) => saved.push(figure) };
  const layout = {
    title: { text: 'Every layer of A is most<br>like its own in B' },
    xaxis: { title: { text: 'layer' } },
    yaxis: { title: { text: 'no<br>row' } },
  };
  const drawn = { data: [{ name: 'layer', x: ['layer'] }], layout };
  drawn.getBoundingClientRect = () => ({ width: 300, height: 200 });
  globalThis.document.querySelector = (found) => (found === '.stApp' ? null : drawn);
  globalThis.getComputedStyle = () => ({ backgroundColor: 'white' });
  await new Saves(globalThis.document.createElement('div'), { figure: 'f', title: 't' }).save(
    'png',
  );
  const [{ layout: told, data }] = saved;
  const lines = told.title.text.split('<br>');
  assert.equal(lines.length, 2);
  assert.equal(lines.join(' '), TABLE['Every layer of A is most like its own in B']);
  assert.equal(told.xaxis.title.text, 'Schicht');
  assert.equal(told.yaxis.title.text, 'no<br>row');
  assert.deepEqual(data, [{ name: 'Schicht', x: ['layer'] }]);
});
