// The lens: the same moment under another loss or another setting, without training again.

import { el, setText, show } from './dom.js';
import { field } from './lensfield.js';

/** @import { FieldValue, LensSpec, LensValue, LossText } from './types.d.ts' */

/** What the lens has to know of a run, or of a comparison. */
/** @typedef {{ loss: LossText, lenses?: LensSpec[] | null, own_lens?: LensValue | LensSpec }} Lensed */

export class Lens {
  /** @type {Lensed | null} */
  run = null;
  /** What is shown, as text; undefined before anything is. */
  /** @type {string | undefined} */
  lens = undefined;
  /** @type {Record<string, any>} */
  now = {};

  /**
   * @param {object} hand
   * @param {(lens: LensValue | null) => void} hand.changed  gets null for the run's own loss
   * @param {string} [hand.own]  what the own one is called
   * @param {string} [hand.back]  what the way back to it is called
   * @param {(on: boolean) => void} [hand.opened]  its settings are shown or put away
   */
  constructor({ changed, own = "the run's own", back = `back to ${own}`, opened = () => {} }) {
    this.changed = changed;
    this.opened = opened;
    this.own = own ? `, ${own}` : '';
    this.select = el('select', {
      'aria-label': 'Lens: the loss to look through',
      onchange: () => this.choose(this.select.value),
    });
    this.reset = el('button', {
      type: 'button',
      class: 'quiet',
      text: back,
      onclick: () => this.take(null, true),
    });
    this.fields = el('div', { class: 'lens-fields', 'data-said': 'Settings of the lens' });
    this.fold = el('button', {
      type: 'button',
      class: 'toggle',
      'aria-expanded': 'false',
      text: 'adjust',
      title: 'Settings of the lens',
      onclick: () => this.open(this.fold.getAttribute('aria-expanded') !== 'true'),
    });
    show(this.fields, false);
    this.text = el('p', { class: 'note' });
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.node = el(
      'div',
      { class: 'lens' },
      el(
        'div',
        { class: 'line' },
        el('label', { class: 'field' }, el('span', { text: 'lens' }), this.select),
        this.fold,
      ),
      this.text,
      this.fields,
      this.reset,
      this.error,
    );
    show(this.reset, false);
  }

  /**
   * The losses to choose from come a moment after the run; until then there is only its own.
   * @param {Lensed} run
   * @param {LensValue | null} lens
   */
  setRun(run, lens) {
    this.run = run;
    const { lenses, own_lens: own } = run;
    this.select.disabled = this.fold.disabled = !lenses;
    if (!lenses) {
      this.select.replaceChildren(el('option', { text: run.loss.title + this.own }));
      return;
    }
    this.select.replaceChildren(
      ...lenses.map(({ name, title }) =>
        el('option', {
          value: name,
          text: name === own?.name ? title + this.own : title,
        }),
      ),
    );
    this.lens = undefined;
    this.take(lens);
  }

  /** @param {string} name */
  spec(name) {
    return this.run?.lenses?.find((one) => one.name === name);
  }

  /** @param {string} name */
  choose(name) {
    if (name === this.run?.own_lens?.name) this.take(null, true);
    else {
      const values = Object.fromEntries(
        (this.spec(name)?.fields ?? []).map((one) => [one.name, one.value ?? one.default]),
      );
      this.take(/** @type {LensValue} */ ({ name, ...values }), true);
    }
  }

  /**
   * Shows a lens, and says so when a person chose it.
   * @param {LensValue | null} lens
   */
  take(lens, tell = false) {
    const key = JSON.stringify(lens);
    if (this.run?.lenses && key !== this.lens) {
      /** @type {Record<string, any>} */
      const now = (lens && this.spec(lens.name) ? lens : this.run.own_lens) ?? {};
      this.lens = key;
      this.select.value = now.name;
      /** @type {(name: string, value: FieldValue) => void} */
      const set = (name, value) => {
        this.now = { ...this.now, [name]: value };
        this.lens = JSON.stringify(this.now);
        this.mark(true);
        this.changed(/** @type {LensValue} */ (this.now));
      };
      this.now = { ...now };
      this.fields.replaceChildren(
        ...(this.spec(now.name)?.fields ?? []).map((one) =>
          field(one, now[one.name] ?? one.value ?? one.default, set),
        ),
      );
      this.mark(Boolean(lens));
    }
    this.setError('');
    if (tell) this.changed(lens);
  }

  /** @param {boolean} on */
  open(on) {
    this.fold.setAttribute('aria-expanded', String(on));
    this.fold.setAttribute('aria-pressed', String(on));
    show(this.fields, on);
    this.opened(on);
  }

  /** @param {boolean} on */
  mark(on) {
    this.node.classList.toggle('on', on);
    show(this.reset, on);
  }

  /** @param {string | undefined} text */
  setText(text) {
    setText(this.text, text);
  }

  /** @param {string} text */
  setError(text) {
    setText(this.error, text);
    show(this.error, Boolean(text));
  }
}
