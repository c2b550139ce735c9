import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { caption, seen } from '../../web/kit/captions.js';
import { beside, Card, factorText } from '../../web/kit/card.js';
import { digits, signed } from '../../web/kit/dom.js';
import { Head } from '../../web/kit/head.js';
import { QueryPick } from '../../web/kit/querypick.js';
import { decode } from '../../web/kit/socket.js';
import { ordinal, valueText } from '../../web/kit/styles.js';
import { drawnIn } from '../../web/live/view/query.js';
import { Questions } from '../../web/live/view/questions.js';

test('numbers have three digits, no exponent in the usual range, and a minus', () => {
  assert.equal(digits(0.12345), '0.123');
  assert.equal(digits(-12.345), '−12.3');
  assert.equal(digits(123456), '123,456');
  assert.equal(digits(0.00001234), '1.23e−5');
  assert.equal(digits(null), '–');
  assert.equal(signed(2), '+2.00');
});

test('how many are drawn in is told in number, and why where the loss says so', () => {
  const told = (n_attracted, loss) => drawnIn({ n_attracted, n_negatives: 195, loss });
  assert.equal(told(0, { draws_far_in: true }), '');
  assert.equal(told(2, {}), '2 of 195 negatives are drawn in instead.');
  assert.equal(
    told(1, { draws_far_in: true }),
    '1 of 195 negatives is far enough to be drawn in instead: gradient goes through the weights.',
  );
  assert.equal(
    told(3, { labelled: true }),
    "3 of 195 negatives are drawn in instead: they are of the query's class, which this loss is told.",
  );
});

test('why a run ended is said beside what is wrong at its last moment', () => {
  const head = new Head();
  head.setState({ state: 'failed', reason: 'The loss is no number.' });
  head.setDiagnosis('Collapse: all in one place.');
  assert.equal(head.what.textContent, 'The loss is no number. Collapse: all in one place.');
});

test('what was refused stands neither in the colours nor in the marks, nor longer than it is so', () => {
  const did = [];
  const stage = { setNotice: (text) => Object.assign(stage, { said: text }), setCard() {} };
  const look = {
    view: { lens: null },
    film: { shown: null },
    stage,
    cloud: { node: { dataset: {} }, pixelOf() {}, unmark: () => did.push('unmark') },
    painting: { again: () => did.push('painted') },
    query: { setError: (text) => did.push(text) },
  };
  const questions = new Questions(look);
  questions.painted = { probe: 3 };
  questions.failed({ kind: 'paint', message: 'No.' });
  assert.equal(questions.painted, null);
  questions.failed({ kind: 'query', message: 'No.' });
  assert.deepEqual(did, ['painted', 'No.', 'unmark', 'No.']);
  questions.hovered(5, null);
  const refused = { kind: 'hover', message: 'Not this one.', question: { probe: 5 } };
  questions.hover.answer = { probe: 5 };
  questions.failed(refused);
  assert.equal(stage.said, 'Not this one.');
  assert.deepEqual(questions.hover, { index: 5 });
  questions.weighed({ kind: 'hover', probe: 5, step: 1, question: { step: 1 } });
  assert.equal(stage.said, '');
  questions.failed(refused);
  stage.setNotice('Recording the film: 4 %');
  questions.hovered(null, null);
  assert.equal(stage.said, 'Recording the film: 4 %');
  questions.failed(refused); // it comes late: nothing is under the hand
  assert.equal(stage.said, 'Recording the film: 4 %');
});

test('a query is read out by its image, its class where it has one, and the view in the picture', () => {
  const pick = new QueryPick({ choose() {}, turn() {}, failed() {} });
  const probes = { n: 2, columns: 2, labels: [-1, 0], class_names: ['a'] };
  pick.setRun({ probes, sprites: { probes: 'x', views: [] } });
  const said = (probe, turned) => {
    pick.set(probe, 1, turned);
    return pick.big.getAttribute('aria-label');
  };
  assert.deepEqual([said(1, true), said(1, false)], ['image 1, a, view 2', 'image 1, a']);
  assert.deepEqual([said(0, true), said(0, false)], ['image 0, view 2', 'image 0']);
});

test('numbers read back as themselves, to three digits', () => {
  for (let value = 1.003e-4; value < 999; value *= 1.37) {
    const read = Number(digits(-value).replace('−', '-'));
    assert.ok(Math.abs(read + value) <= 0.005001 * value, `${value} became ${read}`);
  }
});

test('ordinals end as they are said', () => {
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 112, 1003].map(ordinal), [
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '112th',
    '1,003rd',
  ]);
});

