// One scene: the marks of the board with what one loss makes of them. Drawn, dragged, walked with keys.

import { el, setAttribute } from '../../kit/dom.js';
import { Arrows } from './arrows.js';
import { Chordline } from './chordline.js';
import { Circle } from './circle.js';
import { Hand } from './hand.js';
import { itemsOf } from './items.js';
import { clearNumbers, Mark } from './marks.js';
import { vector } from './places.js';
import { Peek } from './peek.js';
import { labelOf, readingOf } from './say.js';
import { Sphere } from './sphere.js';
import { Underlay } from './underlay.js';
import { onSharpness } from '../../kit/sharpness.js';
import { zoomOf } from '../../kit/zoom.js';

/** @import { Acts, AnsweredChord, AnyMark, BoardState, DrawnScene, GroundPaint, Item, Reading, SceneLook } from './types.d.ts' */
/** @import { Globe } from './places.js' */

const CROWD = 11;
const ARROWS = 70; // how far from the query its arrows reach, or half as far as the centre

export class Scene {
  /** @type {Map<string, Mark>} */
  made = new Map();
  /** @type {DrawnScene | null} */
  now = null;
  /** @type {Item[]} */
  items = [];
  /** @type {AnsweredChord | null} */
  chord = null;
  /** @type {string | null}  what is lit, as text */
  litKey = null;
  /** @type {[width: number, height: number]} */
  size = [0, 0];
  zoom = 1;

  /** @param {Acts & { name: string }} acts */
  // moved(mark, place), nudged(mark, [lon, lat] by), act(what, mark), light, select, turned(), globe.
  constructor(acts) {
    this.acts = acts;
    this.surfaces = { circle: new Circle(), sphere: new Sphere(acts.globe) };
    /** @type {(name: string, isHidden?: string | null) => SVGGElement} */
    const layer = (name, isHidden = 'true') =>
      el('svg:g', { class: `layer-${name}`, 'aria-hidden': isHidden });
    this.layers = {
      ancestry: layer('ancestry'),
      lines: layer('lines'),
      bars: layer('bars'),
      marks: layer('marks', null),
    };
    this.arrows = new Arrows();
    this.chordline = new Chordline();
    this.back = el('svg:g', { class: 'back' });
    this.svg = el(
      'svg:svg',
      { class: 'board', role: 'group', 'aria-label': acts.name },
      this.back,
      this.chordline.node,
      this.layers.ancestry,
      this.layers.lines,
      this.layers.bars,
      this.layers.marks,
      this.arrows.node,
    );
    const canvas = el('canvas', { class: 'ground', 'aria-hidden': 'true' });
    this.ground = new Underlay(canvas);
    this.peek = new Peek();
    this.node = el('div', { class: 'scene' }, canvas, this.svg, this.peek.node);
    this.hand = new Hand(this);
    this.watcher = new ResizeObserver(([{ contentRect }]) =>
      this.resize(contentRect.width, contentRect.height),
    );
    this.watcher.observe(this.node);
    this.unhear = onSharpness(() => this.draw());
  }

  get surface() {
    return this.surfaces[this.now?.board.surface ?? 'circle'];
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    if (!width || !height) return;
    this.zoom = zoomOf(this.node);
    const [w, h] = [width / this.zoom, height / this.zoom];
    this.size = [w, h];
    setAttribute(this.svg, 'viewBox', `${-w / 2} ${-h / 2} ${w} ${h}`);
    Object.values(this.surfaces).forEach((surface) => surface.resize(w, h));
    this.draw();
  }

  /**
   * reading: what the loss makes of them, with the tangent it was read at; null before there is
   * one.
   * @param {BoardState} board
   * @param {Reading | null} reading
   * @param {SceneLook} view
   */
  set(board, reading, view) {
    this.now = { board, reading, view };
    this.draw();
  }

  /** @param {GroundPaint | null} paint */
  setGround(paint) {
    this.ground.set(paint);
    if (this.now && this.size[0]) this.ground.draw(this.surface, ...this.size, this.zoom);
  }

  /** @param {AnsweredChord | null} answer */
  setChord(answer) {
    this.chord = answer;
    if (this.now && this.size[0]) this.chordline.set(this.surface, answer, this.now.board.chord);
  }

  /** @param {Item} item */
  mark(item) {
    let mark = this.made.get(item.id);
    if (mark) return mark;
    const still = item.group === 'synthetics';
    mark = new Mark(
      item.id,
      item.group,
      this.layers,
      still
        ? { role: 'img' }
        : {
            tabindex: 0,
            role: 'slider',
            'aria-valuemin': -180,
            'aria-valuemax': 180,
            'aria-valuenow': Math.round(item.place?.[0] ?? 0),
            'aria-roledescription': 'mark',
            'aria-keyshortcuts': item.id === 'q' ? null : 'Delete D',
          },
    );
    if (!still) this.hand.listen(mark.node, item.id);
    setAttribute(mark.node, 'aria-label', labelOf(null, item.id, item.place ?? [0, 0]));
    this.made.set(item.id, mark);
    const star = this.made.get('q');
    if (star && item.id !== 'q') this.layers.marks.append(star.node);
    return mark;
  }

