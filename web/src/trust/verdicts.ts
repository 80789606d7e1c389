/** The verdicts on faces, as `pixelfes.face.trust.verdicts` has them; the messages say them. */

/** Whether a face can be changed: "ok", or the reason why not. */
export type Verdict = "ok" | "covered mouth" | "turned too far" | "too small" | "unsure where the face is" | "not a human face";
