// The proof that a comparison is fair: digests of what each entry used, equal or loudly not.

import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { proofText } from './words.js';

/** @import { ProofMessage } from '../../kit/types.d.ts' */
/** @import { Entry } from './entry.js' */

/** @typedef {'weights' | 'order' | 'views'} Part */

/** @type {[part: Part, title: string][]} */
const PARTS = [
  ['weights', 'first weights'],
  ['order', 'batches, in order'],
  ['views', 'draws of the first two views'],
];

export class Proof {
  isOpen = false;

  constructor() {
    this.sign = el('i', { 'aria-hidden': 'true', text: '…' });
    this.brief = el('span', { text: 'same start: not yet shown' });
    this.badge = el(
      'button',
      {
        type: 'button',
        class: 'proof-badge',
        'aria-expanded': 'false',
        'aria-controls': 'cacr-proof',
        onclick: () => this.open(!this.isOpen),
      },
      this.sign,
      this.brief,
    );
    this.sentence = el('p', {});
    this.alarm = el('p', { class: 'unseen', role: 'alert' });
    this.table = el('table', {});
    this.sheet = el(
      'div',
      {
        class: 'proof-sheet',
        id: 'cacr-proof',
        tabindex: 0,
        role: 'region',
        'aria-label': 'Proof of the same start',
        hidden: true,
      },
      this.sentence,
      this.table,
      el('p', {
        class: 'note',
        text: 'Digests of what was used in training, taken step by step: equal digests mean equal to the bit.',
      }),
    );
    this.node = el(
      'div',
      {
        class: 'proof',
        'data-testid': 'proof',
        'data-equal': '',
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          if (event.key === 'Escape' && this.isOpen) {
            this.open(false);
            this.badge.focus();
          }
        },
      },
      this.badge,
      this.alarm,
      this.sheet,
    );
    /** @param {PointerEvent} event */
    this.away = ({ target }) => {
      if (this.isOpen && target instanceof Node && !this.node.contains(target)) this.open(false);
    };
    document.addEventListener('pointerdown', this.away);
  }

  /** @param {boolean} on */
  open(on) {
    this.isOpen = on;
    setAttribute(this.badge, 'aria-expanded', String(on));
    show(this.sheet, on);
  }

  clear() {
    this.open(false);
    setAttribute(this.node, 'data-equal', '');
    setText(this.sign, '…');
    setText(this.brief, 'same start: not yet shown');
    for (const node of [this.alarm, this.sentence]) setText(node, '');
    setAttribute(this.badge, 'title', null);
    this.table.replaceChildren();
  }

  /**
   * @param {ProofMessage} message
   * @param {Entry[]} entries
   */
  set(message, entries) {
    const { equal } = message;
    setAttribute(this.node, 'data-equal', String(Boolean(equal)));
    const isAlone = Object.keys(message.weights?.entries ?? {}).length === 1;
    setText(this.sign, isAlone ? '…' : equal ? '=' : '⚠');
    const parts = PARTS.filter(([key]) => message[key]);
    const names = Object.fromEntries(entries.map(({ name, about }) => [name, about.label]));
    setText(this.brief, proofText(message, names));
    setAttribute(this.badge, 'title', message.sentence);
    setText(this.alarm, equal ? '' : message.sentence);
    setText(this.sentence, message.sentence);
    /** @type {(part: Part, name: string) => string} */
    const cell = (part, name) => {
      const { entries: each, text = '' } = message[part] ?? {};
      return each ? (each[name] ?? 'no longer followed') : text;
    };
    this.table.replaceChildren(
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('td', {}),
          ...parts.map(([, title]) => el('th', { scope: 'col', text: title })),
        ),
      ),
      el(
        'tbody',
        {},
        ...Object.entries(names).map(([name, label]) =>
          el(
            'tr',
            {},
            el('th', { scope: 'row', text: label }),
            ...parts.map(([key]) => {
              const text = String(cell(key, name));
              return el('td', {
                class: message[key]?.equal ? '' : 'differs',
                title: text,
                text: text.length > 24 ? text.slice(0, 12) : text,
              });
            }),
          ),
        ),
      ),
    );
  }

  close() {
    document.removeEventListener('pointerdown', this.away);
  }
}
