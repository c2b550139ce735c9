// A loss above its scene: which one, its most telling settings at hand, the rest one click away.

import { styleOf } from '../../kit/styles.js';
import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { field } from '../../kit/lensfield.js';
import { Formulas } from './formulas.js';
import { isIdle, keeperOf } from './names.js';

/** @import { Field, Loss, OfferedLoss, Reading } from './types.d.ts' */
/** @import { FieldNode } from '../../kit/lensfield.js' */

/** A loss; a frozen page offers as fields what can be moved, and beside them `lens`, all settings. */
/** @typedef {OfferedLoss & { lens?: Loss }} Offered */

const LETTERS = ['A', 'B'];
const SWITCH = 'detach_weights';
const CARRIED = ['n_synthetic', 'pool_size', 'mixing'];

/**
 * A loss with every setting that is known of it.
 * @param {Offered} spec
 * @param {(field: Field) => any} value
 * @returns {Loss}
 */
function lensOf({ name, fields, lens }, value) {
  return { ...lens, name, ...Object.fromEntries(fields.map((one) => [one.name, value(one)])) };
}

/**
 * The line of a loss, as it is drawn wherever its curve is.
 * @param {number} index
 */
function lineOf(index) {
  return el(
    'svg:svg',
    { class: 'stroke', viewBox: '0 0 30 8', 'aria-hidden': 'true' },
    el('svg:line', {
      x1: 1,
      x2: 29,
      y1: 4,
      y2: 4,
      'stroke-dasharray': styleOf(index, 'light').dash || null,
    }),
  );
}

export class LossCard {
  /** What is shown, as text. */
  /** @type {string | null} */
  known = null;
  /** @type {Loss} */
  lens = { name: '' };
  /** Losses as they were last seen here. */
  /** @type {Record<string, Loss>} */
  kept = {};
  /** @type {Map<string, FieldNode>} */
  controls = new Map();
  /** Settings that are one click away. */
  /** @type {string[]} */
  folded = [];

  /**
   * @param {object} given
   * @param {number} given.index
   * @param {Offered[]} given.lenses
   * @param {(lens: Loss) => void} given.changed  gets the loss with all its settings
   */
  constructor({ index, lenses, changed }) {
    this.index = index;
    this.isRefused = false;
    this.lenses = lenses;
    this.changed = changed;
    const letter = LETTERS[index];
    this.select = el(
      'select',
      { 'aria-label': `Loss ${letter}`, onchange: () => this.choose(this.select.value) },
      ...lenses.map(({ name, title }) => el('option', { value: name, text: title })),
    );
    this.text = el('p', { class: 'text' });
    this.moved = el('b', { hidden: true });
    this.more = el(
      'button',
      {
        type: 'button',
        class: 'toggle',
        'aria-expanded': 'false',
        onclick: () => this.open(Boolean(this.sheet.hidden)),
      },
      el('span', { text: 'more' }),
      this.moved,
    );
    this.hand = el('div', { class: 'hand' });
    this.formulas = new Formulas({
      letter,
      changed: (settings) => this.tell({ ...this.lens, ...settings }),
    });
    this.foot = el('div', { class: 'switch' });
    this.rest = el('div', { class: 'lens-fields' });
    this.back = el('button', {
      type: 'button',
      class: 'quiet',
      text: 'back to its defaults',
      onclick: () => this.tell(this.defaults()),
    });
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.sheet = el(
      'div',
      {
        class: 'sheet',
        role: 'group',
        'aria-label': `More settings of loss ${letter}`,
        hidden: true,
      },
      this.rest,
      this.back,
    );
    this.node = el(
      'section',
      {
        class: 'losscard',
        'data-loss': letter,
        'aria-label': `Settings of loss ${letter}`,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
      },
      el(
        'div',
        { class: 'who' },
        el('b', { class: 'letter', text: letter }),
        lineOf(index),
        this.select,
        this.text,
        this.more,
      ),
      this.hand,
      this.formulas.node,
      this.foot,
      el('div', { class: 'below' }, this.error, this.sheet),
    );
    this.outside = (/** @type {PointerEvent} */ event) => {
      if (!event.composedPath().includes(this.node)) this.open(false);
    };
  }

  /** @param {string} name */
  spec(name) {
    return /** @type {Offered} */ (this.lenses.find((one) => one.name === name));
  }

  defaults() {
    return lensOf(this.spec(this.lens.name), (one) => one.default);
  }

  /**
   * The other loss as it was last seen here; synthetics stay with the scene.
   * @param {string} name
   */
  choose(name) {
    const carried = Object.fromEntries(CARRIED.map((key) => [key, this.lens[key]]));
    const usual = () => lensOf(this.spec(name), (one) => one.value ?? one.default);
    this.tell({ ...(this.kept[name] ?? usual()), ...carried });
  }

