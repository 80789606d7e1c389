/** Writes animations as WebM files, with the browser's own encoder of videos. */
import { ArrayBufferTarget, Muxer } from "webm-muxer";
import { markComment } from "../mark";
import { PhotoError } from "../photo_error";
import { withComment } from "../webm_comment";
import type { Clip, Following } from "./frames";

const BITS_PER_PIXEL = 0.25;
const WAITING = 4; // pictures at most that the encoder has yet to encode: each takes memory
const CODECS = [
  { codec: "vp09.00.51.08", id: "V_VP9" },
  { codec: "vp8", id: "V_VP8" },
];

type Encoding = VideoEncoderConfig & { id: string };

/** How this browser encodes videos of a size, or null if it does not. */
export async function encodingOf({ width, height, fps }: Pick<Clip, "width" | "height" | "fps">): Promise<Encoding | null> {
  if (typeof VideoEncoder === "undefined") return null;
  for (const { codec, id } of CODECS) {
    const config: VideoEncoderConfig = { codec, width, height, framerate: fps, bitrate: Math.round(BITS_PER_PIXEL * width * height * fps) };
    const answer = await VideoEncoder.isConfigSupported(config).catch(() => null);
    if (answer?.supported) return { ...config, id };
  }
  return null;
}

/** Return a WebM file, with the mark as its comment. */
export async function webmOf(clip: Clip, { signal, progress }: Following): Promise<Blob> {
  const encoding = await encodingOf(clip);
  if (!encoding) throw new PhotoError("no-video-encoder");
  const { id, ...config } = encoding;
  const target = new ArrayBufferTarget();
  const muxer = new Muxer({ target, video: { codec: id, width: clip.width, height: clip.height, frameRate: clip.fps } });
  let failed: DOMException | null = null;
  const encoder = new VideoEncoder({
    output: (chunk, about) => muxer.addVideoChunk(chunk, about),
    error: (error) => (failed = error),
  });
  try {
    encoder.configure(config);
    for (let number = 0; number < clip.shown.length; number++) {
      while (encoder.encodeQueueSize > WAITING && !failed) await new Promise((resolve) => setTimeout(resolve, 2));
      signal?.throwIfAborted();
      if (failed) throw failed;
      encodeFrame(encoder, clip, number);
      progress?.((number + 1) / clip.shown.length);
    }
    await encoder.flush();
  } finally {
    if (encoder.state !== "closed") encoder.close();
  }
  signal?.throwIfAborted();
  muxer.finalize();
  return new Blob([withComment(new Uint8Array(target.buffer), markComment(clip.madeBy))], { type: "video/webm" });
}

function encodeFrame(encoder: VideoEncoder, { pictures, shown, width, height, fps }: Clip, number: number): void {
  const [timestamp, next] = [number, number + 1].map((each) => Math.round((1e6 * each) / fps));
  const frame = new VideoFrame(pictures[shown[number]], {
    format: "RGBX",
    codedWidth: width,
    codedHeight: height,
    timestamp,
    duration: next - timestamp,
  });
  try {
    encoder.encode(frame, { keyFrame: number === 0 });
  } finally {
    frame.close();
  }
}
