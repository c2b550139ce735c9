// How high the row of formulas is: as high as the longer one needs, as far as the window has room.

/** @import { Formula } from './formula.js' */

const [LEAST, MOST] = [130, 290]; // of a window whose height the page keeps to
const EDGES = 2;

export class Feet {
  /**
   * @param {HTMLElement} root
   * @param {Formula[]} formulas
   */
  constructor(root, formulas) {
    this.root = root;
    this.formulas = formulas;
  }

  fit() {
    const { root, formulas } = this;
    if (root.dataset.mode !== 'query' || root.classList.contains('presenting')) return;
    const needed = Math.max(...formulas.map((one) => one.height())) + EDGES;
    const scrolls = root.dataset.width === 'narrow' || root.dataset.width === 'phone';
    root.style.setProperty(
      '--formula-foot',
      `${Math.max(scrolls ? 0 : LEAST, Math.min(scrolls ? Infinity : MOST, needed))}px`,
    );
  }
}
