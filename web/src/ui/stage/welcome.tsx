import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../messages";
import { fetchFile, fileAddress } from "../../offline/version";
import { chooseFiles } from "../incoming";
import { useProgram } from "../program";

const EXAMPLES = [1, 2, 3, 4, 5, 6];

/** Whether the first screen has been shown before. */
let cameBack = false;

/** How to begin: what the page does, in a loop; a photo, the camera, or a face to try. */
export function Welcome() {
  const { act } = useProgram();
  const first = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (cameBack) first.current?.focus({ preventScroll: true }); // what was pressed is gone: from here the next Tab goes on
    cameBack = true;
  }, []);
  return (
    <div class="welcome" id="welcome">
      <div class="show" aria-hidden="true">
        <img src={fileAddress("examples/before.jpg")} alt="" width="320" height="320" />
        <img class="over" src={fileAddress("examples/after.jpg")} alt="" width="320" height="320" />
        <i />
      </div>
      <div class="begin">
        <p class="lead">{t().lead}</p>
        <p>{t().leadMore}</p>
        <div class="choices">
          <button type="button" class="primary" id="welcome-open" ref={first} onClick={chooseFiles}>
            {t().openPhoto}
          </button>
          <button type="button" id="welcome-camera" onClick={() => act((studio) => studio.toggleCamera())}>
            {t().useCamera}
          </button>
        </div>
        <p class="with-mouse soft">{t().withMouse}</p>
        <p class="soft" id="examples-label">
          {t().examples}
        </p>
        <div class="examples" role="group" aria-labelledby="examples-label">
          {EXAMPLES.map((number) => (
            <button
              type="button"
              key={number}
              id={`example-${number}`}
              aria-label={t().example(number)}
              onClick={() => act((studio) => studio.photos.open([example(number)]))}
            >
              <img src={fileAddress(`examples/small-${number}.jpg`)} alt="" width="72" height="72" />
            </button>
          ))}
        </div>
      </div>
    </div>
  );
}

async function example(number: number): Promise<File> {
  const name = `face-${number}.jpg`;
  return new File([await fetchFile(`examples/${name}`)], name, { type: "image/jpeg" });
}
