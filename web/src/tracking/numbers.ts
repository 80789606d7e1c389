/** The constants of following faces, as `pixelfes.export.web.tracking` writes them into the model file. */

/** A one-euro filter: cut-off frequencies at rest and of the speed, Hz, and what a unit of speed adds to the first. */
export interface OneEuroSettings {
  cutoff: number;
  slope: number;
  speed_cutoff: number;
}

/** How often something is read, and how fast its filtered value follows, seconds. */
export interface Pace {
  interval: number;
  constant: number;
}

export interface ReadoutNumbers {
  /** By the first word of a read-out's name. */
  paces: Record<string, Pace>;
  usual_pace: Pace;
  band: number;
  fade: number;
  drift: number;
  calming: number;
  rousing: number;
  speaking: [number, number];
}

/** Seconds, and the share by which a look follows. */
export interface TrackNumbers {
  held: number;
  fade: number;
  forgotten: number;
  learning: number;
}

export interface TrackerNumbers {
  detected_every: number;
  searched_every: number;
  least_presence: number;
  least_score: number;
  largest_step: number;
  largest_growth: number;
  same_person: number;
  strange: number;
  near: number;
}

export interface AppearanceNumbers {
  side: number;
  reach: number;
  shape_unit: number;
  picture_unit: number;
}

export interface CutNumbers {
  size: [width: number, height: number];
  change: number;
  likeness: number;
  above_usual: number;
  memory: number;
}

/** The entry `tracking` of a model file. */
export interface TrackingNumbers {
  pose: OneEuroSettings;
  expression: OneEuroSettings;
  readouts: ReadoutNumbers;
  track: TrackNumbers;
  tracker: TrackerNumbers;
  appearance: AppearanceNumbers;
  cuts: CutNumbers;
  /** Movement beyond which a face is not carried on, distances between the eyes. */
  farthest: number;
}

/** What faces are followed with. */
export interface TrackingModel extends TrackingNumbers {
  /** The mean face, canonical. */
  head: Float32Array;
  /** The part of the face that each point belongs to. */
  parts: Uint8Array;
  /** Points that expressions hardly move. */
  stable: number[];
}

/** Whether an entry of a model file holds numbers only. */
export function areNumbers(entry: unknown): boolean {
  if (typeof entry === "object" && entry !== null) return Object.values(entry).every(areNumbers);
  return Number.isFinite(entry);
}
