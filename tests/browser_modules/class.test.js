import assert from 'node:assert/strict';
import { test } from 'node:test';

import './classpage.js';
import { Transport } from '../../web/kit/transport.js';
import { Classroom } from '../../web/classroom/view/classroom.js';
import { Following } from '../../web/classroom/view/following.js';
import { ownQuestion, readyQuestions } from '../../web/classroom/view/ready.js';
import { attendance, named, turnout } from '../../web/classroom/view/words.js';

const seen = (more) => ({ run: 'a', view: { query: 1, step: 300 }, moment: 300, ...more });
const place = (more) => ({
  type: 'place',
  page: 'live',
  address: 'v=1',
  lesson: '',
  seen: seen(),
  ...more,
});
const here = (more) => ({
  page: 'live',
  address: '',
  lesson: '',
  seen: seen({ run: 'a' }),
  ...more,
});

/** A follower's page that does what it is to do; which deeds that took. */
function walk(following, there, at) {
  const deeds = [];
  let now = at;
  for (let i = 0; i < 5; i += 1) {
    const deed = following.next(there, now);
    if (deed === null) break;
    deeds.push(deed);
    if (deed === 'go')
      now = {
        page: there.page,
        address: there.address,
        lesson: there.lesson,
        seen: there.seen && seen({ run: there.seen.run }),
      };
    else following.took(there, now.seen);
  }
  return deeds;
}

test('a follower on another page or run is brought there, then takes the view', () => {
  assert.deepEqual(walk(new Following(), place(), here({ page: 'forces', seen: null })), [
    'go',
    'take',
  ]);
  assert.deepEqual(walk(new Following(), place(), here({ seen: seen({ run: 'b' }) })), [
    'go',
    'take',
  ]);
  assert.deepEqual(walk(new Following(), place(), here()), ['take']);
});

test('what was taken once is not taken again, and another moment is', () => {
  const following = new Following();
  assert.deepEqual(walk(following, place(), here()), ['take']);
  assert.deepEqual(walk(following, place(), here()), []);
  assert.deepEqual(walk(following, place({ seen: seen({ moment: 320 }) }), here()), ['take']);
});

test('a view that has said nothing yet is waited for', () => {
  assert.equal(new Following().next(place({ seen: null }), here()), null);
  assert.equal(new Following().next(place(), here({ seen: null })), null);
});

test('a change by hand is one, the change that was taken is none', () => {
  const following = new Following();
  assert.equal(following.strayed(here()), false);
  walk(following, place(), here());
  assert.equal(following.strayed(here()), false);
  assert.equal(following.strayed(here({ seen: seen({ moment: 999 }) })), false); // frames come late
  assert.equal(following.strayed(here({ seen: seen({ view: { query: 2, step: 300 } }) })), true);
  following.begin();
  assert.equal(following.strayed(here({ seen: seen({ view: { query: 2 } }) })), false);
});

test('a step of a lesson is followed, and another that one goes to by oneself is a change', () => {
  const following = new Following();
  const there = place({ lesson: 'near-and-far 2' });
  assert.equal(following.strayed(here()), false);
  assert.deepEqual(walk(following, there, here()), ['go', 'take']);
  const at = here({ lesson: 'near-and-far 2' });
  assert.equal(following.strayed(at), false);
  assert.equal(following.strayed({ ...at, lesson: 'near-and-far 3' }), true);
  assert.equal(following.strayed({ ...at, lesson: '' }), true);
  assert.deepEqual(walk(following, place({ lesson: 'near-and-far 3' }), at), ['go', 'take']);
  assert.deepEqual(walk(following, place(), { ...at, lesson: 'near-and-far 3' }), ['go', 'take']);
  following.begin();
  assert.equal(following.strayed({ ...at, lesson: 'collapse 1' }), false);
});

test('a change by nobody is undone in a view, and accepted where there is none', () => {
  const following = new Following();
  walk(following, place(), here());
  const late = here({ seen: seen({ view: { query: 1, step: null } }) });
  assert.equal(following.strayed(late), true);
  following.settle(late);
  assert.equal(following.strayed(late), false);
  assert.equal(following.next(place(), late), 'take');
  const there = place({ page: 'learn', address: '', seen: null });
  const at = here({ page: 'learn', seen: null });
  assert.equal(following.next(there, at), null);
  following.settle({ ...at, address: 'v=1' });
  assert.equal(following.strayed({ ...at, address: 'v=1' }), false);
});

test('a page without a view is brought by its address alone, once', () => {
  const following = new Following();
  const there = place({ page: 'checkpoints', address: 'a=x', seen: null });
  const at = here({ page: 'checkpoints', address: 'a=y', seen: null });
  assert.equal(following.next(there, at), 'go');
  const arrived = { ...at, address: 'a=x&v=1' }; // the page says it in words of its own
  assert.equal(following.next(there, arrived), null);
  assert.equal(following.strayed(arrived), false);
  assert.equal(following.strayed({ ...at, address: 'a=z' }), true);
});

test('a page without a view is brought again where its address stays as it was', () => {
  const following = new Following();
  const there = place({ page: 'checkpoints', address: 'a=x', seen: null });
  const at = here({ page: 'checkpoints', address: 'a=y', seen: null });
  assert.equal(following.next(there, at), 'go');
  assert.equal(following.next(there, at), 'go'); // a rerun that came between has undone it
  assert.equal(following.next(there, { ...at, address: 'a=x' }), null);
});

test('what cannot be reached is not tried for ever', () => {
  const following = new Following();
  const at = here({ seen: seen({ run: 'b' }) });
  const deeds = Array.from({ length: 10 }, () => following.next(place(), at));
  assert.equal(deeds.filter((deed) => deed === 'go').length, 3);
  assert.equal(following.next(place({ seen: seen({ run: 'c' }) }), at), 'go');
});

