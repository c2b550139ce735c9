import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clock } from './page.js';
import { lines, Socket } from '../../web/kit/socket.js';

class Line {
  readyState = 0;
  sent = [];

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }
}

globalThis.WebSocket = { OPEN: 1 };
globalThis.window ??= globalThis;
for (const target of [globalThis.window, globalThis.document])
  for (const name of ['addEventListener', 'removeEventListener']) target[name] ??= () => {};

// A socket whose line has just come up, and what makes the line go and come back.
function connected(t) {
  const made = [];
  lines.open = () => {
    made.push(new Line());
    return made.at(-1);
  };
  const said = [];
  const answers = [];
  const lost = (isLost, why) => said.push([isLost, why]);
  const hear = (message) => answers.push(message);
  const socket = new Socket('ws://here', { hear, lost });
  t.after(() => socket.close());
  const up = () => {
    made.at(-1).readyState = 1;
    made.at(-1).onopen();
    return made.at(-1);
  };
  const again = () => {
    socket.again();
    return up();
  };
  up();
  return { socket, again, up, made, said, answers };
}

const questions = (line) => line.sent.filter(({ type }) => type === 'ask');

test('what was asked when the line went is asked again, the newer question of a kind alone', (t) => {
  const { socket, again } = connected(t);
  socket.ask('forces', { what: 'forces', board: 1 });
  socket.ask('flow', { what: 'flow', board: 1 });
  socket.ask('forces', { what: 'forces', board: 2 }); // waits for the first
  assert.deepEqual(
    questions(again()).map(({ what, board }) => [what, board]),
    [
      ['forces', 2],
      ['flow', 1],
    ],
  );
});

test('the question that waits is asked though what is done with an answer fails', (t) => {
  const { socket, again } = connected(t);
  const line = again();
  socket.ask('forces', { what: 'forces', board: 1 });
  socket.ask('forces', { what: 'forces', board: 2 });
  socket.hear = () => {
    throw new TypeError('a loss without a number');
  };
  assert.throws(() => socket.receive({ type: 'answer', id: socket.id }), TypeError);
  assert.deepEqual(
    questions(line).map(({ board }) => board),
    [1, 2],
  );
});

test('a question about the run that is watched outlives the line, one about another does not', (t) => {
  const { socket, again } = connected(t);
  socket.watch({ run: 'a' });
  socket.ask('moved', { what: 'moved', to: 1 });
  const line = again();
  assert.deepEqual(
    line.sent.map(({ type }) => type),
    ['watch', 'ask'],
  );
  line.readyState = 3; // lost, and another run is chosen meanwhile
  socket.watch({ run: 'b' });
  const later = again();
  assert.deepEqual(
    later.sent.map(({ type, run }) => [type, run]),
    [['watch', 'b']],
  );
});

test('a question that waits behind one without an answer is asked in the end, unless all is left', (t) => {
  const time = clock();
  t.after(time.stop);
  const { socket, again } = connected(t);
  const line = again();
  const boards = () => questions(line).map(({ board }) => board);
  socket.ask('forces', { what: 'forces', board: 1 });
  time.tick(100);
  socket.ask('forces', { what: 'forces', board: 2 });
  time.tick(3000);
  assert.deepEqual(boards(), [1]);
  time.tick(1000);
  assert.deepEqual(boards(), [1, 2]);
  socket.receive({ type: 'answer', id: socket.id });
  socket.ask('forces', { what: 'forces', board: 3 }); // at once, and its patience is its own
  time.tick(3000);
  socket.ask('forces', { what: 'forces', board: 4 });
  assert.deepEqual(boards(), [1, 2, 3]);
  socket.watch({ run: 'a' });
  time.tick(9000);
  assert.deepEqual(boards(), [1, 2, 3]);
});

test('an answer that comes late is heard, unless one to a newer question came before it', (t) => {
  const time = clock();
  t.after(time.stop);
  const { socket, answers } = connected(t);
  const ids = [1, 2, 3].map((board) => {
    socket.ask('forces', { what: 'forces', board });
    time.tick(4000);
    return socket.id;
  });
  for (const id of [ids[1], ids[0], ids[2]]) socket.receive({ type: 'answer', id });
  assert.deepEqual(
    answers.map(({ kind, question }) => [kind, question.board]),
    [
      ['forces', 2],
      ['forces', 3],
    ],
  );
});

test('where there are too many views this is said, and tried again seldom; else it is final', (t) => {
  const time = clock();
  t.after(time.stop);
  const { socket, up, made, said } = connected(t);
  const turnAway = (more) => {
    made.at(-1).onmessage({ data: JSON.stringify({ type: 'refused', message: 'Full.', ...more }) });
    made.at(-1).onclose?.();
  };
  turnAway({ again: true });
  const known = [
    [false, undefined],
    [true, 'Full. It is being tried again.'],
  ];
  assert.deepEqual(said, known);
  time.tick(4900);
  assert.equal(made.length, 1);
  time.tick(200);
  assert.equal(made.length, 2);
  up();
  time.tick(200);
  turnAway({ again: true });
  assert.deepEqual(said, known); // as it was: nothing is said anew
  time.tick(5000);
  up();
  socket.receive({ type: 'state' });
  assert.deepEqual(said.splice(0).slice(2), [[false, undefined]]);
  turnAway({ again: true });
  time.tick(5000);
  up();
  time.tick(1000); // in, and told nothing
  assert.deepEqual(said.at(-1), [false, undefined]);
  turnAway({});
  time.tick(20000);
  assert.deepEqual(said.at(-1), [true, 'Full.']);
  assert.equal(made.length, 4);
});
