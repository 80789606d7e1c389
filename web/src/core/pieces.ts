/** Parts of a photo that are too large for a graphics card, cut into pieces. */
import type { Box } from "./mesh";

export interface Piece {
  /** What is to be made. */
  inner: Box;
  /** What has to be seen for it: with a margin on each side, inside the part. */
  outer: Box;
}

/** Cut a part into pieces whose sides, margins included, are `largest` pixels at the most. */
export function pieces(part: Box, largest: number, margin: number): Piece[] {
  const columns = spans(part.width, largest, margin);
  return spans(part.height, largest, margin).flatMap((rows) => columns.map((column) => piece(part, column, rows)));
}

interface Span {
  start: number;
  length: number;
  seenFrom: number;
  seen: number;
}

function spans(length: number, largest: number, margin: number): Span[] {
  if (length <= largest) return [{ start: 0, length, seenFrom: 0, seen: length }];
  const step = Math.max(1, largest - 2 * margin);
  const starts = Array.from({ length: Math.ceil(length / step) }, (_, i) => i * step);
  return starts.map((start) => {
    const [seenFrom, seenTo] = [Math.max(0, start - margin), Math.min(length, start + step + margin)];
    return { start, length: Math.min(step, length - start), seenFrom, seen: seenTo - seenFrom };
  });
}

function piece(part: Box, columns: Span, rows: Span): Piece {
  const { left, top } = part;
  return {
    inner: { left: left + columns.start, top: top + rows.start, width: columns.length, height: rows.length },
    outer: { left: left + columns.seenFrom, top: top + rows.seenFrom, width: columns.seen, height: rows.seen },
  };
}
