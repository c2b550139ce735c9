// How a run is looked at; it is in the page's address.

/** @import { LensValue } from '../../kit/types.d.ts' */

/**
 * @typedef {object} LiveView
 * @property {string} colour
 * @property {string} layout
 * @property {string} space
 * @property {boolean} trails
 * @property {boolean} images
 * @property {boolean} magnify
 * @property {string} group
 * @property {LensValue | null} lens
 * @property {number | null} query
 * @property {number} view
 * @property {number | null} step
 * @property {string} panel
 */

/** @type {LiveView} */
export const VIEW = {
  colour: 'class',
  layout: 'umap',
  space: 'embeddings',
  trails: false,
  images: false,
  magnify: false,
  group: 'probes',
  lens: null,
  query: null,
  view: 0,
  step: null,
  panel: 'cloud',
};
