// What the colours of a cloud mean: a chip for each class, or a ramp between two ends.

import { el, oneStop, setAttribute } from './dom.js';
import { SHAPES, SOLIDS } from './shapes.js';

/** @import { Legend as Meaning } from './types.d.ts' */

/**
 * The path of a class in its colour, as the points of a plane or of a sphere have it.
 * @param {string} colour
 * @param {number} i
 * @param {boolean} round
 */
export function markOf(colour, i, round) {
  const { path, hollow } = round
    ? SOLIDS[i % SOLIDS.length]
    : { path: SHAPES[i % SHAPES.length], hollow: false };
  const paint = hollow ? { fill: 'none', stroke: colour, 'stroke-width': 0.4 } : { fill: colour };
  return { d: path, ...paint };
}

/**
 * @param {string} colour
 * @param {number} i
 * @param {boolean} round
 */
function swatch(colour, i, round) {
  return el(
    'svg:svg',
    { class: 'swatch', viewBox: '-1.6 -1.6 3.2 3.2', 'aria-hidden': 'true' },
    el('svg:path', markOf(colour, i, round)),
  );
}

/** @param {Extract<Meaning, { kind: 'ramp' }>} meaning */
function ramp({ colours, mark, title, note, ticks }) {
  const bar = el('div', { class: 'bar' });
  bar.style.background = `linear-gradient(90deg, ${colours.join(',')})`;
  if (mark) {
    const [at, text] = mark;
    const sign = el('b', { text });
    sign.style.left = `${at * 100}%`;
    bar.append(sign);
  }
  return el(
    'div',
    { class: 'ramp' },
    el('div', { class: 'title' }, title ?? '', note ? el('em', { text: note }) : null),
    bar,
    el('div', { class: 'ticks' }, ...ticks.map((text) => el('span', { text }))),
  );
}

export class Legend {
  /** What is drawn, as text: nothing is drawn again. */
  /** @type {string | null} */
  key = null;

  /** @param {(index: number | null, hold: boolean) => void} isolate  lights up one class alone */
  constructor(isolate) {
    this.isolate = isolate;
    const node = el('div', {
      class: 'legend',
      role: 'group',
      'aria-label': 'What the colours mean',
    });
    this.node = oneStop(node, '.chip');
  }

  /**
   * @param {Meaning} meaning
   * @param {boolean} round  of points on the sphere
   */
  set(meaning, round) {
    const key = JSON.stringify([meaning, round]);
    if (key === this.key) return;
    this.key = key;
    const { dataset } = this.node;
    const names = meaning.names?.join('|') ?? '';
    const colours = `${meaning.colours?.join() ?? ''} ${round}`;
    if (meaning.kind === 'text') this.node.replaceChildren(el('span', { text: meaning.text }));
    else if (meaning.kind === 'ramp') this.node.replaceChildren(ramp(meaning));
    else {
      if (dataset.names !== names || dataset.colours !== colours)
        this.setClasses(meaning.names, meaning.colours, round);
      [...this.node.children].forEach((chip, i) =>
        setAttribute(chip, 'aria-pressed', String(meaning.only === i)),
      );
    }
    dataset.names = names;
    dataset.colours = colours;
  }

  /**
   * @param {string[]} names
   * @param {string[]} colours
   * @param {boolean} round
   */
  setClasses(names, colours, round) {
    this.node.replaceChildren(...names.map((name, i) => this.chip(name, colours[i], i, round)));
    this.node.oneStop();
  }

  /**
   * Hovering a class lights it up alone: colours are never the only way to tell.
   * @param {string} name
   * @param {string} colour
   * @param {number} i
   * @param {boolean} round
   */
  chip(name, colour, i, round) {
    /** @type {(index: number | null) => (event: PointerEvent) => void} */
    const pointed = (index) => (event) => {
      if (event.pointerType === 'mouse') this.isolate(index, false);
    };
    return el(
      'button',
      {
        type: 'button',
        class: 'chip',
        'aria-pressed': 'false',
        title: `Light up ${name} alone`,
        onpointerenter: pointed(i),
        onpointerleave: pointed(null),
        onclick: () => this.isolate(i, true),
      },
      swatch(colour, i, round),
      el('span', { translate: 'no', text: name }),
    );
  }

  // All of it: a legend of the same classes is drawn anew, too.
  clear() {
    this.node.replaceChildren();
    delete this.node.dataset.names;
    delete this.node.dataset.colours;
    this.key = null;
  }
}
