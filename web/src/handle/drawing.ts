/** What scripts may use of the drawing of faces: into a canvas of their own, all at once or in slices. */
export { drawFace, drawFaceWork, type FaceParts } from "../photos/face";
export { finish, inSlices, type SliceOptions, type Work } from "../photos/slices";
