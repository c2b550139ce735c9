// The chart of a chord: how near its mixes are to the query, before and after normalising, by share.

import { el, setAttribute } from '../../kit/dom.js';
import { ticks } from '../../kit/axes.js';
import { finite } from './chordwords.js';

const ROOM = { left: 38, right: 12, top: 10, bottom: 8 };
const HEIGHT = 98;

// Similarity on round bounds that hold still: quarters, at least half a unit apart.
function boundsOf(values) {
  const known = values.filter(finite);
  let [low, high] = [
    Math.floor(4 * Math.min(...known) - 1e-6) / 4,
    Math.ceil(4 * Math.max(...known) + 1e-6) / 4,
  ];
  if (high - low < 0.5) [low, high] = high >= 1 ? [high - 0.5, high] : [low, low + 0.5];
  return [Math.max(-1.02, low), Math.min(1.02, high)];
}

export class ChordChart {
  // mix(share) is where a hand has drawn the cursor.
  constructor({ mix }) {
    this.zoom = 1;
    this.scale = null;
    this.node = el('svg:svg', { class: 'chord-chart', 'aria-hidden': 'true' });
    const drag = (event) => {
      if (event.buttons & 1 && this.scale)
        mix(this.shareAt((event.clientX - this.node.getBoundingClientRect().left) / this.zoom));
    };
    this.node.addEventListener('pointerdown', (event) => {
      this.node.setPointerCapture(event.pointerId);
      drag(event);
    });
    this.node.addEventListener('pointermove', drag);
  }

  shareAt(pixel) {
    return (pixel - ROOM.left) / this.scale.w;
  }

  px(share) {
    return ROOM.left + this.scale.w * share;
  }

  py(value) {
    const { h, low, high } = this.scale;
    return ROOM.top + (h * (high - value)) / (high - low);
  }

  // share: the board's own; i: the nearest to it of the answer's. False where there is no room to draw.
  draw(answer, share, i) {
    const width = this.node.clientWidth / this.zoom;
    if (width < 80) return false;
    const { similarity_before: before, similarity_after: after } = answer;
    const [low, high] = boundsOf([...before, ...after]);
    const { left, right, top, bottom } = ROOM;
    this.scale = { w: width - left - right, h: HEIGHT - top - bottom, low, high };
    setAttribute(this.node, 'viewBox', `0 0 ${width} ${HEIGHT}`);
    this.node.replaceChildren(
      ...this.grid(),
      ...this.gap(answer),
      ...this.lines(answer, share),
      ...this.marks(answer, share, i),
    );
    return true;
  }

  grid() {
    const { w, low, high } = this.scale;
    const { left } = ROOM;
    return ticks(low, high, 4).flatMap((tick) => {
      const y = this.py(tick).toFixed(1);
      return [
        el('svg:line', {
          class: tick === 0 ? 'zero' : 'grid',
          x1: left,
          x2: left + w,
          y1: y,
          y2: y,
        }),
        el('svg:text', {
          class: 'tick',
          x: left - 7,
          y: Number(y) + 4,
          'text-anchor': 'end',
          text: String(Number(tick.toPrecision(4))).replace('-', '−'),
        }),
      ];
    });
  }

  // Where the parents cancel.
  gap({ shares, similarity_after: after }) {
    const gone = after.findIndex((v) => !finite(v));
    if (gone < 0) return [];
    const y = ROOM.top + this.scale.h - 5;
    return [el('svg:text', { class: 'gap', x: this.px(shares[gone]) + 6, y, text: 'no mix here' })];
  }

  lines({ shares, similarity_before: before, similarity_after: after }, share) {
    const path = (values) =>
      values.reduce((d, v, i) => {
        if (!finite(v)) return d;
        const pen = d && finite(values[i - 1]) ? 'L' : 'M';
        return `${d}${pen}${this.px(shares[i]).toFixed(1)} ${this.py(v).toFixed(1)}`;
      }, '');
    const x = this.px(share).toFixed(1);
    const [y1, y2] = [ROOM.top - 4, ROOM.top + this.scale.h + 3];
    return [
      el('svg:line', { class: 'cursor', x1: x, x2: x, y1, y2 }),
      el('svg:path', { class: 'mixed', d: path(before) }),
      el('svg:path', { class: 'normalised', d: path(after) }),
    ];
  }

  // Both parents, and the mix looked at.
  marks({ similarity_before: before, similarity_after: after }, share, i) {
    const x = this.px(share).toFixed(1);
    const parts = [0, 1].map((end) =>
      el('svg:circle', {
        class: 'parent',
        cx: this.px(end),
        cy: this.py(before[end ? before.length - 1 : 0]).toFixed(1),
        r: 4,
      }),
    );
    const cy = this.py(before[i]).toFixed(1);
    const mixed = el('svg:circle', { class: 'mixed-dot', cx: x, cy, r: 3 });
    if (!finite(after[i])) return [...parts, mixed];
    const diamond = el('svg:path', {
      class: 'mix-diamond',
      d: 'M0 -6.5L6.5 0L0 6.5L-6.5 0Z',
      transform: `translate(${x} ${this.py(after[i]).toFixed(1)})`,
    });
    return [...parts, mixed, diamond];
  }
}
