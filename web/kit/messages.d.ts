// Made from web/socket/messages by `python -m web.socket.messages`; change it there.

/**
 * Watch a run, an entry of a comparison or a comparison from now on, in place of another.
 *
 * Of a comparison only `run` counts. What is watched is described, and sent, from the beginning.
 */
export interface Watch {
  type: 'watch';
  /** Id of what is watched; an entry is `COMPARISON.a` to `COMPARISON.d`. */
  run: string;
  /** What is laid out, the embeddings by default. */
  space?: 'embeddings' | 'features';
  /** How, by UMAP by default; points on a circle or sphere are drawn where they are. */
  layout?: 'umap' | 'pca';
  /** Send with each frame how far neighbours agree. */
  agreement?: boolean;
  /** The frame at or before this step is sent before the others. */
  step?: number | null;
}

/** Ask something of the worker that trains what is watched. */
export interface Control {
  type: 'control';
  act: 'pause' | 'resume' | 'step' | 'stop';
  /** Id of what is meant; it must be what is watched. Left out where nothing is. */
  run?: string;
  /** Text that the page's script was given for its view: it says who asks. */
  token?: string;
}

/** How a query of the run watched weighs every probe; answered by `Weights`. */
export interface AskWeights {
  type: 'ask';
  id: number;
  /** The snapshot at or before it is looked at. */
  step: number;
  /** Which image asks. */
  probe: number;
  /** Which of its five views, from 0. */
  view: number;
  /** All probes as one batch, or a fixed random group of the training batch's size. */
  group?: 'probes' | 'batch';
  /** The loss to look through, the run's own where there is none. */
  lens?: Record<string, boolean | number | string> | null;
  what: 'weights';
}

/** All that the query panel shows, fields as for `AskWeights`; answered by `QueryAnswer`. */
export interface AskQuery {
  type: 'ask';
  id: number;
  step: number;
  probe: number;
  view: number;
  group?: 'probes' | 'batch';
  lens?: Record<string, boolean | number | string> | null;
  what: 'query';
}

/** One update of the run watched, taken apart; answered by `InsideAnswer`. */
export interface AskInside {
  type: 'ask';
  id: number;
  what: 'inside';
  /** Updates made before it; the nearest that can be opened is. */
  step: number;
}

/** One query of an update; answered by `InsideQueryAnswer`. */
export interface AskInsideQuery {
  type: 'ask';
  id: number;
  what: 'inside_query';
  /** One of the `steps` of an `InsideAnswer`. */
  step: number;
  /** The sample, `view * n + item`. */
  query: number;
}

/**
 * One query under every entry of the comparison watched; answered by `StripsAnswer`.
 *
 * Fields as for `AskWeights`; without a lens each entry looks through its own loss.
 */
export interface AskStrips {
  type: 'ask';
  id: number;
  step: number;
  probe: number;
  view: number;
  group?: 'probes' | 'batch';
  lens?: Record<string, boolean | number | string> | null;
  what: 'strips';
}

/** Whose neighbours differ most between two moments; answered by `MovedAnswer`. */
export interface AskMoved {
  type: 'ask';
  id: number;
  from: EntryStep;
  to: EntryStep;
  what: 'moved';
  space?: 'embeddings' | 'features';
}

/** An entry of a comparison at a step. */
export interface EntryStep {
  entry: string;
  step: number;
}

/**
 * What each of two losses makes of points on a circle or a sphere; answered by `ForcesAnswer`.
 *
 * Needs no run, as all questions about points.
 */
export interface AskForces {
  type: 'ask';
  id: number;
  surface: 'circle' | 'sphere';
  /** Longitude and latitude in degrees, as all places; on the circle the first counts. */
  query: number[];
  positives: number[][];
  negatives: number[][];
  what: 'forces';
  /** The two lenses. */
  losses: Record<string, boolean | number | string>[];
  /** Draws the synthetic negatives. */
  seed?: number;
  /** The mark whose weight and pull are written out, such as `n0`; none where empty. */
  detail?: string;
}

/** Loss and force wherever the query could stand; answered by `LandscapeAnswer`. */
export interface AskLandscape {
  type: 'ask';
  id: number;
  surface: 'circle' | 'sphere';
  query: number[];
  positives: number[][];
  negatives: number[][];
  what: 'landscape';
  losses: Record<string, boolean | number | string>[];
  seed?: number;
  /** Which of the losses, 0 or 1, and the name of the setting that is swept. */
  sweep: [number, string];
}

/** What mixing two negatives makes, share by share; answered by `ChordAnswer`. */
export interface AskChord {
  type: 'ask';
  id: number;
  surface: 'circle' | 'sphere';
  query: number[];
  positives: number[][];
  negatives: number[][];
  what: 'chord';
  /** The two negatives, and a share. */
  chord: [number, number, number];
  /** A lens. */
  loss: Record<string, boolean | number | string>;
}

/** Points under each loss to its own equilibrium; answered by `FlowAnswer`. */
export interface AskFlow {
  type: 'ask';
  id: number;
  what: 'flow';
  surface: 'circle' | 'sphere';
  losses: Record<string, boolean | number | string>[];
  /** Settings by name, those of `cacr_core.forces.FlowConfig` but the surface. */
  flow: Record<string, boolean | number | string>;
}

