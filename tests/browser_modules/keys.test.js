import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { oneStop, segmented } from '../../web/kit/dom.js';
import { Playback } from '../../web/kit/playback.js';
import { Curves } from '../../web/compare/view/curves.js';
import { Panels } from '../../web/compare/view/panels.js';
import { Plane } from '../../web/compare/view/plane.js';
import { Course } from '../../web/forces/view/course.js';
import { Landscape } from '../../web/forces/view/landscape.js';
import { MarksTable } from '../../web/forces/view/table.js';
import { Inside } from '../../web/live/view/inside.js';
import { InsideMatrix } from '../../web/live/view/insidematrix.js';

globalThis.document.addEventListener ??= () => {};
const { Text: Other, document } = globalThis;
Object.assign(globalThis, {
  HTMLInputElement: Other,
  HTMLSelectElement: Other,
  HTMLElement: Other,
});
for (const name of ['focus', 'click', 'closest', 'matches'])
  globalThis.Element.prototype[name] ??= () => true;

const as = (type, more) => Object.assign(Object.create(type.prototype), more);
const nothing = () => {};
const readout = Object.assign(document.createElement('p'), { speak: nothing });
const items = [0, 1].map(() => document.createElement('button'));
const row = oneStop(
  Object.assign(document.createElement('div'), { querySelectorAll: () => items }),
  'button',
);
const choice = segmented('Layout', [[1, 'a'], [2, 'b']], nothing); // prettier-ignore
const panels = new Panels({ set: nothing, ask: nothing, light: nothing, choose: nothing });
const course = new Course({ name: 'loss', go: nothing });
const player = new Playback({ slider: '', speeds: [] });
const body = { querySelectorAll: () => [] };
const board = { surface: 'circle', query: [0, 0] };
const sweep = { spec: () => ({}), step: () => 1 };

/** What hears a key, and one that it takes for its own. */
const HEARERS = {
  'a switch': ['ArrowRight', (event) => choice.listeners.keydown(event)],
  'a row': ['End', (event) => row.listeners.keydown({ ...event, target: items[0] })],
  tabs: ['ArrowLeft', (event) => panels.bar.listeners.keydown(event)],
  player: ['End', (event) => as(Playback, { go: nothing }).key(event)],
  slider: ['Home', (event) => player.slider.listeners.keydown(event)],
  curves: [
    'ArrowRight',
    (event) => as(Curves, { readout, lines: [{ points: [[0, 0]] }], at: 0 }).key(event),
  ],
  plane: ['ArrowRight', (event) => as(Plane, { readout, look: {}, entries: [] }).press(event)],
  course: ['ArrowRight', (event) => course.area.listeners.keydown(event)],
  landscape: [
    'ArrowRight',
    (event) => as(Landscape, { readout, board, sweep, answer: {}, goTo: nothing }).key(event),
  ],
  'a table': [
    'ArrowDown',
    (event) => as(MarksTable, { body }).key({ ...event, target: items[0] }, 'p0'),
  ],
  inside: [
    'ArrowRight',
    (event) => as(Inside, { walk: { turn: nothing } }).key({ ...event, target: items[0] }),
  ],
  matrix: ['PageDown', (event) => as(InsideMatrix, { update: {} }).key(event)],
};
course.look = {};

test('a key with Control, Alt or Meta is left to the browser, alone it is taken', () => {
  for (const [name, [key, hear]] of Object.entries(HEARERS)) {
    const taken = (held) => {
      let times = 0;
      try {
        hear({ key, preventDefault: () => (times += 1), stopPropagation: nothing, ...held });
      } catch {
        // what it then does needs a page
      }
      return times;
    };
    assert.equal(taken({}), 1, name);
    for (const held of ['ctrlKey', 'altKey', 'metaKey'])
      assert.equal(taken({ [held]: true }), 0, `${name}, ${held}`);
  }
});
