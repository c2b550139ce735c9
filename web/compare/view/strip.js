// One strip: how one loss weighs one query's positives and negatives, how hard it pulls and pushes
// them, and its curve of weights.

import { digits, el, oneStop, setAttribute, setText } from '../../kit/dom.js';
import { nameOf, setQueueLine, setSample } from '../../kit/queued.js';
import { badge } from '../../kit/styles.js';
import { attendsText, sampleText, stepText } from './words.js';

/** @import { RunMessage, Sample, StripAnswer } from '../../kit/types.d.ts' */
/** @import { Entry } from './entry.js' */

/** What all strips share: most ranks, least and most weight. */
/** @typedef {[ranks: number, low: number, high: number]} Range */

/**
 * What is said of a sample and what it does when it is pressed.
 * @typedef {{ probe: number | undefined, name: string, key: string, act: () => void }} About
 */

export const POSITIVES = 4;
export const NEGATIVES = 12;
export const CURVE = [104, 52];

/**
 * Of a bar: none for nothing, else enough to be seen.
 * @param {number} value
 * @param {number} most
 */
export function heightOf(value, most) {
  return value ? `${Math.max(6, (100 * Math.abs(value)) / most)}%` : '0';
}

/** @param {string} kind */
function thumb(kind) {
  const picture = el('button', { type: 'button', class: 'thumb' });
  const [weight, pull] = [el('i', { class: 'of-weight' }), el('i', { class: 'of-pull' })];
  const node = el(
    'li',
    { class: `sample ${kind}` },
    picture,
    el('span', { class: 'bars', 'aria-hidden': 'true' }, weight, pull),
  );
  return Object.assign(node, { parts: { picture, weight, pull } });
}

/**
 * @param {string} label
 * @param {string} kind
 * @param {number} n
 */
function samples(label, kind, n) {
  const thumbs = Array.from({ length: n }, () => thumb(kind));
  const list = el('ul', { class: 'samples', 'aria-label': `${label}, heaviest first` }, ...thumbs);
  return { list, thumbs };
}

export class Strip {
  /** @type {StripAnswer | null} */
  answer = null;

  /**
   * @param {Entry} entry
   * @param {object} hand
   * @param {(probe: number) => void} hand.choose
   * @param {(view: number) => void} hand.turn
   * @param {(key: string | null, probe: number | null) => void} hand.lit
   */
  constructor(entry, { choose, turn, lit }) {
    this.entry = entry;
    this.choose = choose;
    this.turn = turn;
    this.lit = lit;
    this.label = el('b', { text: entry.about.label });
    this.early = el('span', { class: 'early' });
    this.effective = el('span', { class: 'counted' });
    this.queued = el('span', { class: 'counted queue-line', hidden: true });
    this.positives = samples(`Positives of ${entry.about.label}`, 'positive', POSITIVES);
    this.negatives = samples(`Negatives of ${entry.about.label}`, 'negative', NEGATIVES);
    this.row = oneStop(
      el('div', { class: 'row' }, this.positives.list, this.negatives.list),
      'button',
    );
    this.line = el('svg:path', { class: 'line' });
    this.uniform = el('svg:line', { class: 'uniform', x1: 0, x2: CURVE[0] });
    this.top = el('small', {});
    this.entropy = el('figcaption', {});
    this.picture = el(
      'svg:svg',
      { viewBox: `0 0 ${CURVE[0]} ${CURVE[1]}`, preserveAspectRatio: 'none', role: 'img' },
      this.uniform,
      this.line,
    );
    this.curve = el('figure', { class: 'curve' }, this.picture, this.top, this.entropy);
    this.node = el(
      'section',
      {
        class: 'strip',
        'data-testid': 'strip',
        'data-entry': entry.name,
        'aria-label': entry.about.label,
      },
      el('header', {}, badge(entry.mark), this.label, this.early, this.effective, this.queued),
      this.row,
      this.curve,
    );
  }

  /** @param {boolean} on */
  stale(on) {
    this.node.classList.toggle('stale', on);
  }

