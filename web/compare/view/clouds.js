// The clouds side by side: one hand, one range, one legend, one moment.

import { caption } from '../../kit/captions.js';
import { Stage } from '../../kit/stage.js';
import { el, setAttribute, setText, show } from '../../kit/dom.js';
import { CloudsHand } from './cloudshand.js';
import { Entry } from './entry.js';
import { Together } from './together.js';
import { trailsOf } from './trails.js';
import { layoutText } from './words.js';

/** @import { Box, EntryAbout, Frame, StripsAnswer, Weights } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */
/** @import { Hears } from './entry.js' */
/** @import { Trail } from './trails.js' */
/** @import { CompareView } from './viewsettings.js' */

export class Clouds {
  /** What all planes show, in shares of each. */
  /** @type {Box | null} */
  range = null;
  /** @type {Entry[]} */
  entries = [];
  /** @type {Trail | null} */
  trail = null;
  /** The class that is lit up alone: under the hand, and for good. */
  /** @type {{ over: number | null, held: number | null }} */
  only = { over: null, held: null };
  /** @type {string | undefined}  the space and layout that are drawn */
  series = undefined;

  /**
   * @param {object} hand
   * @param {() => Compare} hand.look
   * @param {(change: object) => void} hand.set  alters the view
   * @param {(probe: number) => void} hand.picked
   * @param {() => void} hand.grew  frames have come
   * @param {(entry: Entry) => void} hand.ready  an entry has been described
   * @param {() => Promise<unknown>} hand.plotly
   */
  constructor({ look, set, picked, grew, ready, plotly }) {
    this.look = look;
    this.set = set;
    this.picked = picked;
    this.plotly = plotly;
    this.together = new Together();
    this.times = 1;
    this.hand = new CloudsHand(this);
    /** @type {Hears} */
    this.say = {
      grew,
      ready: (entry) => this.ready(entry, ready),
      picked,
      pin: (name) => set({ baseline: name }),
      hovered: (entry, probe, pixel) => this.hand.hovered(entry, probe, pixel),
      weighed: (_entry, answer) => this.hand.weighed(answer),
      ranged: (entry, range) => this.ranged(entry, range),
      failed: (_entry, { message }) => this.stage.setNotice(message),
      damaged: () => this.look().states.tellDamage(),
    };
    this.node = el('div', {
      class: 'clouds',
      role: 'group',
      'aria-label': 'One cloud for each entry',
    });
    this.stage = new Stage(
      {
        node: this.node,
        zoom: (/** @type {number} */ factor) => this.entries[0]?.cloud.zoom(factor),
        reset: () => this.entries[0]?.cloud.reset(),
      },
      { set, isolate: (index, hold) => this.isolate(index, hold) },
    );
    this.stage.tools.append(this.stage.caption, this.stage.zoom);
    this.scaleNote = el('p', { class: 'scale' });
    this.stage.node.append(el('div', { class: 'legend-row' }, this.stage.legend, this.scaleNote));
    this.held = el('p', { class: 'held', role: 'status', hidden: true });
    this.node.after(this.held);
  }

  /**
   * @param {EntryAbout[]} abouts
   * @param {string} url
   */
  setEntries(abouts, url) {
    for (const entry of this.entries) entry.close();
    this.hand.hover = null;
    this.trail = null;
    this.only = { over: null, held: null };
    this.range = null;
    this.together.steps = [];
    this.entries = abouts.map(
      (about, i) => new Entry(about, i, { url, plotly: this.plotly, say: this.say }),
    );
    this.scale(this.times);
    this.node.replaceChildren(...this.entries.map(({ node }) => node));
    const unlike = this.look().about?.scale;
    setText(this.scaleNote, unlike ? 'loss and gradient: each on a scale of its own' : '');
    setAttribute(this.scaleNote, 'title', unlike || null);
    this.stage.node.classList.add('waiting');
    this.stage.setNotice('');
    this.stage.meaning.clear();
  }

  // Marks so many times larger than at a desk.
  /** @param {number} times */
  scale(times) {
    this.times = times;
    for (const { cloud } of this.entries) cloud.scale(times);
  }

  /** @param {CompareView} view */
  watch({ space, layout }) {
    for (const entry of this.entries) entry.watch(space, layout);
  }

  /**
   * @param {Entry} entry
   * @param {(entry: Entry) => void} tell
   */
  ready(entry, tell) {
    if (entry === this.entries[0] && !entry.frames.size) {
      if (entry.run) this.stage.setRun(entry.run);
      for (const option of this.stage.colour.querySelectorAll('[value="agreement"]'))
        option.remove();
      this.stage.update(this.look().view, entry.run);
    }
    entry.cloud.setImages(Boolean(this.look().view.images));
    entry.cloud.magnify(Boolean(this.look().view.magnify));
    tell(entry);
  }

