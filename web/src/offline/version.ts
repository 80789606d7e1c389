/** The version of the page that is open, that of the server, and files of the same version as the page. */
import { buildOf, hashOf } from "./build_mark";
import { MESSAGES } from "./messages";

/** The folder of the page: the scope of its service worker; empty in tests without a browser. */
export const SCOPE = globalThis.document ? new URL("./", document.baseURI).href : "";

/** The version of this page; null while it is being worked on. */
export const BUILD = meta("pixelfes-build");

const HASHES = new Map<string, string>(Object.entries(JSON.parse(meta("pixelfes-files") ?? "{}")));

function meta(name: string): string | null {
  return globalThis.document?.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? null;
}

/** The server serves another version than the open page is of. */
export class VersionError extends Error {}

/** The address of a file of this version, such as `model.safetensors`: what it holds is part of it. */
export function fileAddress(name: string): string {
  const hash = HASHES.get(name);
  return new URL(hash ? `${name}?v=${hash}` : name, SCOPE).href;
}

/** Fetch a file of this version; another version's is refused, so that code and numbers always belong together. */
export async function fetchFile(name: string): Promise<ArrayBuffer> {
  const response = await fetch(fileAddress(name));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  const content = await response.arrayBuffer();
  const hash = HASHES.get(name);
  if (hash && globalThis.crypto?.subtle && (await hashOf(content)) !== hash && (await isReplaced())) {
    throw new VersionError(MESSAGES.newVersion);
  }
  return content;
}

/** Whether the server has another version of the page by now. */
export async function isReplaced(): Promise<boolean> {
  const there = await serverBuild();
  return there !== null && there !== BUILD;
}

/** The version that the server has, or null without a network, or where the server is not the page's. */
async function serverBuild(): Promise<string | null> {
  const answer = await fetch(SCOPE, { cache: "no-cache" }).catch(() => null);
  return answer?.ok ? buildOf(answer) : null;
}
