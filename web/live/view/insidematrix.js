// The fourth stage: all distances of the batch as a picture, and those of the query as a table.

import { INK, mix } from '../../kit/colours.js';
import { digits, el, isShortcut, setAttribute, setText, show } from '../../kit/dom.js';
import { PairTable } from './insidepairs.js';
import { nameOf, partsOf, setPicture } from './insideupdate.js';

/** @import { InsideQueryAnswer } from '../../kit/messages.d.ts' */
/** @import { Theme } from '../../kit/types.d.ts' */
/** @import { Update } from './insideupdate.js' */

const FAR = 2; // a right angle: what lies there and farther is pale
const LEVELS = 64;

/** @param {string} text  rgb(1,2,3) */
const numbersOf = (text) => (text.match(/\d+/g) ?? []).map(Number);

export class InsideMatrix {
  /** @type {Update | null} */
  update = null;
  query = 0;

  /** @param {(query: number) => void} choose */
  constructor(choose) {
    this.pick = choose;
    this.canvas = el('canvas', { 'aria-hidden': 'true' });
    this.row = el('i', { class: 'query-row' });
    this.column = el('i', { class: 'query-column' });
    this.square = el(
      'div',
      {
        class: 'matrix',
        role: 'slider',
        tabindex: 0,
        'aria-label': 'Table of distances; the row of the query',
        'aria-valuemin': 1,
        'aria-orientation': 'vertical',
      },
      this.canvas,
      this.row,
      this.column,
    );
    this.a = el('span', { class: 'thumb' });
    this.b = el('span', { class: 'thumb' });
    this.named = el('p', { class: 'pair-named' });
    this.legend = el(
      'p',
      { class: 'matrix-legend' },
      ...[
        ['positive', 'positives'],
        ['negative', 'negatives'],
        ['synthetic', 'synthetics, a column each'],
        ['none', 'no pair of this loss'],
      ].map(([kind, text]) => el('span', { 'data-kind': kind }, el('i', {}), text)),
      el('span', { text: 'strong is near, pale is a right angle or more' }),
    );
    this.table = new PairTable('distance', 'Distances of the query, heaviest pairs first', choose);
    this.node = el(
      'div',
      { class: 'inside-matrix' },
      el(
        'div',
        { class: 'matrix-side' },
        this.square,
        el('div', { class: 'pointed' }, this.a, this.b, this.named),
        this.legend,
      ),
      this.table.node,
    );
    this.square.addEventListener('pointermove', (event) => this.point(event));
    this.square.addEventListener('pointerleave', () => this.tell(null));
    this.square.addEventListener('click', (event) => {
      const at = this.at(event);
      if (at) this.pick(this.sample(at.row));
    });
    this.square.addEventListener('keydown', (event) => this.key(event));
  }

  get size() {
    const { matrix, views_each: views } = this.update?.batch ?? { matrix: 1, views_each: 1 };
    return { rows: matrix * views, columns: matrix * views + (this.update?.n_synthetic ?? 0) };
  }

  /**
   * The sample of a row or a column, which stands for some of the batch's images.
   * @param {number} row
   */
  sample(row) {
    const { matrix, n } = this.update?.batch ?? { matrix: 1, n: 1 };
    return Math.floor(row / matrix) * n + (row % matrix);
  }

