/** What scripts may use of the page's installation and its life without a network. */
import { canInstall, install } from "./installing";
import { applyUpdate, check, forgetOffline, keepOffline, offlineState } from "./offline";
import { BUILD, fetchFile } from "./version";

export const offline = {
  build: BUILD,
  state: offlineState,
  keep: keepOffline,
  forget: forgetOffline,
  check,
  update: applyUpdate,
  canInstall,
  install,
  fetchFile,
};
