// What a table of a language finds for a text, and what it leaves alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inLines, Language } from '../../web/kit/language.js';

const TABLE = {
  Negatives: 'Negative',
  'the nearest': 'das nächste',
  '{n1} of {n2} images': '{n1} von {n2} Bildern',
  '{n} negatives': '{n} Negative',
  '{n} negatives are not pushed.': '{n} Negative stößt nichts ab.',
  'The query is {w}, image {n}.': 'Bild {n} ist die Query: {w}.',
  'It is {w}.': 'Es ist {w}.',
  'It is shown: {w}': 'Gezeigt: {w}',
  'Open (all)': 'Alle öffnen',
};

function spoken() {
  const language = new Language(TABLE);
  /** @type {string[]} */
  const missing = [];
  language.onmissing = (text) => missing.push(text);
  return { language, say: (/** @type {string} */ text) => language.translate(text), missing };
}

test('a text of the table is in the language, with the space around it', () => {
  const { say, missing } = spoken();
  assert.equal(say('Negatives'), 'Negative');
  assert.equal(say('  Open (all)\n'), '  Alle öffnen\n');
  assert.deepEqual(missing, []);
});

test('a full stop behind a title is kept, whether the title is new or was written before', () => {
  const { say, missing } = spoken();
  assert.equal(say('Negatives.'), 'Negative.');
  assert.equal(say(`12 negatives. ${say('Negatives')}.`), '12 Negative. Negative.');
  assert.equal(say('It is shown: the nearest.'), 'Gezeigt: das nächste.');
  assert.equal(say('Nobody knows.'), 'Nobody knows.');
  assert.deepEqual(missing, ['Nobody knows.']);
});

test('numbers go into their blanks, in the order of the language', () => {
  const { say } = spoken();
  for (const number of ['7', '−0.25', '3e-5', '−1.5e−7', '–'])
    assert.equal(say(`${number} negatives`), `${number} Negative`);
  assert.equal(say('3 of 1,000 images'), '3 von 1\u202f000 Bildern');
  assert.equal(say('1,234,567.5'), '1\u202f234\u202f567.5');
  assert.equal(say('0,5 1,2345'), '0,5 1,2345');
  assert.equal(say('the query negatives'), 'the query negatives');
});

test('words in a blank are looked up in turn; names stay and are not missed', () => {
  const { say, missing } = spoken();
  assert.equal(say('The query is the nearest, image 4.'), 'Bild 4 ist die Query: das nächste.');
  assert.equal(say('The query is a ship, image 4.'), 'Bild 4 ist die Query: a ship.');
  assert.deepEqual(missing, []);
});

test('the longer pattern counts, and no blank reaches over the end of a sentence', () => {
  const { say, missing } = spoken();
  assert.equal(say('12 negatives are not pushed.'), '12 Negative stößt nichts ab.');
  assert.equal(
    say('It is 5. 12 negatives are not pushed. Nobody knows.'),
    'Es ist 5. 12 Negative stößt nichts ab. Nobody knows.',
  );
  assert.deepEqual(missing, ['Nobody knows.']);
});

test('a number may be below 0, with either sign of it', () => {
  const { say } = spoken();
  assert.equal(say('-0.5 of −3e-5 images'), '-0.5 von −3e-5 Bildern');
});

test('parts in a row are looked up each', () => {
  const { say } = spoken();
  assert.equal(say('Negatives · 3 of 4 images · ship'), 'Negative · 3 von 4 Bildern · ship');
  // a blank for words takes none of them in
  assert.equal(say('3 negatives · It is the nearest.'), '3 Negative · Es ist das nächste.');
  assert.equal(say('It is 3 · 3 negatives.'), 'It is 3 · 3 Negative.');
});

test('what was translated is not looked up again, and no letters are nothing to look up', () => {
  const { say, missing } = spoken();
  assert.equal(say(say('Negatives')), 'Negative');
  assert.equal(say('0.25 × d²'), '0.25 × d²');
  assert.deepEqual(missing, []);
});

test('texts in a row are one text that was translated', () => {
  const { language, say, missing } = spoken();
  const made = language.joined(['Negatives', '3 of 4 images', 'ship.'], ', ');
  assert.equal(made, 'Negative, 3 von 4 Bildern, ship.');
  assert.deepEqual(missing.splice(0), ['ship.']);
  assert.equal(say(made), made);
  assert.deepEqual(missing, []);
});

test('a text is broken into as many lines as another had, and no word is lost', () => {
  const english = ['Weights by layer: root mean square', '0.081 to 0.12'];
  const text = 'Gewichte je Schicht: quadratisches Mittel 0.081 bis 0.12';
  assert.deepEqual(inLines(text, english), [
    'Gewichte je Schicht: quadratisches',
    'Mittel 0.081 bis 0.12',
  ]);
  assert.deepEqual(inLines('zwei lange Wörter', ['two', 'words']), ['zwei lange', 'Wörter']);
  assert.deepEqual(inLines('ein Wort', ['a', 'word', 'alone']), ['ein', 'Wort', '']);
});

test('a name of data is never looked up where it stands alone in a sentence, other words are', () => {
  const { language, say, missing } = spoken();
  language.learn({ table: 'Tabelle', '{w}, image {n}': '{w}, Bild {n}', no: 'nein' });
  assert.equal(say('table, image 3'), 'Tabelle, Bild 3');
  const owner = {};
  language.setNames(owner, ['table', 'no', 'ship']);
  assert.equal(say('table, image 3'), 'table, Bild 3');
  assert.equal(say('It is no.'), 'Es ist no.');
  assert.equal(say('no · Negatives'), 'nein · Negative'); // a word of ours as well, in no sentence
  assert.equal(say('ship · Negatives · ship.'), 'ship · Negative · ship.');
  assert.deepEqual(missing, []);
  assert.equal(say('the nearest, image 3'), 'das nächste, Bild 3');
  assert.equal(say('table'), 'Tabelle'); // a word of ours, where the element is no name's
  assert.equal(say('no · table.'), 'nein · Tabelle.');
  language.setNames(owner, ['cat']);
  assert.equal(say('table, image 3'), 'Tabelle, Bild 3');
});
