// The page that shows a class in: what a room reads from its last row, and who has come.

import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { themeOf } from '../../kit/colours.js';
import { subscribe } from '../../kit/facts.js';
import { mounting } from '../../kit/mount.js';

/** @import { Report } from '../../kit/types.d.ts' */

/**
 * @typedef {object} RoomData
 * @property {boolean} teaches
 * @property {string} link
 * @property {string} code  the QR code of the link, an SVG as an address
 * @property {string} teachers_link
 */

const SELECT = 'Copying failed: select the address';
const PRINTED = 'Copying failed: the server printed it when it started';

/**
 * Where a browser has no clipboard to offer (http in a net of one's own), an old way does it.
 * @param {string} text
 * @returns {Promise<boolean>} whether the clipboard has it
 */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el('textarea', { 'aria-hidden': 'true' });
    field.value = text;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand('copy');
    field.remove();
    return isCopied;
  }
}

export class Classroom {
  /**
   * @param {HTMLElement} root
   * @param {RoomData} data
   * @param {Report} report
   */
  constructor(root, data, report) {
    this.root = root;
    this.image = el('img', { class: 'code' });
    this.address = el('p', { class: 'address' });
    this.here = el('p', { class: 'here', role: 'status' });
    this.done = el('span', { class: 'done', role: 'status' });
    this.copies = el(
      'p',
      { class: 'copies' },
      this.copying('Copy the followers’ link', () => this.data.link, SELECT),
      this.copying('Copy the teacher’s link', () => this.data.teachers_link, PRINTED),
      this.done,
      el('small', {
        text: 'The teacher’s link holds a secret that makes a browser yours: it is for your own other devices.',
      }),
    );
    root.replaceChildren(
      el(
        'div',
        { class: 'words' },
        el('h1', { text: 'Follow on your own screen' }),
        el('p', {
          class: 'how',
          text: 'In the same network, point a camera at the code or type the address.',
        }),
        this.address,
        this.here,
        this.copies,
      ),
      this.image,
    );
    this.data = data;
    this.update(data, report);
    this.unsubscribe = subscribe((facts) => {
      if (facts.page === 'class') this.count(facts.n);
    });
  }

  /**
   * @param {string} text
   * @param {() => string} what
   * @param {string} otherwise  said where it cannot be copied
   */
  copying(text, what, otherwise) {
    const button = el('button', {
      type: 'button',
      text,
      onclick: async () => {
        const isCopied = await copy(what());
        button.focus(); // the old way takes it away
        setText(this.done, isCopied ? 'Copied' : otherwise);
      },
    });
    return button;
  }

  /**
   * @param {RoomData} data
   * @param {Report} _report
   */
  update(data, _report) {
    this.data = data;
    this.root.dataset.theme = themeOf(this.root);
    const address = data.link.replace(/^http:\/\//, '').replace(/\/$/, '');
    setText(this.address, address);
    this.address.style.setProperty('--letters', String(address.length));
    this.image.src = data.code;
    setAttribute(this.image, 'alt', `QR code of ${data.link}`);
    show(this.copies, data.teaches);
  }

  /** @param {number} n */
  count(n) {
    setText(this.here, n === 1 ? '1 is here' : `${n} are here`);
  }

  close() {
    this.unsubscribe();
  }
}

export const mount = mounting('[data-classroom-root]', (...given) => new Classroom(...given));
