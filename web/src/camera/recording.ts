/** Records what a canvas shows, without sound, with the mark that software changed it. */
import { markComment } from "../files/mark";
import { markedMp4 } from "../files/mp4_mark";
import { withComment } from "../files/webm_comment";

export const LONGEST = 600; // seconds
export const LARGEST = 250e6; // bytes: a WebM file is in memory as a whole when it is marked
const TYPES = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4;codecs=avc1.640028", "video/mp4"];
const BITS_A_PIXEL = 4; // a second
const FLUSH = 1000; // milliseconds between parts

/** The type that this browser records canvases in; undefined where it does not. */
const typeHere = (): string | undefined =>
  typeof MediaRecorder === "undefined" ? undefined : TYPES.find((type) => MediaRecorder.isTypeSupported(type));

/** Whether this browser records canvases in a type that can hold the mark. */
export const canRecord = (): boolean => typeHere() !== undefined;

export class Recording {
  private readonly recorder: MediaRecorder;
  private readonly parts: Blob[] = [];
  private readonly start = performance.now();
  private readonly ended: Promise<void>;

  constructor(
    canvas: HTMLCanvasElement,
    private readonly madeBy: string,
  ) {
    const bits = BITS_A_PIXEL * canvas.width * canvas.height;
    this.recorder = new MediaRecorder(canvas.captureStream(), { mimeType: typeHere(), videoBitsPerSecond: bits });
    this.recorder.ondataavailable = ({ data }) => data.size && this.parts.push(data);
    this.ended = new Promise((resolve) => this.recorder.addEventListener("stop", () => resolve()));
    this.recorder.start(FLUSH);
  }

  /** Seconds since it began. */
  get seconds(): number {
    return (performance.now() - this.start) / 1000;
  }

  /** Bytes so far, but those of the last second. */
  get bytes(): number {
    return this.parts.reduce((sum, { size }) => sum + size, 0);
  }

  /** End it; the file. */
  async stop(): Promise<Blob> {
    const { madeBy, parts, recorder, seconds } = this;
    if (recorder.state !== "inactive") recorder.stop();
    await this.ended;
    for (const track of recorder.stream.getTracks()) track.stop();
    if (recorder.mimeType.startsWith("video/mp4")) return markedMp4(new Blob(parts, { type: "video/mp4" }), madeBy);
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return new Blob([withComment(bytes, markComment(madeBy), seconds)], { type: "video/webm" });
  }
}
