// The hand over a cloud: what is under the pointer, and what was clicked.

import { el } from './dom.js';

/** @import { Cloud } from './cloud.js' */
/** @import { Point } from './types.d.ts' */

const STEADY = 4; // pixels that a click may slip

/**
 * The element of a cloud; `pointPosition(index)` tells where a point is drawn.
 * @param {Element[]} layers
 * @param {(index: number) => Point | null} pointPosition
 */
export function cloudNode(layers, pointPosition) {
  const node = el(
    'div',
    {
      class: 'cloud',
      'data-testid': 'cloud',
      'data-frames': '0',
      'data-run': '',
      'data-step': '',
      'data-state': '',
      tabindex: '0',
      role: 'group',
      'aria-roledescription': 'cloud of images',
      'aria-label': 'cloud of images',
    },
    ...layers,
  );
  return Object.assign(node, { pointPosition });
}

export class CloudHand {
  /** @type {Point | null} */
  pointer = null;
  /** The image that is lit. */
  /** @type {number | null} */
  over = null;
  off = new AbortController();

  /**
   * @param {Cloud} cloud
   * @param {(index: number | null, pixel: Point | null) => void} hovered
   * @param {(index: number) => void} picked
   */
  constructor(cloud, hovered, picked) {
    this.cloud = cloud;
    this.hovered = hovered;
    this.picked = picked;
    this.follow(cloud.node);
  }

  /** @param {HTMLElement} node */
  follow(node) {
    /** @type {Point | null} */
    let down = null;
    node.addEventListener('pointermove', (event) => {
      if (event.buttons || event.pointerType === 'touch') return;
      this.point(this.pixel(event));
    });
    node.addEventListener('pointerleave', () => this.point(null));
    node.addEventListener(
      'pointerdown',
      (event) => {
        down = event.button === 0 ? [event.clientX, event.clientY] : null;
      },
      true,
    );
    window.addEventListener(
      'pointercancel',
      () => {
        down = null;
      },
      { signal: this.off.signal },
    );
    // On the window: plotly covers the page while the button is down.
    window.addEventListener(
      'pointerup',
      (event) => {
        if (!down) return;
        const moved = Math.hypot(event.clientX - down[0], event.clientY - down[1]);
        down = null;
        if (moved > STEADY) return;
        const index = this.meant(event);
        if (index !== null) this.picked(index);
      },
      { capture: true, signal: this.off.signal },
    );
  }

  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  pixel(event) {
    const box = this.cloud.node.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /**
   * The image that a click means. What is lit is what is meant, also where the cloud has moved on
   * below a resting hand.
   * @param {PointerEvent} event
   */
  meant(event) {
    if (!this.cloud.isCurrent) return null;
    if (this.cloud.dims === 3) return this.over;
    const under = () => this.cloud.plane?.pick(...this.pixel(event)) ?? null;
    return event.pointerType === 'touch' ? under() : (this.over ?? under());
  }

  /** @param {Point | null} pixel */
  point(pixel) {
    this.pointer = pixel;
    const { plane, dims, isCurrent } = this.cloud;
    if (dims === 3 && !pixel && this.over !== null) this.light(null);
    if (!plane) return;
    const index = pixel && isCurrent ? plane.pick(...pixel) : null;
    if (index === this.over && index === null) return;
    this.over = index;
    this.hovered(index, index === null ? null : this.cloud.pixelOf(index));
    this.cloud.drawMarks();
  }

  /**
   * The point of the sphere that plotly finds under the pointer.
   * @param {number | null} index
   */
  light(index) {
    if (index !== null && !this.cloud.isCurrent) return;
    this.over = index;
    this.hovered(index, this.pointer);
  }

  // Another run is to come, of which nothing has been pointed at.
  forget() {
    this.over = null;
    this.hovered(null, null);
  }

  // A resting hand keeps its image while the cloud moves on below it.
  keep() {
    if (this.pointer && this.cloud.plane && this.over !== null)
      this.hovered(this.over, this.cloud.pixelOf(this.over));
  }

  close() {
    this.off.abort();
  }
}
