import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { publish, subscribe } from '../../web/kit/facts.js';
import { prose } from '../../web/learn/view/article.js';
import { apart as withoutOverlap, merged, roomy } from '../../web/learn/view/boxes.js';
import { stageOf } from '../../web/learn/view/cards.js';
import { bestCorner, corners } from '../../web/learn/view/corner.js';

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

const boxOf = (left, top, right, bottom) => ({ left, top, right, bottom });

test('what lies in any of the boxes is light once, and nothing else is', () => {
  const boxes = [boxOf(0, 0, 30, 40), boxOf(20, 10, 60, 50), boxOf(5, 5, 10, 10)];
  const holes = withoutOverlap(boxes);
  const has = (box, x, y) => x > box.left && x < box.right && y > box.top && y < box.bottom;
  for (let x = -0.5; x < 70; x += 1)
    for (let y = -0.5; y < 60; y += 1)
      assert.equal(
        holes.filter((hole) => has(hole, x, y)).length,
        Number(boxes.some((box) => has(box, x, y))),
        `${x} ${y}`,
      );
});

test('a ring takes half of a gap, and next to nothing where there is none', () => {
  const row = boxOf(100, 100, 200, 128);
  const rows = [boxOf(100, 72, 200, 100), boxOf(100, 132, 200, 160), boxOf(250, 0, 300, 300)];
  assert.deepEqual(roomy(row, rows), boxOf(94, 98.5, 206, 130));
  assert.deepEqual(roomy(row, [boxOf(120, 90, 130, 140)]), boxOf(94, 94, 206, 134)); // it overlaps
});

test('rows that touch have one ring, what is in a part or beside it at another height its own', () => {
  const [one, two] = [boxOf(0, 50, 300, 80), boxOf(1, 80, 300, 110)];
  assert.deepEqual(merged([one, two]), [boxOf(0, 50, 300, 110)]);
  const table = boxOf(0, 0, 300, 400);
  const tool = boxOf(100, -30, 150, 0);
  assert.deepEqual(merged([table, one, tool]), [table, one, tool]);
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
