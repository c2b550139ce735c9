// The heat map: a row of the landscape for each setting. Plotly draws the colours and the axes; what
// moves with the hand (the query, the present setting, the marks) lies over it and costs nothing.

import { el, setAttribute } from '../../kit/dom.js';
import { ticks } from '../../kit/axes.js';
import { CONFIG, layoutOf, traceOf } from './heatfigure.js';
import { zoomOf } from './zoom.js';

const ROOM = { l: 44, r: 18, t: 16, b: 34 };
const NEAR = 22;

// Where a value lies among the settings, in rows; they need not be evenly spaced.
export function rowOf(settings, value) {
  const last = settings.length - 1;
  if (value <= settings[0]) return 0;
  if (value >= settings[last]) return last;
  const i = settings.findIndex((v) => v > value) - 1;
  return i + (value - settings[i]) / (settings[i + 1] - settings[i]);
}

// Round values among the settings; 1, 2, 5, ... where equal steps are equal ratios.
function settingTicks(settings, wanted) {
  const [low, high] = [settings[0], settings[settings.length - 1]];
  const isGeometric = low > 0 && settings[1] - low < 0.5 * (high - settings[settings.length - 2]);
  if (!isGeometric) return ticks(low, high, wanted);
  const found = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1) {
    for (const m of [1, 2, 5])
      if (m * 10 ** power >= low * 0.999 && m * 10 ** power <= high * 1.001)
        found.push(m * 10 ** power);
  }
  return found;
}

const around = (a, b) => Math.abs(((((a - b + 180) % 360) + 360) % 360) - 180);

export class HeatMap {
  // plotly() promises window.Plotly; pointed({angle, row} or null), go({angle, row}).
  constructor({ plotly, pointed, go, key }) {
    this.plotly = plotly;
    this.drawn = false;
    this.waiting = false;
    this.took = 0;
    this.ended = 0;
    this.plot = el('div', { class: 'heat-plot' });
    this.contours = el('svg:g', {});
    this.over = el('svg:g', {});
    this.hand = el('svg:g', {});
    this.svg = el(
      'svg:svg',
      { class: 'heat-over', 'aria-hidden': 'true' },
      this.contours,
      this.over,
      this.hand,
    );
    this.wait = el('p', { class: 'heat-wait', text: 'The landscape comes up here.' });
    this.node = el(
      'div',
      {
        class: 'heat',
        tabindex: '0',
        role: 'application',
        'aria-roledescription': 'heat map',
        'data-testid': 'heat',
        onkeydown: key,
      },
      this.plot,
      this.svg,
      this.wait,
    );
    const at = (event) => {
      if (!this.look) return null;
      const box = this.node.getBoundingClientRect();
      return this.inside(
        (event.clientX - box.left) / this.zoom,
        (event.clientY - box.top) / this.zoom,
      );
    };
    this.node.addEventListener('pointermove', (event) => pointed(at(event)));
    this.node.addEventListener('pointerleave', () => pointed(null));
    this.node.addEventListener('click', (event) => {
      const place = at(event);
      if (place) go(place);
    });
    this.size = [0, 0]; // asked of the observer, never of the layout: that would be worked out again
    this.watcher = new ResizeObserver(([{ contentRect }]) => {
      this.zoom = zoomOf(this.node);
      this.size = [contentRect.width, contentRect.height].map((value) =>
        Math.round(value / this.zoom),
      );
      this.again();
    });
    this.watcher.observe(this.node);
  }

  inside(x, y) {
    const { w, h } = this.box;
    const [across, up] = [(x - ROOM.l) / w, 1 - (y - ROOM.t) / h];
    if (across < -0.03 || across > 1.03 || up < -0.06 || up > 1.03) return null;
    const n = this.look.settings.length;
    return {
      angle: Math.max(-180, Math.min(180, 360 * across - 180)),
      row: Math.max(0, Math.min(n - 1, up * n - 0.5)),
    };
  }

  // look: {rows: [Float32Array of shares 0..1], angles, settings, label, foot, lines: [{kind, rows: [[angle]]}], theme}
  draw(look) {
    this.look = look;
    this.again();
  }

  // At most one drawing a frame, of the newest; where drawing is slow the hand comes first.
  again() {
    if (this.waiting || !this.look) return;
    this.waiting = true;
    const pause = this.took > 40 ? Math.max(0, this.ended + 2 * this.took - performance.now()) : 0;
    setTimeout(() => this.inFrame(), pause);
  }

  inFrame() {
    requestAnimationFrame(async () => {
      try {
        if (!window.Plotly) await this.plotly();
        this.waiting = false;
        await this.now();
      } catch {
        this.waiting = false;
        this.wait.textContent =
          'The heat map needs plotly.js, which did not load: reload the page.';
      }
    });
  }

