import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { publish, subscribe } from '../../web/kit/facts.js';
import { prose } from '../../web/learn/view/article.js';
import { stageOf } from '../../web/learn/view/cards.js';
import { bestCorner, corners } from '../../web/learn/view/corner.js';
import { outermost } from '../../web/learn/view/ring.js';

const SCREEN = { width: 1440, height: 900 };
const CARD = { width: 336, height: 400 };
const within = (inner, outer) =>
  inner.left >= 0 && inner.top >= 0 && inner.right <= outer.width && inner.bottom <= outer.height;
const apart = (a, b) =>
  a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

test('every corner is on the screen', () => {
  for (const screen of [SCREEN, { width: 390, height: 844 }])
    for (const corner of corners({ width: 336, height: 400 }, screen))
      assert.ok(within(corner, screen), corner.name);
});

test('the guide stands where it covers nothing that it points at, wherever that is', () => {
  for (let left = 0; left <= 1000; left += 100)
    for (let top = 0; top <= 600; top += 100) {
      const box = { left, top, right: left + 440, bottom: top + 300 };
      assert.ok(apart(bestCorner(CARD, SCREEN, [box]), box), `${left} ${top}`);
    }
});

test('where all corners cover something it takes the one that covers least', () => {
  const all = { left: 0, top: 0, right: 1440, bottom: 900 };
  const more = { left: 0, top: 450, right: 1440, bottom: 900 };
  assert.match(bestCorner(CARD, SCREEN, [all, more]).name, /^top/);
});

test('what lies within another part that is pointed at is no hole of its own', () => {
  const table = { left: 0, top: 0, right: 300, bottom: 400 };
  const row = { left: 0, top: 50, right: 300, bottom: 80 };
  const beside = { left: 250, top: 0, right: 500, bottom: 400 };
  assert.deepEqual(outermost([row, table, beside]), [table, beside]);
});

test('a card says where a person is in a lesson', () => {
  const lesson = { n: 4 };
  assert.deepEqual(stageOf(lesson, undefined), { at: 1, text: 'Begin', state: 'new' });
  assert.equal(stageOf(lesson, { at: 3, done: [] }).text, 'Go on at step 3');
  assert.equal(stageOf(lesson, { at: 9, done: [] }).at, 4); // the lesson has become shorter
  assert.equal(stageOf(lesson, { at: 1, done: [], ended: true }).state, 'ended');
});

test('facts of another page take the place of all, those of one page add up', () => {
  const heard = [];
  const stop = subscribe((facts) => heard.push(facts));
  publish({ page: 'live', step: 1 });
  publish({ page: 'live', hovered: 2 });
  assert.deepEqual(heard.at(-1), { page: 'live', step: 1, hovered: 2 });
  publish({ page: 'forces', lit: 'n1' });
  assert.deepEqual(heard.at(-1), { page: 'forces', lit: 'n1' });
  stop();
  publish({ page: 'live' });
  assert.deepEqual(heard.at(-1), { page: 'forces', lit: 'n1' });
});

test('words of the article are stressed or code, and nothing else of them is markup', () => {
  const nodes = prose('a *b* and `c <i>` d');
  assert.deepEqual(
    nodes.map((node) => (typeof node === 'string' ? node : node.textContent)),
    ['a ', 'b', ' and ', 'c <i>', ' d'],
  );
});