  /** @param {Loss} lens */
  tell(lens) {
    this.setError('');
    this.set(lens);
    this.changed(lens);
  }

  /**
   * May be called with every frame: the same lens costs a comparison.
   * @param {Loss} lens
   */
  set(lens) {
    const key = JSON.stringify(lens);
    if (key === this.known) return;
    this.known = key;
    if (lens.name !== this.lens.name) {
      this.build(lens);
      this.isRefused = false;
    }
    this.lens = this.kept[lens.name] = lens;
    if (this.select.value !== lens.name) this.select.value = lens.name;
    const { fields } = this.spec(lens.name);
    for (const one of fields) this.controls.get(one.name)?.take(lens[one.name]);
    this.allow();
    this.formulas.set(lens, this.spec(lens.name));
    this.say();
  }

  /**
   * What an answer says of this loss, and of which lens it speaks.
   * @param {Pick<Reading, 'card'>} reading
   * @param {Loss} lens
   */
  read({ card }, lens) {
    this.isRefused = false;
    this.setError('');
    if (card) this.formulas.read(card, lens);
  }

  /** @param {Loss} lens */
  build(lens) {
    const spec = this.spec(lens.name);
    const { fields } = spec;
    this.controls = new Map(
      fields.map((one) => [
        one.name,
        field(one, lens[one.name] ?? one.value ?? one.default, (name, value) =>
          this.tell({ ...this.lens, [name]: value }),
        ),
      ]),
    );
    /** @param {string[]} names */
    const take = (names) => names.flatMap((name) => this.controls.get(name) ?? []);
    const hand = fields.filter(({ leads }) => leads).map(({ name }) => name);
    this.hand.replaceChildren(...take(hand));
    this.foot.replaceChildren(...take([SWITCH]));
    for (const node of [this.hand, this.foot]) show(node, !keeperOf(spec));
    const rest = fields
      .map((one) => one.name)
      .filter((name) => !hand.includes(name) && name !== SWITCH);
    this.folded = rest;
    const [own, mixed] = [false, true].map((of) =>
      rest.filter((name) => CARRIED.includes(name) === of),
    );
    this.rest.replaceChildren(
      ...take(own),
      ...(own.length && mixed.length ? [el('h3', { text: 'Synthetic negatives' })] : []),
      ...take(mixed),
    );
  }

  // What changes nothing cannot be moved, but where it may be what the loss is refused for: until
  // Python has taken what the hand makes of it.
  allow() {
    for (const one of this.spec(this.lens.name)?.fields ?? [])
      this.controls.get(one.name)?.allow(this.isRefused || !isIdle(one, this.lens));
  }

  // How many of the folded settings are not as they come, and which.
  say() {
    const { fields } = this.spec(this.lens.name);
    const moved = fields.filter(
      (one) =>
        this.folded.includes(one.name) &&
        this.lens[one.name] !== one.default &&
        !isIdle(one, this.lens),
    );
    const said = moved.map((one) => this.phrase(one)).join(' · ');
    setText(this.text, said);
    setAttribute(this.text, 'title', said || null);
    setText(this.moved, String(moved.length));
    show(this.moved, moved.length > 0);
    this.back.disabled = !fields.some(({ name, default: usual }) => this.lens[name] !== usual);
  }

  /** @param {Field} field */
  phrase({ name, label, symbol, kind, choices }) {
    const value = this.lens[name];
    if (kind === 'bool') return label;
    if (kind === 'choice') return choices?.find((choice) => choice.name === value)?.label ?? value;
    if (name === 'n_synthetic') return `${value} synthetic`;
    return `${symbol || label} ${Number(Number(value).toPrecision(3))}`;
  }

  /** @param {boolean} on */
  open(on) {
    show(this.sheet, on);
    setAttribute(this.more, 'aria-expanded', String(on));
    setAttribute(this.more, 'aria-pressed', String(on));
    const { ownerDocument: page } = this.node;
    if (on) page.addEventListener('pointerdown', this.outside, true);
    else page.removeEventListener('pointerdown', this.outside, true);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== 'Escape' || this.sheet.hidden) return;
    event.stopPropagation();
    this.open(false);
    this.more.focus();
  }

  /**
   * line and at: the formula that cannot be read and the place in it.
   * @param {string | undefined} text
   * @param {string} [line]
   * @param {number} [at]
   */
  setError(text, line, at) {
    const beside = this.formulas.fail(text, line, at);
    setText(this.error, beside ? '' : (text ?? ''));
    show(this.error, Boolean(text) && !beside);
    if (text) this.isRefused = true;
    this.allow();
  }
}
