// Every mark of the scene in a row: where it is, and its weight and pull under both losses.

import { el, fillRows, setText, show } from '../../kit/dom.js';
import { kindOf } from './board.js';
import { MarkRow } from './markrow.js';
import { bringIntoView, markOf, nearest } from './pointed.js';
import { Totals } from './totals.js';

const KINDS = {
  p: { title: 'Positives', list: 'positives', most: 8 },
  n: { title: 'Negatives', list: 'negatives', most: 24 },
  s: { title: 'Synthetic', list: 'synthetics', most: 0 },
};

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
          this.rows.set(mark, new MarkRow(mark));
          return this.rows.get(mark).node;
        },
        () => {},
      );
      setText(count, String(n[key]));
      const told = readings.map((one) => one?.[kind.list] ?? []);
      const most = Math.max(...told.flat().map(({ weight }) => weight), 1e-12);
      const hasSynthetics = this.groups.s.list.children.length > 0;
      marks.forEach((mark, i) => {
        const row = this.rows.get(mark);
        row.set(
          told.map((marked) => marked[i] ?? null),
          most,
          hasSynthetics,
        );
        row.allow(n[key], kind.most);
        if (key !== 's') row.picture(board[kind.list][i][2], taken);
      });
    }
    this.highlight(lit, selected);
    if (answer) this.totals.set(answer);
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
    for (const mark of new Set([this.selected, selected]))
      this.rows.get(mark)?.setSelected(mark === selected);
    if (lit !== this.lit && lit !== this.under) bringIntoView(this.body, this.rows.get(lit)?.node);
    this.lit = lit;
    this.selected = selected;
  }
}
