import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { Transport } from '../../web/kit/transport.js';

const { document } = globalThis;

// The bar of a run of one's own that is at work, and what has the focus there.
function bar(t, { state = 'running', problem = '', theirs = '' } = {}) {
  const focused = [];
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const node = (name) =>
    Object.assign(document.createElement('div'), { focus: () => focused.push(name) });
  const scrubber = { slider: node('slider'), node: node('scrubber') };
  const one = new Transport(scrubber, { ask: () => {}, tell: () => {} });
  for (const [act, button] of Object.entries(one.buttons))
    button.focus = () => focused.push(button.disabled ? 'nothing' : act);
  one.speed.options = [];
  const transport = { help: '', speeds: [], speed: 'full', token: '', onlooker: false };
  one.setPage({
    ...{ run: 'a', example: false, refusal: '', state },
    transport: { ...transport, problem, theirs },
  });
  return { one, focused };
}

function press(one, act, state) {
  document.activeElement = one.buttons[act];
  one.press(act);
  one.setState({ state, step: 30 });
  document.activeElement = null;
}

test('the focus goes on to what can be done next, also where nothing can be started', (t) => {
  for (const [problem, state, next] of [
    ['', 'stopped', 'start'],
    ['batch_size is too large.', 'stopped', 'resume'],
    ['batch_size is too large.', 'finished', 'slider'],
  ]) {
    const { one, focused } = bar(t, { problem });
    press(one, 'stop', state);
    assert.deepEqual(focused, [next]);
    one.close();
    t.mock.timers.reset();
  }
});

test('a run of somebody else is not reset because it is theirs, whatever it does', (t) => {
  const theirs = "This run is somebody else's.";
  for (const problem of ['', 'batch_size is too large.'])
    for (const state of ['running', 'finished']) {
      const { one } = bar(t, { state, problem, theirs });
      const { disabled, attributes } = one.buttons.reset;
      assert.deepEqual([disabled, attributes.title], [true, theirs]);
      t.mock.timers.reset();
    }
});

test('a refusal goes when the run is no longer as it was, and stays while it is', (t) => {
  const { one } = bar(t, { state: 'stopped' });
  const waits = 'A run that is waiting cannot resume.';
  one.setState({ state: 'waiting', step: 30 });
  one.refuse(waits);
  one.setState({ state: 'waiting', step: 30 });
  assert.equal(one.why.textContent, waits);
  one.setState({ state: 'running', step: 31 });
  assert.equal(one.why.textContent, '');
  const page = { run: 'a', example: false, state: 'running', transport: null };
  one.setPage({ ...page, refusal: 'Start needs fewer images.' });
  one.setState({ state: 'running', step: 32 });
  assert.equal(one.why.textContent, 'Start needs fewer images.');
  one.setState({ state: 'stopped', step: 33 });
  assert.equal(one.why.textContent, '');
  one.close();
});

test('what the page refused before anything was told of its run stays', (t) => {
  const { one } = bar(t, { state: undefined });
  const page = { run: 'b', example: false, state: undefined, transport: null };
  one.setPage({ ...page, refusal: 'There is no such run.' });
  one.setState({ state: 'stopped', step: 0 });
  assert.equal(one.why.textContent, 'There is no such run.');
  one.close();
});
