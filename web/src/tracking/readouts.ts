/**
 * What is read from a face beside its landmarks, and how it is kept from flickering, as `pixelfes.tracking.readouts` has it.
 *
 * A photo uses what is read. A camera filters it over time, reads what is costly not in every frame, and switches with
 * hysteresis.
 */
import { clamp } from "../core/numbers";
import { finish, type Work } from "../core/work";
import type { ReadoutNumbers } from "./numbers";

type Values = Float64Array | Float32Array;

/** How read-outs of one face are used. */
export interface Readouts {
  /** A read-out. */
  steady<V extends Values>(name: string, read: () => V): V;
  /** 1 if a value is above a level, 0 if it is not, and what lies between while it changes. */
  switch(name: string, value: number, level: number): number;
  /** The mean departure of a value from its own mean of late. */
  restless(name: string, value: number): number;
}

/** Read-outs of a photo: used as they are read. */
export const AS_READ: Readouts = {
  steady: (_, read) => read(),
  switch: (_, value, level) => (value > level ? 1 : 0),
  restless: () => 0,
};

/** A read-out that is read in pieces from a photo, and at once before a camera. */
export function* steadyWork<V extends Values>(readouts: Readouts, name: string, read: () => Work<V>): Work<V> {
  return readouts === AS_READ ? yield* read() : readouts.steady(name, () => finish(read()));
}

/** One number as a read-out. */
export const steadyNumber = (readouts: Readouts, name: string, read: () => number): number =>
  readouts.steady(name, () => Float64Array.of(read()))[0];

interface Known {
  target: Values;
  value: Values;
  readAt: number;
  usedAt: number;
}

interface Switch {
  isOn: boolean;
  share: number;
  time: number;
}

interface Restless {
  mean: number;
  departure: number;
  time: number;
}

/** Read-outs of one face before a camera; `begin` announces each frame. */
export class SteadyReadouts implements Readouts {
  private time = 0;
  private readonly known = new Map<string, Known>();
  private readonly switches = new Map<string, Switch>();
  private readonly moods = new Map<string, Restless>();

  constructor(private readonly numbers: ReadoutNumbers) {}

  /** Go on to the frame of a time, s. */
  begin(time: number): void {
    this.time = time;
  }

  /** A read-out, filtered; it is read again only if its pace says so. */
  steady<V extends Values>(name: string, read: () => V): V {
    const { paces, usual_pace } = this.numbers;
    const pace = paces[name.split(":")[0]] ?? usual_pace;
    const [known, now] = [this.known.get(name), this.time];
    if (!known) {
      const value = read();
      this.known.set(name, { target: value, value, readAt: now, usedAt: now });
      return value;
    }
    if (now - known.readAt >= pace.interval || now < known.readAt) [known.target, known.readAt] = [read(), now];
    const { target } = known;
    if (target.length !== known.value.length) known.value = target;
    const share = 1 - Math.exp(-Math.max(0, now - known.usedAt) / pace.constant);
    known.usedAt = now;
    known.value = known.value.map((value, i) => value + share * (target[i] - value));
    return known.value as V;
  }

  /** A switch that turns on above a band around its level, off below it, and fades between. */
  switch(name: string, value: number, level: number): number {
    const { band, fade } = this.numbers;
    const known = this.switches.get(name);
    if (!known) {
      const isOn = value > level;
      this.switches.set(name, { isOn, share: isOn ? 1 : 0, time: this.time });
      return isOn ? 1 : 0;
    }
    known.isOn = value > level * (known.isOn ? 1 - band : 1 + band);
    const step = Math.max(0, this.time - known.time) / fade;
    known.share = clamp(known.share + (known.isOn ? step : -step), 0, 1);
    known.time = this.time;
    return known.share;
  }

  /** The mean departure of a value from its own mean of late; it grows faster than it falls. */
  restless(name: string, value: number): number {
    const { drift, calming, rousing } = this.numbers;
    const known = this.moods.get(name) ?? { mean: value, departure: 0, time: this.time };
    this.moods.set(name, known);
    const step = Math.max(0, this.time - known.time);
    known.mean += (1 - Math.exp(-step / drift)) * (value - known.mean);
    const away = Math.abs(value - known.mean);
    const constant = away > known.departure ? rousing : calming;
    known.departure += (1 - Math.exp(-step / constant)) * (away - known.departure);
    known.time = this.time;
    return known.departure;
  }
}
