/** Small pictures of a face, one for each expression. */
import type { ActionDrawer } from "../actions/change";
import type { Wish } from "../actions/mixing";
import { eyeDistance, eyeLine, type Points } from "../core/pose";
import { context2d } from "./canvas";
import { drawFace, type FaceParts } from "./face";

export const TILE_SIDE = 144; // pixels
const REACH = 1.75; // from the middle of the face to the edge of a tile, in distances between the eyes
const DOWN = 0.45; // the middle of the face below the eyes, in the same unit

/** A square around a face, cut from a photo and scaled to a tile, and the face's points there. */
export interface TileFace {
  picture: HTMLCanvasElement;
  landmarks: Points;
}

/** Cut a face out of a photo. */
export function tileFace({ model }: Pick<FaceParts, "model">, photo: HTMLCanvasElement, landmarks: Points): TileFace {
  const { right_eye_corners: right, left_eye_corners: left } = model.points;
  const { x, y } = eyeLine(landmarks, right, left);
  const unit = eyeDistance(landmarks, right, left);
  const [scale, side] = [TILE_SIDE / (2 * REACH * unit), 2 * REACH * unit];
  const [startX, startY] = [x - REACH * unit, y + DOWN * unit - REACH * unit];
  const picture = document.createElement("canvas");
  [picture.width, picture.height] = [TILE_SIDE, TILE_SIDE];
  const context = context2d(picture, true);
  context.imageSmoothingQuality = "high";
  context.drawImage(photo, startX, startY, side, side, 0, 0, TILE_SIDE, TILE_SIDE);
  const start = [startX, startY];
  const scaled = landmarks.map((value, i) => (i % 3 === 2 ? scale * value : (value + 0.5 - start[i % 3]) * scale - 0.5));
  return { picture, landmarks: scaled };
}

/** The tile of a face that shows what is wished for. */
export function drawTile(parts: FaceParts & { actions: ActionDrawer | null }, face: TileFace, wish: Wish): HTMLCanvasElement {
  const tile = document.createElement("canvas");
  [tile.width, tile.height] = [TILE_SIDE, TILE_SIDE];
  const context = context2d(tile, true);
  context.drawImage(face.picture, 0, 0);
  drawFace(parts, context, face.landmarks, wish);
  return tile;
}