/** How fast a dent in the regular polygon grows; answered by `StabilityAnswer`. */
export interface AskStability {
  type: 'ask';
  id: number;
  what: 'stability';
  n_items: number;
  n_views?: number;
  loss: Record<string, boolean | number | string>;
  /** The setting of the loss that is swept, from `least` to `most` in `n` values. */
  field: string;
  least?: number;
  most?: number;
  n?: number;
}

/**
 * Be in the class from now on, where it says; sent again whenever that changes. A tab of the
 * teacher's says it once somebody looks at it.
 */
export interface Attend {
  type: 'attend';
  /** As for `Control`: it says who asks, here and in all that follows. */
  token: string;
  /** Which page is open. */
  page: 'live' | 'compare' | 'forces' | 'checkpoints' | 'learn' | 'class';
  /** Whether it shows what the teacher looks at. */
  follows: boolean;
}

/** The teacher's view looks like this now; of the page that the teacher's script has said. */
export interface Lead {
  type: 'lead';
  token: string;
  page: 'live' | 'compare' | 'forces' | 'checkpoints' | 'learn' | 'class';
  /** Id of what is shown, None where a page shows none. */
  run: string | null;
  /** How, in the names of that page's own settings. */
  view: Record<string, unknown>;
  /** The step that is drawn, None where the newest is followed. */
  moment: number | null;
}

/** The teacher asks the class; it takes the place of a question that was there. */
export interface Pose {
  type: 'pose';
  token: string;
  text: string;
  /** Whose images the options are, None where they are words. */
  run: string | null;
  /** The query that is asked about, where it is about one. */
  about: Picture | null;
  options: Option[];
  /** Which option is right, None where none is. */
  right: number | null;
}

/** An image of a run: which probe, and which of its five views. */
export interface Picture {
  probe: number;
  view: number;
}

/** One of the answers to choose from: words, or an image. */
export interface Option {
  label: string;
  picture: Picture | null;
}

/** The teacher takes no more answers and shows them, or (`gone`) takes the question away. */
export interface Close {
  type: 'close';
  token: string;
  gone: boolean;
}

/** A follower's answer, which may be changed until the question is closed. */
export interface Choose {
  type: 'choose';
  token: string;
  /** Of the question. */
  number: number;
  /** The place of the option in its list. */
  option: number;
}

/** The teacher lets followers start runs of their own, or no longer. */
export interface Allow {
  type: 'allow';
  token: string;
  start: boolean;
}

/** What a run is, the first message about it, and again when it is watched another way. */
export interface Run {
  type: 'run';
  run: string;
  title: string;
  /** It was recorded with the app. */
  example: boolean;
  loss: LossText;
  dataset: string;
  /** How many probes there are. */
  n: number;
  /** Of the places they are drawn in, 2 or 3. */
  dims: number;
  /** Embeddings are drawn where they are, on the circle or the sphere. */
  natural: boolean;
  probes: Probes;
  sprites: Sprites;
  n_steps: number;
  batch: Batch;
  /** Where and in which precision it trained. */
  device: string;
  /** The loss and the mixture it trains with. */
  own_lens: Record<string, boolean | number | string>;
  /** The space "features" can be looked at. */
  has_features: boolean;
  /** As asked for, as are `layout` and `agreement`. */
  space: 'embeddings' | 'features';
  layout: string;
  agreement: boolean;
  /** The step that was asked for, None where none was. */
  asked: number | null;
  /** The step whose frame comes first, None where none was asked for or is kept. */
  at: number | null;
}

/** A loss in words: its title, and it and its telling settings on one line. */
export interface LossText {
  name: string;
  title: string;
  text: string;
  /** It is told the class of every image. */
  labelled: boolean;
}

/** The images that are watched, as they lie in a sprite sheet. */
export interface Probes {
  n: number;
  /** Pixels along a side of an image. */
  tile: number;
  /** Images in a row of the sheet. */
  columns: number;
  /** Of each image, -1 where it has none. */
  labels: number[];
  class_names: string[];
  factors: Record<string, Factor>;
}

/** What else is known about each probe. */
export interface Factor {
  /** How its values are coloured. */
  kind: string;
  values: unknown[];
  /** Of its values, where they have any. */
  names?: string[];
}

/** Addresses of sprite sheets: the probes as they are, and their five views. */
export interface Sprites {
  probes: string;
  views: string[];
}

/** What a run trains on at each update. */
export interface Batch {
  items: number;
  views: number;
}

/** How what is watched stands; sent whenever that changes. */
export interface State {
  type: 'state';
  run: string;
  state: 'waiting' | 'running' | 'paused' | 'finished' | 'stopped' | 'failed' | 'lost';
  /** Why it ended, or what it waits for; may be empty. */
  reason: string;
  /** The newest that is known. */
  step: number;
  /** 0 unless it is running. */
  steps_per_second: number;
  /** Of a comparison, by the names of its entries. */
  entries?: Record<string, EntryState>;
  /** What of its files cannot be read and is left out, a sentence each. */
  damage?: string[];
}

/** How an entry of a comparison stands. */
export interface EntryState {
  state: 'waiting' | 'running' | 'paused' | 'finished' | 'stopped' | 'failed' | 'lost';
  /** Why it ended, where it ended alone; else empty. */
  reason: string;
  step: number;
  /** It ended alone: the others went on, or ended later. */
  alone?: boolean;
}