  /**
   * @param {Update} update
   * @param {Theme} theme
   */
  setUpdate(update, theme) {
    this.update = update;
    const { rows, columns } = this.size;
    const ink = INK[theme];
    const scale = (/** @type {string} */ strong) =>
      Array.from({ length: LEVELS }, (_, i) =>
        numbersOf(mix(strong, ink.paper, 0.95 * (i / (LEVELS - 1)))),
      );
    const scales = [scale(ink.repulsion), scale(ink.attraction), scale(ink.synthetic)];
    const grey = mix(ink.ink, ink.paper, 0.5);
    const none = numbersOf(grey);
    this.legend.style.setProperty('--no-pair', grey);
    this.canvas.width = columns;
    this.canvas.height = rows;
    const pen = this.canvas.getContext('2d');
    const pixels = pen?.createImageData(columns, rows);
    if (!pen || !pixels) return;
    const { distances } = update.arrays;
    const { matrix } = update.batch;
    for (let i = 0; i < distances.length; i += 1) {
      const [row, column] = [Math.floor(i / columns), i % columns];
      const kind = column >= rows ? 2 : row % matrix === column % matrix ? 1 : 0;
      const near = Math.min(1, Math.max(0, distances[i] / FAR));
      const colour = Number.isNaN(distances[i])
        ? none
        : scales[kind][Math.round(near * (LEVELS - 1))];
      pixels.data.set([...colour, 255], 4 * i);
    }
    pen.putImageData(pixels, 0, 0);
    this.square.style.aspectRatio = `${columns} / ${rows}`;
    const first = /** @type {HTMLElement} */ (this.legend.children[2]);
    show(first, update.n_synthetic > 0);
    setAttribute(this.square, 'aria-valuemax', rows);
    this.mark();
  }

  /** @param {number} query */
  choose(query) {
    this.query = query;
    this.mark();
    this.tell(null);
  }

  // Where the query's row is; of an image that the picture has no room for, the nearest of its view.
  place() {
    const update = /** @type {Update} */ (this.update);
    const { matrix } = update.batch;
    const { item, view } = partsOf(update, this.query);
    return { at: view * matrix + Math.min(item, matrix - 1), there: item < matrix };
  }

  mark() {
    const { update } = this;
    if (!update) return;
    const { rows, columns } = this.size;
    const { at, there } = this.place();
    show(this.row, there);
    show(this.column, there);
    this.row.style.top = `${(100 * at) / rows}%`;
    this.row.style.height = `${100 / rows}%`;
    this.column.style.left = `${(100 * at) / columns}%`;
    this.column.style.width = `${100 / columns}%`;
    setAttribute(this.square, 'aria-valuenow', at + 1);
    setAttribute(this.square, 'aria-valuetext', nameOf(update, this.query));
  }

  /** @param {MouseEvent} event */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const { rows, columns } = this.size;
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const there = row >= 0 && row < rows && column >= 0 && column < columns;
    return there ? { row, column } : null;
  }

  /** @param {MouseEvent} event */
  point(event) {
    this.tell(this.at(event));
  }

  /** @param {{ row: number, column: number } | null} at */
  tell(at) {
    const { update } = this;
    if (!update) return;
    const { rows, columns } = this.size;
    const isMade = Boolean(at && at.column >= rows);
    const query = at ? this.sample(at.row) : this.query;
    const { item, view } = partsOf(update, query);
    setPicture(this.a, update, item, view);
    this.b.classList.toggle('none', !at || isMade);
    if (!at) {
      const where = this.place().there
        ? 'its row and column are framed'
        : 'the picture has no room for its row';
      setText(this.named, `${nameOf(update, query)}: ${where}`);
      return;
    }
    const d = digits(update.arrays.distances[at.row * columns + at.column]);
    if (isMade) {
      setText(this.named, `${nameOf(update, query)}, synthetic ${at.column - rows + 1}: d = ${d}`);
      return;
    }
    const other = this.sample(at.column);
    const { item: theirs, view: of } = partsOf(update, other);
    setPicture(this.b, update, theirs, of);
    const told = other === query ? 'itself' : `${nameOf(update, other)}: d = ${d}`;
    setText(this.named, `${nameOf(update, query)} and ${told}`);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (!by || !this.update || isShortcut(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const last = this.size.rows - 1;
    this.pick(this.sample(Math.max(0, Math.min(last, this.place().at + by))));
  }

  /** @param {InsideQueryAnswer} answer */
  setQuery(answer) {
    if (this.update) this.table.set(this.update, answer);
  }

  begin() {}

  rest() {}
}
