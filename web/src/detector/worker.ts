/** Finds faces beside the page, which stays quick meanwhile: takes pictures, and answers with landmarks. */
/// <reference lib="webworker" />
import { N_POINTS } from "../core/model";
import type { Points } from "../core/pose";
import { findAllFaces } from "./face_search";
import { FaceTracker } from "./face_tracker";
import { loadNetworks, type NetworkName } from "./networks";
import { PhotoPyramid } from "./photo_pyramid";

declare const self: DedicatedWorkerGlobalScope;

/** Where ONNX Runtime's WebAssembly and the networks lie, as absolute addresses. */
export type Addresses = Record<NetworkName | "runtime", string>;

/** What the page asks for: the networks, once; then the faces of a photo, or of a camera's next frame. */
export type Question =
  { kind: "load"; addresses: Addresses } | { kind: "photo"; picture: ImageBitmap } | { kind: "frame"; picture: ImageBitmap; time: number };

/** The faces of what was asked last, or what went wrong. */
export type Answer = { faces: Points[] } | { problem: string };

const tracker = new FaceTracker();
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { willReadFrequently: true });

self.addEventListener("message", ({ data }: MessageEvent<Question>) => {
  answer(data).then(
    (faces) => self.postMessage({ faces } satisfies Answer, { transfer: faces.map(({ buffer }) => buffer as ArrayBuffer) }),
    (error: unknown) => self.postMessage({ problem: String(error) } satisfies Answer),
  );
});

async function answer(question: Question): Promise<Points[]> {
  if (question.kind === "load") {
    const { addresses } = question;
    await loadNetworks(addresses.runtime, async (name) => new Uint8Array(await fetched(addresses[name])));
    return [];
  }
  const photo = new PhotoPyramid(pixelsOf(question.picture));
  const faces =
    question.kind === "photo" ? (await findAllFaces(photo)).map(({ points }) => points) : await tracker.update(photo, question.time);
  return faces.map((points) => points.slice(0, 3 * N_POINTS)); // the page has no use for the irises
}

/** The pixels of a picture, which is closed; a photo's are not kept in memory twice. */
function pixelsOf(picture: ImageBitmap): ImageData {
  if (!context) throw new Error("this browser has no canvas beside the page");
  const { width, height } = picture;
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  context.drawImage(picture, 0, 0);
  picture.close();
  const pixels = context.getImageData(0, 0, width, height);
  if (width * height > 4_000_000) canvas.width = canvas.height = 1;
  return pixels;
}

async function fetched(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.arrayBuffer();
}
