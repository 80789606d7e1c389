/** Small functions of numbers, as `pixelfes.face.smooth` has them, and the statistics of NumPy that the light needs. */

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** 0 up to `start`, 1 from `end` on, and a smooth rise between. */
export function smoothstep(value: number, start: number, end: number): number {
  const u = clamp((value - start) / (end - start), 0, 1);
  return u * u * (3 - 2 * u);
}

/** The mean of the two middle values where there is an even number of them. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The same of bytes, by counting them. */
export function medianOfBytes(values: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const value of values) counts[value]++;
  const at = (place: number) => {
    let [value, seen] = [0, counts[0]];
    while (seen <= place) seen += counts[++value];
    return value;
  };
  return (at((values.length - 1) >> 1) + at(values.length >> 1)) / 2;
}

/** The percentile of ascending values, linear between neighbours. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const place = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** The eigenvector of the largest eigenvalue of a symmetric n x n matrix, by Jacobi's rotations. */
export function leadingEigenvector(matrix: number[][]): number[] {
  const n = matrix.length;
  const a = matrix.map((row) => row.slice());
  const v = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0;
    let size = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) [off, size] = [off + (i === j ? 0 : a[i][j] ** 2), size + a[i][j] ** 2];
    if (off <= 1e-30 * size) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, p, q);
  }
  let best = 0;
  for (let i = 1; i < n; i++) if (a[i][i] > a[best][best]) best = i;
  return v.map((row) => row[best]);
}

function rotate(a: number[][], v: number[][], p: number, q: number): void {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
  for (let k = 0; k < a.length; k++) [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
  for (let k = 0; k < a.length; k++) [v[k][p], v[k][q]] = [c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]];
}

/** A line through points whose x ascend, read at x; beyond its ends it stays level. */
export function interpolated(x: number, xs: ArrayLike<number>, ys: ArrayLike<number>): number {
  const last = xs.length - 1;
  if (x < xs[0]) return ys[0];
  if (x >= xs[last]) return ys[last];
  let i = 0;
  while (xs[i + 1] <= x) i++;
  return ys[i] + ((x - xs[i]) / (xs[i + 1] - xs[i])) * (ys[i + 1] - ys[i]);
}
