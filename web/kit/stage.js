// The stage around the cloud: how to look at it, what the colours mean, the image under the hand.

import { colourOptions } from './colours.js';
import { SHAPES, SOLIDS } from './shapes.js';
import {
  count,
  digits,
  el,
  oneStop,
  segmented,
  setAttribute,
  setText,
  setThumb,
  show,
} from './dom.js';

const SCALE = 58; // pixels that a scale of colours takes at the foot

function trustWords(trust) {
  if (trust === null || trust === undefined) return 'how far to trust it is not measured yet';
  const how =
    trust >= 0.95
      ? 'neighbourhoods as in the original space'
      : trust >= 0.87
        ? 'neighbourhoods mostly as in the original space'
        : trust >= 0.75
          ? 'neighbourhoods roughly as in the original space'
          : 'neighbourhoods often unlike the original space';
  return `trustworthiness ${trust.toFixed(2)}: ${how}; distances between clusters may mislead`;
}

export function caption(frame, wanted) {
  if (frame.layout === 'natural') {
    return frame.dims === 2
      ? 'The circle itself: the head has two dimensions, so nothing is projected and every distance is true'
      : 'The sphere itself: the head has three dimensions, so nothing is projected; drag to turn it';
  }
  const name = frame.layout.toUpperCase();
  const of = frame.of && frame.of.step !== frame.step ? ` of step ${count(frame.of.step)}` : '';
  const soon = wanted === 'umap' && frame.layout === 'pca' ? ' for now, UMAP follows' : '';
  return `${name}${of}${soon}, ${trustWords(frame.trust)}`;
}

// What the cloud shows, in words.
export function seen(frame, run, { colour, probe, name }) {
  const { class_names: names, n } = run.probes;
  const where =
    frame.layout === 'natural'
      ? frame.dims === 2
        ? 'on the circle'
        : 'on the sphere'
      : `laid out by ${frame.layout.toUpperCase()}`;
  const by = colour.startsWith('factor:')
    ? colour.slice(7)
    : ({
        weight: 'their weight for the query',
        pull: 'their pull for the query',
        agreement: 'how many neighbours share their class',
      }[colour] ?? 'class');
  return (
    `Cloud of ${count(n)} images${names.length > 1 ? ` of ${names.length} classes` : ''} at step ${count(frame.step)}, ${where}, coloured by ${by}. ` +
    `They lie ${Math.round(100 * frame.spread)} % as far apart as images spread evenly over the sphere. The query is image ${probe}${name ? `, ${name}` : ''}.`
  );
}

export class Stage {
  constructor(cloud, { set, isolate }) {
    this.cloud = cloud;
    this.isolate = isolate;
    this.colour = el('select', {
      'aria-label': 'Colour the points by',
      onchange: () => set({ colour: this.colour.value }),
    });
    this.layout = segmented(
      'Layout',
      [
        ['umap', 'UMAP'],
        ['pca', 'PCA'],
      ],
      (layout) => set({ layout }),
    );
    this.space = segmented(
      'Space',
      [
        ['embeddings', 'embeddings', 'What the loss sees: the output of the head'],
        ['features', 'features', 'What is kept after training: the output of the backbone'],
      ],
      (space) => set({ space }),
    );
    this.trails = el('button', {
      type: 'button',
      class: 'toggle',
      'aria-pressed': 'false',
      title: 'Lines from where each image was in the last snapshots',
      text: 'trails',
      onclick: () => set({ trails: this.trails.getAttribute('aria-pressed') !== 'true' }),
    });
    this.magnify = el('button', {
      type: 'button',
      class: 'toggle',
      'aria-pressed': 'false',
      text: 'magnify',
      title:
        'Draw the cloud as large as its panel. Otherwise its size says how far its images lie apart: even over the sphere fills the panel, in one place is a dot',
      onclick: () => set({ magnify: this.magnify.getAttribute('aria-pressed') !== 'true' }),
    });
    this.images = segmented(
      'Marks',
      [
        ['dots', 'dots'],
        ['images', 'images'],
      ],
      (mark) => set({ images: mark === 'images' }),
    );
    const zoom = (label, sign, act) =>
      el('button', {
        type: 'button',
        class: 'icon',
        'aria-label': label,
        title: label,
        text: sign,
        onclick: act,
      });
    this.tools = el(
      'div',
      { class: 'tools' },
      el('label', { class: 'field' }, el('span', { text: 'colour' }), this.colour),
      this.images,
      this.space,
      this.layout,
      this.trails,
      this.magnify,
    );
    this.zoom = el(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
      zoom('Zoom in', '+', () => cloud.zoom(0.75)),
      zoom('Zoom out', '−', () => cloud.zoom(1.333)),
      zoom('Show the whole cloud', '⤢', () => cloud.reset()),
    );
    oneStop(this.zoom, 'button');
    this.legend = oneStop(
      el('div', { class: 'legend', role: 'group', 'aria-label': 'What the colours mean' }),
      '.chip',
    );
    this.caption = el('p', { class: 'caption' });
    this.card = el('div', { class: 'card', hidden: true, role: 'status' });
    this.cardThumb = el('span', { class: 'thumb' });
    this.cardText = el('div', { class: 'words' });
    this.card.append(this.cardThumb, this.cardText);
    this.notice = el('p', { class: 'notice', role: 'status', hidden: true });
    this.empty = el('div', { class: 'empty', hidden: true });
    this.node = el(
      'section',
      { class: 'stage', 'aria-label': 'The cloud' },
      this.tools,
      el(
        'div',
        { class: 'arena' },
        cloud.node,
        this.zoom,
        this.legend,
        this.card,
        this.notice,
        this.empty,
      ),
      this.caption,
    );
    cloud.node.addEventListener('keydown', (event) => {
      const act = {
        '+': () => cloud.zoom(0.75),
        '=': () => cloud.zoom(0.75),
        '-': () => cloud.zoom(1.333),
        0: () => cloud.reset(),
      }[event.key];
      if (act) act();
    });
  }

