/** Finds faces and their 468 points, with MediaPipe's face mesh: in a photo as a whole and closely, or in a video. */
import type { FaceMesh as FaceMeshClass, NormalizedLandmarkList, Results } from "@mediapipe/face_mesh";
import { boxOf, inverse, overlapOf, sameFace, tiles, transformed, uprightCrop, type Affine } from "./core/finding";
import { N_POINTS, type Model } from "./core/model";
import { eyeDistance, type Points } from "./core/pose";
import { context2d } from "./photos/canvas";

const FOLDER = "mediapipe/";
const MOST_IN_VIDEO = 4;
const MOST_IN_PHOTO = 16;
const LOOKED_AT = 1280; // side to which a photo is reduced before it is looked at
const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;

type Mode = "photo" | "video";

export class LandmarkerError extends Error {}

export class Landmarker {
  private faces: NormalizedLandmarkList[] = [];
  private mode: Mode | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly work = document.createElement("canvas");

  private constructor(
    private readonly mesh: FaceMeshClass,
    private readonly points: Model["points"],
    private readonly onProcessor: boolean,
  ) {
    mesh.onResults((results: Results) => {
      this.faces = results.multiFaceLandmarks;
    });
  }

  /** Load the detector; `renderer` is the name of the graphics card. */
  static async load(points: Model["points"], renderer: string): Promise<Landmarker> {
    try {
      await loadScript(`${FOLDER}face_mesh.js`);
      const { FaceMesh } = globalThis as unknown as { FaceMesh: typeof FaceMeshClass };
      const mesh = new FaceMesh({ locateFile: (file) => new URL(FOLDER + file, document.baseURI).href });
      const landmarker = new Landmarker(mesh, points, SOFTWARE.test(renderer));
      landmarker.setMode("photo");
      await mesh.initialize();
      return landmarker;
    } catch (error) {
      throw new LandmarkerError("the face detector could not be loaded", { cause: error });
    }
  }

  /** The faces of a frame of a video, which is taken for the one after the last. */
  inVideo(frame: HTMLVideoElement | HTMLCanvasElement, width: number, height: number): Promise<Points[]> {
    return this.inTurn(() => this.lookAtFrame(frame, width, height));
  }

  private async lookAtFrame(frame: HTMLVideoElement | HTMLCanvasElement, width: number, height: number): Promise<Points[]> {
    if (this.setMode("video")) this.mesh.reset();
    await this.mesh.send({ image: frame });
    return this.faces.map((face) => inPixels(face, width, height));
  }

  /**
   * The faces of a photo, largest first.
   *
   * Each is looked at twice: once to find it, in the whole photo or a tile of it, turned where nothing is found upright; and
   * once in an upright crop of its own, so that rolled and small faces get points as good as others.
   */
  inPhoto(photo: HTMLCanvasElement): Promise<Points[]> {
    return this.inTurn(() => this.search(photo));
  }

  /** Do one thing after another: there is one detector. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.queue.then(work);
    this.queue = done.catch(() => undefined);
    return done;
  }

  private async search(photo: HTMLCanvasElement): Promise<Points[]> {
    const { width, height } = photo;
    const whole = { left: 0, top: 0, width, height };
    let found: Points[] = [];
    for (const part of [whole, ...tiles(width, height)]) {
      const shrink = Math.min(1, LOOKED_AT / Math.max(part.width, part.height));
      const [w, h] = [Math.max(1, Math.round(part.width * shrink)), Math.max(1, Math.round(part.height * shrink))];
      found = this.withoutRepeats([
        ...found,
        ...(await this.look(photo, w, h, scaling(part.width / w, part.height / h, part.left, part.top))),
      ]);
    }
    if (!found.length) found = await this.turned(photo);
    const close: Points[] = [];
    for (const face of found) {
      const box = boxOf(face, this.points);
      const { side, toImage } = uprightCrop(box);
      const inCrop = await this.look(photo, side, side, toImage);
      const closeness = (other: Points) => overlapOf(box, boxOf(other, this.points));
      close.push(...inCrop.sort((p, q) => closeness(q) - closeness(p)).slice(0, 1));
    }
    return this.withoutRepeats(close);
  }

  /** Look for faces in the photo turned by quarters. */
  private async turned(photo: HTMLCanvasElement): Promise<Points[]> {
    const { width, height } = photo;
    const shrink = Math.max(1, Math.max(width, height) / LOOKED_AT);
    const [w, h] = [Math.max(1, Math.floor(width / shrink)), Math.max(1, Math.floor(height / shrink))];
    const quarters: [number, number, Affine][] = [
      [h, w, [0, shrink, 0, -shrink, 0, height - 1]],
      [h, w, [0, -shrink, width - 1, shrink, 0, 0]],
      [w, h, [-shrink, 0, width - 1, 0, -shrink, height - 1]],
    ];
    for (const [across, down, toImage] of quarters) {
      const found = await this.look(photo, across, down, toImage);
      if (found.length) return this.withoutRepeats(found);
    }
    return [];
  }

