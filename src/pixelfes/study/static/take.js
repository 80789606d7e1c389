// One question at a time. An answer counts when the server has saved it; after a failure the same answer is sent again.

import { Refused, ask, byId, fill, savedToken, texts } from "./ask.js";
import { arrangePictures } from "./layout.js";
import { isZoomed, zoom } from "./zoom.js";

const LETTERS = "ABCDEFGH";
const MAX_WAIT_SECONDS = 15;
const LOW_SCREEN = 660; // pixels
const token = location.hash.slice(1);
const sections = ["loading", "task", "paused", "thanks", "unknown"];
let question = null; // the question on the page
let pictures = []; // the arguments of zoom: the original, then the options
let ready = false; // all pictures are loaded
let sending = false;
let loads = 0;

/** Milliseconds that a question has been visible: without pauses, and only while the tab is in front. */
const stopwatch = {
  total: 0,
  since: null,
  reset() { this.total = 0; this.since = null; },
  run(on) {
    if (this.since !== null) this.total += performance.now() - this.since;
    this.since = on ? performance.now() : null;
  },
  read() { this.run(this.since !== null); return Math.round(this.total); },
};
const isVisible = () => ready && !byId("task").hidden && document.visibilityState === "visible";

function show(section) {
  for (const id of sections) byId(id).hidden = id !== section;
  byId("top").hidden = section !== "task";
  byId("zoom").close();
  stopwatch.run(isVisible());
  if (section !== "task" && section !== "loading") byId(section).querySelector("h1").focus();
}

function showProblem(text, retry) {
  byId("problem").hidden = !text;
  byId("problem-text").textContent = text ?? "";
  byId("retry").hidden = !retry;
  byId("retry").onclick = retry ?? null;
}

/** Send a request until the server replies. Throw a refusal that waiting does not change. */
async function askUntilReply(path, request) {
  for (let seconds = 1; ; seconds = Math.min(2 * seconds, MAX_WAIT_SECONDS)) {
    try {
      const reply = await ask(path, request);
      showProblem(null);
      return reply;
    } catch (error) {
      const refused = error instanceof Refused;
      const busy = refused && (error.status === 429 || error.status === 408);
      if (refused && !busy && error.status < 500) throw error;
      const wait = Math.max(seconds, refused ? Math.min(error.wait, MAX_WAIT_SECONDS) : 0);
      await new Promise((done) => {
        showProblem(busy ? texts.problems.busy : texts.problems.offline, done);
        setTimeout(done, 1000 * wait);
      });
    }
  }
}

function refused(error) {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) { savedToken.forget(token); show("unknown"); }
  else if (error.status === 409) start(); // answered in another window: continue with its next question
  else showProblem(fill(texts.problems.refused, { reason: error.message }));
}

function begin(progress) {
  byId("progress").max = progress.total;
  byId("progress").value = progress.answered;
  if (!progress.question) {
    savedToken.forget(token);
    show("thanks");
    return;
  }
  question = progress.question;
  ready = false;
  stopwatch.reset();
  const words = { number: question.trial + 1, total: progress.total };
  byId("progress-text").textContent = fill(texts.task.progress, words);
  document.title = `${words.number} / ${words.total}`;
  byId("question").textContent = question.text;
  byId("hint").textContent = "";
  showProblem(null);
  layOut();
  show("task");
  arrange();
  window.scrollTo(0, 0);
  byId("question").focus();
  load(progress.ahead);
}

