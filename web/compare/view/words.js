// What is said beside the charts: sentences from rows of numbers, and nothing of the page. Each is
// about the moment shown, and says when a number was measured earlier.

import { count, digits } from '../../kit/dom.js';
import { differenceText, ordinal, valueText } from '../../kit/styles.js';

/** @import { Difference } from '../../kit/messages.d.ts' */
/** @import { ComparisonMessage, Frame, MetricRow, MovedAnswer, ProofMessage, Sample, StripAnswer } from '../../kit/types.d.ts' */

/** What an entry measured, by its name. */
/** @typedef {{ label: string, row: MetricRow }} Found */

/**
 * Where a difference was seen; checkpoints are of no run.
 * @param {boolean | undefined} frozen
 */
export function whereText(frozen) {
  return frozen ? 'on these images' : 'in this one run';
}

/** @param {boolean | undefined} frozen */
export function unrecordedText(frozen) {
  return frozen ? 'not recorded' : 'not recorded in this run';
}

/** @param {number} step */
export function stepText(step) {
  return `step ${count(step)}`;
}

/**
 * Of a moment that was asked for and is not there; empty where it is.
 * @param {number} asked
 * @param {number} step
 * @param {number} last
 * @param {boolean} moving
 */
export function heldText(asked, step, last, moving) {
  if (asked === step) return '';
  if (asked > last)
    return `${stepText(asked).replace('s', 'S')} ${moving ? 'has not been reached yet' : 'was never reached'}: this is ${stepText(step)}, the last there is`;
  return `${stepText(asked).replace('s', 'S')} was not kept: this is ${stepText(step)}, the nearest ${step < asked ? 'before' : 'after'} it`;
}

