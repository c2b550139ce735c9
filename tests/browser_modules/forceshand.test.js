import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { clock } from './page.js';
import { Board } from '../../web/forces/view/board.js';
import { Chordline } from '../../web/forces/view/chordline.js';
import { Course } from '../../web/forces/view/course.js';
import { Deeds } from '../../web/forces/view/deeds.js';
import { look, lookText } from '../../web/forces/view/gaps.js';
import { Landscape } from '../../web/forces/view/landscape.js';
import { LossCard } from '../../web/forces/view/losscard.js';
import { vector } from '../../web/forces/view/places.js';

let time;
beforeEach(() => {
  time = clock();
});
afterEach(() => time.stop());

/** A board of a sphere or a circle, and what it has been told. */
function boarded(state) {
  const board = new Board({ changed() {}, report() {} });
  board.take({
    board: { query: [0, 0], positives: [[20, 0]], chord: null, snap: false, ...state },
    revision: 1,
  });
  return board;
}

test('a copy lies beside its original, near the poles too', () => {
  for (const snap of [false, true]) {
    for (const lat of [-90, -75, -45, 0, 30, 60, 82, 90]) {
      const board = boarded({ surface: 'sphere', negatives: [[10, lat]], snap });
      assert.equal(board.duplicate('n0'), '');
      const [one, copy] = board.state.negatives.map(vector);
      const apart = Math.acos(one.reduce((sum, v, i) => sum + v * copy[i], 0)) * (180 / Math.PI);
      assert.ok(apart > 5 && apart < 15.1, `${apart} degrees at ${lat}`);
      assert.ok(Math.abs(board.state.negatives[1][1]) <= 90);
    }
  }
});

test('arrow keys on a curve turn the query as those on the map do, by steps that snapping keeps', () => {
  const turns = [];
  const landscape = Object.assign(Object.create(Landscape.prototype), { board: { snap: false } });
  const course = new Course({
    index: 0,
    pointed() {},
    go: (angle) => turns.push(angle),
    turnOf: (event) => landscape.turnOf(event),
  });
  Object.assign(course, { look: {}, at: 30 });
  const does = (key, shiftKey = false) =>
    course.area.listeners.keydown({ key, shiftKey, preventDefault() {} });
  does('ArrowRight');
  does('ArrowRight', true);
  landscape.board.snap = true;
  does('ArrowLeft');
  assert.deepEqual(turns, [31, 45, 15]);
});

/** Marks whose removal is asked for while the focus is in the table, or in nothing of ours. */
function removing(mark, { isTable = true } = {}) {
  const focused = [];
  const board = boarded({ surface: 'circle', negatives: [[10], [20], [30]] });
  const holds = (on) => ({ contains: () => on });
  const deeds = new Deeds({
    board,
    head: { say() {}, announce() {} },
    stages: [{ node: holds(false), scene: { focus: (id) => focused.push(`scene ${id}`) } }],
    table: { node: holds(isTable), focus: (id) => focused.push(id) },
    done() {},
  });
  deeds.act('remove', mark);
  return time.frame().then(() => focused);
}

test('the focus stays in the table when a mark is removed there', async () => {
  assert.deepEqual(await removing('n0'), ['n0']);
  assert.deepEqual(await removing('n2'), ['n1']);
  assert.deepEqual(await removing('n1', { isTable: false }), []);
});

test('a chord of opposite parents is not drawn across the share that has no place', () => {
  const line = new Chordline();
  const after = [
    [-1, 0],
    [-1, 0],
    [null, null],
    [1, 0],
    [1, 0],
  ];
  const answer = {
    question: { surface: 'circle' },
    shares: [0, 0.25, 0.5, 0.75, 1],
    before: [-1, -0.5, 0, 0.5, 1].map((x) => [x, 0]),
    after,
  };
  line.set({ name: 'circle', see: ([x, y]) => ({ x, y }) }, answer, [0, 1, 0.25]);
  assert.equal(line.after.attributes.d, 'M-1.0 0.0L-1.0 0.0M1.0 0.0L1.0 0.0');
  assert.equal(line.before.attributes.d.match(/M/g).length, 1);
});

test('only items that are evenly spaced by their own gap are called a regular polygon', () => {
  const said = (n, wobble) => {
    const angles = Array.from(
      { length: n },
      (_, i) => ((i + (i % 2 ? wobble : 0)) * 2 * Math.PI) / n,
    );
    const points = angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]);
    return lookText(
      look(
        points,
        Array.from({ length: n }, (_, i) => i),
        2,
      ),
      2,
    );
  };
  assert.equal(said(8, 0.01), 'regular polygon: gaps 45°');
  assert.equal(said(40, 0.02), 'regular polygon: gaps 9°');
  assert.equal(said(40, 0.105), '40 items: gaps 8.1° to 9.9°');
  assert.equal(said(64, 0.17), '64 items: gaps 4.7° to 6.6°');
});

test('what a loss may be refused for can be moved until it is taken', () => {
  const field = (name, more) => ({ name, label: name, symbol: '', kind: 'float', ...more });
  const fields = [
    field('prior', { default: 0, min: 0, max: 1, needs: { name: 'cost', value: 'plain' } }),
    field('cost', {
      kind: 'choice',
      default: 'plain',
      choices: ['plain', 'other'].map((name) => ({ name, label: name })),
      needs: null,
    }),
  ];
  const lens = { name: 'some', prior: 0.5, cost: 'other' };
  const card = new LossCard({
    index: 0,
    lenses: [{ name: 'some', title: 'Some', fields, sweep: null, presets: [] }],
    changed() {},
  });
  const isIdle = () => card.controls.get('prior').classes.has('idle');
  card.set(lens);
  assert.ok(isIdle());
  card.setError('Set prior to 0.');
  assert.ok(!isIdle());
  card.tell({ ...lens, prior: 0.4 });
  assert.ok(!isIdle());
  card.read({}, card.lens);
  assert.ok(isIdle());
});
