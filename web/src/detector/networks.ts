/**
 * The two networks that find faces and their landmarks, in ONNX Runtime, as `pixelfes.face.detector.networks` has it.
 *
 * They compute on one thread: two are no faster, and more would need headers that many servers do not send.
 */
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm-core";

export type NetworkName = "face_detector_short" | "face_landmarks";

/** Side of the square picture that each network looks at, pixels. */
export const PICTURE_SIDES: Record<NetworkName, number> = { face_detector_short: 128, face_landmarks: 192 };

const OUTPUTS: Record<NetworkName, [string, string]> = {
  face_detector_short: ["boxes", "scores"],
  face_landmarks: ["points", "presence"],
};
const sessions = new Map<NetworkName, InferenceSession>();

/** Load both networks; `runtime` is the absolute address of ONNX Runtime's WebAssembly, `read` fetches a network's file. */
export async function loadNetworks(runtime: string, read: (name: NetworkName) => Promise<Uint8Array>): Promise<void> {
  env.wasm.numThreads = 1;
  env.wasm.wasmPaths = { "ort-wasm-simd.wasm": runtime };
  const names = Object.keys(PICTURE_SIDES) as NetworkName[];
  const files = await Promise.all(names.map(read));
  for (const [i, name] of names.entries()) {
    sessions.set(name, await InferenceSession.create(files[i], { executionProviders: ["wasm"], logSeverityLevel: 3 }));
  }
}

/**
 * Run a network on a square picture, RGB, with a side of `PICTURE_SIDES`.
 *
 * The detector gives boxes (896, 8, 2) in sides of the picture, and scores from 0 to 1. A box is its centre, its size, and six
 * points, the first two of which are the right and the left eye. The other gives points (478, 3) in pixels of the picture, the
 * last ten of which are the irises, and the presence of a face from 0 to 1.
 */
export async function runNetwork(name: NetworkName, picture: Uint8Array): Promise<[Float32Array, Float32Array]> {
  const session = sessions.get(name);
  if (!session) throw new Error(`the network ${name} is not loaded`);
  const side = PICTURE_SIDES[name];
  const found = await session.run({ picture: new Tensor("uint8", picture, [side, side, 3]) });
  const [first, second] = OUTPUTS[name].map((output) => found[output].data as Float32Array);
  return [first, second];
}
