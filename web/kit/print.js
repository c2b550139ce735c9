// Pictures that fill the room they have are as large on paper as they were on the screen: they are drawn
// in pixels, and a printer waits for no other drawing.

const PICTURES = '.arena, .stage-place';

export class Print {
  /** @param {HTMLElement} root  of a view */
  constructor(root) {
    this.root = root;
    this.before = () => {
      const { clientWidth: width } = root;
      if (width) root.style.setProperty('--seen', String(width));
      /** @type {NodeListOf<HTMLElement>} */
      const pictures = root.querySelectorAll(PICTURES);
      const wide = root.querySelector('.stage')?.clientWidth;
      if (wide) root.style.setProperty('--as-wide', String(wide));
      for (const node of pictures)
        node.style.setProperty('--as-seen', String(Math.round(node.clientHeight)));
    };
    window.addEventListener('beforeprint', this.before);
  }

  close() {
    window.removeEventListener('beforeprint', this.before);
  }
}
