// Every mark of the scene in a row: where it is, and its weight and pull under both losses.

import { el, fillRows, isShortcut, setText, show } from '../../kit/dom.js';
import { kindOf } from './marknames.js';
import { MarkRow } from './markrow.js';
import { bringIntoView, markOf, nearest } from './pointed.js';
import { Totals } from './totals.js';

/** @import { Acts, AnyMark, BoardState, Readings, Taken } from './types.d.ts' */

/** @typedef {'p' | 'n' | 's'} Key */

/** @type {Record<Key, { title: string, list: 'positives' | 'negatives' | 'synthetics', most: number }>} */
const KINDS = {
  p: { title: 'Positives', list: 'positives', most: 8 },
  n: { title: 'Negatives', list: 'negatives', most: 24 },
  s: { title: 'Synthetic', list: 'synthetics', most: 0 },
};

/** @type {Key[]} */
const KEYS = ['p', 'n', 's'];

export class MarksTable {
  /** The marks under the pointer, lit, and selected. */
  /** @type {string | null} */
  under = null;
  /** @type {string | null} */
  lit = null;
  /** @type {string | null} */
  selected = null;
  /** @type {Map<string, MarkRow>} */
  rows = new Map();

  /** @param {Pick<Acts, 'light' | 'select' | 'act'>} acts */
  constructor({ light, select, act }) {
    this.light = light;
    this.select = select;
    this.act = act;
    /**
     * @param {string} name
     * @param {string} text
     * @param {string} label
     */
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
    this.groups = {
      p: this.group('p', KINDS.p),
      n: this.group('n', KINDS.n),
      s: this.group('s', KINDS.s),
    };
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

  /**
   * @param {Key} key
   * @param {{ title: string }} kind
   */
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
    /** @param {string | null} mark */
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
      if (deed === 'remove' || deed === 'duplicate') this.act(deed, mark);
      else this.select(mark);
    });
    this.body.addEventListener('keydown', (event) => this.key(event, markOf(event)));
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string | null} mark
   */
  key(event, mark) {
    const turn = Number(event.key === 'ArrowDown') - Number(event.key === 'ArrowUp');
    if (!mark || !nearest(event, '.name') || isShortcut(event)) return;
    if (turn) {
      const names = [...this.body.querySelectorAll('.name')];
      const next = names[names.findIndex((name) => name === event.target) + turn];
      if (next instanceof HTMLElement) next.focus();
    } else if ((event.key === 'Delete' || event.key === 'Backspace') && mark[0] !== 's') {
      if (!this.rows.get(mark)?.remove?.disabled) this.act('remove', mark);
    } else return;
    event.preventDefault();
  }

  /**
   * @param {BoardState} board
   * @param {Readings | null} answer
   * @param {{ lit?: string | null, selected?: string | null, taken?: Taken | null }} [look]
   */
  set(board, answer, { lit = null, selected = null, taken = null } = {}) {
    const readings = answer?.of ?? [null, null];
    const n = {
      p: board.positives.length,
      n: board.negatives.length,
      s: Math.max(...readings.map((one) => one?.synthetics?.length ?? 0)),
    };
    for (const key of KEYS) {
      const kind = KINDS[key];
      const { node, list, count } = this.groups[key];
      show(node, n[key] > 0);
      const marks = Array.from({ length: n[key] }, (_, i) => `${key}${i}`);
      fillRows(
        list,
        marks,
        () => {
          const mark = `${key}${list.children.length}`;
          const row = new MarkRow(mark);
          this.rows.set(mark, row);
          return row.node;
        },
        () => {},
      );
      setText(count, String(n[key]));
      /** @type {AnyMark[][]} */
      const told = readings.map((one) => one?.[kind.list] ?? []);
      const most = Math.max(...told.flat().map(({ weight }) => weight), 1e-12);
      const hasSynthetics = this.groups.s.list.children.length > 0;
      marks.forEach((mark, i) => {
        const row = this.rows.get(mark);
        if (!row) return;
        row.set(
          told.map((marked) => marked[i] ?? null),
          most,
          hasSynthetics,
        );
        row.allow(n[key], kind.most);
        if (kind.list !== 'synthetics') row.picture(board[kind.list][i][2], taken);
      });
    }
    this.highlight(lit, selected);
    if (answer) this.totals.set(answer);
  }

  /** @param {string | undefined} mark */
  focus(mark) {
    this.rows.get(mark ?? '')?.name.focus();
  }

  /**
   * Only the rows that change are touched.
   * @param {string | null} lit
   * @param {string | null} selected
   */
  highlight(lit, selected) {
    const rowOf = (/** @type {string | null} */ mark) => this.rows.get(mark ?? '');
    /** @type {[name: string, mark: string | null, was: string | null][]} */
    const changes = [
      ['lit', lit, this.lit],
      ['selected', selected, this.selected],
    ];
    for (const [name, mark, was] of changes) {
      if (mark === was && rowOf(mark)?.node.classList.contains(name)) continue;
      rowOf(was)?.node.classList.remove(name);
      rowOf(mark)?.node.classList.add(name);
    }
    for (const mark of new Set([this.selected, selected]))
      rowOf(mark)?.setSelected(mark === selected);
    if (lit !== this.lit && lit !== this.under) bringIntoView(this.body, rowOf(lit)?.node);
    this.lit = lit;
    this.selected = selected;
  }
}
