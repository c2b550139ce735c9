// The Learn page: lessons with how far one has come.

import { el } from '../../kit/dom.js';
import { mounting } from '../../kit/mount.js';

class Learn {
  constructor(root, data, report) {
    this.root = root;
    this.update(data, report);
  }

  update(data, report) {
    this.report = report;
    this.root.replaceChildren(
      ...data.lessons.map(({ id, title, links }) =>
        el('p', {}, el('a', { href: links[0], text: title, 'data-id': id })),
      ),
    );
  }

  close() {
    this.root.replaceChildren();
  }
}

export const mount = mounting('[data-learn-root]', (...given) => new Learn(...given));
