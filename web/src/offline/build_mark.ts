/** How a version of the page is recognised: a mark in its HTML, which the build puts there, and hashes of its files. */

const MARK = /<meta name="pixelfes-build" content="(\w+)"/;
const FAR_ENOUGH = 4096; // characters: the mark comes first in the head

/** The version of a page by its HTML, or null if it is no page of pixelfes. */
export function buildIn(html: string): string | null {
  return MARK.exec(html)?.[1] ?? null;
}

/** The version that an answer holds, or null if it is no page of pixelfes; an answer that never ends is not waited for. */
export async function buildOf(response: Response): Promise<string | null> {
  const reader = response.clone().body?.getReader();
  const decoder = new TextDecoder();
  let html = "";
  while (reader) {
    const { value, done } = await reader.read();
    html += decoder.decode(value, { stream: !done });
    if (done || html.length > FAR_ENOUGH || buildIn(html) || html.includes("</head>")) break;
  }
  reader?.cancel().catch(() => undefined);
  return buildIn(html);
}

/** The hash of a file's content, as the build has written it. */
export async function hashOf(content: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
