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

const KIND = { attraction: 'attraction', repulsion: 'repulsion' };
const MOST = 7; // tiles side by side at a desk; how fast it goes stands in the head, too
const WORD = { good: 'good', warn: 'watch out', plain: '' };

function course(values, width = 100, height = 26, range = null) {
  const known = values.filter((v) => v !== null);
  if (known.length < 2) return { path: '', at: () => null };
  const low = range ? range[0] : Math.min(...known);
  const high = range ? range[1] : Math.max(...known);
  const x = (i) => (width * i) / (values.length - 1);
  const y = (v) => 2 + (height - 4) * (1 - (v - low) / (high - low || 1));
  let path = '';
  let pen = 'M';
  values.forEach((v, i) => {
    if (v === null) {
      pen = 'M';
      return;
    }
    path += `${pen}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
    pen = 'L';
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
    now: el('svg:line', { class: 'now', y1: 0, y2: 26 }),
    chanceLine: el('svg:line', { class: 'chance', x1: 0, x2: 100 }),
  };
  const spark = el(
    'svg:svg',
    { class: 'spark', viewBox: '0 0 100 26', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
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

// What is measured now and then only says when it was.
function momentOf({ at }, step) {
  return Number.isInteger(at) && at !== step ? `measured at step ${count(at)}` : '';
}

// Numbers that belong together share a tile: the loss and its two parts, of which it is the sum, and
// what neighbours tell by features and by embeddings.
function grouped(numbers) {
  const of = (key) => numbers.filter(({ tile: whose }) => whose === key);
  return numbers
    .filter(({ tile: whose }) => !whose)
    .map((number) => ({ ...number, of: of(number.key) }));
}

function titleOf({ key, title, of }) {
  return key === 'loss' && of.length ? 'Loss = attraction + repulsion' : title;
}

function partOf(one, whole, i) {
  return whole.key === 'loss'
    ? `${i ? '+' : '='} ${one.text}`
    : `${one.title.split(',')[0].toLowerCase()} ${one.text}`;
}

export class Numbers {
  constructor() {
    this.list = el('div', { class: 'tiles', role: 'list' });
    this.node = el(
      'section',
      { class: 'numbers', 'aria-label': 'Numbers of this snapshot' },
      this.list,
    );
    for (let i = 0; i < 7; i += 1) this.list.append(tile());
    oneStop(this.list, '.tile');
    this.node.classList.add('waiting');
  }

  set(frame, frames, index) {
    this.node.classList.remove('waiting');
    const numbers = grouped(frame.numbers);
    this.list.classList.toggle('many', numbers.length > MOST);
    fillRows(this.list, numbers, tile, (node, number) => {
      const { parts } = node;
      node.dataset.key = number.key;
      node.dataset.level = number.level ?? 'plain';
      node.dataset.kind = KIND[number.key] ?? '';
      node.classList.toggle('wide', number.of.length > 0);
      setText(parts.title, titleOf(number));
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
      setAttribute(
        node,
        'aria-label',
        [
          number.title,
          number.text,
          ...number.of.map(({ title, text }) => `${title} ${text}`),
          moment,
          number.chance,
          number.sentence,
          WORD[number.level],
        ]
          .filter(Boolean)
          .join(', '),
      );
      const values = frames.series(number.key);
      const chance = Number.isFinite(number.chance_value) ? number.chance_value : null;
      const known = values.filter((v) => v !== null).concat(chance === null ? [] : [chance]);
      const range = known.length ? [Math.min(...known), Math.max(...known)] : null;
      const line = course(values, 100, 26, range);
      setAttribute(parts.line, 'd', line.path);
      show(parts.now, Boolean(line.path));
      show(parts.chanceLine, chance !== null && Boolean(line.path));
      if (!line.path) return;
      setAttribute(parts.now, 'x1', line.x(index).toFixed(1));
      setAttribute(parts.now, 'x2', line.x(index).toFixed(1));
      if (chance !== null) {
        setAttribute(parts.chanceLine, 'y1', line.y(chance).toFixed(1));
        setAttribute(parts.chanceLine, 'y2', line.y(chance).toFixed(1));
      }
    });
    this.list.oneStop();
  }

  clear() {
    this.node.classList.add('waiting');
  }
}
