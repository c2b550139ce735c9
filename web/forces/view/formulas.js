// A loss written as formulas: a line each, sliders for the names of a person's own in them, losses
// written this way to begin from, and where a line cannot be read. Python reads it.

import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { field } from '../../kit/lensfield.js';
import { penOf } from './pens.js';
import { keeperOf, numbersOf, valuesOf, withNumber } from './names.js';

/** @import { Card } from '../../kit/messages.d.ts' */
/** @import { FieldValue } from '../../kit/types.d.ts' */
/** @import { Field, Loss, OfferedLoss } from './types.d.ts' */
/** @import { FieldNode } from '../../kit/lensfield.js' */

const REST = 250; // ms without a key after which a line is asked about
const MOST_CHARACTERS = 400;
const HELP =
  'd_pos, d_neg: squared distances; s_pos, s_neg: similarities. Along a row: sum, mean, softmax, ' +
  'logsumexp, max, min. Each: exp, log, sqrt, relu, softplus, sigmoid, detach. + - * / **';

export class Formulas {
  /** @type {number | undefined} */
  timer = undefined;
  /** The names that have sliders, as text. */
  names = '';
  /** @type {Map<string, ReturnType<Formulas['line']>>} */
  lines = new Map();
  /** @type {Map<string, FieldNode>} */
  controls = new Map();
  /** @type {CanvasRenderingContext2D | null} */
  pen = null;
  /** @type {Loss} */
  loss = { name: '' };
  /** @type {OfferedLoss | undefined} */
  lens = undefined;
  /** The setting that keeps the values of names. */
  /** @type {Field | undefined} */
  keeper = undefined;

  /**
   * @param {object} given
   * @param {string} given.letter  of the loss
   * @param {(settings: Record<string, FieldValue>) => void} given.changed  gets those that changed
   */
  constructor({ letter, changed }) {
    this.letter = letter;
    this.changed = changed;
    this.written = el('div', { class: 'lines' });
    this.presets = el('div', { class: 'from', role: 'group', 'aria-label': 'Begin from' });
    this.weights = el('p', { class: 'weights' });
    this.sliders = el('div', { class: 'sliders' });
    this.node = el(
      'div',
      { class: 'formulas', hidden: true },
      this.written,
      this.sliders,
      el('div', { class: 'formulas-foot' }, this.presets, this.weights),
    );
  }

  /** @param {Field} one */
  line({ name, label }) {
    const input = el('input', {
      type: 'text',
      spellcheck: 'false',
      autocomplete: 'off',
      autocapitalize: 'off',
      maxlength: MOST_CHARACTERS,
      title: HELP,
      'aria-label': `${label} of loss ${this.letter}`,
      oninput: () => this.typing(),
      onchange: () => this.tell(),
      onscroll: () => this.place(name),
    });
    const caret = el('i', { class: 'caret', 'aria-hidden': 'true', text: '^' });
    const error = el('p', { class: 'error', role: 'alert' });
    const fault = el('div', { class: 'fault', hidden: true }, caret, error);
    const labelled = el('label', {}, el('span', { text: label }), input);
    const node = el('div', { 'data-line': name }, labelled, fault);
    return { input, caret, error, fault, node, at: /** @type {number | undefined} */ (undefined) };
  }

  typing() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), REST);
  }

  tell() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const now = Object.fromEntries([...this.lines].map(([name, { input }]) => [name, input.value]));
    if (Object.keys(now).some((name) => now[name] !== this.loss[name])) this.changed(now);
  }

  /**
   * lens: the offered loss. A line that is being typed in is left alone.
   * @param {Loss} loss
   * @param {OfferedLoss} lens
   */
  set(loss, lens) {
    const keeper = keeperOf(lens);
    show(this.node, Boolean(keeper));
    if (!keeper) return;
    this.loss = loss;
    this.keeper = keeper;
    if (this.lens !== lens) this.build(lens);
    for (const [name, { input }] of this.lines)
      if (this.timer === undefined && input.value !== loss[name]) input.value = String(loss[name]);
    this.slide();
  }

  /** @param {OfferedLoss} lens */
  build(lens) {
    this.lens = lens;
    this.lines = new Map(
      lens.fields
        .filter((one) => one.kind === 'text' && !one.names)
        .map((one) => [one.name, this.line(one)]),
    );
    this.written.replaceChildren(...[...this.lines.values()].map(({ node }) => node));
    show(this.presets, lens.presets.length > 0);
    this.presets.replaceChildren(
      el('span', { text: 'begin from' }),
      ...lens.presets.map(({ title, settings }) =>
        el('button', {
          type: 'button',
          class: 'quiet',
          text: title,
          title: `${title}, written as formulas`,
          onclick: () => this.begin(settings),
        }),
      ),
    );
  }

  /** @param {Loss | Record<string, FieldValue>} settings */
  begin(settings) {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.changed(settings);
  }

  slide() {
    if (!this.keeper) return;
    const values = valuesOf(this.loss[this.keeper.name]);
    const names = Object.keys(values).join(' ');
    if (names !== this.names) {
      this.names = names;
      this.controls = new Map(
        numbersOf(this.loss, this.lens).map((one) => [
          one.name,
          field(one, values[one.name], (name, now) => this.move(name, now)),
        ]),
      );
      this.sliders.replaceChildren(...this.controls.values());
    }
    for (const [name, value] of Object.entries(values)) this.controls.get(name)?.take(value);
  }

  /**
   * @param {string} name
   * @param {FieldValue} value
   */
  move(name, value) {
    const kept = this.keeper?.name ?? '';
    this.changed({ [kept]: withNumber(this.loss, this.lens, name, value)[kept] });
  }

  /**
   * What Python read: which names there are, and what the weights are.
   * @param {Card} card
   * @param {Loss} asked
   */
  read({ values, weights }, asked) {
    const isSame = [...this.lines.keys()].every((name) => asked[name] === this.loss[name]);
    if (!isSame) return;
    setText(this.weights, `weights: ${weights}`);
    setAttribute(this.weights, 'title', `weights: ${weights}`);
    if (Object.keys(valuesOf(values)).join(' ') !== this.names)
      this.changed({ [this.keeper?.name ?? '']: values });
  }

  /**
   * Says whether the sentence has a line of its own to stand under.
   * @param {string | undefined} sentence
   * @param {string | undefined} line
   * @param {number | undefined} at
   */
  fail(sentence, line, at) {
    for (const [name, own] of this.lines) {
      const isHere = Boolean(sentence) && name === line;
      show(own.fault, isHere);
      setAttribute(own.input, 'aria-invalid', isHere ? 'true' : null);
      if (!isHere) continue;
      own.at = at;
      setText(own.error, sentence);
      this.place(name);
    }
    return this.lines.has(line ?? '');
  }

  /**
   * The caret stands under the character, as wide as those before it, wherever the line is
   * scrolled.
   * @param {string} name
   */
  place(name) {
    const { input, caret, at } = this.lines.get(name) ?? {};
    if (!input || !caret || at === undefined) return;
    const pen = (this.pen ??= penOf(el('canvas', {})));
    const { fontWeight, fontSize, fontFamily, paddingLeft, borderLeftWidth } =
      getComputedStyle(input);
    pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    const before = Array.from(input.value).slice(0, at).join('');
    const from = input.offsetLeft + parseFloat(paddingLeft) + parseFloat(borderLeftWidth);
    const x = from + pen.measureText(before).width - input.scrollLeft;
    const most = input.offsetLeft + input.offsetWidth - 8;
    caret.style.left = `${Math.max(input.offsetLeft, Math.min(x, most))}px`;
  }
}
