// One tab stop for a row of buttons: arrow keys walk it, and Tab comes back to where they left it.

import { setAttribute } from '../live/elements.js';

const ACROSS = { ArrowRight: 1, ArrowLeft: -1 };
export const DOWN = { ArrowDown: 1, ArrowUp: -1 };

// Returns what is to be called when the buttons have changed; `turns` are the keys that walk.
export function rove(node, selector, turns = ACROSS) {
  const items = () => [...node.querySelectorAll(selector)].filter((item) => !item.disabled);
  const settle = (on = null) => {
    const all = items();
    const stop = all.find((item) => item === on) ?? all.find((item) => item.tabIndex === 0) ?? all[0];
    for (const item of node.querySelectorAll(selector)) setAttribute(item, 'tabindex', item === stop ? 0 : -1);
  };
  node.addEventListener('focusin', ({ target }) => { if (target.matches(selector)) settle(target); });
  node.addEventListener('keydown', (event) => {
    const all = items();
    const at = all.indexOf(event.target);
    const to = { Home: 0, End: all.length - 1 }[event.key] ?? at + (turns[event.key] ?? NaN);
    if (at < 0 || Number.isNaN(to)) return;
    event.preventDefault();
    event.stopPropagation();
    all[Math.max(0, Math.min(all.length - 1, to))].focus();
  });
  settle();
  return settle;
}
