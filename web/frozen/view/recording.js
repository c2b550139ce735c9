// A run as the file holds it: what it is, its frames as the app sent them, its embeddings and places.

import { readDraws } from './draws.js';
import { run as walk, readProgram } from './program.js';
import { jsonPart, ofHalves, part, queuedImages } from './store.js';

/** @import { Mixture } from './draws.js' */
/** @import { Program } from './program.js' */
/** @import { Tensor } from './tensors.js' */

/**
 * @typedef {object} About
 * @property {any} run  the `run` message
 * @property {any} state  the `state` message
 * @property {number[]} steps  the moments that are kept
 * @property {number} dim  of the embeddings
 * @property {number} views  how many of each image
 * @property {Record<string, Program>} programs  by group
 * @property {{ items: number[], views: number[] }} batch  the group of the training batch's size
 * @property {{ items: number, views: number }} trained  the size of a batch in training
 * @property {Record<string, { group: any, loss: any }>} said  by group
 * @property {Mixture | null} mixture  of the synthetic negatives, where the run makes any
 * @property {{ n: number, size: number, text: string } | null} queue  where the run has one
 * @property {string} sums  what the pulls add up to wherever the points lie, where they do
 * @property {Record<string, any>} clamps  by step
 * @property {string[]} series  which frames there are
 */

/** A loss by name, with the settings that a person moved. */
/** @typedef {{ name: string, [setting: string]: any }} Lens */

const MOST_KEPT = 12;

/** The newest results by their question. */
class Newest {
  /** @type {Map<string, any>} */
  found = new Map();

  /**
   * @template T
   * @param {string} key
   * @param {() => T} make
   * @returns {T}
   */
  get(key, make) {
    const known = this.found.has(key) ? this.found.get(key) : make();
    this.found.delete(key);
    this.found.set(key, known);
    if (this.found.size > MOST_KEPT) this.found.delete([...this.found.keys()][0]);
    return known;
  }
}

/**
 * What a query makes of its group, and who stands in it.
 * @typedef {object} Scene
 * @property {number[]} items  which images
 * @property {number[]} views  which views of them
 * @property {number} row  the query among them, view by view
 * @property {Record<string, Tensor>} found  what the traced formula returned
 * @property {Queue | null} queue  its entries, newest first
 */

/**
 * The queue of a moment; see `web/frozen/queued.py`.
 * @typedef {object} Queue
 * @property {Tensor} z  `(n, dim)`
 * @property {Int32Array} ages  in updates
 * @property {Int32Array} items  which training image each is a view of
 * @property {number[]} labels
 */

export class Recording {
  /** @type {Promise<any> | undefined} */
  lens = undefined;
  read = new Newest();
  scenes = new Newest();
  placed = new Newest();

  /**
   * @param {About} about
   * @param {string} [of]  what the names of its parts begin with
   */
  constructor(about, of = '') {
    this.about = about;
    this.of = of;
    this.programs = Object.fromEntries(
      Object.entries(about.programs).map(([group, program]) => [group, readProgram(program)]),
    );
  }

  /**
   * The losses to look through: as they are offered, their steps and words.
   * @returns {Promise<{ offered: any[], programs: Record<string, any>, said: Record<string, any> }>}
   */
  lenses() {
    this.lens ??= jsonPart(`${this.of}lenses`);
    return this.lens;
  }

  /**
   * The steps of a loss for a group, and the numbers they ask for; the run's own without a lens.
   * @param {Lens | null | undefined} lens
   * @param {string} group
   * @returns {Promise<{ program: Program, settings: Record<string, Tensor> }>}
   */
  async loss(lens, group) {
    if (!lens) return { program: this.programs[group], settings: {} };
    const { offered, programs } = await this.lenses();
    const spec = offered.find(({ name }) => name === lens.name);
    if (!spec) throw new Error(`the file has no loss ${lens.name}`);
    const program = this.read.get(`${lens.name} ${group}`, () =>
      readProgram(programs[lens.name][group]),
    );
    /** @type {(field: any) => [string, Tensor]} */
    const setting = ({ name, value, default: usual }) => [
      name,
      { shape: [], kind: 'float', data: Float32Array.of(Number(lens[name] ?? value ?? usual)) },
    ];
    return { program, settings: Object.fromEntries(spec.fields.map(setting)) };
  }

  /**
   * The last moment that is kept at or before a step.
   * @param {number} step
   */
  nearest(step) {
    return this.about.steps.findLast((kept) => kept <= step) ?? this.about.steps[0];
  }

  /**
   * The moment before one that is kept.
   * @param {number} step
   * @returns {number | null}
   */
  before(step) {
    return this.about.steps.findLast((kept) => kept < step) ?? null;
  }

  /**
   * Frames of a space and layout, each as it was sent.
   * @param {string} series
   * @returns {Promise<ArrayBuffer[]>}
   */
  async frames(series) {
    const bytes = await part(`${this.of}frames-${series}`);
    const sizes = new DataView(bytes.buffer);
    const found = [];
    for (let at = 0; at < bytes.length;) {
      const size = sizes.getUint32(at, true);
      found.push(bytes.buffer.slice(at + 4, at + 4 + size));
      at += 4 + size;
    }
    return found;
  }

