// The hand on a scene: pointing, dragging marks, turning the sphere, and the keys.

import { Sphere } from './sphere.js';

/** @import { Scene } from './scene.js' */

/** @type {Record<string, number>} */
const REACH = { mouse: 20, pen: 24, touch: 32 };
const POINT = 15;
const STILL = 2;
const STEP = 2;
const LEAP = 10;
const TURN = 12;
/** @type {Record<string, [number, number]>} */
const KEYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @typedef {object} Drag
 * @property {string | null} id
 * @property {number} pointer
 * @property {number[]} from
 * @property {number[]} last
 * @property {boolean} going
 * @property {number[]} held  what the surface keeps of where the hand took hold
 */

export class Hand {
  /**
   * What is dragged: a mark, or the sphere where it is null.
   * @type {Drag | null}
   */
  drag = null;

  /** @param {Scene} scene */
  constructor(scene) {
    this.scene = scene;
    const { svg } = scene;
    svg.addEventListener('pointerdown', (event) => this.down(event));
    svg.addEventListener('pointermove', (event) => this.move(event));
    svg.addEventListener('pointerup', (event) => this.up(event));
    svg.addEventListener('pointercancel', (event) => this.up(event));
    svg.addEventListener('pointerleave', () => {
      if (!this.drag) this.scene.acts.light(null);
    });
    svg.addEventListener('touchstart', (event) => this.touch(event), { passive: false });
  }

  // A finger near a mark takes it, and does not scroll the page.
  /** @param {TouchEvent} event */
  touch(event) {
    if (event.touches.length > 1) return; // two may pinch
    const [x, y] = this.local(event.touches[0]);
    if (this.nearest(x, y, REACH.touch)) event.preventDefault();
  }

  /** @param {MouseEvent | Touch} at */
  local({ clientX, clientY }) {
    const box = this.scene.svg.getBoundingClientRect();
    return [clientX - box.left - box.width / 2, clientY - box.top - box.height / 2].map(
      (value) => value / this.scene.zoom,
    );
  }

  /**
   * The nearest mark; one in front goes before one behind, any other before the query.
   * @param {number} x
   * @param {number} y
   * @param {number} reach
   * @param {boolean} [fixed]
   * @returns {string | null}
   */
  nearest(x, y, reach, fixed = false) {
    /** @type {{ id: string, distance: number } | null} */
    let best = null;
    for (const { id, group } of this.scene.items) {
      if (group === 'synthetics' && !fixed) continue;
      const mark = this.scene.made.get(id);
      if (!mark) continue;
      const { here, far } = mark;
      const distance =
        Math.hypot(here[0] - x, here[1] - y) + (far ? reach * 0.5 : 0) + (id === 'q' ? 0.01 : 0);
      if (distance <= reach && (!best || distance < best.distance)) best = { id, distance };
    }
    return best?.id ?? null;
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0 || this.drag) return;
    const { scene } = this;
    const [x, y] = this.local(event);
    const id = this.nearest(x, y, REACH[event.pointerType] ?? REACH.mouse);
    const { surface } = scene;
    if (!id && (surface.name !== 'sphere' || Math.hypot(x, y) > surface.radius)) {
      scene.acts.select(null);
      return;
    }
    event.preventDefault();
    scene.svg.setPointerCapture(event.pointerId);
    this.drag = {
      id,
      pointer: event.pointerId,
      from: [x, y],
      last: [x, y],
      going: false,
      held: [],
    };
    if (!id) return;
    const item = scene.items.find((one) => one.id === id);
    if (item?.place) this.drag.held = surface.grab(x, y, item.place, item.v);
    scene.focus(id);
    scene.acts.select(id);
    scene.acts.light(id);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { drag, scene } = this;
    const [x, y] = this.local(event);
    if (!drag) {
      if (event.pointerType === 'touch') return;
      const id = this.nearest(x, y, POINT, true);
      scene.acts.light(id);
      scene.svg.classList.toggle('on-mark', id !== null && id[0] !== 's');
      return;
    }
    if (event.pointerId !== drag.pointer) return;
    if (!drag.going && Math.hypot(x - drag.from[0], y - drag.from[1]) < STILL) return;
    drag.going = true;
    scene.svg.classList.add('dragging');
    if (drag.id) scene.acts.moved(drag.id, scene.surface.at(x, y, drag.held));
    else if (scene.surface instanceof Sphere) {
      scene.surface.globe.drag(x - drag.last[0], y - drag.last[1], scene.surface.radius);
      scene.acts.turned();
    }
    drag.last = [x, y];
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (event.pointerId === this.drag?.pointer) this.drop();
  }

  drop() {
    this.drag = null;
    this.scene.svg.classList.remove('dragging');
  }

  /**
   * @param {SVGElement} node
   * @param {string} id
   */
  listen(node, id) {
    node.addEventListener('keydown', (event) => this.key(event, id));
    node.addEventListener('focus', () => {
      this.scene.acts.select(id);
      if (!this.drag && node.matches(':focus-visible')) this.scene.acts.light(id);
    });
    node.addEventListener('blur', () => {
      if (!this.drag) this.scene.acts.light(null);
    });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} id
   */
  key(event, id) {
    if (event.ctrlKey || event.metaKey) return;
    const { acts, surface } = this.scene;
    const way = KEYS[event.key];
    if (event.altKey) {
      if (!way || !(surface instanceof Sphere)) return;
      surface.globe.drag(TURN * way[0], -TURN * way[1], surface.radius);
      acts.turned();
    } else if (way) {
      const step = event.shiftKey ? LEAP : STEP;
      acts.nudged(
        id,
        surface.name === 'circle' ? [step * (way[0] || way[1]), 0] : [step * way[0], step * way[1]],
      );
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      this.drop(); // those after it are counted anew
      acts.act('remove', id);
    } else if (event.key === 'd' || event.key === 'D') acts.act('duplicate', id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