  setRun(run) {
    this.run = run;
    const options = colourOptions(run.probes);
    const had = this.colour.value;
    this.colour.replaceChildren(...options.map(([value, text]) => el('option', { value, text })));
    if (had) this.colour.value = had;
  }

  update(view, run) {
    this.colour.value = view.colour;
    if (!this.colour.value) this.colour.value = 'class';
    this.layout.choose(view.layout);
    this.space.choose(view.space);
    this.images.choose(view.images ? 'images' : 'dots');
    show(this.images, !(run?.natural && run.dims === 3 && view.space === 'embeddings'));
    setAttribute(this.trails, 'aria-pressed', String(Boolean(view.trails)));
    const projected = !(run?.natural && view.space === 'embeddings');
    setAttribute(this.magnify, 'aria-pressed', String(Boolean(view.magnify)));
    show(this.magnify, projected);
    show(this.layout, projected);
    show(this.space, Boolean(run?.has_features));
  }

  setCaption(frame, wanted) {
    setText(this.caption, frame ? caption(frame, wanted) : ' ');
  }

  // Hovering a class lights it up alone: colours are never the only way to tell.
  setLegend(legend) {
    const round = this.cloud.dims === 3;
    const key = JSON.stringify([legend, round]);
    if (key === this.legendKey) return;
    this.legendKey = key;
    if (legend.kind === 'text') {
      this.legend.replaceChildren(el('span', { text: legend.text }));
    } else if (legend.kind === 'classes') {
      const same =
        this.legend.dataset.names === legend.names.join('|') &&
        this.legend.dataset.colours === `${legend.colours.join()} ${round}`;
      if (!same) {
        this.legend.replaceChildren(
          ...legend.names.map((name, i) => {
            const { path, hollow } = round
              ? SOLIDS[i % SOLIDS.length]
              : { path: SHAPES[i % SHAPES.length], hollow: false };
            const paint = hollow
              ? { fill: 'none', stroke: legend.colours[i], 'stroke-width': 0.4 }
              : { fill: legend.colours[i] };
            const swatch = el(
              'svg:svg',
              { class: 'swatch', viewBox: '-1.6 -1.6 3.2 3.2', 'aria-hidden': 'true' },
              el('svg:path', { d: path, ...paint }),
            );
            return el(
              'button',
              {
                type: 'button',
                class: 'chip',
                'aria-pressed': 'false',
                title: `Light up ${name} alone`,
                onpointerenter: (event) => {
                  if (event.pointerType === 'mouse') this.isolate(i, false);
                },
                onpointerleave: (event) => {
                  if (event.pointerType === 'mouse') this.isolate(null, false);
                },
                onclick: () => this.isolate(i, true),
              },
              swatch,
              el('span', { text: name }),
            );
          }),
        );
        this.legend.oneStop();
      }
      [...this.legend.children].forEach((chip, i) =>
        setAttribute(chip, 'aria-pressed', String(legend.only === i)),
      );
    } else {
      const bar = el('div', { class: 'bar' });
      bar.style.background = `linear-gradient(90deg, ${legend.colours.join(',')})`;
      if (legend.mark) {
        const mark = el('b', { text: legend.mark[1] });
        mark.style.left = `${legend.mark[0] * 100}%`;
        bar.append(mark);
      }
      this.legend.replaceChildren(
        el(
          'div',
          { class: 'ramp' },
          el(
            'div',
            { class: 'title' },
            legend.title ?? '',
            legend.note ? el('em', { text: legend.note }) : null,
          ),
          bar,
          el('div', { class: 'ticks' }, ...legend.ticks.map((text) => el('span', { text }))),
        ),
      );
    }
    this.legend.dataset.names = legend.names?.join('|') ?? '';
    this.legend.dataset.colours = `${legend.colours?.join() ?? ''} ${round}`;
  }

