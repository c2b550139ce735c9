import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { CHOICES, guided, over } from './guided.js';
import { filled, filledOrNothing } from '../../web/kit/blanks.js';
import { publish } from '../../web/kit/facts.js';

afterEach(over);

test('a step in another state is read out with the numbers of that state', () => {
  const { said, go, wait } = guided({});
  publish({ page: 'forces', n: 1, lit: null });
  wait(1000);
  assert.deepEqual(said, ['There are 1.']);
  go(2, { state: 'preset=b' });
  wait(200);
  publish({ page: 'forces', lit: 'n1' }); // the view tells this of the new state at once, and
  wait(200);
  publish({ page: 'forces', n: 2 }); // that once it has been answered
  wait(1000);
  assert.deepEqual(said.slice(1), ['There are 2.']);
});

test('a step in the state that is there is read out, at once where it says so', () => {
  const { said, go, wait } = guided({});
  publish({ page: 'forces', n: 1 });
  wait(1000);
  go(2, { state: null, words: '{n:d} at once' });
  assert.equal(said.at(-1), '1 at once');
  go(3, { state: 'preset=a', words: '{n:d} in the end' }); // which tells nothing anew
  wait(5000);
  assert.equal(said.at(-1), '1 in the end');
});

test('who answers before anything is known hears the verdict and why once it is', () => {
  const { said, told, choose, wait } = guided({
    question: 'How many?',
    choices: CHOICES,
    why: 'They are {n:d}.',
  });
  choose(1);
  wait(5000);
  assert.deepEqual(said, []);
  assert.equal(told(), true); // it is shown, all the same
  publish({ page: 'forces', n: 2 });
  wait(1000);
  assert.equal(said.at(-1), '✓ As you said. They are 2.');
});

test('what is done is explained with all the numbers of that moment', () => {
  const { said, wait } = guided({
    check: [{ fact: 'step', at_most: 0 }],
    why: 'There were {n:d}.',
  });
  publish({ page: 'forces', step: 9, n: 1 });
  wait(1000);
  publish({ page: 'forces', step: 0 });
  wait(100);
  publish({ page: 'forces', n: 3 });
  wait(1000);
  assert.equal(said.at(-1), 'There were 3.');
});

test('a dash of the words is no empty blank', () => {
  assert.equal(filledOrNothing('Ja – {n:d}', { n: 3 }), 'Ja – 3');
  assert.equal(filledOrNothing('Ja – {n:d} {m / n}', { n: 3 }), '');
  assert.equal(filled('Ja – {n:d} {m / n}', { n: 3 }), 'Ja – 3 –');
});

test('a fact over another is an empty blank where either is no number', () => {
  const times = (p1, p2) => filledOrNothing('{a.p2.pull / a.p1.pull:.1f} times', { a: { p1, p2 } });
  assert.equal(times({ pull: 2 }, { pull: 0 }), '0.0 times');
  for (const none of [undefined, {}, { pull: null }, { pull: NaN }]) {
    assert.equal(times({ pull: 2 }, none), '');
    assert.equal(times(none, { pull: 2 }), '');
  }
  assert.equal(filledOrNothing('{n:.1f} times', { n: NaN }), '');
});
