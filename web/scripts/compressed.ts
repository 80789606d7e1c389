/** Files as they travel: compressed beside themselves, by Brotli and by gzip, for servers that hand out what is there. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH_IT = /\.(css|html|js|onnx|wasm)$|^(actions|detector\/trust)\.safetensors$/; // another model may be served in the place of the model
const CODINGS: Record<string, (content: Buffer) => Buffer> = {
  br: (content) => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
  gz: (content) => gzipSync(content, { level: 9 }),
};

/** Name and content of the compressed files beside a file; `cache` is a folder that keeps them, as Brotli takes its time. */
export function compressed(name: string, content: string | Uint8Array, cache: string): [string, Buffer][] {
  if (!WORTH_IT.test(name)) return [];
  mkdirSync(cache, { recursive: true });
  const data = Buffer.from(content);
  const hash = createHash("sha256").update(data).digest("hex");
  return Object.entries(CODINGS).map(([suffix, made]) => {
    const kept = join(cache, `${hash}.${suffix}`);
    if (!existsSync(kept)) writeFileSync(kept, made(data));
    return [`${name}.${suffix}`, readFileSync(kept)];
  });
}
