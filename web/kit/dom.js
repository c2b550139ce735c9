// Elements, thumbnails from a sprite sheet, and numbers as a person reads them. Texts enter the document
// here, and here alone they take on the page's language.

import { named, translated } from './language.js';

/** @import { Probes, Sprites } from './types.d.ts' */

/**
 * The element of a tag; tags of pictures begin with "svg:".
 * @template {string} T
 * @typedef {T extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[T]
 *   : T extends `svg:${infer S extends keyof SVGElementTagNameMap}` ? SVGElementTagNameMap[S]
 *   : HTMLElement} ElementOf
 */

/** @typedef {Node | string | null | undefined} Child */

/** What a person types stays as it is in every language. */
const TYPED = new Set(['code', 'pre']);

/**
 * @template T
 * @param {T} text
 */
const asItIs = (text) => text;

/**
 * How what an element says is written: as it is in a language of its own, which is '' where nobody
 * knows it, and names of data as they are, where it is marked as HTML has it.
 * @param {string | null | undefined} translate
 * @param {string | null | undefined} lang
 */
function saidBy(translate, lang) {
  if (typeof lang === 'string') return asItIs;
  return translate === 'no' ? named : translated;
}

/** @param {Node | Element} node */
function saidIn(node) {
  if (!('getAttribute' in node)) return translated;
  return saidBy(node.getAttribute('translate'), node.getAttribute('lang'));
}

/**
 * Attributes by name; "text" is the text, "onclick" and the like listen, null leaves one out.
 * @template {string} T
 * @param {T} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {ElementOf<T>}
 */
export function el(tag, attributes = {}, ...children) {
  const node = tag.startsWith('svg:')
    ? document.createElementNS('http://www.w3.org/2000/svg', tag.slice(4))
    : document.createElement(tag);
  const by = saidBy(attributes.translate, attributes.lang);
  const said = TYPED.has(tag) ? asItIs : by;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'text') node.textContent = said(value);
    else node.setAttribute(name, value === true ? '' : inWords(by, name, value));
  }
  for (const child of children) if (child !== null && child !== undefined) node.append(said(child));
  return /** @type {ElementOf<T>} */ (node);
}

const READ = new Set([
  'title',
  'aria-label',
  'aria-description',
  'aria-valuetext',
  'aria-roledescription',
  'alt',
  'placeholder',
  'data-said', // a stylesheet writes it
]);

/**
 * An attribute's value, in the page's language where it is read.
 * @template T
 * @param {(value: T) => T} said
 * @param {string} name
 * @param {T} value
 */
function inWords(said, name, value) {
  return READ.has(name) ? said(value) : value;
}

/**
 * A sign of 16 by 16 from its path; what it means is said by what it stands in.
 * @param {string} path
 */
