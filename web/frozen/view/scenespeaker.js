// A scene of the forces page in the file: as it opens the app's own answers, and once a mark or a number of
// a loss has been moved what the recorded steps of that loss give.

import { packed, Refusal } from './line.js';
import { readProgram, run as walk } from './program.js';
import { jsonPart, part } from './store.js';

/** @import { FrozenLine } from './line.js' */
/** @import { Program } from './program.js' */
/** @import { Tensor } from './tensors.js' */

/** A place in degrees as a unit vector: the app's own. */
/** @typedef {(place: number[]) => number[]} Vector */
/** @typedef {{ question: Record<string, any>, answer: Record<string, any> }} Known */
/**
 * The steps of a loss for so many points, what stays of its settings, and what it is called: in `text`
 * a moved number stands as a blank, and a part whose number is the `quiet` one is left out.
 * @typedef {Program & { fixed: Record<string, any>, moved: string[], shape: number[], title: string,
 *   text: string, quiet: Record<string, number> }} Recorded
 */

const STILL_WITHIN = 0.05; // degrees, as `cacr_core/forces/scene.py` has it
const BLANK = /\{(\w+)\}/;
const OPENING = 'This file holds that of the scene as it opens; change it in the app.';
const MARKS = 'This file holds scenes of so many marks; add or take away in the app.';
const OTHER =
  'This file holds the steps of a loss for its other settings as they are; see the app.';
const MIXES =
  'Synthetic negatives are made in the app; here they are those of the scene as it opens.';

/**
 * The same text for the same question, in whatever order its parts stand.
 * @param {any} value
 * @returns {any}
 */
function inOrder(value) {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, inOrder(value[key])]),
  );
}

/** @param {Record<string, any>} asked */
function keyOf({ id: _id, type: _type, ...question }) {
  return JSON.stringify(
    inOrder({ detail: question.what === 'forces' ? '' : undefined, ...question }),
  );
}

export class SceneSpeaker {
  /** @type {Promise<Recorded[]> | undefined} */
  programs = undefined;
  /** @type {Map<string, Promise<{ known: Map<string, Known>, from: Map<string, number>, bytes: Uint8Array<ArrayBuffer> }>>} */
  scenes = new Map();

  /**
   * @param {string} scene  the one that is looked at
   * @param {Vector} vector
   */
  constructor(scene, vector) {
    this.scene = scene;
    this.vector = vector;
  }

  watch() {}

  /** @param {string} scene */
  opening(scene) {
    const found = this.scenes.get(scene) ?? read(scene);
    this.scenes.set(scene, found);
    return found;
  }

  /**
   * @param {FrozenLine} _line
   * @param {any} asked
   */
  async answer(_line, asked) {
    const { known, from, bytes } = await this.opening(this.scene);
    const key = keyOf(asked);
    const found = known.get(key);
    if (!found) {
      if (asked.what !== 'forces') throw new Refusal(OPENING);
      return this.read(asked, known);
    }
    const header = { type: 'answer', what: asked.what, id: asked.id, ...found.answer };
    if (!found.answer.arrays) return header;
    let at = from.get(key) ?? 0;
    const arrays = found.answer.arrays.map((/** @type {[string, number]} */ [, size]) => {
      const array = new Float32Array(bytes.buffer.slice(at, at + 4 * size));
      at += 4 * size;
      return array;
    });
    return packed(header, arrays);
  }

  /**
   * @param {any} asked
   * @param {Map<string, Known>} known
   */
  async read(asked, known) {
    this.programs ??= jsonPart('programs').then((all) =>
      Object.values(all).map((one) => ({ ...one, ...readProgram(one) })),
    );
    const programs = await this.programs;
    const opening = [...known.values()].find(({ question }) => question.what === 'forces');
    const same = (/** @type {any} */ a, /** @type {any} */ b) =>
      JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b));
    const of = asked.losses.map((/** @type {any} */ loss, /** @type {number} */ side) => {
      const then = opening?.question.losses[side];
      const symbols = then?.name === loss.name ? (opening?.answer.of[side] ?? {}) : {};
      return readingOf(asked, loss, programs, symbols, this.vector);
    });
    const scale = same(asked.losses, opening?.question.losses) ? opening?.answer.scale : '';
    return { type: 'answer', what: 'forces', of, scale };
  }
}

