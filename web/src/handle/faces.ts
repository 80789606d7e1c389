/** For scripts that drive the page: the faces of a photo, without showing it. */
import type { FoundFace, Landmarker } from "../landmarks";
import { readPhoto } from "../photos/photo";

/** What finds the faces of a file, largest first, each with its landmarks and verdict. */
export const faceFinder =
  (landmarker: Landmarker) =>
  async (photo: Blob): Promise<FoundFace[]> =>
    landmarker.inPhoto(await readPhoto(photo));
