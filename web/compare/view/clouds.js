// The clouds side by side: one hand, one range, one legend, one moment.

import { caption, Stage } from '../../kit/stage.js';
import { count, el, setAttribute, setText, show } from '../../kit/dom.js';
import { Entry } from './entry.js';
import { Together } from './together.js';

const PATIENCE = 140;
const TRAILS = 5;

export class Clouds {
  // look() is the view: view, theme, about, probe, queryView, step.
  constructor({ look, set, picked, grew, ready, plotly }) {
    this.look = look;
    this.set = set;
    this.picked = picked;
    this.plotly = plotly;
    this.entries = [];
    this.together = new Together();
    this.hover = null;
    this.trail = null;
    this.only = { over: null, held: null };
    this.times = 1;
    this.say = {
      grew,
      ready: (entry) => this.ready(entry, ready),
      picked,
      pin: (name) => set({ baseline: name }),
      hovered: (entry, probe, pixel) => this.hovered(entry, probe, pixel),
      weighed: (_entry, answer) => this.weighed(answer),
      ranged: (entry, range) => this.ranged(entry, range),
      failed: (_entry, { message }) => this.stage.setNotice(message),
    };
    this.node = el('div', {
      class: 'clouds',
      role: 'group',
      'aria-label': 'One cloud for each entry',
    });
    this.stage = new Stage(
      {
        node: this.node,
        zoom: (factor) => this.entries[0]?.cloud.zoom(factor),
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

  setEntries(abouts, url) {
    for (const entry of this.entries) entry.close();
    this.hover = null;
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
    this.clearLegend();
  }

  // All of it: a legend of the same classes is drawn anew, too.
  clearLegend() {
    const { legend } = this.stage;
    legend.replaceChildren();
    for (const kept of Object.keys(legend.dataset)) delete legend.dataset[kept];
    this.stage.legendKey = null;
  }

  // Marks so many times larger than at a desk.
  scale(times) {
    this.times = times;
    for (const { cloud } of this.entries) cloud.scale(times);
  }

  watch({ space, layout }) {
    for (const entry of this.entries) entry.watch(space, layout);
  }

  ready(entry, tell) {
    if (entry === this.entries[0] && !entry.frames.size) {
      this.stage.setRun(entry.run);
      for (const option of this.stage.colour.querySelectorAll('[value="agreement"]'))
        option.remove();
      this.stage.update(this.look().view, entry.run);
    }
    entry.cloud.setImages(Boolean(this.look().view.images));
    entry.cloud.magnify(Boolean(this.look().view.magnify));
    tell(entry);
  }

  // The setting has changed: tools show it, and what it concerns is done.
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

  // Zooming in one zooms in all.
  ranged(from, range) {
    this.range = range;
    for (const entry of this.entries)
      if (entry !== from && entry.cloud.dims === 2) entry.cloud.space.adoptRelative(range);
  }

  // Several clouds that glide while a trainer runs cost more than they show.
  setGliding(on) {
    for (const { cloud } of this.entries) cloud.glides = on;
  }

  // Films of another layout are shown once all of them are whole, so that no two layouts and no two
  // moments stand side by side; `early` is for those that play from their first frame.
  turn(early) {
    const coming = this.entries.filter((entry) => entry.coming);
    const ready = early
      ? this.entries.every(({ frames, coming: next }) => frames.size || next?.size)
      : this.entries.every(({ isWhole }) => isWhole);
    if (ready) for (const entry of coming) entry.turn();
    this.stage.node.toggleAttribute(
      'data-turning',
      !ready && this.entries.some(({ frames }) => frames.size),
    );
  }

  // What was asked for and is not there.
  setHeld(text) {
    show(this.held, Boolean(text));
    setText(this.held, text);
  }

  isBehind(step) {
    return (
      step !== null &&
      this.entries.some(
        ({ frames, frame }) => frames.size && frame !== frames.at(frames.indexOf(step)),
      )
    );
  }

  context() {
    const { view, theme, probe } = this.look();
    return {
      view,
      theme,
      probe,
      hover: this.hover?.probe ?? null,
      only: this.only.over ?? this.only.held,
      together: (kind, of) =>
        this.entries.map(({ answers }) => answers[kind]).filter((answer) => answer?.probe === of),
    };
  }

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
        trails: (one, frame) => this.trailsOf(one, frame),
      });
      legend ??= colours?.legend ?? null;
      if (this.range && entry.cloud.dims === 2 && !entry.cloud.space.zoomed)
        entry.cloud.space.adoptRelative(this.range);
    }
    if (legend) {
      this.stage.node.classList.remove('waiting');
      this.stage.setLegend(legend);
    }
  }

  // Trails of all images over the last snapshots, or of a few images over a stretch of time.
  trailsOf(entry, frame) {
    const { labels, class_names: names } = entry.run.probes;
    const { trail } = this;
    if (!trail)
      return {
        on: this.look().view.trails,
        frames: this.look().view.trails ? entry.frames.before(frame, TRAILS) : [],
        labels,
        names,
      };
    const steps = entry.frames.steps.filter(
      (step) => step < frame.step && step >= (trail.since ?? 0),
    );
    const picks = Array.from(
      { length: Math.min(TRAILS, steps.length) },
      (_, i) =>
        steps[
          Math.round(((steps.length - 1) * i) / Math.max(1, Math.min(TRAILS, steps.length) - 1))
        ],
    );
    const frames = picks
      .reverse()
      .map((step) => entry.frames.byStep.get(step))
      .filter((one) => one.dims === frame.dims && one.layout === frame.layout);
    return { on: true, frames, labels, names, only: trail.probes };
  }

  setTrail(trail) {
    if (JSON.stringify(trail) === JSON.stringify(this.trail)) return;
    this.trail = trail;
    const { step } = this.look();
    if (step !== null) this.show(step, true);
  }

  setCaption(layout) {
    const frames = this.entries.map(({ frame }) => frame).filter(Boolean);
    if (!frames.length) return;
    const worst = frames.reduce((a, b) => ((b.trust ?? 2) < (a.trust ?? 2) ? b : a));
    const known = worst.trust !== null && worst.trust !== undefined;
    const older = frames.filter(({ of, step }) => of && of.step !== step).map(({ of }) => of.step);
    const what =
      worst.layout === 'natural'
        ? 'nothing projected'
        : [...new Set(frames.map((frame) => frame.layout.toUpperCase()))].join(' and ');
    // checkpoints do not start alike: their layouts are only turned to lie near each other
    const shared = this.look().about?.frozen ? 'turned to lie alike' : 'one first layout for all';
    const coming = this.stage.node.hasAttribute('data-turning')
      ? `, ${layout.toUpperCase()} follows`
      : '';
    setText(
      this.stage.caption,
      `${what}${older.length ? ` of step ${count(Math.min(...older))}` : ''}, ${shared}${known ? `, trust ${worst.trust.toFixed(2)}` : ''}${coming}`,
    );
    setAttribute(
      this.stage.caption,
      'title',
      `${caption(worst, layout)} (the least of the entries)`,
    );
  }

  question(probe, view) {
    const {
      view: { group, lens },
      step,
    } = this.look();
    return { what: 'weights', step, probe, view, group, lens };
  }

  ask() {
    const { view, probe, queryView } = this.look();
    for (const { socket } of this.entries) {
      if (this.hover) socket.ask('hover', this.question(this.hover.probe, 0));
      if (['weight', 'pull'].includes(view.colour))
        socket.ask('paint', this.question(probe, queryView));
    }
  }

  hovered(entry, probe, pixel) {
    const moved = this.hover?.probe !== probe || (probe !== null && this.hover?.entry !== entry);
    if (probe === null && !this.hover) return;
    if (moved) {
      this.hover = probe === null ? null : { probe, entry };
      for (const one of this.entries) {
        one.point(probe, one === entry);
        if (probe === null) {
          one.socket.forget('hover');
          delete one.answers.hover;
        } else one.socket.ask('hover', this.question(probe, 0));
      }
      clearTimeout(this.timer);
      if (probe === null) this.repaint();
      else this.timer = setTimeout(() => this.repaint(), PATIENCE);
    }
    this.card(entry, probe, pixel);
  }

  // All are recoloured together, on one scale; one that does not answer is not waited for long.
  weighed(answer) {
    if (answer.kind === 'hover' && this.hover?.probe !== answer.probe) return;
    const wanted = answer.kind === 'hover' ? this.hover.probe : this.look().probe;
    const asked = this.entries.filter(({ frames }) => frames.size);
    if (!asked.every(({ answers }) => answers[answer.kind]?.probe === wanted)) return;
    clearTimeout(this.timer);
    this.repaint();
    if (this.hover)
      this.card(
        this.hover.entry,
        this.hover.probe,
        this.hover.entry.cloud.pixelOf(this.hover.probe),
      );
  }

  repaint() {
    const context = this.context();
    let legend = null;
    for (const entry of this.entries) legend = entry.repaint(context)?.legend ?? legend;
    if (legend) this.stage.setLegend(legend);
  }

  // The card of the image under the hand, within the whole row.
  card(entry, probe, pixel) {
    if (!entry.run) return;
    if (probe === null || !pixel) {
      this.stage.setCard(null);
      return;
    }
    const [mine, all] = [
      entry.cloud.node.getBoundingClientRect(),
      this.node.getBoundingClientRect(),
    ];
    const left = mine.left - all.left;
    this.stage.run = entry.run;
    this.stage.setCard(
      probe,
      [pixel[0] + left, pixel[1] + mine.top - all.top],
      entry.answers.hover,
      [left, left + mine.width],
    );
  }

  // One image pointed at in a strip or a list.
  light(probe) {
    if (this.hover) return;
    for (const entry of this.entries) if (entry.frame) entry.point(probe, false);
  }

  setMarks(probe, answer) {
    for (const { name, cloud } of this.entries) {
      const mine = answer?.entries.find((one) => one.name === name);
      cloud.setMarks({
        query: probe,
        negatives: [...new Set((mine?.negatives ?? []).map((item) => item.probe))].slice(0, 5),
      });
    }
  }

  isolate(index, hold) {
    if (hold) this.only.held = this.only.held === index ? null : index;
    else this.only.over = index;
    this.repaint();
  }

  close() {
    clearTimeout(this.timer);
    for (const entry of this.entries) entry.close();
  }
}
