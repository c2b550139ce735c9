// One loss once round: its loss and its force against the query's angle, and where the query is.

import { Chart } from '../../kit/chart.js';
import { el, isShortcut, setAttribute, setText, show } from '../../kit/dom.js';
import { courseFigure } from './coursefigure.js';
import { aloud, capital } from './seen.js';
import { shades, valueAt } from './terrain.js';

/** @import { Bands, CourseLook } from './coursefigure.js' */

const RAMP = 8; // px from the axis
/** @type {['loss' | 'force', 'y' | 'y2', number][]} */
const BANDS = [
  ['loss', 'y', 4.4],
  ['force', 'y2', 3.2],
];

export class Course {
  /** @type {Partial<Bands>} */
  bands = {};
  /** The angle under the hand. */
  /** @type {number | null} */
  pointed = null;
  at = 0;
  /** @type {CourseLook | null} */
  look = null;

  /**
   * @param {object} hand
   * @param {number} hand.index  of the loss
   * @param {(angle: number | null) => void} hand.pointed  where the hand is
   * @param {(angle: number) => void} hand.go  where it wants the query
   * @param {(event: KeyboardEvent) => number} hand.turnOf  how far an arrow key turns it
   */
  constructor({ index, pointed, go, turnOf }) {
    this.index = index;
    const name = 'AB'[index];
    this.title = el('h3', {});
    this.readout = el('p', { class: 'course-readout', 'aria-live': 'off' });
    this.chart = new Chart({
      title: () => `Loss ${name}: ${this.title.textContent}`,
      pointed,
      picked: (angle) => angle !== null && go(angle),
      drawn: () => this.over(),
    });
    this.ramp = el('i', { class: 'course-ramp', 'aria-hidden': 'true', hidden: true });
    this.chart.node.append(this.ramp);
    this.area = el(
      'div',
      {
        class: 'course-area',
        tabindex: '0',
        role: 'application',
        'aria-roledescription': 'curve',
        'data-testid': `course-${name}`,
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          const turn = Number(event.key === 'ArrowRight') - Number(event.key === 'ArrowLeft');
          if (!turn || !this.look || isShortcut(event)) return;
          event.preventDefault();
          setAttribute(this.readout, 'aria-live', 'polite');
          go(this.at + turn * turnOf(event));
        },
      },
      this.chart.node,
    );
    const head = el('div', { class: 'chart-head' }, this.title, this.chart.tools);
    this.node = el('div', { class: 'course' }, head, this.readout, this.area);
  }

  /**
   * look: {angles, loss, force, isSigned, valleys, rests, shown, theme, title, words(angle) ->
   * text}
   * @param {CourseLook} look
   */
  draw(look) {
    this.look = look;
    setText(this.title, look.title);
    setAttribute(this.title, 'title', look.title);
    this.chart.draw((paper) => {
      const figure = courseFigure(look, this.bands, paper);
      this.bands = figure.bands;
      return figure;
    });
    this.point(this.pointed);
  }

  // The scale of the ring's colours stands where the axis would: the deepest where the value is highest.
  over() {
    const { chart, ramp, look } = this;
    const band = look && this.bands[look.shown];
    if (!band) return;
    const { shown, theme } = look;
    const { low, high, flat } = band;
    const which = shown === 'loss' ? 'y' : 'y2';
    show(ramp, !flat);
    const [top, base] = [chart.py(high, which), chart.py(low, which)];
    const up = [0, 24, 48, 72, 95].map((i) => shades(theme)[i]);
    const colours = low < 0 ? [...up.slice(1).reverse(), ...up] : up;
    /**
     * @param {string} side
     * @param {number} px
     */
    const put = (side, px) => ramp.style.setProperty(side, `calc(${px.toFixed(1)}px*var(--k))`);
    put('left', chart.area.left - RAMP);
    put('top', top);
    put('height', base - top);
    ramp.style.background = `linear-gradient(0deg, ${(shown === 'loss' ? up : colours).join(',')})`;
    this.point(this.pointed);
  }

  /**
   * The query's place; where the hand is wins over it in the words.
   * @param {number} angle
   */
  set(angle) {
    this.at = angle;
    this.point(this.pointed);
  }

  /** @param {number | null} angle */
  point(angle) {
    this.pointed = angle;
    if (!this.look) return;
    const { chart } = this;
    if (chart.figure) {
      chart.over.at = this.at;
      const hand = angle === null ? [] : this.cross(angle, 'hand-at');
      chart.own.replaceChildren(...this.cross(this.at, 'query-at'), ...hand);
    }
    const text = this.look.words(angle ?? this.at, angle === null);
    setText(this.readout, text);
    setAttribute(
      this.area,
      'aria-label',
      `Loss ${'AB'[this.index]} once round. ${this.look.title}. ${capital(aloud(text))}. Arrow keys move the query.`,
    );
  }

  /**
   * An upright line, and a dot on each curve.
   * @param {number} at
   * @param {string} kind
   */
  cross(at, kind) {
    const { chart, look } = this;
    if (!look) return [];
    const { top, base } = chart.area;
    const x = chart.px(at).toFixed(1);
    const dots = BANDS.map(([which, axis, r]) => {
      const cy = chart.py(valueAt(look.angles, look[which], at), axis).toFixed(1);
      return el('svg:circle', { class: `${kind}-dot`, cx: x, cy, r });
    });
    return [el('svg:line', { class: kind, x1: x, x2: x, y1: top, y2: base }), ...dots];
  }

  close() {
    this.chart.close();
  }
}
