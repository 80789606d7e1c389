// One question at a time. Nothing counts before the server has said that it is kept; what fails is sent again as it was.

import { Refused, ask, begun, byId, fill, texts } from "./ask.js";
import { zoom, zoomed } from "./zoom.js";

const LETTERS = "ABCDEFGH";
const LONGEST_WAIT = 15; // seconds
const token = location.hash.slice(1);
const sections = ["loading", "task", "paused", "thanks", "unknown"];
let now = null; // the question that is shown
let pictures = []; // as zoom takes them: the original, then the options
let ready = false; // all pictures are there
let sending = false;
let loads = 0;

/** Milliseconds that a question has been looked at: not while paused, nor in a tab behind others. */
const watch = {
  total: 0,
  since: null,
  reset() { this.total = 0; this.since = null; },
  run(on) {
    if (this.since !== null) this.total += performance.now() - this.since;
    this.since = on ? performance.now() : null;
  },
  read() { this.run(this.since !== null); return Math.round(this.total); },
};
const looked = () => ready && !byId("task").hidden && document.visibilityState === "visible";

function show(section) {
  for (const id of sections) byId(id).hidden = id !== section;
  byId("top").hidden = section !== "task";
  byId("zoom").close();
  watch.run(looked());
  if (section !== "task" && section !== "loading") byId(section).querySelector("h1").focus();
}

function complain(text, retry) {
  byId("problem").hidden = !text;
  byId("problem-text").textContent = text ?? "";
  byId("retry").hidden = !retry;
  byId("retry").onclick = retry ?? null;
}

/** Ask again and again until there is an answer; after a refusal that no waiting changes, throw it. */
async function insist(path, request) {
  for (let seconds = 1; ; seconds = Math.min(2 * seconds, LONGEST_WAIT)) {
    try {
      const reply = await ask(path, request);
      complain(null);
      return reply;
    } catch (error) {
      const refused = error instanceof Refused;
      const busy = refused && (error.status === 429 || error.status === 408);
      if (refused && !busy && error.status < 500) throw error;
      const wait = Math.max(seconds, refused ? Math.min(error.wait, LONGEST_WAIT) : 0);
      await new Promise((done) => {
        complain(busy ? texts.problems.busy : texts.problems.offline, done);
        setTimeout(done, 1000 * wait);
      });
    }
  }
}

function refused(error) {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) { begun.forget(token); show("unknown"); }
  else if (error.status === 409) start(); // answered in another window: go on where that one is
  else complain(fill(texts.problems.refused, { reason: error.message }));
}

function begin(progress) {
  byId("progress").max = progress.total;
  byId("progress").value = progress.answered;
  if (!progress.question) {
    begun.forget(token);
    show("thanks");
    return;
  }
  now = progress.question;
  ready = false;
  watch.reset();
  const words = { number: now.trial + 1, total: progress.total };
  byId("progress-text").textContent = fill(texts.task.progress, words);
  document.title = `${words.number} / ${words.total}`;
  byId("question").textContent = now.text;
  byId("hint").textContent = "";
  complain(null);
  lay();
  show("task");
  window.scrollTo(0, 0);
  byId("question").focus();
  load(progress.ahead);
}

/** Lay the pictures out: the original, then a radio button an option. */
function lay() {
  const room = byId("pictures");
  for (const old of room.querySelectorAll(".option")) old.remove();
  room.style.setProperty("--count", now.options.length + 1);
  place(byId("original"), now.original);
  pictures = [{ name: texts.zoom.original, alt: texts.task.original_alt, ...source(now.original) }];
  now.options.forEach((option, n) => {
    const letter = LETTERS[n];
    const name = fill(texts.task.option, { letter }), alt = fill(texts.task.option_alt, { letter });
    pictures.push({ name, alt, ...source(option) });
    const figure = make("div", { className: "option" });
    const label = make("label");
    const radio = make("input", { type: "radio", name: "choice", value: option.id, id: `choice-${letter}` });
    radio.setAttribute("aria-keyshortcuts", letter);
    const image = place(make("img", { alt, draggable: false }), option);
    const frame = make("span", { className: "frame" });
    frame.append(image);
    const caption = make("span", { className: "caption", textContent: name });
    label.append(radio, frame, caption);
    const glass = make("button", { type: "button", className: "glass", onclick: () => enlarge(n + 1) });
    glass.setAttribute("aria-label", fill(texts.task.zoom, { letter }));
    figure.append(label, glass);
    room.append(figure);
  });
}

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
const address = (id) => `/images/${id}`;
const source = ({ id, width, height }) => ({ src: address(id), width, height });

