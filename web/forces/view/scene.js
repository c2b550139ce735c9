// One scene: the marks of the board with what one loss makes of them. Drawn, dragged, walked with keys.

import { el, setAttribute, setThumb, show } from '../../kit/dom.js';
import { Arrows } from './arrows.js';
import { Chordline } from './chordline.js';
import { Circle } from './circle.js';
import { Hand } from './hand.js';
import { clearNumbers, Mark } from './marks.js';
import { vector } from './places.js';
import { labelOf, readingOf } from './say.js';
import { Sphere } from './sphere.js';
import { Underlay } from './underlay.js';
import { zoomOf } from '../../kit/zoom.js';

const CROWD = 11;
const ARROWS = 70; // how far from the query its arrows reach, or half as far as the centre

// Everything there is to draw, in the order of the layers.
function itemsOf(board, reading) {
  const list = (group, letter) =>
    board[group].map((place, i) => ({
      id: `${letter}${i}`,
      group,
      place,
      v: vector(place),
      at: reading?.[group][i] ?? null,
    }));
  const synthetics = (reading?.synthetics ?? []).map((at, i) => ({
    id: `s${i}`,
    group: 'synthetics',
    v: at.place,
    at,
  }));
  return [
    ...synthetics,
    ...list('negatives', 'n'),
    ...list('positives', 'p'),
    { id: 'q', group: 'query', place: board.query, v: vector(board.query), at: null },
  ];
}

export class Scene {
  // moved(mark, place), nudged(mark, [lon, lat] by), act(what, mark), light, select, turned(), globe.
  constructor(acts) {
    this.acts = acts;
    this.surfaces = { circle: new Circle(), sphere: new Sphere(acts.globe) };
    this.layers = Object.fromEntries(
      ['ancestry', 'lines', 'bars', 'marks'].map((name) => [
        name,
        el('svg:g', { class: `layer-${name}` }),
      ]),
    );
    for (const name of ['ancestry', 'lines', 'bars'])
      this.layers[name].setAttribute('aria-hidden', 'true');
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
    this.peek = el('span', { class: 'thumb peek', hidden: true });
    this.node = el('div', { class: 'scene' }, canvas, this.svg, this.peek);
    this.made = new Map();
    this.hand = new Hand(this);
    this.size = [0, 0];
    this.watcher = new ResizeObserver(([{ contentRect }]) =>
      this.resize(contentRect.width, contentRect.height),
    );
    this.watcher.observe(this.node);
  }

  resize(width, height) {
    if (!width || !height) return;
    this.zoom = zoomOf(this.node);
    const [w, h] = [width / this.zoom, height / this.zoom];
    this.size = [w, h];
    setAttribute(this.svg, 'viewBox', `${-w / 2} ${-h / 2} ${w} ${h}`);
    Object.values(this.surfaces).forEach((surface) => surface.resize(w, h));
    if (this.board) this.draw();
  }

  // reading: what the loss makes of them, with the tangent it was read at; null before there is one.
  set(board, reading, view) {
    this.board = board;
    this.reading = reading;
    this.view = view;
    this.surface = this.surfaces[board.surface];
    if (this.size[0]) this.draw();
  }

  setGround(paint) {
    this.ground.set(paint);
    if (this.board && this.size[0]) this.ground.draw(this.surface, ...this.size, this.zoom);
  }

