// What travels between the page, the socket and the views, and what the kit hands around.

export type Theme = 'light' | 'dark';

/** On a screen or in a cloud: across, then up or down. */
export type Point = [number, number];

/** Of one axis, or of time: from, to. */
export type Interval = [number, number];

export interface Box {
  x: Interval;
  y: Interval;
}

// ---- what a run says of itself -----------------------------------------------------------------

export type Factor =
  | { kind: 'class'; values: number[]; names: string[] }
  | { kind: 'circular' | 'number'; values: number[] };

export interface Probes {
  n: number;
  tile: number;
  columns: number;
  labels: number[];
  class_names: string[];
  factors?: Record<string, Factor>;
}

export interface Sprites {
  probes: string;
  views: string[];
  /** Training images on a sheet of their own, in a frozen file; no `columns` where there is none. */
  queued?: { url: string; items: number[]; columns: number };
}

/** Images that can be drawn: where they lie on which sheet. */
export interface Pictures {
  probes: Probes;
  sprites: Sprites;
}

export interface Choice {
  name: string;
  label: string;
}

/** A setting of a loss with the control that changes it. */
export interface FieldSpec {
  name: string;
  label: string;
  symbol?: string;
  kind: 'float' | 'int' | 'bool' | 'choice' | 'text';
  min?: number;
  max?: number;
  step?: number;
  help?: string;
  choices?: Choice[];
  value?: FieldValue;
  default?: FieldValue;
  /** Of text that keeps the values of names of a person's own. */
  names?: {
    help: string;
    min: number;
    max: number;
    step: number;
    sweep: { least: number; most: number };
  };
}

export type FieldValue = number | boolean | string;

export interface LensSpec {
  name: string;
  title: string;
  fields: FieldSpec[];
}

/** A loss by name with a value for each of its fields. */
export interface LensValue {
  name: string;
  [field: string]: FieldValue;
}

export interface LossText {
  title: string;
  text?: string;
  meaning?: string;
  is_lens?: boolean;
  labelled?: boolean;
  draws_far_in?: boolean;
}

export interface RunMessage extends Pictures {
  type: 'run';
  run: string;
  title: string;
  n: number;
  dims: number;
  natural: boolean;
  dataset: string;
  n_steps: number | null;
  device: string | null;
  example: boolean;
  asked: number | null;
  at: number | null;
  has_features: boolean;
  space: string;
  layout: string;
  loss: LossText;
  batch: { items: number };
  lenses?: LensSpec[];
  own_lens?: LensValue;
}

/** What the head says of a run or of a comparison. */
export interface Titled {
  title: string;
  n: number;
  dims?: number;
  natural?: boolean;
  space?: string;
  dataset: string;
  n_steps?: number | null;
  device?: string | null;
  example: boolean;
}

export interface StateMessage {
  type: 'state';
  state: string;
  step: number;
  reason: string;
  steps_per_second?: number | null;
  entries?: Record<string, import('./messages.d.ts').EntryState>;
  damage?: string[];
}

// ---- moments -----------------------------------------------------------------------------------

/** One number of a snapshot and what it means there. */
export interface Reading {
  key: string;
  title: string;
  value: number | null;
  text: string;
  tile?: string;
  at?: number;
  level?: 'good' | 'warn' | 'plain' | '';
  chance?: string;
  chance_value?: number | null;
  sentence?: string;
}

/** One snapshot laid out: `xy` holds `n` places of `dims` numbers, point by point. */
export interface Frame {
  type: 'frame';
  run: string;
  step: number;
  n: number;
  dims: number;
  layout: string;
  space: string;
  spread: number;
  trust: number | null;
  of: { step: number } | null;
  diagnosis: string;
  numbers: Reading[];
  xy: Float32Array;
  agreement: Uint8Array | null;
  /** Counts the films of the live view; older ones are not drawn over newer. */
  series?: number;
}