/** @param {string} scene */
async function read(scene) {
  const [told, bytes] = await Promise.all([jsonPart(`${scene}/answers`), part(`${scene}/arrays`)]);
  const [known, from] = [new Map(), new Map()];
  let at = 0;
  for (const one of told) {
    const key = keyOf(one.question);
    known.set(key, one);
    from.set(key, at);
    for (const [, size] of one.answer.arrays ?? []) at += 4 * size;
  }
  return { known, from, bytes };
}

/**
 * @param {number[][]} places
 * @param {number} dim
 * @param {Vector} vector
 * @returns {Tensor}
 */
function rows(places, dim, vector) {
  const data = Float32Array.from(places.flatMap((place) => vector(place).slice(0, dim)));
  return { shape: [places.length, dim], kind: 'float', data };
}

/**
 * What a loss makes of the points, as the app tells it, without what it says of the numbers.
 * @param {any} asked
 * @param {any} loss
 * @param {Recorded[]} programs
 * @param {any} symbols  the app's reading of the scene as it opened, of the same loss
 * @param {Vector} vector
 */
function readingOf({ surface, query, positives, negatives }, loss, programs, symbols, vector) {
  if (loss.n_synthetic) throw new Refusal(MIXES);
  const dim = surface === 'circle' ? 2 : 3;
  const shape = [dim, positives.length, negatives.length];
  const ofShape = programs.filter((one) => shape.every((n, i) => one.shape[i] === n));
  if (!ofShape.length) throw new Refusal(MARKS);
  const program = ofShape.find(({ fixed }) =>
    Object.entries(fixed).every(([name, value]) => loss[name] === value),
  );
  if (!program) throw new Refusal(OTHER);
  /** @type {Record<string, Tensor>} */
  const given = {
    query: { ...rows([query], dim, vector), shape: [dim] },
    positives: rows(positives, dim, vector),
    negatives: rows(negatives, dim, vector),
  };
  for (const name of program.moved)
    given[name] = { shape: [], kind: 'float', data: Float32Array.of(loss[name]) };
  const found = walk(program, given);
  const number = (/** @type {string} */ name) => found[name].data[0];
  const marks = [...found.weight.data].map((weight, i) => {
    const angle = found.angle.data[i];
    const still =
      angle < STILL_WITHIN ? 'coincident' : angle > 180 - STILL_WITHIN ? 'antipodal' : null;
    return {
      weight,
      pull: found.pull.data[i],
      distance: found.distance.data[i],
      similarity: found.similarity.data[i],
      angle,
      arrow: [...found.arrow.data.subarray(i * dim, (i + 1) * dim)],
      still,
      credited: found.pull.data[i],
      in_pool: false,
    };
  });
  const [pos, neg] = [marks.slice(0, positives.length), marks.slice(positives.length)];
  const [attraction, repulsion] = [pos, neg].map((some) => summed(some, dim));
  const arrow = attraction.map((one, d) => one + repulsion[d]);
  const [x, y] = given.query.data;
  const { formula = [], card } = symbols;
  return {
    title: program.title,
    text: textOf(program, loss),
    total: number('total'),
    attraction: number('attraction'),
    repulsion: number('repulsion'),
    positives: pos.map(({ credited: _credited, in_pool: _pool, ...one }) => one),
    negatives: neg,
    synthetics: [],
    resultant: {
      arrow,
      attraction,
      repulsion,
      strength: Math.hypot(...arrow),
      turn: dim === 2 ? x * arrow[1] - y * arrow[0] : null,
    },
    effective: number('effective'),
    n_negatives: neg.length,
    clamped: number('clamped') > 0,
    formula: formula.filter((/** @type {any} */ line) => line.label === 'formula'),
    notes: [],
    sums: '',
    ...(card ? { card } : {}),
  };
}

/**
 * A loss and its telling settings on one line, as the app has it (`cacr_core/losses/words.py`).
 * @param {Pick<Recorded, 'text' | 'quiet'>} program
 * @param {any} loss
 */
function textOf({ text, quiet }, loss) {
  const isTold = (/** @type {string} */ one) => {
    const [, name] = BLANK.exec(one) ?? [];
    return !(name in quiet) || loss[name] !== quiet[name];
  };
  return text
    .split(', ')
    .filter(isTold)
    .map((one) => one.replace(BLANK, (_, name) => String(Number(loss[name].toPrecision(6)))))
    .join(', ');
}

/**
 * @param {{ arrow: number[] }[]} marks
 * @param {number} dim
 */
function summed(marks, dim) {
  return Array.from({ length: dim }, (_, d) => marks.reduce((sum, { arrow }) => sum + arrow[d], 0));
}
