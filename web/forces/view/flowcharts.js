// The charts under one stage: its loss beside what is known of it, alignment, uniformity, nearest angles.

import { apart, ticks } from '../../kit/axes.js';
import { digits, el, setAttribute, setText } from '../../kit/dom.js';
import { zoomOf } from './zoom.js';

const [LOSS_HEIGHT, SPARK_HEIGHT, BARS_HEIGHT] = [118, 32, 82];
const [LEFT, RIGHT] = [44, 8];
const tall = (units) => `height:calc(${units}px*var(--k))`;

function path(values, x, y) {
  let d = '';
  values.forEach((value, i) => {
    if (Number.isFinite(value)) d += `${d ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  return d;
}

function rangeOf(values) {
  const known = values.filter(Number.isFinite);
  return [Math.min(...known), Math.max(...known)];
}

// Two ends of a range, as many decimals as tell them apart.
function roundText(value, range) {
  return String(
    Math.abs(value) < 1e-6 ? 0 : Number(value.toFixed(Math.abs(value) < 1 || range < 0.3 ? 2 : 1)),
  ).replace('-', '−');
}

// A start far above where the course spends its time is cut off, and so is a goal far below it.
function lossRange(values, lines) {
  const reach = { bound: 1.5, optimum: 4, polygon: Infinity };
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const usual = sorted[Math.round((sorted.length - 1) * 0.97)];
  let [low, high] = [sorted[0], sorted[sorted.length - 1]];
  if (usual - low > 1e-9) high = Math.min(high, usual + 3 * (usual - low));
  for (const line of [...lines].reverse()) {
    line.far = low - line.value > reach[line.kind] * Math.max(high - low, 1e-3);
    if (!line.far) [low, high] = [Math.min(low, line.value), Math.max(high, line.value)];
  }
  const least = 0.02 * Math.max(Math.abs(low), 0.05);
  if (high - low < least) high = low + least;
  const room = high - low;
  return [low - 0.24 * Math.max(1, lines.length) * room, high + 0.08 * room];
}

export function lossTitle({ loss, optimum, polygon }) {
  const [first, last] = [loss[0], loss[loss.length - 1]];
  const close = (value) => Math.abs(last - value) < 3e-4 * Math.max(0.1, Math.abs(value));
  const stays = Math.abs(first - last) < 1e-4;
  const moved = stays ? 'Loss stays' : `Loss ${last < first ? 'falls' : 'rises'}`;
  const known = Number.isFinite(optimum?.value);
  if (known && optimum.kind === 'optimum' && close(optimum.value))
    return `${moved} ${stays ? 'at' : 'to'} its optimum`;
  if (polygon && close(polygon.value))
    return `${moved} ${stays ? 'at' : 'to'} the regular polygon's`;
  if (polygon && last < polygon.value) return `${moved} below the regular polygon's`;
  if (known && close(optimum.value)) return `${moved} ${stays ? 'at' : 'to'} its lower bound`;
  if (polygon) return `${moved}, ${digits(last - polygon.value)} above the polygon's`;
  if (known)
    return `${moved}, ${digits(last - optimum.value)} above its ${optimum.kind === 'bound' ? 'bound' : 'optimum'}`;
  return stays ? 'Loss stays where it is' : `${moved} from ${digits(first)}`;
}

export function alignmentTitle(values, tied) {
  const [first, last] = [values[0], values[values.length - 1]];
  if (tied) return 'Views as one point';
  if (last < 1e-3) return first < 1e-3 ? 'Views stay together' : 'Views meet';
  if (last > first * 1.2) return 'Views drift apart';
  return last < first * 0.8 ? 'Views come closer' : 'Views stay as close';
}

export function uniformityTitle(values) {
  const change = values[values.length - 1] - values[0];
  if (Math.abs(change) < 0.02) return 'Spread stays';
  return change < 0 ? 'Points spread out' : 'Points crowd';
}

class Spark {
  constructor(name, help) {
    this.title = el('h4', {});
    this.value = el('b', {});
    this.other = el('svg:path', { class: 'flow-other' });
    this.line = el('svg:path', { class: 'flow-line' });
    this.now = el('svg:line', { class: 'flow-now', y1: 0, y2: SPARK_HEIGHT });
    this.ends = [
      el('svg:text', { class: 'flow-tick', x: 0, y: 9 }),
      el('svg:text', { class: 'flow-tick', x: 0, y: SPARK_HEIGHT - 1 }),
    ];
    this.svg = el(
      'svg:svg',
      { style: tall(SPARK_HEIGHT), 'aria-hidden': 'true' },
      this.other,
      this.line,
      this.now,
      ...this.ends,
    );
    this.room = el('div', { class: 'flow-course' }, this.svg);
    this.node = el(
      'div',
      { class: 'flow-spark', title: help },
      this.title,
      el('div', { class: 'flow-spark-row' }, this.room, el('p', {}, name, this.value)),
    );
  }

  draw(title, own, other, zoom) {
    const width = Math.max(40, this.room.clientWidth / zoom);
    setText(this.title, title);
    setAttribute(this.svg, 'viewBox', `0 0 ${width} ${SPARK_HEIGHT}`);
    let [low, high] = rangeOf([...own, ...other]);
    const flat = high - low < 5e-3;
    if (flat) [low, high] = [low - 0.5, high + 0.5];
    this.x = (i) => 34 + ((width - 36) * i) / Math.max(1, own.length - 1);
    const y = (v) => 4 + (SPARK_HEIGHT - 8) * (1 - (v - low) / (high - low));
    setAttribute(this.line, 'd', path(own, this.x, y));
    setAttribute(this.other, 'd', path(other, this.x, y));
    this.ends.forEach((end, i) => setText(end, flat ? '' : roundText([high, low][i], high - low)));
    this.values = own;
  }

  at(frame) {
    const x = this.x(frame).toFixed(1);
    setAttribute(this.now, 'x1', x);
    setAttribute(this.now, 'x2', x);
    setText(this.value, digits(Number(this.values[Math.round(frame)].toFixed(4))));
  }
}

export class FlowCharts {
  // go(frame) moves the player.
  constructor({ which, go }) {
    this.which = which;
    this.go = go;
    this.answer = null;
    this.title = el('h3', {});
    this.value = el('b', {});
    this.under = el('svg:g', {});
    this.now = el('svg:line', { class: 'flow-now' });
    this.dot = el('svg:circle', { class: 'flow-dot', r: 3.6 });
    this.svg = el(
      'svg:svg',
      { class: 'flow-loss', style: tall(LOSS_HEIGHT), 'aria-hidden': 'true' },
      this.under,
      this.now,
      this.dot,
    );
    this.svg.addEventListener('pointerdown', (event) => {
      this.svg.setPointerCapture(event.pointerId);
      this.held = true;
      this.scrub(event);
    });
    this.svg.addEventListener('pointermove', (event) => {
      if (this.held) this.scrub(event);
    });
    this.svg.addEventListener('pointerup', () => {
      this.held = false;
    });
    this.sparks = [
      new Spark(
        'alignment',
        'Mean squared distance between views of an item; same range for both losses, the other loss in grey.',
      ),
      new Spark(
        'uniformity',
        'Log of the mean Gaussian potential, lower is more uniform; same range for both losses, the other loss in grey.',
      ),
    ];
    this.barsTitle = el('h4', {
      title:
        'Share of the points whose nearest other item is that far away, now; same range for both losses',
    });
    this.bars = el('svg:path', { class: 'flow-bar' });
    this.barsUnder = el('svg:g', {});
    this.barsSvg = el(
      'svg:svg',
      { class: 'flow-bars', style: tall(BARS_HEIGHT), 'aria-hidden': 'true' },
      this.barsUnder,
      this.bars,
    );
    this.node = el(
      'div',
      { class: 'flow-foot', 'data-testid': `flow-foot-${which}` },
      el('div', { class: 'flow-title' }, this.title, this.value),
      this.svg,
      el(
        'div',
        { class: 'flow-lower' },
        el('div', { class: 'flow-sparks' }, ...this.sparks.map(({ node }) => node)),
        (this.barsRoom = el('div', { class: 'flow-nearest' }, this.barsTitle, this.barsSvg)),
      ),
    );
    this.watcher = new ResizeObserver(() => {
      if (this.answer) this.draw();
    });
    this.watcher.observe(this.node);
  }

  setAnswer(answer, stepOf) {
    this.answer = answer;
    this.stepOf = stepOf;
    this.drawn = null;
    this.frame = 0;
    this.draw();
  }

  draw() {
    this.zoom = zoomOf(this.node);
    const width = Math.round(this.svg.getBoundingClientRect().width / this.zoom);
    if (width < 60 || this.drawn === width) return;
    this.drawn = width;
    const own = this.answer.of[this.which];
    const other = this.answer.of[1 - this.which];
    this.drawLoss(own, width);
    this.sparks[0].draw(
      alignmentTitle(own.alignment, this.answer.n_points === Math.max(...this.answer.items) + 1),
      own.alignment,
      other.alignment,
      this.zoom,
    );
    this.sparks[1].draw(
      uniformityTitle(own.uniformity),
      own.uniformity,
      other.uniformity,
      this.zoom,
    );
    this.drawBars(Math.round(this.barsRoom.clientWidth / this.zoom));
    this.at(this.frame);
  }

  drawLoss(own, width) {
    setText(this.title, lossTitle(own));
    setAttribute(
      this.title,
      'title',
      `${own.optimum?.text ?? ''} Each loss has its own axis: their heights do not compare.`.trim(),
    );
    setAttribute(this.svg, 'viewBox', `0 0 ${width} ${LOSS_HEIGHT}`);
    const lines = [];
    if (Number.isFinite(own.optimum?.value))
      lines.push({
        value: own.optimum.value,
        text: own.optimum.kind === 'bound' ? 'lower bound' : 'optimum',
        kind: own.optimum.kind === 'bound' ? 'bound' : 'optimum',
        title: own.optimum.text,
      });
    if (own.polygon) {
      const same =
        lines[0] &&
        Math.abs(lines[0].value - own.polygon.value) < 1e-6 + 1e-4 * Math.abs(own.polygon.value);
      if (same) lines[0].text = `${lines[0].text}: the regular polygon`;
      else
        lines.push({
          value: own.polygon.value,
          text: 'regular polygon',
          kind: 'polygon',
          title: 'The loss of the regular polygon.',
        });
    }
    const [low, high] = lossRange(own.loss, lines);
    const [top, base] = [6, LOSS_HEIGHT - 19];
    const n = own.loss.length;
    const edge = width - RIGHT;
    this.x = (i) => LEFT + ((edge - LEFT) * i) / Math.max(1, n - 1);
    const straight = (v) => top + (base - top) * (1 - (v - low) / (high - low));
    this.y = (v) => Math.max(top, Math.min(base, straight(v)));
    const parts = [];
    for (const tick of ticks(low, high, 4)) {
      const y = this.y(tick).toFixed(1);
      parts.push(
        el('svg:line', { class: 'flow-grid', x1: LEFT, x2: edge, y1: y, y2: y }),
        el('svg:text', {
          class: 'flow-tick',
          x: LEFT - 6,
          y: Number(y) + 4,
          'text-anchor': 'end',
          text: String(Number(tick.toPrecision(6))).replace('-', '−'),
        }),
      );
    }
    const last = this.stepOf(n - 1);
    for (const tick of ticks(0, last, width / 90)) {
      const x = this.x((tick * (n - 1)) / Math.max(1, last));
      parts.push(
        el('svg:text', {
          class: 'flow-tick',
          x: x.toFixed(1),
          y: LOSS_HEIGHT - 5,
          'text-anchor': x > edge - 20 ? 'end' : 'middle',
          text: tick === 0 ? 'step 0' : tick.toLocaleString('en'),
        }),
      );
    }
    const end = straight(own.loss[n - 1]);
    const isJustAbove = (value) => end < this.y(value) - 1 && end > this.y(value) - 18;
    const wanted = lines.map(({ value, kind, far }) =>
      far
        ? base - 3
        : this.y(value) +
          (kind === 'polygon' && !isJustAbove(value) && this.y(value) > top + 14 ? -4 : 12),
    );
    const at = apart(wanted, 12, top + 10, base - 2);
    lines.forEach(({ value, text, kind, title, far }, i) => {
      const y = this.y(value).toFixed(1);
      if (!far)
        parts.push(
          el('svg:line', { class: `flow-known ${kind}`, x1: LEFT, x2: edge, y1: y, y2: y }),
        );
      lines[i].label = el(
        'svg:text',
        { class: 'flow-known-text', x: edge, y: at[i].toFixed(1), 'text-anchor': 'end' },
        `${text} ${digits(value)}${far ? ', below ↓' : ''}`,
        el('svg:title', { text: title }),
      );
    });
    parts.push(
      el(
        'svg:svg',
        {
          class: 'flow-inner',
          x: LEFT,
          y: top,
          width: edge - LEFT,
          height: base - top,
          viewBox: `${LEFT} ${top} ${edge - LEFT} ${base - top}`,
        },
        el('svg:path', { class: 'flow-line', d: path(own.loss, this.x, straight) }),
      ),
      ...lines.map(({ label }) => label),
    );
    if (own.loss[0] > high)
      parts.push(
        el('svg:text', {
          class: 'flow-tick',
          x: this.x(own.loss.findIndex((v) => v <= high)) + 8,
          y: top + 9,
          text: `starts at ${digits(own.loss[0])}`,
        }),
      );
    this.under.replaceChildren(...parts);
    setAttribute(this.now, 'y1', top);
    setAttribute(this.now, 'y2', base);
  }

  // Bars of the share of points whose nearest other item is that far; one range for both losses.
  drawBars(width) {
    const { bins, arrays, items, dims } = this.answer;
    setAttribute(this.barsSvg, 'viewBox', `0 0 ${width} ${BARS_HEIGHT}`);
    const most = arrays.nearest.reduce((a, b) => Math.max(a, b), 0) || 1;
    const [top, base, left] = [13, BARS_HEIGHT - 18, 36];
    this.barX = (angle) => left + ((width - 4 - left) * angle) / 180;
    this.barY = (share) => base - ((base - top) * share) / most;
    this.bins = bins;
    /** @type {Element[]} */
    const parts = [
      el('svg:line', { class: 'flow-axis', x1: left, x2: width - 4, y1: base, y2: base }),
    ];
    for (const angle of [0, 90, 180]) {
      parts.push(
        el('svg:text', {
          class: 'flow-tick',
          x: this.barX(angle),
          y: BARS_HEIGHT - 5,
          'text-anchor': angle === 180 ? 'end' : 'middle',
          text: `${angle}°`,
        }),
      );
    }
    parts.push(
      el('svg:text', {
        class: 'flow-tick',
        x: left - 5,
        y: top + 4,
        'text-anchor': 'end',
        text: `${Math.round(100 * most)} %`,
      }),
    );
    if (dims === 2) {
      const even = 360 / (Math.max(...items) + 1);
      const x = this.barX(Math.min(180, even)).toFixed(1);
      const right = even < 110;
      parts.push(
        el('svg:line', { class: 'flow-known polygon', x1: x, x2: x, y1: 3, y2: base }),
        el('svg:text', {
          class: 'flow-known-text',
          x: Number(x) + (right ? 5 : -5),
          y: 11,
          'text-anchor': right ? 'start' : 'end',
          text: `polygon ${Number(even.toFixed(1))}°`,
        }),
      );
    }
    this.barsUnder.replaceChildren(...parts);
  }

  at(frame) {
    this.frame = frame;
    if (!this.drawn) return;
    const own = this.answer.of[this.which];
    const near = Math.round(frame);
    const x = this.x(frame).toFixed(1);
    setAttribute(this.now, 'x1', x);
    setAttribute(this.now, 'x2', x);
    setAttribute(this.dot, 'cx', x);
    setAttribute(this.dot, 'cy', this.y(own.loss[near]).toFixed(1));
    setText(this.value, digits(own.loss[near]));
    for (const spark of this.sparks) spark.at(frame);
    this.fillBars(near);
  }

  fillBars(frame) {
    const { arrays, n_frames: nFrames } = this.answer;
    const n = this.bins.length - 1;
    const from = (this.which * nFrames + frame) * n;
    const base = this.barY(0);
    let d = '';
    let best = 0;
    for (let i = 0; i < n; i += 1) {
      const share = arrays.nearest[from + i];
      if (share > arrays.nearest[from + best]) best = i;
      if (share <= 0) continue;
      const [a, b] = [this.barX(this.bins[i]) + 0.5, this.barX(this.bins[i + 1]) - 0.5];
      d += `M${a.toFixed(1)} ${base}V${this.barY(share).toFixed(1)}H${b.toFixed(1)}V${base}z`;
    }
    setAttribute(this.bars, 'd', d);
    const most = arrays.nearest[from + best];
    const [a, b] = [this.bins[best], this.bins[best + 1]];
    const where =
      a <= 0 ? `under ${Number(b.toFixed(1))}°` : `at ${Number(((a + b) / 2).toFixed(1))}°`;
    setText(this.barsTitle, `Nearest ${where}: ${Math.round(100 * most)} %`);
  }

  scrub(event) {
    if (!this.x || !this.answer) return;
    const box = this.svg.getBoundingClientRect();
    const share =
      ((event.clientX - box.left) / this.zoom - LEFT) / (box.width / this.zoom - LEFT - RIGHT);
    this.go(Math.round(Math.max(0, Math.min(1, share)) * (this.answer.n_frames - 1)));
  }

  close() {
    this.watcher.disconnect();
  }
}