/** The losses a run can be looked at through; sent once torch is there. */
export interface Lenses {
  type: 'lenses';
  run: string;
  lenses: OfferedLens[];
  own_lens: Record<string, boolean | number | string>;
}

/** A loss to look through; `sweep` is None where no setting is a number. */
export interface OfferedLens {
  name: string;
  title: string;
  fields: LensField[];
  sweep: Sweep | null;
  presets: LossPreset[];
}

/** A setting of a loss as a control of the lens. */
export interface LensField {
  name: string;
  label: string;
  /** As the papers write it; may be empty. */
  symbol: string;
  /** One sentence. */
  help?: string;
  kind: 'bool' | 'int' | 'float' | 'choice' | 'text';
  default: boolean | number | string;
  /** At first, the run's own where it trains with this loss. */
  value: boolean | number | string;
  min?: number;
  max?: number;
  step?: number;
  /** Of a setting of the kind "choice", in place of `min`, `max` and `step`. */
  choices?: Choice[];
  /** Is at hand above a scene. */
  leads: boolean;
  /** The setting, and its value (None: any but 0), without which this changes nothing. */
  needs: Needs | null;
  /** Of text that keeps the values of names of a person's own. */
  names?: Names;
}

/** One of a setting's values and what it is called. */
export interface Choice {
  name: string;
  label: string;
}

/** What another setting must be for a setting to change anything. */
export interface Needs {
  name: string;
  value: boolean | number | string | null;
}

/** How each name of a person's own is moved, whose values a text keeps, as `a=1, b=2`. */
export interface Names {
  help: string;
  min: number;
  max: number;
  step: number;
  sweep: NamesSweep;
}

/** The range of a name of a person's own in which a polygon is tested. */
export interface NamesSweep {
  least: number;
  most: number;
}

/** The setting that is swept first, and the range in which a polygon is tested. */
export interface Sweep {
  field: string;
  least: number;
  most: number;
}

/** Settings of a loss to begin from. */
export interface LossPreset {
  title: string;
  settings: Record<string, boolean | number | string>;
}

/** A run at one step: where each probe is drawn, and every number with its sentence. */
export interface Frame {
  type: 'frame';
  step: number;
  space: 'embeddings' | 'features';
  /** How this frame is laid out, which may be otherwise than asked for. */
  layout: 'umap' | 'pca' | 'natural';
  of: FrameOf;
  /** Trustworthiness of the layout, None where it was not made for this step. */
  trust: number | null;
  /** How far the images lie apart, 1 where they lie evenly. */
  spread: number;
  dims: number;
  n: number;
  numbers: Reading[];
  /** What is wrong with the run, one sentence; empty where nothing is. */
  diagnosis: string;
  /** There was no later step when it was made. */
  latest: boolean;
  /** Whether the array of that name follows. */
  agreement: boolean;
}

/** The step that a layout was made at; a frame may be drawn in the one before its own. */
export interface FrameOf {
  step: number;
}

/** One number of a run at a moment, and what it means. */
export interface Reading {
  key: string;
  title: string;
  /** None where there is none yet. */
  value: number | null;
  /** As a person reads it, with its unit. */
  text: string;
  /** What it is read against; may be empty. */
  chance: string;
  /** What it means now. */
  sentence: string;
  level: 'good' | 'plain' | 'warn';
  /** The step it was measured at, where that is not the frame's. */
  at: number | null;
  /** The number of `chance`, to be drawn. */
  chance_value: number | null;
  /** The key of the number in whose tile it stands; its own if empty. */
  tile: string;
}

/** How a query weighs every probe, and where its positives are drawn. */
export interface Weights {
  /** As many negatives, all of one weight, would have this entropy. */
  effective: number;
  /** Of the weights of negatives, as a share of the most there can be. */
  entropy: number;
  n_negatives: number;
  /** Of the weight, on the queue, where the run has one. */
  queued_share?: number;
  queue?: QueueSummary;
  type: 'weights';
  id: number | null;
  what: 'weights';
  step: number;
  probe: number;
  view: number;
  n: number;
  positives: Positive[];
  /** Where the query is drawn. */
  query_xy: number[] | null;
}

/** What a snapshot holds of a run's queue: how many, and their mean age in updates. */
export interface QueueSummary {
  n: number;
  size: number;
  age: number;
  text: string;
}

/** One view of the query's own image. */
export interface Positive {
  view: number;
  weight: number;
  /** Above 0 draws together, as all pulls. */
  pull: number;
  distance: number;
  /** Its place by weight, which who weigh the same share. */
  rank: number;
  /** The same one snapshot earlier, None where there is none. */
  was: number | null;
  xy: number[] | null;
}

/** All that the query panel shows. */
export interface QueryAnswer {
  effective: number;
  entropy: number;
  n_negatives: number;
  queued_share?: number;
  queue?: QueueSummary;
  type: 'answer';
  id: number | null;
  what: 'query';
  step: number;
  /** The snapshot that `was` speaks of, None at the first. */
  previous_step: number | null;
  query: QueryImage;
  group: Group;
  loss: QueryLoss;
  positives: Positive[];
  negatives: Negative[];
  /** Negatives that the loss draws in. */
  n_attracted: number;
  synthetics: Synthetics | null;
  /** None for a loss without a clamp. */
  clamp: Clamp | null;
  /** The most telling fact. */
  reading: string;
  /** What the pulls add up to, and why. */
  sums: string;
}