  draw() {
    const { now, surface } = this;
    if (!now || !this.size[0]) return;
    const { board, reading, view } = now;
    if (this.back.firstChild !== surface.node) this.back.replaceChildren(surface.node);
    setAttribute(this.svg, 'data-surface', surface.name);
    surface.turn();
    this.ground.draw(surface, ...this.size, this.zoom);
    const items = itemsOf(board, reading);
    this.items = items;
    this.forget(new Set(items.map(({ id }) => id)));
    this.placeMarks(items);
    const query = items[items.length - 1].v;
    const top = view.scales;
    for (const { id, group, v, at } of items) {
      if (group === 'query') continue;
      const mark = this.made.get(id);
      if (!mark) continue;
      mark.setReading(at);
      mark.setWeight(
        at && top ? at.weight : null,
        top?.[group === 'positives' ? 'positive' : 'negative'] ?? 1,
      );
      mark.setLine(
        at && top ? surface.between(query, v) : ['', ''],
        at?.pull ?? null,
        top?.pull ?? 1,
        surface.middle(query, v),
      );
      if (group === 'synthetics' && at) this.setParents(board, mark, at);
    }
    clearNumbers([...this.made.values()], view.lit);
    const pushed = items.flatMap(({ id, group, at }) =>
      at ? [{ id, group, arrow: at.arrow, pull: at.pull }] : [],
    );
    this.arrows.set(surface, query, pushed, top ? reading : null, top?.arrow ?? 1);
    this.chordline.set(surface, this.chord, board.chord);
    this.setLit(view);
    this.peek.set(view, items, this.made.get(view.lit ?? '')?.here ?? null, this);
  }

  /**
   * Marks in one place make room for each other: on the circle they stand on one another, their
   * bars side by side beyond; bars of marks near the query point inwards, for outside are the
   * arrows.
   * @param {Item[]} items
   */
  placeMarks(items) {
    const { surface } = this;
    const round = surface.name === 'circle';
    const all = items.map((item) => ({ item, seen: surface.see(item.v), crowd: 0, pile: 0 }));
    const query = all[all.length - 1];
    const others = all.slice(0, -1);
    others.forEach((one, i) => {
      for (const other of others.slice(0, i)) {
        const apart = Math.hypot(other.seen.x - one.seen.x, other.seen.y - one.seen.y);
        if (apart >= CROWD || other.seen.near < 0 !== one.seen.near < 0) continue;
        one.crowd += CROWD - apart;
        one.pile = other.pile = Math.max(one.pile, other.pile, one.crowd);
      }
    });
    for (const { item, seen, crowd, pile } of all) {
      const [ox, oy] = surface.outward(seen);
      const inwards =
        round &&
        Math.hypot(seen.x - query.seen.x, seen.y - query.seen.y) <
          Math.min(ARROWS, 0.55 * surface.radius);
      const rest = inwards ? 0 : pile - crowd;
      const way = inwards ? [-ox, -oy] : [ox, oy];
      this.mark(item).place(seen, {
        outward: way,
        pile: round ? [way[0] * crowd, way[1] * crowd] : [0, crowd],
        aside: round ? [ox * rest - oy * crowd * 0.75, oy * rest + ox * crowd * 0.75] : [0, 0],
      });
    }
  }

  /**
   * @param {BoardState} board
   * @param {Mark} mark
   * @param {AnyMark} mix
   */
  setParents(board, mark, { before = [], place = [], parents = [] }) {
    const [a, b] = parents.map((i) => (i < 0 ? board.query : board.negatives[i]));
    if (!a || !b) return;
    /**
     * @param {number[]} p
     * @param {number[]} q
     */
    const join = (p, q) => this.surface.straight(p, q).join('');
    mark.setParents(join(vector(a), vector(b)), join(before, place), this.surface.see(before));
  }

  /** @param {Set<string>} kept */
  forget(kept) {
    for (const [id, mark] of this.made) {
      if (kept.has(id)) continue;
      mark.remove();
      this.made.delete(id);
    }
  }

  /** @param {SceneLook} view */
  setLit({ lit, selected }) {
    const key = `${lit} ${selected} ${this.made.size} ${this.arrows.made.size}`;
    if (key === this.litKey) return;
    this.litKey = key;
    this.svg.classList.toggle('some-lit', Boolean(lit) && lit !== 'q');
    for (const mark of this.made.values()) mark.setLit(mark.id === lit, mark.id === selected);
    const raised = lit === null ? null : this.made.get(lit)?.node;
    const star = this.made.get('q')?.node;
    if (
      raised &&
      star &&
      raised !== star &&
      raised !== star.previousSibling &&
      !raised.contains(document.activeElement)
    )
      this.layers.marks.insertBefore(raised, star);
    for (const [id, arrow] of this.arrows.made) arrow.classList.toggle('lit', id === lit);
  }

  // The image of the mark under the hand, when the query was taken from a run.
  // Once things rest: what each mark says of itself to someone who listens.
  relabel() {
    for (const { id, place, group } of this.items) {
      const node = this.made.get(id)?.node;
      if (!node) continue;
      const reading = this.now?.reading ?? null;
      const label = labelOf(reading, id, place ?? [0, 0]);
      setAttribute(node, 'aria-label', label);
      if (group === 'synthetics' || !place) continue;
      const at = readingOf(reading, id);
      setAttribute(node, 'aria-valuenow', Math.round(place[0]));
      setAttribute(
        node,
        'aria-valuetext',
        at
          ? `${Math.round(at.angle)} degrees from the query`
          : `at ${Math.round(place[0])} degrees`,
      );
    }
  }

  /** @param {string | undefined} id */
  focus(id) {
    if (id) this.made.get(id)?.node.focus({ preventScroll: true });
  }

  close() {
    this.watcher.disconnect();
    this.unhear();
  }
}
