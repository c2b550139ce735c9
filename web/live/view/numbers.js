// The strip of numbers: each with its value, its course, its chance level and what it means now.

import {
  count,
  digits,
  el,
  fillRows,
  oneStop,
  setAttribute,
  setText,
  show,
} from '../../kit/dom.js';

import { explain, termOf } from '../../kit/explain.js';
import { joined } from '../../kit/language.js';

/** @type {Record<string, string>} */
const KIND = { attraction: 'attraction', repulsion: 'repulsion' };
const MOST = 7; // tiles side by side at a desk; how fast it goes stands in the head, too
/** @type {Record<string, string>} */
const WORD = { good: 'good', warn: 'watch out', plain: '' };

/** @import { Frame, Reading } from '../../kit/types.d.ts' */
/** @import { Frames } from '../../kit/frames.js' */

/** A number with those that share its tile. */
/** @typedef {Reading & { of: Reading[] }} Tiled */

const [WIDTH, HEIGHT] = [100, 26];

/**
 * The course of a number as a path, null where it cannot be drawn; nulls among the values are gaps.
 * @param {(number | null)[]} values
 * @param {number | null} chance  a level that must be inside
 * @param {boolean} [isSeldom]  of a number that is measured now and then: what is known is joined
 */
export function course(values, chance, isSeldom = false) {
  const known = values.filter((v) => v !== null);
  if (known.length < 2) return null;
  const inside = chance === null ? known : [...known, chance];
  const [low, high] = [Math.min(...inside), Math.max(...inside)];
  /** @param {number} i */
  const x = (i) => (WIDTH * i) / (values.length - 1);
  /** @param {number} v */
  const y = (v) => 2 + (HEIGHT - 4) * (1 - (v - low) / (high - low || 1));
  let path = '';
  let pen = 'M';
  values.forEach((v, i) => {
    if (v !== null) {
      path += `${pen}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
      pen = 'L';
    } else if (!isSeldom) pen = 'M';
  });
  return { path, x, y };
}

function tile() {
  const parts = {
    title: el('h3', {}),
    value: el('b', {}),
    parts: el('span', { class: 'parts' }),
    chance: el('small', {}),
    moment: el('em', { class: 'moment', hidden: true }),
    sentence: el('p', {}),
    line: el('svg:path', { class: 'line' }),
    now: el('svg:line', { class: 'now', y1: 0, y2: HEIGHT }),
    chanceLine: el('svg:line', { class: 'chance', x1: 0, x2: WIDTH }),
  };
  const spark = el(
    'svg:svg',
    {
      class: 'spark',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    parts.chanceLine,
    parts.line,
    parts.now,
  );
  const node = el(
    'div',
    { class: 'tile', role: 'listitem', tabindex: '0' },
    parts.title,
    el('div', { class: 'row' }, parts.value, parts.parts),
    parts.chance,
    spark,
    parts.moment,
    parts.sentence,
  );
  return Object.assign(node, { parts });
}

/**
 * What is measured now and then only says when it was.
 * @param {Reading} number
 * @param {number} step
 */
function momentOf({ at }, step) {
  return at !== undefined && at !== null && at !== step ? `measured at step ${count(at)}` : '';
}

/**
 * Numbers that belong together share a tile: the loss and its two parts, of which it is the sum, and
 * what neighbours tell by features and by embeddings.
 * @param {Reading[]} numbers
 * @returns {Tiled[]}
 */
function grouped(numbers) {
  /** @param {string} key */
  const of = (key) => numbers.filter(({ tile: whose }) => whose === key);
  return numbers
    .filter(({ tile: whose }) => !whose)
    .map((number) => ({ ...number, of: of(number.key) }));
}

/** @param {Tiled} number */
function titleOf({ key, title, of }) {
  return key === 'loss' && of.length ? 'Loss = attraction + repulsion' : title;
}

/**
 * @param {Reading} one
 * @param {Tiled} whole
 * @param {number} i
 */
function partOf(one, whole, i) {
  return whole.key === 'loss'
    ? `${i ? '+' : '='} ${one.text}`
    : `${one.title.split(',')[0].toLowerCase()} ${one.text}`;
}

/**
 * A number as a person who listens hears it.
 * @param {Tiled} number
 * @param {string} moment
 */
function said(number, moment) {
  const parts = number.of.map(({ title, text }) => `${title} ${text}`);
  const word = WORD[number.level ?? ''];
  const all = [number.title, number.text, ...parts, moment, number.chance, number.sentence, word];
  return joined(/** @type {string[]} */ (all.filter(Boolean)));
}

/**
 * @param {ReturnType<typeof tile>} node
 * @param {Tiled} number
 * @param {Frame} frame
 * @param {Frames} frames
 * @param {number} index  of the frame among them
 */
function setTile(node, number, frame, frames, index) {
  const { parts } = node;
  node.dataset.key = number.key;
  node.dataset.level = number.level ?? 'plain';
  node.dataset.kind = KIND[number.key] ?? '';
  node.classList.toggle('wide', number.of.length > 0);
  setText(parts.title, titleOf(number));
  explain(parts.title, termOf(number.key), node);
  setText(parts.value, number.text ?? digits(number.value));
  fillRows(
    parts.parts,
    number.of,
    () => el('span', {}),
    (part, one, i) => {
      setAttribute(part, 'class', one.key);
      setText(part, partOf(one, number, i));
    },
  );
  setText(parts.chance, number.chance ?? '');
  setText(parts.sentence, number.sentence ?? '');
  const moment = momentOf(number, frame.step);
  setText(parts.moment, moment);
  show(parts.moment, Boolean(moment));
  setAttribute(node, 'aria-label', said(number, moment));
  const chance = number.chance_value ?? null;
  const line = course(frames.series(number.key), chance, frames.isSeldom(number.key));
  setSpark(parts, line, chance, index);
}

/**
 * @param {ReturnType<typeof tile>['parts']} parts
 * @param {ReturnType<typeof course>} line
 * @param {number | null} chance
 * @param {number} index
 */
function setSpark(parts, line, chance, index) {
  setAttribute(parts.line, 'd', line?.path ?? '');
  show(parts.now, line !== null);
  show(parts.chanceLine, line !== null && chance !== null);
  if (!line) return;
  setAttribute(parts.now, 'x1', line.x(index).toFixed(1));
  setAttribute(parts.now, 'x2', line.x(index).toFixed(1));
  if (chance === null) return;
  setAttribute(parts.chanceLine, 'y1', line.y(chance).toFixed(1));
  setAttribute(parts.chanceLine, 'y2', line.y(chance).toFixed(1));
}

export class Numbers {
  constructor() {
    const tiles = Array.from({ length: MOST }, tile);
    this.list = oneStop(el('div', { class: 'tiles', role: 'list' }, ...tiles), '.tile');
    this.node = el(
      'section',
      { class: 'numbers', 'aria-label': 'Numbers of this snapshot' },
      this.list,
    );
    this.node.classList.add('waiting');
  }

  /**
   * @param {Frame} frame
   * @param {Frames} frames
   * @param {number} index  of the frame among them
   */
  set(frame, frames, index) {
    this.node.classList.remove('waiting');
    const numbers = grouped(frame.numbers);
    this.list.classList.toggle('many', numbers.length > MOST);
    fillRows(this.list, numbers, tile, (node, number) =>
      setTile(node, number, frame, frames, index),
    );
    this.list.oneStop();
  }

  clear() {
    this.node.classList.add('waiting');
  }
}