/** Weight and pull of each probe for one query, NaN where it takes no part. */
export interface Weights {
  type: 'weights';
  kind: string;
  question: Question;
  /** That it is of: the one asked about, or the nearest before it that is kept. */
  step: number;
  probe: number;
  effective: number;
  n_negatives: number;
  weight: Float32Array;
  pull: Float32Array;
}

// ---- answers about one query -------------------------------------------------------------------

/** A positive or a negative of a query, of the probes or of the queue. */
export interface Sample {
  probe?: number;
  view?: number;
  item?: number;
  age?: number;
  queued?: boolean;
  class?: string;
  key?: string | number;
  weight?: number;
  pull?: number;
  distance?: number;
  similarity?: number;
  times_uniform?: number;
  same_class?: boolean;
  is_query?: boolean;
  rank?: number | null;
  was?: number | null;
  ranks?: Record<string, number>;
  xy?: number[];
}

export interface Question {
  what: string;
  step: number;
  probe: number;
  view: number;
  group: string;
  lens: LensValue | null;
}

export interface SyntheticSample {
  /** One or two; the first may be the query itself. */
  parents: [Sample, Sample?];
  /** The kind of a method that takes several in turn. */
  kind?: string;
  /** How this one was made, in words. */
  of_one: string;
  nearest: Sample;
  coefficient: number;
  similarity: number;
  share: number;
  pull?: number;
  xy?: number[];
}

export interface Histogram {
  edges: number[];
  real: number[];
  synthetic: number[];
}

export interface Synthetics {
  text: string;
  placed: string;
  share: number;
  items: SyntheticSample[];
  histogram?: Histogram | null;
}

/** What is said of the queue's share in the repulsion. */
export interface QueueShare {
  queue?: { age: number } | null;
  queued_share?: number;
}

export interface QueryAnswer extends QueueShare {
  type: 'answer';
  question: Question;
  /** That it is of: the one asked about, or the nearest before it that is kept. */
  step: number;
  /** The snapshot that `was` speaks of, null at the first. */
  previous_step: number | null;
  query: Sample;
  loss: LossText;
  group: { kind: string; text: string };
  reading: string;
  positives: Sample[];
  negatives: Sample[];
  n_negatives: number;
  n_attracted: number;
  effective: number;
  entropy: number;
  sums?: string;
  clamp?: { share: number; text: string } | null;
  synthetics?: Synthetics | null;
}

export interface StripAnswer extends QueueShare {
  name: string;
  step: number;
  loss: LossText;
  positives: Sample[];
  negatives: Sample[];
  in_order: boolean;
  effective: number;
  entropy: number;
  n_negatives: number;
  n_pushed: number;
  n_drawn: number;
  curve: { rank: number[]; weight_times_uniform: number[] };
  agreement?: Record<string, number>;
}

export interface StripsAnswer {
  type: 'answer';
  what: 'strips';
  question: Question;
  query: Sample;
  reading: string;
  group: { kind: string; text: string };
  entries: StripAnswer[];
}

export interface MovedItem {
  probe: number;
  class: string;
  overlap: number;
  gained: Sample[];
  lost: Sample[];
}

export interface MovedAnswer {
  type: 'answer';
  what: 'moved';
  reading: string;
  k: number;
  mean_overlap: number;
  expected: number;
  items: MovedItem[];
}

export interface ErrorMessage {
  type: 'error';
  message: string;
  kind?: string;
  of?: string;
  /** What was asked, where it was an answer to that. */
  question?: Question;
}

// ---- a comparison ------------------------------------------------------------------------------

export interface SeriesSpec {
  key: string;
  title: string;
  unit: string;
  kind: string;
  note: string;
  chance?: number | null;
}

export interface EntryAbout {
  name: string;
  run: string;
  label: string;
  mark: string | null;
  line?: string;
  n_views: number;
  lr: number;
  host: string;
  loss: LossText;
  images_per_step: number;
  last: number | null;
}

