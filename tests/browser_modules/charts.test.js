import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { dashOf, plain } from '../../web/kit/chartfigure.js';
import { linesFigure } from '../../web/kit/chartlines.js';
import { plainColour, veil } from '../../web/kit/chartink.js';
import { fileName, pictureOf, wrapped } from '../../web/kit/chartsave.js';

const INK = { family: 'sans', text: '#111111', soft: '#333333', dim: '#777777', edge: '#dddddd' };
const PAPER = { width: 460, height: 220, ink: { ...INK, paper: '#ffffff' } };
const line = (label, values, more = {}) => ({
  label,
  mark: 'square',
  colour: '#222222',
  points: values.map((y, i) => [10 * i, y, 10 * i]),
  ...more,
});
const drawing = (lines, more = {}) => ({ lines, x: [0, 20], foot: 'updates', title: '', ...more });
const named = ({ layout }, text) => layout.annotations.filter((one) => one.text.includes(text));
const flat = ({ shapes }) => shapes.filter(({ y0, y1 }) => y0 === y1).map(({ y0 }) => y0);

test('a share is drawn in percent, and its range is told in shares', () => {
  const figure = linesFigure(drawing([line('A', [0.1, 0.5, 0.4])], { unit: 'share' }), PAPER);
  assert.deepEqual(figure.data[0].y, [10, 50, 40]);
  assert.ok(figure.y[0] < 0.1 && figure.y[1] > 0.5 && figure.y[1] < 1);
  assert.deepEqual(
    figure.layout.yaxis.range,
    figure.y.map((value) => 100 * value),
  );
  assert.equal(figure.times, 100);
});

test('each line is named at its end, no name lies on another, and the baseline is broad below', () => {
  const lines = [line('A', [1, 2, 3]), line('B', [1, 2, 3.001], { base: true }), line('C', [])];
  const figure = linesFigure(drawing(lines), PAPER);
  assert.equal(figure.data.length, 4);
  assert.ok(figure.data[1].line.width > 2 * figure.data[2].line.width);
  const { margin } = figure.layout;
  const py = (y) =>
    (PAPER.height - margin.t - margin.b) * (1 - (y - figure.y[0]) / (figure.y[1] - figure.y[0]));
  const [a, b] = ['A', 'B'].map((name) => named(figure, name)[0]);
  assert.ok(Math.abs(py(a.y) + a.ay - (py(b.y) + b.ay)) >= 15 - 1e-6);
  assert.equal(a.x, 20);
  assert.match(b.text, /<b>B<\/b>/);
  assert.equal(named(figure, 'C').length, 0);
});

test('a name too long for its room is shortened, and whole under the hand', () => {
  const label = 'a loss of a very long name that goes on and on and on';
  const [end] = named(linesFigure(drawing([line(label, [1, 2, 3])]), PAPER), 'a loss');
  assert.ok(end.text.endsWith('…') && !end.text.includes('on and on'));
  assert.equal(end.hovertext, label);
});

test('a line that ends early is joined to its name at the edge, not by a slope across the picture', () => {
  const lines = [line('A', [1]), line('B', [1]), line('C', [1, 2, 3])];
  const figure = linesFigure(drawing(lines), PAPER);
  for (const name of ['A', 'B']) {
    const [{ xref, x, ax }] = named(figure, name);
    assert.deepEqual([xref, x], ['paper', 1]);
    assert.ok(ax < 10);
  }
  assert.equal(named(figure, 'C')[0].x, 20);
});

test('zoomed in, a line is named at the edge, and what is seen makes the range', () => {
  const figure = linesFigure(drawing([line('A', [1, 2, 900])], { x: [0, 15] }), PAPER);
  assert.deepEqual([named(figure, 'A')[0].xref, named(figure, 'A')[0].y], ['paper', 2]);
  assert.ok(figure.y[1] < 3);
});

test('levels and zero are lines across with their names, what is not known is none', () => {
  const levels = [
    { value: 0.25, name: 'chance' },
    { value: NaN, name: 'untrained' },
  ];
  const figure = linesFigure(drawing([line('A', [0.5, 0.6])], { levels, zero: 0 }), PAPER);
  assert.deepEqual(flat(figure.layout), [0, 0.25]);
  assert.deepEqual([named(figure, 'chance').length, named(figure, 'untrained').length], [1, 0]);
  assert.ok(figure.y[0] < 0 && figure.y[1] > 0.6);
});

test('markup in a name is text', () => {
  assert.equal(plain('<b>a & b</b>'), '&lt;b&gt;a &amp; b&lt;/b&gt;');
  const figure = linesFigure(drawing([line('<a href="x">', [1, 2])]), PAPER);
  assert.equal(named(figure, '<a').length, 0);
  assert.equal(figure.data[0].name, '&lt;a href="x"&gt;');
});

test('dashes and mixed colours are written as plotly reads them', () => {
  assert.deepEqual([dashOf('7 3.5'), dashOf('')], ['7px,3.5px', 'solid']);
  assert.equal(plainColour('color(srgb 0.5 0 1)'), 'rgb(128,0,255)');
  assert.equal(plainColour('rgb(1, 2, 3)'), 'rgb(1, 2, 3)');
  assert.equal(veil('rgb(1, 2, 3)', 0.5), 'rgba(1,2,3,0.5)');
  assert.equal(veil('#0102ff', 0.5), 'rgba(1,2,255,0.5)');
});

test('a file is named by what its picture shows', () => {
  assert.equal(fileName('Loss of CACR, 4.74 at step 0'), 'loss-of-cacr-4-74-at-step-0');
  assert.equal(fileName('All level at 50 %'), 'all-level-at-50-percent');
  assert.equal(fileName('→'), 'chart');
  assert.ok(fileName('word '.repeat(90)).length <= 80);
});

test('a long title goes on in the next line and loses no word', () => {
  const title = 'Lowest with InfoNCE, temperature 0.1, highest with CACR, sharpness 1';
  const lines = wrapped(title, 300);
  assert.ok(lines.length > 1);
  assert.equal(lines.join(' '), title);
});

test('a saved picture stands alone: title, paper, the moment and where each line stands there', () => {
  const one = line('A', [0.1, 0.5], { mark: 'triangle' });
  const figure = linesFigure(drawing([one], { unit: 'share' }), PAPER);
  const moment = { at: 10, found: [{ line: one, point: [10, 0.5] }] };
  const { data, layout } = pictureOf(figure, moment, 'A < B', PAPER.ink);
  assert.match(layout.title.text, /A &lt; B/);
  assert.equal(layout.paper_bgcolor, '#ffffff');
  assert.deepEqual(
    layout.shapes.filter(({ x0, x1 }) => x0 === x1).map(({ x0 }) => x0),
    [10],
  );
  assert.deepEqual([data[1].x, data[1].y, data[1].marker.symbol], [[10], [50], ['triangle-up']]);
  const taller = layout.height - PAPER.height;
  assert.equal(layout.margin.t - figure.layout.margin.t, taller);
  assert.ok(taller > 20);
  assert.equal(layout.showlegend, false);
  const bare = linesFigure(drawing([one, line('B', [1])], { names: false }), PAPER);
  assert.equal(pictureOf(bare, { at: null, found: [] }, '', PAPER.ink).layout.showlegend, true);
});
