/** Finds faces beside the page, which stays quick meanwhile: takes pictures, and answers with landmarks. */
/// <reference lib="webworker" />
import { N_POINTS } from "../core/model";
import type { Points } from "../core/pose";
import { FaceTracker } from "../tracking/face_tracker";
import type { TrackingModel } from "../tracking/numbers";
import { sampleOf, type SampledFace } from "../tracking/sample";
import { judgeFace, type Judgement } from "../trust/judging";
import { parseTrust, type TrustModel } from "../trust/trust_file";
import { findAllFaces } from "./face_search";
import { loadNetworks, type NetworkName } from "./networks";
import { PhotoPyramid } from "./photo_pyramid";

declare const self: DedicatedWorkerGlobalScope;

/** Where ONNX Runtime's WebAssembly, the networks, and what judges faces lie, as absolute addresses. */
export type Addresses = Record<NetworkName | "runtime" | "trust", string>;

/** What the page asks for: all that is needed, once; what faces are followed with, once; then the faces of a photo or a frame. */
export type Question =
  | { kind: "load"; addresses: Addresses }
  | { kind: "track"; model: TrackingModel }
  | { kind: "photo"; picture: ImageBitmap }
  | { kind: "frame"; picture: ImageBitmap; time: number };

/** The faces of what was asked last, with verdicts on those of a photo, and tracks of those of a frame; or what went wrong. */
export type Answer = Found | { problem: string };

export interface Found {
  faces: Points[];
  judgements: Judgement[];
  tracked: SampledFace[];
}

const NOTHING: Found = { faces: [], judgements: [], tracked: [] };
let tracker: FaceTracker | null = null;
let trust: TrustModel | null = null;
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { willReadFrequently: true });

self.addEventListener("message", ({ data }: MessageEvent<Question>) => {
  answer(data).then(
    (found) => self.postMessage(found satisfies Answer, { transfer: buffersOf(found) }),
    (error: unknown) => self.postMessage({ problem: String(error) } satisfies Answer),
  );
});

async function answer(question: Question): Promise<Found> {
  if (question.kind === "load") return load(question.addresses);
  if (question.kind === "track") {
    tracker = new FaceTracker(question.model);
    return NOTHING;
  }
  const photo = new PhotoPyramid(pixelsOf(question.picture));
  if (question.kind === "photo") return judged(photo).finally(() => photo.free());
  if (!tracker) throw new Error("what follows faces is not loaded");
  const tracked = await tracker.update(photo, question.time);
  return { ...NOTHING, tracked: tracked.map((face) => ({ ...face, sample: face.share > 0 ? sampleOf(photo, face.landmarks) : null })) };
}

async function load(addresses: Addresses): Promise<Found> {
  const networks = loadNetworks(addresses.runtime, async (name) => new Uint8Array(await fetched(addresses[name])));
  [trust] = await Promise.all([fetched(addresses.trust).then(parseTrust), networks]);
  return NOTHING;
}

/** The faces of a photo, largest first, each with its verdict. */
async function judged(photo: PhotoPyramid): Promise<Found> {
  if (!trust) throw new Error("what judges faces is not loaded");
  const faces = await findAllFaces(photo);
  const judgements: Judgement[] = [];
  for (const face of faces) judgements.push(await judgeFace(trust, photo, face));
  return { ...NOTHING, faces: faces.map(({ points }) => withoutIrises(points)), judgements };
}

/** The points of the mesh; the page has no use for the irises. */
const withoutIrises = (points: Points): Points => points.slice(0, 3 * N_POINTS);

/** What an answer hands over instead of copying it. */
function buffersOf({ faces, tracked }: Found): ArrayBuffer[] {
  const samples = tracked.flatMap(({ sample }) => sample?.part.data ?? []);
  return [...faces, ...samples].map(({ buffer }) => buffer as ArrayBuffer);
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
