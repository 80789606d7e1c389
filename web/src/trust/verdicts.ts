/** The verdicts on faces, as `pixelfes.face.trust.verdicts` has them, and how they are said. */

/** Whether a face can be changed: "ok", or the reason why not. */
export type Verdict = "ok" | "covered mouth" | "turned too far" | "too small" | "unsure where the face is" | "not a human face";

/** What people read of a verdict: the reason in a few words, and a sentence that explains it. */
export interface Words {
  reason: string;
  explanation: string;
}

/** The sentences of this part, for translation; `{reason}` is one of the reasons. */
export const messages: { leftAlone: string; verdicts: Record<Verdict, Words> } = {
  leftAlone: "Left this face alone: {reason}.",
  verdicts: {
    ok: { reason: "ok", explanation: "This face can be changed." },
    "covered mouth": {
      reason: "covered mouth",
      explanation: "A mask, a hand, a microphone or something else covers the mouth.",
    },
    "turned too far": { reason: "turned too far", explanation: "A corner of the mouth lies beyond the outline of the face." },
    "too small": { reason: "too small", explanation: "The eyes are less than 12 pixels apart." },
    "unsure where the face is": {
      reason: "unsure where the face is",
      explanation: "Eyes and mouth are found elsewhere each time this face is looked at.",
    },
    "not a human face": { reason: "not a human face", explanation: "This does not look like a human face." },
  },
};

/** The sentence for a face that is left as it is, in the words of `pixelfes apply`. */
export const leftAlone = (verdict: Verdict): string => messages.leftAlone.replace("{reason}", messages.verdicts[verdict].reason);
