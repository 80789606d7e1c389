// Enlarged pictures: as large as the screen, or larger. Changing the picture keeps the position, to compare details.

import { byId } from "./ask.js";

const MAGNIFICATION = 3; // relative to the picture that fits the screen
const dialog = byId("zoom"), view = byId("zoom-view"), picture = byId("zoom-picture");
let shown = [], at = 0, large = false, closed = () => {};

/** Show one of several pictures ({ name, alt, src, width, height }). Call whenClosed with the index of the last one. */
export function zoom(pictures, first, whenClosed) {
  shown = pictures;
  closed = whenClosed;
  large = false;
  dialog.showModal();
  show(first);
  view.focus();
}

export const isZoomed = () => dialog.open;

function show(n) {
  const position = centre();
  at = (n + shown.length) % shown.length;
  const { name, alt, src, width, height } = shown[at];
  picture.src = src;
  picture.alt = alt;
  picture.width = width;
  picture.height = height;
  byId("zoom-name").textContent = name;
  fit(position);
}

/** The centre of the visible part, as fractions of the picture's width and height. */
function centre() {
  if (!picture.offsetWidth) return [0.5, 0.5];
  return [
    (view.scrollLeft + view.clientWidth / 2) / view.scrollWidth,
    (view.scrollTop + view.clientHeight / 2) / view.scrollHeight,
  ];
}

function fit([x, y]) {
  const { width, height } = shown[at];
  const scale = Math.min(view.clientWidth / width, view.clientHeight / height) * (large ? MAGNIFICATION : 1);
  picture.style.width = `${width * scale}px`;
  picture.style.height = `${height * scale}px`;
  view.classList.toggle("large", large);
  view.scrollLeft = x * view.scrollWidth - view.clientWidth / 2;
  view.scrollTop = y * view.scrollHeight - view.clientHeight / 2;
}

function toggle(x, y) {
  large = !large;
  fit([x, y]);
}

// A mouse drags the picture; with a finger, the browser scrolls it.
let from = null, dragged = false;
view.addEventListener("pointerdown", (event) => {
  dragged = false;
  from = event.pointerType === "mouse" && large ? [event.clientX, event.clientY, view.scrollLeft, view.scrollTop] : null;
});
view.addEventListener("pointermove", (event) => {
  if (!from) return;
  const [x, y, left, top] = from;
  if (Math.hypot(event.clientX - x, event.clientY - y) > 4) dragged = true;
  view.scrollLeft = left + x - event.clientX;
  view.scrollTop = top + y - event.clientY;
});
window.addEventListener("pointerup", () => { from = null; });
view.addEventListener("click", (event) => {
  if (dragged) return;
  const box = picture.getBoundingClientRect();
  const clip = (value) => Math.min(1, Math.max(0, value));
  toggle(clip((event.clientX - box.left) / box.width), clip((event.clientY - box.top) / box.height));
});

byId("zoom-previous").addEventListener("click", () => show(at - 1));
byId("zoom-next").addEventListener("click", () => show(at + 1));
byId("zoom-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => closed(at));
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") show(at - 1);
  else if (event.key === "ArrowRight") show(at + 1);
  else if (event.key === "Enter" && event.target === view) toggle(...centre());
  else if (event.key.toLowerCase() === "z") dialog.close();
  else return;
  event.preventDefault();
});
window.addEventListener("resize", () => { if (dialog.open) fit(centre()); });