  /**
   * All views of all images at a moment, as long as 1 each, as the app reads them.
   * @param {number} step
   * @returns {Promise<Tensor>}
   */
  embeddings(step) {
    return this.read.get(String(step), async () => {
      const { dim, views, run } = this.about;
      const bytes = await part(`${this.of}z-${step}`);
      const data = unitRows(bytes, views * run.n, dim);
      return { shape: [views, run.n, dim], kind: /** @type {const} */ ('float'), data };
    });
  }

  /**
   * The queue of a moment, where the run has one.
   * @param {number} step
   * @returns {Promise<Queue> | null}
   */
  queue(step) {
    const { queue, dim } = this.about;
    if (!queue) return null;
    return this.read.get(`queue ${step}`, async () => {
      const { n } = queue;
      const bytes = await part(`${this.of}queue-${step}`);
      const { items: known, labels } = await queuedImages();
      const rest = new Int32Array(bytes.slice(-8 * n).buffer);
      const [ages, items] = [rest.subarray(0, n), rest.subarray(n)];
      const label = new Map(known.map((item, i) => [item, labels[i]]));
      const data = unitRows(bytes, n, dim);
      return {
        z: { shape: [n, dim], kind: /** @type {const} */ ('float'), data },
        ages,
        items,
        labels: Array.from(items, (item) => label.get(item) ?? -1),
      };
    });
  }

  /**
   * What was drawn for the synthetic negatives of a query, where the run makes any.
   * @param {number} step
   * @param {number} view
   * @param {number} probe
   * @returns {Promise<Record<string, Tensor>>}
   */
  async draws(step, view, probe) {
    const { mixture, dim, views, run } = this.about;
    if (!mixture) return {};
    const of = await this.read.get(`draws ${step}`, async () => {
      const bytes = await part(`${this.of}draws-${step}`);
      return readDraws(bytes, mixture, views * run.n, dim);
    });
    return of(view * run.n + probe);
  }

  /**
   * Who a query is looked at among; the group of the batch's size always holds the query.
   * @param {string} group
   * @param {number} probe
   * @param {number} view
   */
  groupOf(group, probe, view) {
    const { run, views, batch } = this.about;
    if (group !== 'batch')
      return { items: [...Array(run.n).keys()], views: [...Array(views).keys()] };
    const [items, seen] = [[...batch.items], [...batch.views]];
    if (!items.includes(probe)) items[0] = probe;
    if (!seen.includes(view)) seen[seen.length - 1] = view;
    return { items, views: seen };
  }

  /**
   * @param {number} step
   * @param {string} group
   * @param {number} probe
   * @param {number} view
   * @param {Lens | null} [lens]
   * @returns {Promise<Scene>}
   */
  scene(step, group, probe, view, lens) {
    const key = [step, group, probe, view, JSON.stringify(lens ?? null)].join();
    return this.scenes.get(key, async () => {
      const { program, settings } = await this.loss(lens, group);
      const everyone = await this.embeddings(step);
      const { items, views } = this.groupOf(group, probe, view);
      const z = group === 'batch' ? chosen(everyone, views, items) : everyone;
      const row = views.indexOf(view) * items.length + items.indexOf(probe);
      const { labels } = this.about.run.probes;
      const queue = await this.queue(step);
      const found = walk(program, {
        ...settings,
        ...(queue ? { queue: queue.z } : {}),
        ...(await this.draws(step, view, probe)),
        z,
        query: { shape: [1], kind: 'int', data: Int32Array.of(row) },
        labels: {
          shape: [items.length],
          kind: 'int',
          data: Int32Array.from(items, (item) => labels[item]),
        },
      });
      return { items, views, row, found, queue };
    });
  }

  /**
   * Where each view of each image is drawn at a moment; null where the layout is of another space.
   * @param {string} series
   * @param {number} step
   * @returns {Promise<((view: number, probe: number) => number[]) | null>}
   */
  async places(series, step) {
    if (!series.startsWith('embeddings')) return null;
    const { steps, run, views } = this.about;
    const bytes = await this.placed.get(series, () => part(`${this.of}places-${series}`));
    const all = new Int32Array(bytes.buffer);
    const dims = all.length / (steps.length * views * run.n);
    const start = steps.indexOf(step) * views * run.n * dims;
    return (view, probe) => {
      const from = start + (view * run.n + probe) * dims;
      return [...all.subarray(from, from + dims)].map((place) => place / 1e4);
    };
  }
}

/**
 * Rows as long as 1 each, from 16 bits a number and the length of each row as it was stored.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} n  of rows
 * @param {number} dim
 */
function unitRows(bytes, n, dim) {
  const size = 2 * n * dim;
  const data = ofHalves(bytes.subarray(0, size));
  const lengths = new Float32Array(bytes.slice(size, size + 4 * n).buffer);
  for (let i = 0; i < data.length; i += 1) data[i] /= lengths[Math.floor(i / dim)];
  return data;
}

/**
 * Some views of some images.
 * @param {Tensor} z
 * @param {number[]} views
 * @param {number[]} items
 * @returns {Tensor}
 */
function chosen({ shape, data }, views, items) {
  const [, n, dim] = shape;
  const found = new Float32Array(views.length * items.length * dim);
  let at = 0;
  for (const view of views)
    for (const item of items) {
      const from = (view * n + item) * dim;
      found.set(data.subarray(from, from + dim), at);
      at += dim;
    }
  return { shape: [views.length, items.length, dim], kind: 'float', data: found };
}
