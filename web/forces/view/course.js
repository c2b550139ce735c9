// One loss once round: its loss and its force against the query's angle, and where the query is.

import { digits, el, setAttribute, setText } from '../../kit/dom.js';
import { ticks } from '../../kit/axes.js';
import { extent, isFlat, shades, valueAt } from './terrain.js';
import { zoomOf } from './zoom.js';

const ROOM = { left: 46, right: 14, top: 13, gap: 14, bottom: 17 };
const RAMP = 6;

const minus = (text) => text.replace('-', '−');
export const angleText = (angle) => `${minus(String(Math.round(angle) || 0))}°`;
// The arrows of a turn, as a screen reader should say them.
export const aloud = (text) =>
  text.replaceAll('↺', 'counterclockwise').replaceAll('↻', 'clockwise');

// A range that stays while the values fit it and fill half of it: axes do not tremble under a drag.
function steady(before, low, high) {
  if (before && low >= before[0] && high <= before[1] && high - low > 0.5 * (before[1] - before[0]))
    return before;
  if (isFlat(low, high)) return [low - 0.5, high + 0.5];
  const round = ticks(low, high, 8);
  const step = round.length > 1 ? round[1] - round[0] : high - low;
  return [Math.floor(low / step + 1e-6) * step, Math.ceil(high / step - 1e-6) * step];
}

export class Course {
  // pointed(angle or null) and go(angle) tell where the hand is and where it wants the query.
  constructor({ index, pointed, go }) {
    this.index = index;
    this.ranges = {};
    this.pointed = null;
    this.at = 0;
    const name = 'AB'[index];
    this.title = el('h3', {});
    this.readout = el('p', { class: 'course-readout', 'aria-live': 'off' });
    this.under = el('svg:g', {});
    this.over = el('svg:g', {});
    this.svg = el(
      'svg:svg',
      { class: 'course-chart', 'aria-hidden': 'true' },
      this.under,
      this.over,
    );
    this.area = el(
      'div',
      {
        class: 'course-area',
        tabindex: '0',
        role: 'application',
        'aria-roledescription': 'curve',
        'data-testid': `course-${name}`,
        onkeydown: (event) => {
          const turn = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (!turn || !this.x) return;
          event.preventDefault();
          setAttribute(this.readout, 'aria-live', 'polite');
          go(this.at + turn * (event.shiftKey ? 15 : 1));
        },
      },
      this.svg,
    );
    const angle = (event) =>
      this.x && this.x.of((event.clientX - this.area.getBoundingClientRect().left) / this.zoom);
    this.area.addEventListener('pointermove', (event) => pointed(angle(event)));
    this.area.addEventListener('pointerleave', () => pointed(null));
    this.area.addEventListener('click', (event) => {
      if (this.x) go(angle(event));
    });
    this.node = el('div', { class: 'course' }, this.title, this.readout, this.area);
    this.size = [0, 0];
    this.watcher = new ResizeObserver(([{ contentRect }]) => {
      this.zoom = zoomOf(this.area);
      this.size = [contentRect.width, contentRect.height].map((value) =>
        Math.round(value / this.zoom),
      );
      if (this.look) this.draw(this.look);
    });
    this.watcher.observe(this.area);
  }

  // look: {angles, loss, force, isSigned, valleys, rests, shown, theme, title, words(angle) -> text}
  draw(look) {
    this.look = look;
    setText(this.title, look.title);
    setAttribute(this.title, 'title', look.title);
    const [width, height] = this.size;
    if (width < 60 || height < 50) return;
    setAttribute(this.svg, 'viewBox', `0 0 ${width} ${height}`);
    const { left, right, top, gap, bottom } = ROOM;
    const w = width - left - right;
    const room = height - top - gap - bottom;
    const bands = {
      loss: [top, top + Math.round(room * 0.64)],
      force: [top + gap + Math.round(room * 0.64), height - bottom],
    };
    const px = (angle) => left + (w * (angle + 180)) / 360;
    this.x = { px, of: (pixel) => Math.max(-180, Math.min(180, ((pixel - left) / w) * 360 - 180)) };
    const parts = [];
    for (const angle of [-180, -90, 0, 90, 180]) {
      const x = px(angle).toFixed(1);
      parts.push(
        el('svg:line', { class: 'grid', x1: x, x2: x, y1: top, y2: height - bottom }),
        el('svg:text', {
          class: 'tick',
          x,
          y: height - 4,
          'text-anchor': angle === 180 ? 'end' : 'middle',
          text: angleText(angle),
        }),
      );
    }
    this.y = {};
    this.base = height - bottom;
    for (const which of ['loss', 'force'])
      parts.push(...this.band(which, bands[which], px, left, w));
    parts.push(...this.marks(px));
    this.under.replaceChildren(...parts);
    this.point(this.pointed);
  }

