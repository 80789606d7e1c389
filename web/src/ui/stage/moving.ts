/** Zooming and moving the picture: wheel, one finger or two, keys. */
import { fitScale, largestZoom, moved, WHOLE, zoomed, type View } from "../../session/view";
import type { Program } from "../program";

const WHEEL = 0.0015; // of the logarithm of the zoom for one pixel of the wheel
const KEY_ZOOM = 1.25;
const KEY_MOVE = 60; // stage pixels
const DOUBLE_ZOOM = 2.5;
const LINE = 16; // pixels of a wheel that counts lines

interface Point {
  x: number;
  y: number;
}

function setView({ state, act }: Program, view: View): void {
  state.view.value = view;
  act((studio) => studio.looking.changed());
}

/** Zoom by a factor about a point of the stage, by default its middle. */
export function zoomBy(program: Program, factor: number, at?: Point): void {
  const { view, stage, picture } = program.state;
  const { width, height } = stage.value;
  setView(program, zoomed(view.value, factor, at ?? { x: width / 2, y: height / 2 }, stage.value, picture.value));
}

function moveBy(program: Program, by: Point): void {
  const { view, stage, picture } = program.state;
  setView(program, moved(view.value, by, stage.value, picture.value));
}

/** Show the whole picture. */
export const showWhole = (program: Program): void => setView(program, WHOLE);

/** The picture's own pixels for one of the stage, in percent. */
export function percentShown({ state }: Program): number {
  return Math.round(100 * state.view.value.zoom * fitScale(state.stage.value, state.picture.value));
}

/** Whether the picture can be zoomed in further. */
export function canZoomIn({ state }: Program): boolean {
  return state.view.value.zoom < largestZoom(state.stage.value, state.picture.value) - 1e-6;
}

const KEYS: Record<string, (program: Program) => void> = {
  "+": (program) => zoomBy(program, KEY_ZOOM),
  "=": (program) => zoomBy(program, KEY_ZOOM),
  "-": (program) => zoomBy(program, 1 / KEY_ZOOM),
  "0": showWhole,
  ArrowLeft: (program) => moveBy(program, { x: KEY_MOVE, y: 0 }),
  ArrowRight: (program) => moveBy(program, { x: -KEY_MOVE, y: 0 }),
  ArrowUp: (program) => moveBy(program, { x: 0, y: KEY_MOVE }),
  ArrowDown: (program) => moveBy(program, { x: 0, y: -KEY_MOVE }),
};

/** Zoom and move by keys while the picture has the focus. */
export function viewKeys(event: KeyboardEvent, program: Program): void {
  const move = KEYS[event.key];
  if (!move || event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
  event.preventDefault();
  move(program);
}

/** Zoom by the wheel, about the pointer. */
export function followWheel(element: HTMLElement, program: Program): () => void {
  const turn = (event: WheelEvent) => {
    event.preventDefault();
    const pixels = event.deltaMode ? LINE * event.deltaY : event.deltaY;
    zoomBy(program, Math.exp(-WHEEL * (event.ctrlKey ? 4 : 1) * pixels), inside(element, event));
  };
  element.addEventListener("wheel", turn, { passive: false });
  return () => element.removeEventListener("wheel", turn);
}

/** Move by one pointer, zoom by two, or by pressing twice. */
export function followPointers(element: HTMLElement, program: Program): () => void {
  const held = new Map<number, Point>();
  const down = (event: PointerEvent) => {
    if ((event.target as Element).closest(".handle, .face, .gaze") || event.button) return;
    held.set(event.pointerId, inside(element, event));
    if (held.size > 1 || program.state.view.value.zoom > 1) element.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const last = held.get(event.pointerId);
    if (!last) return;
    const now = inside(element, event);
    const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
    held.set(event.pointerId, now);
    if (other) pinch(program, other, last, now);
    else if (program.state.view.value.zoom > 1) moveBy(program, { x: now.x - last.x, y: now.y - last.y });
  };
  const up = (event: PointerEvent) => held.delete(event.pointerId);
  const twice = (event: MouseEvent) => {
    if ((event.target as Element).closest(".handle, .face, .gaze")) return;
    if (program.state.view.value.zoom > 1) showWhole(program);
    else zoomBy(program, DOUBLE_ZOOM, inside(element, event));
  };
  const heard = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: up, dblclick: twice } as unknown as Record<
    string,
    EventListener
  >;
  for (const [name, listener] of Object.entries(heard)) element.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(heard)) element.removeEventListener(name, listener);
  };
}

/** One of two fingers has moved: zoom about the other, and move by half. */
function pinch(program: Program, other: Point, last: Point, now: Point): void {
  const apart = (a: Point, b: Point) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
  zoomBy(program, apart(now, other) / apart(last, other), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
  moveBy(program, { x: (now.x - last.x) / 2, y: (now.y - last.y) / 2 });
}

function inside(element: HTMLElement, { clientX, clientY }: MouseEvent): Point {
  const { left, top } = element.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}
