/** Measures, in the browser that opens it, how long each stage of a frame takes. */
import { median } from "./core/numbers";
import { loadActions, loadParts, type Parts } from "./loading";
import { FrameChanger, type StageTimes } from "./camera/changer";
import { context2d } from "./photos/canvas";
import { drawFace } from "./photos/face";

const SIZES = [
  [640, 480],
  [1280, 720],
] as const;
const FRAMES = 60;
const WARM_UP = 10;
const STAGES = ["capture", "landmarks", "plan", "draw"] as const;
const WISHES = {
  surprised: { actions: { browInnerUp: 1, browOuterUp: 0.9, eyeWide: 1, jawOpen: 0.4, mouthFunnel: 0.15 } },
  looking: { gaze: [20, -10] as const },
};

interface Measured {
  width: number;
  height: number;
  framesPerSecond: number;
  times: StageTimes;
  /** Milliseconds of facial actions on a frame, its landmarks given: of the whole face, and of the eyes alone. */
  actions: Record<keyof typeof WISHES, number>;
}

declare global {
  /** For scripts that drive the page: what it measured, once it has. */
  var pixelfesBenchmark: { renderer: string; loadMs: number; sizes: Measured[] } | undefined;
}

const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;

async function run(): Promise<void> {
  const start = performance.now();
  const parts = await loadParts();
  const portrait = await createImageBitmap(await (await fetch("portrait.jpg")).blob());
  const loadMs = performance.now() - start;
  element("picture").append(parts.renderer.canvas);
  const sizes: Measured[] = [];
  for (const [width, height] of SIZES) {
    element("status").textContent = `Measuring ${width} × ${height}…`;
    sizes.push(await measure(parts, portrait, width, height));
    addRow(sizes[sizes.length - 1]);
  }
  element("status").dataset.kind = "good";
  element("status").textContent = `Done: ${FRAMES} frames of each size.`;
  element("facts").textContent = `Drawn by ${parts.renderer.name}; loaded in ${Math.round(loadMs)} ms.`;
  globalThis.pixelfesBenchmark = { renderer: parts.renderer.name, loadMs, sizes };
}

async function measure(parts: Parts, portrait: ImageBitmap, width: number, height: number): Promise<Measured> {
  const changer = new FrameChanger(parts.model, parts.renderer, parts.landmarker);
  const source = document.createElement("canvas");
  [source.width, source.height] = [width, height];
  const context = context2d(source);
  const all: StageTimes[] = [];
  for (let i = 0; i < WARM_UP + FRAMES; i++) {
    await new Promise(requestAnimationFrame);
    context.drawImage(portrait, (width - height) / 2 + 0.05 * height * Math.sin(i / 5), 0, height, height);
    const times = await changer.next(
      source,
      width,
      height,
      true,
      { wish: { smile: 1 }, wipe: 0, words: "", steadyCanvas: false },
      i / 30,
      true,
    );
    if (i >= WARM_UP) all.push(times);
  }
  const times = Object.fromEntries(STAGES.map((stage) => [stage, median(all.map((one) => one[stage]))])) as unknown as StageTimes;
  const whole = median(all.map((one) => STAGES.reduce((sum, stage) => sum + one[stage], 0)));
  return { width, height, framesPerSecond: 1000 / whole, times, actions: await measureActions(parts, changer) };
}

/** How long facial actions take on the last frame. */
async function measureActions({ model, renderer }: Parts, { frame, landmarks }: FrameChanger): Promise<Measured["actions"]> {
  const actions = await loadActions(model, renderer);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [frame.width, frame.height];
  const context = context2d(canvas, true);
  const timed = Object.entries(WISHES).map(([name, wish]) => {
    const times = Array.from({ length: WARM_UP + FRAMES }, () => {
      context.drawImage(frame, 0, 0);
      const start = performance.now();
      drawFace({ model, renderer, actions }, context, landmarks[0], wish);
      return performance.now() - start;
    });
    return [name, median(times.slice(WARM_UP))];
  });
  return Object.fromEntries(timed) as Measured["actions"];
}

function addRow({ width, height, framesPerSecond, times, actions }: Measured): void {
  const row = document.createElement("tr");
  const name = document.createElement("th");
  [name.scope, name.textContent] = ["row", `${width} × ${height}`];
  row.append(name);
  for (const value of [framesPerSecond, ...STAGES.map((stage) => times[stage]), ...Object.values(actions)]) {
    const cell = document.createElement("td");
    cell.textContent = value.toFixed(1);
    row.append(cell);
  }
  element("rows").append(row);
  element("table").hidden = false;
}

run().catch((error: unknown) => {
  console.error(error);
  element("status").dataset.kind = "bad";
  element("status").textContent = "The page could not be measured; open the page itself to see what is missing.";
});
