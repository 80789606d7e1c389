/** How sharp a photo shows a face, as `pixelfes.face.appearance.sharpness` measures it at its eyes and its mouth. */
import { eyeDistance, type Points } from "./pose";
import type { Work } from "./work";
import type { Part } from "./light";
import type { Model } from "./model";

const EDGE_TO_DEVIATION = 2.507;
const SHARP = 0.022;
const SAMPLING = 0.7;
const LEAST = 0.3;
const MOST = 0.2;
const MARGIN = 0.35;
const [DARK, BRIGHT, STEEPEST] = [5, 95, 98];
const PIXELS_AT_ONCE = 2 ** 18;
const [LEVELS, SLOPES, SOBEL] = [256, 2048, 8];

/** The blur that sharp detail needs to fit into a photo: a deviation in pixels, 0 for none. */
export function* missingBlur(part: Part, landmarks: Points, points: Model["points"]): Work<number> {
  const distance = eyeDistance(landmarks, points.right_eye_corners, points.left_eye_corners);
  const eyes = yield* edgeBlur(part, landmarks, [points.right_eye, points.left_eye]);
  const blur = Math.min(eyes, yield* edgeBlur(part, landmarks, [points.outer_mouth]), MOST * distance);
  const missing = Math.sqrt(Math.max(0, blur ** 2 - (SHARP * distance) ** 2 - SAMPLING ** 2));
  return missing > LEAST ? missing : 0;
}

/** The blur of the steepest edges around some outlines, pixels; infinite where nothing can be measured. */
function* edgeBlur(part: Part, landmarks: Points, outlines: readonly (readonly number[])[]): Work<number> {
  const levels = new Uint32Array(LEVELS);
  const slopes = new Uint32Array(SLOPES);
  for (const outline of outlines) yield* count(part, landmarks, outline, levels, slopes);
  if (!levels.some((n) => n > 0)) return Infinity;
  const contrast = percentileOf(levels, BRIGHT) - percentileOf(levels, DARK);
  return contrast / (EDGE_TO_DEVIATION * Math.max(percentileOf(slopes, STEEPEST) / SOBEL, 1e-3));
}

function* count(part: Part, landmarks: Points, outline: readonly number[], levels: Uint32Array, slopes: Uint32Array): Work<void> {
  const spans = [0, 1].map((k) => {
    const values = outline.map((i) => landmarks[3 * i + k] - (k ? part.top : part.left));
    return [Math.min(...values), Math.max(...values)];
  });
  const margin = MARGIN * Math.max(...spans.map(([low, high]) => high - low));
  const [[left, right], [top, bottom]] = spans.map(([low, high], k) => [
    Math.max(0, Math.floor(low - margin)),
    Math.min(k ? part.height : part.width, Math.ceil(high + margin) + 1),
  ]);
  const [width, height] = [right - left, bottom - top];
  if (width < 3 || height < 3) return;
  const grey = new Uint8Array(width * height);
  const atOnce = Math.ceil(PIXELS_AT_ONCE / width);
  for (let y = 0; y < height; y++) {
    if (y % atOnce === atOnce - 1) yield;
    for (let x = 0; x < width; x++) {
      const at = 4 * ((top + y) * part.width + left + x);
      grey[y * width + x] = Math.round(0.299 * part.data[at] + 0.587 * part.data[at + 1] + 0.114 * part.data[at + 2]);
      levels[grey[y * width + x]]++;
    }
  }
  for (let y = 1; y < height - 1; y++) {
    if (y % atOnce === atOnce - 1) yield;
    for (let x = 1; x < width - 1; x++) {
      const at = (dx: number, dy: number) => grey[(y + dy) * width + x + dx];
      const across = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
      const down = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
      slopes[Math.floor(Math.sqrt(across ** 2 + down ** 2))]++;
    }
  }
}

/** The smallest value up to which a percentage of the counted values lies. */
function percentileOf(counts: Uint32Array, percent: number): number {
  const wanted = (percent / 100) * counts.reduce((sum, n) => sum + n, 0);
  let [value, seen] = [0, counts[0]];
  while (seen < wanted) seen += counts[++value];
  return value;
}
