// Pictures as large as the screen, and larger: the place looked at stays when the picture changes, so that details compare.

import { byId } from "./ask.js";

const MORE = 3; // times as large as the one that fits
const dialog = byId("zoom"), room = byId("zoom-room"), picture = byId("zoom-picture");
let shown = [], at = 0, large = false, closed = () => {};

/** Show one of several pictures ({ name, alt, src, width, height }); tells at the end which was looked at last. */
export function zoom(pictures, first, whenClosed) {
  shown = pictures;
  closed = whenClosed;
  large = false;
  dialog.showModal();
  show(first);
  room.focus();
}

export const zoomed = () => dialog.open;

function show(n) {
  const share = centre();
  at = (n + shown.length) % shown.length;
  const { name, alt, src, width, height } = shown[at];
  picture.src = src;
  picture.alt = alt;
  picture.width = width;
  picture.height = height;
  byId("zoom-name").textContent = name;
  fit(share);
}

/** What stands in the middle of the room, as shares of the picture's width and height. */
function centre() {
  if (!picture.offsetWidth) return [0.5, 0.5];
  return [
    (room.scrollLeft + room.clientWidth / 2) / room.scrollWidth,
    (room.scrollTop + room.clientHeight / 2) / room.scrollHeight,
  ];
}

function fit([x, y]) {
  const { width, height } = shown[at];
  const scale = Math.min(room.clientWidth / width, room.clientHeight / height) * (large ? MORE : 1);
  picture.style.width = `${width * scale}px`;
  picture.style.height = `${height * scale}px`;
  room.classList.toggle("large", large);
  room.scrollLeft = x * room.scrollWidth - room.clientWidth / 2;
  room.scrollTop = y * room.scrollHeight - room.clientHeight / 2;
}

function toggle(x, y) {
  large = !large;
  fit([x, y]);
}

// A mouse drags the picture; a finger scrolls it by itself.
let from = null, dragged = false;
room.addEventListener("pointerdown", (event) => {
  dragged = false;
  from = event.pointerType === "mouse" && large ? [event.clientX, event.clientY, room.scrollLeft, room.scrollTop] : null;
});
room.addEventListener("pointermove", (event) => {
  if (!from) return;
  const [x, y, left, top] = from;
  if (Math.hypot(event.clientX - x, event.clientY - y) > 4) dragged = true;
  room.scrollLeft = left + x - event.clientX;
  room.scrollTop = top + y - event.clientY;
});
window.addEventListener("pointerup", () => { from = null; });
room.addEventListener("click", (event) => {
  if (dragged) return;
  const box = picture.getBoundingClientRect();
  const share = (value) => Math.min(1, Math.max(0, value));
  toggle(share((event.clientX - box.left) / box.width), share((event.clientY - box.top) / box.height));
});

byId("zoom-previous").addEventListener("click", () => show(at - 1));
byId("zoom-next").addEventListener("click", () => show(at + 1));
byId("zoom-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => closed(at));
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") show(at - 1);
  else if (event.key === "ArrowRight") show(at + 1);
  else if (event.key === "Enter" && event.target === room) toggle(...centre());
  else if (event.key.toLowerCase() === "z") dialog.close();
  else return;
  event.preventDefault();
});
window.addEventListener("resize", () => { if (dialog.open) fit(centre()); });
