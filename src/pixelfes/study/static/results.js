// The organiser's page: the token stays in this tab, and results are loaded again while the page is visible.

const byId = (id) => document.getElementById(id);
const RELOAD_SECONDS = 5;
const KEY = "pixelfes-organiser";
let token = sessionStorage.getItem(KEY);
let last = "", timer = 0;

const get = (form) => fetch(`/api/results/${form}`, { headers: { authorization: `Bearer ${token}` }, cache: "no-store" });

function login(problem) {
  clearTimeout(timer);
  sessionStorage.removeItem(KEY);
  token = null;
  last = "";
  byId("body").replaceChildren();
  byId("told").hidden = true;
  byId("login").hidden = false;
  byId("problem").hidden = !problem;
  byId("problem").textContent = problem ?? "";
  byId("token").focus();
}

async function show() {
  clearTimeout(timer);
  const tokenBefore = token;
  try {
    const reply = await get("page");
    if (tokenBefore !== token) return;
    if (reply.status === 401 || (reply.status === 429 && !last)) {
      login((await reply.json()).detail);
      return;
    }
    if (!reply.ok) throw new Error((await reply.json()).detail);
    const text = await reply.text();
    sessionStorage.setItem(KEY, token);
    byId("login").hidden = true;
    byId("told").hidden = false;
    if (text !== last) byId("body").innerHTML = last = text; // the server escapes every name in this HTML
    byId("state").textContent = `Updated at ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    if (tokenBefore !== token) return;
    byId("state").textContent = "The server cannot be reached. Trying again.";
    if (byId("told").hidden) {
      byId("problem").hidden = false;
      byId("problem").textContent = `The server cannot be reached (${error.message}).`;
      return;
    }
  }
  timer = setTimeout(() => (document.hidden ? undefined : show()), 1000 * RELOAD_SECONDS);
}

async function download(name) {
  const reply = await get(name).catch(() => null);
  if (!reply?.ok) {
    byId("state").textContent = `${name} could not be downloaded.`;
    return;
  }
  const address = URL.createObjectURL(await reply.blob());
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

byId("login").addEventListener("submit", (event) => {
  event.preventDefault();
  token = byId("token").value.trim();
  byId("token").value = "";
  show();
});
byId("leave").addEventListener("click", () => login());
for (const button of document.querySelectorAll("[data-file]"))
  button.addEventListener("click", () => download(button.dataset.file));
document.addEventListener("visibilitychange", () => { if (!document.hidden && token && last) show(); });

if (token) show(); else login();
