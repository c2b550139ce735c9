// A guide over a page that is not there, at a step that a test makes: what it says, and hands on the page.

import { mock } from 'node:test';

import './page.js';
import { publish } from '../../web/kit/facts.js';
import { Guide } from '../../web/learn/view/guide.js';

/** As much more of a page as a guide needs. */
const { Element, document, window } = globalThis;
const heard = {};
const listens = { addEventListener() {}, removeEventListener() {} };
Object.assign(window, listens, {
  innerWidth: 1440,
  innerHeight: 900,
  addEventListener: (name, listener) => {
    heard[name] = [...(heard[name] ?? []), listener];
  },
  removeEventListener: (name, listener) => {
    heard[name] = (heard[name] ?? []).filter((one) => one !== listener);
  },
});
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
  otherwise: [],
  words: 'There are {n:d}.',
  question: '',
  choices: [],
  check: [],
  already: false,
  solved: false,
  why: '',
};
export const CHOICES = [
  { text: 'One', when: [{ fact: 'n', equals: 1 }] },
  { text: 'Two', when: [{ fact: 'n', equals: 2 }] },
];

let guide;

/** The guide is gone, and what the page knew. */
export function over() {
  guide?.close();
  mock.timers.reset();
  publish({ page: 'none' });
}

/** A guide at a step, what it has said, and its clock. */
export function guided(step) {
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
    card: guide.card,
    told: () => guide.told,
    go: (at, more) => guide.update(told(at, more), {}),
    choose: (index) => guide.card.choose(index),
    touch: (name = 'pointerdown') => {
      for (const listener of heard[name]) listener({ target: new Element('div'), key: '' });
    },
    wait: (ms) => mock.timers.tick(ms),
  };
}
