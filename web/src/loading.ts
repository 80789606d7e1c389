/** Loads what the page works with: the model, what draws, and what finds faces. */
import { parseModel } from "./core/model";
import { Renderer } from "./gl/renderer";
import { Landmarker } from "./landmarks";
import type { Parts } from "./ui/app";

export async function loadParts(): Promise<Parts> {
  const response = await fetch("model.safetensors");
  if (!response.ok) throw new Error(`model.safetensors: ${response.status}`);
  const model = parseModel(await response.arrayBuffer());
  const renderer = new Renderer(model);
  const landmarker = await Landmarker.load(model.points, renderer.name);
  return { model, renderer, landmarker };
}
