// The image of the mark under the hand, when the query was taken from a run.

import { el, setThumb, show } from '../../kit/dom.js';

/** @import { Item, SceneLook } from './types.d.ts' */

export class Peek {
  constructor() {
    this.node = el('span', { class: 'thumb peek', hidden: true });
  }

  /**
   * @param {Pick<SceneLook, 'lit' | 'taken'>} view
   * @param {Item[]} items
   * @param {number[] | null} here  where the lit mark is drawn
   * @param {{ size: [width: number, height: number], zoom: number }} scene
   */
  set({ lit, taken }, items, here, { size: [width, height], zoom }) {
    const item = taken && items.find(({ id }) => id === lit);
    const image = item && (lit === 'q' ? taken.query : taken.images[item.place?.[2] ?? -1]);
    show(this.node, Boolean(image));
    if (!image || !here) return;
    setThumb(this.node, taken.sprites, taken.probes, image.probe, image.view ?? null);
    const [x, y] = here;
    const left = x + width / 2 + (x > 0 ? -72 : 20);
    const at = [
      Math.max(2, Math.min(width - 54, left)),
      Math.max(2, Math.min(height - 54, y + height / 2 - 60)),
    ];
    this.node.style.transform = `translate(${at.map((value) => `${(value * zoom).toFixed(0)}px`).join()})`;
  }
}