  /**
   * `curves` is the range shared by all strips: [most rank, least weight, most weight]; an entry
   * that has ended is shown as it was at its last snapshot.
   * @param {StripAnswer} answer
   * @param {{ query: Sample, step: number, run: RunMessage, labels: Record<string, string>, curves: Range }} given
   */
  set(answer, { query, step, run, labels, curves }) {
    this.answer = answer;
    setText(this.early, answer.step < step ? `at ${stepText(answer.step)}` : '');
    const attends = attendsText(answer);
    setText(this.effective, attends.brief);
    setAttribute(this.effective, 'title', attends.whole);
    setQueueLine(this.queued, answer, true);
    this.fill(
      this.positives,
      answer.positives,
      run,
      (item) => ({
        probe: query.probe,
        name: `view ${(item.view ?? 0) + 1}`,
        key: `view ${item.view}`,
        act: () => this.turn(item.view ?? 0),
      }),
      labels,
    );
    this.fill(
      this.negatives,
      answer.negatives,
      run,
      (item) => ({
        probe: item.probe,
        name: nameOf(item),
        key: String(item.key),
        act: () => item.queued || this.choose(item.probe ?? 0),
      }),
      labels,
    );
    this.row.oneStop();
    this.draw(answer, curves);
  }

  /**
   * @param {ReturnType<typeof samples>} list
   * @param {Sample[]} items
   * @param {RunMessage} run
   * @param {(item: Sample) => About} about
   * @param {Record<string, string>} labels
   */
  fill({ thumbs }, items, run, about, labels) {
    /** @param {'weight' | 'pull'} key */
    const largest = (key) => Math.max(...items.map((item) => Math.abs(item[key] ?? 0)), 1e-12);
    const [most, strongest] = [largest('weight'), largest('pull')];
    thumbs.forEach((node, i) => {
      const item = items[i];
      const { picture, weight, pull } = node.parts;
      node.toggleAttribute('data-empty', !item);
      picture.disabled = !item;
      if (!item) {
        weight.style.height = pull.style.height = '0';
        return;
      }
      const { probe, name, key, act } = about(item);
      setSample(picture, run, item, probe);
      picture.classList.toggle('false-negative', Boolean(item.same_class));
      const said = sampleText(item, i, name, labels);
      setAttribute(picture, 'aria-label', said);
      setAttribute(picture, 'title', said);
      picture.onclick = act;
      node.dataset.key = key;
      const probeOf = item.probe ?? null;
      picture.onpointerenter = picture.onfocus = () => this.lit(key, probeOf);
      picture.onpointerleave = picture.onblur = () => this.lit(null, null);
      weight.style.height = heightOf(item.weight ?? 0, most);
      pull.style.height = heightOf(item.pull ?? 0, strongest);
      setAttribute(pull, 'data-sign', (item.pull ?? 0) > 0 ? 'in' : 'out');
    });
  }

  /** @param {string | null} key */
  mark(key) {
    for (const node of [...this.positives.thumbs, ...this.negatives.thumbs])
      node.classList.toggle('marked', key !== null && node.dataset.key === key);
  }

  /**
   * Ranks on a log scale, weights as multiples of the uniform share, on a log scale too; where
   * they are 0, which has no place on it, the line leaves the picture below.
   * @param {StripAnswer} answer
   * @param {Range} range
   */
  draw({ curve, loss, entropy }, [ranks, low, high]) {
    const [width, height] = CURVE;
    /** @param {number} rank */
    const x = (rank) => (width * Math.log(rank)) / Math.log(Math.max(2, ranks));
    /** @param {number} weight */
    const y = (weight) =>
      3 +
      (height - 6) *
        (1 -
          (Math.log(Math.max(weight, low)) - Math.log(low)) /
            (Math.log(high) - Math.log(low) || 1));
    const weights = curve.weight_times_uniform;
    const none = weights.indexOf(0);
    const drawn = none < 0 ? weights : weights.slice(0, none + 1);
    const path = drawn
      .map(
        (weight, i) =>
          `${i ? 'L' : 'M'}${x(curve.rank[i]).toFixed(1)} ${weight ? y(weight).toFixed(1) : height}`,
      )
      .join('');
    setAttribute(this.line, 'd', path);
    setAttribute(this.uniform, 'y1', y(1).toFixed(1));
    setAttribute(this.uniform, 'y2', y(1).toFixed(1));
    const first = curve.weight_times_uniform[0];
    setText(this.top, `first ${digits(first)}×`);
    setText(this.entropy, `entropy ${digits(entropy)} of 1`);
    setAttribute(
      this.picture,
      'aria-label',
      `Sorted weights under ${loss.title}: the heaviest counts ${digits(first)} times the uniform share`,
    );
    setAttribute(
      this.curve,
      'title',
      'Weights from the heaviest to the lightest, both axes logarithmic, the same for all strips; the dashed line is the uniform share; a line that leaves below is 0 from there on',
    );
  }
}
