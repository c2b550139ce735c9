// The titles of the charts of a flow: what its loss, its alignment and its uniformity do.

import { digits } from '../../kit/dom.js';

/** @import { FlowReading } from '../../kit/messages.d.ts' */

const DIP = 0.02; // of all that a loss goes through: less is not seen in its chart

/**
 * Whether it ends on its way up from a lower value.
 * @param {number[]} loss
 */
function dips(loss) {
  const known = loss.filter(Number.isFinite);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return known[known.length - 1] - least > DIP * (most - least);
}

/** @param {Pick<FlowReading, 'loss' | 'optimum' | 'polygon'>} own */
export function lossTitle({ loss, optimum, polygon }) {
  const [first, last] = [loss[0], loss[loss.length - 1]];
  /** @param {number} value */
  const close = (value) => Math.abs(last - value) < 3e-4 * Math.max(0.1, Math.abs(value));
  const stays = Math.abs(first - last) < 1e-4;
  const moved = stays ? 'Loss stays' : `Loss ${last < first ? 'falls' : 'rises'}`;
  const known = optimum && Number.isFinite(optimum.value) ? optimum : null;
  if (known && known.kind === 'optimum' && close(known.value))
    return `${moved} ${stays ? 'at' : 'to'} its optimum`;
  if (polygon && close(polygon.value))
    return dips(loss)
      ? "Loss dips below and rises to the polygon's"
      : `${moved} ${stays ? 'at' : 'to'} the regular polygon's`;
  if (polygon && last < polygon.value) return `${moved} below the regular polygon's`;
  if (known && close(known.value)) return `${moved} ${stays ? 'at' : 'to'} its lower bound`;
  if (polygon) return `${moved}, ${digits(last - polygon.value)} above the polygon's`;
  if (known)
    return `${moved}, ${digits(last - known.value)} above its ${known.kind === 'bound' ? 'bound' : 'optimum'}`;
  return stays ? 'Loss stays where it is' : `${moved} from ${digits(first)}`;
}

/**
 * @param {number[]} values
 * @param {boolean} tied
 */
export function alignmentTitle(values, tied) {
  const [first, last] = [values[0], values[values.length - 1]];
  if (tied) return 'Views as one point';
  if (last < 1e-3) return first < 1e-3 ? 'Views stay together' : 'Views meet';
  if (last > first * 1.2) return 'Views drift apart';
  return last < first * 0.8 ? 'Views come closer' : 'Views stay as close';
}

/** @param {number[]} values */
export function uniformityTitle(values) {
  const change = values[values.length - 1] - values[0];
  if (Math.abs(change) < 0.02) return 'Spread stays';
  return change < 0 ? 'Points spread out' : 'Points crowd';
}
