// The stage around the cloud: how to look at it, what the colours mean, the image under the hand.

import { Card } from './card.js';
import { caption } from './captions.js';
import { colourOptions } from './paints.js';
import { el, isShortcut, oneStop, segmented, setAttribute, setText, show } from './dom.js';
import { Legend } from './legend.js';

/** @import { Frame, Interval, Legend as Meaning, Pictures, Point } from './types.d.ts' */
/** @import { Below } from './card.js' */

/** A cloud, or a row of them. */
/** @typedef {Below & { zoom: (factor: number) => void, reset: () => void, dims?: number }} Subject */

/** @typedef {{ colour: string, layout: string, space: string, images: boolean, trails: boolean, magnify: boolean }} Look */

const [NEARER, FARTHER] = [0.75, 1.333];

/** @typedef {[value: string, text: string, hint?: string][]} Options */
/** @type {Options} */
const LAYOUTS = [
  ['umap', 'UMAP'],
  ['pca', 'PCA'],
];
/** @type {Options} */
const SPACES = [
  ['embeddings', 'embeddings', 'What the loss sees: the output of the head'],
  ['features', 'features', 'What is kept after training: the output of the backbone'],
];
/** @type {Options} */
const MARKS = [
  ['dots', 'dots'],
  ['images', 'images'],
];
const TRAILS = 'Lines from where each image was in the last snapshots';
const MAGNIFY =
  'Draw the cloud as large as its panel. Otherwise its size says how far its images lie apart: even over the sphere fills the panel, in one place is a dot';

/**
 * A button that is on or off.
 * @param {string} text
 * @param {string} title
 * @param {(on: boolean) => void} turned
 */
function toggle(text, title, turned) {
  const node = el('button', {
    type: 'button',
    class: `toggle ${text}`,
    'aria-pressed': 'false',
    title,
    text,
    onclick: () => turned(node.getAttribute('aria-pressed') !== 'true'),
  });
  return node;
}

/** @param {Subject} cloud */
function zoomButtons(cloud) {
  /** @type {(label: string, text: string, onclick: () => void) => HTMLButtonElement} */
  const button = (label, text, onclick) =>
    el('button', {
      type: 'button',
      class: 'icon',
      'aria-label': label,
      title: label,
      text,
      onclick,
    });
  const buttons = [
    button('Zoom in', '+', () => cloud.zoom(NEARER)),
    button('Zoom out', '−', () => cloud.zoom(FARTHER)),
    button('Show the whole cloud', '⤢', () => cloud.reset()),
  ];
  const node = el('div', { class: 'zoom', role: 'group', 'aria-label': 'Zoom' }, ...buttons);
  return oneStop(node, 'button');
}

export class Stage {
  /** @type {Pictures | null} */
  run = null;

  /**
   * @param {Subject} cloud
   * @param {object} hand
   * @param {(change: Partial<Look>) => void} hand.set
   * @param {(index: number | null, hold: boolean) => void} hand.isolate  lights up one class alone
   */
  constructor(cloud, { set, isolate }) {
    this.cloud = cloud;
    this.meaning = new Legend(isolate);
    this.legend = this.meaning.node;
    this.card = new Card(cloud, this.legend);
    this.colour = el('select', {
      'aria-label': 'Colour the points by',
      onchange: () => set({ colour: this.colour.value }),
    });
    this.layout = segmented('Layout', LAYOUTS, (layout) => set({ layout }));
    this.space = segmented('Space', SPACES, (space) => set({ space }));
    this.images = segmented('Marks', MARKS, (mark) => set({ images: mark === 'images' }));
    this.trails = toggle('trails', TRAILS, (trails) => set({ trails }));
    this.magnify = toggle('magnify', MAGNIFY, (magnify) => set({ magnify }));
    this.tools = el(
      'div',
      { class: 'tools' },
      el('label', { class: 'field' }, el('span', { text: 'colour' }), this.colour),
      this.images,
      this.space,
      this.layout,
      this.trails,
      this.magnify,
    );
    this.zoom = zoomButtons(cloud);
    this.caption = el('p', { class: 'caption' });
    this.notice = el('p', { class: 'notice', role: 'status', hidden: true });
    this.empty = el('div', { class: 'empty', hidden: true });
    this.node = el(
      'section',
      { class: 'stage', 'aria-label': 'The cloud' },
      this.tools,
      el(
        'div',
        { class: 'arena' },
        cloud.node,
        this.zoom,
        this.legend,
        this.card.node,
        this.notice,
        this.empty,
      ),
      this.caption,
    );
    cloud.node.addEventListener('keydown', (event) => {
      if (isShortcut(event)) return;
      const { key } = event;
      if (key === '+' || key === '=') cloud.zoom(NEARER);
      else if (key === '-') cloud.zoom(FARTHER);
      else if (key === '0') cloud.reset();
    });
  }

  /** @param {Pictures} run */
  setRun(run) {
    this.run = run;
    const options = colourOptions(run.probes);
    const had = this.colour.value;
    this.colour.replaceChildren(...options.map(([value, text]) => el('option', { value, text })));
    if (had) this.colour.value = had;
  }

  /**
   * @param {Look} view
   * @param {{ natural: boolean, dims: number, has_features: boolean } | null | undefined} run
   */
  update(view, run) {
    this.colour.value = view.colour;
    if (!this.colour.value) this.colour.value = 'class';
    this.layout.choose(view.layout);
    this.space.choose(view.space);
    this.images.choose(view.images ? 'images' : 'dots');
    const natural = Boolean(run?.natural && view.space === 'embeddings');
    show(this.images, !(natural && run?.dims === 3));
    setAttribute(this.trails, 'aria-pressed', String(Boolean(view.trails)));
    setAttribute(this.magnify, 'aria-pressed', String(Boolean(view.magnify)));
    show(this.magnify, !natural);
    show(this.layout, !natural);
    show(this.space, Boolean(run?.has_features));
  }

  /**
   * @param {Frame | null} frame
   * @param {string} wanted  the layout that was asked for
   */
  setCaption(frame, wanted) {
    setText(this.caption, frame ? caption(frame, wanted) : ' ');
  }

  // The next run is awaited: what the colours and the layout of the last one meant leaves.
  forget() {
    this.node.classList.add('waiting');
    this.meaning.clear();
    this.setCaption(null, '');
  }

  /** @param {Meaning} meaning */
  setLegend(meaning) {
    this.meaning.set(meaning, this.cloud.dims === 3);
  }

  /**
   * The card of an image, or none for null.
   * @param {number | null} index
   * @param {Point | null} [pixel]
   * @param {{ effective: number, n_negatives: number } | null} [answer]
   * @param {Interval | null} [span]  the part of the width in which it may lie, all of it unless told
   */
  setCard(index, pixel = null, answer = null, span = null) {
    if (index === null || !pixel || !this.run) this.card.hide();
    else this.card.set(this.run, index, pixel, answer, span);
  }

  /**
   * @param {string | null} text
   * @param {boolean} [plain]  something to know, no trouble
   */
  setNotice(text, plain = false) {
    this.said = text;
    show(this.notice, Boolean(text));
    this.notice.classList.toggle('plain', plain);
    setText(this.notice, text ?? '');
  }
}