test('shares are in percent, and what is not known is a dash', () => {
  assert.equal(valueText(0.4567, 'share', digits), '45.7 %');
  assert.equal(valueText(NaN, 'share', digits), '–');
});

test('a caption says of which step a layout is, where it is of an earlier one', () => {
  const frame = { layout: 'umap', dims: 2, step: 1200, of: { step: 1000 }, trust: 0.9 };
  assert.match(caption(frame, 'umap'), /^UMAP of step 1,000, trustworthiness 0\.90/);
  assert.doesNotMatch(caption({ ...frame, of: { step: 1200 } }, 'umap'), /of step/);
  assert.match(caption({ ...frame, layout: 'pca' }, 'umap'), /UMAP follows/);
});

test('a cloud in words has its number of images, its step and its spread', () => {
  const text = seen(
    { layout: 'pca', dims: 2, step: 1500, spread: 0.734 },
    { probes: { class_names: ['a', 'b'], n: 1000 } },
    { colour: 'factor:size', probe: 3, name: 'a' },
  );
  assert.match(text, /1,000 images of 2 classes at step 1,500, laid out by PCA, coloured by size/);
  assert.match(text, /73 % as far apart/);
});

test('a factor is read as what it is', () => {
  assert.equal(factorText({ kind: 'class', values: [1], names: ['x', 'y'] }, 0), 'y');
  assert.equal(factorText({ kind: 'circular', values: [0.25] }, 0), '90°');
  assert.equal(factorText({ kind: 'number', values: [0.1234] }, 0), '0.12');
});

test('a card beside the pointer stays inside and never lies on the image', () => {
  const card = [120, 60];
  for (let px = 0; px <= 600; px += 25) {
    for (let py = 0; py <= 400; py += 25) {
      const [x, y] = beside([px, py], card, 400, [0, 600]);
      assert.ok(x >= 0 && x + card[0] <= 600, `x ${x}`);
      assert.ok(y >= 0 && y + card[1] <= 400, `y ${y}`);
      const inside = px > x && px < x + card[0] && py > y && py < y + card[1];
      assert.ok(!inside, `over ${px} ${py}`);
    }
  }
});

test('a card lies in the corner that hides the fewest points, and stays while that is nearly so', () => {
  let points = [9, 2, 30, 30];
  const at = [];
  const below = {
    node: {},
    covered: ([left, top]) => points[(left > 100 ? 1 : 0) + (top > 100 ? 2 : 0)],
  };
  const card = new Card(below, { offsetHeight: 20 });
  const corner = () => card.corner([300, 200], [100, 50], [600, 400]);
  at.push(corner());
  points = [1, 3, 30, 30];
  at.push(corner());
  points = [0, 40, 30, 30];
  at.push(corner());
  assert.deepEqual(at, [
    [600 - 100 - 48, 8],
    [600 - 100 - 48, 8],
    [8, 8],
  ]);
});

// A message as Python packs it: the header's length, the header, then the arrays.
function packed(header, ...arrays) {
  let text = JSON.stringify(header);
  while ((4 + text.length) % 4) text += ' ';
  const head = new TextEncoder().encode(text);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  const bytes = Buffer.concat([
    size,
    head,
    ...arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)),
  ]);
  return new Uint8Array(bytes).buffer;
}

test('a frame comes apart into its places and the agreement of neighbours', () => {
  const xy = Float32Array.from([1, -2, 0.5, 4]);
  const header = { type: 'frame', n: 2, dims: 2, agreement: true, step: 7 };
  const frame = decode(packed(header, xy, Uint8Array.from([3, 250])));
  assert.deepEqual(frame.xy, xy);
  assert.deepEqual(frame.agreement, Uint8Array.from([3, 250]));
  assert.equal(frame.step, 7);
  assert.equal(decode(packed({ ...header, agreement: false }, xy)).agreement, null);
});

test('named arrays come apart in their order', () => {
  const [a, b] = [Float32Array.from([1, 2, 3]), Float32Array.from([-1])];
  const header = {
    type: 'answer',
    arrays: [
      ['loss', 3],
      ['force', 1],
    ],
  };
  assert.deepEqual(decode(packed(header, a, b)).arrays, { loss: a, force: b });
});

test('weights and pulls are one number each for every image', () => {
  const [weight, pull] = [Float32Array.from([0.5, 2]), Float32Array.from([-1, 3])];
  const answer = decode(packed({ type: 'weights', n: 2 }, weight, pull));
  assert.deepEqual([answer.weight, answer.pull], [weight, pull]);
});
