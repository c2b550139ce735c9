// The synthetic negatives of a query: their parents, how they were mixed, how hard they are.

import { digits, el, fillRows, setAttribute, setText, setThumb, show } from '../../kit/dom.js';
import { word } from '../../kit/explain.js';
import { nameOf, setSample } from '../../kit/queued.js';

/** @import { Histogram, Pictures, Sample, SyntheticSample, Synthetics as Given } from '../../kit/types.d.ts' */

function parentThumb() {
  return el('span', { class: 'thumb small' });
}

function row() {
  const parts = {
    a: parentThumb(),
    b: parentThumb(),
    near: parentThumb(),
    mix: el('i', {}),
    coefficient: el('span', { class: 'mix-words' }),
    likeness: el('span', { class: 'likeness' }),
    share: el('b', {}),
    same: el('span', { class: 'same', hidden: true }),
  };
  const node = el(
    'li',
    { class: 'synthetic-row' },
    el('span', { class: 'diamond', 'aria-hidden': 'true' }),
    parts.a,
    el('span', { class: 'mix' }, parts.coefficient, el('span', { class: 'mix-bar' }, parts.mix)),
    parts.b,
    el('span', { class: 'mixed' }, parts.likeness, parts.same),
    el('span', { class: 'nearest', title: 'the nearest real image' }, parts.near),
    parts.share,
  );
  return Object.assign(node, { parts });
}

/** @param {number} value */
const cosine = (value) => value.toFixed(2).replace('-', '−');

/** @param {SyntheticSample} item */
function parentsText({ parents }) {
  const cosines = parents.map((parent) => cosine(parent?.similarity ?? NaN));
  return `${parents.length > 1 ? 'parents' : 'parent'} ${cosines.join(', ')}`;
}

/** @param {Histogram} bins */
function histogram({ edges, real, synthetic }) {
  const [width, height] = [300, 64];
  const most = Math.max(...real, ...synthetic, 1e-9);
  const low = edges[0];
  const span = edges[edges.length - 1] - low || 1;
  /** @param {number} v */
  const x = (v) => (width * (v - low)) / span;
  /** @param {number} v */
  const y = (v) => height - (height - 3) * (v / most);
  /** @param {number[]} values */
  const steps = (values) =>
    values
      .map(
        (v, i) =>
          `L${x(edges[i]).toFixed(1)} ${y(v).toFixed(1)}L${x(edges[i + 1]).toFixed(1)} ${y(v).toFixed(1)}`,
      )
      .join('');
  return el(
    'svg:svg',
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    el('svg:path', { class: 'real', d: `M0 ${height}${steps(real)}L${width} ${height}Z` }),
    el('svg:path', { class: 'made', d: `M0 ${height}${steps(synthetic)}L${width} ${height}` }),
  );
}

/**
 * @param {HTMLElement} thumb
 * @param {Sample} parent
 * @param {Pictures} pictures
 */
function setParent(thumb, parent, pictures) {
  setSample(thumb, pictures, parent);
  thumb.classList.toggle('false-negative', Boolean(parent.same_class));
  const who = parent.is_query ? 'the query itself' : nameOf(parent);
  setAttribute(thumb, 'title', `parent: ${who}, similarity ${digits(parent.similarity)}`);
}

/**
 * @param {ReturnType<typeof row>} node
 * @param {SyntheticSample} item
 * @param {Pictures} pictures
 */
function setRow(node, item, pictures) {
  const [a, b] = item.parents;
  const { parts } = node;
  const { nearest } = item;
  setThumb(parts.near, pictures.sprites, pictures.probes, nearest.probe ?? 0, nearest.view);
  setParent(parts.a, a, pictures);
  if (b) setParent(parts.b, b, pictures);
  parts.b.style.visibility = b ? '' : 'hidden'; // the columns after it stay where they are
  setAttribute(
    parts.near,
    'title',
    `nearest real: image ${nearest.probe}, similarity ${digits(nearest.similarity)}`,
  );
  parts.mix.style.width = `${Math.round(100 * Math.min(1, Math.max(0, item.coefficient)))}%`;
  setText(parts.coefficient, item.coefficient.toFixed(2).replace('-', '−'));
  setAttribute(node, 'title', item.of_one);
  setText(parts.likeness, '');
  parts.likeness.replaceChildren(
    el('b', { text: cosine(item.similarity) }),
    el('small', { text: parentsText(item) }),
    ...(item.kind ? [el('small', { text: item.kind })] : []),
  );
  const same = item.parents.filter((parent) => parent?.same_class).length;
  show(parts.same, same > 0);
  const one = b ? 'one parent' : 'its parent';
  setText(parts.same, `= ${same === 2 ? 'both parents' : one} its class`);
  setText(parts.share, `${digits(100 * item.share)} %`);
  setAttribute(
    node,
    'aria-label',
    `synthetic of ${item.parents.map((parent) => parent && nameOf(parent)).join(' and ')}: ${item.of_one}, ` +
      `similarity ${cosine(item.similarity)}, ${digits(100 * item.share)} % of the weight`,
  );
}

export class Synthetics {
  constructor() {
    this.text = el('p', { class: 'note' });
    this.list = el('ul', { class: 'rows synthetic-rows' });
    this.chart = el('div', { class: 'hardness' });
    this.low = el('span', {});
    this.high = el('span', {});
    const middle = el('span', { text: 'similarity to the query' });
    this.title = el('h4', {});
    this.key = el(
      'p',
      { class: 'key' },
      el('span', { class: 'real', text: 'real' }),
      el('span', { class: 'made', text: 'synthetic' }),
    );
    this.share = el('b', { class: 'share' });
    this.figure = el(
      'figure',
      {},
      el('figcaption', {}, this.title, this.key),
      this.chart,
      el('div', { class: 'ends' }, this.low, middle, this.high),
    );
    this.body = el(
      'div',
      {},
      this.text,
      el(
        'div',
        { class: 'columns synthetic-columns', 'aria-hidden': 'true' },
        el('span', { text: 'parents and mix' }),
        el('span', { text: 'similarity' }),
        el('span', { text: 'nearest' }),
        el('span', { text: 'weight' }),
      ),
      this.list,
      this.figure,
    );
    this.none = el('p', { class: 'note', text: 'This loss mixes no synthetic negatives.' });
    this.node = el(
      'section',
      { class: 'part synthetic-part' },
      el(
        'h3',
        {},
        el('span', { class: 'diamond', 'aria-hidden': 'true' }),
        word('synthetic', 'Synthetic negatives'),
        this.share,
      ),
      this.body,
      this.none,
    );
  }

  /**
   * @param {Given | null | undefined} given
   * @param {Pictures} pictures
   */
  set(given, { probes, sprites }) {
    show(this.body, Boolean(given));
    show(this.none, !given);
    this.node.classList.toggle('absent', !given);
    setText(this.share, given ? `${digits(100 * given.share)} % of the weight` : '');
    if (!given) return;
    const drawn = given.placed ? ` Drawn ${given.placed} in the cloud.` : '';
    setText(this.text, `${given.text}.${drawn}`);
    fillRows(this.list, given.items, row, (node, item) => setRow(node, item, { probes, sprites }));
    const { histogram: bins } = given;
    show(this.figure, Boolean(bins));
    if (!bins) return;
    setText(this.title, 'How hard the negatives are');
    this.chart.replaceChildren(histogram(bins));
    setText(this.low, digits(bins.edges[0]));
    setText(this.high, digits(bins.edges[bins.edges.length - 1]));
  }
}
