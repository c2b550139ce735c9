// The bar of a class while a presentation covers the page: it stands above, and the presentation
// leaves it the room (--class-bar, kit/present.css).

const PRESENTING = '.presenting';
const ROOM = '--class-bar';

export class TopLayer {
  isUp = false;

  /** @param {HTMLElement} root  of the bar */
  constructor(root) {
    this.root = root;
    /** @param {Event} event  of an element of the top layer */
    this.ontoggle = ({ target }) => {
      if (!(target instanceof Element) || !target.matches(PRESENTING)) return;
      this.lower(); // what has opened since lies above it
      this.look();
    };
    document.addEventListener('toggle', this.ontoggle, { capture: true });
    this.sized = new ResizeObserver(() => this.measure());
    this.sized.observe(root);
  }

  // A presentation that goes with its page says nothing, so this is also asked from time to time.
  look() {
    const isCovered = document.querySelector(PRESENTING) !== null;
    if (isCovered && !this.isUp) this.raise();
    else if (!isCovered && this.isUp) this.lower();
  }

  raise() {
    if (!('showPopover' in this.root)) return;
    this.isUp = true;
    this.root.popover = 'manual';
    this.root.showPopover();
    this.measure();
  }

  lower() {
    if (!this.isUp) return;
    this.isUp = false;
    this.root.hidePopover();
    this.root.removeAttribute('popover');
    document.documentElement.style.removeProperty(ROOM);
  }

  measure() {
    if (!this.isUp) return;
    document.documentElement.style.setProperty(ROOM, `${this.root.offsetHeight}px`);
    window.dispatchEvent(new Event('resize')); // the presentation takes what is left
  }

  close() {
    document.removeEventListener('toggle', this.ontoggle, { capture: true });
    this.sized.disconnect();
    document.documentElement.style.removeProperty(ROOM);
  }
}