/** The image that asks; `class` is the name of its class. */
export interface QueryImage {
  class: string;
  probe: number;
  view: number;
  xy: number[] | null;
}

/** Among whom a query is looked at. */
export interface Group {
  kind: 'probes' | 'batch';
  text: string;
}

/** The loss a query is looked at under, and what it weighs by. */
export interface QueryLoss {
  title: string;
  text: string;
  meaning: string;
  is_lens: boolean;
  /** It is told the class of every image. */
  labelled: boolean;
  /** It draws negatives that are far enough in, by the gradient of its weights. */
  draws_far_in: boolean;
}

/** A negative, heaviest first; `queued` are those of the queue, with a training image's number. */
export interface Negative {
  class: string;
  probe: number | null;
  view: number | null;
  same_class: boolean;
  queued?: true;
  age?: number;
  item?: number;
  /** Among all negatives, which sum to 1. */
  weight: number;
  /** The same as a multiple of what all alike would have. */
  times_uniform: number;
  pull: number;
  distance: number;
  /** Its place by weight, which who weigh the same share; None in the queue. */
  rank: number | null;
  /** The same one snapshot earlier, None where it was not there. */
  was: number | null;
}

/** The heaviest synthetic negatives of a query, and how hard all of a group are. */
export interface Synthetics {
  text: string;
  items: Synthetic[];
  /** Of the weight on all synthetics. */
  share: number;
  /** Whether they are drawn exactly or among their neighbours; empty where they are not. */
  placed: string;
  histogram: Histogram;
}

/** A synthetic negative. */
export interface Synthetic {
  /** One or two; the first may be the query itself. */
  parents: Parent[];
  /** Share of the first parent. */
  coefficient: number;
  /** How it was made, in words. */
  of_one: string;
  /** Of a mixing that takes several in turn; None of others. */
  kind: string | null;
  similarity: number;
  nearest: Nearest;
  /** Of the weight of all negatives. */
  share: number;
  pull: number;
  xy: number[] | null;
}

/** One of two samples that a synthetic negative is mixed of. */
export interface Parent {
  class: string;
  probe: number | null;
  view: number | null;
  same_class: boolean;
  queued?: true;
  age?: number;
  item?: number;
  is_query: boolean;
  similarity: number;
  xy: number[] | null;
}

/** The real negative that lies nearest to a synthetic one. */
export interface Nearest {
  probe: number;
  view: number;
  similarity: number;
}

/** Similarities of real and synthetic negatives, as shares between edges. */
export interface Histogram {
  edges: number[];
  real: number[];
  synthetic: number[];
}

/** How many queries of a group of a batch's size are clamped, or of as near as probes go. */
export interface Clamp {
  share: number;
  text: string;
}

/**
 * One update of the run watched, from its batch to its step.
 *
 * Arrays: `before`, `after` and `push`, places and directions of all samples on a plane, two
 * numbers each; `distances`, a row for each sample of the table's images, with a column for each
 * of them and then for each synthetic negative of the row, NaN where there is no pair.
 */
export interface InsideAnswer {
  type: 'answer';
  id: number | null;
  what: 'inside';
  /** Updates made before it. */
  step: number;
  /** Those that can be opened. */
  steps: number[];
  n_steps: number;
  /** Whether the run has made it. */
  made: boolean;
  /** None where the run wrote nothing down right after it. */
  recorded: InsideRecorded | null;
  /** In a sentence how it compares with what the run recorded. */
  agreement: string;
  batch: InsideBatch;
  layers: InsideLayer[];
  norms: InsideNorm[];
  loss: InsideLoss;
  gradient_norm: number;
  rate: number;
  n_synthetic: number;
  n_queued: number;
  /** What a stage has to say, by its number from 1. */
  said: Record<string, string>;
  /** Of the spread of the embeddings, on the plane. */
  share: number;
  /** The plane is where the embeddings lie themselves. */
  flat: boolean;
  arrays: [string, number][];
}

/** What the run wrote down of the update. */
export interface InsideRecorded {
  loss: number;
  gradient_norm: number;
  /** By what share of itself the one of both that differs most does. */
  differs: number;
}

/** The images of the update; samples are numbered `view * n + item`. */
export interface InsideBatch {
  n: number;
  views_each: number;
  /** How many of the images the table of distances shows. */
  matrix: number;
  n_train: number;
  /** Which training images they are. */
  index: number[];
  classes: string[];
  columns: number;
  tile: number;
  /** The sheet of the images as they are. */
  images: string;
  /** A sheet for each view. */
  views: string[];
}

/** A layer by what it is, and the shape of what it makes of one view. */
export interface InsideLayer {
  words: string;
  shape: number[];
}

/** How long the gradient of a layer's own parameters is. */
export interface InsideNorm {
  words: string;
  norm: number;
}

/** The loss of the update's batch. */
export interface InsideLoss {
  title: string;
  text: string;
  total: number;
  attraction: number;
  repulsion: number;
}

