/** Writes animations as WebM files, with the browser's own encoder of videos. */
import { markComment } from "../mark";
import { PhotoError } from "../photo_error";
import type { Clip, Following } from "./frames";
import { videoFile, type Chunk, type Track } from "./webm_file";

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
  const chunks: Chunk[] = [];
  const track: Track = { ...clip, codec: id };
  let failed: DOMException | null = null;
  const encoder = new VideoEncoder({
    output: (chunk, about) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      chunks.push({ data, key: chunk.type === "key", time: chunk.timestamp });
      track.colour ??= about?.decoderConfig?.colorSpace;
    },
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
  return new Blob(videoFile(track, chunks, markComment(clip.madeBy)), { type: "video/webm" });
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
