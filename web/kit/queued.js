// What is said and shown of a negative that comes from the queue, and of the queue itself.

import { digits, setAttribute, setText, setThumb, show } from './dom.js';

/** @import { Pictures, QueueShare, Sample } from './types.d.ts' */

/** @param {number | undefined} age  in updates */
export function ageText(age) {
  return `queued ${age} ${age === 1 ? 'update' : 'updates'} ago`;
}

/** @param {Sample} item */
export function nameOf(item) {
  return item.queued
    ? `${item.class}, training image ${item.item}, ${ageText(item.age)}`
    : `${item.class}, image ${item.probe}`;
}

/**
 * A sample's picture: of the probes' sheet, or of the training images, over a grey tile with a sign.
 * @param {HTMLElement} node
 * @param {Pictures} run
 * @param {Sample} item
 * @param {number} [probe]
 */
export function setSample(node, run, item, probe = item.probe ?? 0) {
  node.classList.toggle('queued', Boolean(item.queued));
  if (!item.queued) {
    node.removeAttribute('data-age');
    setThumb(node, run.sprites, run.probes, probe, item.view);
    return;
  }
  node.dataset.age = `q ${item.age}`;
  const sheet = run.sprites.queued;
  if (sheet) {
    const { url, items, columns } = sheet;
    const pictures = { n: items.length, columns: columns || 1 };
    setThumb(node, { probes: url, views: [] }, pictures, items.indexOf(item.item ?? -1));
    return;
  }
  const url = run.sprites.probes.replace(/[^/]*$/, `train/${item.item}.webp`);
  if (node.dataset.tile === url) return;
  node.dataset.tile = url;
  node.style.backgroundImage = `url("${encodeURI(url)}")`;
  node.style.backgroundSize = '100% 100%';
  node.style.backgroundPosition = '0 0';
}

/**
 * @param {HTMLElement} node
 * @param {QueueShare} answer
 */
export function setQueueLine(node, answer, brief = false) {
  show(node, Boolean(answer.queue));
  if (!answer.queue) return;
  const [share, age] = [digits(100 * (answer.queued_share ?? NaN)), digits(answer.queue.age)];
  const whole = `${share} % of the repulsion weight is on the queue, mean age ${age} updates`;
  setText(node, brief ? `${share} % of it on the queue` : whole);
  setAttribute(node, 'title', whole);
}
