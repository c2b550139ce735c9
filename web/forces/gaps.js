// What the points of one moment look like: which items share a place, and how far apart places are.

const DEGREE = Math.PI / 180;
const SAME = 2;
const SAME_SHARE = 0.25;
const EVEN = 2;

function dotOf(a, i, b, j, dims) {
  let dot = 0;
  for (let k = 0; k < dims; k += 1) dot += a[i * dims + k] * b[j * dims + k];
  return dot;
}

function degreesOf(dot) {
  return Math.acos(Math.max(-1, Math.min(1, dot))) / DEGREE;
}

export function degreesText(value) {
  return `${Number(value.toFixed(value < 9.95 ? 1 : 0))}°`;
}

// The middle of each item's views: [n_items * dims], unit length (first view where they cancel).
function middles(points, items, dims, n) {
  const out = new Float32Array(n * dims);
  items.forEach((item, p) => {
    for (let k = 0; k < dims; k += 1) out[item * dims + k] += points[p * dims + k];
  });
  for (let item = 0; item < n; item += 1) {
    const at = item * dims;
    let size = Math.hypot(...out.subarray(at, at + dims));
    if (size < 1e-3) {
      const first = items.indexOf(item);
      for (let k = 0; k < dims; k += 1) out[at + k] = points[first * dims + k];
      size = 1;
    }
    for (let k = 0; k < dims; k += 1) out[at + k] /= size;
  }
  return out;
}

function groups(centres, dims, n) {
  const of = Array.from({ length: n }, (_, i) => i);
  const even = dims === 2 ? 360 / n : Math.sqrt((4 * Math.PI) / n) / DEGREE;
  const nearest = Math.cos(Math.min(SAME, SAME_SHARE * even) * DEGREE);
  const root = (i) => (of[i] === i ? i : root(of[i]));
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) if (dotOf(centres, i, centres, j, dims) > nearest) of[root(i)] = root(j);
  }
  const found = new Map();
  for (let i = 0; i < n; i += 1) found.set(root(i), [...(found.get(root(i)) ?? []), i]);
  return [...found.values()];
}

function spread(points, items, dims) {
  let least = 1;
  for (let p = 0; p < items.length; p += 1) {
    for (let q = 0; q < p; q += 1) {
      if (items[p] === items[q]) least = Math.min(least, dotOf(points, p, points, q, dims));
    }
  }
  return degreesOf(least);
}

// points [n_points * dims], items: the item of each -> {places: [[item, ...]], centres, gaps, smallest, spread} in degrees.
// gaps: on the circle from each place to the next, on the sphere from each place to its nearest.
export function look(points, items, dims) {
  const n = Math.max(...items) + 1;
  const centres = middles(points, items, dims, n);
  const places = groups(centres, dims, n);
  const of = (place) => place[0];
  let gaps = [];
  if (dims === 2) {
    const at = places.map((place) => Math.atan2(centres[of(place) * 2 + 1], centres[of(place) * 2]) / DEGREE).sort((a, b) => a - b);
    gaps = at.map((angle, i) => (i + 1 < at.length ? at[i + 1] - angle : at[0] + 360 - angle));
  } else {
    gaps = places.map((a) => Math.min(180, ...places.filter((b) => b !== a).map((b) => degreesOf(dotOf(centres, of(a), centres, of(b), dims)))));
  }
  let most = -1;
  for (let i = 0; i < n; i += 1) for (let j = 0; j < i; j += 1) most = Math.max(most, dotOf(centres, i, centres, j, dims));
  return { n, places, centres, gaps, smallest: degreesOf(most), spread: spread(points, items, dims) };
}

// One line that says it.
export function lookText({ n, places, gaps, spread: between }, dims) {
  const [low, high] = [Math.min(...gaps), Math.max(...gaps)];
  const even = high - low < EVEN;
  const views = between > 1 ? `, views within ${degreesText(between)}` : '';
  if (places.length === 1) return `all ${n} items in one place${views}`;
  const mean = degreesText(dims === 2 ? 360 / places.length : (low + high) / 2);
  if (places.length < n) return `${n} items in ${places.length} places${even ? `, ${mean} apart` : ''}${views}`;
  if (even) return `${dims === 2 ? 'regular polygon: gaps' : 'evenly spread: nearest item'} ${mean}${views}`;
  return `${n} items apart: ${dims === 2 ? 'gaps' : 'nearest item'} ${degreesText(low)} to ${degreesText(high)}${views}`;
}