/** One query of an update: its way through the layers, its pairs, its loss, and where it goes. */
export interface InsideQueryAnswer {
  class: string;
  type: 'answer';
  id: number | null;
  what: 'inside_query';
  step: number;
  /** The sample, `view * n + item`. */
  query: number;
  item: number;
  view: number;
  layers: InsideActivation[];
  /** Positives first, then negatives and synthetics, heaviest first. */
  pairs: InsidePair[];
  rest: InsideRest;
  /** Lines of the loss filled with this query's numbers, as on the forces page; of many pairs the first of each side are written out. */
  formula: Record<string, unknown>[];
  /** How strongly the batch's loss pulls at the embedding. */
  force: number;
  /** How far the step carried it. */
  moved: number;
  /** The cosine of the angle between the two. */
  along: number;
  /** What a stage has to say of it, by the stage's number. */
  said: Record<string, string>;
}

/** What a layer makes of the query: values from 0 to 255 between `least` and `most`. */
export interface InsideActivation {
  /** Channels shown, height, width; or units. */
  shape: number[];
  /** How many channels or units there are. */
  of: number;
  least: number;
  most: number;
  values: number[];
}

/** One pair of the query. */
export interface InsidePair {
  class: string;
  /** `queued` is an entry of a queue, which has neither view nor image here. */
  kind: 'positive' | 'negative' | 'synthetic' | 'queued';
  /** Which image of the batch, None where it is of none. */
  item: number | null;
  view: number | null;
  /** Of the query's own class, and no positive. */
  same_class: boolean;
  /** Samples that a synthetic is mixed of; those of a queue are left out. */
  parents: number[];
  distance: number;
  /** Among all of its side, which sum to 1. */
  weight: number;
  /** Above 0 draws together. */
  pull: number;
  /** The distance after the step, None where that is not known. */
  after: number | null;
}

/** The negatives that are not listed, added up. */
export interface InsideRest {
  n: number;
  weight: number;
  pull: number;
}

/** What was asked makes no sense, or could not be done: one sentence. */
export interface Refusal {
  type: 'error';
  /** Of the question, where it was one and had one. */
  id?: number | null;
  message: string;
  /** "control" where something was asked of the worker. */
  of?: 'control';
  /** Which of a board's losses it is about. */
  lens?: number;
  /** Which formula of that loss, by its setting; `at` the character, from 0. */
  line?: string;
  at?: number;
}

/**
 * The page was opened by a name, or from a site, that this server does not answer; or there is
 * no room for one more view.
 *
 * It closes the socket after that; trying again changes nothing, unless `again` says so.
 */
export interface TurnedAway {
  type: 'refused';
  /** Why, and which setting to change. */
  message: string;
  /** There may be room later. */
  again?: boolean;
}

/** What a comparison is, the first message about it. */
export interface Comparison {
  type: 'comparison';
  run: string;
  title: string;
  example: boolean;
  /** It is of checkpoints, which have no steps. */
  frozen: boolean;
  /** The entry that differences are from. */
  baseline: string;
  dataset: string;
  n: number;
  n_steps: number;
  class_names: string[];
  most_classes: number;
  /** Accuracy of guessing blindly, None where there are fewer than two classes. */
  chance: number | null;
  held_out: HeldOut;
  train_per_class: number[] | null;
  /** Classes with most training images where they differ; `tail` those with fewest. */
  head: number[];
  tail: number[];
  sprites: Sprites;
  has_features: boolean;
  probes: Probes;
  device: string;
  entries: EntryAbout[];
  series: SeriesAbout[];
  /** Why losses are not to be compared, one sentence; empty where they may be. */
  scale: string;
  dim: number;
  /** The lowest uniformity that `n` points can have. */
  even_spread: number;
}

/** The images that accuracies are of. */
export interface HeldOut {
  n: number;
  per_class: number[];
}

/** What an entry is. */
export interface EntryAbout {
  name: string;
  /** Id under which it is watched. */
  run: string;
  label: string;
  loss: LossText;
  n_views: number;
  /** Its newest snapshot when this was said; none where none can be read. */
  last: number | null;
  images_per_step: number;
  n_synthetic: number;
  lr: number;
  host: string;
  /** What a frozen checkpoint is, else empty. */
  line: string;
  /** The shape that stands for it. */
  mark: 'circle' | 'square' | 'triangle' | 'diamond';
}

/** A number that is drawn for all entries. */
export interface SeriesAbout {
  key: string;
  title: string;
  /** "share" for a part of a whole, else what it is measured in; may be empty. */
  unit: string;
  /** "accuracy", "scale" or empty. */
  kind: string;
  /** What its value means. */
  note: string;
  /** What guessing gives, of an accuracy. */
  chance: number | null;
}

/** Rows of an entry's metrics by step; one that comes again is the one that counts. */
export interface Rows {
  type: 'rows';
  entry: string;
  /** Numbers by name, None for one that is not finite. */
  rows: Record<string, number | null>[];
}

/** Whether the entries really started alike and saw the same, up to a step. */
export interface Proof {
  type: 'proof';
  step: number;
  equal: boolean;
  weights: ProofPart;
  /** Of the batches. */
  order: ProofPart;
  views: ProofPart;
  sentence: string;
}

