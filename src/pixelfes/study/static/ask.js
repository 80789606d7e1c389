// Shared by the pages: texts, requests, and the participant's token, which follows the # of the address.

export const texts = JSON.parse(document.getElementById("texts").textContent);
export const byId = (id) => document.getElementById(id);

export const fill = (text, words) => text.replace(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);

/** A reply with an error status. `wait` is the number of seconds to wait before the next try. */
export class Refused extends Error {
  constructor(status, detail, wait) {
    super(detail);
    this.status = status;
    this.wait = wait;
  }
}

const TIMEOUT_SECONDS = 20;

/** Send a request and return the reply. Throw Refused, or a TypeError or DOMException if the server cannot be reached. */
export async function ask(path, { token, body } = {}) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers["content-type"] = "application/json";
  const reply = await fetch(path, {
    method: body ? "POST" : "GET",
    headers,
    body: body && JSON.stringify(body),
    cache: "no-store",
    signal: AbortSignal.timeout(1000 * TIMEOUT_SECONDS),
  });
  if (reply.ok) return reply.json();
  const content = await reply.json().catch(() => ({}));
  throw new Refused(reply.status, content.detail ?? "", Number(reply.headers.get("retry-after")) || 0);
}

const key = `pixelfes-study-${document.body.dataset.study}`;

/** The token of a participant who has started on this device. The first page then offers to continue. */
export const savedToken = {
  read() {
    try { return localStorage.getItem(key); } catch { return null; }
  },
  save(token) {
    try { localStorage.setItem(key, token); } catch { /* in a private window, the link alone must do */ }
  },
  forget(token) {
    try { if (localStorage.getItem(key) === token) localStorage.removeItem(key); } catch { /* see save */ }
  },
};
