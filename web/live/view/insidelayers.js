// The third stage: the query's view through the layers of the encoder to a point.

import { INK, mix } from '../../kit/colours.js';
import { digits, el, fillRows, setAttribute, setText } from '../../kit/dom.js';
import { partsOf, setPicture } from './insideupdate.js';

/** @import { InsideActivation, InsideLayer } from '../../kit/messages.d.ts' */
/** @import { Theme } from '../../kit/types.d.ts' */
/** @import { Update } from './insideupdate.js' */

const ACROSS = 16; // units in a row of a layer without places

/** @param {number[]} shape */
function shapeText(shape) {
  if (shape.length !== 3) return `${shape[0]} numbers`;
  const [channels, height, width] = shape;
  return `${channels} channels of ${height} × ${width}`;
}

/**
 * One channel, or a layer without places: a pixel a value.
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} values  from 0 to 255
 * @param {number} across
 * @param {string[]} colours  256 of them
 */
function draw(canvas, values, across, colours) {
  canvas.width = across;
  canvas.height = Math.ceil(values.length / across);
  const pen = canvas.getContext('2d');
  if (!pen) return;
  values.forEach((value, i) => {
    pen.fillStyle = colours[value];
    pen.fillRect(i % across, Math.floor(i / across), 1, 1);
  });
}

export class InsideLayers {
  /** @type {Update | null} */
  update = null;
  /** @type {string[]} */
  colours = [];

  constructor() {
    this.view = el('span', { class: 'thumb huge' });
    this.list = el('ol', { class: 'layers' });
    this.end = el('p', { class: 'note' });
    this.node = el(
      'div',
      { class: 'inside-layers' },
      el(
        'figure',
        { class: 'layer' },
        this.view,
        el('figcaption', { text: 'the query, as the network sees it' }),
      ),
      this.list,
      this.end,
    );
  }

  /**
   * @param {Update} update
   * @param {Theme} theme
   */
  setUpdate(update, theme) {
    this.update = update;
    const { low, high } = INK[theme];
    this.colours = Array.from({ length: 256 }, (_, i) => mix(low, high, i / 255));
    fillRows(
      this.list,
      update.layers,
      () => this.card(),
      (node, layer, i) => {
        setText(node.parts.words, `${i + 1}. ${layer.words}`);
        setText(node.parts.shape, shapeText(layer.shape));
        node.style.setProperty('--i', String(10 * i));
      },
    );
    setText(
      this.end,
      'Light to strong: from the least to the largest value of each layer, for this view. Of layers with channels the first are drawn.',
    );
  }

  card() {
    const parts = {
      words: el('span', { class: 'words' }),
      shape: el('span', { class: 'shape' }),
      maps: el('div', { class: 'maps', role: 'img' }),
    };
    return Object.assign(el('li', { class: 'layer' }, parts.words, parts.maps, parts.shape), {
      parts,
    });
  }

  /** @param {number} query */
  choose(query) {
    if (!this.update) return;
    const { item, view } = partsOf(this.update, query);
    setPicture(this.view, this.update, item, view);
  }

  /** @param {{ layers: InsideActivation[] }} answer */
  setQuery({ layers }) {
    const { update } = this;
    if (!update) return;
    layers.forEach((layer, i) => {
      const card = /** @type {ReturnType<typeof this.card> | undefined} */ (this.list.children[i]);
      if (card) this.fill(card.parts.maps, layer, update.layers[i]);
    });
  }

  /**
   * @param {HTMLElement} maps
   * @param {InsideActivation} activation
   * @param {InsideLayer} layer
   */
  fill(maps, { shape, values, of, least, most }, layer) {
    const isMap = shape.length === 3;
    const [n, height, width] = isMap ? shape : [1, 0, ACROSS];
    const size = isMap ? height * width : values.length;
    maps.classList.toggle('flat', !isMap);
    fillRows(
      maps,
      Array(n).fill(0),
      () => el('canvas', {}),
      (canvas, _, i) => draw(canvas, values.slice(i * size, (i + 1) * size), width, this.colours),
    );
    const shown = isMap ? `${n} of ${of} channels` : `${values.length} of ${of} values`;
    setAttribute(
      maps,
      'aria-label',
      `${layer.words}: ${shown}, from ${digits(least)} to ${digits(most)}`,
    );
  }

  begin() {}

  rest() {}
}
