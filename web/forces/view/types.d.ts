// What the board of the forces page is, and what the answers about it are once they are here.

import type {
  ChordAnswer,
  DecodedFlowAnswer,
  DecodedLandscapeAnswer,
  ForcesAnswer,
  ForcesReading,
  LensField,
  Line,
  Mark,
  NegativeMark,
  OfferedLens,
  StabilityAnswer,
  SyntheticMark,
} from '../../kit/messages.d.ts';
import type { ErrorMessage, LensValue, Pictures, Theme } from '../../kit/types.d.ts';
import type { Globe } from './places.js';

export type Mode = 'query' | 'landscape' | 'flow';
export type SurfaceName = 'circle' | 'sphere';
export type Group = 'positives' | 'negatives';
export type Shown = 'loss' | 'force';

/** A loss with all its settings. */
export type Loss = LensValue;

export interface FlowState {
  n_items: number;
  n_views: number;
  tied: boolean;
  start: string;
  seed: number;
  n_steps: number;
  rate: number;
}

/** Longitude and latitude in degrees, and where there is one the number of an image. */
export type Place = number[];

/** All that the page shows, as Python has it. */
export interface BoardState {
  mode: Mode;
  surface: SurfaceName;
  query: Place;
  positives: Place[];
  negatives: Place[];
  losses: Loss[];
  snap: boolean;
  seed: number;
  /** Two negatives and the share of the first. */
  chord: number[] | null;
  /** Which loss, and which of its settings. */
  sweep: [number, string];
  shown: Shown;
  flow: FlowState;
}

export type SetBoard = (change: Partial<BoardState>) => void;

export type Field = LensField;

/** A loss that can be chosen, with its controls. */
export type OfferedLoss = OfferedLens;

/** A query of a run, brought here. */
export interface Taken extends Pictures {
  brief: string;
  moved: string;
  text: string;
  places: { query: Place; positives: Place[]; negatives: Place[] };
  query: Picture;
  images: Record<number, Picture | undefined>;
}

export interface Picture {
  probe: number;
  view?: number;
}

/** What the page's script hands over. */
export interface ForcesData {
  board: BoardState;
  revision: number;
  lenses: OfferedLoss[];
  taken: Taken | null;
  present: boolean;
  base: string;
}

// ---- answers, which carry the question they are of ------------------------------------------------

export type BoardQuestion = Omit<
  BoardState,
  'mode' | 'snap' | 'chord' | 'sweep' | 'shown' | 'flow'
>;

export type AnsweredForces = ForcesAnswer & { question: BoardQuestion };
export type AnsweredLandscape = DecodedLandscapeAnswer & {
  question?: BoardQuestion;
  along?: number[];
};
export type AnsweredChord = ChordAnswer & { question: BoardQuestion };
export type AnsweredFlow = DecodedFlowAnswer & {
  question?: Pick<BoardState, 'surface' | 'losses' | 'flow'>;
};
export type AnsweredStability = StabilityAnswer & {
  question?: { loss: Loss; n_items: number; n_views: number };
};

export type Answer =
  AnsweredForces | AnsweredLandscape | AnsweredChord | AnsweredFlow | AnsweredStability;

/** A refusal, and the loss, the formula and the place in it that it is about. */
export type Refused = ErrorMessage & { lens?: number; line?: string; at?: number };

/** A mark under a loss, of whatever kind. */
export type AnyMark = Mark & Partial<NegativeMark> & Partial<SyntheticMark>;

/** A reading with the surface and the way round at the query that it was read at. */
export type Reading = Omit<ForcesReading, 'detail'> & {
  surface: SurfaceName;
  tangent: number[];
  detail: Record<string, Line[]> | null;
};

export type Readings = Omit<AnsweredForces, 'of'> & { of: Reading[] };

/** How long the longest of each kind is drawn. */
export interface Tops {
  positive: number;
  negative: number;
  pull: number;
  arrow: number;
}

/** What a scene is looked at with. */
export interface SceneLook {
  lit: string | null;
  selected: string | null;
  theme: Theme;
  taken: Taken | null;
  scales: Tops | null;
}

// ---- drawing ------------------------------------------------------------------------------------

/** On the screen; `near` is below 0 behind the sphere. */
export interface Seen {
  x: number;
  y: number;
  near: number;
}

/** Half-way of a line, the way it goes on, and how long it looks. */
export interface Middle extends Seen {
  turn: number;
  length: number;
}

/** What a person does in a scene. */
export interface Acts {
  globe: Globe;
  light(mark: string | null): void;
  select(mark: string | null): void;
  act(what: 'remove' | 'duplicate', mark: string): void;
  /** The sphere has been turned. */
  turned(): void;
  moved(mark: string, place: number[]): void;
  /** By degrees. */
  nudged(mark: string, by: number[]): void;
}

/** What a scene draws; `reading` is null before there is one. */
export interface DrawnScene {
  board: BoardState;
  reading: Reading | null;
  view: SceneLook;
}

/** Something that is drawn in a scene. */
export interface Item {
  id: string;
  group: 'query' | 'positives' | 'negatives' | 'synthetics';
  place?: Place;
  v: number[];
  at: AnyMark | null;
}

/** An item whose force is drawn as an arrow. */
export interface Pushed {
  id: string;
  group: Item['group'];
  arrow: number[];
  pull: number;
}

/** What a scene is painted with under its marks. */
export interface GroundPaint {
  values: Float32Array;
  colours: (value: number) => string;
  angles?: number[];
  grid?: Grid;
}

export interface Grid {
  lons: number[];
  lats: number[];
}

/** Where the points of a flow lie on the canvas. */
export interface Disc {
  x: number;
  y: number;
  r: number;
}

/** A place of a curve, or a stretch of it: the middle, and how far its ends are from there. */
export interface Span {
  angle: number;
  half: number;
}

export interface Rest extends Span {
  stable: boolean;
}

export interface Valley extends Span {
  value: number;
}

/** A loss as it was answered. */
export interface Raw {
  loss: Float32Array;
  force: Float32Array;
}

/** One loss once round. */
export interface Curve {
  angles: number[];
  loss: Float32Array;
  force: Float32Array;
  valleys: Valley[];
  rests: Rest[];
}

/** What the points of one moment look like. */
export interface Look {
  n: number;
  /** Items that share a place. */
  places: number[][];
  centres: Float32Array;
  gaps: number[];
  smallest: number;
  spread: number;
}

/** A moment of a flow as it is drawn. */
export interface ShownFlow {
  answer: AnsweredFlow | null;
  at: number;
  lit: number | null;
  theme: Theme;
  surface: SurfaceName;
}

/** The swept setting of a loss. */
export interface Swept {
  field: string;
  symbol: string;
  now: number;
  least: number;
  most: number;
}
