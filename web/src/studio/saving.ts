/** Saves what is on the stage. */
import { t } from "../messages";
import { inSlices } from "../photos/slices";
import { nameFor, writePhoto } from "../photos/photo";
import { emptied } from "../photos/working_copy";
import type { Announcer } from "./announcer";
import type { PhotoDesk } from "./photo_desk";
import { photoProblem } from "./problems";
import type { State } from "./state";

export class Saving {
  constructor(
    private readonly state: State,
    private readonly desk: PhotoDesk,
    private readonly announcer: Announcer,
  ) {}

  /** Save the picture on the stage at its own resolution. */
  async download(): Promise<void> {
    const { photo, model } = this.state;
    const work = this.desk.fullWork();
    const canvas = work && (await inSlices(work));
    if (!photo.value || !model.value || !canvas) return;
    const { file, name: given } = photo.value;
    const { expression, packageVersion } = model.value;
    try {
      const blob = await writePhoto(canvas, file.type, `pixelfes ${packageVersion}, ${expression}`);
      const link = document.createElement("a");
      const name = nameFor(given, expression, file.type);
      [link.href, link.download] = [URL.createObjectURL(blob), name];
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      this.announcer.say("good", () => t().saved(name));
    } catch (error) {
      this.announcer.say("bad", photoProblem(error));
    } finally {
      emptied(canvas);
    }
  }
}