  band(which, [top, base], px, left, w) {
    const { angles, isSigned, shown, theme } = this.look;
    const values = this.look[which];
    let [low, high] = extent(values);
    if (which === 'force')
      [low, high] = isSigned ? [-Math.max(-low, high), Math.max(-low, high)] : [0, high];
    const flat = isFlat(low, high);
    const range = steady(this.ranges[which], low, high);
    this.ranges[which] = flat ? null : range;
    const py = (v) => base - ((base - top) * (v - range[0])) / (range[1] - range[0]);
    this.y[which] = py;
    const parts = [];
    const labels = which === 'loss' ? [low, high] : isSigned ? [0] : [0, high];
    for (const v of flat ? [(low + high) / 2] : labels) {
      const y = py(v);
      if (v === 0 || flat)
        parts.push(
          el('svg:line', {
            class: v === 0 ? 'zero' : 'grid',
            x1: left,
            x2: left + w,
            y1: y,
            y2: y,
          }),
        );
      parts.push(
        el('svg:text', {
          class: 'tick',
          x: left - RAMP - 6,
          y: y + (v === high && v !== 0 && !flat ? 7 : 4),
          'text-anchor': 'end',
          text: digits(v),
        }),
      );
    }
    if (which === shown && !flat)
      parts.push(...this.ramp(py, which, low, high, left - RAMP - 2, theme));
    const [deepest] = this.look.valleys;
    const free = which === 'loss' || !deepest || deepest.angle > -40;
    parts.push(
      el('svg:text', {
        class: 'axis',
        x: free ? left + 1 : left + w,
        'text-anchor': free ? 'start' : 'end',
        y: top - 3,
        text: which === 'loss' ? 'loss' : isSigned ? 'force' : 'strength of force',
      }),
    );
    const closed = [...Array.from(values), values[0]];
    const xs = [...angles, angles[0] + 360];
    let d = '';
    closed.forEach((v, i) => {
      d += `${i ? 'L' : 'M'}${px(xs[i]).toFixed(1)} ${py(v).toFixed(1)}`;
    });
    parts.push(el('svg:path', { class: which === 'loss' ? 'loss-line' : 'force-line', d }));
    return parts;
  }

  // The scale of the ring's colours stands where the axis would: the deepest where the value is highest.
  ramp(py, which, low, high, x, theme) {
    const all = shades(theme);
    const [least, most] = which === 'force' ? [0, high] : [low, high];
    const pick = (v) =>
      all[
        Math.round(
          (Math.abs(which === 'force' ? v : v - least) / (most - least || 1)) * (all.length - 1),
        )
      ] ?? all[0];
    const n = 24;
    return Array.from({ length: n }, (_, i) => {
      const [a, b] = [low + ((high - low) * i) / n, low + ((high - low) * (i + 1)) / n];
      return el('svg:rect', {
        x,
        width: RAMP,
        y: py(b).toFixed(2),
        height: (py(a) - py(b) + 0.4).toFixed(2),
        fill: pick((a + b) / 2),
      });
    });
  }

  marks(px) {
    const { valleys, rests } = this.look;
    const parts = [];
    const taken = [];
    for (const { angle, value } of valleys.slice(0, 4)) {
      const [x, y] = [px(angle), this.y.loss(value)];
      parts.push(
        el('svg:path', {
          class: 'valley',
          d: `M${x.toFixed(1)} ${(y + 2.5).toFixed(1)}l-3.2 5.4h6.4Z`,
        }),
      );
      if (taken.some((other) => Math.abs(other - x) < 34)) continue;
      taken.push(x);
      const side = x > px(145) ? -1 : 1;
      parts.push(
        el('svg:text', {
          class: 'valley-name',
          x: (x + side * 6).toFixed(1),
          y: (y + 10).toFixed(1),
          'text-anchor': side < 0 ? 'end' : 'start',
          text: angleText(angle),
        }),
      );
    }
    const zero = this.y.force(0);
    for (const { angle, stable } of rests) {
      parts.push(
        el('svg:circle', {
          class: stable ? 'rest' : 'edge',
          cx: px(angle).toFixed(1),
          cy: zero.toFixed(1),
          r: stable ? 3.6 : 3,
        }),
      );
    }
    return parts;
  }

  // The query's place; where the hand is wins over it in the words.
  set(angle) {
    this.at = angle;
    this.point(this.pointed);
  }

  point(angle) {
    this.pointed = angle;
    if (!this.look || !this.x) return;
    const { angles, loss, force, words } = this.look;
    const parts = [];
    const cross = (at, kind) => {
      const x = this.x.px(at).toFixed(1);
      parts.push(el('svg:line', { class: kind, x1: x, x2: x, y1: ROOM.top, y2: this.base }));
      for (const [which, values] of [
        ['loss', loss],
        ['force', force],
      ]) {
        parts.push(
          el('svg:circle', {
            class: `${kind}-dot`,
            cx: x,
            cy: this.y[which](valueAt(angles, values, at)).toFixed(1),
            r: which === 'loss' ? 4.4 : 3.2,
          }),
        );
      }
    };
    cross(this.at, 'query-at');
    if (angle !== null) cross(angle, 'hand-at');
    this.over.replaceChildren(...parts);
    const text = words(angle ?? this.at, angle === null);
    setText(this.readout, text);
    setAttribute(
      this.area,
      'aria-label',
      `Loss ${'AB'[this.index]} once round. ${this.look.title}. ${aloud(text)}. Arrow keys move the query.`,
    );
  }

  close() {
    this.watcher.disconnect();
  }
}
