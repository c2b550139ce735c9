// What lies in the file beside its modules: named parts, deflated where that makes them smaller, each
// in a script element that is no script.

const HALF = new Float32Array(65_536);

/** @type {Promise<any> | undefined} */
let queued;

/** Every number of 16 bits, once. */
function fillHalf() {
  for (let bits = 0; bits < HALF.length; bits += 1) {
    const [sign, exponent, rest] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) HALF[bits] = rest ? NaN : sign * Infinity;
    else if (exponent === 0) HALF[bits] = sign * rest * 2 ** -24;
    else HALF[bits] = sign * (1 + rest / 1024) * 2 ** (exponent - 15);
  }
}

/** @param {string} text */
function ofBase64(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Floats from numbers of 16 bits, all first bytes before all second ones.
 * @param {Uint8Array} bytes
 */
export function ofHalves(bytes) {
  if (!HALF[1]) fillHalf();
  const n = bytes.length / 2;
  const numbers = new Float32Array(n);
  for (let i = 0; i < n; i += 1) numbers[i] = HALF[bytes[i] | (bytes[n + i] << 8)];
  return numbers;
}

/**
 * A part of the file.
 * @param {string} name
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function part(name) {
  const node = document.querySelector(`script[data-part="${name}"]`);
  if (!node) throw new Error(`The file has no part ${name}.`);
  const bytes = ofBase64(node.textContent ?? '');
  return node.hasAttribute('data-deflated') ? inflated(bytes) : bytes;
}

/** @param {string} name */
export function hasPart(name) {
  return document.querySelector(`script[data-part="${name}"]`) !== null;
}

/**
 * @param {string} name
 * @returns {Promise<any>}
 */
export async function jsonPart(name) {
  return JSON.parse(new TextDecoder().decode(await part(name)));
}

/**
 * The training images that queues hold, as they lie in a sheet of so many columns; 0 without a sheet.
 * @returns {Promise<{ items: number[], labels: number[], columns: number }>}
 */
export function queuedImages() {
  queued ??= jsonPart('queued-images');
  return queued;
}

/**
 * A part as something that an element can show or load.
 * @param {string} name
 * @param {string} type
 */
export async function urlOf(name, type) {
  return URL.createObjectURL(new Blob([await part(name)], { type }));
}