/** Lay out the pictures: the original, then one radio button for each option. */
function layOut() {
  const list = byId("pictures");
  for (const old of list.querySelectorAll(".option")) old.remove();
  list.style.setProperty("--ratio", question.original.width / question.original.height);
  setPicture(byId("original"), question.original);
  pictures = [{ name: texts.zoom.original, alt: texts.task.original_alt, ...source(question.original) }];
  question.options.forEach((option, n) => {
    const letter = LETTERS[n];
    const name = fill(texts.task.option, { letter }), alt = fill(texts.task.option_alt, { letter });
    pictures.push({ name, alt, ...source(option) });
    const figure = element("div", { className: "option" });
    const label = element("label");
    const radio = element("input", { type: "radio", name: "choice", value: option.id, id: `choice-${letter}` });
    radio.setAttribute("aria-keyshortcuts", letter);
    const image = setPicture(element("img", { alt, draggable: false }), option);
    const frame = element("span", { className: "frame" });
    frame.append(image);
    const caption = element("span", { className: "caption", textContent: name });
    label.append(radio, frame, caption);
    const glass = element("button", { type: "button", className: "glass", onclick: () => enlarge(n + 1) });
    glass.setAttribute("aria-label", fill(texts.task.zoom, { letter }));
    figure.append(label, glass);
    list.append(figure);
  });
}

/** Fit the pictures into what the rest of the page leaves free. On low screens the help may be below them. */
function arrange() {
  const list = byId("pictures"), space = parseFloat(getComputedStyle(byId("task")).rowGap);
  const isFixed = getComputedStyle(byId("actions")).position === "fixed";
  const below = [...(isFixed ? [] : [byId("actions")]), ...(window.innerHeight < LOW_SCREEN ? [] : [byId("help")])];
  const taken = list.offsetTop + below.reduce((sum, part) => sum + part.offsetHeight + space, 0);
  arrangePictures(list, question.original, window.innerHeight - taken - 1); // offsets are rounded
}

const element = (tag, properties) => Object.assign(document.createElement(tag), properties);
const address = (id) => `/images/${id}`;
const source = ({ id, width, height }) => ({ src: address(id), width, height });

function setPicture(image, picture) {
  return Object.assign(image, source(picture));
}

/** Wait for all pictures, then start the stopwatch and load the pictures of the next question. */
async function load(ahead) {
  const thisLoad = ++loads;
  byId("pictures").setAttribute("aria-busy", "true");
  const images = [...byId("pictures").querySelectorAll("img")];
  try {
    await Promise.all(images.map((image) => image.decode()));
  } catch {
    if (thisLoad !== loads) return;
    showProblem(texts.task.picture_failed, () => {
      showProblem(null);
      for (const image of images) image.src = `${image.src.split("?")[0]}?${Date.now()}`;
      load(ahead);
    });
    return;
  }
  if (thisLoad !== loads) return;
  byId("pictures").removeAttribute("aria-busy");
  ready = true;
  stopwatch.run(isVisible());
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
  const body = { trial: question.trial, choice: chosen.value, milliseconds: Math.min(stopwatch.read(), 86_400_000) };
  try {
    const progress = await askUntilReply("/api/answers", { token, body });
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

/** The index of the picture that Z enlarges: the one in focus, else the chosen one, else the original. */
function pictureToEnlarge() {
  const options = [...document.querySelectorAll(".option")];
  const focused = options.findIndex((option) => option.contains(document.activeElement));
  return 1 + (focused >= 0 ? focused : radios().findIndex((radio) => radio.checked));
}

async function start() {
  show("loading");
  try {
    begin(await askUntilReply("/api/progress", { token }));
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
    document.execCommand("copy"); // the clipboard API needs https
  }
  byId("copied").textContent = texts.pause.copied;
});
document.addEventListener("visibilitychange", () => stopwatch.run(isVisible()));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || byId("task").hidden || isZoomed()) return;
  const key = event.key.toUpperCase();
  const option = key.length === 1 ? Math.max(LETTERS.indexOf(key), "12345678".indexOf(key)) : -1;
  if (option >= 0) choose(option);
  else if (key === "Z") enlarge(pictureToEnlarge());
  else if (key === "P") pause();
  else if (key === "ENTER" && !(event.target instanceof HTMLButtonElement)) { if (!event.repeat) submit(); }
  else return;
  event.preventDefault();
});
window.addEventListener("resize", () => { if (!byId("task").hidden) arrange(); });
window.addEventListener("hashchange", () => location.reload());

if (token) { savedToken.save(token); start(); } else show("unknown");
