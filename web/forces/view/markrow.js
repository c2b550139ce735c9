// One row of the table of marks: its cells are made once, and written only where they changed.

import { el, setAttribute, setText, setThumb, show } from '../../kit/dom.js';
import { nameOf } from './marknames.js';
import { MixLines } from './mixlines.js';
import { short, shortSigned } from './shortnumber.js';

/** @import { AnyMark, Taken } from './types.d.ts' */

/** A cell with the number that it shows. */
/** @typedef {HTMLElement & { shown?: number | null }} Cell */

const SIDES = ['a', 'b'];

/** @param {string} side */
function weightCell(side) {
  const parts = { number: el('span', { class: 'number' }), bar: el('i', {}) };
  const node = el(
    'span',
    { class: `weight ${side}`, role: 'cell' },
    parts.number,
    el('span', { class: 'bar' }, parts.bar),
  );
  return Object.assign(node, { parts, width: '' });
}

/** @param {string} side */
function pullCell(side) {
  const parts = { number: el('span', { class: 'number' }), credited: el('small', {}) };
  return Object.assign(
    el('span', { class: `pull ${side}`, role: 'cell' }, parts.number, parts.credited),
    { parts },
  );
}

/**
 * What can be done with a mark; a synthetic is made by the loss and has none.
 * @param {string} deed
 * @param {string} text
 * @param {string} title
 */
function deedButton(deed, text, title) {
  return el('button', {
    type: 'button',
    class: 'deed',
    'data-act': deed,
    tabindex: -1,
    'aria-label': title,
    title,
    text,
  });
}

/**
 * A number, written only when it is another; full precision stands in the data of the cell.
 * @param {Cell} cell
 * @param {Element} node
 * @param {string} key
 * @param {number | null} value
 * @param {(value: number) => string} text
 */
function put(cell, node, key, value, text) {
  if (cell.shown === value) return;
  cell.shown = value;
  setText(node, value === null ? '–' : text(value));
  cell.classList.toggle('tiny', value !== null && Math.abs(value) < 5e-4);
  if (value === null) delete cell.dataset[key];
  else cell.dataset[key] = String(value);
}

export class MarkRow {
  /** @param {string} mark  such as n0 */
  constructor(mark) {
    const [word, made] = [nameOf(mark), mark[0] === 's'];
    this.mark = mark;
    this.thumb = el('span', { class: 'thumb', hidden: true });
    this.pool = el('i', {
      class: 'pool',
      hidden: true,
      title: 'in the hard pool: synthetics are mixed from these',
    });
    this.name = el(
      'button',
      { type: 'button', class: 'name', 'aria-pressed': 'false', 'aria-label': word },
      el('i', { class: 'shape', 'aria-hidden': 'true' }),
      this.thumb,
      el('b', { text: String(Number(mark.slice(1)) + 1) }),
      this.pool,
    );
    this.angle = el('span', { class: 'number' });
    this.distance = el('small', {});
    this.weights = SIDES.map(weightCell);
    this.pulls = SIDES.map(pullCell);
    this.by = el('span', { class: 'by', role: 'cell' });
    this.duplicate = made ? null : deedButton('duplicate', '+', `Duplicate ${word}`);
    this.remove = made ? null : deedButton('remove', '×', `Remove ${word}`);
    this.mix = made ? new MixLines() : null;
    this.node = el(
      'div',
      { class: 'mark-row', role: 'row', 'data-mark': mark },
      el('span', { class: 'mark', role: 'cell' }, this.name),
      el('span', { class: 'where', role: 'cell' }, this.angle, this.distance),
      ...this.weights,
      this.by,
      ...this.pulls,
      el('span', { class: 'deeds', role: 'cell' }, this.duplicate, this.remove),
      this.mix?.node,
    );
  }

  /**
   * told: the mark under either loss, null where it has none; most: the greatest weight of its
   * group.
   * @param {(AnyMark | null)[]} told
   * @param {number} most
   * @param {boolean} hasSynthetics
   */
  set(told, most, hasSynthetics) {
    const one = told[0] ?? told[1];
    put(this.angle, this.angle, 'angle', one?.angle ?? null, (angle) => `${Math.round(angle)}°`);
    put(this.distance, this.distance, 'distance', one?.distance ?? null, short);
    told.forEach((mark, side) => this.setSide(side, mark, most));
    const difference = told[0] && told[1] ? told[1].weight - told[0].weight : null;
    put(this.by, this.by, 'difference', difference, (value) =>
      Math.abs(value) < 5e-4 ? '0' : shortSigned(value),
    );
    show(this.pool, told.some((mark) => mark?.in_pool) && this.mark[0] === 'n' && hasSynthetics);
    this.mix?.set(told);
  }

  /**
   * @param {number} side
   * @param {AnyMark | null} mark
   * @param {number} most
   */
  setSide(side, mark, most) {
    const [weight, pull] = [this.weights[side], this.pulls[side]];
    const key = SIDES[side].toUpperCase();
    put(weight, weight.parts.number, `weight${key}`, mark?.weight ?? null, short);
    const width = `${(100 * (mark?.weight ?? 0)) / most}%`;
    if (weight.width !== width) weight.parts.bar.style.width = weight.width = width;
    put(pull, pull.parts.number, `pull${key}`, mark?.pull ?? null, shortSigned);
    setAttribute(
      pull,
      'data-sign',
      !mark || Math.abs(mark.pull) < 1e-12 ? null : mark.pull > 0 ? 'in' : 'out',
    );
    const credited = mark?.credited ?? mark?.pull ?? 0;
    const differs = Math.abs(credited - (mark?.pull ?? 0)) > 1e-9;
    setText(pull.parts.credited, differs ? shortSigned(credited) : '');
    setAttribute(
      pull,
      'title',
      differs ? 'below: with what its synthetics are pushed, credited to their parents' : null,
    );
  }

  /**
   * A group of n marks holds from one to `most`.
   * @param {number} n
   * @param {number} most
   */
  allow(n, most) {
    if (this.remove) this.remove.disabled = n <= 1;
    if (this.duplicate) this.duplicate.disabled = n >= most;
  }

  /**
   * The image that a mark of a run stands for.
   * @param {number | undefined} image
   * @param {Taken | null} taken
   */
  picture(image, taken) {
    const known = image === undefined ? undefined : taken?.images[image];
    this.node.classList.toggle('pictured', Boolean(known));
    show(this.thumb, Boolean(known));
    if (taken && known) setThumb(this.thumb, taken.sprites, taken.probes, known.probe, known.view);
  }

  /** @param {boolean} selected */
  setSelected(selected) {
    setAttribute(this.name, 'aria-pressed', String(selected));
    for (const deed of [this.duplicate, this.remove]) if (deed) deed.tabIndex = selected ? 0 : -1;
  }
}