  /** The faces in a picture of width x height pixels which an affine map takes to the photo. */
  private async look(photo: HTMLCanvasElement, width: number, height: number, toImage: Affine): Promise<Points[]> {
    this.setMode("photo");
    [this.work.width, this.work.height] = [width, height];
    const context = context2d(this.work);
    // Canvas coordinates have pixel centres at halves, ours at whole numbers.
    const [a, b, c, d, e, f] = inverse(toImage);
    context.setTransform(a, d, b, e, c + 0.5 - (a + b) / 2, f + 0.5 - (d + e) / 2);
    context.imageSmoothingQuality = "high";
    drawBordered(context, photo);
    this.mesh.reset();
    await this.mesh.send({ image: this.work });
    return this.faces.map((face) => transformed(inPixels(face, width, height), toImage));
  }

  private withoutRepeats(faces: Points[]): Points[] {
    const size = (face: Points) => eyeDistance(face, this.points.right_eye_corners, this.points.left_eye_corners);
    const kept: Points[] = [];
    for (const face of [...faces].sort((p, q) => size(q) - size(p))) {
      const box = boxOf(face, this.points);
      if (size(face) > 1 && kept.every((other) => !sameFace(box, boxOf(other, this.points)))) kept.push(face);
    }
    return kept;
  }

  /** Set what the detector looks for; whether that changes anything. */
  private setMode(mode: Mode): boolean {
    if (this.mode === mode) return false;
    this.mode = mode;
    const most = { photo: MOST_IN_PHOTO, video: MOST_IN_VIDEO }[mode];
    const options = { maxNumFaces: most, refineLandmarks: true, minDetectionConfidence: mode === "video" ? 0.5 : 0.3 };
    // Emulated by software, a graphics card is slower than the processor it runs on.
    this.mesh.setOptions({ ...options, ...(this.onProcessor ? { useCpuInference: true } : {}) });
    return true;
  }
}

/** Draw a photo whose outermost pixels go on beyond its border: a face cut off there is found as well as others. */
function drawBordered(context: CanvasRenderingContext2D, photo: HTMLCanvasElement): void {
  const { width, height } = photo;
  const far = Math.max(width, height);
  const across = [
    [0, 1, -far, far],
    [0, width, 0, width],
    [width - 1, 1, width, far],
  ];
  const down = [
    [0, 1, -far, far],
    [0, height, 0, height],
    [height - 1, 1, height, far],
  ];
  for (const [x, w, left, wide] of across)
    for (const [y, h, top, high] of down) context.drawImage(photo, x, y, w, h, left, top, wide, high);
}

function scaling(x: number, y: number, left: number, top: number): Affine {
  return [x, 0, left + (x - 1) / 2, 0, y, top + (y - 1) / 2];
}

/** Points in pixels; MediaPipe's 0 and 1 are the picture's outer edges, ours pixel centres. */
function inPixels(face: NormalizedLandmarkList, width: number, height: number): Points {
  const points = new Float64Array(3 * N_POINTS);
  for (let i = 0; i < N_POINTS; i++) points.set([face[i].x * width - 0.5, face[i].y * height - 0.5, face[i].z * width], 3 * i);
  return points;
}

function loadScript(source: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${source} could not be loaded`));
    document.head.append(script);
  });
}