  // The setting has changed: tools show it, and what it concerns is done.
  /** @param {CompareView} before */
  update(before) {
    const { view } = this.look();
    const run = this.entries[0]?.run ?? null;
    this.stage.update(view, run);
    if (before.space !== view.space || before.layout !== view.layout) this.watch(view);
    if (before.images !== view.images)
      for (const { cloud } of this.entries) cloud.setImages(Boolean(view.images));
    if (before.magnify !== view.magnify)
      for (const { cloud } of this.entries) cloud.magnify(Boolean(view.magnify));
    if (before.colour !== view.colour) this.only = { over: null, held: null };
  }

  /**
   * Zooming in one zooms in all.
   * @param {Entry} from
   * @param {Box | null} range
   */
  ranged(from, range) {
    this.range = range;
    for (const entry of this.entries) if (entry !== from) entry.cloud.plane?.adoptRelative(range);
  }

  // Several clouds that glide while a trainer runs cost more than they show.
  /** @param {boolean} on */
  setGliding(on) {
    for (const { cloud } of this.entries) cloud.glides = on;
  }

  /**
   * Films of another layout are shown once all of them are whole, so that no two layouts and no two
   * moments stand side by side; `early` is for those that play from their first frame.
   * @param {boolean} early
   */
  turn(early) {
    const coming = this.entries.filter((entry) => entry.coming);
    const ready = early
      ? this.entries.every(
          ({ frames, coming: next, isEmpty }) => frames.size || next?.size || isEmpty,
        )
      : this.entries.every(({ isWhole }) => isWhole);
    if (ready) for (const entry of coming) entry.turn();
    this.stage.node.toggleAttribute(
      'data-turning',
      !ready && this.entries.some(({ frames }) => frames.size),
    );
  }

  // What was asked for and is not there.
  /** @param {string} text */
  setHeld(text) {
    show(this.held, Boolean(text));
    setText(this.held, text);
  }

  /** @param {number | null} step */
  isBehind(step) {
    if (step === null) return false;
    return this.entries.some(
      ({ frames, frame }) => frames.size && frame !== frames.at(frames.indexOf(step)),
    );
  }

  context() {
    const { view, theme, probe } = this.look();
    return {
      view,
      theme,
      probe,
      hover: this.hand.hover?.probe ?? null,
      only: this.only.over ?? this.only.held,
      together: (/** @type {string} */ kind, /** @type {number} */ of) =>
        this.entries.map(({ answers }) => answers[kind]).filter((answer) => answer?.probe === of),
    };
  }

  /**
   * @param {number} step
   * @param {boolean} [fresh]
   */
  show(step, fresh = false) {
    const { view, theme } = this.look();
    const series = `${view.space} ${view.layout}`;
    const other = series !== this.series;
    this.series = series;
    const context = this.context();
    let legend = null;
    for (const entry of this.entries) {
      const colours = entry.showAt(step, context, {
        fresh,
        theme,
        other,
        trails: (/** @type {Entry} */ one, /** @type {Frame} */ frame) =>
          trailsOf(one, frame, view.trails, this.trail),
      });
      legend ??= colours?.legend ?? null;
      const { plane } = entry.cloud;
      if (this.range && plane && !plane.zoomed) plane.adoptRelative(this.range);
    }
    if (legend) {
      this.stage.node.classList.remove('waiting');
      this.stage.setLegend(legend);
    }
  }

  /** @param {Trail | null} trail */
  setTrail(trail) {
    if (JSON.stringify(trail) === JSON.stringify(this.trail)) return;
    this.trail = trail;
    const { step } = this.look();
    if (step !== null) this.show(step, true);
  }

  /** @param {string} layout */
  setCaption(layout) {
    const frames = this.entries.flatMap(({ frame }) => frame ?? []);
    if (!frames.length) return;
    // checkpoints do not start alike: their layouts are only turned to lie near each other
    const frozen = Boolean(this.look().about?.frozen);
    const isTurning = this.stage.node.hasAttribute('data-turning');
    const { text, worst } = layoutText(frames, layout, frozen, isTurning);
    setText(this.stage.caption, text);
    setAttribute(
      this.stage.caption,
      'title',
      `${caption(worst, layout)} (the least of the entries)`,
    );
  }

  // One image pointed at in a strip or a list.
  /** @param {number | null} probe */
  light(probe) {
    if (this.hand.hover) return;
    for (const entry of this.entries) if (entry.frame) entry.point(probe, false);
  }

  /**
   * @param {number} probe
   * @param {StripsAnswer | null} answer
   */
  setMarks(probe, answer) {
    for (const { name, cloud } of this.entries) {
      const mine = answer?.entries.find((one) => one.name === name);
      cloud.setMarks({
        query: probe,
        negatives: [...new Set((mine?.negatives ?? []).flatMap((item) => item.probe ?? []))].slice(
          0,
          5,
        ),
      });
    }
  }

  /**
   * @param {number | null} index
   * @param {boolean} hold
   */
  isolate(index, hold) {
    if (hold) this.only.held = this.only.held === index ? null : index;
    else this.only.over = index;
    this.hand.repaint();
  }

  close() {
    this.hand.close();
    for (const entry of this.entries) entry.close();
  }
}
