import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clock } from './page.js';
import { Cloud } from '../../web/kit/cloud.js';
import { Glide } from '../../web/kit/glide.js';
import { Plane } from '../../web/kit/plane.js';
import { Sphere } from '../../web/kit/sphere.js';
import { Film } from '../../web/live/view/film.js';
import { View } from '../../web/live/view/live.js';
import { Painting } from '../../web/live/view/painting.js';
import { ofEarlier } from '../../web/live/view/query.js';
import { Questions } from '../../web/live/view/questions.js';
import { Synthetics } from '../../web/live/view/synthetics.js';

globalThis.requestAnimationFrame = () => {};
const XY = Float32Array.from([0, 0, 1, 1, 2, 2]);

// A flat cloud of three images, whose image 2 is under whatever pixel.
function flat() {
  const told = [];
  const cloud = new Cloud({ hovered: (index) => told.push(index), picked: () => {}, plotly: null });
  cloud.space = Object.create(Plane.prototype);
  Object.assign(cloud.space, { pick: () => 2, window: () => null, place: () => [5, 5] });
  Object.assign(cloud, { dims: 2, at: XY, frame: { n: 3, xy: XY } });
  return { cloud, told };
}

test('the hand lets go of a run that is left, and points at nothing more of it', () => {
  const { cloud, told } = flat();
  cloud.hand.point([5, 5]);
  assert.deepEqual([cloud.hand.over, told], [2, [2]]);
  cloud.forget();
  assert.deepEqual([cloud.hand.over, told], [null, [2, null]]);
  cloud.hand.point([6, 6]); // the cloud of the run before stands until the next one's first frame
  assert.equal(cloud.hand.meant({ clientX: 0, clientY: 0 }), null);
  cloud.hand.light(1);
  assert.deepEqual([cloud.hand.over, told], [null, [2, null]]);
  cloud.of = cloud.run;
  cloud.hand.point([6, 6]);
  assert.equal(cloud.hand.over, 2);
});

test('marks leave with their run, on the sphere, too', () => {
  const { cloud } = flat();
  cloud.setMarks({ query: [0, 0], negatives: [1] });
  cloud.forget();
  assert.equal(cloud.marks.given, null);
  cloud.space = new Sphere(null, {});
  cloud.space.setMarks({ query: [0, 0, 1] });
  cloud.forget();
  assert.equal(cloud.space.marks, null);
});

test('points without a place to leave from are at once where they go', () => {
  const glide = new Glide();
  const to = Float32Array.of(1, 2, 3);
  glide.begin(Float32Array.of(0, 1));
  assert.deepEqual([glide.places(to), glide.from], [to, null]);
  glide.begin(Float32Array.of(0, 0, NaN));
  glide.start -= 1000;
  assert.deepEqual([glide.places(to), glide.from], [to, null]);
});

test('a cloud that waited to be drawn does not leave from the places of the one before', async (t) => {
  const time = clock();
  t.after(time.stop);
  const drawn = [];
  for (const space of [Plane, Sphere])
    t.mock.method(space.prototype, 'draw', async ({ xy }) => drawn.push([...xy]));
  t.mock.method(Plane.prototype, 'magnify', () => {});
  t.mock.method(Plane.prototype, 'purge', () => {});
  globalThis.Element.prototype.getContext ??= () => ({});
  const plotly = () => new Promise(() => {}); // which loads slowly
  const cloud = new Cloud({ hovered: () => {}, picked: () => {}, plotly });
  Object.assign(cloud.size, { width: 600, height: 400 });
  const look = { paint: { values: [] }, theme: 'light', trails: { on: false, frames: [] } };
  const frame = (step, dims, n) => {
    const xy = Float32Array.from({ length: n * dims }, (_, i) => i + step);
    return { step, dims, n, layout: 'pca', xy };
  };
  const come = async (...frames) => {
    for (const one of frames) {
      cloud.show(one, { ...look, jump: one === frames[0] });
      time.tick(400);
    }
    globalThis.window.Plotly = {};
    cloud.refresh();
    await time.frame();
    delete globalThis.window.Plotly;
    return drawn.at(-1);
  };
  for (const [dims, n] of [
    [2, 4],
    [2, 6],
    [3, 6],
    [2, 6],
  ]) {
    cloud.forget();
    const last = frame(200, dims, n);
    const found = await come(frame(0, dims, n), frame(100, dims, n), last);
    assert.deepEqual(found, [...last.xy], `${n} points in ${dims} dimensions`);
    assert.equal(cloud.gliding.from, null);
  }
});

test('the images of a run that has been left never take the place of those of the next', () => {
  const { cloud } = flat();
  const made = [];
  globalThis.Image = class {
    constructor() {
      made.push(this);
    }
  };
  const sheet = (probes) =>
    cloud.setSheet({ sprites: { probes }, probes: { tile: 8, columns: 4 } });
  sheet('a/probes.webp');
  made[0].onload();
  assert.equal(cloud.picture.picture, made[0]);
  sheet('a/probes.webp'); // the same run in another layout
  assert.equal(cloud.picture.picture, made[0]);
  sheet('b/probes.webp');
  assert.equal(cloud.picture, null);
  sheet('c/probes.webp');
  made[3].onload();
  made[2].onload(); // slower than the next one's
  assert.equal(cloud.picture.picture, made[3]);
});

// --- the live view

