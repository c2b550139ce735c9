// The bar of a class, on a page in another language.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import './classpage.js';

const { document: page, Element: Node } = globalThis;
const TABLE = {
  pull: 'Zug',
  none: 'ohne',
  'background {w}': 'Hintergrund {w}',
  'Which loss collapses first?': 'Welcher Loss kollabiert zuerst?',
  'The teacher asks: {w}': 'Die Lehrkraft fragt: {w}',
  '{w}, your answer': '{w}, deine Antwort',
};
page.getElementById = (id) =>
  id === 'cacr-language' ? { textContent: JSON.stringify(TABLE) } : null;
const { el } = await import('../../web/kit/dom.js');
const { BarLine } = await import('../../web/classroom/view/barline.js');
const { ClassBar } = await import('../../web/classroom/view/classbar.js');
const { lines } = await import('../../web/kit/socket.js');

const DATA = { base: 'http://lab/_cacr', token: 'x', teaches: false, page: 'live', lang: '' };

const asked = (number, more) => ({
  number,
  text: 'Why?',
  sheet: null,
  about: null,
  options: ['this', 'that'].map((label) => ({ label, picture: null })),
  is_open: true,
  n_answers: 0,
  n_asked: 1,
  counts: null,
  right: null,
  yours: null,
  ...more,
});

/** A bar that is connected, what it has said, and a way to tell it something. */
function connected(t, more) {
  const sent = [];
  const ws = { readyState: 0, send: (text) => sent.push(JSON.parse(text)), close: () => {} };
  lines.open = () => ws;
  const bar = new ClassBar(new Node('div'), { ...DATA, may_start: false, brought: 0, ...more }, {});
  t.after(() => bar.close());
  ws.readyState = 1;
  ws.onopen();
  const tell = (message) => ws.onmessage({ data: JSON.stringify(message) });
  const stand = (question) =>
    tell({ type: 'class', n: 1, following: 1, is_led: true, may_start: false, asked: question });
  const said = (type) => sent.filter((message) => message.type === type);
  return { bar, line: bar.line, ws, said, tell, stand };
}

const isUnfolded = ({ card }) => !card.node.hasAttribute('hidden');

test('the button says that what it opened is open, whatever the class says meanwhile', () => {
  const line = new BarLine({ ready: () => [] });
  const isOpen = () => line.question.getAttribute('aria-expanded');
  const standing = { n: 1, following: 1, asked: null, may_start: false };
  line.press();
  assert.equal(isOpen(), 'true');
  line.set(standing, { teaches: true, follows: false, page: 'live', base: '' });
  assert.equal(isOpen(), 'true');
  line.press();
  assert.equal(isOpen(), 'false');
});

test('the way to the page of the class keeps the language', () => {
  const line = new BarLine({ ready: () => [] });
  const leads = (lang) => {
    line.set(null, { teaches: true, follows: false, page: 'live', base: '', lang });
    return line.screen.getAttribute('href');
  };
  assert.equal(leads('de'), 'http://lab/class?lang=de');
  assert.equal(leads(''), 'http://lab/class');
});

test('who is refused by the class reads why, and not that it is tried again', (t) => {
  const { bar, line, ws, tell } = connected(t);
  assert.equal(line.error.textContent, '');
  tell({ type: 'refused', message: 'All seats are taken.' });
  ws.readyState = 3;
  assert.equal(line.error.textContent, 'All seats are taken.');
  bar.say('choose', { number: 1, option: 0 });
  assert.equal(line.error.textContent, 'All seats are taken.');
});

test('what was refused is said until the question is another, or is closed', (t) => {
  const { line, tell, stand } = connected(t);
  stand(asked(1));
  for (const next of [asked(1, { is_open: false }), asked(2), null]) {
    tell({ type: 'error', id: null, message: 'No more answers are taken to this question.' });
    assert.match(line.error.textContent, /^No more answers/);
    stand(next);
    assert.equal(line.error.textContent, '');
  }
  tell({ type: 'error', id: null, message: 'A question has 2 to 12 options, got 0.' });
  stand(null); // somebody has come, say
  assert.match(line.error.textContent, /^A question has/);
});

test('the first question of a server that started anew unfolds too', (t) => {
  const { line, stand } = connected(t);
  stand(asked(1));
  line.showCard(false);
  stand(asked(1));
  assert.equal(isUnfolded(line), false);
  stand(null);
  stand(asked(1));
  assert.equal(isUnfolded(line), true);
});

