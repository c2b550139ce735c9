import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { Inside } from '../../web/live/view/inside.js';
import { InsideMatrix } from '../../web/live/view/insidematrix.js';

const { document } = globalThis;
const as = (type, more) => Object.assign(Object.create(type.prototype), more);

// --- opening an update

function entering(state, run = {}) {
  const did = [];
  const transport = { state, own: true, step: 5, can: () => true, press: (act) => did.push(act) };
  const look = {
    run,
    transport,
    scrubber: { live: true },
    film: { shown: null },
    socket: { ask: (what, { step }) => did.push(`${what} ${step}`) },
  };
  const [agreement, error, node] = ['p', 'p', 'div'].map((tag) => document.createElement(tag));
  const inside = as(Inside, { look, agreement, error, node, uncover: () => {} });
  inside.enter();
  return { did, said: agreement.textContent };
}

test('a run at work is held first, and what stands still or waits its turn is opened at once', () => {
  const held = { did: ['pause'], said: 'The run is being held …' };
  const opened = { did: ['inside 5'], said: 'The update is being made again …' };
  assert.deepEqual(entering('running'), held);
  for (const state of ['waiting', 'paused', 'stopped', 'finished'])
    assert.deepEqual(entering(state), opened, state);
  assert.deepEqual(entering('waiting', null), { ...opened, said: 'Opening a run' });
});

// --- its table of distances, of 2 views of 500 images, of which it has room for 192

function table() {
  const picked = [];
  const square = document.createElement('div');
  const [row, column, a, b, named] = Array.from({ length: 5 }, () => document.createElement('i'));
  const batch = { n: 500, views_each: 2, matrix: 192, columns: 1, tile: 1, images: '', views: [] };
  const matrix = as(InsideMatrix, {
    ...{ square, row, column, a, b, named },
    update: { batch: { ...batch, classes: Array(500).fill('cat') }, n_synthetic: 0 },
    pick: (query) => picked.push(query),
  });
  const press = (key) =>
    matrix.key({ key, preventDefault: () => {}, stopPropagation: () => {} }) ?? picked.pop();
  return { matrix, square, row, named, press };
}

test('a query without a row is named, and stands within the table at the last row of its view', () => {
  const { matrix, square, row, named } = table();
  for (const [query, at, name] of [
    [499, 192, 'image 500 (cat), view 1'],
    [500 + 300, 384, 'image 301 (cat), view 2'],
    [500 + 3, 196, 'image 4 (cat), view 2'],
  ]) {
    matrix.choose(query);
    assert.equal(square.attributes['aria-valuenow'], String(at));
    assert.equal(square.attributes['aria-valuetext'], name);
    const there = query % 500 < 192;
    assert.equal('hidden' in row.attributes, !there);
    const where = there ? 'its row and column are framed' : 'the picture has no room for its row';
    assert.equal(named.textContent, `${name}: ${where}`);
  }
});

test('from there the arrows go on along the rows of its view', () => {
  const { matrix, press } = table();
  matrix.choose(499);
  assert.equal(press('ArrowUp'), 190);
  assert.equal(press('ArrowDown'), 500);
  matrix.choose(500 + 300);
  assert.equal(press('ArrowUp'), 500 + 190);
  assert.equal(press('ArrowDown'), 500 + 191);
});
