import { readdirSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { compressed } from "./scripts/compressed.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const hashOf = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex").slice(0, 16);

const RUNTIME = "ort-wasm-simd.wasm"; // for one thread
const NETWORKS = ["face_detector_short.onnx", "face_landmarks.onnx"];

/** Files that are no modules: the detector, what judges faces, the models and the portrait of the package. */
function siteFiles(): Map<string, Buffer | string> {
  const files = new Map<string, Buffer | string>();
  for (const name of NETWORKS) files.set(`detector/${name}`, readFileSync(at(`../src/pixelfes/assets/${name}`)));
  files.set(`detector/${RUNTIME}`, readFileSync(at(`node_modules/onnxruntime-web/dist/${RUNTIME}`)));
  files.set("portrait.jpg", readFileSync(at("../src/pixelfes/assets/portrait.jpg")));
  try {
    const examples = readdirSync(at("examples")).map((name) => `examples/${name}`);
    for (const name of ["model.safetensors", "actions.safetensors", ...examples]) files.set(name, readFileSync(at(name)));
    files.set("detector/trust.safetensors", readFileSync(at("trust.safetensors")));
  } catch {
    throw new Error("the model files of web/ are missing: `make web` writes them, or scripts/make_web_model.py by itself");
  }
  return files;
}

/** Add the site's files, and tell the service worker the name and content hash of everything that it has to keep. */
function site(): Plugin {
  return {
    name: "site",
    configureServer(server) {
      const files = siteFiles();
      server.middlewares.use((request, response, next) => {
        const path = (request.url ?? "").slice(1).split("?")[0];
        const content = files.get(path);
        if (content === undefined) return next();
        response.setHeader("Content-Type", path.endsWith(".wasm") ? "application/wasm" : "application/octet-stream");
        response.end(content);
      });
    },
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const files = siteFiles();
        for (const [fileName, source] of files) this.emitFile({ type: "asset", fileName, source });
        const worker = bundle["sw.js"];
        if (worker?.type !== "chunk" || !worker.code.includes("__KEPT__")) throw new Error("the service worker is not in the bundle");
        const publicFiles = ["icon.svg", "manifest.webmanifest"].map((name) => [name, readFileSync(at(`public/${name}`))] as const);
        const kept = [
          ...publicFiles,
          ...files,
          ...Object.values(bundle)
            .filter((item) => item !== worker && !item.fileName.startsWith("benchmark") && !item.fileName.includes("assets/benchmark"))
            .map((item) => [item.fileName, item.type === "chunk" ? item.code : item.source] as const),
        ].map(([name, content]) => [name === "index.html" ? "./" : name, hashOf(content)]);
        const list = JSON.stringify(kept.sort());
        worker.code = worker.code.replace("__KEPT__", list).replace("__VERSION__", JSON.stringify(hashOf(list)));
        const built = Object.values(bundle).map((item) => [item.fileName, item.type === "chunk" ? item.code : item.source] as const);
        for (const [name, content] of [...files, ...built]) {
          for (const [fileName, source] of compressed(name, content, at("node_modules/.cache/pixelfes"))) {
            this.emitFile({ type: "asset", fileName, source });
          }
        }
      },
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [site()],
  worker: { format: "es" },
  build: {
    outDir: at("../src/pixelfes/web_page"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { index: at("index.html"), benchmark: at("benchmark.html"), sw: at("src/sw.ts") },
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  test: { include: ["tests/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
