// Arrays with a shape, and how arrays of different shapes are read side by side.

/** @typedef {'float' | 'int' | 'bool'} Kind */
/** @typedef {Float32Array | Int32Array | Uint8Array} Data */

/** Row by row, the last dimension fastest. */
/** @typedef {{ shape: number[], kind: Kind, data: Data }} Tensor */

/** @param {number[]} shape */
export function sizeOf(shape) {
  return shape.reduce((size, n) => size * n, 1);
}

/**
 * @param {Kind} kind
 * @param {number[]} shape
 * @param {number} [value]
 * @returns {Tensor}
 */
export function filled(kind, shape, value = 0) {
  const make = { float: Float32Array, int: Int32Array, bool: Uint8Array }[kind];
  const data = new make(sizeOf(shape));
  if (value !== 0) data.fill(value);
  return { shape, kind, data };
}

/**
 * @param {number[]} shape
 * @returns {number[]}
 */
export function stridesOf(shape) {
  const strides = Array(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i -= 1) strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

/**
 * Where each element of a whole of that shape is read, at so many places a step along each dimension.
 * @param {number[]} shape
 * @param {number[]} strides
 * @param {number} [from]
 */
export function placesOf(shape, strides, from = 0) {
  const places = new Int32Array(sizeOf(shape));
  const at = Array(shape.length).fill(0);
  let place = from;
  for (let i = 0; i < places.length; i += 1) {
    places[i] = place;
    for (let d = shape.length - 1; d >= 0; d -= 1) {
      at[d] += 1;
      place += strides[d];
      if (at[d] < shape[d]) break;
      place -= strides[d] * shape[d];
      at[d] = 0;
    }
  }
  return places;
}

/**
 * The places at which an array is read for each element of a larger one that it is stretched to.
 * @param {Tensor} tensor
 * @param {number[]} shape
 */
export function stretched({ shape: own }, shape) {
  const strides = stridesOf(own);
  const more = shape.length - own.length;
  return placesOf(
    shape,
    shape.map((_, d) => (d < more || own[d - more] === 1 ? 0 : strides[d - more])),
  );
}

/**
 * Its elements one after the other as if it had that shape.
 * @param {Tensor | number} given
 * @param {number[]} shape
 * @returns {(i: number) => number}
 */
export function reader(given, shape) {
  if (typeof given === 'number') return () => given;
  const { data } = given;
  if (data.length === 1) return () => data[0];
  if (data.length === sizeOf(shape)) return (i) => data[i];
  const places = stretched(given, shape);
  return (i) => data[places[i]];
}

/**
 * A dimension, counted from the end where it is below 0.
 * @param {number} dim
 * @param {number} n
 */
export function dimension(dim, n) {
  return dim < 0 ? dim + n : dim;
}
