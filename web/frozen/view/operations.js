// What the steps of a traced formula do: torch's own operations by their names. No formula of a loss
// is written here; which steps there are, and in what order, was recorded from the code that trains.

import { ORDERING } from './ordering.js';
import { PLACING } from './placing.js';
import { dimension, filled, placesOf, reader, sizeOf, stridesOf } from './tensors.js';

/** @import { Kind, Tensor } from './tensors.js' */

/** What comes out of a step, and settings that have a name. */
/** @typedef {{ shape: number[], kind: Kind, named: Record<string, any> }} Out */

/** @typedef {(out: Out, ...args: any[]) => Tensor} Operation */

/**
 * @param {(x: number) => number} work
 * @returns {Operation}
 */
function each(work) {
  return ({ shape, kind }, x) => {
    const out = filled(kind, shape);
    const read = reader(x, shape);
    for (let i = 0; i < out.data.length; i += 1) out.data[i] = work(read(i));
    return out;
  };
}

/**
 * @param {(x: number, y: number, times: number) => number} work  `times`: what the second counts
 * @returns {Operation}
 */
function both(work) {
  return ({ shape, kind, named }, x, y) => {
    const out = filled(kind, shape);
    const [a, b] = [reader(x, shape), reader(y, shape)];
    const times = named.alpha ?? 1;
    for (let i = 0; i < out.data.length; i += 1) out.data[i] = work(a(i), b(i), times);
    return out;
  };
}

/**
 * Over some dimensions, all of them where none is named.
 * @param {(sofar: number, x: number) => number} work
 * @param {number} start
 * @returns {(x: Tensor, dims: number[] | null | undefined, out: Out) => { out: Tensor, n: number }}
 */
function over(work, start) {
  return (x, dims, { shape, kind }) => {
    const n = x.shape.length;
    const named = dims?.length ? dims : x.shape.map((_, d) => d);
    const gone = new Set(named.map((dim) => dimension(dim, n)));
    const kept = x.shape.map((size, d) => (gone.has(d) ? 1 : size));
    const strides = stridesOf(kept).map((stride, d) => (gone.has(d) ? 0 : stride));
    const places = placesOf(x.shape, strides);
    const sums = new Float64Array(sizeOf(kept)).fill(start);
    for (let i = 0; i < places.length; i += 1) sums[places[i]] = work(sums[places[i]], x.data[i]);
    const out = filled(kind, shape);
    out.data.set(sums);
    return { out, n: x.data.length / Math.max(1, sums.length) };
  };
}

const summed = over((sofar, x) => sofar + x, 0);
const largest = over((sofar, x) => Math.max(sofar, x), -Infinity);
const smallest = over((sofar, x) => Math.min(sofar, x), Infinity);

/** @type {Operation} */
function mean(out, x, dims) {
  const { out: found, n } = summed(x, dims, out);
  for (let i = 0; i < found.data.length; i += 1) found.data[i] /= n;
  return found;
}

/**
 * The rows along one dimension, each by its first place and the step to the next.
 * @param {Tensor} x
 * @param {number} dim
 * @param {(from: number, step: number, size: number) => void} act
 */
function eachRow(x, dim, act) {
  const at = dimension(dim, x.shape.length);
  const [size, step] = [x.shape[at], stridesOf(x.shape)[at]];
  const others = x.shape.map((n, d) => (d === at ? 1 : n));
  for (const from of placesOf(others, stridesOf(x.shape))) act(from, step, size);
}

/**
 * @param {boolean} logarithm
 * @returns {Operation}
 */
function softmax(logarithm) {
  return ({ shape, kind }, x, dim) => {
    const out = filled(kind, shape);
    eachRow(x, dim, (from, step, size) => {
      let [most, sum] = [-Infinity, 0];
      for (let i = 0; i < size; i += 1) most = Math.max(most, x.data[from + i * step]);
      for (let i = 0; i < size; i += 1) sum += Math.exp(x.data[from + i * step] - most);
      for (let i = 0; i < size; i += 1) {
        const place = from + i * step;
        const above = x.data[place] - most;
        out.data[place] = logarithm ? above - Math.log(sum) : Math.exp(above) / sum;
      }
    });
    return out;
  };
}

