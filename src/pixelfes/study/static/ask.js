// What the pages share: texts, requests, and the participant's token, which lives behind the # of the address.

export const texts = JSON.parse(document.getElementById("texts").textContent);
export const byId = (id) => document.getElementById(id);

export const fill = (text, words) => text.replace(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);

/** A request that was answered, but not with what was asked for. */
export class Refused extends Error {
  constructor(status, detail, wait) {
    super(detail);
    this.status = status;
    this.wait = wait;
  }
}

const SECONDS_TO_WAIT = 20;

/** Ask the server; throws Refused, or a TypeError or DOMException where it cannot be reached. */
export async function ask(path, { token, body } = {}) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers["content-type"] = "application/json";
  const reply = await fetch(path, {
    method: body ? "POST" : "GET",
    headers,
    body: body && JSON.stringify(body),
    cache: "no-store",
    signal: AbortSignal.timeout(1000 * SECONDS_TO_WAIT),
  });
  if (reply.ok) return reply.json();
  const said = await reply.json().catch(() => ({}));
  throw new Refused(reply.status, said.detail ?? "", Number(reply.headers.get("retry-after")) || 0);
}

const key = `pixelfes-study-${document.body.dataset.study}`;

/** The token of somebody who has begun on this device, so that the first page can offer to go on. */
export const begun = {
  read() {
    try { return localStorage.getItem(key); } catch { return null; }
  },
  keep(token) {
    try { localStorage.setItem(key, token); } catch { /* a private window: the link alone will do */ }
  },
  forget(token) {
    try { if (localStorage.getItem(key) === token) localStorage.removeItem(key); } catch { /* as above */ }
  },
};
