// One query, one strip an entry: what each loss does with the same image, side by side.

import { el, segmented, setAttribute, setText, show } from '../../kit/dom.js';
import { Lens } from '../../kit/lens.js';
import { QueryPick } from '../../kit/querypick.js';
import { gapOf, Links } from './links.js';
import { CURVE, NEGATIVES, POSITIVES, Strip } from './strip.js';
import { stepText } from './words.js';

/** @import { LensSpec, LensValue, RunMessage, StripsAnswer } from '../../kit/types.d.ts' */
/** @import { Entry } from './entry.js' */
/** @import { Kind } from './links.js' */
/** @import { Range } from './strip.js' */

const SPLIT = 14;
const OWN = { name: 'own', title: 'each its own loss', fields: [] };

/** @type {[value: string, text: string][]} */
const GROUPS = [
  ['probes', 'all probes'],
  ['batch', 'training-sized'],
];

/**
 * What stands in which column, with the key of the bars.
 * @param {Element} under  says through which lens
 */
function columns(under) {
  /** @param {string} kind */
  const key = (kind) => [
    el('i', { class: `of-weight ${kind}` }),
    'weight',
    el('i', { class: `of-pull ${kind}` }),
    kind === 'positive' ? 'pull' : 'push',
  ];
  return el(
    'p',
    { class: 'strip-columns', 'aria-hidden': 'true' },
    el('span', { class: 'pulled' }, ...key('positive')),
    el('span', { class: 'pushed' }, ...key('negative'), under),
    el('span', { text: 'weights by rank' }),
  );
}

export class Strips {
  /** @type {RunMessage | null} */
  run = null;
  /** @type {StripsAnswer | null} */
  answer = null;
  /** @type {Strip[]} */
  strips = [];
  /** @type {Links[]} */
  links = [];
  /** What the entries are called, by their names. */
  /** @type {Record<string, string>} */
  labels = {};
  /** The moment that the page shows. */
  /** @type {number | null} */
  step = null;
  /** Pixels from one sample to the next. */
  pitch = 0;

