// Every mark of the scene in a row: where it is, and its weight and pull under both losses.

import { digits, el, fillRows, setAttribute, setText, setThumb, show } from '../../kit/dom.js';
import { kindOf, nameOf } from './board.js';
import { bringIntoView, markOf, nearest } from './pointed.js';
import { Totals } from './totals.js';

const KINDS = {
  p: { title: 'Positives', list: 'positives', most: 8 },
  n: { title: 'Negatives', list: 'negatives', most: 24 },
  s: { title: 'Synthetic', list: 'synthetics', most: 0 },
};
const SIDES = ['a', 'b'];

// Three decimals at most and no leading 0, as beside the marks, so that a column can be read down;
// the full number is in the data.
function short(value) {
  const text = value.toFixed(3);
  return Math.abs(text) < 1 ? text.replace('-', '−').replace('0.', '.') : digits(value);
}

function shortSigned(value) {
  return value > 0 ? `+${short(value)}` : short(value);
}

function weightCell(side) {
  const parts = { number: el('span', { class: 'number' }), bar: el('i', {}) };
  const node = el(
    'span',
    { class: `weight ${side}`, role: 'cell' },
    parts.number,
    el('span', { class: 'bar' }, parts.bar),
  );
  return Object.assign(node, { parts });
}

function pullCell(side) {
  const parts = { number: el('span', { class: 'number' }), credited: el('small', {}) };
  return Object.assign(
    el('span', { class: `pull ${side}`, role: 'cell' }, parts.number, parts.credited),
    { parts },
  );
}

// A number, written only when it is another; full precision stands in the data of the cell.
function put(cell, node, key, value, text) {
  if (cell.shown === value) return;
  cell.shown = value;
  setText(node, value === null ? '–' : text(value));
  cell.classList.toggle('tiny', value !== null && Math.abs(value) < 5e-4);
  if (value === null) delete cell.dataset[key];
  else cell.dataset[key] = String(value);
}

export class MarksTable {
  // light(mark or null), select(mark) and act('remove' or 'duplicate', mark) are what a person did.
  constructor({ light, select, act }) {
    this.light = light;
    this.select = select;
    this.act = act;
    this.rows = new Map();
    const header = (name, text, label) =>
      el(
        'span',
        { class: name, role: 'columnheader', 'aria-label': label },
        text || el('span', { class: 'heard', text: label }),
      );
    this.head = el(
      'div',
      { role: 'rowgroup' },
      el(
        'div',
        { class: 'table-head', role: 'row' },
        el('em', { class: 'of-weight', 'aria-hidden': 'true', text: 'weight' }),
        el('em', { class: 'of-pull', 'aria-hidden': 'true', text: 'pull' }),
        header('mark', '', 'mark'),
        this.where(),
        header('a', 'A', 'weight A'),
        header('b', 'B', 'weight B'),
        header('by', 'B − A', 'weight B minus A'),
        header('a', 'A', 'pull A'),
        header('b', 'B', 'pull B'),
        header('deeds', '', 'change'),
      ),
    );
    this.groups = Object.fromEntries(
      Object.entries(KINDS).map(([key, kind]) => [key, this.group(key, kind)]),
    );
    this.body = el(
      'div',
      { class: 'table-body' },
      ...Object.values(this.groups).map(({ node }) => node),
    );
    this.totals = new Totals();
    this.node = el(
      'div',
      {
        class: 'marks',
        role: 'table',
        'aria-label': 'Marks, their weights and pulls under both losses',
      },
      this.head,
      this.body,
      this.totals.node,
    );
    this.listen();
  }

  where() {
    return el(
      'span',
      {
        class: 'where',
        role: 'columnheader',
        title: 'Angle from the query, and the squared distance d',
      },
      'angle',
      el('small', { text: 'd' }),
    );
  }

  group(key, { title }) {
    const list = el('div', { class: 'group-rows', role: 'rowgroup', 'aria-label': title });
    const count = el('small', {});
    const head = el(
      'div',
      { class: 'group-title', role: 'row' },
      el('span', { role: 'rowheader' }, title, ' ', count),
    );
    return {
      node: el(
        'div',
        { class: `marks-group ${kindOf(key)}` },
        el('div', { role: 'rowgroup' }, head),
        list,
      ),
      list,
      count,
    };
  }