  setChord(answer) {
    this.chord = answer;
    if (this.board && this.size[0]) this.chordline.set(this.surface, this.chord, this.board.chord);
  }

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
            'aria-valuenow': Math.round(item.place[0]),
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
    const { board, reading, view, surface } = this;
    if (this.back.firstChild !== surface.node) this.back.replaceChildren(surface.node);
    setAttribute(this.svg, 'data-surface', surface.name);
    surface.turn();
    this.ground.draw(surface, ...this.size, this.zoom);
    const items = itemsOf(board, reading);
    this.items = items;
    this.forget(new Set(items.map(({ id }) => id)));
    this.placeMarks(items);
    const query = items.at(-1).v;
    const top = view.scales;
    for (const { id, group, v, at } of items) {
      if (group === 'query') continue;
      const mark = this.made.get(id);
      mark.setReading(at);
      mark.setWeight(
        at && top ? at.weight : null,
        top?.[group === 'positives' ? 'positive' : 'negative'],
      );
      mark.setLine(
        at && top ? surface.between(query, v) : ['', ''],
        at?.pull ?? null,
        top?.pull,
        surface.middle(query, v),
      );
      if (group === 'synthetics') this.setParents(mark, at);
    }
    clearNumbers([...this.made.values()], view.lit);
    const pushed = items
      .filter(({ at }) => at)
      .map(({ id, group, at }) => ({ id, group, arrow: at.arrow, pull: at.pull }));
    this.arrows.set(surface, query, pushed, top ? reading : null, top?.arrow);
    this.chordline.set(surface, this.chord, board.chord);
    this.setLit();
    this.setPeek();
  }

  // Marks in one place make room for each other: on the circle they stand on one another, their bars
  // side by side beyond; bars of marks near the query point inwards, for outside are the arrows.
  placeMarks(items) {
    const { surface } = this;
    const round = surface.name === 'circle';
    const all = items.map((item) => ({ item, seen: surface.see(item.v), crowd: 0, pile: 0 }));
    const query = all.at(-1);
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

  setParents(mark, { before, place, parents }) {
    const [a, b] = parents.map((i) => (i < 0 ? this.board.query : this.board.negatives[i]));
    if (!a || !b) return;
    const join = (p, q) => this.surface.straight(p, q).join('');
    mark.setParents(join(vector(a), vector(b)), join(before, place), this.surface.see(before));
  }

  forget(kept) {
    for (const [id, mark] of this.made) {
      if (kept.has(id)) continue;
      mark.remove();
      this.made.delete(id);
    }
  }

  setLit() {
    const { lit, selected } = this.view;
    const key = `${lit} ${selected} ${this.made.size} ${this.arrows.made.size}`;
    if (key === this.litKey) return;
    this.litKey = key;
    this.svg.classList.toggle('some-lit', Boolean(lit) && lit !== 'q');
    for (const mark of this.made.values()) mark.setLit(mark.id === lit, mark.id === selected);
    const raised = this.made.get(lit)?.node;
    const star = this.made.get('q').node;
    if (
      raised &&
      raised !== star &&
      raised !== star.previousSibling &&
      !raised.contains(document.activeElement)
    )
      this.layers.marks.insertBefore(raised, star);
    for (const [id, arrow] of this.arrows.made) arrow.classList.toggle('lit', id === lit);
  }

  // The image of the mark under the hand, when the query was taken from a run.
  setPeek() {
    const { lit, taken } = this.view;
    const item = taken && this.items.find(({ id }) => id === lit);
    const image = item && (lit === 'q' ? taken.query : taken.images[item.place?.[2]]);
    show(this.peek, Boolean(image));
    if (!image) return;
    setThumb(this.peek, taken.sprites, taken.probes, image.probe, image.view ?? null);
    const [x, y] = this.made.get(lit).here;
    const [width, height] = this.size;
    const left = x + width / 2 + (x > 0 ? -72 : 20);
    const at = [
      Math.max(2, Math.min(width - 54, left)),
      Math.max(2, Math.min(height - 54, y + height / 2 - 60)),
    ];
    this.peek.style.transform = `translate(${at.map((value) => `${(value * this.zoom).toFixed(0)}px`).join()})`;
  }

  // Once things rest: what each mark says of itself to someone who listens.
  relabel() {
    for (const { id, place, group } of this.items ?? []) {
      const { node } = this.made.get(id) ?? {};
      if (!node) continue;
      const label = labelOf(this.reading, id, place ?? [0, 0]);
      setAttribute(node, 'aria-label', label);
      if (group === 'synthetics') continue;
      const at = readingOf(this.reading, id);
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

  focus(id) {
    this.made.get(id)?.node.focus({ preventScroll: true });
  }

  close() {
    this.watcher.disconnect();
  }
}