function asking() {
  const marks = [];
  const frame = { series: 1, dims: 2, step: 7 };
  const look = {
    probe: 2,
    view: { view: 0 },
    film: { shown: frame, series: 1 },
    query: { set: () => {}, stale: () => {} },
    cloud: {
      setMarks: (given) => marks.push(given),
      unmark: () => marks.push(null),
      pixelOf: () => null,
    },
    painting: { again: () => {} },
    stage: { setNotice: (text) => (look.notice = text), setCard: () => {} },
  };
  return { questions: new Questions(look), marks, look };
}

const answered = (xy) => ({
  question: { probe: 2, view: 0, step: 7 },
  step: 7,
  query: { probe: 2, xy },
  positives: [{ xy }],
  negatives: [{ probe: 4 }, { probe: null, queued: 3 }, { probe: 1 }],
  synthetics: { items: [{ xy, parents: [{ xy }] }] },
});

test('where views have no place of their own the images themselves are marked', () => {
  const { questions, marks } = asking();
  questions.queried(answered([0.5, 1]));
  questions.queried(answered(null));
  const [placed, unplaced] = marks;
  assert.deepEqual(placed.query, [0.5, 1]);
  assert.equal(placed.synthetics.length, 1);
  assert.deepEqual(unplaced, { query: 2, negatives: [4, 1] });
});

test('a moment that is not kept has neither the marks nor the weights of the one before it', () => {
  const { questions, marks, look } = asking();
  questions.queried({ ...answered([0.5, 1]), step: 5 });
  assert.deepEqual(marks, [null]);
  const weights = (kind, step) => ({ kind, probe: 2, step, question: { probe: 2, step: 7 } });
  questions.hover = { index: 2 };
  for (const kind of ['paint', 'hover']) questions.weighed(weights(kind, 7));
  assert.equal(questions.ofQuery().step, 7);
  assert.equal(questions.hover.answer.step, 7);
  for (const kind of ['paint', 'hover']) questions.weighed(weights(kind, 5));
  assert.equal(questions.ofQuery(), null);
  assert.deepEqual(questions.hover, { index: 2 });
  assert.equal(look.notice, 'Step 7 is not kept, so there are no weights of it.');
});

test('the query panel says of which step it is where that is not the one asked about', () => {
  const said = (step) => ofEarlier({ step, question: { step: 1025 } });
  assert.equal(said(1020), 'Step 1,025 is not kept: this is step 1,020, the nearest before it');
  assert.equal(said(1025), '');
});

test('that a run ended before it began is said until it is gone on with', () => {
  const node = { dataset: {} };
  const heard = { setState: () => {}, setRunning: () => {} };
  const stage = { said: 'It ended.', setNotice: (text) => (stage.said = text) };
  const parts = { head: heard, transport: heard, inside: heard, scrubber: heard };
  const look = { ...parts, stage, cloud: { node }, data: {}, run: null };
  const said = (state) => View.prototype.setState.call(look, { state }) ?? stage.said;
  assert.equal(said('stopped'), 'It ended.');
  assert.equal(said('waiting'), '');
});

test('synthetics without a place are not said to be drawn', () => {
  const synthetics = Object.create(Synthetics.prototype);
  for (const part of ['node', 'body', 'none', 'share', 'text', 'list', 'figure'])
    synthetics[part] = globalThis.document.createElement('div');
  const said = (placed) => {
    synthetics.set({ text: 'under the lens', items: [], share: 0, placed }, {});
    return synthetics.text.textContent;
  };
  assert.equal(said('exactly'), 'under the lens. Drawn exactly in the cloud.');
  assert.equal(said(''), 'under the lens.');
});

test('places of another number of dimensions than the frame are not drawn', () => {
  const { questions, marks } = asking();
  questions.queried(answered([0, 0, 1]));
  assert.deepEqual(marks, []);
});

test('another space or layout begins without the marks of the last', () => {
  const done = [];
  const cloud = { unmark: () => done.push('unmark'), show: () => done.push('show'), node: null };
  const look = {
    cloud: { ...cloud, node: globalThis.document.createElement('div') },
    painting: { colours: () => ({ legend: null }) },
    query: { class: { textContent: '' } },
    stage: { setLegend: () => {} },
    view: { trails: false, colour: 'class' },
  };
  const film = new Film(look);
  const run = { probes: { n: 3, labels: [0, 0, 0], class_names: ['a'] } };
  const frame = (space, layout) => ({ space, layout, n: 3, step: 1, spread: 1, dims: 2 });
  film.draw(run, frame('embeddings', 'pca'), frame('embeddings', 'pca'));
  assert.deepEqual(done, ['show']);
  film.draw(run, frame('features', 'pca'), frame('embeddings', 'pca'));
  assert.deepEqual(done, ['show', 'unmark', 'show']);
});

test('a class lit alone in one run is not in the next', () => {
  const node = globalThis.document.createElement('div');
  const idle = { forget: () => {}, clear: () => {}, node };
  const painting = new Painting(null);
  painting.only.held = 3;
  const parts = ['questions', 'cloud', 'query', 'stage', 'head', 'numbers', 'film', 'inside'];
  View.prototype.forgetRun.call({
    ...Object.fromEntries(parts.map((name) => [name, idle])),
    painting,
    data: {},
  });
  assert.deepEqual(painting.only, { over: null, held: null });
});
