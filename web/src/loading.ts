/** Loads what the page works with: the model, what draws, and what finds faces. */
import type { ActionDrawer } from "./actions/change";
import { parseModel, type Model } from "./core/model";
import { Renderer } from "./gl/renderer";
import { Landmarker } from "./landmarks";
import { fetchFile } from "./offline/version";
import type { FaceParts } from "./photos/face";

/** What the page works with. */
export interface Parts extends Pick<FaceParts, "model" | "renderer"> {
  landmarker: Landmarker;
}

export async function loadParts(): Promise<Parts> {
  const drawing = fetchFile("model.safetensors").then((file) => {
    const model = parseModel(file);
    return { model, renderer: new Renderer(model) };
  });
  const [parts, landmarker] = await Promise.all([drawing, Landmarker.load()]);
  await landmarker.followWith(parts.model.tracking);
  return { ...parts, landmarker };
}

/** Load what draws facial actions, when one is asked for: a program and a file of its own. */
export async function loadActions(model: Model, renderer: Renderer): Promise<ActionDrawer> {
  const [{ ActionDrawer, parseActions }, file] = await Promise.all([import("./actions/change"), fetchFile("actions.safetensors")]);
  return new ActionDrawer(model, renderer, parseActions(file, model));
}
