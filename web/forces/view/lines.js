// Lines of a filled formula: built once for their signs, then only their numbers change.

import { el, fillRows, setAttribute, setText } from '../../kit/dom.js';

/** @import { Line, Token } from '../../kit/messages.d.ts' */

const MANY = 5;

/**
 * Neighbouring tokens of one mark are a term; a sign leads in the next, but for one in brackets of
 * its own.
 * @param {Token[]} tokens
 */
function termsOf(tokens) {
  /** @type {{ part: string, mark: string | null, tokens: Token[] }[]} */
  const terms = [];
  let depth = 0;
  for (const token of tokens) {
    const last = terms.at(-1);
    const part = token.mark ? `mark ${token.mark}` : 'plain';
    const leads = token.mark && depth === 0 && (token.t === '+' || token.t === '−') && !token.role;
    if (token.mark) depth += Number(token.t === '(') - Number(token.t === ')');
    if (last?.part === part && token.mark && !leads) last.tokens.push(token);
    else if (last?.part === part && !token.mark) last.tokens.push(token);
    else terms.push({ part, mark: token.mark ?? null, tokens: [token] });
  }
  return terms;
}

/** @param {Line} line */
function shapeOf(line) {
  return line.tokens
    .map(({ mark, role, up, low, t }) => `${mark ?? ''}.${role ?? t}.${up ? 1 : 0}${low ? 1 : 0}`)
    .join(' ');
}

/** @param {Token} token */
function leaf(token) {
  const node = el('span', {
    class:
      token.role ??
      (/^[a-zΣ]/.test(token.t) ? 'word' : token.t === '(' || token.t === ')' ? 'bracket' : 'sign'),
  });
  const head = node.appendChild(document.createTextNode(''));
  const low = token.low ? node.appendChild(el('sub', {})) : null;
  const up = token.up ? node.appendChild(el('sup', {})) : null;
  return { node, head, low, up };
}

/**
 * @param {Leaf} made
 * @param {Token} token
 */
function refill({ head, low, up }, token) {
  if (head.data !== token.t) head.data = token.t;
  if (low) setText(low, token.low);
  if (up) setText(up, token.up);
}

/**
 * @param {FormulaLine} node
 * @param {Line} line
 */
function build(node, line) {
  const cut = line.tokens.findLastIndex((token) => token.role === 'total') - 1;
  const tokens = cut >= 0 ? line.tokens.slice(0, cut) : line.tokens;
  node.leaves = [];
  /** @param {Token} token */
  const make = (token) => {
    const made = leaf(token);
    node.leaves.push(made);
    return made.node;
  };
  const terms = termsOf(tokens);
  const owned = terms.filter(({ mark }) => mark).length;
  const single = terms.every(
    ({ mark, tokens: own }) => !mark || own.filter(({ role }) => role).length < 2,
  );
  const body = el(
    'span',
    { class: `terms${single ? ' single' : ''}` },
    ...terms.map(({ mark, tokens: own }) =>
      el(
        'span',
        { class: mark ? `term ${mark[0]}` : 'plain', 'data-mark': mark },
        ...own.flatMap((token) =>
          mark || !'+−/·'.includes(token.t) ? [make(token)] : [el('wbr'), make(token)],
        ),
      ),
    ),
  );
  const sum = cut >= 0 ? el('span', { class: 'sum' }, ...line.tokens.slice(cut).map(make)) : null;
  node.classList.toggle('long', owned >= MANY);
  node.replaceChildren(node.label, body, ...(sum ? [sum] : []));
}

/** @typedef {ReturnType<typeof leaf>} Leaf */

/** What the line looks like without its numbers, and the nodes that hold them. */
/** @typedef {HTMLDivElement & { shape: string, label: HTMLElement, leaves: ReturnType<typeof leaf>[] }} FormulaLine */

/** @returns {FormulaLine} */
function formulaLine() {
  const label = el('span', { class: 'label' });
  return Object.assign(el('div', { class: 'formula-line' }), { shape: '', label, leaves: [] });
}

/**
 * Says whether a line was built anew: then what stands where is other than before.
 * @param {Element} list
 * @param {Line[]} lines
 */
export function fillLines(list, lines) {
  let rebuilt = list.children.length !== lines.length;
  fillRows(list, lines, formulaLine, (node, line) => {
    const shape = shapeOf(line);
    if (node.shape !== shape) {
      build(node, line);
      node.shape = shape;
      rebuilt = true;
    }
    setAttribute(node, 'data-label', line.label);
    setText(node.label, line.label);
    line.tokens.forEach((token, i) => refill(node.leaves[i], token));
  });
  return rebuilt;
}
