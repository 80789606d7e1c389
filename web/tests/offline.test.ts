import { describe, expect, it } from "vitest";
import { buildIn, buildOf, hashOf } from "../src/offline/build_mark";
import { cacheName, isLoopback, sharedCacheName } from "../src/offline/places";

const PAGE = '<!doctype html><html><head><meta name="pixelfes-build" content="0123abcd">';

describe("this machine", () => {
  it.each(["localhost", "page.localhost", "127.0.0.1", "127.1.2.3", "[::1]"])("is %s", (host) => expect(isLoopback(host)).toBe(true));

  it.each(["example.com", "127.0.0.1.example.com", "localhost.example.com", "192.168.0.1", "[::2]"])("is not %s", (host) =>
    expect(isLoopback(host)).toBe(false),
  );
});

describe("kept files", () => {
  it("of pages in different folders, and of different versions, lie apart", () => {
    const names = [
      cacheName("https://example.com/", "a"),
      cacheName("https://example.com/", "b"),
      cacheName("https://example.com/a/", "a"),
      sharedCacheName("https://example.com/"),
    ];
    expect(new Set(names).size).toBe(4);
    expect(names[2].startsWith(cacheName("https://example.com/", ""))).toBe(false);
  });
});

describe("the version of a page", () => {
  it("stands in its HTML", async () => {
    expect(buildIn(PAGE)).toBe("0123abcd");
    expect(await buildOf(new Response(PAGE))).toBe("0123abcd");
  });

  it("is null for other pages and for empty answers", async () => {
    expect(await buildOf(new Response("<title>another site</title>"))).toBeNull();
    expect(await buildOf(new Response(null, { status: 200 }))).toBeNull();
  });

  it("is read without waiting for the end, and leaves the answer whole", async () => {
    let end = (): void => undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(PAGE));
        end = () => (controller.enqueue(new TextEncoder().encode("the rest")), controller.close());
      },
    });
    const answer = new Response(body);
    expect(await buildOf(answer)).toBe("0123abcd");
    end();
    expect(await answer.text()).toBe(`${PAGE}the rest`);
  });

  it("is not looked for in endless answers", async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(32)) });
    expect(await buildOf(new Response(body))).toBeNull();
  });
});

it("the hash of a file is the start of its SHA-256, as the build and Python write it", async () => {
  expect(await hashOf(new TextEncoder().encode("abc").buffer)).toBe("ba7816bf8f01cfea");
});