/** A digest of what each entry used: whether all are equal, and the start of the first. */
export interface ProofPart {
  text: string;
  equal: boolean;
  entries: Record<string, string>;
}

/** A comparison's repeats with other seeds, against its baseline. */
export interface Seeds {
  rows: SeedsRow[];
  sentence: string;
  looks: string;
  type: 'seeds';
  /** Seeds that were asked for; no fewer than are `done`. */
  wanted: number;
  /** Seeds that all entries have been trained with. */
  done: number;
  state: string;
  reason: string;
  baseline: string;
  /** The same against each of the other entries, which may be pinned, by its name. */
  against: Record<string, SeedsAgainst>;
}

/** An entry over all seeds, by the names of metrics. */
export interface SeedsRow {
  entry: string;
  label: string;
  metrics: Record<string, Interval>;
  differences: Record<string, Difference>;
}

/** A mean over seeds with its interval of 95 %, whose ends are None where there is none yet. */
export interface Interval {
  mean: number | null;
  low: number | null;
  high: number | null;
  n: number;
}

/** A difference from the baseline, paired by seed. */
export interface Difference {
  mean: number | null;
  low: number | null;
  high: number | null;
  n: number;
  verdict: string;
  p: number | null;
  /** Whether it does when all differences are looked at at once. */
  stands?: boolean;
}

/** What repeats say against one baseline. */
export interface SeedsAgainst {
  rows: SeedsRow[];
  sentence: string;
  /** Which differences stand when all are looked at at once; may be empty. */
  looks: string;
}

/** One query under every loss of a comparison. */
export interface StripsAnswer {
  type: 'answer';
  id: number | null;
  what: 'strips';
  step: number;
  query: StripsQuery;
  group: Group;
  entries: StripEntry[];
  /** What differs between the entries, one sentence. */
  reading: string;
}

/** The image that asks; `class` is the name of its class. */
export interface StripsQuery {
  class: string;
  probe: number;
  view: number;
}

/** What one entry makes of the query. */
export interface StripEntry {
  name: string;
  step: number;
  loss: StripLoss;
  positives: StripPositive[];
  negatives: StripNegative[];
  /** Its weights of negatives differ enough to have an order. */
  in_order: boolean;
  curve: WeightCurve;
  /** As many negatives, all of one weight, would have this entropy. */
  effective: number;
  /** Of the weights of negatives, as a share of the most there can be. */
  entropy: number;
  n_negatives: number;
  /** Negatives that the loss drives away; `n_drawn` those it draws in. */
  n_pushed: number;
  n_drawn: number;
  synthetic_share: number;
  /** Share of its heaviest negatives that each other entry has, too. */
  agreement: Record<string, number>;
  queued_share?: number;
  queue?: QueueSummary;
}

/** The loss an entry is looked at under. */
export interface StripLoss {
  title: string;
  text: string;
  is_lens: boolean;
}

/** A view of the query's own image, and its place by weight in each other entry. */
export interface StripPositive {
  view: number;
  weight: number;
  pull: number;
  distance: number;
  ranks: Record<string, number>;
}

/** One of the heaviest negatives of an entry, and its place by weight in each other. */
export interface StripNegative {
  class: string;
  probe: number | null;
  view: number | null;
  same_class: boolean;
  weight: number;
  times_uniform: number;
  pull: number;
  distance: number;
  /** One sample has one key in all entries; those of a queue have keys of their own. */
  key: number | string;
  ranks: Record<string, number>;
  queued?: true;
  age?: number;
  item?: number;
}

/** Sorted weights of negatives, as multiples of what all alike would have. */
export interface WeightCurve {
  rank: number[];
  weight_times_uniform: number[];
}

/** The images whose neighbours differ most between two moments. */
export interface MovedAnswer {
  from: EntryStep;
  to: EntryStep;
  type: 'answer';
  id: number | null;
  what: 'moved';
  /** How many neighbours are looked at. */
  k: number;
  space: 'embeddings' | 'features';
  mean_overlap: number;
  /** Share of them that chance would keep. */
  expected: number;
  items: MovedImage[];
  reading: string;
}

/** An image, the share of its neighbours that it keeps, and those it gained and lost. */
export interface MovedImage {
  class: string;
  probe: number;
  overlap: number;
  gained: Neighbour[];
  lost: Neighbour[];
}

/** A neighbour of an image, and whether it is of its class. */
export interface Neighbour {
  class: string;
  probe: number;
  same_class: boolean;
}

/** What each loss makes of the board. */
export interface ForcesAnswer {
  type: 'answer';
  id: number | null;
  what: 'forces';
  of: ForcesReading[];
  /** Why the two are not to be compared; empty where they may be. */
  scale: string;
}

/** What one loss makes of the board. */
export interface ForcesReading {
  title: string;
  text: string;
  total: number;
  attraction: number;
  repulsion: number;
  positives: Mark[];
  negatives: NegativeMark[];
  synthetics: SyntheticMark[];
  resultant: Resultant;
  /** As many negatives, all of one weight, would have their entropy. */
  effective: number;
  n_negatives: number;
  clamped: boolean;
  /** Filled with the numbers of this board. */
  formula: Line[];
  /** What is surprising, a sentence each. */
  notes: string[];
  /** What the pulls add up to, and why. */
  sums: string;
  card?: Card;
  detail?: Detail;
}

