/** The container of WebM files (EBML): one video track in one cluster, with a comment. */
import { big16, big32, joined, utf8, type Bytes } from "../bytes";

export interface Track {
  width: number;
  height: number;
  fps: number;
  shown: readonly unknown[];
  codec: string;
  colour?: VideoColorSpaceInit;
}

export interface Chunk {
  data: Bytes;
  key: boolean;
  /** Microseconds from the start. */
  time: number;
}

const APPLICATION = "pixelfes";
const ID = {
  head: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  tracks: 0x1654ae6b,
  track: 0xae,
  tags: 0x1254c367,
  cues: 0x1c53bb6b,
  cluster: 0x1f43b675,
};
const MATRICES: Record<string, number> = { rgb: 0, bt709: 1, bt470bg: 5, smpte170m: 6, "bt2020-ncl": 9 };
const TRANSFERS: Record<string, number> = { bt709: 1, smpte170m: 6, linear: 8, "iec61966-2-1": 13 };
const PRIMARIES: Record<string, number> = { bt709: 1, bt470bg: 5, smpte170m: 6, bt2020: 9, smpte432: 12 };
const UNKNOWN = 2;

/** Return the parts of a file of encoded pictures; shorter than 32 s, because one cluster holds no more. */
export function videoFile(track: Track, chunks: readonly Chunk[], comment: string): Bytes[] {
  const before = joined(infoOf(track), element(ID.tracks, trackOf(track)), tagOf(comment));
  const cues = (at: number) => element(ID.cues, element(0xbb, number(0xb3, 0), element(0xb7, number(0xf7, 1), element(0xf1, big32(at)))));
  const start = joined(before, cues(before.length + cues(0).length));
  const cluster = element(ID.cluster, number(0xe7, 0), ...chunks.map(blockOf));
  const head = element(
    ID.head,
    ...[
      number(0x4286, 1),
      number(0x42f7, 1),
      number(0x42f2, 4),
      number(0x42f3, 8),
      text(0x4282, "webm"),
      number(0x4287, 4),
      number(0x4285, 2),
    ],
  );
  return [head, element(ID.segment, start, cluster)];
}

/** How time is counted (in milliseconds), how long it is, and what wrote it. */
function infoOf({ shown, fps }: Track): Bytes {
  const duration = new Uint8Array(8);
  new DataView(duration.buffer).setFloat64(0, (1000 * shown.length) / fps);
  return element(ID.info, number(0x2ad7b1, 1e6), element(0x4489, duration), text(0x4d80, APPLICATION), text(0x5741, APPLICATION));
}

function trackOf({ width, height, fps, codec, colour }: Track): Bytes {
  const video = element(0xe0, number(0xb0, width), number(0xba, height), ...(colour ? [colourOf(colour)] : []));
  const kind = [number(0xd7, 1), number(0x73c5, 1), number(0x83, 1), number(0x9c, 0), text(0x86, codec)];
  return element(ID.track, ...kind, number(0x23e383, Math.round(1e9 / fps)), video);
}

function colourOf({ matrix, transfer, primaries, fullRange }: VideoColorSpaceInit): Bytes {
  return element(
    0x55b0,
    number(0x55b1, MATRICES[matrix ?? ""] ?? UNKNOWN),
    number(0x55b9, fullRange ? 2 : 1),
    number(0x55ba, TRANSFERS[transfer ?? ""] ?? UNKNOWN),
    number(0x55bb, PRIMARIES[primaries ?? ""] ?? UNKNOWN),
  );
}

/** A comment on the file as a whole. */
function tagOf(comment: string): Bytes {
  return element(ID.tags, element(0x7373, element(0x63c0), element(0x67c8, text(0x45a3, "COMMENT"), text(0x4487, comment))));
}

function blockOf({ data, key, time }: Chunk): Bytes {
  return element(0xa3, [0x81], big16(Math.round(time / 1000)), [key ? 0x80 : 0], data);
}

/** An element: its name, its length in four bytes, its content. */
function element(id: number, ...content: ArrayLike<number>[]): Bytes {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return joined(withoutZeros(id), big32(0x10000000 | length), ...content);
}

const number = (id: number, value: number): Bytes => element(id, withoutZeros(value));
const text = (id: number, value: string): Bytes => element(id, utf8(value));

function withoutZeros(value: number): Bytes {
  const bytes = big32(value);
  return bytes.subarray(Math.min(3, bytes.findIndex((byte) => byte > 0) >>> 0));
}
