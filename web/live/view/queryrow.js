// One positive or negative of a query: its picture, how much it weighs, how hard it is pulled.

import { digits, el, oneStop, setAttribute, setText, signed } from '../../kit/dom.js';
import { word } from '../../kit/explain.js';
import { ageText, setSample } from '../../kit/queued.js';

/** @import { Pictures, Sample } from '../../kit/types.d.ts' */

/** @typedef {ReturnType<typeof row>} Row */

export function row() {
  const parts = {
    thumb: el('button', { type: 'button', class: 'thumb' }),
    name: el('span', { class: 'name', translate: 'no' }),
    same: el('span', { class: 'same' }),
    bar: el('i', {}),
    weight: el('b', {}),
    pull: el('span', { class: 'pull' }),
    distance: el('span', { class: 'distance' }),
    rank: el('span', { class: 'rank' }),
  };
  const node = el(
    'li',
    { class: 'row' },
    parts.thumb,
    el(
      'span',
      { class: 'middle' },
      el('span', { class: 'names' }, parts.name, parts.same),
      el('span', { class: 'bar' }, parts.bar),
    ),
    parts.weight,
    el('span', { class: 'moves' }, parts.pull, parts.distance),
    parts.rank,
  );
  return Object.assign(node, { parts });
}

/**
 * Where a sample stood among the heaviest one snapshot earlier.
 * @param {HTMLElement} node
 * @param {Sample} item
 * @param {number | null} now  its rank, from 1; none at the first snapshot, before which there was none
 */
function setRank(node, { was, queued }, now) {
  if (queued || now === null) {
    setText(node, '');
    setAttribute(node, 'title', null);
    setAttribute(node, 'data-moved', 0);
    return;
  }
  if (was === null || was === undefined) {
    setText(node, 'new');
    setAttribute(node, 'data-moved', 'new');
    setAttribute(node, 'title', 'not among the first before');
    return;
  }
  const moved = was - now;
  setText(node, moved > 0 ? `▲${moved}` : moved < 0 ? `▼${-moved}` : '=');
  setAttribute(node, 'data-moved', Math.sign(moved));
  setAttribute(node, 'title', `was number ${was} one snapshot earlier`);
}

/**
 * What a picture is, and what a click on it does.
 * @param {Sample} item
 * @param {number} probe
 * @param {boolean} positive
 */
function wordsOf(item, probe, positive) {
  const view = (item.view ?? 0) + 1;
  const name = positive ? `view ${view}` : (item.class ?? '');
  if (positive) return { name, label: `take view ${view} as the query`, title: name };
  const age = ageText(item.age);
  return item.queued
    ? { name, label: `training image ${item.item}, ${name}, ${age}`, title: age }
    : {
        name,
        label: `take image ${probe}, ${name}, as the query`,
        title: `image ${probe}, view ${view}`,
      };
}

/**
 * @param {Row} node
 * @param {Sample} item
 * @param {object} of
 * @param {Pictures} of.run
 * @param {number} of.probe  the image that it is of
 * @param {boolean} of.positive
 * @param {number} of.most  the heaviest weight of the list
 * @param {boolean} of.labelled  the loss is told the classes
 * @param {number | null} of.rank  from 1; null where nothing came before
 * @param {() => void} of.act  on a click
 */
export function setRow({ parts }, item, { run, probe, positive, labelled, most, rank, act }) {
  const { name, label, title } = wordsOf(item, probe, positive);
  const { weight = 0, pull = NaN } = item;
  setSample(parts.thumb, run, item, probe);
  parts.thumb.onclick = act;
  setAttribute(parts.thumb, 'aria-label', label);
  setAttribute(parts.thumb, 'title', title);
  setText(parts.name, name);
  parts.thumb.classList.toggle('false-negative', Boolean(item.same_class));
  setText(parts.same, item.same_class ? 'same class' : '');
  const known = labelled ? 'a positive, as this loss is told' : 'a false negative';
  setAttribute(parts.same, 'title', item.same_class ? `same class: ${known}` : null);
  parts.bar.style.width = `${(100 * weight) / most}%`;
  setText(parts.weight, digits(weight));
  const times = item.times_uniform;
  setAttribute(parts.weight, 'title', times ? `${digits(times)} times the uniform share` : null);
  setText(parts.pull, signed(pull));
  setAttribute(parts.pull, 'data-sign', pull > 0 ? 'in' : 'out');
  setText(parts.distance, digits(item.distance));
  setRank(parts.rank, item, rank);
}

/**
 * A list of samples under its title.
 * @param {'pulled' | 'pushed'} kind
 * @param {string} title
 * @param {string} symbol  of the weight
 */
export function part(kind, title, symbol) {
  const term = kind === 'pulled' ? 'positive' : 'negative';
  const list = oneStop(el('ul', { class: 'rows' }), 'button');
  const columns = el(
    'div',
    { class: 'columns', 'aria-hidden': 'true' },
    el('span', {}),
    el('span', { text: `weight ${symbol}` }),
    el('span', { text: 'pull, dist.' }),
    el('span', {}),
  );
  const extra = el('p', { class: 'note' });
  const node = el(
    'section',
    { class: `part ${kind}` },
    el(
      'h3',
      {},
      el('span', { class: 'arrow', 'aria-hidden': 'true', text: kind === 'pulled' ? '→' : '←' }),
      el('span', {}, word(term, title), el('span', { class: 'order', text: ', heaviest first' })),
    ),
    columns,
    list,
    extra,
  );
  return { node, list, extra };
}