  async now() {
    const { look } = this;
    const [width, height] = this.size;
    if (width < 90 || height < 90) return;
    const began = performance.now();
    this.box = { width, height, w: width - ROOM.l - ROOM.r, h: height - ROOM.t - ROOM.b };
    this.wait.hidden = true;
    const shown = settingTicks(look.settings, Math.max(2, this.box.h / 60));
    const layout = layoutOf(look, {
      room: { width, height, margin: ROOM },
      zoom: this.zoom,
      style: this.styleOf(look.theme),
      ticks: shown.map((value) => ({
        row: rowOf(look.settings, value),
        text: String(Number(value.toPrecision(6))),
      })),
    });
    await window.Plotly.react(this.plot, [traceOf(look)], layout, CONFIG);
    this.drawn = true;
    this.lines();
    if (this.marked) this.mark(this.marked);
    this.ended = performance.now();
    this.took = this.ended - began;
    this.node.dataset.drawn = String(Number(this.node.dataset.drawn ?? 0) + 1);
    this.node.dataset.took = this.took.toFixed(1);
  }

  // Plotly knows no color-mix(): the browser works the colours out, once for each theme.
  styleOf(theme) {
    if (this.style?.theme === theme) return this.style;
    const probe = el('span', {});
    this.node.append(probe);
    const read = (name) => {
      probe.style.color = `var(${name})`;
      const value = getComputedStyle(probe).color;
      const srgb = value.match(/color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)/);
      return srgb
        ? `rgb(${srgb
            .slice(1)
            .map((v) => Math.round(255 * Number(v)))
            .join(',')})`
        : value;
    };
    this.style = {
      theme,
      text: read('--soft'),
      edge: read('--edge'),
      family: getComputedStyle(probe).fontFamily,
    };
    probe.remove();
    return this.style;
  }

  px(angle) {
    return ROOM.l + (this.box.w * (angle + 180)) / 360;
  }

  py(row) {
    return ROOM.t + this.box.h * (1 - (row + 0.5) / this.look.settings.length);
  }

  // Valleys and places of rest, row by row, joined to the nearest of the next row.
  lines() {
    const paths = this.look.lines.map(({ kind, rows }) => {
      let d = '';
      rows.forEach((angles, row) => {
        for (const angle of angles) {
          const next = (rows[row + 1] ?? []).reduce(
            (best, other) =>
              best === null || around(other, angle) < around(best, angle) ? other : best,
            /** @type {number | null} */ (null),
          );
          const joined = next !== null && Math.abs(next - angle) < NEAR;
          const [x, y] = [this.px(angle).toFixed(1), this.py(row)];
          d += joined
            ? `M${x} ${y.toFixed(1)}L${this.px(next).toFixed(1)} ${this.py(row + 1).toFixed(1)}`
            : `M${x} ${this.py(row - 0.5).toFixed(1)}L${x} ${this.py(row + 0.5).toFixed(1)}`;
        }
      });
      return el('svg:path', { class: `contour ${kind}`, d });
    });
    this.contours.replaceChildren(...paths);
  }

  // marks: [{angle, kind: 'positive' | 'negative'}]; setting: the value now, null when not of this loss.
  mark(marked) {
    this.marked = marked;
    if (!this.drawn || !this.box) return;
    const { query, setting, marks } = marked;
    const { l, t } = ROOM;
    const { w, h } = this.box;
    setAttribute(this.svg, 'viewBox', `0 0 ${this.box.width} ${this.box.height}`);
    const parts = marks.map(({ angle, kind }) => {
      const x = this.px(angle).toFixed(1);
      return kind === 'positive'
        ? el('svg:path', { class: 'positive', d: `M${x} ${t - 2}l-4.5 -8h9Z` })
        : el('svg:path', { class: 'negative', d: `M${x} ${t - 2}v-9` });
    });
    const x = this.px(query).toFixed(1);
    parts.push(
      el('svg:path', { class: 'halo', d: `M${x} ${t}v${h}` }),
      el('svg:path', { class: 'query-line', d: `M${x} ${t}v${h}` }),
    );
    if (Number.isFinite(setting)) {
      const y = this.py(rowOf(this.look.settings, setting)).toFixed(1);
      parts.push(
        el('svg:path', { class: 'halo', d: `M${l} ${y}h${w}` }),
        el('svg:path', { class: 'setting-line', d: `M${l - 5} ${y}h${w + 5}` }),
        el('svg:circle', { class: 'query-dot', cx: x, cy: y, r: 4.6 }),
      );
    }
    this.over.replaceChildren(...parts);
  }

  point(place) {
    if (!this.box || !place) {
      this.hand.replaceChildren();
      return;
    }
    const x = this.px(place.angle).toFixed(1);
    const { t } = ROOM;
    this.hand.replaceChildren(
      el('svg:path', { class: 'hand-line', d: `M${x} ${t}v${this.box.h}` }),
      ...(place.row === undefined
        ? []
        : [
            el('svg:path', {
              class: 'hand-line',
              d: `M${ROOM.l} ${this.py(place.row).toFixed(1)}h${this.box.w}`,
            }),
          ]),
    );
  }

  close() {
    this.watcher.disconnect();
    if (this.drawn && window.Plotly) window.Plotly.purge(this.plot);
    this.drawn = false;
  }
}
