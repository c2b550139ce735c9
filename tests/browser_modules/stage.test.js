import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { Head } from '../../web/kit/head.js';
import { Stage } from '../../web/kit/stage.js';

test('+, − and 0 are of the cloud by themselves, with another key of the browser', () => {
  const done = [];
  const node = globalThis.document.createElement('div');
  const cloud = { node, zoom: (factor) => done.push(factor), reset: () => done.push('whole') };
  assert.ok(new Stage(cloud, { set: () => {}, isolate: () => {} }));
  const press = (key, more = {}) => node.listeners.keydown({ key, ...more });
  for (const key of ['+', '=', '-', '0'])
    for (const held of ['ctrlKey', 'metaKey', 'altKey']) press(key, { [held]: true });
  assert.deepEqual(done, []);
  press('+', { shiftKey: true });
  press('-');
  press('0');
  assert.deepEqual(done, [0.75, 1.333, 'whole']);
});

test('images are on the circle or the sphere in the space of the loss alone', () => {
  const head = new Head();
  const said = (more) => {
    head.setRun({ title: 'a run', n: 9, dataset: 'digits', natural: true, dims: 2, ...more });
    return /arranged (.+): near/.exec(head.seenText)[1];
  };
  const seen = 'by what the network sees in them';
  assert.equal(said({ space: 'embeddings' }), 'on the circle');
  assert.equal(said({ space: 'embeddings', dims: 3 }), 'on the sphere');
  for (const dims of [2, 3]) assert.equal(said({ space: 'features', dims }), seen);
  assert.equal(said({ space: 'embeddings', natural: false }), seen);
});
