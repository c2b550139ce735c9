// The heat map: a row of the landscape for each setting. Plotly draws the colours and the axes; what
// moves with the hand (the query, the present setting, the marks) lies over it and costs nothing.

import { Chart } from '../../kit/chart.js';
import { el } from '../../kit/dom.js';
import { heatFigure, rowOf } from './heatfigure.js';

/** @import { HeatLook } from './heatfigure.js' */

/**
 * @param {string} kind
 * @param {string} d
 */
const line = (kind, d) => el('svg:path', { class: kind, d });

/** @typedef {{ angle: number, row: number }} Spot */

/**
 * What lies over the map: the query, the setting's value now (NaN when it is not of this loss), marks.
 * @typedef {{ query: number, setting: number, marks: { angle: number, kind: string }[] }} Marked
 */

export class HeatMap {
  /** @type {HeatLook | null} */
  look = null;
  /** @type {Marked | null} */
  marked = null;

  /**
   * @param {object} given
   * @param {() => string} given.title  says what is seen
   * @param {(place: Spot | null) => void} given.pointed
   * @param {(place: Spot) => void} given.go
   * @param {(event: KeyboardEvent) => void} given.key
   */
  constructor({ title, pointed, go, key }) {
    this.hand = el('svg:g', {});
    this.under = el('svg:g', {});
    /** @type {(x: number | null, y: number | null) => Spot | null} */
    const place = (x, y) => (x === null || y === null ? null : { angle: x, row: this.heldRow(y) });
    this.chart = new Chart({
      title,
      pointed: (x, y) => pointed(place(x, y)),
      picked: (x, y) => {
        const picked = place(x, y);
        if (picked) go(picked);
      },
      drawn: () => this.marked && this.mark(this.marked),
      wait: 'The landscape comes up here.',
    });
    this.chart.own.append(this.under, this.hand);
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
      this.chart.node,
    );
  }

  /** @param {number} y */
  heldRow(y) {
    return Math.max(0, Math.min((this.look?.settings.length ?? 1) - 1, y));
  }

  /**
   * look: of swept.heatOf(), with the theme
   * @param {HeatLook} look
   */
  draw(look) {
    this.look = look;
    this.chart.draw((paper) => heatFigure(look, paper));
  }

  /**
   * marks: [{angle, kind: 'positive' | 'negative'}]; setting: the value now, null when not of this
   * loss.
   * @param {Marked} marked
   */
  mark(marked) {
    this.marked = marked;
    const { chart } = this;
    const { look } = this;
    if (!chart.figure || !look) return;
    const { query, setting, marks } = marked;
    const { left, right, top, base } = chart.area;
    const x = chart.px(query).toFixed(1);
    chart.over.at = query;
    const parts = [
      ...marks.map(({ angle, kind }) => {
        const at = `M${chart.px(angle).toFixed(1)} ${top - 2}`;
        return line(kind, `${at}${kind === 'positive' ? 'l-4.5 -8h9Z' : 'v-9'}`);
      }),
      line('halo', `M${x} ${top}V${base}`),
      line('query-line', `M${x} ${top}V${base}`),
    ];
    if (Number.isFinite(setting)) {
      const y = chart.py(rowOf(look.settings, setting)).toFixed(1);
      parts.push(
        line('halo', `M${left} ${y}H${right}`),
        line('setting-line', `M${left - 5} ${y}H${right}`),
        el('svg:circle', { class: 'query-dot', cx: x, cy: y, r: 4.6 }),
      );
    }
    this.under.replaceChildren(...parts);
  }

  /** @param {{ angle: number, row?: number } | null} place */
  point(place) {
    const { chart, hand } = this;
    if (!chart.figure || !place) {
      hand.replaceChildren();
      return;
    }
    const { left, right, top, base } = chart.area;
    const upright = line('hand-line', `M${chart.px(place.angle).toFixed(1)} ${top}V${base}`);
    /** @param {number} row */
    const level = (row) => line('hand-line', `M${left} ${chart.py(row).toFixed(1)}H${right}`);
    hand.replaceChildren(upright, ...(place.row === undefined ? [] : [level(place.row)]));
  }

  close() {
    this.chart.close();
  }
}
