// What is drawn over and under the flat cloud: the query and its company, the circle, the trails.

import { el } from './dom.js';

const STAR = Array.from({ length: 10 }, (_, i) => {
  const [r, t] = [i % 2 ? 3.4 : 8, (i * Math.PI) / 5 - Math.PI / 2];
  return `${(r * Math.cos(t)).toFixed(1)},${(r * Math.sin(t)).toFixed(1)}`;
}).join(' ');

export class Marks {
  constructor(under, over) {
    this.under = under;
    this.over = over;
    this.given = null;
    this.times = 1;
  }

  // {query, positives: [xy], negatives: [xy], synthetics: [{xy, parents: [xy, xy]}]}
  set(given) {
    this.given = given;
  }

  drawOver(plane, rings) {
    const parts = [];
    const k = this.times;
    const at = (xy) => plane.place(xy[0], xy[1]);
    const line = (a, b, kind) =>
      parts.push(
        el('svg:line', {
          class: kind,
          x1: a[0].toFixed(1),
          y1: a[1].toFixed(1),
          x2: b[0].toFixed(1),
          y2: b[1].toFixed(1),
        }),
      );
    const { query, positives = [], negatives = [], synthetics = [] } = this.given ?? {};
    const star = query && at(query);
    if (star) {
      for (const { xy, parents } of synthetics) {
        const here = at(xy);
        for (const parent of parents) line(here, at(parent), 'to-parent');
      }
      for (const xy of positives) line(star, at(xy), 'to-positive');
      for (const xy of negatives) {
        const [x, y] = at(xy);
        parts.push(
          el('svg:circle', { class: 'negative', cx: x.toFixed(1), cy: y.toFixed(1), r: 7 * k }),
        );
      }
      for (const { xy } of synthetics) {
        const [x, y] = at(xy);
        parts.push(
          el('svg:path', {
            class: 'synthetic',
            d: `M${x.toFixed(1)} ${(y - 6 * k).toFixed(1)}l${6 * k} ${6 * k}l${-6 * k} ${6 * k}l${-6 * k} ${-6 * k}z`,
          }),
        );
      }
      for (const xy of positives) {
        const [x, y] = at(xy);
        parts.push(
          el('svg:circle', { class: 'positive', cx: x.toFixed(1), cy: y.toFixed(1), r: 5 * k }),
        );
      }
      parts.push(
        el(
          'svg:g',
          {
            class: 'star',
            transform: `translate(${star[0].toFixed(1)} ${star[1].toFixed(1)}) scale(${k})`,
          },
          el('svg:circle', { r: 13 }),
          el('svg:polygon', { points: STAR }),
        ),
      );
    }
    for (const xy of rings) {
      const [x, y] = at(xy);
      parts.push(
        el('svg:circle', { class: 'hovered', cx: x.toFixed(1), cy: y.toFixed(1), r: 9 * k }),
      );
    }
    this.over.replaceChildren(...parts);
  }

  drawUnder(plane, { circle, trails, colours, theme }) {
    const [width, height] = plane.size();
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const canvas = this.under;
    if (
      canvas.width !== Math.round(width * ratio) ||
      canvas.height !== Math.round(height * ratio)
    ) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext('2d');
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const range = plane.window();
    if (!range) return;
    const sx = width / (range.x[1] - range.x[0]);
    const sy = height / (range.y[1] - range.y[0]);
    const grey = theme === 'dark' ? '255,255,255' : '20,28,40';
    if (circle) {
      pen.strokeStyle = `rgba(${grey},.16)`;
      pen.lineWidth = 1.5 * this.times;
      pen.beginPath();
      pen.arc(-range.x[0] * sx, height + range.y[0] * sy, sx, 0, 2 * Math.PI);
      pen.stroke();
    }
    trails.slice(0, -1).forEach((newer, age) => {
      const older = trails[age + 1];
      pen.lineWidth = (2 - 0.25 * age) * this.times;
      pen.globalAlpha = 0.65 * (1 - age / trails.length);
      for (const [colour, members] of colours) {
        pen.strokeStyle = colour ?? `rgb(${grey})`;
        pen.beginPath();
        for (const i of members) {
          pen.moveTo(
            (older[2 * i] - range.x[0]) * sx,
            height - (older[2 * i + 1] - range.y[0]) * sy,
          );
          pen.lineTo(
            (newer[2 * i] - range.x[0]) * sx,
            height - (newer[2 * i + 1] - range.y[0]) * sy,
          );
        }
        pen.stroke();
      }
    });
    pen.globalAlpha = 1;
  }
}
