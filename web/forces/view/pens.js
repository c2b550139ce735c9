// The pens that canvases are drawn with.

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function penOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
}

/**
 * Of a canvas that is never shown.
 * @param {OffscreenCanvas} canvas
 * @param {CanvasRenderingContext2DSettings} [how]
 */
export function hiddenPenOf(canvas, how) {
  return /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', how));
}
