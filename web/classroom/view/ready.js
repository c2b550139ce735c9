// Questions that the teacher can ask of what is on the page, from its facts: pure.

/** @import { Facts } from '../../kit/facts.js' */
/** @import { Option, Picture } from '../../kit/messages.d.ts' */

/**
 * @typedef {object} Ready
 * @property {string} text
 * @property {string | null} run
 * @property {Picture | null} about
 * @property {Option[]} options
 * @property {number | null} right
 */

const MOST = 8;
const ALIKE = 1e-4; // of the largest: what is nearer to it differs by rounding

/**
 * The pairs of a query that a panel lists, `n1`, `n2`, ...: a positive is a view of the query's own
 * image, and what stands in a queue is no image of a probe.
 * @param {Facts} q
 * @param {'p' | 'n'} kind
 * @param {number} query
 * @returns {{ probe: number, view: number, pull: number }[]}
 */
function pairsOf(q, kind, query) {
  const found = [];
  for (let i = 1; q[`${kind}${i}`] && found.length < MOST; i += 1)
    found.push({ ...q[`${kind}${i}`] });
  if (kind === 'p') for (const pair of found) pair.probe = query;
  const pairs = found.filter(
    ({ probe, view }) => Number.isInteger(probe) && Number.isInteger(view),
  );
  // in an order that tells nothing
  return pairs.sort((a, b) => a.probe - b.probe || a.view - b.view);
}

/**
 * @param {number[]} values
 * @returns {number | null} the place of the one largest, null where none is above 0 or the next is
 *   as large
 */
function largest(values) {
  const [most, next] = [...values].sort((a, b) => b - a);
  return most > 0 && most - next > ALIKE * most ? values.indexOf(most) : null;
}

/**
 * @param {Facts} facts  of the page
 * @param {string | null} run  that it shows
 * @returns {Ready[]}
 */
export function readyQuestions(facts, run) {
  const { q, query } = facts;
  if (facts.page !== 'live' || !q || run === null) return [];
  const about = { probe: query, view: q.view };
  /** @type {['p' | 'n', number, string][]} */
  const kinds = [
    ['n', -1, 'Which of these negatives is pushed away hardest?'],
    ['p', 1, 'Which of these views is pulled in hardest?'],
  ];
  const found = [];
  for (const [kind, sign, text] of kinds) {
    const pairs = pairsOf(q, kind, query);
    const right = pairs.length > 1 ? largest(pairs.map(({ pull }) => sign * pull)) : null;
    if (right === null) continue;
    const options = pairs.map(({ probe, view }) => ({ label: '', picture: { probe, view } }));
    found.push({ text, run, about, options, right });
  }
  return found;
}

/**
 * A question of words alone, an option a line.
 * @param {string} text
 * @param {string} lines
 * @returns {Ready}
 */
export function ownQuestion(text, lines) {
  const labels = lines.split('\n').map((line) => line.trim());
  const options = labels.filter(Boolean).map((label) => ({ label, picture: null }));
  return { text: text.trim(), run: null, about: null, options, right: null };
}
