// A landscape as it is drawn: from what Python answers to curves once round and rows of the heat map.

import { digits } from '../../kit/dom.js';
import {
  alongGrid,
  arrange,
  extent,
  fromLeft,
  greatCircle,
  isFlat,
  rests,
  valleys,
  valueAt,
} from './terrain.js';

/** @import { AnsweredLandscape, BoardState, Place, Rest, Shown } from './types.d.ts' */

/**
 * What Python is asked of a board: places without their images.
 * @param {BoardState} board
 * @param {[which: number, field: string]} sweep
 */
export function questionOf({ surface, query, positives, negatives, losses, seed }, sweep) {
  const bare = (/** @type {Place[]} */ places) => places.map(([lon, lat]) => [lon, lat]);
  return {
    what: 'landscape',
    surface,
    query: query.slice(0, 2),
    positives: bare(positives),
    negatives: bare(negatives),
    losses,
    seed,
    sweep,
  };
}

/**
 * Both losses as they were answered, once round from the left, and while the setting sweeps; on the
 * sphere along a great circle.
 * @param {AnsweredLandscape} answer
 * @param {{ query: number[] }} question
 */
export function landscapeOf(answer, question) {
  const { arrays, grid, settings } = answer;
  /**
   * @param {string} name
   * @param {number} i
   * @param {number} n
   */
  const part = (name, i, n) =>
    arrays[name].subarray((i * arrays[name].length) / n, ((i + 1) * arrays[name].length) / n);
  const raw = [0, 1].map((i) => ({ loss: part('loss', i, 2), force: part('force', i, 2) }));
  const n = arrays.swept_loss.length / settings.length;
  const even = Array.from({ length: n }, (_, i) => (i * 360) / n - 180);
  const { angles, order } = fromLeft(answer.along ?? (grid ? even : answer.angles));
  const circle = grid ? greatCircle(question.query, answer.ahead ?? []) : null;
  /** @param {Float32Array} values */
  const along = (values) =>
    grid && circle ? alongGrid(grid, values, circle, angles) : arrange(values, order);
  const curves = raw.map((one) => {
    const [loss, force] = [along(one.loss), along(one.force)];
    const found = grid ? [] : rests(angles, force);
    return { angles, loss, force, valleys: valleys(angles, loss), rests: found };
  });
  /**
   * @param {string} name
   * @returns {Float32Array[]}
   */
  const rows = (name) => settings.map((_, r) => arrange(part(name, r, settings.length), order));
  const swept = { angles, loss: rows('swept_loss'), force: rows('swept_force') };
  return { raw, curves, swept, circle };
}

/**
 * Rows as shares of a range: each of its own, or of all; with the two ends of the scale in words.
 * @param {Float32Array[]} rows
 * @param {boolean} isForce
 * @param {boolean} ownScale
 */
function shares(rows, isForce, ownScale) {
  const extents = rows.map((row) => (isForce ? [0, extent(row)[1]] : extent(row)));
  const least = Math.min(...extents.map(([low]) => low));
  const most = Math.max(...extents.map(([, high]) => high));
  const what = isForce ? 'force' : 'loss';
  return {
    rows: rows.map((row, i) => {
      const [low, high] = ownScale ? extents[i] : [least, most];
      return isFlat(low, high) ? row.map(() => 0) : row.map((v) => (v - low) / (high - low));
    }),
    ends: ownScale
      ? [isForce ? 'no force' : 'lowest', `${isForce ? 'strongest' : 'highest'} ${what} of its row`]
      : [digits(least), `${what} ${digits(most)}`],
  };
}

/**
 * What the heat map shows: colours by row, and the lines of valleys or of places of rest, with a key.
 * @param {Pick<AnsweredLandscape, 'settings' | 'grid'>} answer
 * @param {ReturnType<typeof landscapeOf>['swept']} swept
 * @param {{ shown: Shown, ownScale: boolean }} choice
 */
export function heatOf({ settings, grid }, swept, { shown, ownScale }) {
  const isForce = shown === 'force';
  const values = isForce ? swept.force.map((row) => row.map(Math.abs)) : swept.loss;
  const { rows, ends } = shares(values, isForce, ownScale);
  const { angles } = swept;
  /** @type {Rest[][]} */
  const found = swept[shown].map((row) =>
    isForce
      ? rests(angles, row)
      : valleys(angles, row).map(({ angle, half }) => ({ angle, half, stable: true })),
  );
  /**
   * @param {string} kind
   * @param {string} name
   * @param {(rest: Rest) => boolean} isOne
   */
  const line = (kind, name, isOne) => ({
    kind,
    name,
    rows: found.map((row) => row.filter(isOne).map(({ angle }) => angle)),
  });
  return {
    rows,
    ends,
    angles,
    settings,
    foot: grid ? 'degrees from the query, to its nearest negative' : "the query's angle",
    lines: isForce
      ? [
          line('rest', grid ? 'balanced along it' : 'comes to rest', ({ stable }) => stable),
          line('edge', 'stands on edge', ({ stable }) => !stable),
        ]
      : [line('rest', 'a valley of the loss', () => true)],
  };
}

/**
 * @param {{ angles: number[], loss: ArrayLike<number>, force: ArrayLike<number> }} curve
 * @param {number} angle
 */
export function curveAt({ angles, loss, force }, angle) {
  return { loss: valueAt(angles, loss, angle), force: valueAt(angles, force, angle) };
}

/**
 * Between two rows both are read; a swept force on the sphere is the part along the great circle.
 * @param {ReturnType<typeof landscapeOf>['swept']} swept
 * @param {number} angle
 * @param {number} row
 */
export function sweptAt({ angles, loss, force }, angle, row) {
  const [low, high] = [Math.floor(row), Math.ceil(row)].map((r) =>
    curveAt({ angles, loss: loss[r], force: force[r] }, angle),
  );
  /**
   * @param {number} a
   * @param {number} b
   */
  const between = (a, b) => a + (row - Math.floor(row)) * (b - a);
  return { loss: between(low.loss, high.loss), force: between(low.force, high.force) };
}