  // One listener each for all rows.
  listen() {
    const over = (mark) => {
      if (mark === this.under) return;
      this.under = mark;
      this.light(mark);
    };
    this.body.addEventListener('pointerover', (event) => over(markOf(event)));
    this.body.addEventListener('pointerleave', () => over(null));
    this.body.addEventListener('focusin', (event) => over(markOf(event)));
    this.body.addEventListener('focusout', (event) => {
      const to = event.relatedTarget;
      if (!(to instanceof Node && this.body.contains(to))) over(null);
    });
    this.body.addEventListener('click', (event) => {
      const mark = markOf(event);
      if (!mark) return;
      const deed = nearest(event, '[data-act]')?.dataset.act;
      if (deed) this.act(deed, mark);
      else this.select(mark);
    });
    this.body.addEventListener('keydown', (event) => this.key(event, markOf(event)));
  }

  key(event, mark) {
    const turn = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!mark || !nearest(event, '.name')) return;
    if (turn) {
      const names = [...this.body.querySelectorAll('.name')];
      const next = names[names.findIndex((name) => name === event.target) + turn];
      if (next instanceof HTMLElement) next.focus();
    } else if ((event.key === 'Delete' || event.key === 'Backspace') && mark[0] !== 's') {
      if (!this.rows.get(mark).remove.disabled) this.act('remove', mark);
    } else return;
    event.preventDefault();
  }

  row(mark) {
    const [word, made] = [nameOf(mark), mark[0] === 's'];
    const button = (deed, text, verb) =>
      el('button', {
        type: 'button',
        class: 'deed',
        'data-act': deed,
        tabindex: -1,
        'aria-label': `${verb} ${word}`,
        title: `${verb} ${word}`,
        text,
      });
    const parts = {
      thumb: el('span', { class: 'thumb', hidden: true }),
      shape: el('i', { class: 'shape', 'aria-hidden': 'true' }),
      pool: el('i', {
        class: 'pool',
        hidden: true,
        title: 'in the hard pool: synthetics are mixed from these',
      }),
      angle: el('span', { class: 'number' }),
      distance: el('small', {}),
      weights: SIDES.map(weightCell),
      pulls: SIDES.map(pullCell),
      by: el('span', { class: 'by', role: 'cell' }),
      duplicate: made ? null : button('duplicate', '+', 'Duplicate'),
      remove: made ? null : button('remove', '×', 'Remove'),
      mix: made ? el('div', { class: 'mix-line', role: 'cell' }) : null,
    };
    parts.name = el(
      'button',
      { type: 'button', class: 'name', 'aria-pressed': 'false', 'aria-label': word },
      parts.shape,
      parts.thumb,
      el('b', { text: String(Number(mark.slice(1)) + 1) }),
      parts.pool,
    );
    const node = el(
      'div',
      { class: 'mark-row', role: 'row', 'data-mark': mark },
      el('span', { class: 'mark', role: 'cell' }, parts.name),
      el('span', { class: 'where', role: 'cell' }, parts.angle, parts.distance),
      ...parts.weights,
      parts.by,
      ...parts.pulls,
      el('span', { class: 'deeds', role: 'cell' }, parts.duplicate, parts.remove),
      parts.mix,
    );
    return Object.assign(parts, { node, mark });
  }

  set(board, answer, { lit = null, selected = null, taken = null } = {}) {
    const readings = answer?.of ?? [null, null];
    const n = {
      p: board.positives.length,
      n: board.negatives.length,
      s: Math.max(...readings.map((one) => one?.synthetics?.length ?? 0)),
    };
    for (const [key, kind] of Object.entries(KINDS)) {
      const { node, list, count } = this.groups[key];
      show(node, n[key] > 0);
      const marks = Array.from({ length: n[key] }, (_, i) => `${key}${i}`);
      fillRows(
        list,
        marks,
        () => {
          const mark = `${key}${list.children.length}`;
          this.rows.set(mark, this.row(mark));
          return this.rows.get(mark).node;
        },
        () => {},
      );
      setText(count, String(n[key]));
      const told = readings.map((one) => one?.[kind.list] ?? []);
      const most = Math.max(...told.flat().map(({ weight }) => weight), 1e-12);
      marks.forEach((mark, i) =>
        this.fill(
          this.rows.get(mark),
          told.map((marked) => marked[i] ?? null),
          most,
        ),
      );
      for (const mark of marks) this.allow(this.rows.get(mark), n[key], kind.most);
      if (key !== 's')
        marks.forEach((mark, i) =>
          this.picture(this.rows.get(mark), board[kind.list][i][2], taken),
        );
    }
    this.highlight(lit, selected);
    if (answer) this.totals.set(answer);
  }

  fill(row, told, most) {
    const one = told[0] ?? told[1];
    put(row.angle, row.angle, 'angle', one?.angle ?? null, (angle) => `${Math.round(angle)}°`);
    put(row.distance, row.distance, 'distance', one?.distance ?? null, short);
    told.forEach((mark, side) => {
      const [weight, pull] = [row.weights[side], row.pulls[side]];
      const key = SIDES[side].toUpperCase();
      put(weight, weight.parts.number, `weight${key}`, mark?.weight ?? null, short);
      const width = `${(100 * (mark?.weight ?? 0)) / most}%`;
      if (weight.width !== width) weight.parts.bar.style.width = weight.width = width;
      put(pull, pull.parts.number, `pull${key}`, mark?.pull ?? null, shortSigned);
      setAttribute(
        pull,
        'data-sign',
        !mark || Math.abs(mark.pull) < 1e-12 ? null : mark.pull > 0 ? 'in' : 'out',
      );
      const credited = mark?.credited ?? mark?.pull ?? 0;
      const differs = Math.abs(credited - (mark?.pull ?? 0)) > 1e-9;
      setText(pull.parts.credited, differs ? shortSigned(credited) : '');
      setAttribute(
        pull,
        'title',
        differs ? 'below: with what its synthetics are pushed, credited to their parents' : null,
      );
    });
    const difference = told[0] && told[1] ? told[1].weight - told[0].weight : null;
    put(row.by, row.by, 'difference', difference, (value) =>
      Math.abs(value) < 5e-4 ? '0' : shortSigned(value),
    );
    show(
      row.pool,
      told.some((mark) => mark?.in_pool) &&
        row.mark[0] === 'n' &&
        this.groups.s.list.children.length > 0,
    );
    if (row.mix) this.mix(row.mix, told);
  }

  // From which parents, and what each is credited with, in the columns of the pulls.
  mix(node, told) {
    const known = told.filter(Boolean);
    const text = ({ coefficient, parents }, i) => {
      const whom = parents[i] < 0 ? 'the query' : `negative ${parents[i] + 1}`;
      const share = i ? 1 - coefficient : coefficient;
      return coefficient === null
        ? `a share by dimension of ${whom}`
        : share === 1
          ? `a copy of ${whom}`
          : `${short(share)} of ${whom}`;
    };
    // the share of parent 0 is the coefficient: at 0 it has none, and at 1 the other has none
    const parts = known.length
      ? [0, 1].filter((i) => !known.every(({ coefficient }) => coefficient === i))
      : [];
    fillRows(
      node,
      parts,
      () =>
        el(
          'div',
          {},
          el('span', { class: 'from' }),
          ...SIDES.map((side) => el('span', { class: `credit ${side}` })),
        ),
      (line, i) => {
        const texts = [...new Set(known.map((one) => text(one, i)))];
        setText(
          line.children[0],
          texts.length > 1 ? `A ${texts[0]}, B ${texts[1].replace('negative ', '')}` : texts[0],
        );
        told.forEach((one, side) => {
          const credit = one?.credits?.[i] ?? null;
          setText(line.children[1 + side], credit === null ? '–' : shortSigned(credit));
          setAttribute(
            line.children[1 + side],
            'data-sign',
            !credit ? null : credit > 0 ? 'in' : 'out',
          );
        });
      },
    );
  }

  allow(row, n, most) {
    if (!row.remove) return;
    row.remove.disabled = n <= 1;
    row.duplicate.disabled = n >= most;
  }

  picture(row, image, taken) {
    const known = taken?.images?.[image];
    row.node.classList.toggle('pictured', Boolean(known));
    show(row.thumb, Boolean(known));
    if (known) setThumb(row.thumb, taken.sprites, taken.probes, known.probe, known.view);
  }

  // Only the rows that change are touched.
  highlight(lit, selected) {
    for (const [name, mark, was] of [
      ['lit', lit, this.lit],
      ['selected', selected, this.selected],
    ]) {
      if (mark === was && this.rows.get(mark)?.node.classList.contains(name)) continue;
      this.rows.get(was)?.node.classList.remove(name);
      this.rows.get(mark)?.node.classList.add(name);
    }
    for (const mark of new Set([this.selected, selected])) {
      const row = this.rows.get(mark);
      if (!row) continue;
      setAttribute(row.name, 'aria-pressed', String(mark === selected));
      for (const deed of [row.duplicate, row.remove])
        if (deed) deed.tabIndex = mark === selected ? 0 : -1;
    }
    if (lit !== this.lit && lit !== this.under) bringIntoView(this.body, this.rows.get(lit)?.node);
    this.lit = lit;
    this.selected = selected;
  }
}