// "A", "A and B", "A, B and C".
/** @param {string[]} names */
export function listed(names) {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/**
 * The figures over a cloud. `row` has the accuracy, `base` that of the baseline, `now` the rest.
 * @param {MetricRow | null} row
 * @param {MetricRow | null} base
 * @param {MetricRow | null} now
 * @param {number} step
 */
export function figures(row, base, now, step) {
  const at = row && row.step !== step ? ` at ${count(row.step)}` : '';
  const same = base && row && base.step === row.step;
  return {
    accuracy: valueText(row?.knn_features, 'share', digits),
    what: `10-NN${at}`,
    difference: same
      ? differenceText((row.knn_features ?? NaN) - (base.knn_features ?? NaN), 'share', digits)
      : '',
    loss: digits(now?.loss),
    gradient: digits(now?.gradient_norm),
  };
}

/**
 * What the figures over a cloud are: the accuracy, and its difference from the baseline.
 * @param {MetricRow | null} row
 * @param {string} baseline
 * @param {boolean} frozen
 */
export function figureTitles(row, baseline, frozen) {
  const at = row && !frozen ? `, measured at ${stepText(row.step)}` : '';
  return {
    accuracy: row ? `accuracy of 10 neighbours on held-out images${at}` : null,
    difference: `against ${baseline}, in percentage points, ${whereText(frozen)}`,
  };
}

/**
 * Why there is no accuracy class by class, or when it comes.
 * @param {ComparisonMessage} about
 * @param {number | null} first
 * @param {number} step
 * @param {boolean} moving
 */
export function classesMissing(about, first, step, moving) {
  const { class_names: names, held_out: held, most_classes: most } = about;
  if (names.length < 2) return 'These images are of no classes';
  if (first !== null && first > step)
    return `Accuracy class by class is first measured at ${stepText(first)}`;
  if (names.length > most)
    return `Accuracy class by class is kept for up to ${most} classes; these images have ${count(names.length)}`;
  if (!held.n) return 'There are no held-out images to tell classes by';
  return moving
    ? 'Accuracy class by class comes with the first measurement'
    : `Accuracy class by class was ${unrecordedText(about.frozen)}`;
}

/**
 * The title of the classes: the rare ones where training was uneven, else where entries differ
 * most.
 * @param {ComparisonMessage} about
 * @param {Found[]} found
 */
export function classesTitle(about, found) {
  if (found.length === 1) return `Accuracy class by class of ${found[0].label} alone`;
  const where = whereText(about.frozen);
  /** @param {number} value */
  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  const tail = found
    .filter(({ row }) => Number.isFinite(row.tail_accuracy))
    .map(({ label, row }) => ({ label, value: row.tail_accuracy ?? NaN }));
  if (tail.length > 1) {
    const most = Math.max(...tail.map(({ value }) => value));
    const best = tail.filter(({ value }) => percent(value) === percent(most));
    if (best.length === tail.length) return `On the rare classes all score ${percent(most)}`;
    return `On the rare classes ${listed(best.map(({ label }) => label))} ${best.length > 1 ? 'are' : 'is'} best ${where}, ${percent(most)}`;
  }
  const spread = about.class_names.map((name, k) => {
    const values = found
      .map(({ row }) => row[`class_accuracy_${k}`] ?? NaN)
      .filter(Number.isFinite);
    return { name, by: values.length ? Math.max(...values) - Math.min(...values) : 0 };
  });
  const most = spread.reduce((a, b) => (b.by > a.by ? b : a));
  if (most.by < 0.0005)
    return `The entries do not differ on any class ${about.frozen ? where : `at ${stepText(found[0].row.step)}`}`;
  return `The entries differ most on ${/^\d/.test(most.name) ? 'class ' : ''}${most.name}, by ${(100 * most.by).toFixed(1)} points ${where}`;
}

/**
 * @param {ComparisonMessage} about
 * @param {Found[]} found
 * @param {number} step
 */
export function classesNote(about, found, step) {
  const { held_out: held, chance } = about;
  const per = held.per_class ?? [];
  const even = per.length > 0 && per.every((n) => n === per[0]);
  const images = held.n
    ? ` on ${count(held.n)} held-out images${even ? `, ${count(per[0])} of each class` : ''}`
    : '';
  const at = found[0].row.step;
  const early = at === step ? '' : `, not at ${stepText(step)}`;
  const parts = [
    `Accuracy of 10 neighbours${images}${about.frozen ? '' : `, measured at ${stepText(at)}${early}`}.`,
  ];
  parts.push(`Dotted: chance, ${(100 * chance).toFixed(1)} %.`);
  return parts.join(' ');
}

/**
 * The title of the plane: who is best by either of its two measures.
 * @param {{ label: string, alignment: number, uniformity: number }[]} found
 * @param {number} step
 * @param {boolean | undefined} frozen
 */
export function planeTitle(found, step, frozen) {
  if (found.length < 2)
    return found.length
      ? `${found[0].label}: alignment ${digits(found[0].alignment)}, uniformity ${digits(found[0].uniformity)}`
      : `Alignment and uniformity: ${unrecordedText(frozen)}`;
  /** @param {'alignment' | 'uniformity'} key */
  const by = (key) => {
    const least = Math.min(...found.map((one) => one[key]));
    const best = found.filter((one) => digits(one[key]) === digits(least));
    return best.length === found.length
      ? `all alike, ${digits(least)}`
      : `${listed(best.map(({ label }) => label))}, ${digits(least)}`;
  };
  return `Views closest: ${by('alignment')}. Most even: ${by('uniformity')}${frozen ? '' : `; at ${stepText(step)}`}`;
}

/** @param {ComparisonMessage} about */
export function planeNote(about) {
  const { even_spread: even, n, dim } = about;
  const limit =
    even !== null && Number.isFinite(even)
      ? ` The line: ${count(n)} images in ${count(dim)} dimensions cannot be more even than ${digits(even)}.`
      : '';
  return `Both matter at once: all images in one place have alignment 0 too (Wang & Isola 2020).${limit}`;
}

// How many negatives a loss attends to, and how many it pushes: other things than each other.
/** @param {StripAnswer} given */
export function attendsText({ effective, n_negatives: n, n_pushed: pushed, n_drawn: drawn }) {
  const attends = effective > n - 0.5 ? `all ${count(n)}` : digits(effective);
  const pushes = pushed === n ? 'all' : pushed ? count(pushed) : 'none';
  const draws = drawn ? `, draws in ${count(drawn)}` : '';
  return {
    brief: `attends to ${attends}, pushes ${pushes}${draws}`,
    whole: `Of ${count(n)} negatives it attends to ${attends} (the exponential of the entropy of their weights), pushes ${pushes} away${drawn ? ` and draws ${count(drawn)} in` : ''}`,
  };
}

/** @param {Sample} given */
function pullText({ pull }) {
  if (!pull) return 'neither drawn in nor pushed';
  return `${pull > 0 ? 'drawn in' : 'pushed away'}, pull ${digits(pull)}`;
}

/**
 * One sample of a strip, the i-th by weight.
 * @param {Sample} item
 * @param {number} i
 * @param {string} name
 * @param {Record<string, string>} labels
 */
export function sampleText(item, i, name, labels) {
  const elsewhere = Object.entries(item.ranks ?? {})
    .map(([entry, rank]) => `${ordinal(rank)} in ${labels[entry]}`)
    .join('; ');
  const weight = `weight ${digits(item.weight)}${item.times_uniform ? `, ${digits(item.times_uniform)} times the uniform share` : ''}`;
  return [
    `${ordinal(i + 1)}: ${name}`,
    item.same_class ? 'same class as the query' : '',
    weight,
    pullText(item),
    `distance ${digits(item.distance)}`,
    elsewhere,
  ]
    .filter(Boolean)
    .join('; ');
}

// Between two strips of which one or both weigh all negatives alike.
/** @param {string[]} labels */
export function levelText(labels) {
  return `No order: all alike in ${labels.length > 1 ? 'both' : labels[0]}`;
}

/**
 * @param {number} overlap
 * @param {number} k
 */
export function keptText(overlap, k) {
  return `${Math.round(overlap * k)} of ${k}`;
}

/**
 * Under the images whose neighbours differ most; at most `side` neighbours of a kind are shown.
 * @param {MovedAnswer} answer
 * @param {number} side
 */
export function keptNote({ k, mean_overlap: mean, expected }, side) {
  /** @param {number} share */
  const percent = (share) => `${(100 * share).toFixed(share < 0.01 ? 1 : 0)} %`;
  return `Of the ${k} nearest in the original space ${percent(mean)} are kept on average, ${percent(expected)} by chance; ${k > side ? `up to ${side} of a kind are shown, ` : ''}underlined: same class. Trails show these images only.`;
}

/**
 * A difference as a person reads it: what its interval says, and whether it stands among the
 * others.
 * @param {Difference} difference
 * @param {string} unit
 */
export function verdictText({ mean, verdict, stands, n }, unit) {
  if (verdict === 'no spread')
    return `${differenceText(mean, unit, digits)}: no spread between ${count(n)} seeds yet`;
  const alone = ['higher', 'lower'].includes(verdict) && stands === false ? ', taken alone' : '';
  return `${differenceText(mean, unit, digits)}: ${verdict}${alone}`;
}

/**
 * What was equal from the start, with the digests that show it; where one entry alone goes on, it
 * is equal to no other.
 * @param {ProofMessage} message
 * @param {Record<string, string>} labels  of all entries, by their names
 */
export function proofText(message, labels) {
  /** @type {['weights' | 'order' | 'views', string][]} */
  const names = [
    ['weights', 'weights'],
    ['order', 'batches'],
    ['views', 'views'],
  ];
  const digests = names
    .flatMap(([key, name]) => {
      const digest = message[key];
      return digest ? [`${name} ${digest.equal ? digest.text.replace('…', '') : 'DIFFER'}`] : [];
    })
    .join(', ');
  const known = Object.keys(message.weights?.entries ?? {});
  if (known.length === 1) return `only ${labels[known[0]]} goes on: ${digests}`;
  const n = Object.keys(labels).length;
  const followed = known.length || n;
  if (!message.equal) return `not the same start: ${digests}`;
  const where = followed < n ? `the ${followed} that go on` : `all ${followed}`;
  return `same start, equal in ${where}: ${digests}`;
}

/**
 * A cloud in words; `spread` is 1 where its images are spread evenly over the sphere, 0 in one
 * place.
 * @param {string} label
 * @param {number | null} step  null of a checkpoint
 * @param {number} n
 * @param {number} spread
 */
export function cloudText(label, step, n, spread) {
  return `Cloud of ${label}${step === null ? '' : ` at ${stepText(step)}`}: ${count(n)} images, ${Math.round(100 * spread)} % as far apart as evenly spread ones`;
}

/**
 * How the clouds of one moment are laid out, and how far that can be trusted at worst.
 * @param {Frame[]} frames  one of each entry
 * @param {string} layout  the one that was asked for
 * @param {boolean} frozen  of checkpoints, which do not start alike
 * @param {boolean} isTurning  another layout is on its way
 */
export function layoutText(frames, layout, frozen, isTurning) {
  const worst = frames.reduce((a, b) => ((b.trust ?? 2) < (a.trust ?? 2) ? b : a));
  const older = frames.flatMap(({ of, step }) => (of && of.step !== step ? [of.step] : []));
  const names = [...new Set(frames.map((frame) => frame.layout.toUpperCase()))];
  const what = worst.layout === 'natural' ? 'nothing projected' : names.join(' and ');
  const when = older.length ? ` of step ${count(Math.min(...older))}` : '';
  const shared = frozen ? 'turned to lie alike' : 'one first layout for all';
  const trust = worst.trust === null || worst.trust === undefined ? '' : worst.trust.toFixed(2);
  const coming = isTurning ? `, ${layout.toUpperCase()} follows` : '';
  return { text: `${what}${when}, ${shared}${trust && `, trust ${trust}`}${coming}`, worst };
}
