// A formula as it was traced at freezing: its steps one after the other, each by an operation of torch.

import { OPERATIONS } from './operations.js';

/** @import { Kind, Tensor } from './tensors.js' */

/**
 * Arguments are numbers, texts (infinities and what is no number), lists, or where a result stands.
 * @typedef {object} Step
 * @property {string} op
 * @property {any[]} args
 * @property {Record<string, any>} [named]
 * @property {number[]} shape
 * @property {Kind} kind
 * @property {any[]} [values]  of a constant
 */

/** @typedef {{ steps: Step[], outputs: Record<string, number> }} Program */

/**
 * @param {any} arg
 * @param {Tensor[]} found
 * @returns {any}
 */
function valueOf(arg, found) {
  if (Array.isArray(arg)) return arg.map((one) => valueOf(one, found));
  if (arg !== null && typeof arg === 'object') return found[arg.of];
  return arg ?? undefined;
}

/** @type {Record<string, number>} */
const UNWRITTEN = { inf: Infinity, '-inf': -Infinity, nan: NaN };

/**
 * A number that JSON cannot hold, whatever else as it is.
 * @param {any} value
 */
function numberOf(value) {
  return typeof value === 'string' ? (UNWRITTEN[value] ?? value) : value;
}

/**
 * Reads numbers that JSON cannot hold, once.
 * @param {Program} program
 * @returns {Program}
 */
export function readProgram({ steps, outputs }) {
  /** @type {(arg: any) => any} */
  const read = (arg) => (Array.isArray(arg) ? arg.map(read) : numberOf(arg));
  /** @param {Record<string, any>} [named] */
  const readAll = (named = {}) =>
    Object.fromEntries(Object.entries(named).map(([name, value]) => [name, numberOf(value)]));
  return {
    outputs,
    steps: steps.map((step) => ({
      ...step,
      args: step.args.map(read),
      named: readAll(step.named),
      values: step.values?.map(numberOf),
    })),
  };
}

/**
 * The results by their names.
 * @param {Program} program
 * @param {Record<string, Tensor>} inputs
 * @returns {Record<string, Tensor>}
 */
export function run({ steps, outputs }, inputs) {
  /** @type {Tensor[]} */
  const found = [];
  for (const { op, args, named = {}, shape, kind, values } of steps) {
    if (op === 'input') found.push(inputs[args[0]]);
    else if (op === 'constant')
      found.push({ shape, kind, data: Float32Array.from(/** @type {number[]} */ (values)) });
    else found.push(OPERATIONS[op]({ shape, kind, named }, ...valueOf(args, found)));
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, at]) => [name, found[at]]));
}
