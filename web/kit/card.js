// The card of the image under the hand: which it is, and where it hides the fewest points.

import { count, digits, el, setThumb, show } from './dom.js';
import { sizeOf } from './sized.js';

/** @import { Factor, Interval, Pictures, Point } from './types.d.ts' */

/** What the card has to know of a cloud, or of a row of them. */
/** @typedef {{ node: HTMLElement, times?: number, covered?: (box: [number, number, number, number]) => number | null }} Below */

const SCALE = 58; // pixels that a scale of colours takes at the foot

/**
 * The value of a factor for one image, as a person reads it.
 * @param {Factor} factor
 * @param {number} index
 */
export function factorText(factor, index) {
  const value = factor.values[index];
  if (factor.kind === 'class') return factor.names[value];
  return factor.kind === 'circular'
    ? `${Math.round(value * 360)}°`
    : String(Number(value.toPrecision(2)));
}

/**
 * Beside the pointer, and where neither side has room above or below: never over the image it is about.
 * @param {Point} pixel
 * @param {Point} card  its width and height
 * @param {number} height  of the room
 * @param {Interval} span  the part of the width in which it may lie
 * @returns {Point}
 */
export function beside([x, y], [w, h], height, [left, right]) {
  const at = x + 18 + w > right ? x - 18 - w : x + 18;
  const level = at >= left ? y - h / 2 : y > height / 2 ? y - h - 14 : y + 14;
  return [Math.max(left + 6, at), Math.max(6, Math.min(height - h - 6, level))];
}

export class Card {
  /** The corner in which it lies. */
  /** @type {number | null} */
  cornered = null;
  /** Where the hand is, and the part of the width in which the card may lie. */
  /** @type {{ pixel: Point, span: Interval | null } | null} */
  at = null;
  /** What it says: of which images, which of them, and what that attends to. */
  /** @type {unknown[]} */
  told = [];

  /**
   * @param {Below} below
   * @param {HTMLElement} legend  not to be hidden
   */
  constructor(below, legend) {
    this.below = below;
    this.thumb = el('span', { class: 'thumb' });
    this.text = el('div', { class: 'words' });
    this.node = el('div', { class: 'card', hidden: true, role: 'status' }, this.thumb, this.text);
    const place = () => this.place();
    this.size = sizeOf(this.node, place);
    this.room = sizeOf(below.node, place);
    this.legend = sizeOf(legend, place);
  }

  hide() {
    this.at = null;
    show(this.node, false);
  }

  /**
   * @param {Pictures} pictures
   * @param {number} index
   * @param {Point} pixel
   * @param {{ effective: number, n_negatives: number } | null | undefined} answer
   * @param {Interval | null} span  the part of the width in which it may lie, all of it for null
   */
  set({ probes, sprites }, index, pixel, answer, span) {
    show(this.node, true);
    const attends = answer
      ? `attends to ${digits(answer.effective)} of ${count(answer.n_negatives)} negatives`
      : '';
    const [told, was] = [[probes, index, attends], this.told];
    if (told.some((one, i) => one !== was[i])) {
      this.told = told;
      setThumb(this.thumb, sprites, probes, index);
      const factors = Object.entries(probes.factors ?? {});
      this.text.replaceChildren(
        el('strong', { translate: 'no', text: probes.class_names[probes.labels[index]] ?? '' }),
        el('span', { text: `image ${index}` }),
        ...factors.map(([name, one]) => el('span', { text: `${name} ${factorText(one, index)}` })),
        el('em', { text: attends, hidden: !attends }),
      );
    }
    this.at = { pixel, span };
    this.place();
  }

  // By its size at its last layout; once it has another, it is placed again before anybody sees it.
  place() {
    if (!this.at || !this.size.width) return;
    const { pixel, span } = this.at;
    const { width, height } = this.room;
    /** @type {Point} */
    const size = [this.size.width, this.size.height];
    const corner = span === null ? this.corner(pixel, size, [width, height]) : null;
    const [x, y] = corner ?? beside(pixel, size, height, span ?? [0, width]);
    this.node.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  /**
   * The corner in which the card hides the fewest points; it moves to another only where that is worth
   * it. Null where it cannot be told what lies where.
   * @param {Point} pixel
   * @param {Point} size
   * @param {Point} room
   * @returns {Point | null}
   */
  corner([px, py], [w, h], [width, height]) {
    const foot = Math.max(this.legend.height, SCALE * (this.below.times ?? 1)) + 10; // a scale follows
    /** @type {Point[]} */
    const corners = [
      [8, 8],
      [width - w - 48, 8],
      [8, height - h - foot],
      [width - w - 8, height - h - foot],
    ];
    const hidden = [];
    for (const [x, y] of corners) {
      const points = this.below.covered?.([x, y, x + w, y + h]) ?? null;
      if (points === null) return null;
      const under = px > x - 16 && px < x + w + 16 && py > y - 16 && py < y + h + 16;
      hidden.push(points + (under ? 1e6 : 0));
    }
    const best = hidden.indexOf(Math.min(...hidden));
    const stays = this.cornered !== null && hidden[this.cornered] <= 1.3 * hidden[best] + 6;
    if (!stays || this.cornered === null) this.cornered = best;
    return corners[this.cornered];
  }
}