function place(image, picture) {
  return Object.assign(image, source(picture));
}

/** Wait for all pictures; then the clock runs, and the next ones are fetched. */
async function load(ahead) {
  const mine = ++loads;
  byId("pictures").setAttribute("aria-busy", "true");
  const images = [...byId("pictures").querySelectorAll("img")];
  try {
    await Promise.all(images.map((image) => image.decode()));
  } catch {
    if (mine !== loads) return;
    complain(texts.task.picture_failed, () => {
      complain(null);
      for (const image of images) image.src = `${image.src.split("?")[0]}?${Date.now()}`;
      load(ahead);
    });
    return;
  }
  if (mine !== loads) return;
  byId("pictures").removeAttribute("aria-busy");
  ready = true;
  watch.run(looked());
  for (const id of ahead) new Image().src = address(id);
}

const radios = () => [...document.querySelectorAll("input[name=choice]")];

function choose(n) {
  const radio = radios()[n];
  if (!radio || sending) return;
  radio.checked = true;
  radio.focus();
  byId("hint").textContent = "";
}

async function submit() {
  const chosen = radios().find((radio) => radio.checked);
  if (sending || !ready) return;
  if (!chosen) {
    byId("hint").textContent = texts.task.choose_first;
    return;
  }
  sending = true;
  byId("task").classList.add("sending");
  for (const radio of radios()) radio.disabled = radio !== chosen;
  const body = { trial: now.trial, choice: chosen.value, milliseconds: Math.min(watch.read(), 86_400_000) };
  try {
    const progress = await insist("/api/answers", { token, body });
    sending = false;
    begin(progress);
  } catch (error) {
    sending = false;
    refused(error);
  } finally {
    byId("task").classList.remove("sending");
    for (const radio of radios()) radio.disabled = false;
  }
}

function enlarge(n) {
  zoom(pictures, n, (last) => {
    const back = last === 0 ? byId("zoom-original") : document.querySelectorAll(".option .glass")[last - 1];
    back?.focus();
  });
}

/** Which picture Z enlarges: the one in focus, else the one chosen, else the original. */
function inHand() {
  const options = [...document.querySelectorAll(".option")];
  const focused = options.findIndex((option) => option.contains(document.activeElement));
  return 1 + (focused >= 0 ? focused : radios().findIndex((radio) => radio.checked));
}

async function start() {
  show("loading");
  try {
    begin(await insist("/api/progress", { token }));
  } catch (error) {
    refused(error);
  }
}

function pause() {
  if (sending) return;
  byId("link").value = location.href;
  byId("copied").textContent = "";
  show("paused");
}

byId("task").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
byId("task").addEventListener("change", () => { byId("hint").textContent = ""; });
byId("zoom-original").addEventListener("click", () => enlarge(0));
byId("pause").addEventListener("click", pause);
byId("resume").addEventListener("click", start);
byId("copy").addEventListener("click", async () => {
  byId("link").select();
  try {
    await navigator.clipboard.writeText(byId("link").value);
  } catch {
    document.execCommand("copy"); // on plain http there is no other way
  }
  byId("copied").textContent = texts.pause.copied;
});
document.addEventListener("visibilitychange", () => watch.run(looked()));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || byId("task").hidden || zoomed()) return;
  const key = event.key.toUpperCase();
  const option = key.length === 1 ? Math.max(LETTERS.indexOf(key), "12345678".indexOf(key)) : -1;
  if (option >= 0) choose(option);
  else if (key === "Z") enlarge(inHand());
  else if (key === "P") pause();
  else if (key === "ENTER" && !(event.target instanceof HTMLButtonElement)) { if (!event.repeat) submit(); }
  else return;
  event.preventDefault();
});
window.addEventListener("hashchange", () => location.reload());

if (token) { begun.keep(token); start(); } else show("unknown");
