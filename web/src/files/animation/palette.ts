/** One palette for all pictures of an animation, and pictures in its colours. */

const BITS = 6; // of a channel, in the histogram
const ROUNDS = 5;

/** Sums of the pixels in each cell of the histogram that has any. */
interface Histogram {
  count: Float64Array;
  /** The mean colour of each cell, three numbers. */
  mean: Float64Array;
}

interface Group {
  cells: Uint32Array;
  /** The channel in which it spreads most, how far it does, times its pixels, and its mean there. */
  channel: number;
  spread: number;
  middle: number;
}

/** Return at most `most` colours (RGB) for pictures in RGBA: groups of near colours are split in turn, then settled by k-means. */
export function paletteOf(pictures: readonly Uint8ClampedArray[], most: number): Uint8Array {
  const histogram = histogramOf(pictures);
  const groups = [groupOf(histogram, Uint32Array.from(histogram.count.keys()))];
  while (groups.length < most) {
    const widest = groups.reduce((best, group, i) => (group.spread > groups[best].spread ? i : best), 0);
    const { cells, channel, spread, middle } = groups[widest];
    if (spread <= 0) break;
    const low = cells.filter((cell) => histogram.mean[3 * cell + channel] < middle);
    const high = cells.filter((cell) => histogram.mean[3 * cell + channel] >= middle);
    if (!low.length || !high.length) groups[widest].spread = 0;
    else groups.splice(widest, 1, groupOf(histogram, low), groupOf(histogram, high));
  }
  return settled(
    histogram,
    groups.map(({ cells }) => cells),
  );
}

function histogramOf(pictures: readonly Uint8ClampedArray[]): Histogram {
  const counts = new Float64Array(2 ** (3 * BITS));
  const sums = new Float64Array(3 * counts.length);
  for (const picture of pictures) {
    for (let i = 0; i < picture.length; i += 4) {
      const cell = cellOf(picture[i], picture[i + 1], picture[i + 2], BITS);
      counts[cell]++;
      for (let c = 0; c < 3; c++) sums[3 * cell + c] += picture[i + c];
    }
  }
  const used = Uint32Array.from(counts.keys()).filter((cell) => counts[cell] > 0);
  const mean = new Float64Array(3 * used.length);
  used.forEach((cell, i) =>
    mean.set(
      [0, 1, 2].map((c) => sums[3 * cell + c] / counts[cell]),
      3 * i,
    ),
  );
  return { count: Float64Array.from(used, (cell) => counts[cell]), mean };
}

function cellOf(red: number, green: number, blue: number, bits: number): number {
  const drop = 8 - bits;
  return ((red >> drop) << (2 * bits)) | ((green >> drop) << bits) | (blue >> drop);
}

function groupOf({ count, mean }: Histogram, cells: Uint32Array): Group {
  let group: Group = { cells, channel: 0, spread: -1, middle: 0 };
  for (let channel = 0; channel < 3; channel++) {
    let [n, sum, squares] = [0, 0, 0];
    for (const cell of cells) {
      const value = mean[3 * cell + channel];
      n += count[cell];
      sum += count[cell] * value;
      squares += count[cell] * value * value;
    }
    const spread = squares - (sum * sum) / n;
    if (spread > group.spread) group = { cells, channel, spread, middle: sum / n };
  }
  return group;
}

/** Move each colour to the mean of the cells that are nearest to it, some times. */
function settled({ count, mean }: Histogram, groups: Uint32Array[]): Uint8Array {
  const colours = new Float64Array(3 * groups.length);
  const sums = new Float64Array(4 * groups.length);
  const add = (cell: number, to: number) => {
    for (let c = 0; c < 3; c++) sums[4 * to + c] += count[cell] * mean[3 * cell + c];
    sums[4 * to + 3] += count[cell];
  };
  groups.forEach((cells, to) => cells.forEach((cell) => add(cell, to)));
  for (let round = 0; ; round++) {
    for (let i = 0; i < groups.length; i++)
      if (sums[4 * i + 3]) for (let c = 0; c < 3; c++) colours[3 * i + c] = sums[4 * i + c] / sums[4 * i + 3];
    if (round === ROUNDS) return Uint8Array.from(colours, Math.round);
    sums.fill(0);
    for (let cell = 0; cell < count.length; cell++) add(cell, nearest(colours, mean[3 * cell], mean[3 * cell + 1], mean[3 * cell + 2]));
  }
}

function nearest(colours: ArrayLike<number>, red: number, green: number, blue: number): number {
  let best = 0;
  let least = Infinity;
  for (let i = 0, at = 0; at < colours.length; i++, at += 3) {
    const distance = (colours[at] - red) ** 2 + (colours[at + 1] - green) ** 2 + (colours[at + 2] - blue) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

const STEP = 4; // levels between a pixel that is made lightest and one that is made darkest
const LOOKED_UP = 7; // bits of a channel

/** Writes pictures in the colours of a palette, with a small fixed pattern that hides where one colour ends. */
export class Palette {
  private readonly known = new Int16Array(2 ** (3 * LOOKED_UP)).fill(-1);
  private readonly shift = Float64Array.from({ length: 64 }, (_, i) => STEP * ((bayer(i & 7, i >> 3) + 0.5) / 64 - 0.5));

  constructor(private readonly colours: Uint8Array) {}

  /** The number of the colour of each pixel. */
  indexed(picture: Uint8ClampedArray, width: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(picture.length / 4);
    for (let i = 0, x = 0, y = 0; i < out.length; i++, x++) {
      if (x === width) [x, y] = [0, y + 1];
      const shift = this.shift[((y & 7) << 3) | (x & 7)];
      out[i] = this.find(picture[4 * i] + shift, picture[4 * i + 1] + shift, picture[4 * i + 2] + shift);
    }
    return out;
  }

  private find(red: number, green: number, blue: number): number {
    const [r, g, b] = [level(red), level(green), level(blue)];
    const cell = cellOf(r, g, b, LOOKED_UP);
    if (this.known[cell] < 0) this.known[cell] = nearest(this.colours, r, g, b);
    return this.known[cell];
  }
}

const level = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : Math.round(value));

/** The rank of a place in Bayer's 8 x 8 pattern, 0 to 63. */
function bayer(x: number, y: number): number {
  let rank = 0;
  for (let bit = 0; bit < 3; bit++) rank = (rank << 2) | ((((x ^ y) >> bit) & 1) << 1) | ((y >> bit) & 1);
  return rank;
}
