// Saves a figure of the page as a picture of dots, or of lines that stay sharp.

import { fileName } from '../../kit/chartsave.js';
import { el, show } from '../../kit/dom.js';
import { inLines, translated } from '../../kit/language.js';
import { mounting } from '../../kit/mount.js';
import { FONT } from '../../kit/picture.js';
import { loadPlotly } from '../../kit/plotly.js';

const FORMATS = ['png', 'svg'];
const SHARP = 2; // dots of a saved picture for one of the page
const UNSAVED = 'The picture could not be made; try the other format.';

/** @typedef {{ figure: string, title: string }} Data  the class of what holds it, and what it shows */
/** @typedef {HTMLElement & { data: object[], layout: Record<string, any> }} Drawn  as plotly has it */

const SAID = ['text', 'name', 'ticktext']; // what of a figure is words

/**
 * Lines that are one sentence: whole, then broken again into as many, as the page has them.
 * @param {string} text
 */
function linesInLanguage(text) {
  const lines = text.split('<br>');
  const whole = lines.join(' ');
  const made = translated(whole);
  return made === whole ? text : inLines(made, lines).filter(Boolean).join('<br>');
}

/**
 * A part of a figure in the page's language, which plotly is not told.
 * @param {any} part
 * @param {string} [name]  what it is called there
 * @returns {any}
 */
function inLanguage(part, name = '') {
  if (typeof part === 'string') return SAID.includes(name) ? linesInLanguage(part) : part;
  if (Array.isArray(part)) return part.map((one) => inLanguage(one, name));
  if (part?.constructor !== Object) return part;
  return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, inLanguage(one, key)]));
}

export class Saves {
  /**
   * @param {HTMLElement} root
   * @param {Data} data
   */
  constructor(root, data) {
    this.data = data;
    this.failed = el('p', { class: 'error', role: 'alert', hidden: true, text: UNSAVED });
    const buttons = FORMATS.map((format) =>
      el('button', {
        type: 'button',
        text: `as ${format.toUpperCase()}`,
        onclick: () => this.save(format),
      }),
    );
    root.replaceChildren(...buttons, this.failed);
  }

  /** @param {Data} data */
  update(data) {
    this.data = data;
  }

  /** @param {string} format */
  async save(format) {
    try {
      await loadPlotly();
      const held = `.st-key-${this.data.figure} .js-plotly-plot`;
      const figure = /** @type {Drawn} */ (document.querySelector(held));
      const { width, height } = figure.getBoundingClientRect();
      await window.Plotly.downloadImage(
        { data: inLanguage(figure.data), layout: this.alone(figure) },
        { format, filename: fileName(this.data.title), width, height, scale: SHARP },
      );
      show(this.failed, false);
    } catch {
      show(this.failed, true);
    }
  }

  /**
   * The figure's layout where the page around it, its paper, font and language, is not there.
   * @param {Drawn} figure
   */
  alone({ layout }) {
    const app = document.querySelector('.stApp') ?? document.body;
    const paper = getComputedStyle(app).backgroundColor;
    const told = inLanguage(layout);
    return { ...told, paper_bgcolor: paper, font: { ...layout.font, family: FONT } };
  }

  close() {}
}

export const mount = mounting('[data-figure-root]', (root, data) => new Saves(root, data));