  // `span` is the part of the width in which the card may lie, all of it unless told.
  setCard(index, pixel, answer, span = null) {
    show(this.card, index !== null && Boolean(pixel));
    if (index === null || !pixel) return;
    const { probes, sprites } = this.run;
    setThumb(this.cardThumb, sprites, probes, index);
    const lines = [
      ['strong', probes.class_names[probes.labels[index]] ?? ''],
      ['span', `image ${index}`],
      ...Object.entries(probes.factors ?? {}).map(([name, factor]) => [
        'span',
        `${name} ${
          factor.kind === 'class'
            ? factor.names[factor.values[index]]
            : factor.kind === 'circular'
              ? `${Math.round(factor.values[index] * 360)}°`
              : Number(factor.values[index].toPrecision(2))
        }`,
      ]),
    ];
    if (answer)
      lines.push([
        'em',
        `attends to ${digits(answer.effective)} of ${count(answer.n_negatives)} negatives`,
      ]);
    this.cardText.replaceChildren(...lines.map(([tag, text]) => el(tag, { text })));
    const [width, height] = [this.cloud.node.clientWidth, this.cloud.node.clientHeight];
    const [w, h] = [this.card.offsetWidth, this.card.offsetHeight];
    const [x, y] =
      (span === null && this.corner(pixel, [w, h], [width, height])) ||
      this.beside(pixel, [w, h], height, span ?? [0, width]);
    this.card.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  // The corner in which the card hides the fewest points; it moves to another only where that is
  // worth it. Null where it cannot be told what lies where.
  corner(pixel, [w, h], [width, height]) {
    const foot = Math.max(this.legend.offsetHeight, SCALE * (this.cloud.times ?? 1)) + 10; // a scale follows
    const corners = [
      [8, 8],
      [width - w - 48, 8],
      [8, height - h - foot],
      [width - w - 8, height - h - foot],
    ];
    const hidden = corners.map(([x, y]) => {
      const under =
        pixel[0] > x - 16 && pixel[0] < x + w + 16 && pixel[1] > y - 16 && pixel[1] < y + h + 16;
      const points = this.cloud.covered?.([x, y, x + w, y + h]) ?? null;
      return points === null ? null : points + (under ? 1e6 : 0);
    });
    if (hidden[0] === null) return null;
    const best = hidden.indexOf(Math.min(...hidden));
    const stays = this.cornered !== undefined && hidden[this.cornered] <= 1.3 * hidden[best] + 6;
    this.cornered = stays ? this.cornered : best;
    return corners[this.cornered];
  }

  // Beside the pointer, and where neither side has room above or below: never over the image it is about.
  beside(pixel, [w, h], height, [left, right]) {
    const x = pixel[0] + 18 + w > right ? pixel[0] - 18 - w : pixel[0] + 18;
    const level =
      x >= left ? pixel[1] - h / 2 : pixel[1] > height / 2 ? pixel[1] - h - 14 : pixel[1] + 14;
    return [Math.max(left + 6, x), Math.max(6, Math.min(height - h - 6, level))];
  }

  // `plain` is something to know, no trouble.
  setNotice(text, plain = false) {
    show(this.notice, Boolean(text));
    this.notice.classList.toggle('plain', plain);
    setText(this.notice, text ?? '');
  }
}