  /**
   * @param {object} hand
   * @param {(probe: number) => void} hand.choose
   * @param {(view: number) => void} hand.turn
   * @param {(group: string) => void} hand.setGroup
   * @param {(lens: LensValue | null) => void} hand.setLens
   * @param {(probe: number | null) => void} hand.light
   */
  constructor({ choose, turn, setGroup, setLens, light }) {
    this.choose = choose;
    this.turn = turn;
    this.light = light;
    this.pick = new QueryPick({ choose, turn, failed: (text) => this.setError(text) });
    this.reading = el('p', { class: 'reading', role: 'status' });
    this.at = el('span', { class: 'at' });
    this.group = segmented('Group the weights are over', GROUPS, setGroup);
    this.groupText = el('p', { class: 'note group-text' });
    this.lens = new Lens({ changed: setLens, own: '', back: 'back to its own' });
    this.lens.fields.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape') return;
      this.lens.open(false);
      this.lens.fold.focus();
    });
    this.error = el('p', { class: 'error', role: 'alert', hidden: true });
    this.list = el('div', { class: 'strip-list' });
    this.under = el('span', {});
    const body = el(
      'div',
      { class: 'strip-body' },
      el(
        'div',
        { class: 'query-column' },
        this.pick.big,
        this.pick.class,
        this.pick.stepper,
        this.pick.views,
        this.groupText,
      ),
      el('div', { class: 'strip-area' }, columns(this.under), this.list),
    );
    this.node = el(
      'section',
      { class: 'strips waiting', 'aria-label': 'One query under each loss' },
      el('header', {}, el('h3', {}, 'One image, each loss ', this.at), this.group, this.lens.node),
      this.reading,
      this.error,
      body,
    );
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(this.list);
  }

  /** @param {Entry[]} entries */
  setEntries(entries) {
    const hand = {
      choose: this.choose,
      turn: this.turn,
      lit: (/** @type {string | null} */ key, /** @type {number | null} */ probe) =>
        this.mark(key, probe),
    };
    this.strips = entries.map((entry) => new Strip(entry, hand));
    this.links = this.strips.slice(1).map((below, i) => new Links(this.strips[i], below));
    this.labels = Object.fromEntries(entries.map(({ name, about }) => [name, about.label]));
    this.list.replaceChildren(
      ...this.strips.flatMap((strip, i) =>
        i ? [this.links[i - 1].node, strip.node] : [strip.node],
      ),
    );
    this.node.style.setProperty('--gap', `${gapOf(entries.length)}px`);
    this.node.classList.add('waiting');
    setText(this.reading, ' ');
  }

  /** @param {RunMessage} run */
  setRun(run) {
    this.run = run;
    this.pick.setRun(run);
  }

  /**
   * @param {LensSpec[] | null} lenses
   * @param {LensValue | null} lens
   */
  setLenses(lenses, lens) {
    this.lens.setRun({ loss: OWN, lenses: lenses ? [OWN, ...lenses] : null, own_lens: OWN }, lens);
  }

  /**
   * The moment that the page shows; until its answer is here the strips say of which they are.
   * @param {number} step
   */
  setMoment(step) {
    this.step = step;
    this.showMoment();
  }

  showMoment() {
    const of = this.answer?.question.step;
    const early = of !== undefined && of !== this.step;
    setText(this.at, early ? `still at ${stepText(of)}` : '');
    setAttribute(this.node, 'data-step', String(of ?? ''));
    this.node.classList.toggle('early', early);
  }

  /**
   * Shown at once, before the answer.
   * @param {number} probe
   * @param {number} view
   */
  setQuery(probe, view) {
    this.pick.set(probe, view, true);
    for (const strip of this.strips) strip.stale(true);
  }

  /** @param {string} text */
  setError(text) {
    setText(this.error, text);
    show(this.error, Boolean(text));
  }

  /** @param {StripsAnswer} answer */
  set(answer) {
    if (!this.run) return;
    this.node.classList.remove('waiting');
    this.setError('');
    this.lens.setError('');
    setText(this.reading, answer.reading);
    setAttribute(this.reading, 'title', answer.reading);
    this.group.choose(answer.group.kind);
    setText(this.groupText, answer.group.text);
    const lens = answer.entries.find(({ loss }) => loss.is_lens)?.loss.title;
    setText(this.under, `, heaviest first${lens ? `: all under ${lens}` : ''}`);
    const curves = answer.entries.map(({ curve }) => curve);
    const weights = curves.flatMap((curve) => curve.weight_times_uniform).filter((w) => w > 0);
    const high = Math.max(...weights, 1.5);
    /** @type {Range} */
    const range = [
      Math.max(...curves.map(({ rank }) => rank[rank.length - 1])),
      Math.max(Math.min(...weights, 0.7), high / 1e4),
      high,
    ];
    for (const strip of this.strips) {
      const mine = answer.entries.find(({ name }) => name === strip.entry.name);
      strip.stale(!mine);
      if (mine)
        strip.set(mine, {
          query: answer.query,
          step: answer.question.step,
          run: this.run,
          labels: this.labels,
          curves: range,
        });
    }
    this.answer = answer;
    this.showMoment();
    this.drawLinks();
  }

  measure() {
    /** @type {HTMLElement | null} */
    const panel = this.node.closest('[data-width]');
    const beside = panel?.dataset.width !== 'phone';
    const width = this.list.clientWidth - (beside ? CURVE[0] + 12 : 0);
    const pitch = Math.max(17, Math.min(36, Math.floor((width - SPLIT) / (POSITIVES + NEGATIVES))));
    if (pitch === this.pitch) return;
    this.pitch = pitch;
    this.node.style.setProperty('--pitch', `${pitch}px`);
    this.drawLinks();
  }

  drawLinks() {
    if (!this.pitch || !this.answer) return;
    /** @type {(kind: Kind, i: number) => number} */
    const place = (kind, i) =>
      this.pitch * (i + 0.5) + (kind === 'negative' ? POSITIVES * this.pitch + SPLIT : 0) - 1;
    for (const links of this.links) links.draw(place, gapOf(this.strips.length));
  }

  /**
   * One sample, wherever it stands: in every strip, along the lines, and in the clouds.
   * @param {string | null} key
   * @param {number | null} probe
   */
  mark(key, probe) {
    for (const part of [...this.strips, ...this.links]) part.mark(key);
    this.light(probe);
  }

  clear() {
    this.answer = null;
    setText(this.at, '');
    this.node.classList.add('waiting');
  }

  close() {
    this.watcher.disconnect();
  }
}
