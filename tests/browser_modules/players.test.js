import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { clock } from './page.js';
import { Frames } from '../../web/kit/frames.js';
import { Scrubber } from '../../web/kit/scrubber.js';
import { Player } from '../../web/forces/view/player.js';
import { Film } from '../../web/live/view/film.js';

let time;
beforeEach(() => {
  time = clock();
});
afterEach(() => time.stop());

function scrubber(...steps) {
  const frames = new Frames();
  const told = { moved: [], held: [] };
  const one = new Scrubber({
    moved: () => told.moved.push(one.step),
    held: (step) => told.held.push(step),
  });
  one.setFrames(frames);
  const grow = (step) => {
    frames.add({ step, numbers: [] });
    one.grew();
  };
  steps.forEach(grow);
  return { one, told, grow };
}

test('it follows the newest until a person goes elsewhere', () => {
  const { one, told, grow } = scrubber(0, 10, 20);
  assert.equal(one.step, 20);
  one.go(1);
  grow(30);
  assert.equal(one.step, 10);
  assert.deepEqual(told.held, [10]);
  one.goLive();
  grow(40);
  assert.equal(one.step, 40);
  assert.deepEqual(told.held, [10, null]);
});

test('a held step is shown by the frame at or before it, as frames come', () => {
  const frames = new Frames();
  const { one } = scrubber();
  one.setFrames(frames, { held: 15 });
  for (const [step, shown] of [
    [0, 0],
    [20, 0],
    [10, 10],
    [15, 15],
    [30, 15],
  ]) {
    frames.add({ step, numbers: [] });
    one.grew();
    assert.equal(one.step, shown);
  }
});

test('a moment that is not kept is told of when it was asked for, not when another was', () => {
  for (const [asked, at, shown, told] of [
    [263, 260, 260, 'Step 263 is not kept: this is step 260, the nearest before it'],
    [0, 0, 262, ''], // what was asked for before a lesson turned the view
    [null, null, 262, ''],
  ]) {
    const { one } = scrubber(0, 260, 262);
    let said;
    const film = new Film({
      view: { step: 263 },
      scrubber: one,
      stage: { setNotice: (text) => (said = text) },
    });
    one.hold(263);
    film.begin({ example: true, asked, at });
    assert.deepEqual([one.step, said], [shown, told]);
  }
});

test('played at twice the speed it takes half the time, and stops at the end', () => {
  const lasts = (speed) => {
    const { one } = scrubber(0, 1, 2, 3, 4, 5, 6, 7);
    one.speed = speed;
    one.start(0);
    let ms = 0;
    while (one.step < 7 && ms < 20000) {
      time.tick(1);
      ms += 1;
    }
    time.tick(3000);
    assert.equal(one.playing, false);
    return ms;
  };
  const [slow, fast] = [lasts(1), lasts(2)];
  assert.ok(Math.abs(slow - (7 * 1000) / 3.6) < 20, `${slow}`);
  assert.ok(Math.abs(slow - 2 * fast) < 20, `${slow} and ${fast}`);
});

test('at the end a loop begins again, and one that is running goes on with the newest', () => {
  const looped = scrubber(0, 1, 2);
  looped.one.loop = true;
  looped.one.start(2);
  time.tick(1500);
  assert.equal(looped.one.step, 0);
  looped.one.close();
  const running = scrubber(0, 1, 2);
  running.one.setRunning(true);
  running.one.start(2);
  time.tick(1500);
  running.grow(3);
  assert.equal(running.one.step, 3);
});

test('on air is what trains: the newest moment of what is paused is the latest', () => {
  const { one } = scrubber(0, 1, 2);
  one.setRunning(true);
  assert.equal(one.newest.textContent, 'live');
  assert.ok(one.follow.classes.has('on-air'));
  one.setRunning(true, false);
  assert.equal(one.newest.textContent, 'latest');
  assert.ok(!one.follow.classes.has('on-air'));
});

test('arrows go one moment on and back, and stay within what there is', () => {
  const { one } = scrubber(0, 10, 20);
  const press = (key) => one.key({ key, preventDefault() {} });
  press('ArrowLeft');
  assert.equal(one.step, 10);
  press('ArrowLeft');
  press('ArrowLeft');
  assert.equal(one.step, 0);
  press('ArrowRight');
  assert.equal(one.step, 10);
});

test('the ends and, with Shift, the tenth moment are keys of snapshots, too', () => {
  const { one } = scrubber(...Array.from({ length: 30 }, (_, i) => i));
  const press = (key, shiftKey = false) => one.key({ key, shiftKey, preventDefault() {} });
  press('Home');
  press('ArrowRight', true);
  assert.equal(one.step, 10);
  press('End');
  assert.equal(one.step, 29);
  assert.equal(press('x'), false);
});

test('where only the newest have come, Home means the first, and other keys the one that is shown', () => {
  const { one, told, grow } = scrubber(25, 30);
  const press = (key) => one.key({ key, preventDefault() {} });
  press('ArrowLeft');
  grow(0);
  assert.equal(one.step, 25);
  press('Home');
  assert.equal(one.step, 0);
  assert.deepEqual(told.held, [25, 0]);
  const other = scrubber(25, 30);
  other.one.toFirst();
  assert.equal(other.one.step, 25);
  other.grow(0);
  assert.equal(other.one.step, 0);
  assert.deepEqual(other.told.held, [0]);
});

function player(n, nSteps) {
  const shown = [];
  const one = new Player({ shown: (at, settled) => shown.push([at, settled]) });
  one.setFrames(n, nSteps);
  return { one, shown };
}

test('the step of a frame is its share of all steps', () => {
  const { one } = player(61, 300);
  assert.equal(one.stepOf(0), 0);
  assert.equal(one.stepOf(30), 150);
  assert.equal(one.stepOf(60), 300);
});

test('a race of many frames takes six seconds, and ends settled on the last frame', async () => {
  const { one, shown } = player(301, 300);
  one.start(0);
  let ms = 0;
  while (one.playing && ms < 20000) {
    await time.frame();
    time.tick(10);
    ms += 10;
  }
  assert.ok(Math.abs(ms - 6000) < 60, `${ms}`);
  assert.deepEqual(shown.at(-1), [300, true]);
  const between = shown.map(([at]) => at);
  between.slice(1).forEach((at, i) => assert.ok(at >= between[i]));
});

test('a short race is no slower than twenty frames a second', async () => {
  const { one } = player(21, 300);
  one.start(0);
  let ms = 0;
  while (one.playing && ms < 20000) {
    await time.frame();
    time.tick(10);
    ms += 10;
  }
  assert.ok(Math.abs(ms - 1000) < 60, `${ms}`);
});

test('keys step by one, with Shift by ten, and stay within the race', () => {
  const { one } = player(40, 300);
  const press = (key, shiftKey = false) =>
    one.key({ key, shiftKey, target: null, preventDefault() {}, stopPropagation() {} });
  press('ArrowRight');
  press('ArrowRight', true);
  assert.equal(one.frame, 11);
  press('End');
  press('ArrowRight');
  assert.equal(one.frame, 39);
  press('Home');
  press('ArrowLeft');
  assert.equal(one.frame, 0);
  assert.equal(press('x'), false);
});
