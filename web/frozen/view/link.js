// The link of a frozen page: what stands behind its #, as the app's links say it, read by what there is
// to choose from.

/** The values that a setting may have, the number that it is below, or of a lens its losses. */
/** @typedef {Record<string, any>} Choices */

/** Words for what is null, as `web/settings/looks.py` has them. */
/** @type {Record<string, string>} */
const WITHOUT = { lens: 'own', step: 'play' };

/** @returns {Record<string, string>} */
export function parts() {
  return Object.fromEntries(new URLSearchParams(window.location.hash.slice(1)));
}

/** @param {Record<string, string>} said */
export function write(said) {
  try {
    window.history.replaceState(null, '', `#${new URLSearchParams(said)}`);
  } catch {
    // a page that another holds as text, in `srcdoc`, has no link
  }
}

/**
 * What a link says of a view: what is not as usual.
 * @param {Record<string, any>} view
 * @param {Record<string, any>} usual
 * @param {Choices} choices
 * @returns {Record<string, string>}
 */
export function linkOf(view, usual, choices) {
  const differs = Object.keys(choices).filter(
    (key) => JSON.stringify(view[key]) !== JSON.stringify(usual[key]),
  );
  const told = differs.map((key) => [key, textOf(key, view[key], choices)]);
  return Object.fromEntries(told.filter(([, text]) => text !== undefined));
}

/**
 * The view that a link names, and the usual one in what it does not.
 * @param {Record<string, string>} said
 * @param {Record<string, any>} usual
 * @param {Choices} choices
 * @returns {Record<string, any>}
 */
export function viewOf(said, usual, choices) {
  const known = Object.keys(choices).map((key) => [key, valueOf(key, said[key], choices[key])]);
  return { ...usual, ...Object.fromEntries(known.filter(([, value]) => value !== undefined)) };
}

/**
 * @param {string} key
 * @param {any} value
 * @param {Choices} choices
 */
function textOf(key, value, choices) {
  if (value === null || value === undefined) return WITHOUT[key];
  if (key !== 'lens') return String(value);
  const moved = Object.keys(choices.lens[value.name] ?? {}).filter((name) => name in value);
  return [value.name, ...moved.map((name) => `${name}:${value[name]}`)].join('~');
}

/**
 * Undefined where the text is none that the setting can have.
 * @param {string} key
 * @param {string | undefined} text
 * @param {any} of
 */
function valueOf(key, text, of) {
  if (text === undefined) return undefined;
  if (text === WITHOUT[key]) return null;
  if (key === 'lens') return lensOf(text, of);
  if (Array.isArray(of)) return of.find((one) => String(one) === text);
  return /^\d{1,8}$/.test(text) && Number(text) < of ? Number(text) : undefined;
}

/**
 * A loss and those of its numbers that a person moved, `NAME~SETTING:VALUE~...`.
 * @param {string} text
 * @param {Record<string, Record<string, number[]>>} losses
 */
function lensOf(text, losses) {
  const [name, ...told] = text.split('~');
  if (!Object.hasOwn(losses, name)) return undefined;
  const numbers = told.map((part) => part.split(':'));
  const isKnown = numbers.every(([setting, value]) => {
    const [least, most] = Object.hasOwn(losses[name], setting) ? losses[name][setting] : [];
    return value?.trim() && Number(value) >= least && Number(value) <= most;
  });
  if (!isKnown) return undefined;
  return { name, ...Object.fromEntries(numbers.map(([key, value]) => [key, Number(value)])) };
}
