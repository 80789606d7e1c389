/** Builds the service worker: one file, as browsers want it, with the list of what it keeps. */
import { createHash } from "node:crypto";
import { build } from "vite";

/**
 * Return the worker's code, and the name of the version, which every change of any file changes.
 *
 * `kept` holds name and content hash of each file; the `addressed` ones are asked for with their hash (see version.ts).
 */
export async function serviceWorker(
  source: string,
  kept: [name: string, hash: string][],
  addressed: string[],
): Promise<{ code: string; build: string }> {
  const version = createHash("sha256").update(JSON.stringify(kept.sort())).digest("hex").slice(0, 16);
  const list = kept.map(([name, hash]) => {
    if (name === "index.html") return ["./", version];
    return [addressed.includes(name) ? `${name}?v=${hash}` : name, hash];
  });
  const result = await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    define: { __KEPT__: JSON.stringify(list), __BUILD__: JSON.stringify(version) },
    build: {
      write: false,
      target: "es2022",
      rollupOptions: { input: source, output: { format: "iife", entryFileNames: "sw.js" } },
    },
  });
  const output = "output" in result ? result.output : Array.isArray(result) ? result[0].output : [];
  const [chunk] = output;
  if (chunk?.type !== "chunk" || output.length !== 1) throw new Error("the service worker is not one file");
  return { code: chunk.code, build: version };
}
