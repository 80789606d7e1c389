/** The camera's frames, one after another, until it is stopped. */
import { type FrameChanger, type LiveSettings, type StageTimes } from "./changer";
import { openCamera, type CameraWish } from "./cameras";

export class Live {
  /** Frames drawn, and how many a second of late. */
  frames = 0;
  rate = 0;
  times: StageTimes | null = null;
  private running = true;

  private constructor(
    private readonly stream: MediaStream,
    readonly video: HTMLVideoElement,
    readonly changer: FrameChanger,
    readonly mirrored: boolean,
  ) {}

  /** Ask for a camera; the browser asks its user. */
  static async open(wish: CameraWish, changer: FrameChanger): Promise<Live> {
    const stream = await openCamera(wish);
    const video = document.createElement("video");
    [video.muted, video.playsInline, video.srcObject] = [true, true, stream];
    try {
      await video.play();
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      throw error;
    }
    return new Live(stream, video, changer, stream.getVideoTracks()[0]?.getSettings().facingMode !== "environment");
  }

  /** The camera that is on. */
  get device(): string {
    return this.stream.getVideoTracks()[0]?.getSettings().deviceId ?? "";
  }

  /** Draw frame after frame; `drawn` is told after each. */
  async run(settings: LiveSettings, drawn: () => void, ended: () => void): Promise<void> {
    this.stream.getVideoTracks()[0]?.addEventListener("ended", () => this.running && ended());
    let time = 0;
    while (this.running) {
      const start = performance.now();
      const taken = await nextFrame(this.video);
      const { videoWidth: width, videoHeight: height } = this.video;
      if (!this.running) return;
      if (!width || !height) continue;
      time = taken > time ? taken : time + (performance.now() - start) / 1000; // a camera whose clock stands still
      this.times = await this.changer.next(this.video, width, height, this.mirrored, settings, time);
      if (!this.running) return;
      this.frames++;
      const rate = 1000 / (performance.now() - start);
      this.rate = this.rate ? this.rate + 0.1 * (rate - this.rate) : rate;
      drawn();
    }
  }

  stop(): void {
    this.running = false;
    for (const track of this.stream.getTracks()) track.stop();
    this.video.srcObject = null;
  }
}

/** Wait for the video's next frame, or for the screen's where the browser does not tell, and return its time, s. */
function nextFrame(video: HTMLVideoElement): Promise<number> {
  return new Promise((resolve) => {
    const done = (time: number) => {
      clearTimeout(timeout);
      resolve(time);
    };
    const untold = () => done(video.currentTime);
    const timeout = setTimeout(untold, 500); // a page in the background gets no frames
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback((_, { mediaTime }) => done(mediaTime));
    else requestAnimationFrame(untold);
  });
}
