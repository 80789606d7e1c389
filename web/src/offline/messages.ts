/** Sentences about keeping and updating the page. */
export const MESSAGES = {
  kept: "The page is kept on this device and works without a network.",
  newVersion: "There is a new version of this page. Reload to use it; save your photo first.",
  cannotKeep: "This browser cannot keep the page: it needs an https address, or this machine's own, and no private window.",
  notKept: "The page could not be kept: the connection broke off, or the disk is full.",
} as const;
