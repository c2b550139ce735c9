import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';

import './page.js';
import { filled, filledOrNothing } from '../../web/kit/blanks.js';
import { publish } from '../../web/kit/facts.js';
import { Guide } from '../../web/learn/view/guide.js';

/** As much more of a page as a guide needs. */
const { Element, document, window } = globalThis;
const listens = { addEventListener() {}, removeEventListener() {} };
Object.assign(window, listens, { innerWidth: 1440, innerHeight: 900 });
Object.assign(document, listens, { querySelectorAll: () => [], activeElement: null });
globalThis.Node = Element;
globalThis.getComputedStyle = () => ({
  color: 'rgb(0, 0, 0)',
  backgroundColor: 'rgb(255, 255, 255)',
});
globalThis.localStorage = { getItem: () => null, setItem() {} };
Object.assign(Element.prototype, {
  contains: () => false,
  remove() {},
  closest: () => null,
});

const STEP = {
  page: 'forces',
  state: 'preset=a',
  places: [],
  words: 'There are {n:d}.',
  question: '',
  choices: [],
  check: [],
  already: false,
  solved: false,
  why: '',
};
const CHOICES = [
  { text: 'One', when: [{ fact: 'n', equals: 1 }] },
  { text: 'Two', when: [{ fact: 'n', equals: 2 }] },
];

let guide;
afterEach(() => {
  guide?.unsubscribe?.();
  mock.timers.reset();
  publish({ page: 'none' });
});

/** A guide at a step, what it has said, and its clock. */
function guided(step) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 });
  globalThis.requestAnimationFrame = () => 1;
  globalThis.cancelAnimationFrame = () => {};
  const told = (at, more) => ({
    lesson: 'one',
    title: 'One',
    lang: '',
    at,
    n: 9,
    page: more.page ?? STEP.page,
    step: { ...STEP, ...more },
    following: null,
  });
  guide = new Guide(document.createElement('div'), told(1, step), {});
  const said = [];
  const { say } = guide.card;
  guide.card.say = (...texts) => {
    said.push(texts.filter(Boolean).join(' '));
    say.call(guide.card, ...texts);
  };
  return {
    said,
    go: (at, more) => guide.update(told(at, more), {}),
    choose: (index) => guide.card.choose(index),
    wait: (ms) => mock.timers.tick(ms),
  };
}

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
  const { said, choose, wait } = guided({
    question: 'How many?',
    choices: CHOICES,
    why: 'They are {n:d}.',
  });
  choose(1);
  wait(5000);
  assert.deepEqual(said, []);
  assert.equal(guide.told, true); // it is shown, all the same
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
