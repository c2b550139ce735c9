// A loss written as formulas: a line each, sliders for the names of a person's own in them, losses
// written this way to begin from, and where a line cannot be read. Python reads it.

import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { field } from '../../kit/lensfield.js';
import { keeperOf, numbersOf, valuesOf, withNumber } from './names.js';

const REST = 250; // ms without a key after which a line is asked about
const MOST_CHARACTERS = 400;
const HELP =
  'd_pos, d_neg: squared distances; s_pos, s_neg: similarities. Along a row: sum, mean, softmax, ' +
  'logsumexp, max, min. Each: exp, log, sqrt, relu, softplus, sigmoid, detach. + - * / **';

export class Formulas {
  // letter: of the loss; changed(settings) gets the settings that changed.
  constructor({ letter, changed }) {
    this.letter = letter;
    this.changed = changed;
    this.timer = null;
    this.names = '';
    this.lines = new Map();
    this.controls = new Map();
    this.pen = null;
    this.loss = this.lens = this.keeper = null;
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
    return { input, caret, error, fault, node, at: undefined };
  }

  typing() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), REST);
  }

  tell() {
    clearTimeout(this.timer);
    this.timer = null;
    const now = Object.fromEntries([...this.lines].map(([name, { input }]) => [name, input.value]));
    if (Object.keys(now).some((name) => now[name] !== this.loss[name])) this.changed(now);
  }

  // lens: the offered loss. A line that is being typed in is left alone.
  set(loss, lens) {
    const keeper = keeperOf(lens);
    show(this.node, Boolean(keeper));
    if (!keeper) return;
    this.loss = loss;
    this.keeper = keeper;
    if (this.lens !== lens) this.build(lens);
    for (const [name, { input }] of this.lines)
      if (this.timer === null && input.value !== loss[name]) input.value = loss[name];
    this.slide();
  }

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

  begin(settings) {
    clearTimeout(this.timer);
    this.timer = null;
    this.changed(settings);
  }

  slide() {
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
    for (const [name, value] of Object.entries(values)) this.controls.get(name).take(value);
  }

  move(name, value) {
    const kept = this.keeper.name;
    this.changed({ [kept]: withNumber(this.loss, this.lens, name, value)[kept] });
  }

  // What Python read: which names there are, and what the weights are.
  read({ values, weights }, asked) {
    const isSame = [...this.lines.keys()].every((name) => asked[name] === this.loss[name]);
    if (!isSame) return;
    setText(this.weights, `weights: ${weights}`);
    setAttribute(this.weights, 'title', `weights: ${weights}`);
    if (Object.keys(valuesOf(values)).join(' ') !== this.names)
      this.changed({ [this.keeper.name]: values });
  }

  // Says whether the sentence has a line of its own to stand under.
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
    return this.lines.has(line);
  }

  // The caret stands under the character, as wide as those before it, wherever the line is scrolled.
  place(name) {
    const { input, caret, at } = this.lines.get(name);
    if (at === undefined) return;
    const pen = (this.pen ??= el('canvas', {}).getContext('2d'));
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