test('a question is asked once, however often one presses, until the class has answered', (t) => {
  const { line, said, tell, stand } = connected(t, { teaches: true });
  const press = () => line.menu.ask.listeners.click();
  press();
  press();
  assert.equal(said('pose').length, 1);
  tell({ type: 'error', id: null, message: 'A question has 1 to 200 characters, got 0.' });
  press();
  assert.equal(said('pose').length, 2);
  stand(asked(1));
  stand(null);
  press();
  assert.equal(said('pose').length, 3);
});

test('what was asked while the line was closed keeps nobody from asking again', (t) => {
  const { line, ws, said, stand } = connected(t, { teaches: true });
  const press = () => line.menu.ask.listeners.click();
  ws.readyState = 3;
  press();
  ws.readyState = 1;
  ws.onopen();
  stand(null);
  const before = said('pose').length;
  press();
  assert.equal(said('pose').length, before + 1);
});

test('what is folded away or taken away leaves the focus in the bar', (t) => {
  const { line, stand } = connected(t, { teaches: true });
  const pressed = (button) => {
    button.focus();
    button.listeners.click();
    return page.activeElement;
  };
  stand(asked(1));
  assert.equal(pressed(line.card.fold), line.question);
  line.press();
  line.card.shut.focus();
  stand(asked(1, { is_open: false }));
  assert.equal(page.activeElement, line.card.remove);
  stand(null);
  assert.equal(page.activeElement, line.question);
  line.press();
  pressed(line.menu.ask);
  stand(asked(2));
  assert.equal(page.activeElement, line.question);
  const follower = connected(t);
  follower.stand(asked(1));
  follower.line.card.fold.focus();
  follower.stand(null);
  assert.equal(page.activeElement, follower.line.title);
  line.question.focus();
  stand(null);
  assert.equal(page.activeElement, line.question);
});

test('a tab of the teacher in the background takes its seat once somebody looks at it', (t) => {
  t.after(() => delete page.hidden);
  page.hidden = true;
  assert.equal(connected(t).said('attend').length, 1); // a follower is in the class all the same
  const { bar, said } = connected(t, { teaches: true });
  bar.update({ ...bar.data, token: 'of a session anew' }, {});
  bar.look();
  assert.deepEqual(said('attend'), []);
  page.hidden = false;
  bar.look();
  bar.look();
  assert.deepEqual(
    said('attend').map(({ token }) => token),
    ['of a session anew'],
  );
});

test('what the teacher typed stays as it was typed, what is made ready is said in words of the page', (t) => {
  const { line, stand } = connected(t);
  const options = ['0,125', 'pull', 'none'].map((label) => ({ label, picture: null }));
  stand(asked(1, { text: 'Which loss collapses first?', options }));
  assert.equal(line.card.text.textContent, 'Which loss collapses first?');
  assert.equal(line.words.textContent, 'Die Lehrkraft fragt: Which loss collapses first?');
  const rows = line.card.options.children;
  const labels = () => rows.map((row) => row.children[1].textContent);
  const names = () => rows.map((row) => row.getAttribute('aria-label'));
  assert.deepEqual(labels(), ['0,125', 'pull', 'none']);
  assert.deepEqual(names(), ['0,125', 'pull', 'none']);
  stand(asked(1, { text: 'Which loss collapses first?', options, yours: 1 }));
  assert.deepEqual(names(), ['0,125', 'pull, deine Antwort', 'none']);
  const elsewhere = (text) => el('p', { text }).textContent;
  assert.deepEqual(['background none', 'none'].map(elsewhere), ['Hintergrund ohne', 'ohne']);
  stand(asked(1, { text: 'Look closely. Which loss collapses first?', options }));
  assert.equal(
    line.words.textContent,
    'Die Lehrkraft fragt: Look closely. Which loss collapses first?',
  );
  const sheet = { run: 'a', n: 4, columns: 2 };
  stand(asked(2, { text: 'Which loss collapses first?', options, sheet }));
  assert.equal(line.card.text.textContent, 'Welcher Loss kollabiert zuerst?');
  assert.equal(line.words.textContent, 'Die Lehrkraft fragt: Welcher Loss kollabiert zuerst?');
});
