/** What scripts may use of files in and out of the page. */
export { animate, animationTypes } from "./animation/animate";
export { zipOf } from "./archive";
export { encode, nameFor, pictureTypes } from "./encoding";
export { canCopy, canShare, copyPicture, saveFile, shareFile } from "./handing_over";
export { fileSentence } from "./messages";
export { readPhoto } from "./reading";
