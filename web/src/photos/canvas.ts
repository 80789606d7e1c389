/** Canvases, and their 2-D contexts. */

/** The 2-D context of a canvas; `read` where its pixels are to be read often. */
export function context2d(canvas: HTMLCanvasElement, read = false): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", { willReadFrequently: read });
  if (!context) throw new Error("this browser has no canvas, or no memory for one of this size");
  return context;
}