const pair = (probe, pull, view = 0) => ({ probe, pull, view });
const FACTS = {
  page: 'live',
  query: 9,
  q: {
    view: 2,
    n1: pair(5, -0.1),
    n2: pair(3, -0.4, 1),
    n3: pair(3, 0.2),
    n4: { pull: -9 }, // of a queue
    p1: { view: 1, pull: 0.3 },
    p2: { view: 4, pull: 0.5 },
  },
};

test('questions about the query name the one that is pushed or pulled hardest', () => {
  const [pushed, pulled] = readyQuestions(FACTS, 'a');
  assert.deepEqual(pushed.about, { probe: 9, view: 2 });
  assert.deepEqual(
    pushed.options.map(({ picture }) => picture),
    [
      { probe: 3, view: 0 },
      { probe: 3, view: 1 },
      { probe: 5, view: 0 },
    ],
  );
  assert.equal(pushed.right, 1);
  assert.deepEqual(pulled.options[pulled.right].picture, { probe: 9, view: 4 });
});

test('where nothing is pushed or no query is shown, nothing is asked of it', () => {
  const drawn = { ...FACTS, q: { view: 0, n1: pair(1, 0.1), n2: pair(2, 0.2) } };
  assert.deepEqual(readyQuestions(drawn, 'a'), []);
  assert.deepEqual(readyQuestions({ page: 'forces' }, null), []);
});

test('a question of words has an option a line', () => {
  const { options, run, right } = ownQuestion(' Why? ', 'one\n\n  two \n');
  assert.deepEqual([options.map(({ label }) => label), run, right], [['one', 'two'], null, null]);
});

test('the teacher reads how many follow and where the others are', () => {
  const of = (n, following, pages = {}) => attendance({ n, following, pages });
  assert.equal(of(0, 0), 'Nobody is here yet');
  assert.equal(of(1, 1), '1 follows you');
  assert.equal(of(27, 27), '27 follow you');
  assert.equal(
    of(30, 27, { forces: 1, live: 2 }),
    '27 follow you, 3 look around: 2 on Live, 1 on Forces',
  );
  assert.equal(of(2, 1, { learn: 1 }), '1 follows you, 1 looks around: 1 on Learn');
});

test('an option says to a listener what a reader sees', () => {
  const options = [
    { label: 'yes', picture: null },
    { label: '', picture: { probe: 4, view: 1 } },
  ];
  const answered = { counts: [1, 2], n_answers: 3, n_asked: 5 };
  const asked = { options, ...answered, right: 1, yours: 0, is_open: false };
  assert.equal(named(asked, 0), 'yes, 1 answer, your answer');
  assert.equal(named(asked, 1), 'image 4, view 2, 2 answers, right');
  assert.equal(turnout(asked, true), '3 answers of 5, 2 right');
  assert.equal(turnout({ ...asked, is_open: true }), '3 answers');
});

test('where two are pushed as hard but for rounding, nothing is asked of them', () => {
  const pushed = (...pulls) => {
    const marks = pulls.map((pull, i) => [`n${i + 1}`, pair(i, pull)]);
    return readyQuestions({ ...FACTS, q: { view: 0, ...Object.fromEntries(marks) } }, 'a');
  };
  assert.deepEqual(pushed(-0.0157480314, -0.0157480316, -0.0157480313), []);
  assert.equal(pushed(-0.0157, -0.01575, -0.0157)[0].right, 1);
});

const { document: page, Element: Node } = globalThis;

test('a link is said to be copied where it is, and the button keeps the focus', async () => {
  page.body = new Node('body');
  const link = 'http://lab/';
  const data = { teaches: true, link, code: '', teachers_link: `${link}class?owner=x` };
  const shown = new Classroom(new Node('div'), data, {});
  const [followers, teachers] = shown.copies.children;
  const said = async (button, isCopied) => {
    page.execCommand = () => isCopied;
    page.activeElement = page.body;
    await button.listeners.click();
    assert.equal(page.activeElement, button);
    return shown.done.textContent;
  };
  assert.equal(await said(followers, true), 'Copied');
  assert.equal(await said(followers, false), 'Copying failed: select the address');
  assert.equal(await said(teachers, true), 'Copied');
  assert.match(await said(teachers, false), /^Copying failed: the server printed it/);
  shown.close();
});

test('a run of somebody else, at work or paused, keeps nobody from starting their own', () => {
  const scrubber = { slider: new Node('input'), node: new Node('div') };
  const transport = new Transport(scrubber, { ask: () => {}, tell: () => {} });
  transport.speed.options = [];
  const can = (state, theirs) => {
    const told = { help: '', speeds: [], speed: 'full', problem: '', token: '', onlooker: false };
    transport.setPage({
      run: 'a',
      example: false,
      refusal: '',
      state,
      transport: { ...told, theirs },
    });
    transport.setState({ state, step: 5 });
    return ['start', 'pause', 'step', 'stop', 'reset'].filter((act) => transport.can(act));
  };
  for (const state of ['waiting', 'running', 'paused'])
    assert.deepEqual(can(state, 'It belongs to another.'), ['start']);
  assert.equal(transport.main(), 'start');
  assert.deepEqual(can('running', ''), ['pause', 'step', 'stop', 'reset']);
  for (const [state, theirs, fixed] of [
    ['running', 'It belongs to another.', true],
    ['finished', 'It belongs to another.', false],
    ['running', '', false],
  ]) {
    can(state, theirs);
    assert.equal(transport.speed.disabled, fixed, `${state} ${theirs}`);
  }
});
