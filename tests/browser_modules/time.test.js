import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { clock } from './page.js';
import { Frames } from '../../web/kit/frames.js';
import { Glide } from '../../web/kit/glide.js';
import { Pace } from '../../web/kit/pace.js';
import { Redraw } from '../../web/kit/redraw.js';
import { course } from '../../web/live/view/numbers.js';
import { numbersText } from '../../web/live/view/takeaway.js';

let time;
beforeEach(() => {
  time = clock();
});
afterEach(() => time.stop());

const frame = (step, more = {}) => ({ step, layout: 'pca', dims: 2, numbers: [], ...more });
const framesOf = (...steps) => {
  const frames = new Frames();
  for (const step of steps) frames.add(frame(step));
  return frames;
};

test('frames are in the order of their steps however they come', () => {
  const frames = framesOf(0, 20, 10, 30, 5);
  assert.deepEqual(frames.steps, [0, 5, 10, 20, 30]);
  assert.equal(frames.last.step, 30);
});

test('the frame at a step is the last one at or before it', () => {
  const frames = framesOf(0, 10, 25, 40);
  for (let step = 0; step <= 50; step += 1) {
    const wanted = frames.steps.filter((one) => one <= step).length - 1;
    assert.equal(frames.indexOf(step), wanted);
  }
});

test('a step that comes again takes the place of itself', () => {
  const frames = framesOf(0, 10);
  frames.add(frame(10, { layout: 'umap' }));
  assert.equal(frames.size, 2);
  assert.equal(frames.at(1).layout, 'umap');
});

test('earlier frames are joined up to the first of another layout, newest first', () => {
  const frames = framesOf(0, 10, 20, 30, 40);
  frames.add(frame(10, { layout: 'umap' }));
  const before = (n) => frames.before(frames.at(4), n).map(({ step }) => step);
  assert.deepEqual(before(5), [30, 20]);
  assert.deepEqual(before(1), [30]);
});

test('a course has a gap where a number was not measured', () => {
  const frames = new Frames();
  frames.add(frame(0, { numbers: [{ key: 'loss', value: 2 }] }));
  frames.add(frame(1, { numbers: [{ key: 'loss', value: NaN }] }));
  frames.add(frame(2, { numbers: [{ key: 'other', value: 3 }] }));
  assert.deepEqual(frames.series('loss'), [2, null, null]);
});

test('a number that stands for a later step was not measured there, and what is known is joined', () => {
  const frames = new Frames();
  [
    [0, 0.2, null],
    [2, 0.2, 0],
    [8, 0.4, 5], // the frame of step 5 is not kept
    [9, 0.4, 5],
    [10, 0.4, null],
  ].forEach(([step, value, at]) =>
    frames.add(
      frame(step, {
        numbers: [
          { key: 'knn', value, at },
          { key: 'loss', value: step },
        ],
      }),
    ),
  );
  assert.deepEqual(frames.series('knn'), [0.2, null, 0.4, null, 0.4]);
  assert.deepEqual([frames.isSeldom('knn'), frames.isSeldom('loss')], [true, false]);
  const lines = numbersText(frames).split('\n');
  assert.deepEqual(lines.slice(0, -1), [
    'step,knn,loss,knn_measured_at',
    '0,0.2,0,0',
    '2,,2,',
    '8,0.4,8,5',
    '9,,9,',
    '10,0.4,10,10',
  ]);
  const { path } = course(frames.series('knn'), null, true);
  assert.equal(path, 'M0.0 24.0L50.0 2.0L100.0 2.0');
});

test('what is asked often is done at once, then at most once a pause, the newest last', () => {
  const pace = new Pace();
  const done = [];
  for (let i = 0; i < 50; i += 1) {
    pace.soon('ask', 20, () => done.push(i));
    time.tick(2);
  }
  time.tick(40);
  assert.equal(done.length, 1 + Math.ceil(98 / 20));
  assert.equal(done.at(-1), 49);
  assert.ok(!pace.waits('ask'));
});

test('what waits for a rest is done once, that long after the last time', () => {
  const pace = new Pace();
  const done = [];
  for (let i = 0; i < 5; i += 1) {
    pace.rested('tell', 100, () => done.push(i));
    time.tick(60);
  }
  assert.deepEqual(done, []);
  assert.ok(pace.waits('tell'));
  time.tick(40);
  assert.deepEqual(done, [4]);
});

test('nothing is done after the close', () => {
  const pace = new Pace();
  const done = [];
  pace.rested('tell', 10, () => done.push('told'));
  pace.soon('ask', 10, () => done.push('asked'));
  pace.close();
  time.tick(100);
  assert.deepEqual(done, []);
});

test('points start where they were, end where they go, and slow down on the way', () => {
  const glide = new Glide();
  glide.begin(Float32Array.from([0, 10]));
  const to = Float32Array.from([8, 2]);
  const at = [];
  for (let ms = 0; ms <= 200; ms += 50) {
    at.push(glide.places(to)[0]);
    time.tick(50);
  }
  assert.equal(at[0], 0);
  assert.equal(at[4], 8);
  const steps = at.slice(1).map((v, i) => v - at[i]);
  steps.slice(1).forEach((step, i) => assert.ok(step > 0 && step < steps[i]));
  assert.equal(glide.from, null);
});

test('moments that come within a quarter of a second are not glided to', () => {
  const glide = new Glide();
  glide.isSlow();
  time.tick(100);
  assert.equal(glide.isSlow(), false);
  time.tick(300);
  assert.equal(glide.isSlow(), true);
});

test('one drawing at a time: what is asked for meanwhile is drawn once, by the next', async () => {
  const drawn = [];
  let finish;
  const redraw = new Redraw({
    isReady: () => true,
    isMoving: () => false,
    draw: () => {
      drawn.push('all');
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
    recolour: async () => drawn.push('colours'),
  });
  redraw.all();
  const first = time.frame();
  redraw.all();
  redraw.all();
  redraw.colours();
  await time.frame();
  assert.deepEqual(drawn, ['all']);
  finish();
  await first;
  const second = time.frame();
  finish();
  await second;
  await time.frame();
  assert.deepEqual(drawn, ['all', 'all']); // the colours were drawn with it
});

test('a drawing that is not ready, or gone, draws nothing and can be asked again', async () => {
  const drawn = [];
  let ready = false;
  const redraw = new Redraw({
    isReady: () => ready,
    isMoving: () => false,
    draw: async (isNew) => drawn.push(isNew),
    recolour: async () => {},
  });
  redraw.all();
  await time.frame();
  assert.deepEqual(drawn, []);
  ready = true;
  redraw.colours();
  await time.frame();
  assert.deepEqual(drawn, [true]);
  redraw.gone = true;
  redraw.all();
  await time.frame();
  assert.deepEqual(drawn, [true]);
});
