// A page that goes to a screen of other pixels is drawn in those.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';

const asked = [];
globalThis.window.matchMedia = (query) => ({
  matches: false,
  addEventListener: (_name, changed) => asked.push([query, changed]),
});
globalThis.document.createElement('i').constructor.prototype.getContext = () => ({});
globalThis.OffscreenCanvas = class {
  getContext() {}
};
const { Cloud } = await import('../../web/kit/cloud.js');
const { Dots } = await import('../../web/forces/view/dots.js');
const { Scene } = await import('../../web/forces/view/scene.js');
const { Sphere } = await import('../../web/kit/sphere.js');
const { onSharpness } = await import('../../web/kit/sharpness.js');

function turnTo(ratio) {
  globalThis.window.devicePixelRatio = ratio;
  asked.at(-1)[1]();
}

test('every change of the pixels is heard until one hears no more, each at its own ratio', () => {
  const heard = [];
  const off = onSharpness(() => heard.push(globalThis.window.devicePixelRatio));
  assert.equal(asked.at(-1)[0], '(resolution: 1dppx)');
  turnTo(2);
  assert.equal(asked.at(-1)[0], '(resolution: 2dppx)');
  turnTo(1.5);
  off();
  turnTo(1);
  assert.deepEqual(heard, [2, 1.5]);
});

test('clouds, points in flight and scenes are drawn again', () => {
  const cloud = new Cloud({ hovered: () => {}, picked: () => {}, plotly: null });
  cloud.frame = {};
  const globe = { drag: () => {} };
  const dots = new Dots({ which: 0, globe, light: () => {}, turned: () => {}, key: () => {} });
  let drawn = [];
  const scene = new Scene({ globe, name: 'Marks' });
  scene.draw = () => drawn.push('scene');
  cloud.refresh = () => drawn.push('cloud');
  dots.draw = () => drawn.push('dots');
  turnTo(2);
  assert.deepEqual(drawn, ['cloud', 'dots', 'scene']);
  drawn = [];
  cloud.close();
  dots.close();
  scene.close();
  turnTo(1);
  assert.deepEqual(drawn, []);
});

test('a sphere is plotted anew at another ratio, as the hand has left it', async () => {
  const calls = [];
  const eye = { x: 3, y: 0, z: 0 };
  const node = {
    on: () => {},
    _fullLayout: { scene: { _scene: { getCamera: () => ({ eye }) } } },
  };
  globalThis.window.Plotly = {
    newPlot: async (_node, _data, layout, config) =>
      calls.push(['new', config.plotGlPixelRatio, layout.scene.camera.eye.x]),
    react: async (_node, _data, _layout, config) => calls.push(['react', config.plotGlPixelRatio]),
    relayout: (_node, change) => calls.push(['look', change['scene.camera.eye'].x]),
    purge: () => calls.push(['purge']),
  };
  globalThis.window.devicePixelRatio = 1;
  const sphere = new Sphere(node, { moved: () => {}, hovered: () => {} });
  sphere.zoom(0.5); // nothing is drawn yet
  assert.deepEqual(calls, []);
  const paint = { values: [0], scale: [[0, '#111111'], [1, '#222222']], legend: {} }; // prettier-ignore
  const scene = { xy: Float32Array.from([0, 0, 1]), n: 1, paint, ink: {}, theme: 'light' };
  await sphere.draw(scene);
  await sphere.draw(scene);
  globalThis.window.devicePixelRatio = 2;
  await sphere.draw(scene);
  assert.deepEqual(calls, [['new', 1, 1.25], ['react', 1], ['purge'], ['new', 2, 3]]);
  calls.length = 0;
  for (let i = 0; i < 30; i += 1) {
    sphere.zoom(0.75);
    eye.x = calls.at(-1)[1];
  }
  assert.ok(eye.x > 0.1);
  delete globalThis.window.Plotly;
});
