import { readdirSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { defineConfig, type HtmlTagDescriptor, type Plugin } from "vite";
import { compressed } from "./scripts/compressed.ts";
import { serviceWorker } from "./scripts/service_worker.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const hashOf = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex").slice(0, 16);

const BUILD_MARK = "__BUILD__"; // stands in a page until all other files are known
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

/** What a page says of its version: its name, which is filled in at the end, and the hashes of the site's files. */
function versionMarks(): HtmlTagDescriptor[] {
  const hashes = Object.fromEntries([...siteFiles()].map(([name, content]) => [name, hashOf(content)]));
  return [
    { tag: "meta", attrs: { name: "pixelfes-build", content: BUILD_MARK }, injectTo: "head-prepend" },
    { tag: "meta", attrs: { name: "pixelfes-files", content: JSON.stringify(hashes) }, injectTo: "head" },
  ];
}

/** Add the site's files, the marks of this version, and the service worker, which knows everything that it has to keep. */
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
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle }) => (bundle ? versionMarks() : []),
    },
    generateBundle: {
      order: "post",
      async handler(_options, bundle) {
        const files = siteFiles();
        for (const [fileName, source] of files) this.emitFile({ type: "asset", fileName, source });
        const publicFiles = ["icon.svg", "manifest.webmanifest"].map((name) => [name, readFileSync(at(`public/${name}`))] as const);
        const kept = [
          ...publicFiles,
          ...files,
          ...Object.values(bundle)
            .filter((item) => !item.fileName.startsWith("benchmark") && !item.fileName.includes("assets/benchmark"))
            .map((item) => [item.fileName, item.type === "chunk" ? item.code : item.source] as const),
        ].map(([name, content]): [string, string] => [name, hashOf(content)]);
        const worker = await serviceWorker(at("src/offline/worker/worker.ts"), kept, [...files.keys()]);
        this.emitFile({ type: "asset", fileName: "sw.js", source: worker.code });
        for (const item of Object.values(bundle)) {
          if (item.type === "asset" && item.fileName.endsWith(".html")) item.source = String(item.source).replace(BUILD_MARK, worker.build);
        }
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
      input: { index: at("index.html"), benchmark: at("benchmark.html") },
      output: { entryFileNames: "assets/[name]-[hash].js" },
    },
  },
  test: { include: ["tests/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
