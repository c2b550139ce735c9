// What is said of a class: pure.

/** @import { Asked, Class } from '../../kit/messages.d.ts' */

/** @type {Record<string, string>} */
export const PAGES = {
  live: 'Live',
  compare: 'Compare',
  forces: 'Forces',
  checkpoints: 'Checkpoints',
  learn: 'Learn',
  class: 'Class',
};

/**
 * @param {number} n
 * @param {string} one
 * @param {string} more
 */
const counted = (n, one, more) => `${n} ${n === 1 ? one : more}`;

/** @param {Class} standing */
export function attendance({ n, following, pages = {} }) {
  if (n === 0) return 'Nobody is here yet';
  if (following === n) return `${counted(n, 'follows', 'follow')} you`;
  const where = Object.entries(pages)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([page, count]) => `${count} on ${PAGES[page] ?? page}`);
  const away = counted(n - following, 'looks around', 'look around');
  return `${counted(following, 'follows', 'follow')} you, ${away}: ${where.join(', ')}`;
}

/**
 * How many have answered, of all who could to who asks, and how many rightly once that is told.
 * @param {Asked} asked
 * @param {boolean} [teaches]
 */
export function turnout(
  { n_answers: answers, n_asked: n, is_open: open, counts, right },
  teaches = false,
) {
  const of = teaches && n > answers ? ` of ${n}` : '';
  const said = `${counted(answers, 'answer', 'answers')}${of}`;
  if (open || right === null || !counts || answers === 0) return said;
  return `${said}, ${counts[right]} right`;
}

/**
 * What the teacher typed stays as it is in every language; a question about images is made ready.
 * @param {Asked} asked
 */
export const isTyped = ({ sheet }) => sheet === null;

/**
 * What an option is to who cannot see it.
 * @param {Asked} asked
 * @param {number} index
 * @param {string} [label]
 */
export function named({ options, counts, right, yours }, index, label = options[index].label) {
  const { picture } = options[index];
  const what =
    picture === null ? label : `image ${picture.probe}, view ${picture.view + 1} ${label}`.trim();
  const parts = [what];
  if (counts) parts.push(counted(counts[index], 'answer', 'answers'));
  if (yours === index) parts.push('your answer');
  if (right === index) parts.push('right');
  return parts.join(', ');
}
