// The lens: the same moment under another loss or another setting, without training again.

import { count, digits, el, setText, show } from './dom.js';

// One setting with its control; take(value) shows another value, allow(on) says whether it acts.
export function field(spec, value, changed) {
  const name = el(
    'span',
    { class: 'name' },
    el('span', { text: spec.label }),
    spec.symbol ? el('i', { text: spec.symbol }) : null,
  );
  const label = spec.symbol ? `${spec.label} (${spec.symbol})` : spec.label;
  const ready = (node, control, take) => {
    node.take = take;
    node.allow = (on) => {
      control.disabled = !on;
      node.classList.toggle('idle', !on);
    };
    take(value);
    return node;
  };
  if (spec.kind === 'bool') {
    const box = el('input', {
      type: 'checkbox',
      'aria-label': label,
      onchange: () => changed(spec.name, box.checked),
    });
    const node = el('label', { class: 'lens-field check', title: spec.help ?? null }, box, name);
    return ready(node, box, (now) => {
      box.checked = Boolean(now);
    });
  }
  if (spec.kind === 'text') {
    const input = el('input', {
      type: 'text',
      spellcheck: 'false',
      autocomplete: 'off',
      'aria-label': label,
      onchange: () => changed(spec.name, input.value),
    });
    return ready(
      el('label', { class: 'lens-field', title: spec.help ?? null }, name, input),
      input,
      (now) => {
        if (input.value !== now) input.value = now;
      },
    );
  }
  if (spec.kind === 'choice') {
    const select = el(
      'select',
      { 'aria-label': label, onchange: () => changed(spec.name, select.value) },
      ...spec.choices.map((choice) => el('option', { value: choice.name, text: choice.label })),
    );
    return ready(
      el('label', { class: 'lens-field', title: spec.help ?? null }, name, select),
      select,
      (now) => {
        select.value = now;
      },
    );
  }
  const shown = el('output', {});
  const slider = el('input', {
    type: 'range',
    min: spec.min,
    max: spec.max,
    step: spec.step ?? (spec.kind === 'int' ? 1 : 'any'),
    'aria-label': label,
    oninput: () => {
      const now = Number(slider.value);
      say(now);
      changed(spec.name, now);
    },
  });
  const say = (now) => {
    setText(shown, spec.kind === 'int' ? count(now) : digits(now));
    slider.style.setProperty(
      '--fill',
      `${(100 * (slider.value - spec.min)) / (spec.max - spec.min || 1)}%`,
    );
  };
  return ready(
    el('label', { class: 'lens-field', title: spec.help ?? null }, name, slider, shown),
    slider,
    (now) => {
      slider.value = now;
      say(Number(now));
    },
  );
}

export class Lens {
  // changed(lens) gets null for the run's own loss; `own` says what the own one is called; opened(on)
  // is told when its settings are shown or put away.
  constructor({ changed, own = "the run's own", opened = () => {} }) {
    Object.assign(this, { changed, opened });
    this.own = own ? `, ${own}` : '';
    this.select = el('select', {
      'aria-label': 'Lens: the loss to look through',
      onchange: () => this.choose(this.select.value),
    });
    this.reset = el('button', {
      type: 'button',
      class: 'quiet',
      text: own ? `back to ${own}` : 'back to its own',
      onclick: () => this.take(null, true),
    });
    this.fields = el('div', { class: 'lens-fields' });
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

  // The losses to choose from come a moment after the run; until then there is only its own.
  setRun(run, lens) {
    this.run = run;
    this.select.disabled = this.fold.disabled = !run.lenses;
    if (!run.lenses) {
      this.select.replaceChildren(el('option', { text: run.loss.title + this.own }));
      return;
    }
    this.select.replaceChildren(
      ...run.lenses.map(({ name, title }) =>
        el('option', {
          value: name,
          text: name === run.own_lens.name ? title + this.own : title,
        }),
      ),
    );
    this.lens = undefined;
    this.take(lens);
  }

  spec(name) {
    return this.run.lenses?.find((one) => one.name === name);
  }

  choose(name) {
    const own = this.run.own_lens;
    if (name === own.name) this.take(null, true);
    else {
      const values = Object.fromEntries(
        this.spec(name).fields.map((one) => [one.name, one.value ?? one.default]),
      );
      this.take({ name, ...values }, true);
    }
  }

  // Shows a lens, and says so when a person chose it.
  take(lens, tell = false) {
    const key = JSON.stringify(lens);
    if (this.run?.lenses && key !== this.lens) {
      const now = lens && this.spec(lens.name) ? lens : this.run.own_lens;
      this.lens = key;
      this.select.value = now.name;
      const set = (name, value) => {
        this.now = { ...this.now, [name]: value };
        this.lens = JSON.stringify(this.now);
        this.mark(true);
        this.changed(this.now);
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

  open(on) {
    this.fold.setAttribute('aria-expanded', String(on));
    this.fold.setAttribute('aria-pressed', String(on));
    show(this.fields, on);
    this.opened(on);
  }

  mark(on) {
    this.node.classList.toggle('on', on);
    show(this.reset, on);
  }

  setText(text) {
    setText(this.text, text);
  }

  setError(text) {
    setText(this.error, text);
    show(this.error, Boolean(text));
  }
}
