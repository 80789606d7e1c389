/** What is said of files: one plain sentence each, with values in braces. */

export const FILE_MESSAGES = {
  empty: "This file is empty.",
  "no-image": "This file is not a photo that your browser can open.",
  damaged: "This {format} photo is damaged or incomplete; please try another copy of it.",
  "not-opened": "This {format} photo is damaged, or your browser does not open {format}; save it as JPEG or PNG, then try again.",
  "too-large": "This photo is too large; up to {megapixels} megapixels work, less where memory is short.",
  heic:
    "This is a HEIC photo, the format of iPhones, which your browser does not open; " +
    "export it as JPEG, or choose Settings > Camera > Formats > Most Compatible on the iPhone for new photos.",
  tiff: "This is a TIFF photo, which your browser does not open; save it as PNG or JPEG, then try again.",
  raw: "This is a raw photo, the camera’s own format, which browsers do not open; export it as JPEG, then try again.",
  svg: "This is an SVG drawing, not a photo.",
  pdf: "This is a PDF document, not a photo; save the page or the picture in it as JPEG or PNG, then try again.",
  video: "This is a video, not a photo; save a frame of it as JPEG or PNG, then try again.",
  zip: "This is a ZIP archive, or a document that is one inside; take the photo out of it, then try again.",
  "not-written": "The picture could not be written; it may be too large for the memory of this device.",
  "no-webp": "Your browser does not write WebP; choose JPEG or PNG.",
  "archive-too-large": "A ZIP file of these photos would be too large; choose fewer of them.",
  "no-video-encoder": "Your browser does not make WebM videos of pictures; choose GIF.",
  saved: "Saved as {name}.",
  shared: "The picture was shared.",
  "share-cancelled": "Nothing was shared.",
  "share-missing": "Your browser does not share pictures with other programs; download it instead.",
  "share-failed": "The picture could not be shared; download it instead.",
  copied: "The picture was copied; paste it where you like.",
  "copy-missing": "Your browser does not copy pictures; download it instead.",
  "copy-refused": "Your browser did not let this page copy; allow it for this page, or download the picture instead.",
  "copy-failed": "The picture could not be copied; download it instead.",
} as const;

export type FileMessage = keyof typeof FILE_MESSAGES;
export type Values = Readonly<Record<string, string | number>>;

/** A sentence with its values in place. */
export function fileSentence(message: FileMessage, values: Values = {}): string {
  return FILE_MESSAGES[message].replace(/\{(\w+)\}/g, (braces, key: string) => String(values[key] ?? braces));
}
