/** Records what a canvas shows, without sound, with the mark that software changed it. */
import { markComment } from "../files/mark";
import { withComment } from "../files/webm_comment";

export const LONGEST = 600; // seconds
const TYPES = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"];
const BITS_A_PIXEL = 4; // a second
const FLUSH = 1000; // milliseconds between parts

/** Whether this browser records canvases in a type that can hold the mark. */
export const canRecord = (): boolean => typeof MediaRecorder !== "undefined" && TYPES.some((type) => MediaRecorder.isTypeSupported(type));

export class Recording {
  private readonly recorder: MediaRecorder;
  private readonly parts: Blob[] = [];
  private readonly start = performance.now();
  private readonly ended: Promise<void>;

  constructor(
    canvas: HTMLCanvasElement,
    private readonly madeBy: string,
  ) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const bits = BITS_A_PIXEL * canvas.width * canvas.height;
    this.recorder = new MediaRecorder(canvas.captureStream(), { mimeType, videoBitsPerSecond: bits });
    this.recorder.ondataavailable = ({ data }) => data.size && this.parts.push(data);
    this.ended = new Promise((resolve) => this.recorder.addEventListener("stop", () => resolve()));
    this.recorder.start(FLUSH);
  }

  /** Seconds since it began. */
  get seconds(): number {
    return (performance.now() - this.start) / 1000;
  }

  /** End it; the file. */
  async stop(): Promise<Blob> {
    if (this.recorder.state !== "inactive") this.recorder.stop();
    await this.ended;
    for (const track of this.recorder.stream.getTracks()) track.stop();
    const bytes = new Uint8Array(await new Blob(this.parts).arrayBuffer());
    return new Blob([withComment(bytes, markComment(this.madeBy), this.seconds)], { type: "video/webm" });
  }
}
