// A loss typed as text: a line each for attraction and repulsion, sliders for the names of one's own,
// losses written this way to begin from, and where a line cannot be read. Python reads it.

import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { field } from '../../kit/lens.js';

const LINES = ['attraction', 'repulsion'];
const REST = 250; // ms without a key after which a line is asked about
const MOST_CHARACTERS = 400;
const HELP =
  'd_pos, d_neg: squared distances; s_pos, s_neg: similarities. Along a row: sum, mean, softmax, ' +
  'logsumexp, max, min. Each: exp, log, sqrt, relu, softplus, sigmoid, detach. + - * / **';

export const isTyped = (lens) => typeof lens?.attraction === 'string';

// 'a=1, b=2' -> {a: 1, b: 2}
export function valuesOf(lens) {
  const parts = (lens.values ?? '').split(',').map((part) => part.split('='));
  return Object.fromEntries(
    parts.filter(([, value]) => value).map(([name, value]) => [name.trim(), Number(value)]),
  );
}

export function textOf(values) {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

// The same loss with another value of a name.
export function withValue(lens, name, value) {
  return { ...lens, values: textOf({ ...valuesOf(lens), [name]: value }) };
}

// A name as a setting that a slider, or a sweep, goes through.
export function specOf(name, value) {
  return {
    name,
    label: name,
    symbol: '',
    help: 'A name of your own in the formulas',
    kind: 'float',
    min: Math.min(0, value),
    max: Math.max(10, value),
    step: 0.01,
    default: 1,
  };
}

export class TypedLoss {
  // letter: of the loss; changed(settings) gets attraction, repulsion and values, or some of them.
  constructor({ letter, changed }) {
    Object.assign(this, { changed, timer: null, names: '' });
    this.lines = Object.fromEntries(LINES.map((name) => [name, this.line(name, letter)]));
    this.presets = el('div', { class: 'from', role: 'group', 'aria-label': 'Begin from' });
    this.weights = el('p', { class: 'weights' });
    this.sliders = el('div', { class: 'sliders' });
    this.node = el(
      'div',
      { class: 'typed', hidden: true },
      ...LINES.map((name) => this.lines[name].node),
      this.sliders,
      el('div', { class: 'typed-foot' }, this.presets, this.weights),
    );
  }

  line(name, letter) {
    const input = el('input', {
      type: 'text',
      spellcheck: 'false',
      autocomplete: 'off',
      autocapitalize: 'off',
      maxlength: MOST_CHARACTERS,
      title: HELP,
      'aria-label': `${name} of loss ${letter}`,
      oninput: () => this.typing(),
      onchange: () => this.tell(),
      onscroll: () => this.place(name),
    });
    const caret = el('i', { class: 'caret', 'aria-hidden': 'true', text: '^' });
    const error = el('p', { class: 'error', role: 'alert' });
    const fault = el('div', { class: 'fault', hidden: true }, caret, error);
    const label = el('label', {}, el('span', { text: name }), input);
    return { input, caret, error, fault, node: el('div', { 'data-line': name }, label, fault) };
  }

  typing() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), REST);
  }

  tell() {
    clearTimeout(this.timer);
    this.timer = null;
    const now = Object.fromEntries(LINES.map((name) => [name, this.lines[name].input.value]));
    if (LINES.some((name) => now[name] !== this.lens[name])) this.changed(now);
  }

  // presets: [{title, settings}] of this loss. A line that is being typed in is left alone.
  set(lens, presets) {
    show(this.node, isTyped(lens));
    if (!isTyped(lens)) return;
    this.lens = lens;
    if (!this.presets.children.length)
      this.presets.append(
        el('span', { text: 'begin from' }),
        ...presets.map(({ title, settings }) =>
          el('button', {
            type: 'button',
            class: 'quiet',
            text: title,
            title: `${title}, written as formulas`,
            onclick: () => this.begin(settings),
          }),
        ),
      );
    for (const name of LINES) {
      const { input } = this.lines[name];
      if (this.timer === null && input.value !== lens[name]) input.value = lens[name];
    }
    this.slide(valuesOf(lens));
  }

  begin(settings) {
    clearTimeout(this.timer);
    this.timer = null;
    this.changed(settings);
  }

  slide(values) {
    const names = Object.keys(values).join(' ');
    if (names !== this.names) {
      this.names = names;
      this.controls = new Map(
        Object.entries(values).map(([name, value]) => [
          name,
          field(specOf(name, value), value, (_, now) =>
            this.changed({ values: withValue(this.lens, name, now).values }),
          ),
        ]),
      );
      this.sliders.replaceChildren(...this.controls.values());
    }
    for (const [name, value] of Object.entries(values)) this.controls.get(name).take(value);
  }

  // What Python read: which names there are, and what the weights are.
  read({ values, weights }, asked) {
    const same = LINES.every((name) => asked[name] === this.lens?.[name]);
    if (!same) return;
    setText(this.weights, `weights: ${weights}`);
    setAttribute(this.weights, 'title', `weights: ${weights}`);
    if (Object.keys(valuesOf({ values })).join(' ') !== this.names) this.changed({ values });
  }

  // Says whether the sentence has a line of its own to stand under.
  fail(sentence, line, at) {
    for (const name of LINES) {
      const own = this.lines[name];
      const here = Boolean(sentence) && name === line;
      show(own.fault, here);
      setAttribute(own.input, 'aria-invalid', here ? 'true' : null);
      if (!here) continue;
      own.at = at;
      setText(own.error, sentence);
      this.place(name);
    }
    return LINES.includes(line);
  }

  // The caret stands under the character, as wide as those before it, wherever the line is scrolled.
  place(name) {
    const { input, caret, at } = this.lines[name];
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