/** A positive of the board. */
export interface Mark {
  weight: number;
  /** Above 0 draws together. */
  pull: number;
  distance: number;
  similarity: number;
  angle: number;
  /** Along which it moves the query, in the space that the points lie in. */
  arrow: number[];
  /** Why it has no direction to move in. */
  still: 'coincident' | 'antipodal' | null;
}

/** A negative of the board. */
export interface NegativeMark {
  weight: number;
  pull: number;
  distance: number;
  similarity: number;
  angle: number;
  arrow: number[];
  still: 'coincident' | 'antipodal' | null;
  /** Its pull with what the synthetics it is a parent of pass on to it. */
  credited: number | null;
  /** Synthetics are mixed of it. */
  in_pool: boolean;
}

/** A synthetic negative of the board. */
export interface SyntheticMark {
  weight: number;
  pull: number;
  distance: number;
  similarity: number;
  angle: number;
  arrow: number[];
  still: 'coincident' | 'antipodal' | null;
  place: number[];
  /** Its place before it was brought to length 1. */
  before: number[];
  /** Which two negatives it is mixed of. */
  parents: number[];
  /** Share of the first, None where each dimension has one of its own. */
  coefficient: number | null;
  /** The mixing that it follows, its own where the mixings take turns. */
  kind: string;
  /** What it passes on to its parents, None where it passes on nothing. */
  credits: number[] | null;
}

/** Which way the query goes. */
export interface Resultant {
  arrow: number[];
  attraction: number[];
  repulsion: number[];
  strength: number;
  /** Along the circle, counter-clockwise; None on the sphere. */
  turn: number | null;
}

/** A line of a filled formula. */
export interface Line {
  label: string;
  tokens: Token[];
}

/** A piece of a filled formula. */
export interface Token {
  /** What is read. */
  t: string;
  /** Whose it is, such as `n0`; of none where it is left out. */
  mark?: string;
  /** A sign has none. */
  role?: 'number' | 'weight' | 'total' | 'symbol';
  /** What is raised; `low` what is lowered. */
  up?: string;
  low?: string;
  /** The number unrounded, where it is one and finite. */
  value?: number;
}

/** What is told of a loss with names of a person's own, beside its settings. */
export interface Card {
  /** Of the names, as the setting that keeps them has it. */
  values: string;
  free: Record<string, number>;
  weights: string;
}

/** How one mark comes by its weight and its pull. */
export interface Detail {
  mark: string;
  name: string;
  lines: Line[];
}

/** Loss and force wherever the query could stand. */
export interface LandscapeAnswer {
  type: 'answer';
  id: number | null;
  what: 'landscape';
  scale: string;
  /** Degrees along the circle, or along a great circle of the sphere. */
  angles: number[];
  /** On the sphere, the places of `loss` and `force`. */
  grid?: Grid;
  /** On the sphere, where the great circle is after a quarter of it from the query, as a unit vector. */
  ahead?: number[];
  /** Values of the swept setting; `current` is the board's own. */
  settings: number[];
  field: Swept;
  current: number;
  /** Angles at which the loss is least nearby, for each loss; None on the sphere. */
  minima: number[][] | null;
  /** Angles at which nothing moves the query, likewise. */
  rests: number[][] | null;
  /** `loss` and `force`, of both losses one after the other; `swept_loss` and `swept_force`, an angle after the other for each setting. */
  arrays: [string, number][];
}

/** Where a landscape on the sphere is known, in degrees. */
export interface Grid {
  lons: number[];
  lats: number[];
}

/** The setting that is swept. */
export interface Swept {
  name: string;
  label: string;
  symbol: string;
}

/** What mixing two negatives makes, share by share; None where their mix has no direction. */
export interface ChordAnswer {
  type: 'answer';
  id: number | null;
  what: 'chord';
  shares: number[];
  /** Places before they are brought to length 1; `after` on the circle or sphere. */
  before: number[][];
  after: (number | null)[][];
  similarity_before: number[];
  similarity_after: (number | null)[];
  /** Of the mix beside the board's negatives. */
  weight: (number | null)[];
  pull: (number | null)[];
  /** What it passes on to each parent. */
  credits: (number | null)[][];
  parents: Parents;
  sentence: string;
}

/** Similarities of both parents with the query. */
export interface Parents {
  a: number;
  b: number;
}

/** Points under each loss to its own equilibrium. */
export interface FlowAnswer {
  type: 'answer';
  id: number | null;
  what: 'flow';
  n_frames: number;
  n_points: number;
  dims: number;
  /** Which item each point is a view of. */
  items: number[];
  /** Edges of the histogram of nearest similarities. */
  bins: number[];
  /** The lowest that so many items can have; null where it is not known. */
  least_uniformity: number | null;
  scale: string;
  of: FlowReading[];
  /** `places`, of both losses, each frame by frame and point by point; `nearest`, likewise the histogram of each frame. */
  arrays: [string, number][];
}

/** A flow under one loss, numbers frame by frame. */
export interface FlowReading {
  title: string;
  text: string;
  loss: number[];
  alignment: number[];
  uniformity: number[];
  optimum: Optimum | null;
  polygon: Polygon | null;
  /** What became of it, one sentence. */
  ended: string;
}

