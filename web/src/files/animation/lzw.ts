/** The compression of GIF files (Lempel, Ziv and Welch), of bytes. */
import type { Bytes } from "../bytes";

const CLEAR = 256;
const END = 257;
const MOST = 4096;

/** Compress bytes into codes of 9 to 12 bits, low bits first. */
export function lzw(bytes: Uint8Array): Bytes {
  const out = new Codes(bytes.length);
  const longer = new Uint16Array(MOST * 256); // the code of a sequence and one more byte; 0: none yet
  let [free, width] = [END + 1, 9];
  out.write(CLEAR, width);
  let code = bytes[0];
  for (let i = 1; i < bytes.length; i++) {
    const place = (code << 8) | bytes[i];
    if (longer[place]) {
      code = longer[place];
      continue;
    }
    out.write(code, width);
    code = bytes[i];
    if (free < MOST) {
      if (free === 1 << width) width++;
      longer[place] = free++;
    } else {
      out.write(CLEAR, width);
      longer.fill(0);
      [free, width] = [END + 1, 9];
    }
  }
  out.write(code, width);
  if (free === 1 << width && width < 12) width++;
  out.write(END, width);
  return out.bytes();
}

/** Codes in bytes, one after the other. */
class Codes {
  private out: Bytes;
  private length = 0;
  private waiting = 0;
  private bits = 0;

  constructor(capacity: number) {
    this.out = new Uint8Array(capacity + 64);
  }

  write(code: number, width: number): void {
    this.waiting |= code << this.bits;
    for (this.bits += width; this.bits >= 8; this.bits -= 8) {
      this.push(this.waiting & 255);
      this.waiting >>>= 8;
    }
  }

  bytes(): Bytes {
    if (this.bits > 0) this.push(this.waiting & 255);
    return this.out.slice(0, this.length);
  }

  private push(byte: number): void {
    if (this.length === this.out.length) {
      const more = new Uint8Array(2 * this.length);
      more.set(this.out);
      this.out = more;
    }
    this.out[this.length++] = byte;
  }
}
