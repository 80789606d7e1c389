/** The read-outs of all faces before a camera. */
import type { ReadoutNumbers } from "./numbers";
import { SteadyReadouts } from "./readouts";
import type { TrackedFace } from "./track";

/** Keeps the read-outs of each face as long as it is followed without a break. */
export class ReadoutsOfFaces {
  private known = new Map<string, SteadyReadouts>();

  constructor(private readonly numbers: ReadoutNumbers) {}

  /** Go on to the frame of a time, s, with these faces; those of others are forgotten. */
  begin(faces: readonly TrackedFace[], time: number): void {
    const before = this.known;
    this.known = new Map(faces.map((face) => [nameOf(face), before.get(nameOf(face)) ?? new SteadyReadouts(this.numbers)]));
    for (const readouts of this.known.values()) readouts.begin(time);
  }

  /** The read-outs of a face of the frame. */
  of(face: TrackedFace): SteadyReadouts {
    const readouts = this.known.get(nameOf(face));
    if (!readouts) throw new Error("the face is none of this frame's");
    return readouts;
  }
}

const nameOf = ({ identity, since }: TrackedFace): string => `${identity} since ${since}`;
