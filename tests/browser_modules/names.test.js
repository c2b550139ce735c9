// What data are called stays as it is on a page in another language.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';

const TABLE = {
  table: 'Tabelle',
  unlabelled: 'ohne Klasse',
  'Light up {w} alone': '{w} allein',
  Forces: 'Kräfte',
  none: 'ohne',
  '{n} minute': '{n} Minute',
  'Begin: {w}': 'Beginnen: {w}',
  'Next lesson: {w}': 'Nächste Lektion: {w}',
  '✓ As you said.': '✓ Wie du gesagt hast.',
  '{w}, {n} of {n2}': '{w}, {n} von {n2}',
  'Right.': 'Richtig.',
};
globalThis.document.getElementById = (id) =>
  id === 'cacr-language' ? { textContent: JSON.stringify(TABLE) } : null;
for (const name of ['addEventListener', 'removeEventListener'])
  globalThis.document[name] ??= () => {};
globalThis.window.removeEventListener ??= () => {};
globalThis.WebSocket = { OPEN: 1 };
const { el, setAttribute, setText } = await import('../../web/kit/dom.js');
const { Legend } = await import('../../web/kit/legend.js');
const { lines, Socket } = await import('../../web/kit/socket.js');
const { cards, questions } = await import('../../web/learn/view/cards.js');
const { mount: mountLearn } = await import('../../web/learn/view/learn.js');
const { Lessons } = await import('../../web/frozen/view/lessons.js');
const { GuideCard } = await import('../../web/learn/view/guidecard.js');

test('a class called like a word of ours keeps its name where it is shown and spoken of', (t) => {
  lines.open = () => ({ readyState: 1, send: () => {}, close: () => {} });
  const socket = new Socket('ws://here', { hear: () => {}, lost: () => {} });
  t.after(() => socket.close());
  const factors = { ground: { kind: 'class', names: ['unlabelled one'] } };
  socket.receive({ type: 'run', probes: { class_names: ['table', 'cat'], factors } });
  const name = el('b', { translate: 'no', text: 'table', title: 'table' });
  assert.deepEqual([name.textContent, name.attributes.title], ['table', 'table']);
  setText(name, 'unlabelled'); // no name of data
  assert.equal(name.textContent, 'ohne Klasse');
  setText(name, 'table');
  setAttribute(name, 'aria-label', 'table');
  assert.deepEqual([name.textContent, name.attributes['aria-label']], ['table', 'table']);
  assert.equal(el('b', { text: 'table' }).textContent, 'Tabelle');
  const legend = new Legend(() => {});
  legend.set({ kind: 'classes', names: ['table'], colours: ['#111111'], only: null }, false);
  const [chip] = legend.node.children;
  assert.equal(chip.attributes.title, 'table allein');
  assert.equal(chip.children[1].textContent, 'table');
  const alone = () => el('b', { title: 'Light up table alone' }).attributes.title;
  const other = new Socket('ws://here', { hear: () => {}, lost: () => {} });
  other.receive({ type: 'comparison', class_names: ['table'] });
  socket.watch({ run: 'of cats' });
  socket.receive({ type: 'run', run: 'of cats', probes: { class_names: ['cat'] } });
  assert.equal(alone(), 'table allein'); // it is seen in another view
  other.close();
  assert.equal(alone(), 'Tabelle allein');
});

const TOLD = { title: 'Forces', at: 1, n: 1, page: 'live', following: null };
const STEP = {
  page: 'live',
  words: 'Forces',
  question: 'none',
  choices: [{ text: 'table', when: [{ fact: 'n', equals: 1 }] }],
  check: [],
  why: 'none',
};

test('what a lesson says in a language of its own stays as it is written', () => {
  const card = new GuideCard({ fold() {} });
  const said = (lang) => {
    card.begin({ step: STEP });
    card.set({ ...TOLD, step: STEP, lang });
    const so = { chosen: 0, met: true, revealed: true };
    card.fill(STEP, { words: {}, why: { n: 1 } }, so);
    card.explain();
    const [choice] = card.choices.children;
    const nodes = [card.title, card.words, card.question, choice, card.why, card.heard];
    assert.equal(card.heard.getAttribute('lang'), lang || null);
    assert.equal(card.judged.getAttribute('lang'), null);
    assert.equal(card.judged.textContent, '✓ Wie du gesagt hast.');
    return nodes.map((node) => node.textContent);
  };
  assert.deepEqual(said('en'), ['Forces', 'Forces', 'none', 'table', 'none', 'none']);
  assert.equal(card.verdict.textContent, '✓ Wie du gesagt hast.');
  assert.deepEqual(said('').slice(0, 5), ['Kräfte', 'Kräfte', 'ohne', 'Tabelle', 'ohne']);
  const following = { lesson: 'own', title: 'Forces' };
  const leads = (own) => {
    card.set({ ...TOLD, step: STEP, lang: '', following: { ...following, own } });
    return card.after.textContent;
  };
  assert.deepEqual(
    [leads(true), leads(false)],
    ['Nächste Lektion: Forces', 'Nächste Lektion: Kräfte'],
  );
  leads(true);
  assert.equal(el('p', { text: 'Begin: Forces' }).textContent, 'Beginnen: Kräfte'); // no name here
});

test('a card has the words of a lesson as they are written, and its minutes in those of the page', () => {
  globalThis.localStorage = { getItem: () => null };
  const lesson = { id: 'own', title: 'Forces', teaches: 'none', minutes: 1, links: ['?'], n: 1 };
  const told = { ...lesson, pages: [], own: true, answers: [[1, 'table']] };
  const root = el('div');
  const data = {
    lessons: [{ ...told, lang: 'en' }],
    wrong: [],
    article: [],
    terms: [],
    places: [],
  };
  mountLearn({ querySelector: () => root }, data, {});
  const [, list] = root.children;
  const [begin] = list.children[0].children[0].children[3].children;
  assert.equal(begin.attributes['aria-label'], 'Beginnen: Forces');
  assert.equal(el('p', { text: 'Next lesson: Forces' }).textContent, 'Nächste Lektion: Kräfte');
  const drawn = (lang) => {
    const [card] = cards([{ ...told, lang }], () => {}).children;
    const [meta, title, teaches] = card.children;
    const [answer] = questions([{ ...told, lang }], () => {}).children;
    return [meta, title, teaches, answer.children[0]].map((node) => node.textContent);
  };
  assert.deepEqual(drawn('en').slice(1), ['Forces', 'none', 'table']);
  assert.deepEqual(drawn('').slice(1), ['Kräfte', 'ohne', 'Tabelle']);
  assert.match(drawn('')[0], /^1 Minute/);
});

test('what an own lesson says in a frozen page stays as it is written', () => {
  Object.assign(globalThis.window, { dispatchEvent() {} });
  const said = (lang) => {
    const lesson = {
      id: 'own',
      title: 'Forces',
      teaches: '',
      lang,
      steps: [{ ...STEP, view: {} }],
    };
    const card = new Lessons([lesson], { look() {}, say() {}, allHold: () => true });
    card.choose('own');
    card.take(0);
    const nodes = [card.select.children[1], card.words, card.question, card.choices.children[0]];
    return [...nodes, card.why, card.where, card.verdict].map((node) => node.textContent.trim());
  };
  const page = ['Kräfte', 'Kräfte', 'ohne', 'Tabelle', 'ohne', 'Kräfte, 1 von 1', 'Richtig.'];
  assert.deepEqual(said(''), page);
  const own = ['Forces', 'Forces', 'none', 'table', 'none', 'Forces, 1 von 1', 'Richtig.'];
  assert.deepEqual(said('en'), own);
});
