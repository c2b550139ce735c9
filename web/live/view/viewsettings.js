// How a run is looked at; sent by Python, which has the defaults; in the page's address.

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

export {};
