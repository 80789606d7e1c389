/** Finds faces and their 468 points, in photos and in a video, and judges those of photos, by a worker beside the page. */
import type { Points } from "./core/pose";
import type { Addresses, Answer, Found, Question } from "./detector/worker";
import { fileAddress } from "./offline/version";
import type { TrackingModel } from "./tracking/numbers";
import type { SampledFace } from "./tracking/sample";
import type { Judgement } from "./trust/judging";

const addresses = (): Addresses => ({
  runtime: fileAddress("detector/ort-wasm-simd.wasm"),
  face_detector_short: fileAddress("detector/face_detector_short.onnx"),
  face_landmarks: fileAddress("detector/face_landmarks.onnx"),
  trust: fileAddress("detector/trust.safetensors"),
});

/** A face of a photo: its points, whether it can be changed, and what that was judged by. */
export interface FoundFace extends Judgement {
  landmarks: Points;
}

export class LandmarkerError extends Error {}

export class Landmarker {
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(private readonly worker: Worker) {}

  /** Load the detector. */
  static async load(): Promise<Landmarker> {
    try {
      const worker = new Worker(new URL("./detector/worker.ts", import.meta.url), { type: "module", name: "faces" });
      const landmarker = new Landmarker(worker);
      await landmarker.ask({ kind: "load", addresses: addresses() });
      return landmarker;
    } catch (error) {
      throw new LandmarkerError("the face detector could not be loaded", { cause: error });
    }
  }

  /** Follow the faces of videos with these numbers from now on. */
  followWith(model: TrackingModel): Promise<unknown> {
    return this.inTurn(() => this.ask({ kind: "track", model }));
  }

  /** The faces of a frame of a video at a time, s, which is taken for the one after the last; largest first. */
  inVideo(frame: HTMLVideoElement | HTMLCanvasElement, time: number): Promise<SampledFace[]> {
    return this.inTurn(async () => {
      const picture = await createImageBitmap(frame);
      return (await this.ask({ kind: "frame", picture, time }, picture)).tracked;
    });
  }

  /** The faces of a photo, largest first, each with its verdict. */
  inPhoto(photo: HTMLCanvasElement): Promise<FoundFace[]> {
    return this.inTurn(async () => {
      const picture = await createImageBitmap(photo);
      const { faces, judgements } = await this.ask({ kind: "photo", picture }, picture);
      return faces.map((landmarks, i) => ({ landmarks, ...judgements[i] }));
    });
  }

  /** Ask one thing after another: answers come without a name. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.queue.then(work);
    this.queue = done.catch(() => undefined);
    return done;
  }

  private ask(question: Question, ...given: Transferable[]): Promise<Found> {
    return new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }: MessageEvent<Answer>) => ("faces" in data ? resolve(data) : reject(new Error(data.problem)));
      this.worker.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
      this.worker.postMessage(question, given);
    });
  }
}
