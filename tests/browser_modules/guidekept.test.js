import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { CHOICES, guided, over } from './guided.js';
import { publish } from '../../web/kit/facts.js';

afterEach(over);

const RAISED = { check: [{ fact: 'weight', at_least: 0.9 }], why: 'It takes {weight:.1f}.' };
const isDone = (card) => card.todo.textContent.includes('done');

test('the first thing that is done counts, where the page has told all before the guide came', () => {
  publish({ page: 'forces', weight: 0.2 });
  const { card, touch, wait } = guided(RAISED);
  wait(1000); // sooner than a state is taken to be there
  touch();
  publish({ page: 'forces', weight: 0.95 });
  wait(1000);
  assert.ok(isDone(card));
});

test('the first thing that is done counts, where the step leaves the page as it is', () => {
  const { card, go, wait } = guided({});
  publish({ page: 'forces', n: 1, lit: null });
  wait(100);
  go(2, { state: null, check: [{ fact: 'lit', equals: 'n1' }], why: 'That one.' });
  publish({ page: 'forces', lit: 'n1' });
  wait(1000);
  assert.ok(isDone(card));
});

test('a state that tells nothing anew is seen as it is once it is taken to be there', () => {
  const { card, go, wait } = guided({});
  publish({ page: 'forces', weight: 0.2 });
  wait(5000);
  go(2, RAISED);
  wait(5000);
  publish({ page: 'forces', weight: 0.95 });
  wait(1000);
  assert.ok(isDone(card));
});

test('what holds from the start is not done', () => {
  publish({ page: 'forces', weight: 0.95 });
  const { card, wait } = guided(RAISED);
  wait(5000);
  publish({ page: 'forces', weight: 0.96 });
  wait(1000);
  assert.ok(!isDone(card));
});

test('words keep the numbers that they began with, once a hand is on the page', () => {
  publish({ page: 'forces', n: 1 });
  const { card, touch, wait } = guided({});
  wait(4000);
  publish({ page: 'forces', n: 2 }); // the page itself was late
  wait(1000);
  assert.equal(card.words.textContent, 'There are 2.');
  touch();
  publish({ page: 'forces', n: 7 });
  wait(1000);
  assert.equal(card.words.textContent, 'There are 2.');
});

test('a hand that is faster than the page does not keep the numbers of the step before', () => {
  const { card, go, touch, wait } = guided({});
  publish({ page: 'forces', n: 1 });
  wait(4000);
  go(2, { state: 'preset=b' });
  touch('keydown');
  publish({ page: 'forces', n: 5 });
  wait(1000);
  publish({ page: 'forces', n: 6 });
  wait(1000);
  assert.equal(card.words.textContent, 'There are 5.');
});

test('words keep no number of the step before, whatever the page says first or however late', () => {
  for (const late of [1000, 4000]) {
    const { card, go, touch, wait } = guided({});
    publish({ page: 'forces', n: 1, lit: 'n1' });
    wait(4000);
    go(2, { state: 'preset=b' });
    touch();
    if (late === 1000) publish({ page: 'forces', lit: null }); // nothing of the new state
    wait(late);
    publish({ page: 'forces', n: 5 });
    wait(1000);
    publish({ page: 'forces', n: 6 });
    wait(1000);
    assert.equal(card.words.textContent, 'There are 5.');
    over();
  }
});

test('why is kept with no number of the step before, though the words have none', () => {
  const { card, choose, go, touch, wait } = guided({});
  publish({ page: 'forces', n: 2, lit: 'n1' });
  wait(4000);
  go(2, { words: 'Look.', question: 'How many?', choices: CHOICES, why: 'They are {n:d}.' });
  publish({ page: 'forces', lit: null });
  wait(1000);
  choose(0);
  touch();
  wait(2500);
  publish({ page: 'forces', n: 1 });
  wait(1000);
  assert.equal(card.why.textContent, 'They are 1.');
  assert.equal(card.verdict.textContent, '✓ As you said.');
});

test('what the page knew when it was left, and comes through by itself, is nothing done', () => {
  const at = (step) => publish({ page: 'live', step });
  at(700);
  const check = [{ fact: 'step', at_most: 0 }];
  const { card, touch, wait } = guided({ page: 'live', words: 'Go.', check, why: 'There.' });
  publish({ page: 'live', hovered: null });
  wait(500);
  for (const step of [0, 1200]) at(step);
  wait(1000);
  assert.ok(!isDone(card));
  touch();
  at(0);
  wait(1000);
  assert.ok(isDone(card));
});

test('what may hold from the start is explained with no number of the step before', () => {
  const { card, go, wait } = guided({});
  publish({ page: 'forces', weight: 0.96 });
  wait(4000);
  go(2, { ...RAISED, already: true, why: 'It takes {weight:.2f}.' });
  publish({ page: 'forces', lit: null });
  publish({ page: 'forces', weight: 0.1 });
  wait(1000);
  assert.ok(!isDone(card));
});

test('why and the verdict stay as they were told when the page changes after them', () => {
  publish({ page: 'forces', n: 1 });
  const { card, choose, touch, wait } = guided({
    question: 'How many?',
    choices: CHOICES,
    why: 'They are {n:d}.',
  });
  wait(4000);
  choose(0);
  wait(1000);
  touch();
  publish({ page: 'forces', n: 2 });
  wait(1000);
  assert.equal(card.why.textContent, 'They are 1.');
  assert.equal(card.verdict.textContent, '✓ As you said.');
  assert.deepEqual(
    card.choices.children.map((node) => node.getAttribute('data-right')),
    ['true', 'false'],
  );
});

test('why speaks of the last moment at which what was to be done was so', () => {
  publish({ page: 'forces', weight: 0.2 });
  const { card, touch, wait } = guided(RAISED);
  wait(4000);
  touch();
  for (const weight of [0.91, 0.98, 0.4]) publish({ page: 'forces', weight }); // one drag
  wait(1000);
  assert.equal(card.why.textContent, 'It takes 1.0.');
  publish({ page: 'forces', weight: 0.93 });
  wait(1000);
  assert.equal(card.why.textContent, 'It takes 1.0.');
});
