/** Where the picture lies on the stage: its size there, zoomed and moved. Stage pixels: x right, y down, from the corner top left. */

export interface Size {
  width: number;
  height: number;
}

export interface View {
  /** 1 where the whole picture fits the stage. */
  zoom: number;
  /** How far the middle of the picture lies from the middle of the stage, stage pixels. */
  x: number;
  y: number;
}

export interface Place extends Size {
  left: number;
  top: number;
}

export const WHOLE: View = { zoom: 1, x: 0, y: 0 };
const LARGEST_PIXEL = 4; // stage pixels of a pixel of the picture, at most
const LEAST_ZOOM = 4; // that can be reached in every picture

/** Stage pixels for one pixel of a picture that fits the stage. */
export function fitScale(stage: Size, picture: Size): number {
  return Math.min(stage.width / picture.width, stage.height / picture.height);
}

/** Where the picture lies. */
export function placeOf(view: View, stage: Size, picture: Size): Place {
  const scale = view.zoom * fitScale(stage, picture);
  const [width, height] = [scale * picture.width, scale * picture.height];
  return { width, height, left: (stage.width - width) / 2 + view.x, top: (stage.height - height) / 2 + view.y };
}

/** The zoom at which a pixel of the picture is as large as it may get. */
export function largestZoom(stage: Size, picture: Size): number {
  return Math.max(LEAST_ZOOM, LARGEST_PIXEL / fitScale(stage, picture));
}

/** The view zoomed by a factor about a point of the stage, which keeps its place. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }, stage: Size, picture: Size): View {
  const zoom = Math.min(largestZoom(stage, picture), Math.max(1, view.zoom * factor));
  const change = zoom / view.zoom;
  const [dx, dy] = [at.x - stage.width / 2, at.y - stage.height / 2];
  return kept({ zoom, x: dx + change * (view.x - dx), y: dy + change * (view.y - dy) }, stage, picture);
}

/** The view with the picture moved, as far as it still covers the stage, or lies in its middle where it is smaller. */
export function moved(view: View, by: { x: number; y: number }, stage: Size, picture: Size): View {
  return kept({ ...view, x: view.x + by.x, y: view.y + by.y }, stage, picture);
}

function kept(view: View, stage: Size, picture: Size): View {
  const { width, height } = placeOf(view, stage, picture);
  const within = (value: number, room: number) => Math.min(room, Math.max(-room, value)) || 0;
  const room = (picture: number, stage: number) => Math.max(0, (picture - stage) / 2);
  return { zoom: view.zoom, x: within(view.x, room(width, stage.width)), y: within(view.y, room(height, stage.height)) };
}

/** Share of the picture's width that lies left of a border, which stands at a share of the part of it that is seen. */
export function wipedShare(border: number, place: Place, stage: Size): number {
  return Math.min(1, Math.max(0, (borderAt(border, place, stage) - place.left) / place.width));
}

/** Where the border stands on the stage. */
export function borderAt(border: number, place: Place, stage: Size): number {
  const [left, right] = seen(place, stage);
  return left + border * (right - left);
}

/** The border that stands at a place of the stage. */
export function borderFrom(x: number, place: Place, stage: Size): number {
  const [left, right] = seen(place, stage);
  return Math.min(1, Math.max(0, (x - left) / Math.max(1, right - left)));
}

function seen(place: Place, stage: Size): [left: number, right: number] {
  return [Math.max(0, place.left), Math.min(stage.width, place.left + place.width)];
}