/** A value that no arrangement lies below; "optimum" where some arrangement has it. */
export interface Optimum {
  value: number;
  kind: 'optimum' | 'bound';
  text: string;
}

/** The loss of the regular polygon. */
export interface Polygon {
  value: number;
}

/** How fast a dent in the regular polygon grows, over values of one setting. */
export interface StabilityAnswer {
  type: 'answer';
  id: number | null;
  what: 'stability';
  values: number[];
  growth: number[];
  /** Growths smaller than this are none. */
  nothing: number;
  /** Values at which the polygon starts or ceases to hold. */
  crossings: number[];
  field: Swept;
  sentence: string;
}

/** Where the teacher is. */
export interface Place {
  type: 'place';
  page: 'live' | 'compare' | 'forces' | 'checkpoints' | 'learn' | 'class';
  /** What the page's address says, without a question mark, with the step of a lesson that is under way. */
  address: string;
  /** None until a view of that page has said how it looks. */
  seen: Seen | null;
}

/** What the teacher's view shows: fields as of `Lead`. */
export interface Seen {
  run: string | null;
  view: Record<string, unknown>;
  moment: number | null;
}

/** How the class stands. */
export interface Class {
  type: 'class';
  /** How many followers are in it, in however many tabs. */
  n: number;
  /** How many of them show what the teacher looks at. */
  following: number;
  /** On which pages the others are; told to the teacher. */
  pages?: Record<string, number>;
  /** Whether the teacher has opened a page to be followed. */
  is_led: boolean;
  /** Whether followers may start runs of their own. */
  may_start: boolean;
  /** The question that was asked last; none where it was taken away. */
  asked: Asked | null;
}

/** A question to the class. */
export interface Asked {
  /** Counts the questions of the class. */
  number: number;
  text: string;
  sheet: Sheet | null;
  about: Picture | null;
  options: Option[];
  /** Whether answers are taken. */
  is_open: boolean;
  n_answers: number;
  /** How many could answer: who is in the class, and who answered and has left. */
  n_asked: number;
  /** How many chose each option: for the teacher, and for all once it is closed. */
  counts: number[] | null;
  /** Which option is right, told once it is closed. */
  right: number | null;
  /** What the one who is told has chosen. */
  yours: number | null;
}

/** Where the images of a question lie: in the sheets of a run, `n` in so many columns. */
export interface Sheet {
  run: string;
  n: number;
  columns: number;
}

// What a binary message is once `socket.js` has decoded it: its arrays stand in it.
export type DecodedFrame = Omit<Frame, 'agreement'> & {
  xy: Float32Array;
  agreement: Uint8Array | null;
};

export type DecodedWeights = Weights & {
  weight: Float32Array;
  pull: Float32Array;
};

export type DecodedInsideAnswer = Omit<InsideAnswer, 'arrays'> & {
  arrays: Record<string, Float32Array>;
};

export type DecodedLandscapeAnswer = Omit<LandscapeAnswer, 'arrays'> & {
  arrays: Record<string, Float32Array>;
};

export type DecodedFlowAnswer = Omit<FlowAnswer, 'arrays'> & {
  arrays: Record<string, Float32Array>;
};

export type ToServer =
  | Watch
  | Control
  | AskWeights
  | AskQuery
  | AskInside
  | AskInsideQuery
  | AskStrips
  | AskMoved
  | AskForces
  | AskLandscape
  | AskChord
  | AskFlow
  | AskStability
  | Attend
  | Lead
  | Pose
  | Close
  | Choose
  | Allow;

export type Question =
  | AskWeights
  | AskQuery
  | AskInside
  | AskInsideQuery
  | AskStrips
  | AskMoved
  | AskForces
  | AskLandscape
  | AskChord
  | AskFlow
  | AskStability;

// A question as the views ask it: `socket.js` adds what is left out.
type Bare<T> = T extends Question ? Omit<T, 'type' | 'id'> : never;
export type BareQuestion = Bare<Question>;

// What `socket.js` adds to an answer, or a refusal, of a question.
export interface Answered {
  kind: string;
  question: BareQuestion;
}

export type OnTheWire =
  | Run
  | State
  | Lenses
  | Frame
  | Weights
  | QueryAnswer
  | InsideAnswer
  | InsideQueryAnswer
  | Refusal
  | TurnedAway
  | Comparison
  | Rows
  | Proof
  | Seeds
  | StripsAnswer
  | MovedAnswer
  | ForcesAnswer
  | LandscapeAnswer
  | ChordAnswer
  | FlowAnswer
  | StabilityAnswer
  | Place
  | Class;

export type ToBrowser =
  | Run
  | State
  | Lenses
  | DecodedFrame
  | DecodedWeights
  | QueryAnswer
  | DecodedInsideAnswer
  | InsideQueryAnswer
  | Refusal
  | TurnedAway
  | Comparison
  | Rows
  | Proof
  | Seeds
  | StripsAnswer
  | MovedAnswer
  | ForcesAnswer
  | DecodedLandscapeAnswer
  | ChordAnswer
  | DecodedFlowAnswer
  | StabilityAnswer
  | Place
  | Class;
