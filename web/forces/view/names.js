// What of a loss is a number that can be moved and swept: its settings, or the names of a person's
// own whose values one of its settings keeps as text. A lens is an offered loss with its fields.

/** @import { Names } from '../../kit/messages.d.ts' */
/** @import { FieldValue } from '../../kit/types.d.ts' */
/** @import { Field, Loss, OfferedLoss } from './types.d.ts' */

/**
 * 'a=1, b=2' -> {a: 1, b: 2}
 * @param {FieldValue | undefined} text
 * @returns {Record<string, number>}
 */
export function valuesOf(text) {
  const parts = String(text ?? '')
    .split(',')
    .map((part) => part.split('='));
  return Object.fromEntries(
    parts.filter(([, value]) => value).map(([name, value]) => [name.trim(), Number(value)]),
  );
}

/** @param {Record<string, number>} values */
export function textOf(values) {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/**
 * The setting that keeps the values of names, where a lens has one.
 * @param {OfferedLoss | undefined} lens
 */
export function keeperOf(lens) {
  return lens?.fields.find(({ names }) => names);
}

/**
 * A name as a setting that a slider, or a sweep, goes through.
 * @param {Names} names
 * @param {string} name
 * @param {number} value
 * @returns {Field}
 */
function settingOf({ help, min, max, step }, name, value) {
  return {
    name,
    label: name,
    symbol: '',
    leads: false,
    needs: null,
    value,
    help,
    kind: 'float',
    min: Math.min(min, value),
    max: Math.max(max, value),
    step,
    default: 1,
  };
}

/**
 * A setting that changes nothing as the others stand can be neither moved nor swept.
 * @param {Pick<Field, 'needs'>} field
 * @param {Loss} lens
 */
export function isIdle({ needs }, lens) {
  if (!needs) return false;
  return needs.value === null ? !lens[needs.name] : lens[needs.name] !== needs.value;
}

/**
 * The numbers of a loss of the board that can be swept, as fields.
 * @param {Loss} loss
 * @param {OfferedLoss | undefined} lens
 * @returns {Field[]}
 */
export function numbersOf(loss, lens) {
  const keeper = keeperOf(lens);
  if (!keeper)
    return (lens?.fields ?? []).filter((one) => one.kind === 'float' && !isIdle(one, loss));
  const { names } = keeper;
  if (!names) return [];
  return Object.entries(valuesOf(loss[keeper.name])).map(([name, value]) =>
    settingOf(names, name, value),
  );
}

/**
 * What a number of a loss is now, undefined where it has no such.
 * @param {Loss} loss
 * @param {OfferedLoss | undefined} lens
 * @param {string} name
 */
export function numberOf(loss, lens, name) {
  const keeper = keeperOf(lens);
  return (keeper ? valuesOf(loss[keeper.name]) : loss)[name];
}

/**
 * The same loss with another value of a number.
 * @param {Loss} loss
 * @param {OfferedLoss | undefined} lens
 * @param {string} name
 * @param {FieldValue} value
 * @returns {Loss}
 */
export function withNumber(loss, lens, name, value) {
  const keeper = keeperOf(lens);
  if (!keeper) return { ...loss, [name]: value };
  return {
    ...loss,
    [keeper.name]: textOf({ ...valuesOf(loss[keeper.name]), [name]: Number(value) }),
  };
}
