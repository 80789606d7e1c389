/** Small copies of pictures, each pixel the mean of the area that it covers, as OpenCV's `INTER_AREA` makes them. */

/** Pixels of three bytes and more; what follows the third is left out. */
export interface Picture {
  data: ArrayLike<number>;
  width: number;
  height: number;
}

/** The levels, red, green, blue, of a picture made smaller; rounded, 0 to 255. */
export function shrunk({ data, width, height }: Picture, [across, down]: readonly [number, number]): Float32Array {
  const depth = data.length / (width * height);
  const [columns, rows] = [spans(width, across), spans(height, down)];
  const out = new Float32Array(3 * across * down);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const sum = [0, 0, 0];
      for (const [y, high] of row) {
        for (const [x, wide] of column) for (let c = 0; c < 3; c++) sum[c] += high * wide * data[depth * (y * width + x) + c];
      }
      for (let c = 0; c < 3; c++) out[to++] = Math.round(sum[c]);
    }
  }
  return out;
}

/** For each of `count` equal spans of a side: the pixels in it, and their shares of it. */
function spans(length: number, count: number): [pixel: number, share: number][][] {
  const size = length / count;
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [i * size, (i + 1) * size];
    const pixels: [number, number][] = [];
    for (let pixel = Math.floor(start); pixel < Math.min(length, Math.ceil(end - 1e-9)); pixel++) {
      pixels.push([pixel, (Math.min(end, pixel + 1) - Math.max(start, pixel)) / size]);
    }
    return pixels;
  });
}
