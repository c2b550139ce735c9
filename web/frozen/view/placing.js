// Operations of torch that leave numbers as they are and place them otherwise.

import { dimension, filled, placesOf, sizeOf, stretched, stridesOf } from './tensors.js';

/** @import { Operation, Out } from './operations.js' */
/** @import { Tensor } from './tensors.js' */

/**
 * @param {Tensor} x
 * @param {Int32Array} places
 * @param {Out} out
 */
function picked(x, places, { shape, kind }) {
  const found = filled(kind, shape);
  for (let i = 0; i < places.length; i += 1) found.data[i] = x.data[places[i]];
  return found;
}

/** The same numbers in another shape. */
/** @type {Operation} */
function reshaped({ shape, kind }, x) {
  return { shape, kind, data: x.data };
}

/**
 * Where a slice of an array lies in it.
 * @param {Tensor} x
 * @param {number[]} shape  of the slice
 * @param {number} dim
 * @param {number | null} start
 * @param {number} step
 */
function placesOfSlice(x, shape, dim, start, step) {
  const at = dimension(dim, x.shape.length);
  const strides = stridesOf(x.shape);
  const first = Math.min(dimension(start ?? 0, x.shape[at]), x.shape[at]);
  const steps = strides.map((stride, d) => (d === at ? stride * step : stride));
  return placesOf(shape, steps, first * strides[at]);
}

/** @type {Record<string, Operation>} */
export const PLACING = {
  'aten.view.default': reshaped,
  'aten.unsqueeze.default': reshaped,
  'aten.squeeze.dims': reshaped,
  'aten.expand.default': (out, x) => picked(x, stretched(x, out.shape), out),
  'aten.permute.default': (out, x, dims) => {
    const strides = stridesOf(x.shape);
    const order = dims.map((/** @type {number} */ dim) => strides[dimension(dim, dims.length)]);
    return picked(x, placesOf(out.shape, order), out);
  },
  'aten.slice.Tensor': (out, x, dim = 0, start = 0, _end = null, step = 1) =>
    picked(x, placesOfSlice(x, out.shape, dim, start, step), out),
  'aten.select.int': (out, x, dim, index) => {
    const at = dimension(dim, x.shape.length);
    const strides = stridesOf(x.shape);
    const others = strides.filter((_, d) => d !== at);
    return picked(x, placesOf(out.shape, others, dimension(index, x.shape[at]) * strides[at]), out);
  },
  'aten.slice_scatter.default': ({ shape, kind }, x, part, dim = 0, start = 0, _end, step = 1) => {
    const out = filled(kind, shape);
    out.data.set(x.data);
    const places = placesOfSlice(x, part.shape, dim, start, step);
    for (let i = 0; i < places.length; i += 1) out.data[places[i]] = part.data[i];
    return out;
  },
  'aten.cat.default': ({ shape, kind }, parts, dim = 0) => {
    const out = filled(kind, shape);
    let start = 0;
    for (const part of parts) {
      const places = placesOfSlice(out, part.shape, dim, start, 1);
      for (let i = 0; i < places.length; i += 1) out.data[places[i]] = part.data[i];
      start += part.shape[dimension(dim, shape.length)];
    }
    return out;
  },
  'aten.index.Tensor': (out, x, [rows]) => {
    const size = sizeOf(x.shape.slice(1));
    const found = filled(out.kind, out.shape);
    rows.data.forEach((/** @type {number} */ row, /** @type {number} */ i) => {
      const from = (row < 0 ? row + x.shape[0] : row) * size;
      found.data.set(x.data.subarray(from, from + size), i * size);
    });
    return found;
  },
  'aten.gather.default': (out, x, dim, index) => {
    const at = dimension(dim, x.shape.length);
    const strides = stridesOf(x.shape);
    const others = strides.map((stride, d) => (d === at ? 0 : stride));
    const places = placesOf(index.shape, others);
    for (let i = 0; i < places.length; i += 1) places[i] += index.data[i] * strides[at];
    return picked(x, places, out);
  },
};
