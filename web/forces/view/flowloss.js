// The loss of a flow over its steps, beside what is known of it.

import { apart, ticks } from '../../kit/axes.js';
import { digits, el, setAttribute, setText } from '../../kit/dom.js';
import { path, tall } from './flowspark.js';
import { lossTitle } from './flowwords.js';

const HEIGHT = 118;
const [LEFT, RIGHT] = [44, 8];
const [TOP, BASE] = [6, HEIGHT - 19];

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

/**
 * What is known of a loss: its optimum or bound, and the loss of the regular polygon.
 * @param {any} own  what the answer says of one loss
 */
function knownOf(own) {
  /** @type {{ value: number, text: string, kind: string, title: string, far?: boolean }[]} */
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
  return lines;
}

export class FlowLoss {
  held = false;
  drawn = false;
  zoom = 1;
  edge = 0;
  /** @type {(frame: number) => number} */
  x = () => NaN;
  /** @type {(loss: number) => number} */
  y = () => NaN;

  /** @param {(share: number) => void} go  moves the player to a share of its frames */
  constructor(go) {
    this.go = go;
    this.title = el('h3', {});
    this.value = el('b', {});
    this.under = el('svg:g', {});
    this.now = el('svg:line', { class: 'flow-now' });
    this.dot = el('svg:circle', { class: 'flow-dot', r: 3.6 });
    this.svg = el(
      'svg:svg',
      { class: 'flow-loss', style: tall(HEIGHT), 'aria-hidden': 'true' },
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
  }

  /** @param {MouseEvent} event */
  scrub(event) {
    if (!this.drawn) return;
    const box = this.svg.getBoundingClientRect();
    const share =
      ((event.clientX - box.left) / this.zoom - LEFT) / (box.width / this.zoom - LEFT - RIGHT);
    this.go(Math.max(0, Math.min(1, share)));
  }

  /**
   * @param {any} own  what the answer says of one loss
   * @param {number} width
   * @param {number} zoom
   * @param {(frame: number) => number} stepOf
   */
  draw(own, width, zoom, stepOf) {
    this.drawn = true;
    this.zoom = zoom;
    setText(this.title, lossTitle(own));
    setAttribute(
      this.title,
      'title',
      `${own.optimum?.text ?? ''} Each loss has its own axis: their heights do not compare.`.trim(),
    );
    setAttribute(this.svg, 'viewBox', `0 0 ${width} ${HEIGHT}`);
    const lines = knownOf(own);
    const [low, high] = lossRange(own.loss, lines);
    const n = own.loss.length;
    const edge = width - RIGHT;
    this.edge = edge;
    this.x = (i) => LEFT + ((edge - LEFT) * i) / Math.max(1, n - 1);
    /** @param {number} v */
    const straight = (v) => TOP + (BASE - TOP) * (1 - (v - low) / (high - low));
    this.y = (v) => Math.max(TOP, Math.min(BASE, straight(v)));
    const marks = this.known(lines, straight(own.loss[n - 1]));
    const inner = {
      class: 'flow-inner',
      x: LEFT,
      y: TOP,
      width: edge - LEFT,
      height: BASE - TOP,
      viewBox: `${LEFT} ${TOP} ${edge - LEFT} ${BASE - TOP}`,
    };
    const line = el('svg:path', { class: 'flow-line', d: path(own.loss, this.x, straight) });
    const parts = [
      ...this.grid(low, high, n, stepOf),
      ...marks.flatMap((one) => (one.line ? [one.line] : [])),
      el('svg:svg', inner, line),
      ...marks.map(({ label }) => label),
    ];
    if (own.loss[0] > high)
      parts.push(
        el('svg:text', {
          class: 'flow-tick',
          x: this.x(own.loss.findIndex((/** @type {number} */ v) => v <= high)) + 8,
          y: TOP + 9,
          text: `starts at ${digits(own.loss[0])}`,
        }),
      );
    this.under.replaceChildren(...parts);
    setAttribute(this.now, 'y1', TOP);
    setAttribute(this.now, 'y2', BASE);
  }

  /**
   * @param {number} low
   * @param {number} high
   * @param {number} n
   * @param {(frame: number) => number} stepOf
   * @returns {Element[]}
   */
  grid(low, high, n, stepOf) {
    const { edge } = this;
    /** @type {Element[]} */
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
    const last = stepOf(n - 1);
    for (const tick of ticks(0, last, (edge + RIGHT) / 90)) {
      const x = this.x((tick * (n - 1)) / Math.max(1, last));
      parts.push(
        el('svg:text', {
          class: 'flow-tick',
          x: x.toFixed(1),
          y: HEIGHT - 5,
          'text-anchor': x > edge - 20 ? 'end' : 'middle',
          text: tick === 0 ? 'step 0' : tick.toLocaleString('en'),
        }),
      );
    }
    return parts;
  }

  /**
   * Lines of what is known, and their names kept apart from each other and from the end of the curve.
   * @param {ReturnType<typeof knownOf>} lines
   * @param {number} end  where the curve ends
   */
  known(lines, end) {
    const { edge } = this;
    const isJustAbove = (value) => end < this.y(value) - 1 && end > this.y(value) - 18;
    const wanted = lines.map(({ value, kind, far }) =>
      far
        ? BASE - 3
        : this.y(value) +
          (kind === 'polygon' && !isJustAbove(value) && this.y(value) > TOP + 14 ? -4 : 12),
    );
    const at = apart(wanted, 12, TOP + 10, BASE - 2);
    return lines.map(({ value, text, kind, title, far }, i) => {
      const y = this.y(value).toFixed(1);
      const line = el('svg:line', {
        class: `flow-known ${kind}`,
        x1: LEFT,
        x2: edge,
        y1: y,
        y2: y,
      });
      const label = el(
        'svg:text',
        { class: 'flow-known-text', x: edge, y: at[i].toFixed(1), 'text-anchor': 'end' },
        `${text} ${digits(value)}${far ? ', below ↓' : ''}`,
        el('svg:title', { text: title }),
      );
      return { line: far ? null : line, label };
    });
  }

  /**
   * @param {number} frame
   * @param {number} loss  there
   */
  at(frame, loss) {
    const x = this.x(frame).toFixed(1);
    setAttribute(this.now, 'x1', x);
    setAttribute(this.now, 'x2', x);
    setAttribute(this.dot, 'cx', x);
    setAttribute(this.dot, 'cy', this.y(loss).toFixed(1));
    setText(this.value, digits(loss));
  }
}