export function icon(path) {
  return el(
    'svg:svg',
    { viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    el('svg:path', { d: path }),
  );
}

/**
 * Writes only what changed: no needless layout, no flicker for screen readers. A text is changed in
 * place: a new node would have the browser look at every element again for the page's :has() rules.
 * @param {Node} node
 * @param {string | null | undefined} text
 */
export function setText(node, text) {
  const shown = saidIn(node)(text);
  const only = node.firstChild;
  if (only instanceof Text && only === node.lastChild) {
    if (only.data !== shown) only.data = shown ?? '';
  } else if (node.textContent !== shown) node.textContent = shown ?? '';
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {string | number | boolean | null} value
 */
export function setAttribute(node, name, value) {
  if (value === null || value === false) node.removeAttribute(name);
  else {
    const text = String(inWords(saidIn(node), name, value));
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

/**
 * @param {Element} node
 * @param {boolean} visible
 */
export function show(node, visible) {
  node.toggleAttribute('hidden', !visible);
}

/**
 * Keeps as many rows as there are items; rows are made once and then only refilled.
 * @template T
 * @template {Element} R
 * @param {Element} list
 * @param {T[]} items
 * @param {() => R} make
 * @param {(row: R, item: T, index: number) => void} update
 */
export function fillRows(list, items, make, update) {
  while (list.children.length < items.length) list.append(make());
  while (list.children.length > items.length) list.lastElementChild?.remove();
  items.forEach((item, i) => update(/** @type {R} */ (list.children[i]), item, i));
}

/**
 * Whether a key belongs to the browser, by what is held down with it.
 * @param {KeyboardEvent} event
 */
export function isShortcut({ ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey;
}

/** @type {Record<string, number>} */
const TURNS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** @typedef {HTMLDivElement & { choose: (value: unknown) => void }} Segmented */

/**
 * A switch of a few options, operated like a group of radio buttons; `choose` shows which is on.
 * @template {string | number} V
 * @param {string} label
 * @param {[value: V, text: string, hint?: string][]} options
 * @param {(value: V) => void} onchoose
 * @returns {Segmented}
 */
export function segmented(label, options, onchoose) {
  const buttons = options.map(([value, text, hint]) =>
    el('button', {
      type: 'button',
      role: 'radio',
      'aria-checked': 'false', // until one is chosen
      'data-value': value,
      title: hint,
      text,
      onclick: () => onchoose(value),
    }),
  );
  /** @param {KeyboardEvent} event */
  const turn = (event) => {
    const by = TURNS[event.key];
    if (!by || isShortcut(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const at = buttons.findIndex((button) => button.getAttribute('aria-checked') === 'true');
    const next = buttons[(at + by + buttons.length) % buttons.length];
    next.focus();
    next.click();
  };
  const group = el(
    'div',
    {
      class: 'segmented',
      role: 'radiogroup',
      'aria-label': label,
      'data-name': label, // in every language
      onkeydown: turn,
    },
    ...buttons,
  );
  /** @param {unknown} value */
  const choose = (value) => {
    for (const button of buttons) {
      const chosen = button.dataset.value === String(value);
      setAttribute(button, 'aria-checked', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
  };
  return Object.assign(group, { choose });
}

/**
 * The tile of one probe in a sprite sheet, at whatever size the element has.
 * @param {HTMLElement} node
 * @param {Sprites} sprites
 * @param {Pick<Probes, 'n' | 'columns'>} probes
 * @param {number} probe
 * @param {number | null} [view]  one of the five views; null for the image itself
 */
export function setThumb(node, sprites, probes, probe, view = null) {
  const url = view === null ? sprites.probes : (sprites.views[view] ?? sprites.probes);
  const rows = Math.ceil(probes.n / probes.columns);
  const [column, row] = [probe % probes.columns, Math.floor(probe / probes.columns)];
  /** @type {(at: number, n: number) => number} */
  const place = (at, n) => (n > 1 ? (100 * at) / (n - 1) : 0);
  const key = `${url} ${probe}`;
  if (node.dataset.tile === key) return;
  node.dataset.tile = key;
  node.style.backgroundImage = `url("${encodeURI(url)}")`;
  node.style.backgroundSize = `${probes.columns * 100}% ${rows * 100}%`;
  node.style.backgroundPosition = `${place(column, probes.columns)}% ${place(row, rows)}%`;
}

/**
 * Three significant digits, no exponents in the usual range, a real minus sign; as `number` of
 * `cacr_core/losses/tokens.py`.
 * @param {number | null | undefined} value
 */
export function digits(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size <= 1e-12) return '0';
  if (size < 1e-4 || size >= 1e6)
    return value.toExponential(2).replace('+', '').replaceAll('-', '−');
  if (size >= 999.5) return Math.round(value).toLocaleString('en').replace('-', '−');
  return value.toPrecision(3).replace(/e.*/, '').replace('-', '−');
}

/** @param {number} value */
export function signed(value) {
  return value > 0 ? `+${digits(value)}` : digits(value);
}

/** @param {number} value */
export function count(value) {
  return value.toLocaleString('en');
}

/**
 * Makes a row of things one stop of the Tab key: arrows walk it, and Tab comes back to where one was.
 * What is added to it later belongs to it as soon as it has been looked at by `oneStop()`.
 * @template {HTMLElement} N
 * @param {N} node
 * @param {string} selector
 * @returns {N & { oneStop: (stop?: Element | null) => void }}
 */
export function oneStop(node, selector) {
  const all = () =>
    /** @type {HTMLButtonElement[]} */ ([...node.querySelectorAll(selector)]).filter(
      (item) => !item.disabled,
    );
  /** @param {Element | null} stop */
  const again = (stop = null) => {
    const items = all();
    const on =
      items.find((item) => item === stop) ?? items.find((item) => item.tabIndex === 0) ?? items[0];
    for (const item of items) item.tabIndex = item === on ? 0 : -1;
  };
  node.addEventListener('focusin', ({ target }) => {
    if (target instanceof Element && target.matches(selector)) again(target);
  });
  node.addEventListener('keydown', (event) => {
    const items = all();
    const at = items.findIndex((item) => item === event.target);
    /** @type {Record<string, number>} */
    const ends = { Home: 0, End: items.length - 1 };
    const to = ends[event.key] ?? at + TURNS[event.key];
    if (at < 0 || Number.isNaN(to) || isShortcut(event)) return;
    event.preventDefault();
    event.stopPropagation();
    items[to]?.focus();
  });
  again();
  return Object.assign(node, { oneStop: again });
}
