import { describe, expect, test } from "vitest";
import english from "../src/messages/en";
import { FILES, LANGUAGES, preferred, type Language } from "../src/messages";

type Text = string | ((...given: unknown[]) => string);

const OTHERS = Object.keys(LANGUAGES).filter((tag) => tag !== "en") as Language[];
/** Sentences that are the same as in English, as they should be. */
const SAME: Partial<Record<Language, readonly string[]>> = {
  de: ["names.neutral", "format", "animate"],
  es: ["experimental"],
  fr: ["expressions", "format", "animate"],
};
const INPUTS: readonly unknown[][] = [
  ["37", "41", "43", "47", "53"],
  [1, 1, 1, 1, 1],
  [-37, -41, -43, -47, -53],
];

/** Sentences by their paths, such as `regions.mouth`. */
function textsOf(messages: object, path = ""): Map<string, Text> {
  return new Map(
    Object.entries(messages).flatMap(([key, value]) =>
      typeof value === "object" ? [...textsOf(value as object, `${path}${key}.`)] : [[`${path}${key}`, value as Text] as const],
    ),
  );
}

/** What a sentence says for each of the inputs; null where it cannot take one, as names where there are numbers. */
function said(text: Text): (string | null)[] {
  if (typeof text === "string") return [text];
  return INPUTS.map((input) => {
    try {
      return String(text(...input));
    } catch {
      return null;
    }
  });
}

const reference = textsOf(english);

describe.each(OTHERS)("The language %s", async (tag) => {
  const { default: messages } = await FILES[tag]();
  const texts = textsOf(messages);
  const pairs = [...reference].map(([path, text]) => [path, text, texts.get(path) ?? ""] as const);

  test("has every sentence of English and no other", () => {
    expect([...texts.keys()].sort()).toEqual([...reference.keys()].sort());
  });

  test("makes sentences of the same things as English", () => {
    for (const [path, text, own] of pairs) {
      expect(typeof own, path).toBe(typeof text);
      expect(own.length > 0, path).toBe(text.length > 0);
      if (typeof own === "function") expect(own.length, path).toBe(text.length);
    }
  });

  test("says everything that English says, in words of its own", () => {
    const repeated = pairs.filter(([, text, own]) => {
      const theirs = said(text);
      return said(own).some((sentence, i) => sentence === theirs[i] && /\p{L}/u.test(sentence ?? ""));
    });
    expect(repeated.map(([path]) => path)).toEqual(SAME[tag] ?? []);
  });

  test("puts what it is given into its sentences", () => {
    for (const [path, text, own] of pairs) {
      if (typeof text === "string") continue;
      const [input] = INPUTS;
      const [[theirs], [ours]] = [said(text), said(own)];
      for (const part of input.slice(0, text.length) as string[]) {
        if (theirs?.includes(part)) expect(ours, path).toContain(part);
      }
    }
  });

  test("leaves no sentence empty or for later", () => {
    for (const [path, own] of texts) {
      for (const sentence of said(own).filter((one) => one !== null)) {
        expect(sentence.trim(), path).not.toBe("");
        expect(sentence, path).not.toMatch(/TODO|FIXME|undefined|NaN|  /);
      }
    }
  });

  test("tells one face from several", () => {
    expect(messages.faces(1)).not.toBe(messages.faces(2));
    expect(messages.someLeftAlone(1)).not.toBe(messages.someLeftAlone(2));
    expect(messages.faces(2)).toContain("2");
  });
});

describe("The browser's languages", () => {
  test("decide by the first that the page speaks, whatever its country", () => {
    expect(preferred(["de-AT", "en"])).toBe("de");
    expect(preferred(["it", "fr-CA", "en"])).toBe("fr");
    expect(preferred(["zh-TW"])).toBe("zh");
    expect(preferred(["zh-Hans-CN"])).toBe("zh");
    expect(preferred(["UR-PK"])).toBe("ur");
  });

  test("give English where the page speaks none of them", () => {
    expect(preferred(["it", "toString"])).toBe("en");
    expect(preferred([])).toBe("en");
  });
});