/** @type {Operation} */
function product({ shape, kind }, x, y) {
  const out = filled(kind, shape);
  const [rows, columns] = shape;
  const inner = x.shape[1];
  for (let i = 0; i < rows; i += 1)
    for (let j = 0; j < columns; j += 1) {
      let sum = 0;
      for (let k = 0; k < inner; k += 1) sum += x.data[i * inner + k] * y.data[k * columns + j];
      out.data[i * columns + j] = sum;
    }
  return out;
}

/** @type {(x: number, y: number) => number} */
const remainder = (x, y) => x - y * Math.floor(x / y);

/** @type {Record<string, Operation>} */
export const OPERATIONS = {
  // one number at a time
  'aten.abs.default': each(Math.abs),
  'aten.ceil.default': each(Math.ceil),
  'aten.cos.default': each(Math.cos),
  'aten.exp.default': each(Math.exp),
  'aten.expm1.default': each(Math.expm1),
  'aten.floor.default': each(Math.floor),
  'aten.isnan.default': each((x) => Number(Number.isNaN(x))),
  'aten.log.default': each(Math.log),
  'aten.log10.default': each(Math.log10),
  'aten.log1p.default': each(Math.log1p),
  'aten.log2.default': each(Math.log2),
  'aten.logical_not.default': each((x) => Number(!x)),
  'aten.bitwise_not.default': each((x) => Number(!x)), // of truths alone
  'aten.neg.default': each((x) => -x),
  'aten.reciprocal.default': each((x) => 1 / x),
  'aten.relu.default': each((x) => Math.max(0, x)),
  'aten.rsqrt.default': each((x) => 1 / Math.sqrt(x)),
  'aten.sigmoid.default': each((x) => 1 / (1 + Math.exp(-x))),
  'aten.sign.default': each(Math.sign),
  'aten.sin.default': each(Math.sin),
  'aten.sqrt.default': each(Math.sqrt),
  'aten.tanh.default': each(Math.tanh),
  'aten._to_copy.default': each((x) => x),
  'aten.clamp.default': ({ shape, kind, named }, x, least, most) => {
    const low = least ?? named.min ?? -Infinity;
    const high = most ?? named.max ?? Infinity;
    return each((one) => (Number.isNaN(one) ? one : Math.min(high, Math.max(low, one))))(
      { shape, kind, named: {} },
      x,
    );
  },

  // two side by side
  'aten.add.Tensor': both((x, y, times) => x + times * y),
  'aten.add.Scalar': both((x, y, times) => x + times * y),
  'aten.sub.Tensor': both((x, y, times) => x - times * y),
  'aten.sub.Scalar': both((x, y, times) => x - times * y),
  'aten.mul.Tensor': both((x, y) => x * y),
  'aten.mul.Scalar': both((x, y) => x * y),
  'aten.div.Tensor': both((x, y) => x / y),
  'aten.div.Scalar': both((x, y) => x / y),
  'aten.div.Tensor_mode': (out, x, y) =>
    both(
      out.named.rounding_mode === 'floor'
        ? (a, b) => Math.floor(a / b)
        : (a, b) => Math.trunc(a / b),
    )(out, x, y),
  'aten.pow.Tensor_Scalar': both((x, y) => x ** y),
  'aten.pow.Tensor_Tensor': both((x, y) => x ** y),
  'aten.pow.Scalar': both((x, y) => x ** y),
  'aten.atan2.default': both(Math.atan2),
  'aten.maximum.default': both(Math.max),
  'aten.minimum.default': both(Math.min),
  'aten.remainder.Scalar': both(remainder),
  'aten.remainder.Tensor': both(remainder),
  'aten.eq.Scalar': both((x, y) => Number(x === y)),
  'aten.eq.Tensor': both((x, y) => Number(x === y)),
  'aten.ne.Scalar': both((x, y) => Number(x !== y)),
  'aten.ne.Tensor': both((x, y) => Number(x !== y)),
  'aten.ge.Scalar': both((x, y) => Number(x >= y)),
  'aten.ge.Tensor': both((x, y) => Number(x >= y)),
  'aten.gt.Scalar': both((x, y) => Number(x > y)),
  'aten.gt.Tensor': both((x, y) => Number(x > y)),
  'aten.le.Scalar': both((x, y) => Number(x <= y)),
  'aten.le.Tensor': both((x, y) => Number(x <= y)),
  'aten.lt.Scalar': both((x, y) => Number(x < y)),
  'aten.lt.Tensor': both((x, y) => Number(x < y)),
  'aten.logical_and.default': both((x, y) => Number(Boolean(x) && Boolean(y))),
  'aten.logical_or.default': both((x, y) => Number(Boolean(x) || Boolean(y))),
  'aten.bitwise_and.Tensor': both((x, y) => Number(Boolean(x) && Boolean(y))), // of truths alone
  'aten.bitwise_or.Tensor': both((x, y) => Number(Boolean(x) || Boolean(y))),
  'aten.where.self': ({ shape, kind }, which, x, y) => {
    const out = filled(kind, shape);
    const [if_, a, b] = [which, x, y].map((one) => reader(one, shape));
    for (let i = 0; i < out.data.length; i += 1) out.data[i] = if_(i) ? a(i) : b(i);
    return out;
  },

  // over whole rows
  'aten.sum.dim_IntList': (out, x, dims) => summed(x, dims, out).out,
  'aten.sum.default': (out, x) => summed(x, null, out).out,
  'aten.mean.dim': mean,
  'aten.mean.default': mean,
  'aten.any.dim': (out, x, dim) => largest(x, [dim], out).out,
  'aten.amax.default': (out, x, dims) => largest(x, dims, out).out,
  'aten.amin.default': (out, x, dims) => smallest(x, dims, out).out,
  'aten._softmax.default': softmax(false),
  'aten._log_softmax.default': softmax(true),
  'aten.mm.default': product,
  'aten.bmm.default': ({ shape, kind, named }, x, y) => {
    const out = filled(kind, shape);
    const [size, part] = [sizeOf(shape.slice(1)), [x, y].map((one) => one.shape.slice(1))];
    for (let i = 0; i < shape[0]; i += 1) {
      const [a, b] = [x, y].map(({ data, kind: of }, j) => {
        const all = sizeOf(part[j]);
        return { shape: part[j], kind: of, data: data.subarray(i * all, (i + 1) * all) };
      });
      out.data.set(product({ shape: shape.slice(1), kind, named }, a, b).data, i * size);
    }
    return out;
  },
  'aten.addmm.default': ({ shape, kind, named }, plus, x, y) => {
    const out = product({ shape, kind, named }, x, y);
    const more = reader(plus, shape);
    const { alpha = 1, beta = 1 } = named;
    for (let i = 0; i < out.data.length; i += 1) out.data[i] = beta * more(i) + alpha * out.data[i];
    return out;
  },

  // made of nothing
  'aten.arange.start_step': ({ shape, kind }, start, _end, step = 1) => {
    const out = filled(kind, shape);
    for (let i = 0; i < out.data.length; i += 1) out.data[i] = start + i * step;
    return out;
  },
  'aten.full.default': ({ shape, kind }, _shape, value) => filled(kind, shape, Number(value)),
  'aten.full_like.default': ({ shape, kind }, _x, value) => filled(kind, shape, Number(value)),
  'aten.scalar_tensor.default': ({ shape, kind }, value) => filled(kind, shape, Number(value)),

  ...ORDERING,
  ...PLACING,
};
