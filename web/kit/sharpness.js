// How many pixels of the screen one of the page has. On its way to another screen a window keeps its
// size and has other pixels: what watches sizes hears nothing of it.

/** @type {Set<() => void>} */
const hearers = new Set();
let listening = false;

/** @param {number} [most] */
export function sharpness(most = Infinity) {
  return Math.min(most, window.devicePixelRatio || 1);
}

function listen() {
  listening = true;
  const as = window.matchMedia(`(resolution: ${sharpness()}dppx)`);
  const changed = () => {
    listen();
    for (const hear of hearers) hear();
  };
  as.addEventListener('change', changed, { once: true });
}

/**
 * Has something called whenever it is another; what it returns ends that.
 * @param {() => void} hear
 */
export function onSharpness(hear) {
  hearers.add(hear);
  if (!listening) listen();
  return () => {
    hearers.delete(hear);
  };
}
