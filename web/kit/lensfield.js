// One setting of a loss with its control: a box, a list to choose from, a line of text, or a slider.

import { count, digits, el, setText } from './dom.js';

/** @import { FieldSpec, FieldValue } from './types.d.ts' */

/** Shows another value (`take`), says whether it acts (`allow`). */
/** @typedef {HTMLLabelElement & { take: (value: FieldValue) => void, allow: (on: boolean) => void }} FieldNode */
/** @typedef {(name: string, value: FieldValue) => void} Changed */

/**
 * @param {string} kind
 * @param {FieldSpec} spec
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {Element[]} parts
 * @param {(value: FieldValue) => void} take
 * @returns {FieldNode}
 */
function ready(kind, spec, control, parts, take) {
  const node = el('label', { class: kind, title: spec.help ?? null }, ...parts);
  /** @param {boolean} on */
  const allow = (on) => {
    control.disabled = !on;
    node.classList.toggle('idle', !on);
  };
  return Object.assign(node, { take, allow });
}

/**
 * @param {FieldSpec} spec
 * @param {string} label
 * @param {Element} name
 * @param {Changed} changed
 */
function box(spec, label, name, changed) {
  const input = el('input', {
    type: 'checkbox',
    'aria-label': label,
    onchange: () => changed(spec.name, input.checked),
  });
  return ready('lens-field check', spec, input, [input, name], (now) => {
    input.checked = Boolean(now);
  });
}

/**
 * @param {FieldSpec} spec
 * @param {string} label
 * @param {Element} name
 * @param {Changed} changed
 */
function choice(spec, label, name, changed) {
  const select = el(
    'select',
    { 'aria-label': label, onchange: () => changed(spec.name, select.value) },
    ...(spec.choices ?? []).map((one) => el('option', { value: one.name, text: one.label })),
  );
  return ready('lens-field', spec, select, [name, select], (now) => {
    select.value = String(now);
  });
}

/**
 * @param {FieldSpec} spec
 * @param {string} label
 * @param {Element} name
 * @param {Changed} changed
 */
function text(spec, label, name, changed) {
  const input = el('input', {
    type: 'text',
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-label': label,
    onchange: () => changed(spec.name, input.value),
  });
  return ready('lens-field', spec, input, [name, input], (now) => {
    if (input.value !== now) input.value = String(now);
  });
}

/**
 * @param {FieldSpec} spec
 * @param {string} label
 * @param {Element} name
 * @param {Changed} changed
 */
function slider(spec, label, name, changed) {
  const { min = 0, max = 1 } = spec;
  const shown = el('output', {});
  const input = el('input', {
    type: 'range',
    min,
    max,
    step: spec.step ?? (spec.kind === 'int' ? 1 : 'any'),
    'aria-label': label,
  });
  /** @param {number} now */
  const say = (now) => {
    setText(shown, spec.kind === 'int' ? count(now) : digits(now));
    const share = (100 * (Number(input.value) - min)) / (max - min || 1);
    input.style.setProperty('--fill', `${share}%`);
  };
  input.addEventListener('input', () => {
    const now = Number(input.value);
    say(now);
    changed(spec.name, now);
  });
  return ready('lens-field', spec, input, [name, input, shown], (now) => {
    input.value = String(now);
    say(Number(now));
  });
}

/**
 * A setting as it is now; `changed` hears of a person's choice.
 * @param {FieldSpec} spec
 * @param {FieldValue} value
 * @param {Changed} changed
 */
export function field(spec, value, changed) {
  const name = el(
    'span',
    { class: 'name' },
    el('span', { text: spec.label }),
    spec.symbol ? el('i', { text: spec.symbol }) : null,
  );
  const label = spec.symbol ? `${spec.label} (${spec.symbol})` : spec.label;
  const make = { bool: box, choice, text, int: slider, float: slider }[spec.kind];
  const node = make(spec, label, name, changed);
  node.take(value);
  return node;
}