export interface ComparisonMessage extends Titled {
  type: 'comparison';
  run: string;
  entries: EntryAbout[];
  baseline: string | null;
  series: SeriesSpec[];
  frozen?: boolean;
  has_features: boolean;
  scale?: string;
  even_spread: number | null;
  dim: number;
  chance: number;
  class_names: string[];
  head?: number[];
  tail?: number[];
  train_per_class?: number[] | null;
  held_out: { n: number; per_class?: number[] };
  most_classes: number;
}

/** A row of a run's metrics: the step, and a number for each key that was measured there. */
export interface MetricRow {
  step: number;
  seconds?: number;
  [key: string]: number | undefined;
}

export interface Digest {
  equal: boolean;
  text: string;
  entries?: Record<string, string>;
}

export interface ProofMessage {
  type: 'proof';
  equal: boolean;
  sentence: string;
  weights?: Digest;
  order?: Digest;
  views?: Digest;
}

// ---- the page ----------------------------------------------------------------------------------

/** What Python says of the bar below a view. */
export interface TransportData {
  problem: string | null;
  help: string;
  speed: string;
  speeds: [string, string][];
  token: string;
  onlooker: boolean;
  theirs: string;
}

/** What a rerun of the page's script hands to a view. */
export interface PageData {
  run: string | null;
  example: boolean;
  view: Record<string, any>;
  present: boolean;
  invite: string;
  state: string | null;
  plays?: boolean;
  transport?: TransportData | null;
  refusal?: string;
  version: string;
  /** Added in the browser: the address of all that is the app's own, beside the page. */
  base: string;
}

/** How a view tells the page's script something. */
export interface Report {
  setStateValue(name: string, value: unknown): void;
  setTriggerValue(name: string, value: unknown): void;
}

// ---- drawing -----------------------------------------------------------------------------------

/** Stops of a colour scale: where in [0, 1], which colour. */
export type ColourScale = [number, string][];

export type Legend =
  | { kind: 'text'; text: string; names?: undefined; colours?: undefined }
  | { kind: 'classes'; names: string[]; colours: string[]; only: number | null }
  | {
      kind: 'ramp';
      colours: string[];
      names?: undefined;
      title?: string;
      ticks: string[];
      mark?: [number, string] | null;
      note?: string;
    };

/** How the points look: `values` in [0, 1] on `scale`, `sizes` relative to 1. */
export interface Paint {
  values: Float32Array;
  sizes?: Float32Array;
  scale: ColourScale;
  shapes?: number[] | null;
  legend: Legend;
  /** The query that it is about. */
  of?: number;
}

/** Everything that a plane or a sphere draws at once. */
export interface Scene {
  xy: Float32Array;
  paint: Paint;
  theme: Theme;
  ink: Record<string, string>;
  n: number;
  images: boolean;
}

export interface Trails {
  on: boolean;
  frames: Frame[];
  labels?: number[];
  names?: string[];
  only?: number[];
}

/** The query and its company; of places, or of indices of points where the cloud knows the places. */
export interface Company<Place = number[]> {
  query?: Place | number | null;
  positives?: Place[];
  negatives?: Place[];
  synthetics?: { xy: Place; parents: Place[] }[];
}

/** A point of a line: x, y, and the step that it was measured at. */
export type LinePoint = [number, number, number?];

export interface Line {
  label: string;
  points: LinePoint[];
  colour?: string;
  dash?: string;
  mark?: string;
  thick?: number;
  base?: boolean;
}

export interface Level {
  value: number;
  name: string;
  dash?: string;
}

export interface Steps {
  readonly size: number;
  readonly steps: number[];
  readonly last: { step: number };
  at(index: number): { step: number };
  indexOf(step: number): number;
}

declare global {
  interface Window {
    /** The library of the sphere and of the charts; it carries no types of its own here. */
    Plotly: any;
  }
}
